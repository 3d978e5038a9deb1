"""What feedback shows of a report, as data: a card per task, and the verdict over all of them.

Cards travel as JSON, in the notebook that carries the feedback: so that a page is made of data
that a template escapes, never of HTML that was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from autograder.records import Status

NOT_REACHED = "Not reached: "
_Kind = TypeVar("_Kind", "Card", "Overview")


class Drawing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture, and in words what is seen in it.

    A `hidden` one shows hidden inputs' answers; an `example` takes its place while it is withheld.
    """

    alt: str
    png: bytes
    caption: str = ""
    hidden: bool = False
    example: bool = False


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check. `points` is None where it is not marked; an empty text is not shown.

    `remark` is told also of a check that passed. `layers` are pairs: a layer as it was received,
    and as it is asked for.
    """

    status: Status
    title: str
    points: int | None
    max_points: int
    message: str = ""
    hint: str = ""
    remark: str = ""
    layers: tuple[tuple[str, str], ...] = ()
    drawings: tuple[Drawing, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether the check was asked, or an earlier fault stopped the task before it."""
        return not self.message.startswith(NOT_REACHED)

    @property
    def parts(self) -> tuple[str, str]:
        """The message's rule, and what was received with the next step."""
        rule, received, rest = self.message.partition(" Received: ")
        return rule, rest if received else ""


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The verdict on one task. `points` is None where it has no mark yet."""

    task: str
    points: float | None
    max_points: float
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()

    @property
    def withheld(self) -> bool:
        """Whether there are drawings that show hidden inputs' answers."""
        return any(one.hidden for row in self.rows for one in row.drawings)

    def without_hidden(self) -> Card:
        """Return the card without drawings that show hidden inputs' answers: with examples."""
        return self._with(lambda drawing: not drawing.hidden)

    def without_examples(self) -> Card:
        """Return the card without drawings that stand for those of hidden inputs' answers."""
        return self._with(lambda drawing: not drawing.example)

    def _with(self, is_shown: Callable[[Drawing], bool]) -> Card:
        rows = (
            msgspec.structs.replace(row, drawings=tuple(filter(is_shown, row.drawings)))
            for row in self.rows
        )
        return msgspec.structs.replace(self, rows=tuple(rows))

    @property
    def failed(self) -> list[str]:
        """The titles of the checks that did not pass."""
        return [row.title for row in self.rows if row.status is not Status.PASSED]

    @property
    def state(self) -> str:
        """The name of a state in `html_report.STATES`: the task's verdict in a word."""
        return state(self.points, self.max_points, self.rows)


class Overview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The verdict on a submission: `notes` may cost marks, `remarks` say how it was graded.

    `provisional` says of a try before the due date what it is; `marks_held` that no mark is shown.
    """

    exercise: str
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    provisional: str = ""
    marks_held: bool = False


def state(points: float | None, max_points: float, rows: Sequence[Row] = ()) -> str:
    """Return a task's verdict in a word.

    Args:
        points: What it earned; None without a mark.
        max_points: What it is worth.
        rows: Its checks.
    """
    if points is None:
        return "unmarked"
    if points >= max_points:
        return "right"
    if points > 0:
        return "partly"
    statuses = {row.status for row in rows}
    if statuses == {Status.SKIPPED}:
        return "missing" if all(row.reached for row in rows) else "unreached"
    if statuses and statuses <= {Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.SKIPPED}:
        return "stopped"
    if statuses and statuses <= {Status.ERRORED, Status.SKIPPED}:
        return "crashed"
    return "wrong"


def to_json(value: Card | Overview) -> dict[str, Any]:
    """Return a card or an overview as plain JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def from_json(plain: object, kind: type[_Kind]) -> _Kind | None:
    """Return what `to_json` made, or None for anything else."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        return None
