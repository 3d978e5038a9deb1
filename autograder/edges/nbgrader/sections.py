"""Which cells of an autograded notebook belong to which task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

GRADE_PREFIX = "test_"


@dataclass(slots=True)
class CellGroup:
    """What belongs to one task: the cell that has the mark, and all others, in order."""

    marked: NotebookNode
    cells: list[NotebookNode] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the task is called."""
        return task_of(self.marked)


def task_of(cell: NotebookNode) -> str:
    """Return the name of the task that a cell of nbgrader's belongs to."""
    return str(cell.metadata.nbgrader["grade_id"]).removeprefix(GRADE_PREFIX)


def has_mark(cell: NotebookNode) -> bool:
    """Whether nbgrader keeps a mark for the cell."""
    return bool(is_grade(cell) or is_task(cell))


def group_cells(cells: Sequence[NotebookNode]) -> tuple[list[CellGroup], list[NotebookNode]]:
    """Return the cells of each task, and those of none.

    A task ends with the cell that has its mark, and with code that follows it: what shows the
    work. Its text stands before it. An answer belongs to the task of its name, wherever it is.
    """
    groups: list[CellGroup] = []
    rest: list[NotebookNode] = []
    waiting: list[NotebookNode] = []
    for cell in cells:
        if has_mark(cell):
            if not groups:
                rest, waiting = _before_the_first(waiting)
            groups.append(CellGroup(cell, [*waiting, cell]))
            waiting = []
        elif groups and not waiting and cell.cell_type == "code" and not is_solution(cell):
            groups[-1].cells.append(cell)
        else:
            waiting.append(cell)
    by_name = {group.name: group for group in groups}
    for cell in [cell for cell in waiting if not is_solution(cell)]:
        waiting.remove(cell)
        rest.append(cell)
    for group in groups:
        for cell in [cell for cell in group.cells if _is_foreign(cell, group, by_name)]:
            group.cells.remove(cell)
            by_name[task_of(cell)].cells.insert(0, cell)
    for cell in waiting:
        if task_of(cell) in by_name:
            by_name[task_of(cell)].cells.insert(0, cell)
        else:
            rest.append(cell)
    return groups, rest


def _before_the_first(
    cells: list[NotebookNode],
) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """Split what stands before the first mark: the first task begins with its text."""
    answers = [place for place, cell in enumerate(cells) if is_solution(cell)]
    begin = answers[0] if answers else len(cells)
    while begin > 0 and cells[begin - 1].cell_type != "markdown":
        begin -= 1
    if begin == 0:
        begin = answers[0] if answers else len(cells)
    while begin > 0 and cells[begin - 1].cell_type == "markdown":
        begin -= 1
    return cells[:begin], cells[begin:]


def _is_foreign(cell: NotebookNode, group: CellGroup, by_name: dict[str, CellGroup]) -> bool:
    """Whether an answer stands in another task's group than its own."""
    return bool(
        cell is not group.marked
        and is_solution(cell)
        and task_of(cell) != group.name
        and task_of(cell) in by_name
    )
