"""The marked regions of an authored file: solutions to clear, and the tasks that hold them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.errors import CourseError

# nbgrader's own words: see `ClearSolutions` and its defaults.
BEGIN_SOLUTION = "BEGIN SOLUTION"
END_SOLUTION = "END SOLUTION"
STUB_LINES = ("# YOUR CODE HERE", "raise NotImplementedError()")


@dataclass(frozen=True, slots=True)
class TaskCell:
    """A solution cell: its task, its functions in order, and where it stands."""

    task: str
    functions: tuple[str, ...]
    index: int


def clear(source: str, where: str) -> str:
    """Replace each solution region with the stub lines, exactly as nbgrader does.

    Args:
        source: The source of one cell.
        where: What to call the cell in an error message.

    Raises:
        CourseError: A region is not closed, not opened, or nested.
    """
    cleared: list[str] = []
    opened = False
    for number, line in enumerate(source.split("\n"), 1):
        begins, ends = BEGIN_SOLUTION in line, END_SOLUTION in line
        if (begins and ends) or ((begins or ends) and begins == opened):
            raise CourseError(
                f"`### {BEGIN_SOLUTION}` and `### {END_SOLUTION}` alternate, each on its own line. "
                f"Received: {where}, line {number}: {line.strip()!r}. Balance the markers."
            )
        if begins:
            indent = line[: len(line) - len(line.lstrip())]
            cleared += [indent + stub for stub in STUB_LINES]
        elif not ends and not opened:
            cleared.append(line)
        opened = begins or (opened and not ends)
    if opened:
        raise CourseError(
            f"A solution region ends with `### {END_SOLUTION}`. "
            f"Received: {where}, whose last region does not. Add the marker."
        )
    return "\n".join(cleared)


def functions(source: str, where: str) -> tuple[str, ...]:
    """Return the names of the functions that `source` defines at its top level, in order.

    Raises:
        CourseError: `source` is no Python.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise CourseError(
            f"A cell must be plain Python. Received: {where}, line {error.lineno}: {error.msg}. "
            "Correct it."
        ) from error
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def task_cells(cells: Iterable[Mapping[str, Any]], where: str) -> tuple[TaskCell, ...]:
    """Find the solution cells of a notebook, and check that solutions stand nowhere else.

    Args:
        cells: The cells of a notebook, as `nbformat` reads them.
        where: What to call the file in an error message.

    Raises:
        CourseError: A solution lies outside a task cell, or a task cell has no solution,
            no function, or a function without a docstring or without a solution.
    """
    tasks: list[TaskCell] = []
    for index, cell in enumerate(cells):
        source = cell["source"]
        meta = cell["metadata"].get("nbgrader", {})
        name = f"{where}, cell {index + 1}"
        if not meta.get("solution"):
            if BEGIN_SOLUTION in source or END_SOLUTION in source:
                raise CourseError(
                    "A solution stands in a cell with nbgrader's solution metadata. "
                    f"Received: {name}, which has none. Give it the metadata and a grade_id."
                )
            continue
        task = meta.get("grade_id", "")
        name = f"{name} ({task})"
        if cell["cell_type"] != "code" or BEGIN_SOLUTION not in source:
            raise CourseError(
                "A task cell is a code cell with a solution region. "
                f"Received: {name} without one. Add `### {BEGIN_SOLUTION}` and "
                f"`### {END_SOLUTION}` around the solution."
            )
        _check_stub(clear(source, name), name)
        tasks.append(TaskCell(task=task, functions=functions(source, name), index=index))
    return tuple(tasks)


def _check_stub(stub: str, where: str) -> None:
    """Each function of a stub must say what to write, and raise until it is written."""
    names = functions(stub, where)
    if not names:
        raise CourseError(
            f"A task cell defines at least one function. Received: {where} with none. Write one."
        )
    for node in ast.parse(stub).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        if not ast.get_docstring(node):
            raise CourseError(
                "The first docstring line of a task's function tells the student what to write. "
                f"Received: {where}, `{node.name}` without a docstring. Write it."
            )
        if not isinstance(node.body[-1], ast.Raise):
            raise CourseError(
                "Every function of a task cell ends with a solution region. "
                f"Received: {where}, `{node.name}` without one. "
                "Add the region, or move the function to a cell of its own."
            )
