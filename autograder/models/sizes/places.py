"""How a model's config tells shapes, and which layer is called on which outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograder.models.sizes.made import Shape

_INPUTS = ("inputs", "sequences", "x")


def input_shape(config: Mapping[str, Any]) -> Shape:
    """Return the shape of an input layer."""
    for key in ("batch_shape", "batch_input_shape"):
        if config.get(key) is not None:
            return shape_of(config[key])
    return shape_of([config.get("batch_size"), *config["shape"]])


def shape_of(sizes: Any) -> Shape:
    """Return a shape, the batch first."""
    if not isinstance(sizes, list) or not sizes:
        raise TypeError("no input shape")
    if not all(size is None or (type(size) is int and size >= 0) for size in sizes):
        raise TypeError("no input shape")
    return tuple(sizes)


def tensors(node: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield the tensors that a layer is called on, in order; masks and states change no size."""
    args, kwargs = node["args"], node["kwargs"]
    given = args[0] if args else next((kwargs[name] for name in _INPUTS if name in kwargs), None)
    places_given = list(_histories(given))
    if not places_given:
        raise ValueError("a layer that is called on nothing")
    yield from places_given


def _histories(value: Any) -> Iterator[tuple[str, int, int]]:
    if isinstance(value, list):
        for part in value:
            yield from _histories(part)
    elif isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield from places(value["config"]["keras_history"])
        elif value.get("class_name") == "__tuple__":
            yield from _histories(value["config"]["value"])
        elif "class_name" not in value:
            for _, part in sorted(value.items()):
                yield from _histories(part)


def places(value: Any) -> Iterator[tuple[str, int, int]]:
    """Yield layer, call and output of each tensor that is named, wherever it stands."""
    if isinstance(value, dict):
        for _, part in sorted(value.items()):
            yield from places(part)
    elif isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
        name, node, place = value
        if type(node) is not int or type(place) is not int or min(node, place) < 0:
            raise ValueError("no place of a tensor")
        yield name, node, place
    elif isinstance(value, list):
        for part in value:
            yield from places(part)
    else:
        raise TypeError("no place of a tensor")
