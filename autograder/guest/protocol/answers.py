"""Messages between the host and a student box, but for its trainings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from autograder.guest.protocol.records import Message, Part

Outcome = Literal["returned", "raised", "missing", "unwritten", "timed_out"]


class Cell(Part, frozen=True):
    """Source to run.

    Attributes:
        label: Names it to the student.
        source: The text.
        apart: It is a notebook's: its statements run one by one, and may `await`.
        ends: The tasks that are asked with the names as this cell leaves them.
    """

    label: str
    source: str
    apart: bool
    ends: tuple[str, ...] = ()


class Module(Part, frozen=True):
    """A module of the student's own that the cells import by `name`."""

    name: str
    source: str


class Job(Message, frozen=True, tag="job"):
    """The submission that a student box is to run, and who asks it what.

    Attributes:
        exercise: The slug, by which the submission is imported.
        probe: The source text of the exercise's probe.
        tasks: The tasks to ask, in order: the probe has a function `ask_…` for each.
        cells: The staged submission, in order.
        seed: Set before every call.
        inputs: What the probe drew, as tagged JSON (see `guest.student.encode`).
        modules: What lies beside the submission.
    """

    exercise: str
    probe: str
    tasks: tuple[str, ...]
    cells: tuple[Cell, ...]
    seed: int
    inputs: Any
    modules: tuple[Module, ...] = ()


class ErrorFacts(Part, frozen=True):
    """What a student needs to find the cause of an exception.

    Attributes:
        type: The exception's class.
        message: What it says.
        line: The number of the innermost line of the student's own; None where there is none.
        source: That line's text.
    """

    type: str
    message: str
    line: int | None = None
    source: str | None = None


class FailedCell(Part, frozen=True):
    """A cell that raised while it was run."""

    cell: str
    error: ErrorFacts


class Loaded(Message, frozen=True, tag="loaded"):
    """All cells were run, and these raised."""

    failures: tuple[FailedCell, ...]


class Asking(Message, frozen=True, tag="asking"):
    """A function is about to be called, so that the host knows what did not come back."""

    task: str
    function: str


class Answer(Message, frozen=True, tag="answer"):
    """What one call gave.

    Attributes:
        key: What graders ask for.
        function: The function that was called.
        outcome: How the call ended.
        value: What it returned, as tagged JSON (see `guest.student.encode`) that refers to the
            frame's arrays; None unless it returned.
        error: What it raised.
        output: What was printed meanwhile.
        seconds: How long it took.
        changed: Which arguments the call changed in place: places, from 0, and keywords.
    """

    key: str
    function: str
    outcome: Outcome
    value: Any
    error: ErrorFacts | None
    output: str
    seconds: Annotated[float, Meta(ge=0)]
    changed: tuple[int | str, ...] = ()


class Stopped(Message, frozen=True, tag="stopped"):
    """A task's questions ended early.

    Attributes:
        task: The task.
        key: The key of the call that gave no value; None where the probe itself tripped.
        error: What the probe tripped over.
    """

    task: str
    key: str | None
    error: ErrorFacts | None = None


class Done(Message, frozen=True, tag="done"):
    """Everything was asked."""
