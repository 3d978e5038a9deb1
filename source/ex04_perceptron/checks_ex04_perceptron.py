"""The checks of ex04_perceptron, which its notebook's check cells run: keep this file beside it.

Rendered from the course's own files. The checks stand first; below them is what turns a failure
into words.
"""

from __future__ import annotations

import __main__ as notebook
import ast
import functools
import html
import inspect
import linecache
import re
import textwrap
import traceback
from IPython.display import display
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from typing import Iterator


def test_and_gate_table(student):
    """AND is 1 only when both inputs are 1."""
    import numpy as np

    rows = [(0, 0), (0, 1), (1, 0), (1, 1)]
    answers = [student.and_gate(a, b) for a, b in rows]
    try:
        values = [np.asarray(answer) for answer in answers]
        numbers = [value.item() for value in values if value.dtype.kind in "biuf"]
    except Exception:
        numbers = []
    assert numbers == [0, 0, 0, 1], (
        "AND of (0,0), (0,1), (1,0), (1,1) is 0, 0, 0, 1.\n"
        f"Received: {answers}.\n"
        "Return 1 only when a and b are both 1."
    )


def test_or_gate_table(student):
    """OR is 1 when at least one input is 1."""
    import numpy as np

    rows = [(0, 0), (0, 1), (1, 0), (1, 1)]
    answers = [student.or_gate(a, b) for a, b in rows]
    try:
        values = [np.asarray(answer) for answer in answers]
        numbers = [value.item() for value in values if value.dtype.kind in "biuf"]
    except Exception:
        numbers = []
    assert numbers == [0, 1, 1, 1], (
        "OR of (0,0), (0,1), (1,0), (1,1) is 0, 1, 1, 1.\n"
        f"Received: {answers}.\n"
        "Return 1 unless a and b are both 0; a + b is 2 in the last row."
    )


def test_xor_gate_table(student):
    """XOR is 1 when exactly one input is 1."""
    import numpy as np

    rows = [(0, 0), (0, 1), (1, 0), (1, 1)]
    answers = [student.xor_gate(a, b) for a, b in rows]
    try:
        values = [np.asarray(answer) for answer in answers]
        numbers = [value.item() for value in values if value.dtype.kind in "biuf"]
    except Exception:
        numbers = []
    assert numbers == [0, 1, 1, 0], (
        "XOR of (0,0), (0,1), (1,0), (1,1) is 0, 1, 1, 0.\n"
        f"Received: {answers}.\n"
        "Return 1 when a and b differ."
    )


def test_neuron_fires_above_zero(student):
    """A neuron answers 1 to each row where the weighted sum and the bias are above 0, else 0."""
    import numpy as np

    rows = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0.5, 1.0, 0.0]])
    weights, sums = np.array([1.0, -2.0, 0.5]), [1.0, 0.0, 0.5, -0.5]
    given = rows.copy(), weights.copy()
    answer = student.threshold_neuron(*given, 1.0)
    assert np.array_equal(given[0], rows) and np.array_equal(given[1], weights), (
        "What a function is given stays as it is.\n"
        "Received: `inputs` or `weights`, changed in place.\n"
        "Make a new array: `inputs @ weights + bias`."
    )
    try:
        received = np.asarray(answer)
    except Exception:
        received = np.empty(0)
    assert received.shape == (4,), (
        "Four rows give an array of four answers, shape (4,).\n"
        f"Received: shape {received.shape}.\n"
        "`inputs @ weights` has one sum for each row."
    )
    hints = {
        (1, 1, 1, 0): "A sum of 0 is not above 0: ask `> 0`, and not `>= 0`.",
        (0, 0, 0, 0): "Add the bias: `inputs @ weights + bias`.",
        (0, 1, 0, 1): "It fires above 0, and not below: ask `> 0`.",
    }
    received = received.tolist()
    assert received == [1, 0, 1, 0], (
        f"Where the sums are {sums}, the answers are 1, 0, 1, 0: 1 above 0, and 0 also at 0.\n"
        f"Received: {received}.\n"
        + hints.get(tuple(received), "The sum of a row is `row @ weights + bias`; answer 0 or 1.")
    )


def test_weights_make_gates(student):
    """A neuron with the chosen weights and bias is AND, OR and NAND."""
    import numpy as np

    gates = student.gate_weights()
    assert isinstance(gates, dict) and {"AND", "OR", "NAND"} <= set(gates), (
        'gate_weights returns a dict with the keys "AND", "OR" and "NAND".\n'
        f"Received: {gates!r}.\n"
        'Write `{"AND": (..., ..., ...), "OR": ..., "NAND": ...}`.'
    )
    tables = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0]}
    for name, table in tables.items():
        try:
            size = np.asarray(gates[name], dtype=float).shape
        except Exception:
            size = None
        assert size == (3,), (
            f"A neuron of two inputs has three numbers: w1, w2, b ({name}).\n"
            f"Received: {gates[name]!r}.\n"
            "Write one tuple of three numbers."
        )
        w1, w2, b = (float(number) for number in gates[name])
        sums = [b, w2 + b, w1 + b, w1 + w2 + b]
        assert [int(z > 1e-9) for z in sums] == table, (
            f"{name} of (0,0), (0,1), (1,0), (1,1) is {table}: there z is above 0, or is not.\n"
            f"Received: z = {[round(z, 3) for z in sums]}.\n"
            "In (0,0) z is b alone. Weights below 0 hold the neuron back, as NAND needs it."
        )


def test_xor_is_wired_from_three_neurons(student):
    """XOR is AND of what OR and NAND answer, with the weights that are given."""
    import numpy as np

    rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.4, 0.0], [1.0, 0.4]])
    for gates, answers in [
        (
            {"AND": (2.0, 2.0, -3.0), "OR": (2.0, 2.0, -1.0), "NAND": (-2.0, -2.0, 3.0)},
            [0, 1, 1, 0, 0, 1],
        ),
        (
            {"AND": (3.0, 2.0, -4.0), "OR": (3.0, 2.0, -1.0), "NAND": (-3.0, -2.0, 4.0)},
            [0, 1, 1, 0, 1, 1],
        ),
        (
            {"NAND": (-1.0, -1.0, 1.2), "OR": (4.0, 2.0, -1.0), "AND": (1.0, 1.0, -1.2)},
            [0, 1, 1, 0, 1, 0],
        ),
        ({"AND": (-2, -2, 3), "OR": (2, 2, -1), "NAND": (-2, -2, 3)}, [1, 0, 0, 1, 1, 0]),
    ]:
        given = rows.copy(), dict(gates)
        answer = student.wired_xor(*given)
        assert np.array_equal(given[0], rows) and given[1] == gates, (
            "What a function is given stays as it is.\n"
            "Received: `inputs` or `gates`, changed in place.\n"
            "Only read them: `w1, w2, b = gates[name]`."
        )
        try:
            received = np.asarray(answer)
        except Exception:
            received = np.empty(0)
        assert received.shape == (6,), (
            "Six rows give six answers, shape (6,).\n"
            f"Received: shape {received.shape}.\n"
            "Call threshold_neuron three times, and return what AND answers."
        )
        assert received.tolist() == answers, (
            f"With the neurons {gates} the rows {rows.tolist()} get {answers}.\n"
            f"Received: {received.tolist()}.\n"
            "Take the numbers from `gates`. OR and NAND get the rows; AND gets their answers, as "
            "two columns (np.column_stack)."
        )


def test_rule_corrects_one_row(student):
    """The rule adds rate * error * input to each weight, and rate * error to the bias."""
    import numpy as np

    weights, row = np.array([1.0, -2.0]), np.array([3.0, 0.5])
    for bias, target, right in [
        (-3.0, 1, ([2.5, -1.75], -2.5)),  # z = -1: it should have fired
        (0.0, 0, ([-0.5, -2.25], -0.5)),  # z = 2: it should not have fired
        (0.0, 1, ([1.0, -2.0], 0.0)),
        (-3.0, 0, ([1.0, -2.0], -3.0)),
    ]:
        given = weights.copy()
        answer = student.corrected_weights(given, bias, row.copy(), target, 0.5)
        assert isinstance(answer, (tuple, list)) and len(answer) == 2, (
            "corrected_weights returns two values: the weights, and the bias.\n"
            f"Received: {answer!r}.\n"
            "End with `return weights, bias`."
        )
        assert np.array_equal(given, weights), (
            "What a function is given stays as it is.\n"
            f"Received: the weights {weights.tolist()} changed in place, to {given.tolist()}.\n"
            "`weights += ...` changes the array: write `weights + ...`, which is a new one."
        )
        fires = 2 + bias > 0
        error = target - fires
        hint = f"The answer to this row is {int(fires)}, so that the error is {error}."
        if np.shape(answer[0]) == (2,):
            moved = np.r_[np.ravel(answer[0]) - weights, np.ravel(answer[1])[:1] - bias]
            for other, told in [
                (-0.5 * error * np.r_[row, 1], "The error is the target less the answer."),
                (0.5 * error * np.r_[row, 0], "The bias moves, too: by rate * error."),
                (error * np.r_[row, 1], "Multiply by the learning rate `rate`."),
                (error * np.r_[0.5 * row, 1], "The bias moves by rate * error."),
                (0.5 * error * np.ones(3), "Each weight moves by its input, too: error * row."),
            ]:
                hint = told if error and np.allclose(moved, other) else hint
        same = np.shape(answer[0]) == (2,) and np.allclose(answer[0], right[0])
        assert same and np.allclose(answer[1], right[1]), (
            f"Weights [1, -2], bias {bias:g}, row [3, 0.5], target {target}, rate 0.5: they become "
            f"{right[0]} and {right[1]:g}.\n"
            f"Received: {answer[0]!r} and {answer[1]!r}.\n{hint}"
        )


def test_training_stops_where_no_row_is_wrong(student):
    """Training goes through the rows, with the weights as they are by then, until none is wrong."""
    import numpy as np

    rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    for name, targets, epochs, right in [
        ("OR", [0, 1, 1, 1], 9, ([1, 1], 0, [1, 2, 1, 0])),
        ("AND", [0, 0, 0, 1], 9, ([2, 1], -2, [1, 3, 3, 2, 1, 0])),
        ("XOR", [0, 1, 1, 0], 3, ([-1, 0], 1, [2, 3, 4])),
    ]:
        answer = student.train_perceptron(rows.copy(), np.array(targets), 1.0, epochs)
        assert isinstance(answer, (tuple, list)) and len(answer) == 3, (
            "train_perceptron returns three values: weights, bias, and the errors by epoch.\n"
            f"Received: {answer!r}.\n"
            "End with `return weights, bias, errors`."
        )
        errors = np.ravel(answer[2]).tolist()
        hint = "Take the rows in their order, and correct after each one."
        if errors[:1] != right[2][:1]:
            hint = "Begin with weights and bias of 0, and count a row before its correction."
        elif errors[: len(right[2])] == right[2]:
            hint = f"Stop after the first epoch without an error, or after `epochs`, here {epochs}."
        elif errors == right[2][: len(errors)]:
            hint = "Go on until an epoch has no error, or until all `epochs` are run."
        assert errors == right[2], (
            f"On {name}, with rate 1 and epochs={epochs}, the errors by epoch are {right[2]}.\n"
            f"Received: {errors}.\n{hint}"
        )
        same = np.shape(answer[0]) == (2,) and np.allclose(answer[0], right[0])
        assert same and np.allclose(answer[1], right[1]), (
            f"On {name} the training ends at weights {right[0]} and bias {right[1]}.\n"
            f"Received: {answer[0]!r} and {answer[1]!r}.\n"
            "Each row is answered with the weights that the row before it has left."
        )


def test_perceptron_is_one_unit(student):
    """The perceptron is one Dense unit on two inputs: 3 parameters."""
    import keras

    model = student.build_perceptron()
    assert isinstance(model, keras.Model), (
        "build_perceptron returns a Keras model.\n"
        f"Received: {model!r}.\n"
        "End the function with `return model`."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model that is not built yet.\n"
        "Make `keras.Input(shape=(2,))` its first entry."
    )
    count = model.count_params()
    assert count == 3, (
        "One unit on two inputs has two weights and a bias: 3 parameters.\n"
        f"Received: {count} parameters.\n"
        "Use one `keras.layers.Dense(1, ...)` on an input of shape (2,)."
    )


def test_perceptron_output_is_sigmoid(student):
    """The output lies between 0 and 1, and is 0.5 where the weighted sum is 0."""
    import keras
    import numpy as np

    model = student.build_perceptron()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    shapes = [array.shape for array in arrays]
    assert shapes == [(2, 1), (1,)], (
        "One unit on two inputs has weights of shape (2, 1) and a bias of shape (1,).\n"
        f"Received: {shapes}.\n"
        "Use one `keras.layers.Dense(1, ...)` on an input of shape (2,), and no other layer."
    )
    model.set_weights([np.array([[4.0], [4.0]]), np.array([-4.0])])
    outputs = model.predict(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), verbose=0)
    expected = np.array([[0.018], [0.5], [0.982]])
    assert np.allclose(outputs, expected, atol=0.001), (
        "With weights 4, 4 and bias -4 a sigmoid unit gives 0.018, 0.5, 0.982 "
        "on (0,0), (0,1), (1,1).\n"
        f"Received: {np.round(outputs, 3).tolist()}.\n"
        'Give the Dense layer `activation="sigmoid"`, and add nothing after it.'
    )


def test_train_gate_learns_and_and_or(student):
    """A trained perceptron gets all four rows right, for AND and for OR."""
    import keras
    import numpy as np

    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
    for name, answers in [("AND", [0, 0, 0, 1]), ("OR", [0, 1, 1, 1])]:
        model = student.train_gate(np.array(answers, dtype="float32"))
        assert isinstance(model, keras.Model), (
            "train_gate returns the trained model.\n"
            f"Received: {type(model).__name__}.\n"
            "`fit` returns a History: call it on its own line, then `return model`."
        )
        ends = [getattr(model, end, None) for end in ("input_shape", "output_shape")]
        assert ends == [(None, 2), (None, 1)], (
            "train_gate returns a model with input (batch, 2) and output (batch, 1).\n"
            f"Received: input {ends[0]}, output {ends[1]}.\n"
            "Train the model of build_perceptron, and return it."
        )
        outputs = model.predict(inputs, verbose=0).ravel()
        assert np.round(outputs).tolist() == answers, (
            f"Rounded, the outputs for {name} are {answers}.\n"
            f"Received: {np.round(outputs, 2).tolist()} before rounding.\n"
            "Fit on INPUTS and `targets` with learning_rate=5.0 and 60 epochs; outputs near 0.5 "
            "mean too short a training."
        )
        optimizer = type(getattr(model, "optimizer", None)).__name__
        assert optimizer == "SGD", (
            "The perceptron is trained by stochastic gradient descent.\n"
            f"Received: {optimizer}.\n"
            "Compile with `optimizer=keras.optimizers.SGD(learning_rate=...)`."
        )


def test_gradient_of_one_neuron(student):
    """The slopes are the means of (answer - target) * input, and of (answer - target)."""
    import numpy as np

    inputs, targets = np.array([[1.0, 0.0], [0.0, 4.0], [0.0, 0.0]]), np.array([0.0, 1.0, 0.0])
    weights, bias = np.array([-np.log(3), 0.0]), np.log(3)  # the answers are 0.5, 0.75, 0.75
    given = inputs.copy(), targets.copy(), weights.copy()
    answer = student.neuron_gradient(*given, bias)
    assert all(map(np.array_equal, given, (inputs, targets, weights))), (
        "What a function is given stays as it is.\n"
        "Received: `inputs`, `targets` or `weights`, changed in place.\n"
        "Make new arrays: `errors = answers - targets`, and products of it."
    )
    assert isinstance(answer, (tuple, list)) and len(answer) == 2, (
        "neuron_gradient returns two values: the slopes of the weights, and that of the bias.\n"
        f"Received: {answer!r}.\n"
        "End with `return slopes, slope`."
    )
    same = np.shape(answer[0]) == (2,) and np.allclose(answer[0], [1 / 6, -1 / 3])
    hint = "The answer of a row is 1 / (1 + np.exp(-z)), with z = row @ weights + bias."
    if np.shape(answer[0]) == (2,):
        first, second = np.ravel(answer[0]).tolist()
        hints = [
            ([0.5, -1.0], "That is the sum over the rows: divide by how many there are."),
            ([0.25, -0.5], "Divide by the number of rows, and not of inputs."),
            ([-1 / 6, 1 / 3], "The error is answer - target, and not the other way round."),
            ([1 / 6, -1 / 3], "The slope of the bias is the mean of answer - target."),
            ([1 / 3, 1 / 3], "Multiply each row's error by its inputs, before the mean."),
        ]
        hint = next((one for pair, one in hints if np.allclose([first, second], pair)), hint)
    assert same and np.allclose(answer[1], 1 / 3), (
        "Rows [1, 0], [0, 4] and [0, 0] with answers 0.5, 0.75, 0.75 and targets 0, 1, 0 give the "
        "slopes [1/6, -1/3] and 1/3.\n"
        f"Received: {answer[0]!r} and {answer[1]!r}.\n{hint}"
    )


def test_differences_of_any_function(student):
    """The difference goes the step to either side of one parameter, and divides by both steps."""
    import numpy as np

    place, asked = np.array([1.0, 2.0]), []

    def function(parameters):
        asked.append(np.array(parameters, dtype=float).tolist())
        return parameters[0] ** 3 + 5 * parameters[0] * parameters[1]

    given = place.copy()
    answer = student.finite_differences(function, given, 0.5)
    assert np.array_equal(given, place), (
        "What a function is given stays as it is.\n"
        f"Received: the parameters {place.tolist()} became {given.tolist()}.\n"
        "Move a copy: `moved = parameters.copy()`."
    )
    try:
        received = np.asarray(answer, dtype=float)
    except Exception:
        received = np.empty(0)
    same = received.shape == (2,) and np.allclose(received, [13.25, 5.0])
    hint = "Divide the difference by 2 * step."
    if [1.0, 2.0] in asked:
        hint = "Go to either side: ask at + step and at - step, and not at the place itself."
    elif any(1.0 != p0 and 2.0 != p1 for p0, p1 in asked):
        hint = "Move one parameter at a time; the others stay as they are."
    elif sorted(asked) != [[0.5, 2.0], [1.0, 1.5], [1.0, 2.5], [1.5, 2.0]]:
        hint = "Move each parameter by the `step` that is given, once up and once down."
    assert same, (
        "Of p0**3 + 5 * p0 * p1 at [1, 2] with step 0.5 the differences are [13.25, 5].\n"
        f"Received: {answer!r}; the function was asked at {asked}.\n{hint}"
    )


def test_rows_right_counts_rows(student):
    """`rows_right` rounds the outputs and counts the rows that equal the targets."""
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.array([[4.0], [4.0]]), np.array([-6.0])])  # this is AND
    for targets, count in [([0, 0, 0, 1], 4), ([0, 1, 1, 0], 1), ([1, 1, 1, 0], 0)]:
        received = student.rows_right(model, np.array(targets, dtype="float32"))
        try:
            number = np.asarray(received, dtype=float).item()
        except Exception:
            number = None
        assert number == count, (
            f"A model that computes AND gets {count} of 4 rows right for the targets {targets}.\n"
            f"Received: {received!r}.\n"
            "`predict` gives shape (4, 1), targets have (4,): compare its column 0 with them."
        )


def test_xor_failure_reports_rows_and_loss(student):
    """One perceptron gets at most three rows of XOR right, and its loss stays near ln 2."""
    import numpy as np

    result = student.xor_failure()
    assert isinstance(result, (tuple, list)) and len(result) == 2, (
        "xor_failure returns two values: the rows right, and the loss.\n"
        f"Received: {result!r}.\n"
        "End with `return rows, loss`."
    )
    try:
        rows, loss = (np.asarray(value, dtype=float).item() for value in result)
    except Exception:
        rows = loss = None
    assert rows in (0, 1, 2, 3), (
        "A straight line gets at most 3 of the 4 rows of XOR right.\n"
        f"Received: {result[0]!r} and {result[1]!r}.\n"
        "Train the one-unit perceptron on XOR, and count with rows_right(model, XOR)."
    )
    assert 0.69 < loss < 0.8, (
        "After training, one perceptron's loss on XOR stays at ln 2 = 0.693.\n"
        f"Received: {loss!r}.\n"
        "Take `model.evaluate(INPUTS, XOR, verbose=0)` after the training; a higher loss means "
        "too short a training."
    )


def test_xor_network_shape(student):
    """The network is 2-2-1: 6 parameters in the hidden layer, 3 in the output layer."""
    import keras
    import numpy as np

    model = student.build_xor_network()
    assert isinstance(model, keras.Model) and model.built, (
        "build_xor_network returns a Keras model that knows its input.\n"
        f"Received: {model!r}.\n"
        "Start with `keras.Input(shape=(2,))`, and end the function with `return model`."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [6, 3], (
        "The layers of the 2-2-1 network have 6 and 3 parameters.\n"
        f"Received: {counts}.\n"
        "Use Dense(2) and then Dense(1), on an input of shape (2,)."
    )
    weights = [
        np.array([[1.0, -2.0], [3.0, 1.0]]),
        np.array([0.5, -1.0]),
        np.array([[2.0], [-1.0]]),
        np.array([0.25]),
    ]
    shapes = [tuple(weight.shape) for weight in model.weights]
    assert shapes == [weight.shape for weight in weights], (
        "The weights of the 2-2-1 network have shapes (2, 2), (2,), (2, 1), (1,).\n"
        f"Received: {shapes}.\n"
        "Use Dense(2) and then Dense(1), on an input of shape (2,), and no other layer."
    )
    model.set_weights(weights)
    signal = inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        signal = 1 / (1 + np.exp(-(signal @ kernel + bias)))
    outputs = model.predict(inputs, verbose=0)
    assert np.allclose(outputs, signal, atol=0.001), (
        "Both layers use the sigmoid; without it two layers are no more than one.\n"
        f"Received: outputs {outputs.ravel().round(3).tolist()} where sigmoids give "
        f"{signal.ravel().round(3).tolist()}.\n"
        'Give each Dense layer `activation="sigmoid"`.'
    )


def test_train_xor_gets_all_rows(student):
    """The trained 2-2-1 network gets all four rows of XOR right, however many starts it takes."""
    import keras
    import numpy as np

    fit, trained = keras.Model.fit, []

    def unlucky(model, *args, **kwargs):
        """Train, but for the first three networks from a start from which none can learn XOR."""
        if model not in trained:
            trained.append(model)
            if len(trained) <= 3:
                model.set_weights([0 * weight for weight in model.get_weights()])
        if model in trained[:3] and "epochs" in kwargs:
            kwargs["epochs"] = 1  # more would teach it no more
        return fit(model, *args, **kwargs)

    keras.Model.fit = unlucky
    try:
        model = student.train_xor()
    finally:
        keras.Model.fit = fit
    assert isinstance(model, keras.Model), (
        "train_xor returns the trained model.\n"
        f"Received: {type(model).__name__}.\n"
        "End the function with `return model`."
    )
    ends = [getattr(model, end, None) for end in ("input_shape", "output_shape")]
    assert ends == [(None, 2), (None, 1)], (
        "train_xor returns a model with input (batch, 2) and output (batch, 1).\n"
        f"Received: input {ends[0]}, output {ends[1]}.\n"
        "Train the model of build_xor_network, and return it."
    )
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
    outputs = model.predict(inputs, verbose=0).ravel()
    assert np.round(outputs).tolist() == [0, 1, 1, 0], (
        "Rounded, the outputs for XOR are [0, 1, 1, 0].\n"
        f"Received: {np.round(outputs, 2).tolist()} before rounding.\n"
        "The first 3 networks are made unable to learn here: build and train a fresh one, until "
        f"rows_right is 4. Networks that you have trained: {len(trained)}."
    )
    optimizer = type(getattr(model, "optimizer", None)).__name__
    assert optimizer == "SGD", (
        "The network is trained by stochastic gradient descent.\n"
        f"Received: {optimizer}.\n"
        "Compile with `optimizer=keras.optimizers.SGD(learning_rate=..., momentum=...)`."
    )


def test_decision_lines_are_rows(student):
    """Each unit of the first layer gives one row: its two weights and its bias."""
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    model.layers[0].set_weights([np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])])
    answer = student.decision_lines(model)
    try:
        lines = np.asarray(answer, dtype=float)
    except Exception:
        lines = np.empty(0)
    assert lines.shape == (2, 3), (
        "Two units in the first layer give an array of shape (2, 3).\n"
        f"Received: shape {lines.shape}.\n"
        "Use the first layer only, one row (a, b, c) for each of its units."
    )
    # The same lines, whatever their order and whatever number all three are multiplied by.
    rows, wanted = (
        one / np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-9)
        for one in (lines, np.array([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]))
    )
    assert (np.abs(rows @ wanted.T) > 1 - 1e-6).any(axis=0).all(), (
        "For the kernel [[1, 2], [3, 4]] and the bias [5, 6] the lines are [1, 3, 5], [2, 4, 6].\n"
        f"Received: {lines.tolist()}.\n"
        "A unit's weights are a column of the kernel, not a row: transpose it."
    )


def test_plot_shows_points_and_lines(student):
    """The picture has the four inputs as points, in two colours, and the line of the model."""
    import keras
    import matplotlib.colors
    import matplotlib.pyplot as plt
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.array([[2.0], [0.0]]), np.array([-1.0])])  # the vertical line x1 = 0.5
    plt.close("all")
    drawn = student.plot_decision(model)
    try:
        figure = getattr(drawn, "figure", None)
        figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
        axes = [ax for ax in figure.axes if ax.lines or ax.collections]
        assert isinstance(drawn, plt.Axes) or axes, (
            "plot_decision returns the Axes that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `fig, ax = plt.subplots()`, and end with `return ax`."
        )
        ax = drawn if isinstance(drawn, plt.Axes) else axes[0]
        marks = [line for line in ax.lines if line.get_marker() not in ("None", "", " ", None)]
        points = [np.asarray(dots.get_offsets()) for dots in ax.collections]
        points += [mark.get_xydata() for mark in marks]
        drawn = {tuple(np.round(point, 3).tolist()) for rows in points for point in rows}
        assert {(0, 0), (0, 1), (1, 0), (1, 1)} <= drawn, (
            "The four inputs are drawn as points.\n"
            f"Received: points at {sorted(drawn)}.\n"
            "Call `ax.scatter(INPUTS[:, 0], INPUTS[:, 1], ...)`."
        )
        colours = {}
        for dots in ax.collections:
            dots.update_scalarmappable()
            shades = dots.get_facecolor() if len(dots.get_facecolor()) else dots.get_edgecolor()
            for place, point in enumerate(np.asarray(dots.get_offsets())):
                if len(shades):
                    shade = tuple(np.round(shades[place % len(shades)], 2).tolist())
                    colours.setdefault(tuple(np.round(point, 3).tolist()), set()).add(shade)
        for mark in marks:
            shade = mark.get_markerfacecolor()
            shade = mark.get_markeredgecolor() if str(shade) == "none" else shade
            for point in mark.get_xydata():
                shown = tuple(np.round(matplotlib.colors.to_rgba(shade), 2).tolist())
                colours.setdefault(tuple(np.round(point, 3).tolist()), set()).add(shown)
        corner = {point: colours.get(point, set()) for point in [(0, 0), (0, 1), (1, 0), (1, 1)]}
        zeros, ones = corner[0, 0] & corner[0, 1], corner[1, 0] & corner[1, 1]
        assert zeros and ones and zeros != ones, (
            "Points with the answer 1 have one colour, points with the answer 0 another; this "
            "model answers 0, 0, 1, 1.\n"
            "Received: colours that do not tell them apart.\n"
            "Call `ax.scatter(..., c=answers)` with the model's own rounded answers."
        )
        limits = np.array([ax.get_xlim(), ax.get_ylim()])
        assert np.allclose(limits, (-0.5, 1.5), atol=0.02), (
            "Both axes go from -0.5 to 1.5.\n"
            f"Received: {limits[0].round(2).tolist()} for x, {limits[1].round(2).tolist()} for y.\n"
            "Call `ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))` after drawing."
        )
        # Through the screen and back, so that plot, axline and axvline are read alike.
        to_data = ax.transData.inverted()
        lines = [
            to_data.transform(line.get_transform().transform(line.get_path().vertices))
            for line in ax.lines
            if line.get_linestyle() not in ("None", "", " ")
        ]
        lines += [
            to_data.transform(some.get_transform().transform(path.vertices))
            for some in ax.collections
            if type(some).__name__ != "PathCollection"  # a contour or vlines, and no scatter
            for path in some.get_paths()
        ]
        lines = [xy for xy in lines if len(xy) > 1]
        assert lines, (
            "Each unit gives one decision line.\n"
            "Received: no line.\n"
            "Call `ax.plot` once for each row of decision_lines(model)."
        )
        upright = [
            xy for xy in lines if np.allclose(xy[:, 0], 0.5, atol=0.02) and np.ptp(xy[:, 1]) > 0.85
        ]
        assert upright, (
            "With weights 2, 0 and bias -1 the line is vertical: x1 = 0.5, across the square.\n"
            f"Received: a line from {lines[0][0].round(2).tolist()} to "
            f"{lines[0][-1].round(2).tolist()}.\n"
            "Start at the point p of the text and go both ways along (-b, a)."
        )
    finally:
        plt.close("all")


CHECKS = {
    "gates": (test_and_gate_table, test_or_gate_table, test_xor_gate_table,),
    "threshold_neuron": (test_neuron_fires_above_zero, test_weights_make_gates, test_xor_is_wired_from_three_neurons,),
    "perceptron_rule": (test_rule_corrects_one_row, test_training_stops_where_no_row_is_wrong,),
    "build_perceptron": (test_perceptron_is_one_unit, test_perceptron_output_is_sigmoid,),
    "train_gate": (test_train_gate_learns_and_and_or,),
    "neuron_gradient": (test_gradient_of_one_neuron, test_differences_of_any_function,),
    "xor_failure": (test_rows_right_counts_rows, test_xor_failure_reports_rows_and_loss,),
    "xor_network": (test_xor_network_shape, test_train_xor_gets_all_rows,),
    "decision_lines": (test_decision_lines_are_rows,),
    "plot_decision": (test_plot_shows_points_and_lines,),
}


CARD = (
    "border-left:4px solid #b42318;background:#fdf3f2;color:#1f2328;"
    "padding:.5em .8em;margin:.4em 0;white-space:pre-wrap"
)


class NotRight(Exception):
    """A task's checks are not all passed; shown as one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NotYet(Exception):
    """A function is still to be written, or its cell to be run; its text says which."""


def definition(function: FunctionType) -> ast.FunctionDef | None:
    """Return how a function was written, with its cell's line numbers; None if that is unknown."""
    try:
        lines, first = inspect.getsourcelines(function)
        node = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, TypeError, ValueError, SyntaxError, IndexError):
        return None
    if not isinstance(node, ast.FunctionDef):
        return None
    return ast.increment_lineno(node, max(0, first - 1))


def todo(node: ast.FunctionDef) -> str:
    """Say what is to be written, or return "" when the function is written."""
    docstring = ast.get_docstring(node)
    body = node.body[1:] if docstring else node.body
    first = (docstring or "write this function.").split("\n")[0]
    for place, statement in enumerate(body):
        if isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement):
            line = f"delete line {statement.lineno}, `raise NotImplementedError()`"
            if place + 1 < len(body):
                return f"{line}: nothing below it runs."
            return first if place == 0 else f"{line}."
    if all(isinstance(part, ast.Pass) or ast.unparse(part) == "..." for part in body):
        return first
    return ""


class Student:
    """The notebook's functions, each once it is written; what they give back is remembered."""

    def __init__(self) -> None:
        self.returned: dict[str, list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in vars(notebook):
            raise NotYet(f"{name} is not defined yet: run the cell above, then this one.")
        value = vars(notebook)[name]
        if not isinstance(value, FunctionType):
            return value
        node = definition(value)
        if node is not None and (words := todo(node)):
            raise NotYet(f"{name} is to do: {words}")

        @functools.wraps(value)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            self.returned.setdefault(name, []).append(result)
            return result

        return call


#: What to ask `pip` for, where the package's name is another than the module's.
PACKAGES = {"sklearn": "scikit-learn", "PIL": "pillow", "keras": "keras tensorflow"}


@dataclass(frozen=True)
class Reason:
    """An exception that students meet.

    Attributes:
        pattern: Matches its type and message, "TypeError: 'NoneType' object ...".
        rule: What holds, in one sentence; `{0}` is the first group of the pattern.
        step: What to do next.
        line: Where given, the student's own line must match it too.
    """

    pattern: str
    rule: str
    step: str
    line: str = ""


KERAS = (
    Reason(
        r"Expected `trainable` to be a boolean|Argument `name` must be a string.*name=<"
        r"|Sequential\.__init__\(\) takes .* positional|'\w+' object is not iterable",
        "`keras.Sequential` takes one list of layers.",
        "Put square brackets around the layers: `keras.Sequential([first, second, ...])`.",
        line=r"Sequential\(\s*(?!\[)",
    ),
    Reason(
        r"missing a required argument: 'inputs'",
        "A layer that is called is called on something.",
        "In a `Sequential` list leave out the second pair of brackets, `Dense(1)`; in a functional "
        "model name what goes in, `Dense(1)(x)`.",
    ),
    Reason(
        r"Only input tensors may be passed as positional arguments"
        r"|All `outputs` values must be KerasTensors",
        "In a functional model layers are called on tensors, and a model ends in a tensor.",
        "Keep what each call gives back, and hand that on: `x = Dense(8)(x)`.",
    ),
    Reason(
        r"expected a positive integer\. Received: units=<KerasTensor",
        "A layer is first made, with its number of units, and then called on a tensor.",
        "Write both pairs of brackets: `Dense(8)(x)`.",
    ),
    Reason(
        r"Only instances of `keras\.Layer` can be added.*Received: (.{0,60}?) \(of type",
        "A `Sequential` list holds layers, each of them made: `keras.layers.Dense(1)`.",
        "Look at the entry that is shown above; a class without brackets is no layer yet.",
    ),
    Reason(
        r"not connected to `inputs`",
        "The path from a model's inputs to its outputs has no gap.",
        "Follow the variables from `keras.Input` on: each layer is called on what the one before "
        "it gave back.",
    ),
    Reason(
        r"Layer\.__init__\(\) takes 1 positional argument but 2 were given",
        "A functional model has inputs and outputs.",
        "Write `keras.Model(inputs, outputs)`.",
        line=r"Model\(",
    ),
    Reason(
        r"Cannot convert '(\d+)' to a shape",
        "A shape is a tuple, also where it has one number only.",
        "Write `shape=({0},)`, with the comma; several numbers go into one pair of brackets.",
    ),
    Reason(
        r"Expected shape \(None, None, [\d, ]+\), but",
        "`keras.Input` is given the shape of one example: the batch is not part of it.",
        "Leave `None` out of `keras.Input(shape=...)`; Keras puts the batch in front by itself.",
    ),
    Reason(
        r"Expected shape \(None, \d+, (\d+)\), but input has incompatible shape \(\d+, \1\)",
        "`keras.Input` is given the shape of one example: the batch is not part of it.",
        "Leave the number of examples out: `keras.Input(shape=({0},))`.",
    ),
    Reason(
        r"inputs shape=\(None, ([13]), (\d\d+), (\d\d+)\)",
        "An image has the shape (height, width, channels): channels come last.",
        "Turn the shape round: `keras.Input(shape=({1}, {2}, {0}))`.",
    ),
    Reason(
        r"Computed output size would be zero or negative",
        "A kernel or a pooling window must fit into the image that reaches it.",
        "Print `model.summary()` without the last layers: each pooling halves height and width.",
    ),
    Reason(
        r"expected min_ndim=4, found ndim=3",
        "A `Conv2D` layer takes images of shape (height, width, channels).",
        "Name the channels as well: `keras.Input(shape=(28, 28, 1))` for grey images of 28 by 28.",
    ),
    Reason(
        r"xpected shape[ =]\(None, ([\d, ]+)\), (?:but input has incompatible shape |found shape=)"
        r"\(\w+, ([\d, ]+)\)",
        "The input has the shape that the model was built for.",
        "The model waits for ({0}) for each example, and is given ({1}): change `keras.Input`, or "
        "reshape the input.",
    ),
    Reason(
        r"expected axis -1 of input shape to have value (\d+), but received input with shape "
        r"(\([^)]*\))",
        "A layer takes as many values for each example as it was built for.",
        "It waits for {0} values, and is given the shape {1}: look at `keras.Input`, and at what "
        "comes before the layer.",
    ),
    Reason(
        r"You must call `compile\(\)` before",
        "A model is compiled before it is trained or evaluated.",
        "Call `model.compile(loss=..., optimizer=...)` in a line above.",
    ),
    Reason(
        r"the layer isn't built|has no defined output shape yet|expecting 0 weights"
        r"|must build the layer before",
        "A model has weights as soon as it knows the shape of its input.",
        "Make `keras.Input(shape=...)` the first entry of the model.",
    ),
    Reason(
        r"missing 1 required positional argument: 'units'",
        "A `Dense` layer is told its number of units.",
        "Write it first: `Dense(1)`, or `Dense(units=1)`.",
    ),
    Reason(
        r"Unrecognized keyword arguments passed to (\w+): \{'(\w+)'",
        "A layer takes the arguments that it knows.",
        "`{0}` has no argument `{1}`: look at its spelling.",
    ),
    Reason(
        r"Could not interpret (activation function|loss|optimizer|metric) identifier: (\S+)",
        "Keras knows an activation, a loss, an optimizer and a metric by its name.",
        "There is no {0} `{1}`: look at the spelling.",
    ),
    Reason(
        r"Argument\(s\) not recognized: \{'lr'",
        "The step of an optimizer is called `learning_rate`.",
        "Write `learning_rate=` in place of `lr=`.",
    ),
    Reason(
        r"(?:fit|compile|evaluate|predict)\(\) got an unexpected keyword argument '(\w+)'",
        "A method takes the arguments that it knows.",
        "There is no `{0}`: is it `{0}s`? Look at the spelling.",
    ),
    Reason(
        r"same rank \(ndim\)\. Received: target\.shape=\(None,\), output\.shape=\(None, \d+\)",
        "Targets have the shape of the model's output.",
        "Make the labels one-hot with `keras.utils.to_categorical`, or use the loss "
        '"sparse_categorical_crossentropy", which takes labels as they are.',
    ),
    Reason(
        r"must have rank \(ndim\) `target\.ndim - 1`",
        "The sparse cross-entropy takes labels, not one-hot rows.",
        'Use the loss "categorical_crossentropy" for one-hot rows.',
    ),
    Reason(
        r"Received a label value of (-?\d+) which is outside",
        "Labels count from 0, and there is an output for each.",
        "The label {0} has none: give the last layer more units, or start the labels at 0.",
    ),
    Reason(
        r"Data cardinality is ambiguous",
        "Inputs and targets have the same number of examples.",
        "Look at how x and y were cut: both at the same place.",
    ),
    Reason(
        r"Unrecognized data type: x=\[",
        "Keras takes NumPy arrays, not lists.",
        "Write `np.array(...)` around the list.",
    ),
    Reason(
        r"KerasTensor is symbolic|KerasTensor cannot be used|symbolic KerasTensor",
        "What `keras.Input` gives stands for numbers that come later: it holds none itself.",
        "Give it to Keras layers only, and compute with NumPy on what `model.predict` returns.",
    ),
    Reason(
        r"No loss to compute",
        "A training needs a loss.",
        "Name it in `model.compile(loss=..., optimizer=...)`.",
    ),
    Reason(
        r"layer should be called on a list|too many positional arguments",
        "A layer that joins several tensors is called on one list of them.",
        "Write `keras.layers.Concatenate()([a, b])`.",
        line=r"Concatenate|Add|Average|Multiply|Maximum",
    ),
    Reason(
        r"filepath extension|must end in `([\w.]+)`|File format not supported",
        "Keras tells a file's format by the end of its name.",
        "End it in `.keras` for a whole model, and in `.weights.h5` for weights alone.",
    ),
    Reason(
        r"weight shape (\([^)]*\)) is not compatible with provided weight shape (\([^)]*\))",
        "Weights are set in the shapes that the model has.",
        "It has {0}, and is given {1}: look at `model.get_weights()`.",
    ),
)


PYTHON = (
    Reason(
        r"(?:too many|not enough) values to unpack \(expected (\d)",
        "`get_weights()` gives a kernel and a bias for each layer, in one list.",
        "Take the list as a whole, `weights = model.get_weights()`, and pick what you need: "
        "`weights[0]`, `weights[1]`.",
        line="get_weights",
    ),
    Reason(
        r"(?:too many|not enough) values to unpack \(expected (\d)",
        "As many names stand left of the `=` as there are values on its right.",
        "There are {0} names: print what stands on the right, and count.",
    ),
    Reason(
        r"'NoneType' object has no attribute '(\w+)'",
        "`None` is nothing, so it has no `{0}`.",
        "See where the value comes from: a function without `return` gives `None`.",
    ),
    Reason(
        r"non-iterable NoneType|'NoneType' object is not|and 'NoneType'|'NoneType' and",
        "`None` is nothing: it cannot be indexed, called, unpacked or added.",
        "See where the value comes from: a function without `return` gives `None`.",
    ),
    Reason(
        r"NameError: name '(np|numpy)' is not defined",
        "A module is imported before it is used.",
        "Put `import numpy as np` back at the top of the file.",
    ),
    Reason(
        r"NameError: name '(\w+)' is not defined",
        "A name is given a value before it is used.",
        "Nothing is called `{0}` here: look at the spelling, or give it a value in a line above.",
    ),
    Reason(
        r"UnboundLocalError: .*variable '(\w+)'",
        "A name that a function assigns is the function's own.",
        "Give `{0}` a value before this line; a name of the file needs another name in here.",
    ),
    Reason(
        r"AttributeError: module '([\w.]+)' has no attribute '(\w+)'",
        "A module has only what is defined in it; capitals count.",
        "`{0}` has no `{1}`: look at the spelling. Classes start with a capital, `Dense`.",
    ),
    Reason(
        r"'list' object has no attribute '(\w+)'",
        "A list is no array: it has no `{0}`.",
        "Write `np.array(...)` around the list first.",
    ),
    Reason(
        r"AttributeError: '(\w+)' object has no attribute '(\w+)'",
        "A `{0}` has no `{1}`.",
        "Print the value to see what it is, and look at the spelling.",
    ),
    Reason(
        r"'module' object is not callable",
        "A module is no function.",
        "Name what you need from it, with a dot: `keras.Sequential(...)`.",
    ),
    Reason(
        r"KeyError: '(val_\w+)'",
        "A history holds validation values if the training had validation data.",
        "Give `fit` a `validation_split` or `validation_data`, or leave `{0}` out.",
    ),
    Reason(
        r"KeyError: (.+)",
        "A dictionary is asked for a key that it has.",
        "There is no {0}: print the dictionary's `keys()`.",
    ),
    Reason(
        r"operands could not be broadcast together with shapes (\S+) (\S+)",
        "Arrays are combined value by value when their shapes agree.",
        "One has the shape {0}, the other {1}: print both, and reshape one of them.",
    ),
    Reason(
        r"not enough coefficients in kernel",
        "Pillow takes a kernel as one row of numbers: its rows, one after the other.",
        "Give it as many as its size asks for, 9 for `(3, 3)`: `kernel.flatten()` makes one row of "
        "an array.",
    ),
    Reason(
        r"not aligned|mismatch in its core dimension",
        "A matrix product needs as many columns on the left as rows on the right.",
        "For a product value by value write `*`; else look at the order, or at `.T`.",
    ),
    Reason(
        r"cannot reshape array of size (\d+) into shape (\S+)",
        "Reshaping keeps the number of values.",
        "{0} values do not fill {1}: print the array's `shape`; `-1` stands for what is left.",
    ),
    Reason(
        r"truth value of an array",
        "`if`, `and`, `or` and `not` take one truth value, not an array of them.",
        "Use `.all()` or `.any()`; between arrays write `&` and `|`, with brackets around each "
        "side.",
    ),
    Reason(
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        "Places are counted from 0.",
        "There are {2} places, so {2} less 1 is the last: {0} is none of them.",
    ),
    Reason(
        r"too many indices for array: array is (\d)-dimensional",
        "An array has one index for each of its dimensions.",
        "This one has {0}: print its `shape`.",
    ),
    Reason(
        r"IndexError: list index out of range",
        "Places are counted from 0, so the last is the length less 1.",
        "Print the list and its `len` in the line above.",
    ),
    Reason(
        r"IndexError: only integers",
        "A place in an array is a whole number.",
        "Use `int(...)` or `//`, which gives a whole number.",
    ),
    Reason(
        r"only (?:0-dimensional|length-1|size-1) arrays can be converted",
        "`float` and `int` take one number.",
        "Pick one value of the array, or sum it up, before you convert.",
    ),
    Reason(
        r"TypeError: (\w+)\(\) (?:takes|missing) .*positional argument",
        "A function is called with the arguments that its `def` line names.",
        "Compare the call with the `def` line of `{0}`; keep the arguments of the given functions.",
    ),
    Reason(
        r"TypeError: (\w+)\(\) got an unexpected keyword argument '(\w+)'",
        "A function is called with the arguments that its `def` line names.",
        "`{0}` has no argument `{1}`; keep the arguments of the given functions as they were.",
    ),
    Reason(
        r"unsupported operand type|can only concatenate",
        "An operator needs two values of kinds that go together.",
        "Print both sides of the operator, to see what they are.",
    ),
    Reason(
        r"'(\w+)' object is not callable",
        "Round brackets call a function; a {0} is none.",
        "Use square brackets for an index, and look whether a name of yours hides a function.",
    ),
    Reason(
        r"'(\w+)' object is not subscriptable",
        "Square brackets pick a part; a {0} has none to pick.",
        "Print the value in the line above, to see what it is.",
    ),
    Reason(
        r"ZeroDivisionError",
        "Nothing is divided by zero.",
        "See when what you divide by becomes 0, and treat that case for itself.",
    ),
    Reason(
        r"RecursionError",
        "A function that calls itself stops at some point.",
        "Return without another call in the simplest case; a loop is often the shorter way.",
    ),
    Reason(
        r"MemoryError|ArrayMemoryError|ResourceExhausted|Unable to allocate",
        "What your code makes must fit into memory.",
        "Make less at once: look for a list that grows without end, or a size that is too large.",
    ),
    Reason(
        r"`input\(\)` was called|EOFError",
        "A check asks nobody: what a function needs comes in as its arguments.",
        "Take `input()` out, and use the function's arguments.",
    ),
    Reason(
        r"SystemExit|ProcessEnded",
        "A function ends with `return`; `exit()` ends all of Python, and the checks with it.",
        "Take it out, and return your answer.",
    ),
    Reason(
        r"(?:FileNotFoundError|NotADirectoryError|IsADirectoryError|File not found)",
        "A file is opened under the path at which it lies.",
        "Use the path that the function is given; `folder / name` makes a path inside a folder.",
    ),
    Reason(
        r"PermissionError",
        "A file is written where you may write.",
        "Use the path that the function is given; close other programs that hold the file open.",
    ),
    Reason(
        r"TypeError: .*(?:'PosixPath'|'WindowsPath')",
        "A path is no text; the two are joined with `/`.",
        "Write `folder / name`, or `str(path)` where text is needed.",
    ),
)


REASONS = (*KERAS, *PYTHON)


def reason_of(
    message: str, line: str, reasons: tuple[Reason, ...] = REASONS
) -> tuple[str, str] | None:
    """Return the rule that an exception breaks and the next step; None for one that is unknown.

    Args:
        message: Its type and text.
        line: The student's line in which it arose; "" if it arose elsewhere.
        reasons: Those that it may have.
    """
    for reason in reasons:
        match = re.search(reason.pattern, message, re.DOTALL)
        if match and (not reason.line or re.search(reason.line, line)):
            groups = [group or "" for group in match.groups()]
            return reason.rule.format(*groups), reason.step.format(*groups)
    return None


def three(rule: str, received: str, step: str) -> str:
    """Return the three parts of what a student is told."""
    return f"{rule}\nReceived: {received}\n{step}"


def _raised(error: BaseException, message: str, code: Any, line: int) -> str:
    """Say what an exception in one of the notebook's functions means."""
    name = code.co_name if code.co_name.isidentifier() else "your code"
    text = linecache.getline(code.co_filename, line).strip()
    if isinstance(error, NotImplementedError) and "NotImplementedError" in text:
        return f"waits for another task of this notebook: first write `{name}`."
    rule, step = reason_of(message, text) or (
        f"{name} runs without an exception.",
        "Print what that line works with, in the line above it: one value is not what you expect.",
    )
    where = f"Line {line} of the cell with {name}" + (f": `{text}`" if text else ".")
    return three(rule, f"{message}\n{where}", step)


def kind(value: object) -> str:
    """Say what kind of thing a function gave back."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"an array of shape {shape}"
    if isinstance(value, (list, tuple, dict, set)):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else ""
    return textwrap.shorten(text, 60) if text else f"a {type(value).__name__}"


# What libraries write around a message: a terminal's codes, the node of a graph, and arguments
# that nobody gave.
NOISE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\{\{\w+ [^{}]*\}\}\s*|\n[^\n]*=<class 'inspect\._empty'>(?=\n|$)"
    r"|Exception encountered when calling [\w.]+\(\)\.\s*|\s*Arguments received by [\w.]+\(\):.*",
    re.DOTALL,
)


def message_of(error: BaseException) -> str:
    """Return type and message of an exception, bounded, without a library's noise."""
    plain = NOISE.sub("", str(error)).strip()
    if "reading from stdin" in plain:
        return "OSError: `input()` was called."
    lines = [textwrap.shorten(line, 300) for line in plain.split("\n") if line.strip()]
    text = "\n".join(lines[:6])
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in a function, and not in a function or class inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from own_parts(child)


def lacks_return(node: ast.FunctionDef) -> bool:
    """Whether a function gives nothing back, neither a value nor, with `yield`, one by one."""
    gives = (ast.Yield, ast.YieldFrom)
    return not any(
        isinstance(part, gives) or (isinstance(part, ast.Return) and part.value is not None)
        for part in own_parts(node)
    )


def no_result(name: str, node: ast.FunctionDef) -> str:
    """Say that a function came to its end without a result."""
    if not lacks_return(node):
        return three(
            f"{name} returns its result in every case.",
            "None: its last line was reached without a `return`, or what one gives back is None.",
            "Look at each `return`, and at what happens where an `if` or a loop does not apply.",
        )
    prints = any(isinstance(part, ast.Name) and part.id == "print" for part in ast.walk(node))
    step = "End it with `return` and the result."
    if prints:
        step += " `print` only shows a value."
    return three(f"{name} returns its result.", f"None, for no line of {name} is a `return`.", step)


def explain(error: BaseException, student: Student) -> str:
    """Say what holds, what was received, and what to do next."""
    if isinstance(error, NotYet):
        return str(error)
    message = message_of(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        return three(
            "What the notebook imports is installed where its kernel runs.",
            message,
            f"Run `%pip install {PACKAGES.get(top, top)}` in a cell, and restart the kernel.",
        )
    own = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is vars(notebook)
    ]
    if own:
        return _raised(error, message, *own[-1])
    for name, values in student.returned.items():
        node = definition(vars(notebook)[name])
        wanted = node is not None and "Returns:" in (ast.get_docstring(node) or "")
        if node is not None and wanted and any(value is None for value in values):
            return no_result(name, node)
    if isinstance(error, AssertionError) and str(error):
        return str(error)
    given = [f"`{name}` gave {kind(values[-1])}" for name, values in student.returned.items()]
    if not given:
        known = reason_of(message, "")
        rule, step = known or ("A check can call your function.", "Compare its `def` line.")
        return three(rule, message, step)
    return three(
        "A check can use what your function returns.",
        f"{', '.join(given)}; using it ends in {message}",
        "Look at the task's text: what is to be returned, and in which shape?",
    )


def check(task: str) -> None:
    """Run all checks of a task, and show a card for each cause of which some fail."""
    said: dict[str, list[str]] = {}
    for test in CHECKS[task]:
        student = Student()
        try:
            test(student)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's code raises
            said.setdefault(explain(error, student)[:2000], []).append(test.__name__)
    for words, names in said.items():
        card = f"<b>{html.escape(task)}</b> {html.escape(', '.join(names))}\n{html.escape(words)}"
        plain = f"{task}: {', '.join(names)}\n{words}\n"
        shown = {"text/html": f'<div style="{CARD}">{card}</div>', "text/plain": plain}
        display(shown, raw=True)
    if said:
        wrong, rule = sum(map(len, said.values())), next(iter(said)).partition("\n")[0]
        raise NotRight(f"{task}: {wrong} of {len(CHECKS[task])} checks are not right yet. {rule}")
    print(f"visible checks of `{task}`: passed")
