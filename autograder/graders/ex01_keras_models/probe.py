"""What ex01_keras_models asks of a submission: a formula, and five models that nobody trains."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

_WIDTHS = (512, 16, 10, 20)
_TICKETS, _LONGEST, _TAGS = 12, 12, 12


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw layer sizes, weights for the chain of Dense layers, and rows for every model."""
    del data
    sizes = zip(rng.integers(2, 900, 6), rng.integers(901, 3000, 6), strict=True)
    pairs = [(int(few), int(many)) for few, many in sizes]
    tags = rng.integers(0, 2, (_TICKETS, _TAGS))
    return {
        # More inputs than units, and fewer; by turns, so that swapping the two is seen.
        "pairs": [(512, 16), (1, 1)] + [p if i % 2 else p[::-1] for i, p in enumerate(pairs)],
        "weights": _weights(rng),
        "x": rng.normal(0, 1, (9, 512)).astype("float32"),
        # Everything twice: the tickets, and what they are exchanged for to see what changes.
        "words": {
            name: rng.integers(1, 10_000, (2, _TICKETS, _LONGEST)).astype("int32")
            for name in ("title", "body")
        },
        "tags": np.stack([tags, 1 - tags]).astype("float32"),
    }


def _weights(rng: np.random.Generator) -> list[np.ndarray]:
    arrays: list[np.ndarray] = []
    for inputs, units in itertools.pairwise(_WIDTHS):
        arrays += [rng.normal(0, inputs**-0.5, (inputs, units)), rng.normal(0, 0.5, units)]
    return [array.astype("float32") for array in arrays]


def ask_dense_parameters(student: Student, inputs: Inputs) -> None:
    """Ask for the parameters of layers of several sizes."""
    for place, (size, units) in enumerate(inputs["pairs"]):
        student.call("dense_parameters", size, units, key=f"dense_parameters.{place}")


def ask_build_dense(student: Student, inputs: Inputs) -> None:
    """Ask for the model of one layer."""
    del inputs
    student.call("build_dense")


def _ask_chain(student: Student, name: str, weights: list[np.ndarray]) -> None:
    """Ask for a chain of Dense layers, and keep it once more with the given weights if they fit."""
    import keras

    model = student.call(name)
    if not isinstance(model, keras.Model):
        return
    if [array.shape for array in model.get_weights()] == [array.shape for array in weights]:
        model.set_weights(weights)
        student.keep(f"{name}.loaded", model)


def ask_build_sequential(student: Student, inputs: Inputs) -> None:
    """Ask for the chain made as a Sequential."""
    _ask_chain(student, "build_sequential", inputs["weights"])


@contextmanager
def _noted_chains() -> Iterator[list[str]]:
    """Yield a list to which a name is added for each layer that a Sequential gets meanwhile."""
    import keras

    names: list[str] = []
    add = keras.Sequential.add

    @functools.wraps(add)
    def noting(chain: Any, layer: Any, *args: Any, **kwargs: Any) -> Any:
        names.append(type(layer).__name__)
        return add(chain, layer, *args, **kwargs)

    keras.Sequential.add = noting
    try:
        yield names
    finally:
        keras.Sequential.add = add


def ask_build_functional(student: Student, inputs: Inputs) -> None:
    """Ask for the chain made by the Functional API, and note what a Sequential gets of it."""
    with _noted_chains() as names:
        _ask_chain(student, "build_functional", inputs["weights"])
    student.keep("build_functional.chained", len(names))


def ask_build_conv_stack(student: Student, inputs: Inputs) -> None:
    """Ask for the convolutions and the pooling."""
    del inputs
    student.call("build_conv_stack")


def ask_build_ticket_model(student: Student, inputs: Inputs) -> None:
    """Ask for the model of three inputs and two outputs."""
    del inputs
    student.call("build_ticket_model")
