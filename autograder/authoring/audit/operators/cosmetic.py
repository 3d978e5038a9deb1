"""Which parts of an answer only say how something looks, or how much is printed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.authoring.audit.operators import vocabulary
from autograder.authoring.audit.source import Place


def cosmetic_spans(place: Place) -> list[tuple[int, int]]:
    """Return where such parts begin and end: no text asks about them, so no check has to."""
    return [place.solution.span(node) for node in _cosmetic(place)]


def _cosmetic(place: Place) -> Iterator[ast.AST]:
    looks = set()
    for keyword in place.nodes(ast.keyword):
        if keyword.arg in vocabulary.COSMETIC:
            yield keyword
            looks |= {id(node) for node in ast.walk(keyword) if isinstance(node, ast.Name)}
    for call in place.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in vocabulary.COSMETIC_CALLS:
            yield call
    for statement in place.nodes(ast.Assign):
        if isinstance(statement.targets[0], ast.Name):
            uses = [
                node
                for node in place.nodes(ast.Name)
                if node.id == statement.targets[0].id and isinstance(node.ctx, ast.Load)
            ]
            if uses and all(id(node) in looks for node in uses):
                yield statement
