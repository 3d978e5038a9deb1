"""Turns what a student handed in into the cells that will run. Pure: bytes in, `Workdir` out.

The rules, in a student's words:

- Of a `.py` file every cell counts (`# %%` begins one; a file without is one cell).
- Of a notebook the answer cells count whole, and of the other cells the imports, functions,
  classes and constants. The course's own test cells never run from a submission.
- A cell that is not Python is left out, and the others are kept: one mistake costs once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import PurePath

from autograder.cells import RawCell, Role, read_cells
from autograder.errors import SubmissionError
from autograder.plaintext import printable
from autograder.records import Exercise, StagedCell, Submission, Workdir
from autograder.statements import (
    LeftOut,
    NotPython,
    defined_names,
    definitions_only,
    is_empty,
    without_magics,
)

# Of all cells together: parsing must stay short, whatever is handed in.
MAX_CODE_BYTES = 512 * 1024
MAX_NOTES = 40


def stage(submission: Submission, exercise: Exercise, known_cells: Collection[str] = ()) -> Workdir:
    """Return the cells of `submission` that will run, and notes on what was left out.

    Args:
        submission: What was handed in.
        exercise: The exercise that it is for.
        known_cells: Sources of the released cells. What is left out of these is not told,
            because the student did not write it.

    Raises:
        SubmissionError: There is nothing to run; the message says why and what to do.
    """
    contents = read_cells(submission.content, submission.suffix)
    own = [cell for cell in contents.cells if cell.role is not Role.LOCKED]
    size = sum(len(cell.source.encode("utf-8", "surrogatepass")) for cell in own)
    if size > MAX_CODE_BYTES:
        raise SubmissionError(
            f"A submission may have at most {MAX_CODE_BYTES // 1024} KiB of code. "
            f"Received: {size // 1024} KiB. Keep data out of the cells."
        )
    known = {_normal(source) for source in known_cells}
    notes = [*contents.notes, *_repeated(own)]
    staged: list[StagedCell] = []
    broken: list[str] = []
    for cell in own:
        name = _file_name(submission) if _is_whole_file(submission, own) else f"cell {cell.number}"
        try:
            source, label, left_out = _kept(cell, name)
        except NotPython as error:
            broken.append(_unreadable(cell, _with_id(name, cell.grade_id), error))
            continue
        if left_out and _normal(cell.source) not in known:
            notes.append(_told(label, cell, left_out))
        if not is_empty(source):
            staged.append(StagedCell(label, source, apart=cell.role is Role.PARTS))
        elif cell.grade_id and cell.role is Role.WHOLE:
            notes.append(f"{_capital(label)} holds no code.")
    if not staged:
        raise SubmissionError(
            broken[0]
            if broken
            else "A submission must hold code. Received: a file without any of your own. "
            "Save your work and hand in that file."
        )
    # What costs points comes first.
    return Workdir(exercise.slug, tuple(staged), _first_notes([*broken, *notes]))


def _kept(cell: RawCell, name: str) -> tuple[str, str, list[LeftOut]]:
    """Return the source that will run, its label, and what was left out of it."""
    # Lines are numbered as in the file, so that messages point to where the student looks.
    source, left_out = without_magics("\n" * (cell.first_line - 1) + cell.source)
    if cell.role is Role.PARTS:
        source, more = definitions_only(source)
        left_out = left_out + more
    names = defined_names(source)
    return source, _with_id(name, cell.grade_id or (names[0] if names else "")), left_out


def _with_id(name: str, grade_id: str) -> str:
    return f"{name} ({printable(grade_id, 64)})" if grade_id and name.startswith("cell ") else name


def _is_whole_file(submission: Submission, cells: list[RawCell]) -> bool:
    return submission.suffix == ".py" and len(cells) == 1 and cells[0].first_line == 1


def _file_name(submission: Submission) -> str:
    return printable(PurePath(submission.label).name, 80) or "the file"


def _unreadable(cell: RawCell, label: str, error: NotPython) -> str:
    line = max(error.line, 1)
    # A place in the file is easier to find than one in the cell, where there is a choice.
    where = f"line {line} of the file" if cell.first_line > 1 else f"line {line}"
    return (
        f"{_capital(label)} must be Python. Received: {error.reason}, in {where}. "
        "This cell was left out; correct that place."
    )


def _told(label: str, cell: RawCell, left_out: list[LeftOut]) -> str:
    shown = ", ".join(_lines(left) for left in left_out[:3])
    more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
    rule = (
        "Outside the answer cells only imports, functions, classes and constants count."
        if cell.role is Role.PARTS
        else "Magic and shell lines do not count."
    )
    return f"{_capital(label)}: left out {shown}{more}. {rule}"


def _lines(left: LeftOut) -> str:
    lines = f"line {left.first_line}"
    if left.last_line > left.first_line:
        lines = f"lines {left.first_line}-{left.last_line}"
    return f"{lines} ({left.text})"


def _repeated(cells: list[RawCell]) -> list[str]:
    """Notes on ids that several cells carry: a copied cell, or one that was split in two.

    All of them run, from top to bottom as in the notebook: the halves of a split cell are
    both needed, and of a copy the later definition wins by itself.
    """
    counts = Counter(cell.grade_id for cell in cells if cell.grade_id)
    notes = []
    for grade_id, count in counts.items():
        if count > 1:
            numbers = [str(cell.number) for cell in cells if cell.grade_id == grade_id]
            shown = ", ".join(numbers[:5]) + (" …" if count > 5 else "")
            notes.append(
                f"Cells {shown} all carry the id {grade_id}, as copied or split cells do. They run "
                "from top to bottom: where two define the same name, the last one counts."
            )
    return notes


def _first_notes(notes: list[str]) -> tuple[str, ...]:
    if len(notes) > MAX_NOTES:
        notes = [*notes[:MAX_NOTES], f"There are {len(notes) - MAX_NOTES} more notes of this kind."]
    return tuple(notes)


def _normal(source: str) -> str:
    lines = source.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith("cell ") else text
