"""Counts over a class: marks, and per check who passed. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autograder.reporting.class_report.members import Entry, Member

#: How a check can have ended, as a class is told of it, and which statuses that is.
OUTCOMES = {
    "passed": ("PASSED",),
    "wrong": ("FAILED",),
    "stopped": ("ERRORED", "TIMED_OUT", "OUT_OF_MEMORY"),
    "not reached": ("SKIPPED",),
    "not marked": ("INTERNAL",),
}
_OUTCOME_OF = {status: name for name, statuses in OUTCOMES.items() for status in statuses}
BINS = 10


@dataclass(frozen=True, slots=True)
class Marks:
    """How the marks of a class are spread.

    Attributes:
        marked: How many have a score.
        unmarked: How many have none yet.
        max_score: Points that there are; 0 where members have different ones.
        mean: Of the scores, as a part of all points; None where there are none.
        median: The same.
        bins: How many have 0 to 10 %, to 20 %, …, to less than 100 %, and then 100 %.
    """

    marked: int
    unmarked: int
    max_score: float
    mean: float | None
    median: float | None
    bins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How a class did in one check; `outcomes` counts members by the keys of `OUTCOMES`."""

    task: str
    name: str
    title: str
    points: int
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """How many have a verdict that is not our fault."""
        return self.outcomes.total() - self.outcomes["not marked"]

    @property
    def passed(self) -> int:
        """How many passed."""
        return self.outcomes["passed"]

    @property
    def share(self) -> float:
        """The part of those judged that passed, 0 to 1."""
        return self.passed / self.judged if self.judged else 0.0

    @property
    def nobody(self) -> bool:
        """Whether somebody was judged, and nobody passed."""
        return self.judged > 0 and not self.passed


def marks(members: Sequence[Member]) -> Marks:
    """Return how the marks of `members` are spread."""
    shares = [member.share for member in members if member.share is not None]
    bins = [0] * (BINS + 1)
    for share in shares:
        bins[int(share * BINS + 1e-9)] += 1
    maxima = {member.max_score for member in members}
    return Marks(
        len(shares),
        len(members) - len(shares),
        maxima.pop() if len(maxima) == 1 else 0.0,
        statistics.fmean(shares) if shares else None,
        statistics.median(shares) if shares else None,
        tuple(bins),
    )


def checks(entries: Iterable[Entry]) -> list[CheckCount]:
    """Return per check how it ended, in the order of the checks.

    Args:
        entries: The reports on one exercise.
    """
    counts: dict[tuple[str, str], CheckCount] = {}
    for entry in entries:
        for check in entry["checks"]:
            key = (check["task"], check["name"])
            if key not in counts:
                title, points = check["title"], check["max_points"]
                counts[key] = CheckCount(*key, title, points)
            counts[key].outcomes[outcome_of(check["status"])] += 1
    # Of several versions of a grader the checks are mixed; those of a task stay together.
    tasks = list(dict.fromkeys(task for task, _ in counts))
    return sorted(counts.values(), key=lambda count: tasks.index(count.task))


def outcome_of(status: str) -> str:
    """Return the key of `OUTCOMES` that a status belongs to."""
    return _OUTCOME_OF[status]
