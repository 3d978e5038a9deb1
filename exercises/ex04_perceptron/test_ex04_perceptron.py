"""Visible checks: run `pytest ex04_perceptron` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("gates")
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


@pytest.mark.task("gates")
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


@pytest.mark.task("gates")
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


@pytest.mark.task("threshold_neuron")
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


@pytest.mark.task("threshold_neuron")
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


@pytest.mark.task("threshold_neuron")
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


@pytest.mark.task("perceptron_rule")
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


@pytest.mark.task("perceptron_rule")
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


@pytest.mark.task("build_perceptron")
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


@pytest.mark.task("build_perceptron")
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


@pytest.mark.task("train_gate")
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


@pytest.mark.task("neuron_gradient")
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


@pytest.mark.task("neuron_gradient")
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


@pytest.mark.task("xor_failure")
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


@pytest.mark.task("xor_failure")
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


@pytest.mark.task("xor_network")
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


@pytest.mark.task("xor_network")
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


@pytest.mark.task("decision_lines")
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


@pytest.mark.task("plot_decision")
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


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
