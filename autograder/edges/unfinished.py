"""The mark of a submission whose autograding has not ended, so that no crash leaves half of one.

nbgrader skips a submission whose folder in `autograded/` exists, and makes that folder first of
all: a run that is killed leaves a folder without marks, which every later run skips. The mark is a
file beside that folder. It is made before the folder and removed after everything else, and its
process holds a lock on it, which the kernel takes back whatever becomes of the process.
"""

from __future__ import annotations

import fcntl
import os
from enum import Enum
from pathlib import Path

RETRY = b"This could not be marked by the course's own fault; the next run tries again.\n"


class Found(Enum):
    """How far a submission is."""

    NEW = "no run has begun it, or one has ended it"
    LEFT = "a run has begun it, and not ended it"
    FAILED = "a run could not mark it by the course's own fault"
    TAKEN = "another run is grading it at this moment"


class Unfinished:
    """The mark of one folder in `autograded/`.

    Args:
        destination: That folder, which may not exist yet.
    """

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._path = destination.with_name(f".{destination.name}.unfinished")
        self._descriptor: int | None = None

    def look(self) -> Found:
        """Return how far it is, without taking it; that another run holds it is not seen."""
        try:
            return Found.FAILED if self._path.read_bytes() == RETRY else Found.LEFT
        except (FileNotFoundError, NotADirectoryError):
            return Found.NEW

    def take(self) -> Found:
        """Make the mark and hold it, unless another process does; return how far it was.

        Raises:
            OSError: It cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            found = self.look()
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o664)
            try:
                if not _locked(descriptor):
                    os.close(descriptor)
                    return Found.TAKEN
                if not _same(descriptor, self._path):  # its holder has just removed it
                    os.close(descriptor)
                    continue
                os.ftruncate(descriptor, 0)
            except BaseException:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
            return found

    def finish(self) -> None:
        """Remove the mark: everything is written."""
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            self._release()

    def retry_later(self) -> None:
        """Keep the mark, so that the next run grades this again."""
        if self._descriptor is not None:
            os.pwrite(self._descriptor, RETRY, 0)
            self._release()

    def give_up(self) -> None:
        """Keep the mark only where a half-made folder was left."""
        if self._descriptor is None:
            return
        if self._destination.exists():
            self._release()
        else:
            self.finish()

    def _release(self) -> None:
        assert self._descriptor is not None
        os.close(self._descriptor)
        self._descriptor = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same(descriptor: int, path: Path) -> bool:
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))
