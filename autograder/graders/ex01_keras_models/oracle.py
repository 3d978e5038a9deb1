"""The ticket model of ex01, taken apart and tried out: who runs into whom in it.

Another title is given, and what changes depends on the title. So what is found out holds
whichever way the model was put together. What it must give is worked out in `tickets.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.judging import Evidence, Layer, Model, claim

INPUTS = ("title", "body", "tags")
TAGS = 12
TICKETS = 12
# Longer texts than these are not tried: an LSTM goes through them word by word.
_MOST_NUMBERS = 1000


def is_small(sizes: Sequence[Any]) -> bool:
    """Say whether these are sizes, None among them, of a shape that holds few numbers."""
    known = [size for size in sizes if size is not None]
    return all(isinstance(size, int) for size in known) and math.prod(known) <= _MOST_NUMBERS


def parts(model: Model) -> list[tuple[int, Layer]]:
    """Return all layers, also those inside a model that is a layer, each with the outer's place."""
    return [
        (place, part)
        for place, layer in enumerate(model.all_layers)
        for part in _inside(layer.name, layer.class_name, layer.config)
    ]


def _inside(name: str, class_name: str, config: Mapping[str, Any]) -> Iterator[Layer]:
    if class_name in ("Sequential", "Functional", "Model"):
        for layer in config.get("layers", ()):
            yield from _inside(name, str(layer["class_name"]), layer["config"])
    elif class_name != "InputLayer":
        yield Layer(name, class_name, config, None, None)


def of_class(model: Model, class_name: str) -> list[tuple[int, Layer]]:
    """Return the layers of one class, each with the place of the outer one."""
    return [(place, part) for place, part in parts(model) if part.class_name == class_name]


def heads(model: Model) -> dict[str, Layer]:
    """Return the layers that give the outputs, by name, in the order of the outputs."""
    by_name = {layer.name: layer for layer in model.all_layers}
    return {name: by_name[name] for name in model.output_names if name in by_name}


def input_shapes(model: Model) -> dict[str, tuple[int, tuple[Any, ...]]]:
    """Return for title, body and tags the place among the inputs, and the shape.

    By name; inputs of other names count by their place, and the one of 12 numbers is the tags.
    """
    shapes = {layer.name: layer.output_shape for layer in model.all_layers}
    names = model.input_names
    roles = list(names)
    if not set(names) <= set(INPUTS):
        last = [name for name in names if shapes.get(name) == (None, TAGS)][-1:]
        texts = iter(INPUTS[:2])
        roles = ["tags" if [name] == last else next(texts, "") for name in names]
    by_role = {}
    for place, (name, role) in enumerate(zip(names, roles, strict=True)):
        shape = shapes.get(name)
        if role and isinstance(shape, tuple):
            by_role[role] = place, shape
    return by_role


def given(
    evidence: Evidence, model: Model, changed: str = "", lengths: tuple[int, int] = (7, 12)
) -> list[np.ndarray]:
    """Return 12 tickets in the order of the model's inputs; `changed` names what is another."""
    vocabulary = [part.config.get("input_dim") for _, part in of_class(model, "Embedding")]
    least = min((size for size in vocabulary if isinstance(size, int) and size > 0), default=2)
    tickets = [np.zeros((TICKETS, 1), "float32") for _ in model.input_names]
    for role, (place, shape) in input_shapes(model).items():
        length = dict(zip(INPUTS, (*lengths, TAGS), strict=True))[role]
        sizes = [length if size is None else size for size in shape[1:]]
        claim(
            is_small(sizes),
            f"The input {role} must take short rows of numbers",
            f"shape {shape}",
        )
        which = int(role == changed)
        if role == "tags":
            values = evidence.inputs["tags"][which]
        else:
            values = evidence.inputs["words"][role][which][:, :length] % least
        tickets[place] = np.resize(values, (len(values), *sizes))
    return tickets


def changes(evidence: Evidence, model: Model, role: str, layer: int | None = None) -> list[bool]:
    """Say of each output, of the model or of one layer, whether it changes with one input."""
    before = model.outputs(given(evidence, model), layer)
    after = model.outputs(given(evidence, model, changed=role), layer)
    return [_differ(first, second) for first, second in zip(before, after, strict=True)]


def _differ(first: np.ndarray, second: np.ndarray) -> bool:
    if first.shape != second.shape:
        return True
    return bool(np.abs(first.astype(float) - second.astype(float)).max(initial=0) > 1e-6)


def inputs_read(evidence: Evidence, model: Model) -> dict[int, list[str]]:
    """Return, for the place of each LSTM layer, the inputs that it depends on."""
    return {
        place: [role for role in INPUTS if any(changes(evidence, model, role, place))]
        for place, _ in of_class(model, "LSTM")
    }
