"""The cells of a submission as one file, and the pieces of a cell that are run at once."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autograder.guest.protocol.answers import Cell

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def join_cells(cells: Sequence[Cell]) -> tuple[str, list[int]]:
    """Return the cells as the text of one file, and the line before each cell's first."""
    lines: list[str] = []
    starts = []
    for cell in cells:
        lines.append(f"# %% {cell.label}")
        starts.append(len(lines))
        lines += cell.source.split("\n")
    return "\n".join(lines) + "\n", starts


def split_cell(source: str, *, apart: bool) -> list[str | ast.Module]:
    """Return what is run at once: the whole source, or each of its statements."""
    if not apart:
        return [source]
    return [ast.Module([statement], []) for statement in ast.parse(source).body]


def awaits(piece: str | ast.Module) -> bool:
    """Return whether a statement waits for something outside of functions, as in Jupyter."""
    pending: list[ast.AST] = [piece] if isinstance(piece, ast.Module) else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if isinstance(node, ast.comprehension) and node.is_async:
            return True
        if not isinstance(node, _SCOPES):
            pending += ast.iter_child_nodes(node)
    return False
