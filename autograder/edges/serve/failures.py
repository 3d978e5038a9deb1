"""What becomes of a submission that could not be graded, by no fault of its student's."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from autograder.edges.serve.journal import Journal, Key
from autograder.edges.serve.policy import Entry, State, Work

MAX_ATTEMPTS = 3
RETRY_S = 20.0
_PROBE_BYTES = 2**20


class Failures:
    """Notes what failed, and whether anything did.

    Args:
        journal: Where it is noted.
        folder: Where the server keeps files of its own.
        log: Where it is said.
    """

    def __init__(self, journal: Journal, folder: Path, log: logging.Logger) -> None:
        self._journal, self._folder, self._log = journal, folder, log
        self.any = False

    def fail(self, key: Key, entry: Entry, work: Work, attempt: int, why: str) -> None:
        """Begin it again later, or leave it; nobody else waits for it.

        Args:
            key: Its assignment and student.
            entry: What could not be graded.
            work: What it was graded for.
            attempt: How often it was begun.
            why: What went wrong.
        """
        self._log.error("%s, %s: not graded: %s", key[1], key[0], why)
        self.any = True
        if attempt >= MAX_ATTEMPTS:
            self.give_up(entry, work, why)
            return
        self._journal.retry(entry.name, time.time() + RETRY_S * attempt, why)

    def give_up(self, entry: Entry, work: Work, why: str) -> None:
        """It is left to a person."""
        state = State.FAILED if work is Work.TRY else State.PERSON
        self._journal.end(entry.name, state, time.time(), why)
        self._log.error("%s is left to a person: %s", entry.name, why)
        self.any = True

    def must_have_room(self) -> None:
        """Tell a full disk from a fault of the grader's.

        Raises:
            OSError: Nothing more can be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = self._folder / f".room-{os.getpid()}"
        try:
            probe.write_bytes(bytes(_PROBE_BYTES))
        finally:
            probe.unlink(missing_ok=True)
