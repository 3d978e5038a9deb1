"""Edits of arrays: slices, axes, part of the data, inputs changed in place, random streams."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from autograder.authoring.audit.source import Edit, Place

#: What a text says that forbids to change what is given.
_KEPT = re.compile(
    r"\bin place\b(?! of)|unchanged|not (be )?changed?\b|stays? as|a copy", re.IGNORECASE
)
_USERS = ("fit", "evaluate", "predict", "plot", "scatter")


def slices(place: Place) -> Iterator[Sequence[Edit]]:
    """A slice loses a bound, or leaves one element more or less."""
    for node in place.nodes(ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is None:
                continue
            text = place.text(bound)
            yield (place.replace(bound, ""),)
            yield (place.replace(bound, f"{text} + 1"),)
            yield (place.replace(bound, f"{text} - 1"),)
        if node.lower is None and node.upper is not None:
            yield (place.replace(node, f"{place.text(node.upper)}:"),)
        if node.upper is None and node.lower is not None:
            yield (place.replace(node, f":{place.text(node.lower)}"),)


def indices(place: Place) -> Iterator[Sequence[Edit]]:
    """Indices are exchanged, one too far, or forgotten."""
    for node in place.nodes(ast.Subscript):
        index = node.slice
        if isinstance(index, ast.Tuple):
            for one, other in zip(index.elts, index.elts[1:], strict=False):
                if place.text(one) != place.text(other):
                    yield place.swap(one, other)
        elif isinstance(index, ast.Name):
            yield (place.replace(index, f"{index.id} - 1"),)
        if isinstance(node.ctx, ast.Load) and not isinstance(index, ast.Slice):
            yield (place.replace(node, place.text(node.value)),)


def axes(place: Place) -> Iterator[Sequence[Edit]]:
    """Another axis, or none; a transposed array is not, or one that is none is."""
    for node in place.nodes(ast.keyword):
        if node.arg == "axis":
            now = place.text(node.value)
            for other in ("0", "1", "None"):
                if other != now:
                    yield (place.replace(node.value, other),)
    for attribute in place.nodes(ast.Attribute):
        if attribute.attr == "T":
            yield (place.replace(attribute, place.text(attribute.value)),)
    for call in place.nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("imshow", "matshow", "pcolormesh") and call.args:
            yield (place.replace(call.args[0], f"{place.text(call.args[0])}.T"),)
    for answer in place.nodes(ast.Return):
        returned = place.region.function.returns
        kind = ast.unparse(returned) if returned is not None else ""
        if answer.value is not None and kind.endswith("ndarray"):
            yield (place.replace(answer.value, f"({place.text(answer.value)}).T"),)


def parts(place: Place) -> Iterator[Sequence[Edit]]:
    """Only a part of the data is used, in the whole answer or in one call."""
    arrays = place.array_parameters
    if arrays:
        for cut in ("[: len({0}) // 2]", "[:-1]", "[1:]"):
            cuts = ", ".join(name + cut.format(name) for name in arrays)
            yield (place.before(place.statements[0], f"{', '.join(arrays)} = {cuts}"),)
    for node in place.nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _USERS:
            given = [one for one in node.args if isinstance(one, ast.Name)]
            if given:
                yield [place.replace(one, f"{one.id}[: len({one.id}) // 2]") for one in given]
                yield [place.replace(one, f"{one.id}[::-1]") for one in given[1:2]]


def in_place(place: Place) -> Iterator[Sequence[Edit]]:
    """An array that was given is changed, where the text, or the solution, takes care of it."""
    for node in place.nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            yield (place.replace(node, place.text(node.func.value)),)
    if not _KEPT.search(place.task.asks):
        return
    last = place.statements[-1]
    if isinstance(last, ast.Return) and last.value is not None:
        for name in place.array_parameters:
            value = place.text(last.value)
            indent = " " * last.col_offset
            lines = (f"answer = {value}", f"{name}[...] = 0", "return answer")
            yield (place.replace(last, f"\n{indent}".join(lines)),)


def streams(place: Place) -> Iterator[Sequence[Edit]]:
    """Random numbers are drawn from another generator, or one more is drawn before."""
    for node in place.nodes(ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in ("RandomState", "default_rng") and isinstance(node.func, ast.Attribute):
            other = "default_rng" if name == "RandomState" else "RandomState"
            _, end = place.solution.span(node.func)
            yield (Edit(end - len(name), end, other),)
            if node.args:
                seed = node.args[0]
                yield (place.replace(seed, f"{place.text(seed)} + 1"),)
            statement = place.parent(node)
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                yield (place.after(statement, f"{statement.targets[0].id}.uniform()"),)


OPERATORS = {
    "slice": slices,
    "index": indices,
    "axis": axes,
    "part": parts,
    "in_place": in_place,
    "stream": streams,
}
