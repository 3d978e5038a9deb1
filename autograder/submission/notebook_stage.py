"""Turns the cells of a notebook into those that will run, wherever the student's work stands."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.records import Exercise, StagedCell, Workdir
from autograder.submission import remarks
from autograder.submission.cells import CHECK_PREFIX, Contents, RawCell, Role
from autograder.submission.graph import ParsedCell
from autograder.submission.magics import at_the_margin, without_magics
from autograder.submission.modules import written_module
from autograder.submission.remarks import capital, with_id
from autograder.submission.selection import Selection, select
from autograder.submission.statements import (
    LeftOut,
    NotPython,
    blanked,
    defined_names,
    described,
    is_bare_value,
    is_empty,
    is_stub,
    unguarded,
)

# Cells that are no answers are looked through for answers only where they are as long as these.
_MAX_SEARCHED_BYTES = 32 * 1024
_MAX_ALL_SEARCHED_BYTES = 256 * 1024
# A text that is one block of code, as Markdown marks it.
_FENCED = re.compile(
    r"\s*(?P<fence>`{3,})[ \t]*(?:python|py)?[ \t]*\n(?P<code>.*?)\n(?P=fence)\s*", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Readable:
    """A cell that is Python: what is left of it without magics, and what these were."""

    raw: RawCell
    source: str
    magics: list[LeftOut]

    @property
    def parsed(self) -> ParsedCell:
        return ParsedCell(self.raw.number, self.raw.role, self.raw.grade_id, self.source)


def stage_notebook(
    contents: Contents, exercise: Exercise, released: Sequence[RawCell]
) -> tuple[Workdir, list[str]]:
    """Return the cells that run, and a note for each that is no Python.

    Args:
        contents: The notebook.
        exercise: The exercise that it is for.
        released: The released cells of code.
    """
    wanted, course = _course_side(tuple(released), exercise.tasks)
    readable, unread = _readable(contents)
    chosen = select([cell.parsed for cell in readable], wanted, course)
    known = {_normal(cell.source) for cell in released}
    stager = _Stager(chosen, wanted, known)
    staged = stager.lost_cells(course)
    for cell in readable:
        staged += stager.staged(cell)
    broken = [
        remarks.unreadable(cell, with_id(f"cell {cell.number}", cell.grade_id), error)
        for cell, error in unread
        if cell.role in (Role.WHOLE, Role.PARTS)
    ]
    elsewhere, hidden = _elsewhere(chosen.unwritten, readable, [cell for cell, _ in unread])
    own = [cell for cell in contents.cells if cell.role is not Role.LOCKED]
    notes = [*broken, *hidden, *stager.moved]
    notes += [*contents.notes, *remarks.repeated(own), *stager.notes]
    cells = _with_places(staged, chosen.places)
    return Workdir(exercise.slug, cells, remarks.first_notes(notes), elsewhere), broken


def written_answers(
    contents: Contents, exercise: Exercise, released: Sequence[RawCell]
) -> set[str]:
    """Return the functions that tasks ask for and that are written, wherever they stand."""
    wanted, course = _course_side(tuple(released), exercise.tasks)
    readable, _ = _readable(contents)
    chosen = select([cell.parsed for cell in readable], wanted, course)
    return {name for names in wanted.values() for name in names} - chosen.unwritten


@functools.lru_cache(maxsize=64)
def _course_side(
    released: tuple[RawCell, ...], tasks: tuple[str, ...]
) -> tuple[Mapping[str, tuple[str, ...]], tuple[ParsedCell, ...]]:
    """Return what each task must define, and the released cells that are no answers."""
    wanted: dict[str, tuple[str, ...]] = {}
    own = []
    for index, cell in enumerate(released, 1):
        try:
            source, _ = without_magics(cell.source)
        except NotPython:
            continue
        if cell.grade_id in tasks:
            wanted[cell.grade_id] = tuple(defined_names(source))
        else:
            own.append(ParsedCell(-index, Role.PARTS, "", source))
    return wanted, tuple(own)


def _readable(contents: Contents) -> tuple[list[_Readable], list[tuple[RawCell, NotPython]]]:
    """Return the cells that are Python, and those that are not with the reason."""
    readable: list[_Readable] = []
    unread = []
    left = _MAX_ALL_SEARCHED_BYTES
    for cell in sorted((*contents.cells, *contents.texts), key=lambda cell: cell.number):
        source = cell.source
        if cell.role in (Role.LOCKED, Role.TEXT):
            size = len(source.encode("utf-8", "surrogatepass"))
            left -= size
            if size > _MAX_SEARCHED_BYTES or left < 0:
                continue
        if cell.kind == "markdown" and (fenced := _FENCED.fullmatch(source)):
            source = f"\n{fenced['code']}"
        try:
            readable.append(_Readable(cell, *without_magics(at_the_margin(source))))
        except NotPython as error:
            unread.append((cell, error))
    return readable, unread


class _Stager:
    """Makes the cells that run, and collects what is to be said about them.

    Attributes:
        moved: Notes on work that stood where no answer does.
        notes: The other notes.
    """

    def __init__(
        self, chosen: Selection, wanted: Mapping[str, Iterable[str]], known: Collection[str]
    ) -> None:
        self._chosen = chosen
        self._tasks = {name: task for task, names in wanted.items() for name in names}
        self._known = known
        self.moved: list[str] = []
        self.notes: list[str] = []

    def lost_cells(self, course: Sequence[ParsedCell]) -> list[tuple[int, StagedCell]]:
        """Return lines of the course's own that the notebook lacks, to run first of all."""
        staged = []
        lines: list[LeftOut] = []
        for cell in course:
            if kept := self._chosen.kept.get(cell.number):
                source = blanked(cell.source, self._chosen.dropped.get(cell.number, []))
                staged.append((0, StagedCell("the course's own cell", source, apart=True)))
                lines += described(cell.source, kept)
        if lines:
            self.moved.append(remarks.put_back(lines))
        return staged

    def staged(self, cell: _Readable) -> list[tuple[int, StagedCell]]:
        """Return the cell as it will run; nothing where nothing of it does."""
        raw, number = cell.raw, cell.raw.number
        dropped = self._chosen.dropped.get(number, [])
        source = unguarded(cell.source, self._chosen.unguarded.get(number, ()))
        source = blanked(source, dropped)
        names = self._chosen.found.get(number, [])
        # Feedback on a task finds the notes that name it.
        tasks = [self._tasks[name] for name in names if name in self._tasks]
        grade_id = tasks[0] if tasks else raw.grade_id.removeprefix(CHECK_PREFIX)
        label = with_id(f"cell {number}", grade_id or next(iter(defined_names(source)), ""))
        if names:
            self.moved.append(remarks.found_in(label, raw.role, sorted(names)))
        if raw.role in (Role.WHOLE, Role.PARTS):
            self._remark(cell, label, [n for n in dropped if not is_bare_value(n)])
        if not is_empty(source):
            return [(number, StagedCell(label, source, apart=True))]
        if raw.grade_id and raw.role is Role.WHOLE and not any(map(is_stub, dropped)):
            self.notes.append(f"{capital(label)} holds no code.")
        return []

    def _remark(self, cell: _Readable, label: str, dropped: Sequence[ast.stmt]) -> None:
        raw = cell.raw
        if raw.kind != "code":
            self.moved.append(remarks.was_text(raw, label))
        if names := self._chosen.rebound.get(raw.number):
            self.notes.append(remarks.rebound(label, names))
        left_out = list(cell.magics)
        if raw.role is Role.PARTS:
            left_out += described(cell.source, [n for n in dropped if not is_stub(n)])
        if left_out and _normal(raw.source) not in self._known and not written_module(raw):
            self.notes.append(remarks.left_out_of(label, raw.role, left_out))


def _with_places(
    staged: Sequence[tuple[int, StagedCell]], places: Mapping[str, int]
) -> tuple[StagedCell, ...]:
    """Return the cells, each with the tasks that end with it."""
    ends: dict[int, list[str]] = {}
    for task, place in places.items():
        before = [index for index, (number, _) in enumerate(staged) if number <= place]
        if before:
            ends.setdefault(before[-1], []).append(task)
    return tuple(
        replace(cell, ends=tuple(ends.get(index, ()))) for index, (_, cell) in enumerate(staged)
    )


def _elsewhere(
    names: Iterable[str], readable: Sequence[_Readable], unread: Sequence[RawCell]
) -> tuple[dict[str, str], list[str]]:
    """Return, per name that no answer defines, a sentence on the cell that seems to; and notes.

    A note stands for each of these cells of which no other note tells.
    """
    sentences: dict[str, str] = {}
    notes: dict[str, None] = {}
    for name in sorted(names):
        definition = re.compile(
            rf"^([ \t]*)(?:async[ \t]+)?def[ \t]+{re.escape(name)}[ \t]*\(", re.MULTILINE
        )
        for cell, source in [(c, c.source) for c in unread] + [(c.raw, c.source) for c in readable]:
            match = definition.search(source)
            if match is None or not (cell in unread or match[1]):
                continue
            label = with_id(f"cell {cell.number}", cell.grade_id.removeprefix(CHECK_PREFIX))
            sentence = remarks.unread_definition if cell in unread else remarks.nested_definition
            sentences[name] = sentence(label, name)
            if cell not in unread or cell.role in (Role.LOCKED, Role.TEXT):
                notes[sentences[name]] = None
            break
    return sentences, list(notes)


def _normal(source: str) -> str:
    lines = source.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
