"""The sentences about a submission's cells: what was left out of them, what was found where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from autograder.submission.cells import RawCell, Role
from autograder.submission.statements import LeftOut, NotPython
from autograder.text import one_line, printable

MAX_NOTES = 40
_MAX_NAMES = 5


def with_id(name: str, grade_id: str) -> str:
    """Return the label of a cell with its task's name, by which feedback on the task finds it."""
    return f"{name} ({printable(grade_id, 64)})" if grade_id and name.startswith("cell ") else name


def capital(text: str) -> str:
    """Return a label as a sentence begins with it."""
    return text[:1].upper() + text[1:] if text.startswith("cell ") else text


def first_notes(notes: Sequence[str]) -> tuple[str, ...]:
    """Return as many notes as anybody reads, and how many more there are."""
    if len(notes) > MAX_NOTES:
        notes = [*notes[:MAX_NOTES], f"There are {len(notes) - MAX_NOTES} more notes of this kind."]
    return tuple(notes)


def unreadable(cell: RawCell, label: str, error: NotPython) -> str:
    """Return the note on a cell that is no Python."""
    line = max(error.line, 1)
    # A place in the file is easier to find than one in the cell, where there is a choice.
    where = f"line {line} of the file" if cell.first_line > 1 else f"line {line}"
    return (
        f"{capital(label)} must be Python. Received: {error.reason}, in {where}. "
        "This cell was left out; correct that place."
    )


def left_out_of(label: str, role: Role, left_out: Sequence[LeftOut]) -> str:
    """Return the note on the lines of a cell that do not run."""
    places = ", ".join(_lines(left) for left in left_out[:3])
    more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
    rule = (
        "Outside the answer cells only imports, functions, classes, constants, and what an answer "
        "needs count."
        if role is Role.PARTS
        else "Magic and shell lines do not count."
    )
    return f"{capital(label)}: left out {places}{more}. {rule}"


def _lines(left: LeftOut) -> str:
    lines = f"line {left.first_line}"
    if left.last_line > left.first_line:
        lines = f"lines {left.first_line}-{left.last_line}"
    return f"{lines} ({left.text})"


def repeated(cells: Iterable[RawCell]) -> list[str]:
    """Return notes on ids that several cells carry: a copied cell, or one that was split in two.

    All of them run, from top to bottom as in the notebook: the halves of a split cell are
    both needed, and of a copy the later definition wins by itself.
    """
    cells = list(cells)
    counts = Counter(cell.grade_id for cell in cells if cell.grade_id)
    notes = []
    for grade_id, count in counts.items():
        if count > 1:
            numbers = [str(cell.number) for cell in cells if cell.grade_id == grade_id]
            first = ", ".join(numbers[:5]) + (" …" if count > 5 else "")
            notes.append(
                f"Cells {first} all carry the id {grade_id}, as copied or split cells do. They run "
                "from top to bottom: where two define the same name, the last one counts."
            )
    return notes


def was_text(cell: RawCell, label: str) -> str:
    """Return the note on an answer cell that became Markdown or raw text."""
    kind = "Markdown" if cell.kind == "markdown" else "raw text"
    return (
        f"{capital(label)} is {kind}, and counts as the code that it was released as. "
        "Make it code again: click on its margin and press Y."
    )


def found_in(label: str, role: Role, names: Collection[str]) -> str:
    """Return the note on an answer that was found in a cell that is not one for answers."""
    kind = "the course's check cell" if role is Role.LOCKED else "a cell of text"
    verb, them = ("counts", "it") if len(names) == 1 else ("count", "them")
    return (
        f"{capital(label)} is {kind}. {_quoted(names)} in it {verb}, because no cell of code "
        f"defines {them}. Move {them} into the answer cell."
    )


def put_back(lines: Sequence[LeftOut]) -> str:
    """Return the note on lines of the course's own that a notebook has lost."""
    texts = "; ".join(line.text for line in lines[:_MAX_NAMES])
    return (
        f"Lines of the course's own were missing, and were put back for marking: {texts}"
        f"{' …' if len(lines) > _MAX_NAMES else ''}."
    )


def rebound(label: str, names: Collection[str]) -> str:
    """Return the note on a cell that gives a name another value than the answers above had."""
    return (
        f"{capital(label)} gives {_quoted(names)} another value. Tasks whose cells stand above it "
        "were marked with the value that they saw."
    )


def unread_definition(label: str, name: str) -> str:
    """Return the sentence on a function whose cell could not be read."""
    return (
        f"{capital(label)} seems to define `{one_line(name, 64)}`, but is no Python and was left "
        "out. Correct it, in the task's own cell."
    )


def nested_definition(label: str, name: str) -> str:
    """Return the sentence on a function that stands where nothing can call it."""
    return (
        f"{capital(label)} defines `{one_line(name, 64)}` inside of a class or another block. "
        "Move it to the left margin, into the task's own cell."
    )


def _quoted(names: Collection[str]) -> str:
    quoted = [f"`{one_line(name, 64)}`" for name in names][:_MAX_NAMES]
    more = [f"{len(names) - _MAX_NAMES} more"] if len(names) > _MAX_NAMES else []
    *first, last = [*quoted, *more]
    return f"{', '.join(first)} and {last}" if first else last
