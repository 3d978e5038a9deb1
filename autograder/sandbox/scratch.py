"""The folders that this package keeps in the temporary folder, and what killed ones left.

A sandbox keeps its log and a copy of what boxes import in one, a cluster its workers' files. A
process that is killed outright cannot remove its own; so the next one that makes a folder does. A
lock on the folder shows that its process lives: the kernel takes it back however a process ends, it
holds between containers that share the folder, and systemd's cleaner of old files respects it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"autograder-(?:[a-z]+-)?[a-z0-9_]{8}")
# Marks a folder that is locked while it is used: made once the lock is held, and removed last.
_MARKER = ".autograder"
# Killed before its folder had a marker, a process leaves an empty one.
_SETTLED_S = 300.0

_descriptors: dict[Path, int] = {}


def make_folder(kind: str = "") -> Path:
    """Return a new folder, which is this process's for as long as it lives.

    What killed processes left behind is removed first.

    Args:
        kind: A lower-case word for the folder's name, such as "cluster".
    """
    sweep()
    path = Path(
        tempfile.mkdtemp(prefix=f"autograder-{kind}-" if kind else "autograder-")
    ).absolute()
    path.chmod(0o755)  # a sandbox may run as another user
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    _descriptors[path] = descriptor
    with suppress(OSError):  # a file system without locks: then it is never swept
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        (path / _MARKER).touch(mode=0o600)
    return path


def remove_folder(path: Path) -> None:
    """Remove a folder that `make_folder` returned, and what is in it."""
    _empty(path)
    with suppress(KeyError):
        os.close(_descriptors.pop(path))


def sweep(folder: Path | None = None) -> list[Path]:
    """Remove the folders whose process is gone, and return them.

    Args:
        folder: Where to look; the temporary folder if None.
    """
    removed = []
    with suppress(OSError), os.scandir(folder or tempfile.gettempdir()) as entries:
        for path in [Path(entry.path) for entry in entries if _NAME.fullmatch(entry.name)]:
            with suppress(OSError):  # another user's, or just being removed
                if _remove_left(path):
                    removed.append(path)
    return removed


def _remove_left(path: Path) -> bool:
    """Remove a folder if it is one of this user's that no process holds; return whether it was."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        facts = os.fstat(descriptor)
        if facts.st_uid != os.geteuid():
            return False
        try:
            marker = (path / _MARKER).lstat()
        except FileNotFoundError:
            if time.time() - facts.st_mtime >= _SETTLED_S:
                path.rmdir()  # which an empty one alone allows
                return True
            return False
        if not stat.S_ISREG(marker.st_mode):
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sweep(path)  # of a cluster: the sandboxes of its workers, which may outlive it for a while
        if any(_NAME.fullmatch(entry.name) for entry in path.iterdir()):
            return False
        _empty(path)
    finally:
        os.close(descriptor)
    return not path.exists()


def _empty(path: Path) -> None:
    """Remove a folder as far as that can be done; the marker that it is ours goes last."""
    with suppress(OSError):
        for target in (*path.glob("bind*"), *path.glob("autograder-*/bind*")):
            target.rmdir()  # never rmtree: were a bind seen here, it would be the interpreter
        for entry in path.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != _MARKER:
                entry.unlink()
        if not any(entry.name != _MARKER for entry in path.iterdir()):
            (path / _MARKER).unlink(missing_ok=True)
            path.rmdir()
