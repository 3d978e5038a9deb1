"""What of a report a student may see of a try before the due date, where there are many tries.

A student's code sees the hidden inputs of its own try. What it returns, raises, draws, prints or
trains is its own choice, and so are a message, a note, a picture or a curve that shows it: asked
again and again, each would carry hidden inputs out. So what is shown is built anew from verdicts
and from what was read without running anything; nothing else is passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from autograder.records import SHOW_ANSWERS, Exhibit, Report, Status, Verdict


class Shown(StrEnum):
    """What is shown of a try, least first. `VISIBLE` is what the visible checks say, in notes."""

    RECEIVED = "received"
    VISIBLE = "visible"
    VERDICTS = "verdicts"
    ALL = "all"

    @property
    def has_marks(self) -> bool:
        """Whether marks are shown."""
        return self in (Shown.VERDICTS, Shown.ALL)


def reduced(report: Report, shown: Shown, notes: Iterable[str] = ()) -> Report:
    """Return the report as its student may see it.

    Args:
        report: The engine's.
        shown: How much.
        notes: What was noted of the submission before anything of it was run.
    """
    if shown is Shown.ALL:
        kept = tuple(replace(one, exhibits=_without_answers(one)) for one in report.verdicts)
        return replace(report, verdicts=kept)
    verdicts = tuple(map(_bare, report.verdicts)) if shown is Shown.VERDICTS else ()
    return Report(
        report.path, report.exercise, verdicts, report.isolation, report.data, tuple(notes)
    )


def _bare(verdict: Verdict) -> Verdict:
    """Return whether it passed, and no more: how it failed is up to the student's code."""
    status = verdict.status
    if status not in (Status.PASSED, Status.INTERNAL):
        status = Status.FAILED
    return Verdict(replace(verdict.check, hint=""), status)


def _without_answers(verdict: Verdict) -> tuple[Exhibit, ...]:
    return tuple(one for one in verdict.exhibits if not isinstance(one, SHOW_ANSWERS))
