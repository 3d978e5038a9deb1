"""Chooses which statements of a notebook run: its answers, and what the answers need.

A notebook is run here once, from top to bottom, and each task is asked with the names as they were
where its own cells end: so a name that is bound anew further down does not change what the checks
of the notebook saw. What acts in a student's own cells, and that no answer needs, is a demo and is
left out: plots, trainings, prints.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.submission.cells import CHECK_PREFIX, Role
from autograder.submission.graph import (
    ParsedCell,
    Statement,
    by_name,
    needed_from_outside,
    statements_of,
)
from autograder.submission.statements import is_stub

# Of what acts outside the answer cells: so many statements run.
MAX_NEEDED = 200


@dataclass
class Selection:
    """What runs of each cell.

    Attributes:
        kept: The statements that run, by the number of their cell. Of the course's own cells
            these are the ones that the student's file lacks.
        dropped: Those that do not, likewise.
        found: Names that count although they were found in a cell that is not run, by its number.
        places: The number of the cell that each task ends with.
        unguarded: Statements under `if __name__ == "__main__":` that run, likewise.
        rebound: Names that the answers above had with another value, by the number of the cell.
        unwritten: Names that tasks must define, and that no statement that runs does.
    """

    kept: dict[int, list[ast.stmt]] = field(default_factory=dict)
    dropped: dict[int, list[ast.stmt]] = field(default_factory=dict)
    found: dict[int, list[str]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    unguarded: dict[int, list[ast.stmt]] = field(default_factory=dict)
    rebound: dict[int, list[str]] = field(default_factory=dict)
    unwritten: set[str] = field(default_factory=set)


def select(
    cells: Sequence[ParsedCell],
    wanted: Mapping[str, Iterable[str]],
    released: Sequence[ParsedCell] = (),
) -> Selection:
    """Return which statements of a notebook run.

    Args:
        cells: The student's cells that are Python, in order.
        wanted: Per task the names that its answer must define; where nothing is known, none.
        released: The course's own cells but for the answers, numbered from -1 down.
    """
    return _Selector(cells, {task: frozenset(names) for task, names in wanted.items()}, released)()


class _Selector:
    def __init__(
        self,
        cells: Sequence[ParsedCell],
        wanted: Mapping[str, frozenset[str]],
        released: Sequence[ParsedCell],
    ) -> None:
        self._cells = cells
        self._wanted = wanted
        self._answers = {name for names in wanted.values() for name in names}
        self._all = statements_of(cells)
        self._released = statements_of(released)
        self._course_names = {n for s in self._released for n in s.names.binds}
        self._imported = {
            name for s in (*self._all, *self._released) for name in self._imported_by(s)
        }
        self._chosen: set[Statement] = set()
        self._unguarded: set[Statement] = set()
        self._selection = Selection()

    def __call__(self) -> Selection:
        runs = [s for s in self._all if s.role in (Role.WHOLE, Role.PARTS)]
        self._stubs = self._superseded_stubs(runs)
        self._binders = by_name((s for s in runs if s not in self._stubs), "binds")
        self._changers = by_name((s for s in runs if not s.always), "changes")
        self._place_tasks()
        for task, roots in self._roots().items():
            self._choose(task, roots)
        self._keep(runs)
        self._selection.unwritten = {
            name
            for name in self._answers
            - {n for names in self._selection.found.values() for n in names}
            if all(is_stub(s.node) for s in self._binders.get(name, ()))
        }
        return self._selection

    def _superseded_stubs(self, runs: Sequence[Statement]) -> set[Statement]:
        """Return unwritten functions of which there is a written one somewhere else."""
        # What wraps a function, as a decorator does, does not write it.
        written = {n for s in runs if not is_stub(s.node) for n in s.names.binds - s.names.now}
        self._finds = by_name(
            (s for s in self._all if s.role in (Role.LOCKED, Role.TEXT) and s.is_work), "binds"
        )
        self._gives = by_name((s for s in self._released if s.always), "binds")
        known = written | set(self._finds)
        return {s for s in runs if is_stub(s.node) and s.names.binds & known}

    def _place_tasks(self) -> None:
        for task, names in self._wanted.items():
            numbers = [c.number for c in self._cells if _belongs(c, task)]
            if not numbers:
                continue
            place = max(numbers)
            for name in names:
                first = self._first(name)
                if place < first < math.inf:
                    place = int(first)
            self._selection.places[task] = place

    def _first(self, name: str) -> float:
        """Return the number of the first cell that gives `name` a value."""
        sources = self._binders.get(name) or self._finds.get(name) or ()
        return min((s.cell for s in sources), default=math.inf)

    def _roots(self) -> dict[str, set[str]]:
        """Return per task the names that it needs from outside its own cells; "" has no task."""
        roots: dict[str, set[str]] = {task: set(names) for task, names in self._wanted.items()}
        by_cell: dict[int, list[Statement]] = defaultdict(list)
        for statement in self._all:
            by_cell[statement.cell].append(statement)
        self._inside: dict[int, set[str]] = {}
        for cell in self._cells:
            if cell.role is Role.WHOLE:
                own = {n for s in by_cell[cell.number] for n in s.names.binds}
                self._inside[cell.number] = own
                task = cell.grade_id if cell.grade_id in self._wanted else ""
                roots.setdefault(task, set()).update(needed_from_outside(by_cell[cell.number], own))
        if not any(roots.values()) and not self._inside:  # nothing is known of the answers
            roots[""] = {n for s in self._all if s.always for n in s.names.binds}
        return roots

    def _choose(self, task: str, roots: Iterable[str]) -> None:
        """Choose what `task` needs, and what that needs."""
        place = self._selection.places.get(task, math.inf)
        pending, seen = list(roots), set()
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            sources = [*self._relevant(name, place), *self._recovered(name)]
            self._chosen.update(sources)
            if sources and all(map(_is_guarded, sources)):
                self._unguarded.update(sources)
            for source in sources:
                pending += source.names.reads - self._inside.get(source.cell, set())
        self._note_rebound(seen, place)

    def _relevant(self, name: str, place: float) -> list[Statement]:
        """Return what gives `name` its value up to `place`, or anywhere if nothing does there."""
        until = place if self._first(name) <= place else math.inf
        if until > place and hasattr(builtins, name):
            return []  # Python's own: a cell below that calls something so is not meant
        sources = self._binders.get(name, [])
        if name not in self._imported:
            sources = [*sources, *self._changers.get(name, ())]
        elif any(s.always for s in sources):
            sources = [s for s in sources if s.always]  # a module is one module, however imported
        return [s for s in sources if s.cell <= until]

    def _recovered(self, name: str) -> list[Statement]:
        """Return what defines `name` where no cell that runs does, and note where it was."""
        if any(name not in s.names.now for s in self._binders.get(name, ())):
            return []
        if given := ([] if name in self._answers else self._gives.get(name, [])):
            return given[-1:]
        if found := self._finds.get(name):
            names = self._selection.found.setdefault(found[-1].cell, [])
            if name not in names:
                names.append(name)
            return found[-1:]
        return []

    def _note_rebound(self, names: Iterable[str], place: float) -> None:
        for name in sorted(set(names) & (self._course_names | self._answers)):
            for s in self._binders.get(name, ()):
                anew = s.role is Role.PARTS and s.always and name not in self._imported_by(s)
                if anew and s.cell > place >= self._first(name):
                    noted = self._selection.rebound.setdefault(s.cell, [])
                    if name not in noted:
                        noted.append(name)

    @staticmethod
    def _imported_by(statement: Statement) -> frozenset[str]:
        is_import = isinstance(statement.node, ast.Import | ast.ImportFrom)
        return statement.names.binds if is_import else frozenset()

    def _keep(self, runs: Sequence[Statement]) -> None:
        needed = [s for s in runs if s in self._chosen and not s.always]
        self._chosen.difference_update(needed[MAX_NEEDED:])
        for s in self._all:
            self._sort(s, s not in self._stubs and (s.always or s in self._chosen))
            if s in self._unguarded:
                self._selection.unguarded.setdefault(s.cell, []).append(s.node)
        lost = {s.cell for s in self._released if s in self._chosen}
        for s in self._released:
            self._sort(s, s in self._chosen or (s.cell in lost and _is_future(s.node)))

    def _sort(self, statement: Statement, runs: bool) -> None:
        chosen = self._selection.kept if runs else self._selection.dropped
        chosen.setdefault(statement.cell, []).append(statement.node)


def _is_guarded(statement: Statement) -> bool:
    """Whether it is `if __name__ == "__main__":`, which is true in a notebook alone."""
    match statement.node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
    return False


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _belongs(cell: ParsedCell, task: str) -> bool:
    if cell.role is Role.LOCKED:
        return cell.grade_id == CHECK_PREFIX + task
    return cell.role is Role.WHOLE and cell.grade_id == task
