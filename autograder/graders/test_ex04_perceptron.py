"""Hidden checks of ex04_perceptron. The oracle is the truth table and the sigmoid in NumPy.

What builds on an earlier task was asked again where it did not come out right,
with the course's own functions for the earlier tasks: so a mistake costs once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks import (
    array,
    check,
    claim,
    compiled,
    core_layers,
    either,
    equal,
    layers,
    number,
    params,
)
from autograder.decode import Axes
from autograder.evidence import Evidence, describe
from autograder.figures import is_drawn
from autograder.models import Model

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
MODELS = ("one", "two", "three")


def _either(evidence: Evidence, key: str, judge: Callable[[str], None]) -> None:
    either(evidence, (key, f"{key}.lent", f"{key}.lent2"), judge)


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


def _shapes(model: Model, parameters: int) -> None:
    claim(
        model.input_shape is not None,
        "The model must know the shape of its input",
        "a model that is not built yet",
        "Make keras.Input(shape=(2,)) its first entry.",
    )
    params(model, parameters)
    for shape, size, name in ((model.input_shape, 2, "input"), (model.output_shape, 1, "output")):
        fits = isinstance(shape, tuple) and shape[1:] == (size,)
        claim(fits, f"The {name} must have shape (batch, {size})", shape)


@check("build_perceptron", points=1, hint="Dense(1) on an input of shape (2,) holds w1, w2 and b.")
def test_perceptron_parameters(evidence: Evidence) -> None:
    """The perceptron is one unit on two inputs: 3 parameters."""
    _shapes(evidence.model("build_perceptron"), 3)


@check("build_perceptron", points=1, hint="Give the Dense layer activation='sigmoid'.")
def test_perceptron_activation(evidence: Evidence) -> None:
    """The perceptron's output passes through a sigmoid."""
    found = core_layers(evidence.model("build_perceptron"))
    last = found[-1].activation if found else "no layer"
    equal(last, "sigmoid", "The activation of the output must be sigmoid")


def _right(model: Model, targets: list[int], name: str) -> None:
    """Claim that all four outputs round to their targets."""
    outputs = array(model.predict(INPUTS), "The output must have shape (4, 1)", (4, 1))[:, 0]
    claim(
        np.array_equal(np.round(outputs), targets),
        f"After training on {name}, the four outputs must round to {targets}",
        np.round(outputs.astype(float), 2).tolist(),
    )


def _learned(evidence: Evidence, gate: str, targets: list[int], name: str) -> None:
    def judge(key: str) -> None:
        model = evidence.model(key)
        params(model, 3, "Train the model of `build_perceptron`.")
        _right(model, targets, name)

    _either(evidence, f"train_gate.{gate}", judge)


@check("train_gate", points=1, hint="Small steps need many epochs: try learning_rate=5.0 and 60.")
def test_learns_and(evidence: Evidence) -> None:
    """Trained on AND, the perceptron answers all four rows right."""
    _learned(evidence, "and", GATES["and"], "AND")


@check("train_gate", points=1, hint="Fit a fresh model on the `targets` given, at every call.")
def test_learns_or_and_other_targets(evidence: Evidence) -> None:
    """Trained on OR, or on any three 1s, the perceptron answers all four rows right."""
    _learned(evidence, "or", GATES["or"], "OR")
    _learned(evidence, "secret", _secret(evidence), "other targets")


def _secret(evidence: Evidence) -> list[int]:
    return [int(target) for target in evidence.inputs["targets"]]


@check("train_gate", points=1, hint="A yes/no answer is measured by loss='binary_crossentropy'.")
def test_trains_with_binary_crossentropy(evidence: Evidence) -> None:
    """The perceptron is trained to lower the binary cross-entropy."""

    def judge(key: str) -> None:
        compiled(evidence.model(key), loss="binary_crossentropy")

    _either(evidence, "train_gate.and", judge)


def _forward(weights: list[np.ndarray]) -> np.ndarray:
    """Return a sigmoid network's outputs for the four rows, shape (4,)."""
    signal = INPUTS
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        signal = 1 / (1 + np.exp(-(signal @ kernel + bias)))
    return signal[:, 0]


@check("xor_failure", points=1, hint="Round the outputs, flatten (4, 1) to (4,), then compare.")
def test_counts_right_rows(evidence: Evidence) -> None:
    """`rows_right` counts the rows that a given model gets right after rounding."""
    for name, targets in zip(MODELS, (GATES["and"], GATES["xor"], _secret(evidence)), strict=True):
        expected = int((np.round(_forward(evidence.inputs[name])) == targets).sum())
        rule = "`rows_right` must count the right rows of the model that it is given"
        received = number(evidence.value(f"xor_failure.rows_{name}"), rule)
        next_step = "Comparing shapes (4, 1) and (4,) gives a (4, 4) table." if received > 4 else ""
        claim(received == expected, rule, f"{received:g} where {expected} are right", next_step)


@check("xor_failure", points=2, hint="One straight line cannot part the corners of XOR.")
def test_perceptron_fails_on_xor(evidence: Evidence) -> None:
    """One perceptron gets at most three rows of XOR right, with a loss near ln 2."""
    _either(evidence, "xor_failure.result", lambda key: _fails(evidence.value(key)))


def _fails(result: Any) -> None:
    rule = "`xor_failure` must return two numbers, rows and loss"
    claim(isinstance(result, (tuple, list)), rule, describe(result))
    claim(len(result) == 2, rule, f"{len(result)} values")
    rows, loss = number(result[0], rule), number(result[1], rule)
    claim(
        rows in (0, 1, 2, 3),
        "A perceptron gets at most 3 of the 4 rows of XOR right",
        f"{rows:g} rows",
        "Train it with `train_gate(XOR)`, and count with `rows_right`.",
    )
    # ln 2 = 0.6931 is the least loss that one unit can reach on XOR.
    claim(
        0.69 <= loss <= 0.80,
        "Trained on XOR, the perceptron's loss must come near ln 2 = 0.693, and never below",
        f"{loss:.4f}",
        "Return what `model.evaluate(INPUTS, XOR)` gives for binary_crossentropy.",
    )


@check("xor_network", points=1, hint="Dense(2) and Dense(1), both with activation='sigmoid'.")
def test_xor_network_layers(evidence: Evidence) -> None:
    """The 2-2-1 network has 9 parameters and sigmoid units."""
    model = evidence.model("xor_network.untrained")
    _shapes(model, 9)
    sigmoid = {"activation": "sigmoid"}
    layers(model, [("Dense", {"units": 2, **sigmoid}), ("Dense", {"units": 1, **sigmoid})])


@check(
    "xor_network", points=2, hint="If a row is wrong after training, start again from new weights."
)
def test_network_learns_xor(evidence: Evidence) -> None:
    """The trained 2-2-1 network answers all four rows of XOR right."""

    def judge(key: str) -> None:
        model = evidence.model(key)
        params(model, 9, "Train the network of `build_xor_network`.")
        _right(model, GATES["xor"], "XOR")

    _either(evidence, "xor_network.trained", judge)


def _lines(weights: list[np.ndarray]) -> np.ndarray:
    return np.column_stack([weights[0].T, weights[1]]).astype(float)


def _rows(evidence: Evidence, name: str, columns: tuple[int, ...]) -> np.ndarray:
    """Return the answer for a model, once it has one row per unit, of one of these widths."""
    units = len(evidence.inputs[name][1])
    wanted = f"`decision_lines` must return shape ({units}, 3), one row for each unit"
    found = array(evidence.value(f"decision_lines.{name}"), wanted)
    fits = found.ndim == 2 and len(found) == units and found.shape[1] in columns
    claim(fits, wanted, f"an array of shape {found.shape}")
    return found.astype(float)


def _same(received: np.ndarray, expected: np.ndarray) -> bool:
    """Say whether two sets of rows are the same, whatever their order and each one's factor."""
    lengths = np.linalg.norm(received, axis=1, keepdims=True)
    if not (lengths > 0).all():
        return False
    unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    near = np.abs(received / lengths @ unit.T) > 1 - 1e-6
    return bool(near.any(axis=0).all() and near.any(axis=1).all())


@check("decision_lines", points=1, hint="kernel.shape[1] is the number of units.")
def test_one_line_for_each_unit(evidence: Evidence) -> None:
    """A model of n units in its first layer has n decision lines."""
    for name in MODELS:
        _rows(evidence, name, columns=(2, 3))


@check("decision_lines", points=1, hint="The kernel's columns belong to units: mind kernel.T.")
def test_line_directions(evidence: Evidence) -> None:
    """The first two numbers of a line, a and b, are the weights of one unit."""
    for name in MODELS:
        received = _rows(evidence, name, columns=(2, 3))[:, :2]
        kernel = evidence.inputs[name][0]
        claim(
            _same(received, kernel.T.astype(float)),
            f"For the kernel {_shown(kernel)}, a and b of each line must be one unit's two weights",
            _shown(received),
        )


@check("decision_lines", points=1, hint="A line is (w1, w2, b): its third number is the bias.")
def test_line_offsets(evidence: Evidence) -> None:
    """The third number of a line, c, is the bias of the same unit."""
    for name in MODELS:
        received, expected = _rows(evidence, name, columns=(3,)), _lines(evidence.inputs[name])
        claim(
            _same(received, expected),
            "Each line must be (w1, w2, b) of one unit of the first layer",
            f"{_shown(received)} where {_shown(expected)} was expected",
        )


def _shown(values: np.ndarray) -> list[Any]:
    rounded: list[Any] = np.round(values.astype(float), 3).tolist()
    return rounded


def _axes(evidence: Evidence, key: str) -> Axes:
    drawn = [axes for axes in evidence.figure(key).axes if axes.points or axes.lines]
    claim(drawn, "The picture must hold points and lines", "empty axes")
    return drawn[0]


@check("plot_decision", points=1, hint="Draw all rows of INPUTS with ax.scatter.")
def test_plot_shows_the_inputs(evidence: Evidence) -> None:
    """The picture shows the four inputs as points."""
    _either(evidence, "plot_decision.two", lambda key: _points(_axes(evidence, key)))


def _points(axes: Axes) -> None:
    drawn = [one["xy"] for one in axes.points if one["kind"] == "PathCollection"]
    # ax.plot(x, y, "o") draws points as a line without a line style.
    marked = [line for line in axes.lines if is_drawn(line["marker"])]
    drawn += [np.column_stack([line["x"], line["y"]]) for line in marked]
    shown = np.concatenate([np.empty((0, 2)), *drawn])
    missing = [
        f"({a:g}, {b:g})" for a, b in INPUTS if not np.isclose(shown, (a, b)).all(axis=1).any()
    ]
    rule = "The four inputs must be points of the picture"
    claim(not missing, rule, f"no point at {', '.join(missing)}")


@check("plot_decision", points=1, hint="Every point of a line must satisfy a*x1 + b*x2 + c = 0.")
def test_plot_shows_the_lines(evidence: Evidence) -> None:
    """Every decision line is drawn where it belongs, also an upright one."""
    for name in ("one", "two", "upright"):
        expected = _lines(evidence.inputs[name])

        def judge(key: str, expected: np.ndarray = expected) -> None:
            _drawn(_axes(evidence, key), expected)

        _either(evidence, f"plot_decision.{name}", judge)


def _drawn(axes: Axes, expected: np.ndarray) -> None:
    lines = [line for line in axes.lines if is_drawn(line["linestyle"])]
    ends = [np.column_stack([line["x"], line["y"]]) for line in lines]
    for a, b, c in expected:
        near = [
            len(points) >= 2
            and np.isfinite(points).all()
            # Across the square, whose sides are 2 long; a line cut off at its edges is shorter.
            and np.ptp(points, axis=0).max() > 0.9
            and np.abs(points @ (a, b) + c).max() < 0.01 * np.hypot(a, b)
            for points in ends
        ]
        told = f"{a:.3f}*x1 {b:+.3f}*x2 {c:+.3f} = 0"
        upright = " It is upright: to solve for x2 divides by zero." if b == 0 else ""
        claim(
            any(near),
            f"A line must be drawn across the square where {told}.{upright}",
            f"{len(lines)} drawn, none of them there" if lines else "no line",
        )
