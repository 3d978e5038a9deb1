"""`c.Serve` in nbgrader_config.py: what `autograder serve` does in a course."""

from __future__ import annotations

from traitlets import Enum, Float, Integer
from traitlets.config import LoggingConfigurable

from autograder.edges.serve.policy import Grades, Policy
from autograder.reporting.reduced import Shown


class Serve(LoggingConfigurable):  # type: ignore[misc]
    """What is graded when, what is shown of it, and how much of the machine it takes."""

    grades = Enum(
        [one.value for one in Grades],
        default_value=Grades.UNTIL_DUE.value,
        help="Which submissions are graded as they come: 'until_due', those before the due date, "
        "of which the last one is marked again after it; 'after_due', none before the due date; "
        "'always', late ones as well.",
    ).tag(config=True)
    tries_a_day = Integer(
        5,
        min=1,
        max=1000,
        help="How many graded tries a student has a day, for each assignment. What is handed in "
        "beyond that waits for the due date.",
    ).tag(config=True)
    shown_before_due = Enum(
        [one.value for one in Shown],
        default_value=Shown.VERDICTS.value,
        help="What a student sees of a try before the due date: 'received', whether it could be "
        "read; 'visible', what the checks say that were handed out; 'verdicts', which hidden "
        "checks passed, without a word on why; 'all', messages as well.",
    ).tag(config=True)
    grace = Float(
        60.0,
        min=0.0,
        help="How many seconds after the due date a submission may arrive and still be in time.",
    ).tag(config=True)
    scan = Float(
        10.0,
        min=0.2,
        help="How many seconds pass at most until the exchange is looked at, whether the system "
        "tells of changes or not; over a network it does not.",
    ).tag(config=True)
    jobs = Integer(
        None,
        min=1,
        allow_none=True,
        help="How many submissions are run at once; default: one per core. As many again may run "
        "beside those that take longer than `patience`.",
    ).tag(config=True)
    patience = Float(
        10.0,
        min=0.0,
        help="After how many seconds a submission that still runs no longer keeps others waiting.",
    ).tag(config=True)

    @property
    def policy(self) -> Policy:
        """The same as a record."""
        return Policy(Grades(self.grades), self.tries_a_day, Shown(self.shown_before_due))
