"""What ex04_perceptron asks of a submission: gates, perceptrons, the XOR network, its lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_ROWS = ((0, 0), (0, 1), (1, 0), (1, 1))
_INPUTS = np.array(_ROWS, dtype="float32")


def draw(rng: np.random.Generator, data: Mapping[str, Any]) -> dict[str, Any]:
    """Draw weights for models whose decision lines are asked; units of width 1 and 3 (and 2)."""
    del data
    return {
        "one": _weights(rng, 1),
        "two": _weights(rng, 2),
        "three": _weights(rng, 3),
        "targets": np.array([0, 1, 1, 1], "float32")[rng.permutation(4)],
    }


def _weights(rng: np.random.Generator, units: int) -> list[np.ndarray]:
    kernel = rng.uniform(0.5, 4.0, (2, units)) * rng.choice([-1.0, 1.0], (2, units))
    bias = rng.uniform(0.3, 2.0, units) * rng.choice([-1.0, 1.0], units)
    arrays = [kernel, bias]
    if units > 1:
        arrays += [rng.uniform(-4, 4, (units, 1)), rng.uniform(-1, 1, 1)]
    return [array.astype("float32") for array in arrays]


def _network(weights: list[np.ndarray]) -> Any:
    """Return a network of sigmoid units with the given weights: 2-n-1, or one unit."""
    import keras

    layers = [keras.Input(shape=(2,))]
    layers += [keras.layers.Dense(kernel.shape[1], activation="sigmoid") for kernel in weights[::2]]
    model = keras.Sequential(layers)
    model.set_weights(weights)
    return model


def ask_gates(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask every row of every gate, one call each."""
    del inputs
    for gate in ("and", "or", "xor"):
        for a, b in _ROWS:
            student.attempt(f"{gate}_gate", a, b, key=f"gates.{gate}_{a}{b}")


def ask_build_perceptron(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the untrained perceptron."""
    del inputs
    student.call("build_perceptron")


def ask_train_gate(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for perceptrons of AND, OR, and a gate drawn in secret."""
    student.attempt("train_gate", np.array([0, 0, 0, 1], "float32"), key="train_gate.and")
    student.attempt("train_gate", np.array([0, 1, 1, 1], "float32"), key="train_gate.or")
    student.attempt("train_gate", inputs["targets"], key="train_gate.secret")


def ask_xor_failure(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the count of right rows of given models, then for the failure itself."""
    for name in ("one", "two", "three"):
        model = _network(inputs[name])
        targets = np.array([0, 1, 1, 0], "float32")
        student.attempt("rows_right", model, targets, key=f"xor_failure.rows_{name}")
    student.call("xor_failure", key="xor_failure.result")


def ask_xor_network(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the untrained 2-2-1 network and for the trained one."""
    del inputs
    student.attempt("build_xor_network", key="xor_network.untrained")
    student.call("train_xor", key="xor_network.trained")


def ask_decision_lines(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the lines of models of the probe's own."""
    for name in ("one", "two", "three"):
        student.attempt("decision_lines", _network(inputs[name]), key=f"decision_lines.{name}")


def ask_plot_decision(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for pictures of models of the probe's own."""
    for name in ("two", "one"):
        model = _network(inputs[name])
        student.attempt("plot_decision", model, key=f"plot_decision.{name}", _figure=True)
