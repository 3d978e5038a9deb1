"""Takes out of a cell what is not Python, and what must not run when a submission is loaded.

Source is only ever parsed here, never compiled or run: it is a student's.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autograder.text import one_line, printable

MAX_CELL_BYTES = 128 * 1024
_ALLOWED_CALLS = frozenset(
    f"{module}.{name}"
    for module in ("np", "numpy")
    for name in ("array", "asarray", "arange", "linspace", "zeros", "ones", "float32", "float64")
) | set(
    """
    abs bool dict enumerate float frozenset int len list max min pow range reversed round set
    slice sorted str sum tuple zip Path pathlib.Path
    """.split()
)
_SIMPLE = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Subscript, ast.Slice),
    *(ast.JoinedStr, ast.FormattedValue, ast.keyword),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)

# `warnings.catch_warnings` changes the whole process.
_parsing = threading.Lock()


class NotPython(Exception):
    """A cell does not parse. `line` counts from 1 in the given source."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines of a cell that will not run. `text` is how the first of them begins."""

    first_line: int
    last_line: int
    text: str


@contextmanager
def without_warnings() -> Iterator[None]:
    """Let Python read a student's source without a warning of ours about it."""
    with _parsing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parse(source: str) -> ast.Module:
    """Return the tree of `source`, however hostile it is.

    Raises:
        NotPython: It is no Python, too long or too deeply nested.
    """
    begins = _first_line(source)
    if len(source.lstrip("\n").encode("utf-8", "surrogatepass")) > MAX_CELL_BYTES:
        raise NotPython(begins, f"a cell may have at most {MAX_CELL_BYTES // 1024} KiB")
    try:
        with without_warnings():
            return ast.parse(source)
    except SyntaxError as error:
        name = type(error).__name__
        raise NotPython(error.lineno or begins, f"{name}: {printable(error.msg, 200)}") from None
    except (RecursionError, MemoryError):
        raise _too_deep(source) from None
    except ValueError:  # null bytes, lone surrogates
        raise NotPython(begins, "SyntaxError: the code holds characters that no text has") from None


def _first_line(source: str) -> int:
    """Return the first line of a cell, for what is wrong with the cell as a whole."""
    return len(source) - len(source.lstrip("\n")) + 1


def _too_deep(source: str) -> NotPython:
    return NotPython(_first_line(source), "SyntaxError: the code is nested too deeply")


def is_empty(source: str) -> bool:
    """Return whether `source`, which parses, holds no statement but `pass` and bare values."""
    return all(isinstance(n, ast.Pass) or is_bare_value(n) for n in parse(source).body)


def defined_names(source: str) -> list[str]:
    """Return the functions and classes that `source`, which parses, defines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in parse(source).body if isinstance(node, kinds)]


def is_bare_value(node: ast.stmt) -> bool:
    """Return whether `node` is a text or number that stands by itself, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_stub(node: ast.stmt) -> bool:
    """Return whether `node` defines a function that is not written yet.

    Its body is a docstring at most, and then `raise NotImplementedError`, or `pass` or `...` alone.
    """
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    body = [inner for inner in node.body if not is_bare_value(inner)]
    match body[:1]:
        case [ast.Raise(exc=ast.Name(id="NotImplementedError"))]:
            return True
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return True
    return all(isinstance(inner, ast.Pass) for inner in body)


def is_definition(node: ast.stmt) -> bool:
    """Return whether `node` imports, defines, or gives a name a value that no call works out."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(targets=targets, value=value):
            return all(_is_plain_target(target) for target in targets) and _is_constant(value)
        case ast.AnnAssign(target=ast.Name(), value=value):
            return value is None or _is_constant(value)
        case ast.Try(finalbody=[]):  # an import and what to do without it
            handlers = [statement for handler in node.handlers for statement in handler.body]
            inner = [*node.body, *handlers, *node.orelse]
            return all(isinstance(n, ast.Pass) or is_definition(n) for n in inner)
    return False


def _is_plain_target(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_plain_target(element) for element in target.elts)
    return isinstance(target, ast.Name)


def _is_constant(value: ast.expr) -> bool:
    """Whether evaluating `value` runs nothing but operators and a few safe constructors."""
    pending: list[ast.AST] = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Lambda):  # a definition: its body does not run
            pending += [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.Call):
            if _dotted(node.func) not in _ALLOWED_CALLS:
                return False
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(argument, ast.Lambda) for argument in arguments):
                return False  # the call may run it
            pending += arguments
        elif isinstance(node, _SIMPLE):
            pending += ast.iter_child_nodes(node)
        else:
            return False
    return True


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def unguarded(source: str, nodes: Iterable[ast.stmt]) -> str:
    """Return `source` with `if __name__ == "__main__":` true where one of `nodes` begins so."""
    lines = source.split("\n")
    for node in nodes:
        match node:
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__")) as test):
                line = lines[test.lineno - 1].encode("utf-8")
                if test.lineno == test.end_lineno:
                    line = line[: test.col_offset] + b"True" + line[test.end_col_offset :]
                    lines[test.lineno - 1] = line.decode("utf-8")
    return "\n".join(lines)


def first_place(node: ast.stmt) -> tuple[int, int]:
    """Return the line and the column where `node` begins, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)


def described(source: str, nodes: Iterable[ast.stmt]) -> list[LeftOut]:
    """Return where the statements `nodes` of `source` are, and how they begin."""
    lines = source.split("\n")
    described = []
    for node in nodes:
        first, column = first_place(node)
        last = node.end_lineno or first
        text = lines[first - 1].encode("utf-8")[column:].decode("utf-8")
        more = " …" if last > first else ""
        described.append(LeftOut(first, last, one_line(text, 60) + more))
    return described


def blanked(source: str, nodes: list[ast.stmt]) -> str:
    """Return `source` without the top-level statements `nodes`; lines keep their numbers.

    Raises:
        NotPython: `source` is too deeply nested for it.
    """
    if not nodes:
        return source
    lines = [line.encode("utf-8") for line in source.split("\n")]
    for node in reversed(nodes):  # from the end, so that the columns before it stay true
        line, column = first_place(node)
        first, last = line - 1, (node.end_lineno or line) - 1
        head, tail = lines[first][:column], lines[last][node.end_col_offset :]
        # Another statement on the same line needs one between its semicolons.
        shared = head.strip() or tail.strip().startswith(b";")
        lines[first : last + 1] = [b""] * (last - first) + [tail]
        if first == last:
            lines[first] = head + (b"0" if shared else b"") + tail
        else:
            lines[first] = head + (b"0" if head.strip() else b"")
            lines[last] = tail.lstrip(b" \t;")
    text = b"\n".join(lines).decode("utf-8")
    try:
        parse(text)
    except NotPython:  # a layout that the cutting above does not know
        tree = parse(source)
        places = {(node.lineno, node.col_offset) for node in nodes}
        tree.body = [n for n in tree.body if (n.lineno, n.col_offset) not in places]
        try:
            text = ast.unparse(tree)
        except RecursionError:
            raise _too_deep(source) from None
    return text
