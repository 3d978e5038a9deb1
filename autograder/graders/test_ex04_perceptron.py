"""Hidden checks of ex04_perceptron. The oracle is the truth table and the sigmoid in NumPy."""

from __future__ import annotations

import numpy as np

from autograder.checks import (
    array,
    check,
    claim,
    compiled,
    equal,
    layers,
    number,
    params,
)
from autograder.decode import Axes
from autograder.evidence import Evidence
from autograder.models import Model

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
MODELS = ("one", "two", "three")


def _table(evidence: Evidence, gate: str) -> None:
    answers = [
        number(evidence.value(f"gates.{gate}_{a}{b}"), f"`{gate}_gate` must return 0 or 1")
        for a, b in INPUTS.astype(int)
    ]
    equal(
        [int(value) if value == int(value) else value for value in answers],
        GATES[gate],
        f"{gate.upper()} of (0,0), (0,1), (1,0), (1,1) must be {GATES[gate]}",
    )


@check("gates", points=1, hint="AND is 1 only where both inputs are 1.")
def test_and_gate(evidence: Evidence) -> None:
    """AND is 1 only for (1, 1)."""
    _table(evidence, "and")


@check("gates", points=1, hint="OR is 0 only where both inputs are 0; its value is never 2.")
def test_or_gate(evidence: Evidence) -> None:
    """OR is 0 only for (0, 0)."""
    _table(evidence, "or")


@check("gates", points=1, hint="XOR is 1 where the inputs differ.")
def test_xor_gate(evidence: Evidence) -> None:
    """XOR is 1 where exactly one input is 1."""
    _table(evidence, "xor")


@check("build_perceptron", points=1, hint="Dense(1) on an input of shape (2,) holds w1, w2 and b.")
def test_perceptron_parameters(evidence: Evidence) -> None:
    """The perceptron is one unit on two inputs: 3 parameters."""
    model = evidence.model("build_perceptron")
    params(model, 3)
    equal(model.input_shape, (None, 2), "The input must have shape (None, 2)")
    equal(model.output_shape, (None, 1), "The output must have shape (None, 1)")


@check("build_perceptron", points=1, hint="Give the Dense layer activation='sigmoid'.")
def test_perceptron_activation(evidence: Evidence) -> None:
    """The perceptron's output passes through a sigmoid."""
    layers(evidence.model("build_perceptron"), [("Dense", {"units": 1, "activation": "sigmoid"})])


def _right(model: Model, targets: np.ndarray | list[int]) -> int:
    outputs = array(model.predict(INPUTS), "The output must be numbers", (4, 1))
    return int((np.round(outputs[:, 0]) == np.asarray(targets)).sum())


def _learned(model: Model, targets: list[int], name: str) -> None:
    params(model, 3, "Train the model of `build_perceptron`.")
    right = _right(model, targets)
    claim(
        right == 4,
        f"After training on {name}, all four rows must be right once rounded",
        f"{right} of 4 right, outputs {np.round(model.predict(INPUTS)[:, 0], 2).tolist()}",
        "Look at the learning rate and at the number of epochs.",
    )


@check("train_gate", points=1, hint="Small steps need many epochs: try learning_rate=5.0.")
def test_learns_and(evidence: Evidence) -> None:
    """Trained on AND, the perceptron answers all four rows right."""
    _learned(evidence.model("train_gate.and"), GATES["and"], "AND")


@check("train_gate", points=1, hint="Train on the `targets` given, and build a fresh model a call.")
def test_learns_or_and_other_targets(evidence: Evidence) -> None:
    """Trained on OR, or on any three 1s, the perceptron answers all four rows right."""
    _learned(evidence.model("train_gate.or"), GATES["or"], "OR")
    secret = evidence.inputs["targets"].astype(int).tolist()
    _learned(evidence.model("train_gate.secret"), secret, f"the targets {secret}")


@check("train_gate", points=1, hint="A yes/no answer is measured by loss='binary_crossentropy'.")
def test_trains_with_binary_crossentropy(evidence: Evidence) -> None:
    """The gate is trained with SGD on the binary cross-entropy."""
    compiled(evidence.model("train_gate.and"), loss="binary_crossentropy", optimizer="SGD")


def _forward(weights: list[np.ndarray]) -> np.ndarray:
    """Return a sigmoid network's outputs for the four rows, shape (4,)."""
    signal = INPUTS
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        signal = 1 / (1 + np.exp(-(signal @ kernel + bias)))
    return signal[:, 0]


@check("xor_failure", points=1, hint="Round the outputs, flatten (4, 1) to (4,), then compare.")
def test_counts_right_rows(evidence: Evidence) -> None:
    """`rows_right` counts the rows that a given model gets right after rounding."""
    for name in MODELS:
        outputs = _forward(evidence.inputs[name])
        expected = int((np.round(outputs) == GATES["xor"]).sum())
        rule = "`rows_right` must count the right rows of the model that it is given"
        received = number(evidence.value(f"xor_failure.rows_{name}"), rule)
        next_step = "Comparing shapes (4, 1) and (4,) gives a (4, 4) table."
        claim(received == expected, rule, f"{received:g} where {expected} are right", next_step)


@check("xor_failure", points=2, hint="One straight line cannot part the corners of XOR.")
def test_perceptron_fails_on_xor(evidence: Evidence) -> None:
    """One perceptron gets at most three rows of XOR right, with a loss near ln 2."""
    result = evidence.value("xor_failure.result")
    rule = "`xor_failure` must return (rows, loss)"
    claim(isinstance(result, (tuple, list)) and len(result) == 2, rule, repr(result)[:80])
    rows, loss = number(result[0], rule), number(result[1], rule)
    claim(
        rows in (0, 1, 2, 3),
        "A perceptron gets at most 3 of the 4 rows of XOR right",
        f"{rows:g} rows",
        "Train the perceptron of `build_perceptron` on XOR, and count with `rows_right`.",
    )
    # ln 2 = 0.6931 is the least loss that one unit can reach on XOR.
    claim(
        0.69 <= loss <= 0.80,
        "Trained on XOR, the perceptron's loss must come near ln 2 = 0.693, and never below",
        f"{loss:.4f}",
        "Return the binary cross-entropy that `model.evaluate(INPUTS, XOR)` gives.",
    )


@check("xor_network", points=1, hint="Dense(2) and Dense(1), both with activation='sigmoid'.")
def test_xor_network_layers(evidence: Evidence) -> None:
    """The 2-2-1 network has 9 parameters and sigmoid units."""
    model = evidence.model("xor_network.untrained")
    params(model, 9)
    sigmoid = {"activation": "sigmoid"}
    layers(model, [("Dense", {"units": 2, **sigmoid}), ("Dense", {"units": 1, **sigmoid})])


@check(
    "xor_network", points=2, hint="If a row is wrong after training, start again from new weights."
)
def test_network_learns_xor(evidence: Evidence) -> None:
    """The trained 2-2-1 network answers all four rows of XOR right."""
    model = evidence.model("xor_network.trained")
    params(model, 9, "Train the network of `build_xor_network`.")
    right = _right(model, GATES["xor"])
    claim(
        right == 4,
        "After training on XOR, all four rows must be right once rounded",
        f"{right} of 4 right",
        "Some random starts end on a plateau: check the rows, and build and train a fresh one.",
    )


def _same_lines(received: np.ndarray, expected: np.ndarray) -> bool:
    """Say whether two sets of lines are the same, whatever their order and scale."""
    received, expected = (
        rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (received, expected)
    )
    cosines = np.abs(received @ expected.T)
    return bool((cosines.max(axis=0) > 1 - 1e-6).all() and (cosines.max(axis=1) > 1 - 1e-6).all())


def _lines(weights: list[np.ndarray]) -> np.ndarray:
    return np.column_stack([weights[0].T, weights[1]]).astype(float)


@check("decision_lines", points=1, hint="The kernel's columns belong to units: mind kernel.T.")
def test_lines_of_one_and_two_units(evidence: Evidence) -> None:
    """A model of n units in its first layer has n decision lines (a, b, c)."""
    for name in MODELS:
        expected = _lines(evidence.inputs[name])
        rule = f"With {len(expected)} units, `decision_lines` must have shape ({len(expected)}, 3)"
        received = array(evidence.value(f"decision_lines.{name}"), rule, expected.shape)
        claim(
            np.all(np.linalg.norm(received[:, :2], axis=1) > 0),
            "A line needs a or b other than 0",
            received.tolist(),
        )


@check("decision_lines", points=2, hint="a and b are the unit's two weights, c is its bias.")
def test_line_coefficients(evidence: Evidence) -> None:
    """The coefficients are each unit's weights and bias, up to a common factor."""
    for name in MODELS:
        expected = _lines(evidence.inputs[name])
        received = array(
            evidence.value(f"decision_lines.{name}"), "The lines must be numbers", expected.shape
        ).astype(float)
        claim(
            _same_lines(received, expected),
            "Each row must be (w1, w2, b) of one unit of the first layer",
            f"{np.round(received, 3).tolist()} where {np.round(expected, 3).tolist()} was expected",
        )


def _axes(evidence: Evidence, key: str) -> Axes:
    figure = evidence.figure(key)
    drawn = [axes for axes in figure.axes if axes.points or axes.lines]
    claim(drawn, "The picture must hold points and lines", "empty axes")
    return drawn[0]


@check("plot_decision", points=1, hint="Draw all rows of INPUTS with ax.scatter.")
def test_plot_shows_the_inputs(evidence: Evidence) -> None:
    """The picture shows the four inputs as points."""
    axes = _axes(evidence, "plot_decision.two")
    shown = [tuple(np.round(xy, 6)) for points in axes.points for xy in points["xy"]]
    for line in axes.lines:  # ax.plot(x, y, "o") draws points as a line without a line style
        if line["marker"] not in ("None", "", " "):
            shown += list(zip(np.round(line["x"], 6), np.round(line["y"], 6), strict=True))
    missing = [row for row in map(tuple, INPUTS.tolist()) if row not in shown]
    claim(not missing, "The four inputs must be points of the picture", f"{missing} missing")


@check("plot_decision", points=1, hint="Every point of a line must satisfy a*x1 + b*x2 + c = 0.")
def test_plot_shows_the_lines(evidence: Evidence) -> None:
    """Every decision line of the model is drawn where it belongs."""
    for name in ("one", "two"):
        axes = _axes(evidence, f"plot_decision.{name}")
        lines = [line for line in axes.lines if line["x"].size >= 2]
        for a, b, c in _lines(evidence.inputs[name]):
            on_line = [
                np.abs(a * line["x"] + b * line["y"] + c).max() < 1e-3 * np.hypot(a, b) + 1e-3
                for line in lines
                if np.isfinite(line["x"]).all() and np.isfinite(line["y"]).all()
            ]
            claim(
                any(on_line),
                f"A line must be drawn where {a:.3f}*x1 + {b:.3f}*x2 + {c:.3f} = 0",
                f"{len(lines)} lines, none of them there",
            )
