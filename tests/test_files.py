"""Plain files alone are opened, and files are written whole or not at all."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograder import files
from autograder.files import UNFINISHED, NotPlainFile, open_plain, read_plain, replacing


def put_link(path: Path) -> None:
    target = path.with_name("target")
    target.write_bytes(b"secret")
    path.symlink_to(target)


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


OTHERS = {
    "a link": put_link,
    "a folder": os.mkdir,
    "a pipe": os.mkfifo,
    "no file": put_socket,
}


# Reading --------------------------------------------------------------------------------------


def test_a_plain_file_is_read_up_to_its_limit_and_one_byte(tmp_path):
    """Who gives a limit can tell a file of that length from a longer one."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_plain(path, 5) == b"12345"
    assert read_plain(path, 3) == b"1234"


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_plain_file_is_not_opened(tmp_path, kind):
    """A link, a folder, a pipe and a socket are refused by name, without waiting for a writer."""
    OTHERS[kind](tmp_path / "file")
    with pytest.raises(NotPlainFile) as refused:
        read_plain(tmp_path / "file", 100)
    assert refused.value.kind == kind


@pytest.mark.parametrize("kind", ["a link", "a folder", "a pipe"])
def test_what_is_exchanged_after_the_look_is_not_opened_either(tmp_path, monkeypatch, kind):
    """Between looking and opening somebody can put something else there; that is seen too."""
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    real = os.open

    def open_late(name, *args, **options):
        path.unlink()
        OTHERS[kind](path)
        return real(name, *args, **options)

    monkeypatch.setattr(files.os, "open", open_late)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(NotPlainFile) as refused:
        open_plain(path)
    assert refused.value.kind == kind
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_link_above_the_file_is_followed(tmp_path):
    """Only the last part of a path is a student's here: a course may lie behind a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(b"x")
    (tmp_path / "course").symlink_to("real")
    assert read_plain(tmp_path / "course" / "file", 1) == b"x"


def test_a_file_is_opened_in_the_folder_that_is_open(tmp_path):
    """With a folder's descriptor, the folder's later namesake is not looked into."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"first")
    folder = os.open(tmp_path / "folder", os.O_RDONLY)
    (tmp_path / "folder").rename(tmp_path / "moved")
    put_link(tmp_path / "folder")
    try:
        with open_plain("file", folder) as file:
            assert file.read() == b"first"
    finally:
        os.close(folder)


def test_a_missing_file_is_the_systems_own_error(tmp_path):
    """Callers tell what is not there from what is something else."""
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "none", 1)


# Writing --------------------------------------------------------------------------------------


def test_a_file_takes_its_place_when_all_is_written(tmp_path):
    """Until the block ends, readers meet the old content; then the new one, and nothing beside."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
        (beside,) = set(tmp_path.iterdir()) - {path}
        assert UNFINISHED.fullmatch(beside.name)
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("keep_first", [False, True])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_all_as_it_was(tmp_path, kind, keep_first):
    """Whatever raises, Ctrl-C included, no half file stays: neither in the place nor beside it."""
    with pytest.raises(kind), replacing(tmp_path / "file", keep_first=keep_first) as file:
        file.write(b"half")
        raise kind
    assert list(tmp_path.iterdir()) == []


def test_the_first_wins_where_all_must_agree(tmp_path):
    """Of many writers at once one content is kept, and each of them reads that one."""
    path, seen = tmp_path / "seed", []
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        with replacing(path, keep_first=True) as file:
            file.write(b"%d" % number)
            barrier.wait(10)
        seen.append(path.read_bytes())

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 8 and len(set(seen)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_rights_are_those_asked_for_less_the_umask(tmp_path):
    """A file for its owner alone is so from its first moment; others follow the umask."""
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "own", mode=0o600):
            (fresh,) = tmp_path.iterdir()
            assert stat.S_IMODE(fresh.stat().st_mode) == 0o600
        with replacing(tmp_path / "shared"):
            pass
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"own": 0o600, "shared": 0o640}


def test_a_link_is_replaced_and_not_written_through(tmp_path):
    """What a link leads to stays as it is."""
    put_link(tmp_path / "file")
    with replacing(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "target").read_bytes() == b"secret"
    assert not (tmp_path / "file").is_symlink()


def test_a_killed_writer_leaves_the_old_file_and_a_name_that_tells(tmp_path):
    """After SIGKILL the place is as before, and what lies beside it can be known for a rest."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    code = (
        "import os, pathlib, signal, sys\n"
        "from autograder.files import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.read_bytes() == b"old"
    (left,) = set(tmp_path.iterdir()) - {path}
    assert UNFINISHED.fullmatch(left.name)
