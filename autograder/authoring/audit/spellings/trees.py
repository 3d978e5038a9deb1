"""What spellings share: the functions of a cell, their bodies, and what they import."""

from __future__ import annotations

import ast
from collections.abc import Callable


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions of a cell."""
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def body(function: ast.FunctionDef) -> list[ast.stmt]:
    """Return a function's statements without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def set_body(function: ast.FunctionDef, statements: list[ast.stmt]) -> None:
    """Put statements after a function's docstring."""
    head = function.body[:1] if ast.get_docstring(function) is not None else []
    function.body = [*head, *statements]


def last_name(node: ast.AST) -> str:
    """Return the last part of a dotted name; "" if it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def expression(text: str) -> ast.expr:
    """Return the tree of an expression."""
    return ast.parse(text, mode="eval").body


def statement(text: str) -> ast.stmt:
    """Return the tree of a statement."""
    return ast.parse(text).body[0]


def with_import(tree: ast.Module, line: str) -> None:
    """Put an import on top of a cell."""
    tree.body.insert(0, statement(line))


class Replacing(ast.NodeTransformer):
    """Replaces expressions: `rewrite` returns another one, or None to keep what stands."""

    def __init__(self, rewrite: Callable[[ast.expr], ast.expr | None]) -> None:
        self._rewrite = rewrite
        self.count = 0

    def visit(self, node: ast.AST) -> ast.AST:
        """Visit what is inside first."""
        self.generic_visit(node)
        if isinstance(node, ast.expr):
            other = self._rewrite(node)
            if other is not None:
                self.count += 1
                return other
        return node


def replace(tree: ast.Module, rewrite: Callable[[ast.expr], ast.expr | None]) -> bool:
    """Replace expressions in the functions of a cell; say whether there were any."""
    replacing = Replacing(rewrite)
    for function in functions(tree):
        set_body(function, [replacing.visit(one) for one in body(function)])  # type: ignore[misc]
    return replacing.count > 0
