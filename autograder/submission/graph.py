"""The statements of a notebook's cells, with the names by which they hang together."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autograder.submission.cells import CHECK_PREFIX, Role
from autograder.submission.names import Effects, Names, effects_of, names_of
from autograder.submission.statements import is_bare_value, is_definition, is_stub, parse

# Of all cells: the names of so many statements are looked at.
MAX_STATEMENTS = 20_000
_MAX_KEPT_CHARACTERS = 8_000


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """One top-level statement of the cell of number `cell`. `always`: it runs, needed or not."""

    cell: int
    role: Role
    node: ast.stmt
    names: Names
    always: bool

    @property
    def is_work(self) -> bool:
        """Whether an answer may be found in it: it defines something, and is written."""
        return is_definition(self.node) and not is_stub(self.node) and not imports_main(self.node)


@dataclass(frozen=True, slots=True)
class ParsedCell:
    """A cell whose source is Python. Numbers below 0 are of the course's own cells."""

    number: int
    role: Role
    grade_id: str
    source: str


_Reading = tuple[tuple[ast.stmt, Names, Effects | None], ...]


def statements_of(cells: Iterable[ParsedCell]) -> list[Statement]:
    """Return the statements of all cells in order; a call does what its function does."""
    statements: list[Statement] = []
    effects: dict[str, Effects] = {}
    for cell in cells:
        read = _read_again if len(cell.source) <= _MAX_KEPT_CHARACTERS else _read
        nodes = read(cell.source)
        known = len(statements) + len(nodes) <= MAX_STATEMENTS
        checks = cell.role is Role.WHOLE and any(imports_main(node) for node, _, _ in nodes)
        for node, names, effect in nodes:
            always = _always(cell.role, node, checks)
            statements.append(
                Statement(cell.number, cell.role, node, names if known else Names(), always)
            )
            if effect is not None:
                effects[node.name] = effect  # type: ignore[attr-defined]
    return [_with_effects(statement, effects) for statement in statements]


def _read(source: str) -> _Reading:
    body = parse(source).body
    if len(body) > MAX_STATEMENTS:
        return tuple((node, Names(), None) for node in body)
    return tuple(zip(body, names_of(source, body), map(effects_of, body), strict=True))


# The course's own cells are the same in a whole class.
_read_again = functools.lru_cache(maxsize=256)(_read)


def _always(role: Role, node: ast.stmt, holds_checks: bool) -> bool:
    if role is Role.WHOLE:
        return not (holds_checks and _is_check(node))
    return role is Role.PARTS and (is_definition(node) or is_bare_value(node))


def imports_main(node: ast.stmt) -> bool:
    """Return whether `node` is `import __main__ as student`, with which a check cell begins."""
    return isinstance(node, ast.Import) and any(alias.name == "__main__" for alias in node.names)


def _is_check(node: ast.stmt) -> bool:
    """Whether `node` is of the text of a check cell, which was merged into an answer."""
    match node:
        case ast.FunctionDef(name=name) | ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name.startswith(CHECK_PREFIX)
    return imports_main(node)


def by_name(statements: Iterable[Statement], which: str) -> dict[str, list[Statement]]:
    """Return the statements by each name of their attribute `which`: "binds" or "changes"."""
    found: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        for name in getattr(statement.names, which):
            found[name].append(statement)
    return dict(found)


def needed_from_outside(statements: Iterable[Statement], own: Iterable[str]) -> set[str]:
    """Return the names that a cell reads and does not itself give a value before."""
    needed: set[str] = set()
    bound: set[str] = set()
    for statement in statements:
        needed |= (statement.names.now - bound) | statement.names.later.difference(own)
        bound |= statement.names.binds
    return needed


def _with_effects(statement: Statement, effects: Mapping[str, Effects]) -> Statement:
    called = [(effects[name], given) for name, given in statement.names.calls if name in effects]
    if not called:
        return statement
    names = statement.names
    binds, changes = set(names.binds), set(names.changes)
    for effect, given in called:
        binds |= effect.binds
        changes |= effect.changes
        changes |= {given[place] for place in effect.parameters if place < len(given)}
    names = replace(names, binds=frozenset(binds), changes=frozenset(changes))
    return replace(statement, names=names)
