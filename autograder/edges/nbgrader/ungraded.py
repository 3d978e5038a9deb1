"""The mark of a submission whose autograding has not ended, so that no crash leaves half of one.

nbgrader skips a submission whose folder in `autograded/` exists, and makes that folder first of
all: a run that is killed leaves a folder without marks, which every later run skips. The mark is a
file beside that folder. It is made before the folder and removed after everything else, and its
process holds a lock on it, which the kernel takes back whatever becomes of the process.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from autograder.store import locks

RETRY = b"This could not be marked by the course's own fault; the next run tries again.\n"


class MarkState(Enum):
    """How far the autograding of a submission is."""

    NEW = "no run has begun it, or one has ended it"
    INTERRUPTED = "a run has begun it, and not ended it"
    FAILED = "a run could not mark it by the course's own fault"
    IN_PROGRESS = "another run is grading it at this moment"


class GradingMark:
    """The mark that the autograding of one folder in `autograded/` has not ended.

    Args:
        destination: That folder, which may not exist yet.
    """

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._path = destination.with_name(f".{destination.name}.unfinished")
        self._descriptor: int | None = None

    def look(self) -> MarkState:
        """Return how far it is, without taking it; whether another run holds it is not looked at.

        Raises:
            OSError: The mark cannot be read.
        """
        try:
            return _state_of(self._path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return MarkState.NEW

    def take(self) -> MarkState:
        """Make the mark and hold it, unless another process does; return how far it was.

        Raises:
            OSError: It cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            earlier = self._path.lstat()
        except FileNotFoundError:
            earlier = None
        descriptor = locks.acquire(self._path, wait=False, mode=0o664)
        if descriptor is None:
            return MarkState.IN_PROGRESS
        try:
            # Read now that it is ours: its last holder may have written to it, or removed it.
            mark = os.pread(descriptor, len(RETRY) + 1, 0)
            old = earlier is not None and os.path.samestat(earlier, os.fstat(descriptor))
            os.ftruncate(descriptor, 0)
        except BaseException:  # an interruption too gives the lock back
            locks.release(descriptor)
            raise
        self._descriptor = descriptor
        return _state_of(mark) if old or mark else MarkState.NEW

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
        locks.release(self._descriptor)
        self._descriptor = None


def _state_of(mark: bytes) -> MarkState:
    return MarkState.FAILED if mark == RETRY else MarkState.INTERRUPTED
