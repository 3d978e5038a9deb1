"""What ex04_perceptron asks of a submission: gates, perceptrons, the XOR network, its lines.

Later tasks build on earlier ones. Where an answer does not come out right, it is asked again with
the course's own functions lent for those of earlier tasks, under the key with ".lent" added: so
a mistake costs once. What is lent was asked before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

_ROWS = ((0, 0), (0, 1), (1, 0), (1, 1))
_INPUTS = np.array(_ROWS, dtype="float32")
_AND = np.array([0, 0, 0, 1], dtype="float32")
_OR = np.array([0, 1, 1, 1], dtype="float32")
_XOR = np.array([0, 1, 1, 0], dtype="float32")


def draw(rng: np.random.Generator, data: Mapping[str, Any]) -> dict[str, Any]:
    """Draw weights for models that are given, and a gate that is neither AND nor OR."""
    del data
    # The only 0 stands in any row but the first, where it would be OR.
    targets = np.array([1, 0, 1, 1], "float32")
    targets[1:] = targets[1:][rng.permutation(3)]
    upright = [np.array([[rng.uniform(2, 4)], [0.0]]), np.array([-rng.uniform(0.5, 1.5)])]
    return {
        "one": _weights(rng, 1),
        "two": _weights(rng, 2),
        "three": _weights(rng, 3),
        "upright": [array.astype("float32") for array in upright],
        "targets": targets,
    }


def _weights(rng: np.random.Generator, units: int) -> list[np.ndarray]:
    """Draw units whose lines cross the middle of the square, none of them near the origin."""
    bias = np.zeros(units)
    while np.abs(bias).min() < 0.3:
        kernel = rng.uniform(0.5, 4.0, (2, units)) * rng.choice([-1.0, 1.0], (2, units))
        bias = -(kernel * rng.uniform(0.2, 0.8, (2, units))).sum(axis=0)
    arrays = [kernel, bias]
    if units > 1:
        arrays += [rng.uniform(-4, 4, (units, 1)), rng.uniform(-1, 1, 1)]
    return [array.astype("float32") for array in arrays]


def _sigmoid_layers(*units: int) -> Any:
    """Return an untrained network of sigmoid units on two inputs."""
    import keras

    layers = [keras.layers.Dense(width, activation="sigmoid") for width in units]
    return keras.Sequential([keras.Input(shape=(2,)), *layers])


def _network(weights: list[np.ndarray]) -> Any:
    """Return a network of sigmoid units with the given weights: 2-n-1, or one unit."""
    model = _sigmoid_layers(*(kernel.shape[1] for kernel in weights[::2]))
    model.set_weights(weights)
    return model


# What is lent takes any further arguments, for a student's own function may take some.


def _build_perceptron(*_args: Any, **_settings: Any) -> Any:
    return _sigmoid_layers(1)


def _build_xor_network(*_args: Any, **_settings: Any) -> Any:
    return _sigmoid_layers(2, 1)


def _train_gate(targets: Any, *_args: Any, metrics: Any = None, **_settings: Any) -> Any:
    import keras

    model = _sigmoid_layers(1)
    model.compile(keras.optimizers.SGD(5.0), loss="binary_crossentropy", metrics=metrics)
    # 60 steps over all four rows each; one epoch of copies is sooner done than 60 epochs.
    rows, answers = np.tile(_INPUTS, (60, 1)), np.tile(np.ravel(targets), 60)
    model.fit(rows, answers, batch_size=4, shuffle=False, verbose=0)
    return model


def _rows_right(model: Any, targets: Any, *_args: Any, **_settings: Any) -> int:
    outputs = np.asarray(model(_INPUTS))[:, 0]
    return int((np.round(outputs) == np.ravel(targets)).sum())


def _decision_lines(model: Any, *_args: Any, **_settings: Any) -> np.ndarray:
    kernel, bias = model.get_weights()[:2]
    return np.column_stack([kernel.T, bias])


def _holds(right: Callable[[Any], Any], value: Any) -> bool:
    try:
        return bool(right(value))
    except Exception:  # noqa: BLE001 - a value of any other kind is not right
        return False


def _ask(
    student: Any,
    name: str,
    *args: Any,
    key: str,
    right: Callable[[Any], Any],
    lent: Sequence[Mapping[str, Callable[..., Any]]],
) -> None:
    """Ask, and until the answer is `right`, ask again with functions lent."""
    value = student.attempt(name, *args, key=key)
    for suffix, functions in zip(("lent", "lent2"), lent, strict=False):
        if _holds(right, value):
            return
        with student.lent(**functions):
            value = student.attempt(name, *args, key=f"{key}.{suffix}")


def _learned(parameters: int, targets: np.ndarray) -> Callable[[Any], bool]:
    return lambda model: (
        model.count_params() == parameters and _rows_right(model, targets) == len(targets)
    )


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
    for name, targets in (("and", _AND), ("or", _OR), ("secret", inputs["targets"])):
        _ask(
            student,
            "train_gate",
            targets,
            key=f"train_gate.{name}",
            right=_learned(3, targets),
            lent=[{"build_perceptron": _build_perceptron}],
        )


def ask_xor_failure(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the count of right rows of given models, then for the failure itself."""
    for name, targets in (("one", _AND), ("two", _XOR), ("three", inputs["targets"])):
        model = _network(inputs[name])
        student.attempt("rows_right", model, targets, key=f"xor_failure.rows_{name}")
    helpers = {"build_perceptron": _build_perceptron, "rows_right": _rows_right}
    # `evaluate` gives a number, or a list where the model was compiled with metrics.
    measured = functools.partial(_train_gate, metrics=["accuracy"])
    _ask(
        student,
        "xor_failure",
        key="xor_failure.result",
        right=lambda result: result[0] in (0, 1, 2, 3) and 0.69 <= float(result[1]) <= 0.8,
        lent=[helpers | {"train_gate": _train_gate}, helpers | {"train_gate": measured}],
    )


def ask_xor_network(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the untrained 2-2-1 network and for the trained one."""
    del inputs
    student.attempt("build_xor_network", key="xor_network.untrained")
    _ask(
        student,
        "train_xor",
        key="xor_network.trained",
        right=_learned(9, _XOR),
        lent=[{"build_xor_network": _build_xor_network, "rows_right": _rows_right}],
    )


def ask_decision_lines(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the lines of models of the probe's own."""
    for name in ("one", "two", "three"):
        student.attempt("decision_lines", _network(inputs[name]), key=f"decision_lines.{name}")


def ask_plot_decision(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for pictures of models of the probe's own; with the course's lines if need be."""
    for name in ("two", "one", "upright"):
        key, model = f"plot_decision.{name}", _network(inputs[name])
        student.attempt("plot_decision", model, key=key, _figure=True)
        lines = student.attempt("decision_lines", model, key=f"{key}.lines")
        expected = _decision_lines(model)
        if not _holds(functools.partial(np.allclose, expected), lines):
            with student.lent(decision_lines=_decision_lines):
                student.attempt("plot_decision", model, key=f"{key}.lent", _figure=True)
