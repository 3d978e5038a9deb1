"""A solution's text and tree: where its answers stand, and how an edit changes them."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograder.authoring.regions import BEGIN_SOLUTION, END_SOLUTION
from autograder.course.catalog import Course
from autograder.errors import CourseError
from autograder.submission.cells import RawCell, read_cells


@dataclass(frozen=True, slots=True)
class Edit:
    """Another text in the place of the characters from `start` to `end` of a solution."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Region:
    """One answer: the statements of `function` between the markers, from `start` to `end`."""

    function: ast.FunctionDef
    statements: tuple[ast.stmt, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TaskSource:
    """The cell of a task, from `start` to `end` of the solution, and its answers.

    `asks` is what a student reads about it: the text cell above, and the docstrings.
    """

    task: str
    asks: str
    start: int
    end: int
    regions: tuple[Region, ...]


class Solution:
    """An exercise's solution, read once.

    Args:
        text: The authored file.
        tasks: The exercise's tasks, each of which has a cell with an answer.
        where: What to call the file in an error message.

    Raises:
        CourseError: It is no Python, or a task has no answer in it.
    """

    def __init__(self, text: str, tasks: Sequence[str], where: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        try:
            self.tree = ast.parse(self.text)
        except SyntaxError as error:
            raise CourseError(
                f"A solution must be plain Python. Received: {where}, line {error.lineno}: "
                f"{error.msg}. Correct it."
            ) from error
        self._lines = self.text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        cells = {cell.grade_id: cell for cell in read_cells(self.text.encode(), ".py").cells}
        self.tasks: Mapping[str, TaskSource] = {
            task: self._task(task, cells.get(task), where) for task in tasks
        }

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The node around each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where the text of a node begins and ends."""
        place = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
        line, column, end_line, end_column = place
        return self._offset(line, column), self._offset(end_line, end_column)

    def text_of(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_of(self, offset: int) -> int:
        """Return the line, counted from 1, that a character stands in."""
        return self.text.count("\n", 0, offset) + 1

    def line_start(self, line: int) -> int:
        """Return where a line, counted from 1, begins."""
        return self._starts[line - 1]

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1]
        if not text.isascii():  # Python counts bytes of UTF-8
            column = len(text.encode()[:column].decode())
        return self._starts[line - 1] + column

    def _task(self, task: str, cell: RawCell | None, where: str) -> TaskSource:
        first = cell.first_line if cell else 1
        last = first + cell.source.count("\n") if cell else 0
        regions = tuple(self._regions(first, last))
        if not regions:
            raise CourseError(
                f"Every task has a cell with an answer between `### {BEGIN_SOLUTION}` and "
                f"`### {END_SOLUTION}`. Received: {where} without one for {task}. Mark it."
            )
        start = self._starts[first - 1]
        above = self.text[:start].rpartition("[markdown]")[2]
        docstrings = [ast.get_docstring(region.function) or "" for region in regions]
        asks = "\n".join([above, *docstrings])
        return TaskSource(task, asks, start, self._starts[last] - 1, regions)

    def _regions(self, first: int, last: int) -> Iterator[Region]:
        begin = 0
        for number in range(first, last + 1):
            line = self._lines[number - 1]
            if BEGIN_SOLUTION in line:
                begin = number
            elif END_SOLUTION in line and begin:
                region = self._region(begin + 1, number - 1)
                if region is not None:
                    yield region
                begin = 0

    def _region(self, first: int, last: int) -> Region | None:
        for function in ast.walk(self.tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            inside = [one for one in function.body if first <= one.lineno <= last]
            if inside:
                start, end = self._starts[first - 1], self._starts[last] - 1
                return Region(function, tuple(inside), start, end)
        return None


def read_solution(course: Course, slug: str) -> Solution:
    """Return an exercise's solution.

    Raises:
        CourseError: There is none, or it cannot be read.
    """
    path = course.solution(slug)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"What is audited has a solution, in UTF-8. Received: {path}: {error}. Write it."
        ) from error
    return Solution(text, course.exercise(slug).tasks, str(path))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with edits that do not overlap made."""
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def diff(before: str, after: str, name: str) -> str:
    """Return what changed, as a unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm="", n=2
    )
    return "\n".join(lines)


class Place:
    """One answer with what operators need to edit it."""

    def __init__(self, solution: Solution, task: TaskSource, region: Region) -> None:
        self.solution = solution
        self.task = task
        self.region = region
        self.statements = region.statements
        self._nodes = [node for one in region.statements for node in ast.walk(one)]
        inside_text = {
            id(part)
            for node in self._nodes
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
            if part is not node
        }
        # Python 3.11 does not tell where the parts of an f-string stand.
        self._nodes = [node for node in self._nodes if id(node) not in inside_text]

    def nodes(self, *kinds: type[ast.AST]) -> list[Any]:
        """Return the answer's nodes of some kinds, in the order of their places."""
        nodes: list[Any] = [node for node in self._nodes if isinstance(node, kinds)]
        return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))

    def parent(self, node: ast.AST) -> ast.AST:
        """Return the node around `node`."""
        return self.solution.parents[node]

    def text(self, node: ast.AST) -> str:
        """Return the text of a node."""
        return self.solution.text_of(node)

    def replace(self, node: ast.AST, text: str) -> Edit:
        """Return the edit that writes `text` in the place of a node."""
        return Edit(*self.solution.span(node), text)

    def before(self, statement: ast.stmt, line: str) -> Edit:
        """Return the edit that writes a line before a statement."""
        start, _ = self.solution.span(statement)
        return Edit(start, start, f"{line}\n{' ' * statement.col_offset}")

    def after(self, statement: ast.stmt, line: str) -> Edit:
        """Return the edit that writes a line after a statement."""
        _, end = self.solution.span(statement)
        return Edit(end, end, f"\n{' ' * statement.col_offset}{line}")

    def swap(self, first: ast.AST, second: ast.AST) -> tuple[Edit, Edit]:
        """Return the edits that exchange two nodes."""
        return self.replace(first, self.text(second)), self.replace(second, self.text(first))

    @property
    def parameters(self) -> list[ast.arg]:
        """The function's parameters."""
        given = self.region.function.args
        return [*given.posonlyargs, *given.args, *given.kwonlyargs]

    @property
    def array_parameters(self) -> list[str]:
        """The parameters that are annotated as arrays and used in the answer."""
        used = {node.id for node in self.nodes(ast.Name)}
        return [
            one.arg
            for one in self.parameters
            if one.annotation is not None
            and ast.unparse(one.annotation).endswith("ndarray")
            and one.arg in used
        ]
