"""Adds up a report: points, status, and the same for each task. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.records import Report, Status, Verdict

# The gravest first. A submission is as good as its gravest check.
GRAVITY = (
    Status.INTERNAL,
    Status.OUT_OF_MEMORY,
    Status.TIMED_OUT,
    Status.ERRORED,
    Status.FAILED,
    Status.SKIPPED,
    Status.PASSED,
)


@dataclass(frozen=True, slots=True)
class Score:
    """Points out of `max_points`. `points` is None where a check is INTERNAL: no zero for us."""

    points: int | None
    max_points: int
    status: Status


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of a submission, and of each of its tasks in the order of the checks."""

    total: Score
    tasks: Mapping[str, Score]


def score(report: Report) -> Scores:
    """Return what a report is worth."""
    tasks: dict[str, list[Verdict]] = {}
    for verdict in report.verdicts:
        tasks.setdefault(verdict.check.task, []).append(verdict)
    return Scores(
        total=_score(report.verdicts),
        tasks={task: _score(verdicts) for task, verdicts in tasks.items()},
    )


def gravest(statuses: Iterable[Status]) -> Status:
    """Return the gravest of `statuses`; none at all is our fault, since every task has checks."""
    return min(statuses, key=GRAVITY.index, default=Status.INTERNAL)


def _score(verdicts: Iterable[Verdict]) -> Score:
    verdicts = tuple(verdicts)
    status = gravest(verdict.status for verdict in verdicts)
    points = None if status is Status.INTERNAL else sum(verdict.points for verdict in verdicts)
    return Score(points, sum(verdict.check.points for verdict in verdicts), status)
