"""The five students, and what each one writes into the notebooks that they fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from autograder.errors import CourseError
from classroom.mistakes import CRASH, FEW, MANY, Mistake

Cells = dict[str, str]
"""Task to the source of its solution cell."""

_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


@dataclass(frozen=True)
class Student:
    """An account, a last name, what is handed in, and how it comes from the reference solution."""

    name: str
    last_name: str
    handed_in: str
    write: Callable[[str, Cells], Cells]


def _nothing(_slug: str, _reference: Cells) -> Cells:
    return {}


def _everything(_slug: str, reference: Cells) -> Cells:
    return reference


def _partly(slug: str, reference: Cells) -> Cells:
    """A slip or two, and no time left for the last task."""
    return _with_mistakes(dict(list(reference.items())[:-1]), FEW[slug])


def _wrong(slug: str, reference: Cells) -> Cells:
    return _with_mistakes(reference, MANY[slug])


def _crashing(slug: str, reference: Cells) -> Cells:
    """Right, but one function ends its process, as a fault in a C library does."""
    return _with_mistakes(reference, CRASH[slug])


STUDENTS = (
    Student("ada", "Lind", "the reference solution", _everything),
    Student("ben", "Moreau", "the untouched stub", _nothing),
    Student("cleo", "Novak", "partly right", _partly),
    Student("dan", "Osei", "wrong", _wrong),
    Student("eve", "Park", "code that crashes", _crashing),
)


def reference_cells(solution: Path) -> Cells:
    """Read the solution cells of an authored file, in order, without the region markers."""
    return answer_cells(solution.read_text(encoding="utf-8"))


def answer_cells(text: str) -> Cells:
    """Return the solution cells of an authored text, in order, without the region markers."""
    notebook = jupytext.reads(text, "py:percent")
    return {
        cell.metadata.nbgrader["grade_id"]: _MARKER.sub("", cell.source)
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def fill(notebook: Path, cells: Mapping[str, str]) -> None:
    """Put sources into the solution cells of a fetched notebook, as a student would."""
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("solution") and metadata["grade_id"] in cells:
            cell.source = cells[metadata["grade_id"]]
    nbformat.write(content, notebook)


def _with_mistakes(cells: Cells, mistakes: tuple[Mistake, ...]) -> Cells:
    changed = dict(cells)
    for mistake in mistakes:
        if mistake.right not in changed[mistake.task]:
            raise CourseError(
                f"A mistake changes text of the reference solution. Received: {mistake}, whose "
                "right text is not in that task any more. Correct it in demo/classroom/mistakes.py."
            )
        changed[mistake.task] = changed[mistake.task].replace(mistake.right, mistake.wrong)
    return changed
