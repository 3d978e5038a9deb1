"""A class as it is handed in: right and wrong notebooks, no two of them alike in their bytes.

Every student has a reference solution or one of the kept submissions, with other names for local
variables, other comments and other blank lines. What is wrong stays wrong, and in the same way.
"""

from __future__ import annotations

import ast
import functools
import random
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, repeat
from pathlib import Path

from classroom.students import answer_cells, fill, reference_cells

from autograder.authoring.kept import Kept, kept
from autograder.course.catalog import Course

REFERENCE = "the reference solution"
#: Of the right ones: those who solve it in a way of their own, as the kept `right_*` files do.
_ODD_PART = 0.25
_REMARKS = (
    "I hope this is right", "see the lecture", "this took me a while", "checked by hand",
    "as in the text above", "TODO: nicer", "works on my machine", "not sure about this one",
)  # fmt: skip
_SUFFIXES = ("_", "_1", "_2", "_new", "_now", "_here", "_of_mine", "_x", "_tmp", "_mine")
_KEPT: dict[Path, Mapping[str, Kept]] = {}
_MARKS = ("#", "##", "#:", "# -", "# *")


@dataclass(frozen=True)
class Handed:
    """What one student hands in for one exercise, and where it comes from."""

    student: str
    slug: str
    source: str

    @property
    def right(self) -> bool:
        """Whether full marks are due."""
        return not self.source.startswith("wrong_")


def names(first: int, count: int) -> list[str]:
    """Return `count` names of students, from number `first` on."""
    return [f"student{number:04}" for number in range(first, first + count)]


def plan(
    course: Course, slugs: Sequence[str], students: Sequence[str], wrong_share: float
) -> list[Handed]:
    """Decide who hands in what: the same for each class of the same size.

    Three quarters of the right ones have the reference solution, the others one of the kept
    `right_*` files, which were written to be unusual (some train in a loop of their own, which is
    no recipe); the wrong ones go through the kept `wrong_*` submissions. Who has which is mixed
    once and for all.

    Args:
        course: Whose exercises and kept submissions are taken.
        slugs: The exercises.
        students: Who hands in.
        wrong_share: The part of them that is wrong in each exercise, 0 to 1.
    """
    handed = []
    for slug in slugs:
        sources = _kept(course, slug)
        right = [name for name in sources if name.startswith("right_")]
        wrong = [name for name in sources if name.startswith("wrong_")]
        mixed = random.Random(slug)  # noqa: S311 - the same everywhere
        mixed.shuffle(wrong)
        count = min(round(wrong_share * len(students)), len(students) - 1)
        chosen = list(islice(cycle(wrong), count))
        odd = round(_ODD_PART * (len(students) - count))
        chosen += islice(cycle(right or [REFERENCE]), odd)
        chosen += [REFERENCE] * (len(students) - len(chosen) - 1)
        mixed.shuffle(chosen)
        # The first one is right, so that a class of one is.
        chosen.insert(0, REFERENCE)
        handed += [Handed(*both) for both in zip(students, repeat(slug), chosen, strict=False)]
    return handed


def write(
    course: Course, handed: Iterable[Handed], released: Mapping[str, Path], submitted: Path
) -> None:
    """Write notebooks as `submitted/<student>/<slug>/<slug>.ipynb`, as nbgrader collects them.

    Args:
        course: Whose solutions are taken.
        handed: Who hands in what.
        released: The notebook that students got, by exercise.
        submitted: The course's folder of submissions.
    """
    for one in handed:
        folder = submitted / one.student / one.slug
        folder.mkdir(parents=True)
        path = folder / f"{one.slug}.ipynb"
        shutil.copyfile(released[one.slug], path)
        fill(path, cells_of(course, one))
        (folder / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC", encoding="utf-8")


def cells_of(course: Course, handed: Handed) -> dict[str, str]:
    """Return what the student writes into each answer cell."""
    cells = reference = _reference(course.solution(handed.slug))
    if handed.source != REFERENCE:
        one = _kept(course, handed.slug)[handed.source]
        text = one.content.decode()
        cells = answer_cells(text) if one.is_mutant else _in_cells(text, reference)
    chance = random.Random(f"{handed.student} {handed.slug}")  # noqa: S311 - the same everywhere
    return {
        task: _signed(vary(source, chance), handed.student, chance)
        for task, source in cells.items()
    }


def _kept(course: Course, slug: str) -> Mapping[str, Kept]:
    """Return the kept submissions that are scripts, by name; mutants are made once."""
    path = course.folder(slug).path
    if path not in _KEPT:
        _KEPT[path] = {one.name: one for one in kept(course, slug) if one.suffix == ".py"}
    return _KEPT[path]


@functools.cache
def _reference(solution: Path) -> Mapping[str, str]:
    return reference_cells(solution)


def _signed(source: str, student: str, chance: random.Random) -> str:
    """Add a comment that no other student has."""
    return f"{source.rstrip()}\n\n\n# {student}: {chance.choice(_REMARKS)}\n"


def _in_cells(text: str, reference: Mapping[str, str]) -> dict[str, str]:
    """Spread a file over the answer cells: each function where the reference solution has it.

    Imports, constants and functions of the student's own go before the first function.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {next(iter(reference)): text}
    place = {
        node.name: task
        for task, source in reference.items()
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    lines = text.split("\n")
    others: list[str] = []
    cells: dict[str, list[str]] = {}
    start = 0
    for node in tree.body:
        # With the comments and blank lines before it, and its decorators.
        end = node.end_lineno or node.lineno
        part = "\n".join(lines[start:end])
        start = end
        known = place.get(_name(node))
        (cells.setdefault(known, []) if known else others).append(part)
    first = next(iter(reference))
    cells[first] = [*others, *cells.get(first, [])]
    return {task: "\n\n\n".join(parts).strip("\n") for task, parts in cells.items()}


def _name(node: ast.stmt) -> str:
    """Return what a statement defines: a function, or a name for a lambda or the like."""
    match node:
        case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def vary(source: str, chance: random.Random) -> str:
    """Return a cell that does the same, with other names, comments and blank lines."""
    try:
        return _with_comments(_renamed(source, chance), chance)
    except SyntaxError:
        return source


def _renamed(source: str, chance: random.Random) -> str:
    """Give local variables other names, where that is sure to change nothing."""
    lines = source.split("\n")
    edits: list[tuple[int, int, str, str]] = []
    for function in ast.parse(source).body:
        if not isinstance(function, ast.FunctionDef):
            continue
        for old in sorted(_own_names(function)):
            if chance.random() < 0.5:
                continue
            new = old + chance.choice(_SUFFIXES)
            if new in source:
                continue
            edits += [
                (node.lineno, node.col_offset, old, new)
                for node in ast.walk(function)
                if isinstance(node, ast.Name) and node.id == old
            ]
    for line, byte, old, new in sorted(edits, reverse=True):
        encoded = lines[line - 1].encode()
        assert encoded[byte:].startswith(old.encode())
        changed = encoded[:byte] + new.encode() + encoded[byte + len(old.encode()) :]
        lines[line - 1] = changed.decode()
    return "\n".join(lines)


def _own_names(function: ast.FunctionDef) -> set[str]:
    """Return the names that a function binds by assignment and in no other way."""
    bound: set[str] = set()
    barred: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.arg(arg=name):
                barred.add(name)
            case ast.Global(names=listed) | ast.Nonlocal(names=listed):
                barred.update(listed)
            case ast.ExceptHandler(name=str(name)):
                barred.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                barred.add(name)
            case ast.alias(name=name, asname=other):
                barred.add(other or name.partition(".")[0])
            case ast.Match():
                return set()
            case ast.JoinedStr():
                # Before Python 3.12 what stands in an f-string has no place of its own.
                barred.update(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
    return bound - barred


def _with_comments(source: str, chance: random.Random) -> str:
    """Put comments and blank lines before some statements of functions."""
    lines = source.split("\n")
    starts = {
        statement.lineno
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef)
        for statement in function.body[1:]
        if not lines[statement.lineno - 1][: statement.col_offset].strip()
        and not getattr(statement, "decorator_list", ())
    }
    for line in sorted(starts, reverse=True):
        kind = chance.randrange(4)
        indent = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]
        if kind == 0:
            lines.insert(line - 1, "")
        elif kind == 1:
            lines.insert(line - 1, f"{indent}{chance.choice(_MARKS)} {chance.choice(_REMARKS)}")
    return "\n".join(lines)
