"""What killed processes leave in the temporary folder is removed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from autograder.sandbox.client import Sandbox
from autograder.sandbox.scratch import make_folder, remove_folder, sweep

START = """\
import sys, time
from autograder.sandbox.client import Sandbox
sandbox = Sandbox(libraries=())
sandbox.start()
print("started", flush=True)
time.sleep(600)
"""
MAKE = """\
import sys, time
from autograder.sandbox.scratch import make_folder
print(make_folder(*sys.argv[1:]), flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder for this test alone, here and in what it starts."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@contextmanager
def running(code: str, *args: str) -> Iterator[str]:
    """Run code in another process, and yield its first line; it is killed with all it started."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        family = psutil.Process(process.pid).children(recursive=True)
        try:
            yield line
        finally:
            process.kill()
    psutil.wait_procs(family, timeout=30)


def aged(path: Path) -> None:
    long_ago = time.time() - 3_600
    os.utime(path, (long_ago, long_ago))


def test_a_sandbox_that_starts_removes_what_a_killed_one_left(temporary: Path) -> None:
    """At once, whoever starts it; the folder of a sandbox that lives stays, however old it is."""
    with running(START):
        (left,) = temporary.iterdir()
        aged(left)
        assert (left / "library").is_dir()
        assert sweep() == []
    assert left.is_dir()
    sandbox = Sandbox(libraries=())
    try:
        sandbox.start()
        assert not left.exists()
        (own,) = temporary.iterdir()
        aged(own)
        assert sweep() == []
    finally:
        sandbox.stop()
    assert not list(temporary.iterdir())


def test_a_killed_clusters_folder_goes_once_its_workers_are_gone(temporary: Path) -> None:
    """Its workers' sandboxes lie in it, and one that outlives the cluster keeps all of it."""
    with running(MAKE, "cluster") as cluster:
        (Path(cluster) / "dask" / "space").mkdir(parents=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", cluster)
            worker = running(MAKE)
            sandbox = Path(worker.__enter__())
    assert sandbox.parent == Path(cluster)
    assert sweep() == [] and sandbox.is_dir()
    worker.__exit__(None, None, None)
    assert sweep() == [Path(cluster)]
    assert not list(temporary.iterdir())


def test_one_that_was_killed_while_it_swept_is_no_hindrance(temporary: Path) -> None:
    """What tells that a folder is ours goes last, so that the next one goes on with it."""
    with running(MAKE) as left:
        (Path(left) / "library").mkdir()
    closed = Path(left) / "library" / "bind0"
    closed.mkdir()
    (Path(left) / "bind0").mkdir()
    (Path(left) / "bind0" / "python").touch()  # as if a bind were seen here
    assert sweep() == []
    assert (Path(left) / "bind0" / "python").exists()
    (Path(left) / "bind0" / "python").unlink()
    assert sweep() == [Path(left)]


def test_what_is_no_folder_of_ours_stays(temporary: Path) -> None:
    """Neither somebody's notes of the same name, nor a link, nor a file, nor a stranger's folder."""
    with running(MAKE) as left:
        pass
    kept = temporary / "kept"
    Path(left).rename(kept)
    (temporary / "autograder-efgh5678").symlink_to(kept)
    (temporary / "autograder-ijkl9012").touch()
    notes = temporary / "autograder-abcd1234"
    (notes / "library").mkdir(parents=True)
    linked = temporary / "autograder-mnop3456"
    linked.mkdir()
    (linked / ".autograder").symlink_to(kept / ".autograder")
    for path in (kept, notes, linked):
        aged(path)
    assert sweep() == []
    assert (kept / ".autograder").exists()
    assert (notes / "library").is_dir() and linked.is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_another_users_folder_stays(temporary: Path) -> None:
    """Root's sandboxes too leave it to its owner."""
    with running(MAKE) as left:
        pass
    os.chown(left, 60_000, 60_000)
    assert sweep() == [] and Path(left).is_dir()
    os.chown(left, 0, 0)
    assert sweep() == [Path(left)]


def test_an_empty_folder_without_a_marker_goes_once_it_is_old(temporary: Path) -> None:
    """Its process may be about to mark it, or was killed before it did."""
    empty = temporary / "autograder-abcd1234"
    empty.mkdir()
    assert sweep() == []
    aged(empty)
    assert sweep() == [empty]


def test_a_folder_is_its_processs_until_it_removes_it(temporary: Path) -> None:
    """Others can look into it, and it goes with all that is in it."""
    folder = make_folder("doctor")
    assert folder.name.startswith("autograder-doctor-")
    assert folder.stat().st_mode & 0o777 == 0o755
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "c").symlink_to("/etc")
    assert sweep() == []
    remove_folder(folder)
    assert not list(temporary.iterdir())
    remove_folder(folder)  # twice is no trouble


def test_a_temporary_folder_that_cannot_be_listed_stops_nothing(temporary: Path) -> None:
    """Sweeping is a courtesy: who cannot look starts all the same."""
    assert sweep(temporary / "nowhere") == []
