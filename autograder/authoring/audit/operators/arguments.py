"""Edits of what is given and returned: arguments, parameters, names that stand for each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from autograder.authoring.audit.operators import vocabulary
from autograder.authoring.audit.operators.values import keyword_of
from autograder.authoring.audit.source import Edit, Place

#: Calls without which a value is as good: a NumPy scalar is a number.
_CONVERSIONS = ("bool", "float", "int", "list", "str", "tuple")
_PAIRS = (("xlabel", "ylabel"), ("xlim", "ylim"), ("x", "y"), ("rows", "columns"), ("inputs", ""))


def swapped(place: Place) -> Iterator[Sequence[Edit]]:
    """Two neighbouring arguments, elements, or the values of a pair of keywords change places."""
    for node in place.nodes(ast.Call, ast.List, ast.Tuple):
        if isinstance(node, ast.Call):
            values: list[ast.expr] = node.args
            by_name = {keyword.arg: keyword.value for keyword in node.keywords}
            for first, second in _PAIRS:
                if first in by_name and second in by_name:
                    yield place.swap(by_name[first], by_name[second])
        elif isinstance(node.ctx, ast.Load):
            if keyword_of(place, node) in vocabulary.UNORDERED:
                continue
            if isinstance(place.parent(node), ast.Subscript):  # indices are another operator's
                continue
            values = node.elts
        else:
            continue
        for one, other in pairwise(values):
            if place.text(one) != place.text(other):
                yield place.swap(one, other)


def dropped(place: Place) -> Iterator[Sequence[Edit]]:
    """A keyword is left out, so that its default holds; or an element of a list is."""
    for node in place.nodes(ast.Call):
        for keyword in node.keywords:
            if keyword.arg not in vocabulary.COSMETIC:
                yield (_without(place, node, keyword),)
        if len(node.args) > 1:
            yield (_without(place, node, node.args[-1]),)
    for listed in place.nodes(ast.List):
        if len(listed.elts) > 1 and isinstance(listed.ctx, ast.Load):
            (start, end), (_, before) = (
                place.solution.span(listed.elts[-1]),
                place.solution.span(listed.elts[-2]),
            )
            yield (Edit(before, end, ""),)
            after, _ = place.solution.span(listed.elts[1])
            start, _ = place.solution.span(listed.elts[0])
            yield (Edit(start, after, ""),)


def _without(place: Place, call: ast.Call, given: ast.AST) -> Edit:
    """Return the edit that takes an argument out of a call, with the comma before or after it."""
    spans = sorted(place.solution.span(one) for one in (*call.args, *call.keywords))
    start, end = place.solution.span(given)
    number = spans.index((start, end))
    if number:
        return Edit(spans[number - 1][1], end, "")
    return Edit(start, spans[1][0] if len(spans) > 1 else end, "")


def defaults(place: Place) -> Iterator[Sequence[Edit]]:
    """A parameter is ignored: what it has by default, or a plain value, stands in its place."""
    used = {node.id for node in place.nodes(ast.Name)}
    given = place.region.function.args
    positional = [*given.posonlyargs, *given.args]
    values: dict[str, str] = {}
    for parameter, default in zip(
        positional[len(positional) - len(given.defaults) :], given.defaults, strict=True
    ):
        values[parameter.arg] = place.text(default)
    for parameter, optional in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if optional is not None:
            values[parameter.arg] = place.text(optional)
    for parameter in place.parameters:
        if parameter.arg not in values and parameter.annotation is not None:
            plain = {"int": "1", "float": "1.0"}.get(ast.unparse(parameter.annotation))
            if plain is not None:
                values[parameter.arg] = plain
    for name, value in values.items():
        if name in used:
            yield (place.before(place.statements[0], f"{name} = {value}"),)


def names(place: Place) -> Iterator[Sequence[Edit]]:
    """Of two names that are bound together, or loop in one another, one is taken for the other."""
    for one, other in sorted(_together(place)):
        for node in place.nodes(ast.Name):
            if node.id == one and isinstance(node.ctx, ast.Load):
                yield (place.replace(node, other),)


def _together(place: Place) -> set[tuple[str, str]]:
    """Return the ordered pairs of names that are easily taken for each other."""
    groups: list[list[str]] = [
        [one.id for one in target.elts if isinstance(one, ast.Name)]
        for target in place.nodes(ast.Tuple)
        if isinstance(target.ctx, ast.Store)
    ]
    loops = [loop.target.id for loop in place.nodes(ast.For) if isinstance(loop.target, ast.Name)]
    groups.append(loops)
    bound = {
        node.targets[0].id
        for node in place.nodes(ast.Assign)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    groups.append(sorted(bound & {"rows", "columns", "height", "width"}))
    arrays = place.array_parameters
    groups.append(arrays)
    return {
        (one, other)
        for group in groups
        for one in group
        for other in group
        if one != other and "_" not in (one, other)
    }


def returns(place: Place) -> Iterator[Sequence[Edit]]:
    """What is returned is another value of the answer, a part of it, or in another order."""
    bound = [
        node.targets[0].id
        for node in place.nodes(ast.Assign)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    ]
    for node in place.nodes(ast.Return):
        value = node.value
        if isinstance(value, ast.Tuple):
            for one, other in zip(value.elts, value.elts[1:], strict=False):
                yield place.swap(one, other)
                yield (place.replace(other, place.text(one)),)
            yield (place.replace(value, place.text(value.elts[0])),)
        if isinstance(value, ast.Name):
            others = [name for name in dict.fromkeys(bound) if name != value.id]
            for name in others[-2:]:
                yield (place.replace(value, name),)
        function = value.func if isinstance(value, ast.Call) else None
        if isinstance(function, ast.Name) and function.id not in _CONVERSIONS:
            for argument in value.args[:2]:
                yield (place.replace(value, place.text(argument)),)


OPERATORS = {
    "swapped": swapped,
    "dropped": dropped,
    "default": defaults,
    "name": names,
    "return": returns,
}
