"""How many submissions are worked on at once, and how many more may lie open while they wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

#: What an open submission may take, data and all, without having been asked to be small.
_OPEN_GIB = 1.0


class Turns:
    """Lets `jobs` threads work at once; who waits for what another does gives its turn away.

    Attributes:
        threads: How many threads there should be for that: some that work, some that wait. Where
            memory is short, nobody waits beside those who work.
    """

    def __init__(self, jobs: int) -> None:
        self._free = threading.Semaphore(jobs)
        self._mine = threading.local()
        available_gib = psutil.virtual_memory().available / 2**30
        self.threads = 2 * jobs if available_gib >= 2 * jobs * _OPEN_GIB else jobs

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and have it."""
        with self._free:
            self._mine.held = True
            try:
                yield
            finally:
                self._mine.held = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let another have this thread's turn meanwhile; a thread without one gives none."""
        if not getattr(self._mine, "held", False):
            yield
            return
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
