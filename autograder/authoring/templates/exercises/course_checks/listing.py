"""Lists the checks of an exercise without running pytest: their tasks, functions and hints."""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from course_checks import source
from course_checks.progress import Check


@dataclass(frozen=True)
class Listed:
    """A check as it stands in its file.

    Attributes:
        name: The function's name.
        asks: What it asks, the first line of its docstring.
        steps: The next steps that its messages name.
        text: Its source.
        check: Exercise, task and functions.
    """

    name: str
    asks: str
    steps: tuple[str, ...]
    text: str
    check: Check


def list_checks(tests: Path) -> list[Listed]:
    """Return the checks of an exercise, in their order.

    Args:
        tests: Their file, `test_<exercise>.py`.
    """
    text = tests.read_text(encoding="utf-8")
    path = tests.with_name(tests.name[len("test_") :])
    listed = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            own = ast.get_source_segment(text, node) or ""
            named = tuple(dict.fromkeys(re.findall(r"\bstudent\.(\w+)", own)))
            check = Check(path.stem, _task(node), named, path)
            asks = (ast.get_docstring(node) or "").split("\n")[0]
            listed.append(Listed(node.name, asks, _steps(node), own, check))
    return listed


def _task(node: ast.FunctionDef) -> str:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("mark.task"):
            return str(ast.literal_eval(decorator.args[0]))
    return node.name


def _steps(node: ast.FunctionDef) -> tuple[str, ...]:
    """Return the last lines of the messages of all asserts; what they fill in is left out."""
    steps: dict[str, None] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Assert) and isinstance(part.msg, (ast.Constant, ast.JoinedStr)):
            pieces = part.msg.values if isinstance(part.msg, ast.JoinedStr) else [part.msg]
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in pieces)
            if text.count("\n") >= 2:
                steps.setdefault(text.rpartition("\n")[2])
    return tuple(steps)


def digest(listed: Listed, tree: ast.Module) -> str:
    """Return a digest of all that decides a check: its text, what it uses, the module's rest.

    Args:
        listed: The check.
        tree: The student's file.
    """
    used = set(listed.check.functions)
    used.update(*(source.used_by(tree, name) for name in listed.check.functions))
    decisive = [
        ast.dump(node)
        for node in tree.body
        if not isinstance(node, ast.FunctionDef) or node.name in used
    ]
    return hashlib.sha256("\n".join([listed.text, *decisive]).encode()).hexdigest()
