"""Renders what students get from what authors write: stub, notebook, data, visible-check plugin."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import jupytext
import nbformat

from autograder.authoring.notebook_checks import checks_file
from autograder.authoring.regions import TaskCell, clear, task_cells
from autograder.authoring.visible_plugin import SCRIPT_CELL, plugin_files
from autograder.authoring.visible_tests import visible_tests
from autograder.course.catalog import Course
from autograder.course.first_cell import checks_module, first_cell
from autograder.errors import CourseError
from autograder.records import Exercise

# jupytext and nbformat come without types.
Notebook: TypeAlias = Any

# JupyterLab folds the source away; a click unfolds it, and what a cell prints is always shown.
_FOLDED = {"jupyter": {"source_hidden": True}}
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_SCHEMA_VERSION = 3

# nbgrader removes the hidden region on release and puts it back before it grades. Our
# preprocessors never execute a notebook; where they are not configured, the cell raises, and
# so stock nbgrader gives it no points.
_GRADE_CELL = """\
# Checks of `{task}`: run this cell. They stand in {module}.py, beside this notebook.
from {module} import check

check("{task}")
### BEGIN HIDDEN TESTS
raise RuntimeError(
    "This course is graded by its own preprocessors. Received: plain nbgrader, "
    "without this course's nbgrader_config.py. Run nbgrader in the course directory."
)
### END HIDDEN TESTS"""

# Students add cells of their own, and have to know before what becomes of these.
OWN_CELLS = """\
You may add cells of your own. When this notebook is marked, it is run once from top to bottom: your
answers whole, and of your own cells the imports, functions, classes and constants, and whatever
else your answers need. Their plots, prints and trainings are for you alone. Write each answer into
the cell that has its `# YOUR CODE HERE`, and nothing into the folded cells."""


def render(
    course: Course, slugs: Iterable[str], points: Mapping[str, Mapping[str, int]]
) -> dict[Path, bytes]:
    """Return what every generated file of these exercises must hold; write nothing.

    The plugin that all exercises share is always among them.

    Args:
        course: The course to render.
        slugs: Which exercises.
        points: For each slug, the points of each of its tasks.

    Raises:
        CourseError: Solution, catalog, visible tests and points contradict each other.
    """
    files = plugin_files(course)
    for slug in slugs:
        exercise = course.exercise(slug)
        notebook = _read(course.solution(slug))
        tasks = task_cells(notebook.cells, str(course.solution(slug)))
        tests = visible_tests(course.visible_tests(slug))
        _agree(exercise, tasks, tests, points.get(slug, {}), course)
        files[course.stub(slug)] = _stub(notebook, tasks)
        files[course.notebook(slug)] = _notebook(
            notebook, tasks, checks_module(slug), points[slug], first_cell(course, slug)
        )
        beside = course.notebook(slug).with_name(f"{checks_module(slug)}.py")
        files[beside] = checks_file(slug, tests)
        for name in exercise.data:
            beside = course.notebook(slug).with_name(course.sample(name).name)
            files[beside] = _sample(course.sample(name), slug)
    return files


def write(files: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Write the files that differ from what is on disk, and return their paths."""
    changed = drift(files)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path])
    return changed


def drift(files: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Return the paths whose file is missing or holds something else, sorted."""
    return tuple(
        path for path in sorted(files) if not path.is_file() or path.read_bytes() != files[path]
    )


def _read(path: Path) -> Notebook:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            "An exercise of the catalog has a solution file in UTF-8. "
            f"Received: {path}: {error}. Write it, or take the exercise out of the catalog."
        ) from error
    return jupytext.reads(text, fmt="py:percent")


def _agree(
    exercise: Exercise,
    cells: tuple[TaskCell, ...],
    tests: Mapping[str, Any],
    points: Mapping[str, int],
    course: Course,
) -> None:
    """Catalog, task cells, visible tests and points must name the same tasks."""
    solution = course.solution(exercise.slug)
    cell_tasks = [cell.task for cell in cells]
    if cell_tasks != list(exercise.tasks):
        raise CourseError(
            "The task cells of a solution are the catalog's tasks, in the same order. "
            f"Received: {solution} with {', '.join(cell_tasks)}; the catalog has "
            f"{', '.join(exercise.tasks)}. {_difference(cell_tasks, exercise.tasks)}"
        )
    names = [name for cell in cells for name in cell.functions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(
            f"A function is defined in one task cell. Received: {solution} with "
            f"{', '.join(twice)} twice. Rename one."
        )
    for noun, where, named_tasks in [
        ("a visible test", course.visible_tests(exercise.slug), tests),
        ("points in the hidden checks", f"the graders of {exercise.slug}", points),
    ]:
        if set(named_tasks) != set(exercise.tasks):
            raise CourseError(
                f"Every task has {noun}, and nothing else has. Received: {where}. "
                f"{_difference(named_tasks, exercise.tasks)}"
            )


def _difference(received: Iterable[str], expected: Iterable[str]) -> str:
    missing = [name for name in expected if name not in set(received)]
    extra = [name for name in received if name not in set(expected)]
    steps = []
    if missing:
        steps.append(f"Add what is missing: {', '.join(missing)}.")
    if extra:
        steps.append(f"Not in the catalog, so remove or list it: {', '.join(extra)}.")
    return " ".join(steps) or "Put them into the same order."


def _stub(notebook: Notebook, tasks: tuple[TaskCell, ...]) -> bytes:
    """The percent file for students: solutions cleared, nbgrader's metadata left out."""
    stub = copy.deepcopy(notebook)
    for task in tasks:
        cell = stub.cells[task.index]
        cell.source = clear(cell.source, task.task)
        # As the cell's title the task's name shows in an editor and in JupyterLab alike.
        cell.metadata = {
            "title": task.task,
            **{key: value for key, value in cell.metadata.items() if key != "nbgrader"},
        }
    # Behind the imports, of which `from __future__` has to be first, and before any task.
    first = next(place for place, cell in enumerate(stub.cells) if cell.cell_type == "code")
    place = first if first == tasks[0].index else first + 1
    told = nbformat.v4.new_code_cell(SCRIPT_CELL, id="script", metadata=copy.deepcopy(_FOLDED))
    stub.cells.insert(place, told)
    text: str = jupytext.writes(stub, fmt="py:percent")
    # Else the file would change with each version of jupytext.
    return re.sub(r"^# +jupytext_version:.*\n", "", text, flags=re.MULTILINE).encode()


def _notebook(
    notebook: Notebook,
    tasks: tuple[TaskCell, ...],
    checks: str,
    points: Mapping[str, int],
    first_code: str,
) -> bytes:
    """nbgrader's source notebook: each task cell is followed by its locked grade cell."""
    by_index = {task.index: task.task for task in tasks}
    cells: list[dict[str, Any]] = []
    has_text_first = bool(notebook.cells) and notebook.cells[0].cell_type == "markdown"
    if not has_text_first:
        cells.append(_cell("own-cells", "markdown", OWN_CELLS, {}))
    for index, cell in enumerate(notebook.cells):
        is_first_code = not any(earlier["cell_type"] == "code" for earlier in cells)
        if cell.cell_type == "code" and is_first_code:
            cells.append(_cell("quiet", "code", first_code, _FOLDED))
        task = by_index.get(index)
        if task is None:
            rule = f"\n\n{OWN_CELLS}" if has_text_first and index == 0 else ""
            cells.append(_cell(f"cell-{index + 1:02}", cell.cell_type, cell.source + rule, {}))
            continue
        solution = {"grade": False, "solution": True, "locked": False}
        cells.append(_nbgrader_cell(task, cell.source, solution))
        grade = {"grade": True, "solution": False, "locked": True, "points": points[task]}
        source = _GRADE_CELL.format(task=task, module=checks)
        cells.append(_nbgrader_cell(f"test_{task}", source, grade, _FOLDED))
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": _METADATA, "cells": cells}
    nbformat.validate(book)
    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _nbgrader_cell(
    grade_id: str, source: str, role: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    meta = {"grade_id": grade_id, "schema_version": _SCHEMA_VERSION, "task": False, **role}
    return _cell(grade_id, "code", source, {"nbgrader": meta, **(more or {})})


def _cell(name: str, kind: str, source: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    # Line by line, so that a diff of two notebooks can be read.
    lines = source.splitlines(keepends=True)
    cell: dict[str, Any] = {"id": name[:64], "cell_type": kind, "metadata": metadata}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": lines}


def _sample(path: Path, slug: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(
            "The bundled sample of each data set lies in exercises/data. "
            f"Received: {slug}, which needs {path}, and no such file. Run `autograder data`."
        ) from None
