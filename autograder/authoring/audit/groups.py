"""Puts edits of different tasks into one submission, where neither task uses the other's names."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeVar

from autograder.authoring.audit.source import Edit, Solution, TaskSource, apply
from autograder.course.catalog import Course
from autograder.errors import CourseError

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Edited(Protocol):
    """A solution with an edit in the cell of one task."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def task(self) -> str:
        """The task."""

    @property
    def source(self) -> str:
        """The whole solution with the edit."""


T = TypeVar("T", bound=Edited)


@dataclass(frozen=True, slots=True)
class Edition:
    """A solution with edits, and the tasks that are asked of it: all where none is named."""

    text: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uses:
    """Which tasks use one another.

    Attributes:
        tasks: By each task, those whose functions its own cell, its question in the probe, its
            hidden or its visible checks name, directly or through what these name.
    """

    tasks: Mapping[str, Collection[str]]

    def apart(self, one: str, other: str) -> bool:
        """Say whether neither of two tasks uses the other."""
        return other not in self.tasks[one] and one not in self.tasks[other]

    def reached_by(self, changed: Collection[str]) -> tuple[str, ...]:
        """Return these tasks, and those that use one of them."""
        return tuple(
            task
            for task, used in self.tasks.items()
            if task in changed or not set(changed).isdisjoint(used)
        )

    def asked(self, changed: Collection[str]) -> tuple[str, ...]:
        """Return the tasks that may answer otherwise after a change: none named if all may."""
        tasks = self.reached_by(changed)
        return tasks if len(tasks) < len(self.tasks) else ()


def uses_of(course: Course, slug: str, solution: Solution) -> Uses:
    """Return which tasks of an exercise use one another, as far as names tell.

    Raises:
        CourseError: The probe, the grader or the visible checks are no Python.
    """
    folder = course.folder(slug)
    files = (folder.probe_path, folder.grader_path, course.visible_tests(slug))
    modules = [_parsed(path) for path in files if path.is_file()]
    named = _definitions(solution.tree)
    owners = {
        name: task
        for task, source in solution.tasks.items()
        for name, nodes in named.items()
        if any(_inside(node, solution, source) for node in nodes)
    }
    found = {}
    for task, source in solution.tasks.items():
        cell = [node for node in solution.tree.body if _inside(node, solution, source)]
        asked = set().union(*(_reached(module, _asking(module, task)) for module in modules))
        roots = [*cell, *chain.from_iterable(named[name] for name in asked if name in named)]
        names = _reached(solution.tree, roots)
        found[task] = {owners[name] for name in names if name in owners} - {task}
    return Uses(found)


def grouped(items: Iterable[T], uses: Uses | None, name: str) -> dict[str, tuple[T, ...]]:
    """Return groups of edits of different tasks.

    Args:
        items: The edits.
        uses: Tasks of which one uses the other get no place in one group; any do if None.
        name: What the groups are called, with a number.
    """
    groups: list[list[T]] = []
    for item in items:
        for group in groups:
            others = {one.task for one in group}
            if item.task not in others and (
                uses is None or all(uses.apart(item.task, other) for other in others)
            ):
                group.append(item)
                break
        else:
            groups.append([item])
    return {f"{name}.{number}": tuple(group) for number, group in enumerate(groups, 1)}


def together(solution: Solution, members: Iterable[Edited]) -> str:
    """Return the solution with the cells of several edits, each of another task."""
    edits = []
    for member in members:
        source = solution.tasks[member.task]
        edits.append(Edit(source.start, source.end, cell_of(member, solution)))
    return apply(solution.text, edits)


def cell_of(member: Edited, solution: Solution) -> str:
    """Return the cell of an edit's task."""
    source = solution.tasks[member.task]
    return member.source[source.start : len(member.source) - len(solution.text) + source.end]


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise CourseError(
            f"An author's file must be Python. Received: {path}:{error.lineno}: {error.msg}. "
            "Correct that line."
        ) from error


def _inside(node: ast.AST, solution: Solution, source: TaskSource) -> bool:
    start, end = solution.span(node)
    return source.start <= start and end <= source.end


def _definitions(module: ast.Module) -> dict[str, list[ast.AST]]:
    """Return the statements that bind each name of a module."""
    found: dict[str, list[ast.AST]] = {}
    for node in module.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for part in chain.from_iterable(map(ast.walk, targets)):
                if isinstance(part, ast.Name):
                    found.setdefault(part.id, []).append(node)
    return found


def _asking(module: ast.Module, task: str) -> list[ast.AST]:
    """Return a probe's question about a task, or the tests that are marked as the task's."""
    return [
        node
        for node in module.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and (node.name == f"ask_{task}" or any(_marks(one, task) for one in node.decorator_list))
    ]


def _marks(decorator: ast.expr, task: str) -> bool:
    given = decorator.args[:1] if isinstance(decorator, ast.Call) else []
    return any(isinstance(one, ast.Constant) and one.value == task for one in given)


def _reached(module: ast.Module, roots: Sequence[ast.AST]) -> set[str]:
    """Return every name that some nodes say, or that lies behind what they say."""
    named = _definitions(module)
    reached: set[str] = set()
    new = set(_identifiers(roots))
    while new:
        reached |= new
        behind = chain.from_iterable(named[name] for name in new if name in named)
        new = set(_identifiers(list(behind))) - reached
    return reached


def _identifiers(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield names, attributes, keywords and words of texts: a probe names functions in texts."""
    for node in chain.from_iterable(map(ast.walk, nodes)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.keyword, ast.arg)):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _IDENTIFIER.findall(node.value)
