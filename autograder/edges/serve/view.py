"""What an instance knows: the exchange, the due dates, and the journal, as of its last look."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Container, Mapping, Sequence

from autograder.edges.serve.gradebook import due_dates
from autograder.edges.serve.gradebook import students as students_of
from autograder.edges.serve.inbound import Found, look
from autograder.edges.serve.journal import Journal, Key
from autograder.edges.serve.policy import Decision, Entry, State, Work, decide
from autograder.edges.serve.steps import Steps

UNFINISHED_S = 0.3


class View:
    """What is known of all submissions, and what is due of it.

    Args:
        steps: nbgrader's.
        journal: What was done so far; what is new in the exchange is noted in it.
        changed: Set when the system tells of something new there.
        log: Where it is said what is not graded.
    """

    def __init__(
        self, steps: Steps, journal: Journal, changed: threading.Event, log: logging.Logger
    ) -> None:
        self._steps, self._journal, self._changed, self._log = steps, journal, changed, log
        self._settings = steps.settings
        self._policy = steps.settings.policy
        self._entries: dict[Key, list[Entry]] = {}
        self._closes: Mapping[str, float | None] = {}
        self._looked_at = self._scanned_at = -self._settings.scan
        self._unfinished = False
        self._strangers: set[str] = set()

    @property
    def pause_s(self) -> float:
        """After how long to look again, if nothing is told."""
        return UNFINISHED_S if self._unfinished else float(self._settings.scan)

    def look(self) -> None:
        """Note what is new in the exchange, and read again what others have done."""
        now = time.monotonic()
        changed = self._changed.is_set()
        scan = now - self._scanned_at >= self._settings.scan
        soon = self._unfinished and now - self._looked_at >= UNFINISHED_S
        if not (changed or scan or soon):
            return
        self._changed.clear()
        self._looked_at = now
        known = self._journal.names()
        looked = look(self._steps.inbound, known, check_owner=self._steps.check_owner)
        self._unfinished = looked.unfinished
        if not (looked.found or scan):
            return
        self._scanned_at = now
        self._closes = due_dates(self._steps.coursedir)
        self._note(looked.found)
        self._entries = {key: list(entries) for key, entries in self._journal.entries().items()}

    def _note(self, found: Sequence[Found]) -> None:
        students = None
        for one in found:
            trouble = one.trouble
            if not trouble and one.assignment not in self._closes:
                trouble = "the gradebook has no such assignment"
            if not trouble and not self._steps.check_owner:
                # Any account can take any name; only names that were given to students count.
                students = students_of(self._steps.coursedir) if students is None else students
                if one.student not in students:
                    trouble = "the gradebook has no such student, and owners are not checked"
            if trouble and not one.trouble:  # it may be known tomorrow
                if one.name not in self._strangers:
                    self._strangers.add(one.name)
                    self._log.warning("Not graded: %s: %s", one.name, trouble)
                continue
            state = State.IGNORED if trouble else State.NEW
            if trouble or one.remark:
                self._log.warning("%s: %s", one.name, trouble or one.remark)
            remark = trouble or one.remark
            self._journal.add(one.name, (one.assignment, one.student), one.arrived, state, remark)

    def decide(self, key: Key) -> Decision:
        """Return what is due of one student's submissions for an assignment."""
        closes = self._closes.get(key[0])
        ends = None if closes is None else closes + self._settings.grace
        return decide(self._entries[key], time.time(), today(), ends, self._policy)

    def queue(self, running: Container[Key]) -> list[tuple[Key, Decision]]:
        """Return what is to be done, in its order, and who else waits for what.

        Args:
            running: What is in work already.
        """
        decided = [(key, self.decide(key)) for key in self._entries if key not in running]

        def place(one: tuple[Key, Decision]) -> tuple[bool, float]:
            decision = one[1]
            assert decision.entry is not None
            return decision.work is Work.FINAL, decision.entry.arrived

        due = [one for one in decided if one[1].work is not None]
        return [*sorted(due, key=place), *(one for one in decided if one[1].work is None)]

    def replaced(self) -> set[str]:
        """Return what is not graded yet, and will not be: something newer has come."""
        names = set()
        for entries in self._entries.values():
            ranked = sorted(entries, key=lambda one: (one.arrived, one.name))
            names |= {one.name for one in ranked[:-1] if one.state is State.NEW}
        return names

    def refresh(self, key: Key) -> None:
        """Read again what was done of one student's submissions: another may have been faster."""
        self._entries[key] = list(self._journal.entries(key).get(key, []))

    def tries_on(self, key: Key, day: str) -> set[str]:
        """Return what was begun on a day."""
        return {entry.name for entry in self._entries[key] if entry.day == day}


def today() -> str:
    """Return the day, where the machine stands."""
    return dt.datetime.now().astimezone().date().isoformat()
