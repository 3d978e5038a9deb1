"""Edits of drawings: curves, labels and axes that change places, and what is left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from autograder.authoring.audit.operators.values import keyword_of
from autograder.authoring.audit.source import Edit, Place

_DRAWS = ("plot", "scatter", "bar", "errorbar", "step")


def exchanged(place: Place) -> Iterator[Sequence[Edit]]:
    """Two labels, or what two curves show, change places."""
    labels = [
        node
        for node in place.nodes(ast.Constant)
        if isinstance(node.value, str) and keyword_of(place, node) == "label"
    ]
    for one, other in combinations(labels, 2):
        if one.value != other.value:
            yield place.swap(one, other)
    for call, another in combinations(_curves(place), 2):
        first, second = call.args[1], another.args[1]
        if place.text(first) != place.text(second):
            yield place.swap(first, second)


def abscissas(place: Place) -> Iterator[Sequence[Edit]]:
    """A curve is drawn over its positions, over other values, or upside down."""
    for call in _curves(place):
        first, second = call.args[:2]
        start, _ = place.solution.span(first)
        end, _ = place.solution.span(second)
        if last_name(call) == "plot":
            yield (Edit(start, end, ""),)
        yield (place.replace(second, f"[-value for value in {place.text(second)}]"),)


def _curves(place: Place) -> list[ast.Call]:
    return [
        call
        for call in place.nodes(ast.Call)
        if last_name(call) in _DRAWS
        and len(call.args) >= 2
        and not isinstance(call.args[1], ast.Constant)
    ]


def last_name(call: ast.Call) -> str:
    """Return the name of the method that is called; "" if none is."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def panels(place: Place) -> Iterator[Sequence[Edit]]:
    """Rows and columns of a grid of axes change places; everything is drawn into one of them."""
    for call in place.nodes(ast.Call):
        if last_name(call) != "subplots":
            continue
        for loop in place.nodes(ast.For):
            target = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
            if isinstance(target, ast.Name) and target.id in ("ax", "axis"):
                yield (place.before(loop.body[0], f"{target.id} = figure.axes[0]"),)
                yield (place.before(loop.body[0], f"{target.id} = figure.axes[-1]"),)


def pictures(place: Place) -> Iterator[Sequence[Edit]]:
    """A picture is upside down, mirrored, or in other colours than the next."""
    for call in place.nodes(ast.Call):
        if last_name(call) != "imshow" or not call.args:
            continue
        text = place.text(call.args[0])
        yield (place.replace(call.args[0], f"np.asarray({text})[::-1]"),)
        yield (place.replace(call.args[0], f"np.asarray({text})[:, ::-1]"),)


OPERATORS = {
    "exchanged": exchanged,
    "abscissa": abscissas,
    "panel": panels,
    "picture": pictures,
}
