"""Tells which global names a statement binds, reads and changes, from its text alone."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autograder.submission.statements import first_place, without_warnings

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
# Comprehensions run where they stand; other functions when they are called.
_COMPREHENSIONS = frozenset("listcomp setcomp dictcomp genexpr".split())
# Methods that change what they are called on, wherever the call stands.
_CHANGING = frozenset(
    """
    adapt add add_loss append build clear compile discard extend fill fit insert load_weights pop
    popitem put remove resize reverse set_weights setdefault setflags sort train_on_batch update
    """.split()
)
# Methods that show or work something out, so that a line with such a call alone changes nothing.
_SHOWING = frozenset(
    """
    any all argmax argmin count count_params describe evaluate format get get_config get_weights
    head hist imshow index info items keys legend max mean min plot predict print savefig scatter
    show std sum summary tail tolist values
    """.split()
)
# Functions that change an argument.
_IN_PLACE = frozenset("copyto fill_diagonal heapify put putmask setattr shuffle".split())


@dataclass(frozen=True, slots=True)
class Names:
    """The global names of one statement.

    Attributes:
        binds: Those that it gives a value.
        now: Those that it reads when it is run.
        later: Those that functions in it read when they are called.
        changes: Those whose value it changes in place.
        calls: The functions that it calls by name, with the names given to each.
    """

    binds: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    calls: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        """All that it may read."""
        return self.now | self.later


@dataclass(frozen=True, slots=True)
class Effects:
    """What a call of a function does besides returning.

    Attributes:
        binds: The globals that it gives a value.
        changes: Those whose value it changes in place.
        parameters: The places of the parameters that it changes in place.
    """

    binds: frozenset[str]
    changes: frozenset[str]
    parameters: frozenset[int]


def names_of(source: str, body: Sequence[ast.stmt]) -> list[Names]:
    """Return the names of each statement of `source`, whose tree's body is `body`."""
    lines = [line.encode("utf-8") for line in source.split("\n")]
    with without_warnings():
        return [_names(_text(lines, node), node) for node in body]


def _text(lines: Sequence[bytes], node: ast.stmt) -> str:
    line, column = first_place(node)
    chosen = list(lines[line - 1 : node.end_lineno])
    chosen[-1] = chosen[-1][: node.end_col_offset]
    chosen[0] = chosen[0][column:]
    return b"\n".join(chosen).decode("utf-8")


def _names(text: str, node: ast.stmt) -> Names:
    try:
        table = symtable.symtable(text, "cell", "exec")
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        every = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        return Names(every, every, every)
    binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        binds.add("*")
    now = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    later: set[str] = set()
    for child in table.get_children():
        _add_reads(child, now, later)
    changes: set[str] = set()
    calls = []
    for inner in _run_with(node):
        changes.update(_changed(inner))
        if isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
            now.add(inner.target.id)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            calls.append((inner.func.id, tuple(map(_base, inner.args))))
    return Names(
        frozenset(binds), frozenset(now), frozenset(later), frozenset(changes), tuple(calls)
    )


def _add_reads(table: symtable.SymbolTable, now: set[str], later: set[str]) -> None:
    pending = [(table, now)]
    while pending:
        table, reads = pending.pop()
        if table.get_type() == "function" and table.get_name().strip("<>") not in _COMPREHENSIONS:
            reads = later
        reads.update(s.get_name() for s in table.get_symbols() if s.is_global())
        pending += [(child, reads) for child in table.get_children()]


def _run_with(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs when `node` does: all but the bodies of functions and classes."""
    pending = [node]
    while pending:
        inner = pending.pop()
        yield inner
        if not isinstance(inner, _SCOPES):
            pending += ast.iter_child_nodes(inner)


def _changed(node: ast.AST) -> Iterable[str]:
    """Return the names whose value this one node changes in place."""
    match node:
        case (
            ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del())
        ):
            return [_base(node)]
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method) as function)):
            return [] if method in _SHOWING else [_base(function)]
        case ast.Call(func=ast.Attribute(attr=method) as function, args=arguments):
            changed = [_base(function)] if method in _CHANGING else []
            return changed + (list(map(_base, arguments)) if method in _IN_PLACE else [])
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _IN_PLACE:
            return map(_base, arguments)
    return ()


def _base(node: ast.AST) -> str:
    """Return the name that `a.b[0].c` begins with; "" where it begins with none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def effects_of(node: ast.stmt) -> Effects | None:
    """Return what a call of the function that `node` defines does; None where that is nothing."""
    if not isinstance(node, _FUNCTIONS):
        return None
    arguments = [*node.args.posonlyargs, *node.args.args]
    places = {argument.arg: place for place, argument in enumerate(arguments)}
    changed: set[str] = set()
    declared: set[str] = set()
    local: set[str] = {a.arg for a in (*arguments, *node.args.kwonlyargs)}
    for statement in node.body:
        for inner in _run_with(statement):
            changed.update(_changed(inner))
            if isinstance(inner, ast.Global):
                declared.update(inner.names)
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                local.add(inner.id)
    foreign = changed - local - {""}
    parameters = frozenset(places[name] for name in changed if name in places)
    if not (declared or foreign or parameters):
        return None
    return Effects(frozenset(declared), frozenset(foreign), parameters)
