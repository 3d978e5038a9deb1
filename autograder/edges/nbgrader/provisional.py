"""A try before the due date: what is written of it is what its student may see, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.records import Report
from autograder.reporting.reduced import Shown, reduced


@dataclass(frozen=True, slots=True)
class Provisional:
    """How a try is shown.

    Attributes:
        shown: How much of it.
        sentence: What its student reads below the marks.
        notes: What was noted before anything was run, and what visible checks say, by the exercise.
    """

    shown: Shown
    sentence: str
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def has_marks(self) -> bool:
        """Whether marks are shown."""
        return self.shown.has_marks

    def of(self, report: Report) -> Report:
        """Return the report as its student may see it."""
        return reduced(report, self.shown, self.notes.get(report.exercise, ()))
