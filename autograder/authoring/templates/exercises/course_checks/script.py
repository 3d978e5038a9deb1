"""Imported by a student's file that is run as a script: names what is not written yet."""

from __future__ import annotations

import ast
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from course_checks import source, words

_BEFORE = sys.excepthook


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a sentence for a stub that was called, and Python's traceback for all else."""
    sentence = ""
    try:
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        sentence = not_written(error, Path(main)) if main else ""
    except (OSError, SyntaxError, ValueError):
        pass  # the file was changed meanwhile: Python's own words serve
    if not sentence:
        _BEFORE(kind, error, trace)
        return
    sys.stdout.flush()
    sys.stderr.write(f"\n{sentence}\n")


def not_written(error: BaseException, path: Path) -> str:
    """Say which function of a file is still the stub, if that is what ended the run; else ""."""
    if not isinstance(error, NotImplementedError) or error.args or error.__context__:
        return ""
    steps = traceback.extract_tb(error.__traceback__)
    last = steps[-1] if steps else None
    if last is None or last.filename != str(path) or not last.lineno:
        return ""
    line = words.line_of(path, last.lineno)
    node = source.functions(ast.parse(path.read_bytes())).get(last.name)
    is_stub = line == "raise NotImplementedError()" and node is not None
    if node is None or not is_stub or not node.lineno < last.lineno <= (node.end_lineno or 0):
        return ""
    todo = source.todo(node)
    received = f"line {last.lineno} of {path.name}, `{line}`."
    again = f"then run `{_command(path.resolve().parent)}`."
    if todo.startswith("delete"):
        rule = f"{last.name} ends in an answer of yours, not in the line that stood for it."
        return words.three(rule, received, f"{todo[0].upper()}{todo[1:].rstrip('.')}; {again}")
    rule = f"{last.name} is not written yet: {todo}"
    return words.three(rule, received, f"Write your code in place of that line; {again}")


def _command(folder: Path) -> str:
    """Return how the exercise is checked from where the student stands."""
    try:
        there = Path(os.path.relpath(folder)).as_posix()
    except ValueError:  # on another drive
        there = str(folder)
    if there == ".":
        return "pytest"
    return f'pytest "{there}"' if " " in there else f"pytest {there}"


sys.excepthook = _told
