"""Edits of networks: layers, where they stand, what they are joined to, and their settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.authoring.audit.operators import vocabulary
from autograder.authoring.audit.source import Edit, Place


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that an answer makes.

    Attributes:
        call: What makes it.
        name: Its class.
        prefix: What stands before its class, such as "keras.layers.".
        applied: The call of it on a tensor, in a Functional model.
        listed: The list of a Sequential that it stands in.
        added: The statement that adds it to a Sequential.
    """

    call: ast.Call
    name: str
    prefix: str
    applied: ast.Call | None = None
    listed: ast.List | None = None
    added: ast.Expr | None = None


def layers_of(place: Place) -> list[Layer]:
    """Return the layers that an answer makes, in order."""
    layers = []
    calls: list[ast.Call] = place.nodes(ast.Call)
    for call in calls:
        function = call.func
        name = last_name(function)
        if name not in vocabulary.LAYERS:
            continue
        text = place.text(function)
        prefix = text[: len(text) - len(name)]
        parent = place.parent(call)
        if isinstance(parent, ast.Call) and parent.func is call:
            layers.append(Layer(call, name, prefix, applied=parent))
        elif isinstance(parent, ast.List):
            around = place.parent(parent)
            if isinstance(around, ast.Call) and last_name(around.func) == "Sequential":
                layers.append(Layer(call, name, prefix, listed=parent))
        elif isinstance(parent, ast.Call) and last_name(parent.func) == "add":
            statement = place.parent(parent)
            if isinstance(statement, ast.Expr):
                layers.append(Layer(call, name, prefix, added=statement))
        elif name == "concatenate":
            layers.append(Layer(call, name, prefix))
    return layers


def last_name(node: ast.AST) -> str:
    """Return the last part of a dotted name; "" if it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def removed(place: Place) -> Iterator[Sequence[Edit]]:
    """A layer is left out."""
    for layer in layers_of(place):
        if layer.applied is not None and layer.applied.args:
            yield (place.replace(layer.applied, place.text(layer.applied.args[0])),)
        if layer.listed is not None:
            yield (_without(place, layer.listed, layer.call),)


def _without(place: Place, listed: ast.List, element: ast.expr) -> Edit:
    number = listed.elts.index(element)
    start, end = place.solution.span(element)
    if number:
        _, start = place.solution.span(listed.elts[number - 1])
    elif len(listed.elts) > 1:
        end, _ = place.solution.span(listed.elts[1])
    return Edit(start, end, "")


def doubled(place: Place) -> Iterator[Sequence[Edit]]:
    """A layer stands twice."""
    for layer in layers_of(place):
        if layer.name != "concatenate":
            yield from _followed(place, layer, place.text(layer.call))


def stacked(place: Place) -> Iterator[Sequence[Edit]]:
    """An activation comes upon the activation that a layer has, or upon a linear layer."""
    for layer in layers_of(place):
        if layer.name not in vocabulary.LAYER_KEYWORDS or not layer.prefix:
            continue
        has = [one.value for one in layer.call.keywords if one.arg == "activation"]
        name = has[0].value if has and isinstance(has[0], ast.Constant) else None
        above = name if name in ("softmax", "sigmoid", "tanh") else "tanh" if has else "relu"
        yield from _followed(place, layer, f'{layer.prefix}Activation("{above}")')


def added(place: Place) -> Iterator[Sequence[Edit]]:
    """A layer too many comes after another."""
    for number, layer in enumerate(layers_of(place)):
        if layer.prefix:
            more = ("Dropout(0.5)", "BatchNormalization()")[number % 2]
            yield from _followed(place, layer, layer.prefix + more)


def _followed(place: Place, layer: Layer, more: str) -> Iterator[Sequence[Edit]]:
    """Yield the edits that put another layer after `layer`."""
    if layer.applied is not None:
        yield (place.replace(layer.applied, f"{more}({place.text(layer.applied)})"),)
    if layer.listed is not None:
        _, end = place.solution.span(layer.call)
        yield (Edit(end, end, f", {more}"),)
    if layer.added is not None:
        assert isinstance(layer.added.value, ast.Call)
        line = f"{place.text(layer.added.value.func)}({more})"
        yield (place.after(layer.added, line),)


def joined(place: Place) -> Iterator[Sequence[Edit]]:
    """A layer is called on another tensor, or two like layers are one."""
    tensors = [
        node.targets[0].id
        for node in place.nodes(ast.Assign)
        if isinstance(node.targets[0], ast.Name) and _is_tensor(node.value)
    ]
    for layer in layers_of(place):
        given = layer.applied.args[0] if layer.applied is not None and layer.applied.args else None
        if isinstance(given, ast.Name):
            others = [name for name in dict.fromkeys(tensors) if name != given.id]
            for name in others[:2]:
                yield (place.replace(given, name),)
    applied = [layer for layer in layers_of(place) if layer.applied is not None]
    for number, one in enumerate(applied):
        for other in applied[number + 1 :]:
            statement = place.parent(one.applied) if one.applied is not None else None
            if place.text(one.call) == place.text(other.call) and isinstance(statement, ast.Assign):
                first = place.before(statement, f"shared = {place.text(one.call)}")
                yield (
                    first,
                    place.replace(one.call, "shared"),
                    place.replace(other.call, "shared"),
                )


def _is_tensor(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    return isinstance(value.func, ast.Call) or last_name(value.func) == "Input"


def settings(place: Place) -> Iterator[Sequence[Edit]]:
    """A layer's keyword has another value, or is given where its default was meant."""
    for layer in layers_of(place):
        keywords = {one.arg: one.value for one in layer.call.keywords}
        for name, value in vocabulary.LAYER_KEYWORDS.get(layer.name, ()):
            if name in keywords:
                if place.text(keywords[name]) != value and name not in ("activation", "padding"):
                    yield (place.replace(keywords[name], value),)
                continue
            if name in ("kernel_size", "pool_size", "rate") and layer.call.args:
                continue  # given by its place, where a number is changed anyway
            given = [*layer.call.args, *(one.value for one in layer.call.keywords)]
            if given:
                end = max(place.solution.span(one)[1] for one in given)
                yield (Edit(end, end, f", {name}={value}"),)


OPERATORS = {
    "layer_removed": removed,
    "layer_doubled": doubled,
    "activation_stacked": stacked,
    "layer_added": added,
    "layer_joined": joined,
    "layer_setting": settings,
}
