"""What the engine's report is worth in nbgrader's gradebook, task by task."""

from __future__ import annotations

from typing import NamedTuple

from autograder.records import Report, Status, Verdict


class Mark(NamedTuple):
    """What one grade cell earned; without a score a person has to give it. `trouble`: why."""

    score: float | None
    trouble: str = ""


def mark_task(report: Report | None, task: str, points: float) -> Mark:
    """The mark of one task. `points` is what the notebook says that the task is worth."""
    if report is None:
        return Mark(None, "grading failed, see the error above")
    if ours := internal(report, task):
        first = ours[0]
        return Mark(None, f"{first.check.name}: {first.message}\n{first.trace}".rstrip())
    verdicts = [verdict for verdict in report.verdicts if verdict.check.task == task]
    worth = sum(verdict.check.points for verdict in verdicts)
    if worth != points:
        return Mark(
            None,
            f"a grade cell is worth the sum of its task's checks. Received: {points:g} in the "
            f"notebook, {worth} in the graders. Run 'autograder render' and "
            f"'nbgrader generate_assignment --force', then release and autograde again",
        )
    return Mark(float(sum(verdict.points for verdict in verdicts)))


def internal(report: Report, task: str) -> list[Verdict]:
    """Return the verdicts of a task that failed by our own fault."""
    return [v for v in report.verdicts if v.check.task == task and v.status is Status.INTERNAL]
