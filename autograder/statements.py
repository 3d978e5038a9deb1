"""Takes out of a cell what is not Python, and what must not run when a submission is loaded.

Source is only ever parsed here, never compiled or run: it is a student's.
"""

from __future__ import annotations

import ast
import re
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.plaintext import one_line, printable

MAX_CELL_BYTES = 128 * 1024
# Each run of magic lines costs one more parse (1 µs per byte), so that they must have an end.
MAX_MAGICS = 10

# `%matplotlib inline`, `!ls`, `?np.array`, `np.array?`, `files = !ls`, `t = %timeit -o f()`.
_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$|[A-Za-z_][\w, ]*=\s*[%!])")
# The cell magics whose cell is still ordinary Python that keeps its names.
_PYTHON_CELL_MAGIC = re.compile(r"%%(time|capture|prun)\b")
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


def parse(source: str) -> ast.Module:
    """Return the tree of `source`, however hostile it is, or raise `NotPython`."""
    if len(source.lstrip("\n").encode("utf-8", "surrogatepass")) > MAX_CELL_BYTES:
        raise NotPython(1, f"a cell may have at most {MAX_CELL_BYTES // 1024} KiB")
    try:
        with _parsing, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        name = type(error).__name__
        raise NotPython(error.lineno or 1, f"{name}: {printable(error.msg, 200)}") from None
    except (RecursionError, MemoryError):
        raise NotPython(1, "SyntaxError: the code is nested too deeply") from None
    except ValueError:  # null bytes, lone surrogates
        raise NotPython(1, "SyntaxError: the code holds characters that no text has") from None


def without_magics(source: str) -> tuple[str, list[LeftOut]]:
    """Return `source` without IPython's magic and shell lines, and what they were.

    A line counts as one only if Python cannot read it: a `%` in a string or at the start of
    a continued expression stays. Lines keep their numbers.

    Raises:
        NotPython: What remains is no Python.
    """
    lines = source.split("\n")
    left_out: list[LeftOut] = []
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        body_runs = _PYTHON_CELL_MAGIC.match(lines[first])
        last = first if body_runs else len(lines) - 1
        left_out.append(_lines_left_out(lines, first, last))
        lines[first : last + 1] = [""] * (last + 1 - first)
    for _ in range(MAX_MAGICS + 1):
        try:
            tree = parse("\n".join(lines))
        except NotPython as error:
            at = error.line - 1
            if not (0 <= at < len(lines) and _MAGIC.match(lines[at])):
                raise
            last = at
            while last + 1 < len(lines) and (
                lines[last].endswith("\\") or lines[last + 1].startswith(("%", "!"))
            ):
                last += 1
            left_out.append(_lines_left_out(lines, at, last))
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            # A block must keep a statement where the magic was its only one.
            lines[at : last + 1] = [f"{indent}pass" if indent else "", *[""] * (last - at)]
        else:
            text = "\n".join(lines)
            exported = [node for node in tree.body if _calls_ipython(node)]
            left_out += _described(text, exported)
            return _blanked(text, exported), sorted(left_out, key=lambda left: left.first_line)
    raise NotPython(1, f"a cell may have magic lines in at most {MAX_MAGICS} places")


def _lines_left_out(lines: list[str], first: int, last: int) -> LeftOut:
    more = " …" if last > first else ""
    return LeftOut(first + 1, last + 1, one_line(lines[first], 60) + more)


def definitions_only(source: str) -> tuple[str, list[LeftOut]]:
    """Return the imports, definitions and constants of `source`, and what was left out.

    Lines keep their numbers.

    Raises:
        NotPython: `source` is no Python.
    """
    try:
        body = parse(source).body
        dropped = [node for node in body if not _is_definition(node)]
        kept = _blanked(source, dropped)
        silent = [node for node in dropped if _is_bare_value(node)]
        return kept, _described(source, [node for node in dropped if node not in silent])
    except RecursionError:
        raise NotPython(1, "SyntaxError: the code is nested too deeply") from None


def is_empty(source: str) -> bool:
    """Return whether `source`, which parses, holds no statement but `pass` and bare values."""
    return all(isinstance(n, ast.Pass) or _is_bare_value(n) for n in parse(source).body)


def defined_names(source: str) -> list[str]:
    """Return the functions and classes that `source`, which parses, defines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in parse(source).body if isinstance(node, kinds)]


def _is_bare_value(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_definition(node: ast.stmt) -> bool:
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
            return all(isinstance(n, ast.Pass) or _is_definition(n) for n in inner)
    return False


def _is_plain_target(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_plain_target(element) for element in target.elts)
    return isinstance(target, ast.Name)


def _is_constant(value: ast.expr) -> bool:
    """Whether evaluating `value` runs nothing but operators and a few harmless constructors."""
    pending: list[ast.AST] = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Lambda):  # a definition: its body does not run
            pending += [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.Call):
            if _dotted(node.func) not in _ALLOWED_CALLS:
                return False
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(one, ast.Lambda) for one in given):
                return False  # the call may run it
            pending += given
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


def _calls_ipython(node: ast.stmt) -> bool:
    """`get_ipython().run_line_magic(...)`: what nbconvert makes of a magic line in a script."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name))))):
            return name == "get_ipython"
    return False


def _described(source: str, nodes: Iterable[ast.stmt]) -> list[LeftOut]:
    lines = source.split("\n")
    described = []
    for node in nodes:
        last = node.end_lineno or node.lineno
        text = lines[node.lineno - 1].encode("utf-8")[node.col_offset :].decode("utf-8")
        more = " …" if last > node.lineno else ""
        described.append(LeftOut(node.lineno, last, one_line(text, 60) + more))
    return described


def _blanked(source: str, nodes: list[ast.stmt]) -> str:
    """Return `source` without the top-level statements `nodes`; lines keep their numbers."""
    if not nodes:
        return source
    lines = [line.encode("utf-8") for line in source.split("\n")]
    for node in reversed(nodes):  # from the end, so that the columns before it stay true
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
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
        text = ast.unparse(tree)
    return text
