"""The global names of a submission: made by its cells, and each task sees its own state."""

from __future__ import annotations

import ast
import builtins
import codeop
import inspect
import linecache
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.guest.protocol.answers import Cell, ErrorFacts, FailedCell
from autograder.guest.student.cell_source import awaits, join_cells, split_cell
from autograder.guest.student.constants import Constants

#: Runs an action as a student's, within the time that is left, and gives what it raised.
Guard = Callable[[Callable[[], object], bool], ErrorFacts | None]

# More of one cell than a student reads.
_MAX_FAILURES = 3


def _display(*objects: object, **options: object) -> None:
    """Stand for IPython's `display`."""


class Namespace:
    """A submission's module, in which its cells are run.

    Args:
        module: The module.
        filename: The file that the cells are written to, for tracebacks.
        guard: Runs each piece of the student's code.
    """

    def __init__(self, module: types.ModuleType, filename: str, guard: Guard) -> None:
        self._names = module.__dict__
        self._filename = filename
        self._guard = guard
        self._compiler = codeop.Compile()  # remembers `from __future__` between cells
        self._runner: Any = None
        self._ends: dict[str, Mapping[str, Any]] = {}
        self._last: Mapping[str, Any] = {}
        self._changing: frozenset[str] = frozenset()
        self._constants: dict[str, Constants] = {}
        self._last_constants = Constants({})

    def run(self, cells: Sequence[Cell]) -> tuple[FailedCell, ...]:
        """Run the cells in order, as a notebook does, and return what they raised.

        A cell that raises does not stop the next; of a notebook's, a statement does not.
        """
        source, starts = join_cells(cells)
        with open(self._filename, "w", encoding="utf-8") as file:
            file.write(source)
        linecache.checkcache(self._filename)
        if any(cell.apart for cell in cells):
            # What Jupyter gives a notebook without an import: nobody looks at what is shown here.
            self._names["display"] = _display
        failures = []
        for cell, start in zip(cells, starts, strict=True):
            pieces = split_cell("\n" * start + cell.source, apart=cell.apart)
            asynchronous = cell.apart and any(map(awaits, pieces))
            errors = []
            for number, piece in enumerate(pieces):
                error = self._guard(
                    lambda piece=piece, asynchronous=asynchronous: self._execute(  # type: ignore[misc]
                        piece, asynchronous=asynchronous
                    ),
                    number == 0,
                )
                if error is not None:
                    errors.append(FailedCell(cell.label, error))
            failures += errors[:_MAX_FAILURES]
            for task in cell.ends:
                self._ends[task] = dict(self._names)
                self._constants[task] = Constants(self._names)
        self._last = dict(self._names)
        self._last_constants = Constants(self._names)
        self._changing = frozenset(
            name
            for names in self._ends.values()
            for name, value in names.items()
            if self._last.get(name, self) is not value
        )
        # Who calls a value `sum` or `max` further down meant Python's own above.
        self._changing |= self._last.keys() & builtins.__dict__.keys()
        return tuple(failures)

    def turn_to(self, task: str) -> None:
        """Give the names that were bound anew the values that `task` ended with.

        What is bound only further down stays: a notebook's cells may be run in any order.
        """
        names = self._ends.get(task, self._last)
        for name in self._changing:
            if name in names:
                self._names[name] = names[name]
            elif name in self._last and not hasattr(builtins, name):
                self._names[name] = self._last[name]
            else:
                self._names.pop(name, None)
        self.put_back(task)

    def put_back(self, task: str) -> None:
        """Undo what calls did to arrays and containers: `task` sees them as its cells left them."""
        own = self._ends.get(task, {})
        hidden = self._changing - self._names.keys()  # a name of Python's own, bound further down
        self._last_constants.put_back(self._names, but={*own, *hidden})
        if task in self._constants:
            self._constants[task].put_back(self._names)

    def _execute(self, piece: str | ast.Module, *, asynchronous: bool) -> None:
        flag = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        flags = self._compiler.flags
        self._compiler.flags = flags | flag if asynchronous else flags & ~flag
        code = self._compiler(piece, self._filename, "exec")  # type: ignore[arg-type]
        if not asynchronous:
            exec(code, self._names)
            return
        import asyncio  # what few submissions need

        async def awaited() -> None:
            coroutine = eval(code, self._names)
            if code.co_flags & inspect.CO_COROUTINE:
                await coroutine

        self._runner = self._runner or asyncio.Runner()  # one loop for all cells, as in Jupyter
        self._runner.run(awaited())
