"""What the models must give, in NumPy: Dense layers in a row, and the ticket model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

#: The shapes of all arrays of the ticket model, by what they are: 1,392,097 numbers in all.
TICKET_SHAPES: Mapping[str, tuple[int, ...]] = {
    "first table": (10_000, 64),
    "second table": (10_000, 64),
    "title kernel": (64, 512),
    "title memory": (128, 512),
    "title bias": (512,),
    "body kernel": (64, 128),
    "body memory": (32, 128),
    "body bias": (128,),
    "priority kernel": (172, 1),
    "priority bias": (1,),
    "department kernel": (172, 4),
    "department bias": (4,),
}


def chain(weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray | None:
    """Return what Dense layers with relu between them give; None if the arrays make no chain.

    Args:
        weights: Kernels of shape `(inputs, units)`, each with its bias, or without.
        x: Shape `(batch, inputs)`.
    """
    signal = x.astype(float)
    kernels = [place for place, array in enumerate(weights) if array.ndim == 2]
    for place in kernels:
        if weights[place].shape[0] != signal.shape[1]:
            return None
        signal = signal @ weights[place].astype(float)
        if place + 1 < len(weights) and weights[place + 1].shape == signal.shape[1:]:
            signal = signal + weights[place + 1].astype(float)
        if place != kernels[-1]:
            signal = np.maximum(signal, 0)
    return signal


def drawn(weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return weights of the same shapes, of which none is 0: biases, too."""
    rng = np.random.default_rng(1)
    scales = [max(array.shape[0], 1) ** -0.5 if array.ndim > 1 else 0.5 for array in weights]
    return [
        (scale * rng.normal(size=array.shape)).astype("float32")
        for scale, array in zip(scales, weights, strict=True)
    ]


def by_part(weights: Sequence[np.ndarray]) -> dict[str, np.ndarray] | None:
    """Return the arrays of a ticket model by what they are; None if they are not all there."""
    left = list(weights)
    parts = {}
    for part, shape in TICKET_SHAPES.items():
        place = next((place for place, array in enumerate(left) if array.shape == shape), None)
        if place is None:
            return None
        parts[part] = left.pop(place).astype(float)
    return parts if not left else None


def tickets(
    parts: Mapping[str, np.ndarray], title: np.ndarray, body: np.ndarray, tags: np.ndarray
) -> Iterator[dict[str, np.ndarray]]:
    """Yield priority and department for every order of what is put side by side.

    Which of two tables is the title's, and in which order title, body and tags are joined, is
    free; what is joined in another order meets other rows of a kernel.

    Args:
        parts: The arrays of the model.
        title: Words, shape `(batch, words)`.
        body: Words, shape `(batch, words)`.
        tags: Shape `(batch, 12)`.
    """
    tables = parts["first table"], parts["second table"]
    for of_title, of_body in itertools.permutations(tables):
        senses = [
            _memory(of_title[title.astype(int)], parts, "title"),
            _memory(of_body[body.astype(int)], parts, "body"),
            tags.astype(float),
        ]
        for order in itertools.permutations(senses):
            together = np.concatenate(order, axis=1)
            yield {
                name: together @ parts[f"{name} kernel"] + parts[f"{name} bias"]
                for name in ("priority", "department")
            }


def _memory(words: np.ndarray, parts: Mapping[str, np.ndarray], role: str) -> np.ndarray:
    """Return the memory of an LSTM after the last word, shape `(batch, units)`.

    Args:
        words: Shape `(batch, words, numbers)`.
        parts: The arrays of the model.
        role: Whose LSTM it is.
    """
    kernel, recurrent, bias = (parts[f"{role} {part}"] for part in ("kernel", "memory", "bias"))
    shown = np.zeros((len(words), len(recurrent)))
    stored = np.zeros_like(shown)
    for place in range(words.shape[1]):
        sums = words[:, place] @ kernel + shown @ recurrent + bias
        take, keep, new, show = np.split(sums, 4, axis=1)  # in Keras's order
        stored = _sigmoid(keep) * stored + _sigmoid(take) * np.tanh(new)
        shown = _sigmoid(show) * np.tanh(stored)
    return shown


def _sigmoid(sums: np.ndarray) -> np.ndarray:
    values: np.ndarray = 1 / (1 + np.exp(-sums))
    return values
