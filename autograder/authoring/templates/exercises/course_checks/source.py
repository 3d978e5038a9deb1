"""Reads a student's file without running it: functions, loops, what is still to be written."""

from __future__ import annotations

import ast
from typing import Iterator, Union

Loop = Union[ast.While, ast.For, ast.AsyncFor]


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Return the functions of a file by name; of two with one name the last, which counts."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def todo(node: ast.FunctionDef) -> str:
    """Say what is to be written, or return "" when the function is written."""
    docstring = ast.get_docstring(node)
    body = node.body[1:] if docstring else node.body
    first = (docstring or "write this function.").split("\n")[0]
    for place, statement in enumerate(body):
        if isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement):
            line = f"delete line {statement.lineno}, `raise NotImplementedError()`"
            if place + 1 < len(body):
                return f"{line}: nothing below it runs."
            return first if place == 0 else f"{line}."
    if all(isinstance(part, ast.Pass) or ast.unparse(part) == "..." for part in body):
        return first
    return ""


def lacks_return(node: ast.FunctionDef) -> bool:
    """Whether a function gives nothing back, neither a value nor, with `yield`, one by one."""
    gives = (ast.Yield, ast.YieldFrom)
    return not any(
        isinstance(part, gives) or (isinstance(part, ast.Return) and part.value is not None)
        for part in own_parts(node)
    )


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in a function, and not in a function or class inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from own_parts(child)


def loop_around(tree: ast.Module, first: int, last: int) -> Loop | None:
    """Return the innermost loop that holds these lines, its own included."""
    found: Loop | None = None
    for node in ast.walk(tree):
        if isinstance(node, (ast.While, ast.For, ast.AsyncFor)):
            holds = node.lineno <= first and last <= (node.end_lineno or node.lineno)
            if holds and (found is None or node.lineno >= found.lineno):
                found = node
    return found


def endless_step(loop: Loop | None) -> str:
    """Say what ends a loop of this kind."""
    if loop is None:
        return "Make that line do less, or take it out."
    if not isinstance(loop, ast.While):
        return f"Let the loop of line {loop.lineno} run over fewer values, or do less for each."
    if isinstance(loop.test, ast.Constant) and loop.test.value:
        ends = any(isinstance(part, (ast.Break, ast.Return)) for part in own_parts(loop))
        if not ends:
            return f"Nothing ends the loop of line {loop.lineno}: add a `break` or a `return`."
        return f"See when the `break` or `return` in the loop of line {loop.lineno} is reached."
    names = sorted({part.id for part in ast.walk(loop.test) if isinstance(part, ast.Name)})
    asked = f"`{'`, `'.join(names)}`" if names else "its condition"
    return (
        f"The loop of line {loop.lineno} goes on while its condition holds: change {asked} in it."
    )


def used_by(tree: ast.Module, name: str) -> set[str]:
    """Return the functions of the file that `name` uses, directly or through others."""
    known = functions(tree)
    found: set[str] = set()
    queue = [name]
    while queue:
        node = known.get(queue.pop())
        for part in ast.walk(node) if node else ():
            if isinstance(part, ast.Name) and part.id in known and part.id not in found:
                found.add(part.id)
                queue.append(part.id)
    return found - {name}
