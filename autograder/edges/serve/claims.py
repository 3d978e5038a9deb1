"""Which student's submissions an instance works on: by locks, which end with their process."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autograder.edges.serve.journal import Key
from autograder.store import locks


class Claims:
    """Locks, one for each student and assignment.

    The kernel takes a lock back whatever becomes of its process; over a network file system this
    holds where that has locks, as NFS 4 does.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[int, Path] = {}

    def take(self, key: Key) -> int | None:
        """Claim a student's submissions for an assignment; None where another has them.

        Raises:
            OSError: The lock cannot be made.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256("\0".join(key).encode()).hexdigest()[:32]
        path = self._folder / f"{name}.lock"
        claim = locks.acquire(path, wait=False, mode=0o660)
        if claim is not None:
            self._paths[claim] = path
        return claim

    def give_back(self, claim: int) -> None:
        """End a claim."""
        path = self._paths.pop(claim, None)
        if path is not None:
            path.unlink(missing_ok=True)  # while it is locked: who waits sees it removed
            locks.release(claim)
