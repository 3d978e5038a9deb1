"""How verdicts look to a student: a mark, the same in words, and the class of their colours."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.records import Status
from autograder.reporting.cards import Row


@dataclass(frozen=True, slots=True)
class Look:
    """How a verdict is shown: a mark, the same in words, and the class of its colours."""

    mark: str
    words: str
    colours: str


_ROWS = {
    Status.PASSED: Look("✓", "passed", "right"),
    Status.FAILED: Look("✗", "not yet", "wrong"),
    Status.ERRORED: Look("✗", "stopped with an error", "wrong"),
    Status.TIMED_OUT: Look("✗", "took too long", "wrong"),
    Status.OUT_OF_MEMORY: Look("✗", "used too much memory", "wrong"),
    Status.SKIPPED: Look("○", "not handed in", "missing"),
    Status.INTERNAL: Look("?", "not marked yet, by our fault", "unmarked"),
}
_NOT_REACHED = Look("○", "not reached", "missing")

#: The verdict on a task, by `cards.state`.
STATES = {
    "right": Look("✓", "all right", "right"),
    "partly": Look("◐", "partly right", "partly"),
    "wrong": Look("✗", "not yet right", "wrong"),
    "crashed": Look("✗", "stopped with an error", "wrong"),
    "stopped": Look("✗", "was stopped", "wrong"),
    "missing": Look("○", "not handed in", "missing"),
    "unreached": _NOT_REACHED,
    "unmarked": Look("?", "not marked yet", "unmarked"),
}


def row_look(row: Row) -> Look:
    """Return how a check's verdict is shown."""
    return _NOT_REACHED if row.status is Status.SKIPPED and not row.reached else _ROWS[row.status]
