"""Takes IPython's own lines out of a cell: magics, shell commands and questions about objects.

IPython's transformer is not used. It turns such lines into calls, where they are to be left out;
it drops and joins lines, so that numbers no longer fit; and it reads the whole cell anew for each
of them and gives up after 500 (12 KB with 100 magics take it 2.8 s). One pass of Python's own
tokenizer over the cell shows where they are, however many.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator

from autograder.submission.statements import (
    LeftOut,
    NotPython,
    blanked,
    described,
    parse,
    without_warnings,
)
from autograder.text import one_line

# A magic within brackets, or after what is no Python, is known to the parser alone, which costs a
# parse of the cell each (1 µs per byte), so that they must have an end.
_MAX_PARSES = 12

# Up to its `=`, an assignment whose value IPython may read: `x`, `a, b`, `self.x`, `d["k"]`.
_TARGET = r"[A-Za-z_](?:[\w., ]|\[(?:\w+|'[^'=]*'|\"[^\"=]*\")\])*"
# `%matplotlib inline`, `!ls`, `?np.array`, `np.array?`, `files = !ls`, `t = %timeit -o f()`.
_MAGIC = re.compile(rf"\s*(?:[%!?]|[\w.*\[\]-]+\?{{1,2}}\s*$|{_TARGET}=\s*[%!])")
# `%time x = f()` is run by IPython as `x = f()`.
_TIMED = re.compile(rf"(\s*)%time\s+({_TARGET}=(?!=).*)")
# What stands before code that was copied out of a console.
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.|In \[\d*\]:|\.{3,}:)(?: |$)")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# The cell magics whose cell is still ordinary Python that keeps its names.
_PYTHON_CELL_MAGIC = re.compile(r"%%(time|capture|prun)\b")


def at_the_margin(source: str) -> str:
    """Return a cell without what IPython takes from before all of its lines: indents, prompts."""
    lines = source.split("\n")
    first = next((line for line in lines if line.strip() and not line.startswith("%%")), "")
    if _PROMPT.match(first):
        return "\n".join(_PROMPT.sub("", line, count=1) for line in lines)
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join(line.removeprefix(indent) for line in lines) if indent else source


def without_magics(source: str) -> tuple[str, list[LeftOut]]:
    """Return `source` without IPython's magic and shell lines, and what they were.

    A line counts as one only if Python cannot read it: a `%` in a string or at the start of
    a continued expression stays. Lines keep their numbers.

    Args:
        source: A cell as it was written.

    Returns:
        The Python that remains, and the lines that do not, in order.

    Raises:
        NotPython: What remains is no Python.
    """
    lines = source.split("\n")
    left_out = _without_cell_magics(lines)
    for number in range(_MAX_PARSES):
        try:
            tree = parse("\n".join(lines))
        except NotPython as error:
            # Python reports one place at a time, and a quote in a magic may make it a later one.
            runs = [] if number else list(_magic_runs(lines))
            at = error.line - 1
            if not runs and 0 <= at < len(lines) and _MAGIC.match(lines[at]):
                runs = [(at, _end_of_run(lines, at))]
            if not runs or number == _MAX_PARSES - 1:
                raise
            left_out += [_leave_out(lines, first, last) for first, last in runs]
        else:
            break
    text = "\n".join(lines)
    exported = [node for node in tree.body if _calls_ipython(node)]
    left_out += described(text, exported)
    return blanked(text, exported), sorted(left_out, key=lambda lines: lines.first_line)


def _without_cell_magics(lines: list[str]) -> list[LeftOut]:
    """Take the cell magics out of `lines`, each with the cell where that is no Python."""
    left_out = []
    for first, line in enumerate(lines):
        if not line.strip():
            continue
        if not line.startswith("%%"):
            break
        last = first if _PYTHON_CELL_MAGIC.match(line) else len(lines) - 1
        left_out.append(_leave_out(lines, first, last))
    return left_out


def _magic_runs(lines: list[str]) -> list[tuple[int, int]]:
    """Return the first and the last index of each run of magics that begins a logical line."""
    if not any(map(_MAGIC.match, lines)):
        return []
    begins = True  # whether the next line begins a logical line
    closing: list[str] = []  # the brackets that are due
    runs: list[tuple[int, int]] = []

    def read() -> Iterator[str]:
        nonlocal begins
        row = 0
        while row < len(lines):
            line, last = lines[row], row
            if begins and _MAGIC.match(line):
                last = _end_of_run(lines, row)
                runs.append((row, last))
                line = _in_place_of(line)
            # Inside a string no token comes before its last line has been read.
            begins = False
            yield line + "\n"
            row = last + 1

    # Tokens come before the line after theirs is read, so that a magic never reaches the tokenizer.
    try:
        with without_warnings():
            for token in tokenize.generate_tokens(read().__next__):
                if token.type in (tokenize.NEWLINE, tokenize.NL):
                    begins = not closing
                elif token.type == tokenize.OP and token.string in _CLOSING:
                    closing.append(_CLOSING[token.string])
                elif token.type == tokenize.OP and token.string in _CLOSING.values():
                    expected = closing.pop() if closing else ""
                    if token.string != expected:
                        break  # this is no Python, and the parser says where
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # nor is this
    return runs


def _end_of_run(lines: list[str], first: int) -> int:
    """Return the index of the last line of the magic at `first` and of those right below it."""
    last = first
    while last + 1 < len(lines) and (
        lines[last].endswith("\\") or lines[last + 1].startswith(("%", "!"))
    ):
        last += 1
    return last


def _in_place_of(magic: str) -> str:
    """Return what stands for a magic: a block must keep a statement where that was its only one."""
    indent = magic[: len(magic) - len(magic.lstrip())]
    return f"{indent}pass" if indent else ""


def _leave_out(lines: list[str], first: int, last: int) -> LeftOut:
    if timed := _TIMED.fullmatch(lines[first]):
        lines[first] = timed[1] + timed[2]
        return LeftOut(first + 1, first + 1, "%time")
    more = " …" if last > first else ""
    left_out = LeftOut(first + 1, last + 1, one_line(lines[first], 60) + more)
    lines[first : last + 1] = [_in_place_of(lines[first]), *[""] * (last - first)]
    return left_out


def _calls_ipython(node: ast.stmt) -> bool:
    """`get_ipython().run_line_magic(...)`: what nbconvert makes of a magic line in a script."""
    match node:
        case (
            ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name)))))
            | ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id=name)))))
        ):
            return name == "get_ipython"
    return False
