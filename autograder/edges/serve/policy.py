"""What is graded when: pure functions of what is known of one student's submissions.

Times are seconds since 1970 by this machine's clock, and never what a submission says of itself:
its time stands in a folder's name that its student chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from autograder.reporting.reduced import Shown


class Grades(StrEnum):
    """When submissions are graded."""

    UNTIL_DUE = "until_due"
    AFTER_DUE = "after_due"
    ALWAYS = "always"


class State(StrEnum):
    """How far a submission is.

    `FAILED` is a try that could not be graded, by the course's own fault, and `PERSON` the same of
    what counts. `IGNORED` is a folder that counts as nobody's submission.
    """

    NEW = "new"
    TRIED = "tried"
    FAILED = "failed"
    FINAL = "final"
    LATE = "late"
    PERSON = "person"
    IGNORED = "ignored"


class Work(StrEnum):
    """What is to be done with a submission."""

    COLLECT = "collect"
    TRY = "try"
    FINAL = "final"
    LATE = "late"


class Wait(StrEnum):
    """Why a submission is not graded yet."""

    QUEUE = "queue"
    TRIES = "tries"
    DUE = "due"
    PERSON = "person"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a course's configuration says.

    Attributes:
        grades: When submissions are graded.
        tries_a_day: How many graded tries a student has a day, for each assignment.
        shown: What is shown of a try before the due date.
    """

    grades: Grades = Grades.UNTIL_DUE
    tries_a_day: int = 5
    shown: Shown = Shown.VERDICTS


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission, as far as it decides what is done.

    Attributes:
        name: Its folder in the exchange.
        arrived: When this machine first knew it to be there.
        state: How far it is.
        day: The day on which it was begun as a try; empty before.
        collected: Whether it lies in `submitted/`.
        retry_at: When it may be begun again after a failure.
    """

    name: str
    arrived: float
    state: State = State.NEW
    day: str = ""
    collected: bool = False
    retry_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done now, with which submission; and why others wait, by their names."""

    work: Work | None = None
    entry: Entry | None = None
    waits: Mapping[str, Wait] = field(default_factory=dict)


def decide(
    entries: Sequence[Entry], now: float, today: str, closes: float | None, policy: Policy
) -> Decision:
    """Return what is to be done of one student's submissions for one assignment.

    Args:
        entries: The submissions.
        now: The time.
        today: The day, as `Entry.day` has it.
        closes: When the last one may arrive; None where there is no due date.
        policy: The course's.
    """
    valid = sorted(
        (entry for entry in entries if entry.state is not State.IGNORED),
        key=lambda entry: (entry.arrived, entry.name),
    )
    if not valid:
        return Decision()
    spent = _spent([entry for entry in valid if entry.day == today], policy)
    if closes is None or now < closes:
        return _open(valid[-1], now, spent, policy)
    on_time = [entry for entry in valid if entry.arrived <= closes]
    if on_time and on_time[-1].state not in (State.FINAL, State.PERSON):
        return _begin(Work.FINAL, on_time[-1], now)
    newest = valid[-1]
    if newest.arrived <= closes or newest.state is not State.NEW:
        return Decision()
    if policy.grades is not Grades.ALWAYS or spent >= policy.tries_a_day:
        return Decision(waits={newest.name: Wait.LATE})
    return _begin(Work.LATE, newest, now)


def _spent(of_today: Sequence[Entry], policy: Policy) -> int:
    """Return how many of the day's tries are gone.

    Those that failed by our fault cost none, as long as they are no more than tries: who learns
    to make us fail would ask without end.
    """
    failed = sum(entry.state is State.FAILED for entry in of_today)
    return len(of_today) - min(failed, policy.tries_a_day)


def _open(newest: Entry, now: float, spent: int, policy: Policy) -> Decision:
    """Before the due date the newest submission counts, and replaces those before it."""
    if newest.state is State.FAILED:
        return Decision(waits={newest.name: Wait.PERSON})
    if newest.state is not State.NEW:
        return Decision()
    if policy.grades is Grades.AFTER_DUE:
        return _hold(newest, Wait.DUE)
    # A try that failed by our fault has its place among the day's already.
    if not newest.day and spent >= policy.tries_a_day:
        return _hold(newest, Wait.TRIES)
    return _begin(Work.TRY, newest, now)


def _hold(entry: Entry, wait: Wait) -> Decision:
    """It is taken from the exchange at once: what lies there, its student can still change."""
    waits = {entry.name: wait}
    return Decision(waits=waits) if entry.collected else Decision(Work.COLLECT, entry, waits)


def _begin(work: Work, entry: Entry, now: float) -> Decision:
    waits = {entry.name: Wait.QUEUE}
    return Decision(work, entry, waits) if entry.retry_at <= now else Decision(waits=waits)
