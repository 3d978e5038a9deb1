"""What killed processes leave in the temporary folder is removed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from autograder.edges import leftovers

START = (
    "import time\n"
    "from autograder.sandbox.zygote import Sandbox\n"
    "sandbox = Sandbox()\n"
    "sandbox.start()\n"
    "print(sandbox._scratch, flush=True)\n"
    "time.sleep(600)\n"
)


def _age(path: Path) -> None:
    long_ago = time.time() - 3_600
    os.utime(path, (long_ago, long_ago))


def test_a_killed_sandboxs_folder_is_removed_and_a_living_ones_is_not(sandbox) -> None:
    """The living one is told by the command lines that name it, however old it is."""
    sandbox.start()
    living = sandbox._scratch
    with subprocess.Popen(
        [sys.executable, "-c", START], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        dead = Path(process.stdout.readline().strip())
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    psutil.wait_procs(family, timeout=30)
    assert dead.is_dir()
    assert dead not in leftovers.remove()  # too young: its process might be about to use it
    for folder in (dead, living):
        _age(folder)
    removed = leftovers.remove()
    assert dead in removed and not dead.exists()
    assert living not in removed and living.is_dir()


def test_what_is_no_sandboxs_folder_stays(tmp_path: Path) -> None:
    """Neither somebody's notes of the same name, nor a link, nor a file."""
    notes = tmp_path / "autograder-my_notes"
    notes.mkdir()
    (notes / "plan.txt").write_text("x")
    named_alike = tmp_path / "autograder-abcd1234"
    (named_alike / "library").mkdir(parents=True)
    (tmp_path / "autograder-efgh5678").symlink_to(notes)
    (tmp_path / "autograder-ijkl9012").touch()
    for path in tmp_path.iterdir():
        if not path.is_symlink():
            _age(path)
    assert leftovers.remove(tmp_path) == []
    assert (notes / "plan.txt").exists()
    assert (named_alike / "library").exists()
