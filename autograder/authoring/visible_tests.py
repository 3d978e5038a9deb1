"""The visible tests of an exercise, read from their source, to be run beside a notebook too."""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType

from autograder.errors import CourseError

# The names that a module has without defining them.
_BUILT_IN = frozenset(dir(builtins)) | {"__name__", "__doc__", "__module__", "__qualname__"}


def visible_tests(path: Path) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return, for each task, its tests as (name, source without decorators), in file order.

    Raises:
        CourseError: The file is missing or no Python, or a test names no task, asks for
            another fixture than `student`, or uses a name that it does not import itself.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise CourseError(
            "An exercise has a file of visible tests, in Python and UTF-8. "
            f"Received: {path}: {error}. Write or correct it."
        ) from error
    lines = text.split("\n")
    tests: dict[str, list[tuple[str, str]]] = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
            continue
        where = f"{path}, `{node.name}`"
        source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if [arg.arg for arg in node.args.args] != ["student"]:
            raise CourseError(
                "A visible test takes the fixture `student` and nothing else. "
                f"Received: {where}. Import what it needs inside the function."
            )
        foreign = sorted(set(_outside_names(source)) - _BUILT_IN - {node.name})
        if foreign:
            raise CourseError(
                "A visible test is copied into another file, so it imports all that it uses. "
                f"Received: {where}, which uses {', '.join(foreign)} from outside. "
                "Move the import or the value into the function."
            )
        tests.setdefault(_task(node, where), []).append((node.name, source))
    return {task: tuple(functions) for task, functions in tests.items()}


def _task(node: ast.FunctionDef, where: str) -> str:
    for decorator in node.decorator_list:
        if ast.unparse(decorator).startswith("pytest.mark.task(") and isinstance(
            decorator, ast.Call
        ):
            (argument,) = decorator.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                return argument.value
    raise CourseError(
        'A visible test is marked with its task: `@pytest.mark.task("build_model")`. '
        f"Received: {where} without the mark. Add it."
    )


def _outside_names(source: str) -> Iterator[str]:
    """Yield the names that `source` looks up outside its functions."""
    stack: list[CodeType] = [compile(source, "<visible test>", "exec", dont_inherit=True)]
    while stack:
        code = stack.pop()
        stack += [const for const in code.co_consts if isinstance(const, CodeType)]
        for instruction in dis.get_instructions(code):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                yield str(instruction.argval)
