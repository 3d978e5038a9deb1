"""Turns what a student handed in into the cells that will run. Pure: bytes in, `Workdir` out.

The rules, in a student's words:

- Of a `.py` file every cell counts (`# %%` begins one; a file without is one cell).
- Of a notebook the answer cells count whole, and of the other cells the imports, functions,
  classes and constants, and what an answer needs. The course's own checks never run from a
  submission.
- A cell that is not Python is left out, and the others are kept: one mistake costs once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from autograder.course.catalog import Course
from autograder.course.first_cell import first_cell
from autograder.errors import SubmissionError
from autograder.records import Exercise, StagedCell, Submission, Workdir
from autograder.submission.cells import RawCell, Role, read_cells
from autograder.submission.magics import without_magics
from autograder.submission.modules import modules_written, readable_modules
from autograder.submission.notebook_stage import stage_notebook
from autograder.submission.remarks import capital, first_notes, left_out_of, unreadable, with_id
from autograder.submission.statements import NotPython, defined_names, is_empty
from autograder.text import printable

# Of all cells together: parsing must stay short, whatever is handed in.
MAX_CODE_BYTES = 512 * 1024


def stage(submission: Submission, exercise: Exercise, released: Sequence[RawCell] = ()) -> Workdir:
    """Return the cells of `submission` that will run, and notes on what was left out.

    Args:
        submission: The bytes that a student handed in.
        exercise: The exercise that it is for.
        released: The released cells. They tell what each task must define, and what a notebook
            has lost; what is left out of their text gets no note, for no student wrote it.

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
    if submission.suffix == ".ipynb":
        workdir, broken = stage_notebook(contents, exercise, released)
    else:
        workdir, broken = _stage_script(submission, exercise, own)
    if not workdir.cells:
        raise SubmissionError(
            broken[0]
            if broken
            else "A submission must hold code. Received: a file without any of your own. "
            "Save your work and hand in that file."
        )
    written = modules_written(contents.cells) if submission.suffix == ".ipynb" else {}
    modules, notes = readable_modules(submission.modules, written)
    return replace(workdir, modules=tuple(modules.items()), notes=(*notes, *workdir.notes))


def _stage_script(
    submission: Submission, exercise: Exercise, cells: Sequence[RawCell]
) -> tuple[Workdir, list[str]]:
    """Return the cells of a `.py` file that run, and a note for each that is no Python."""
    staged: list[StagedCell] = []
    broken: list[str] = []
    notes: list[str] = []
    is_whole_file = len(cells) == 1 and cells[0].first_line == 1
    for cell in cells:
        name = _file_name(submission) if is_whole_file else f"cell {cell.number}"
        try:
            # Lines are numbered as in the file, so that messages point to where the student looks.
            source, left_out = without_magics("\n" * (cell.first_line - 1) + cell.source)
        except NotPython as error:
            broken.append(unreadable(cell, with_id(name, cell.grade_id), error))
            continue
        label = with_id(name, cell.grade_id or next(iter(defined_names(source)), ""))
        if left_out:
            notes.append(left_out_of(label, cell.role, left_out))
        if not is_empty(source):
            staged.append(StagedCell(label, source))
        elif cell.grade_id:
            notes.append(f"{capital(label)} holds no code.")
    return Workdir(exercise.slug, tuple(staged), first_notes([*broken, *notes])), broken


def _file_name(submission: Submission) -> str:
    return printable(PurePath(submission.label).name, 80) or "the file"


def released_cells(course: Course, slug: str) -> tuple[RawCell, ...]:
    """Return each cell of code that students of an exercise were given."""
    path = course.stub(slug)
    if not path.is_file():
        return ()
    cells = read_cells(path.read_bytes(), ".py").cells
    # Notebooks of earlier releases have the quiet cell alone.
    first = (first_cell(course, slug), course.quiet_cell)
    return (*(RawCell(0, source, Role.WHOLE) for source in first if source), *cells)
