"""Hidden checks of ex04_perceptron. The oracle is the truth table and the sigmoid in NumPy.

What builds on an earlier task was asked again where it did not come out right,
with the course's own functions for the earlier tasks: so a mistake costs once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.judging import (
    CheckFailed,
    Evidence,
    Model,
    NoEvidence,
    array,
    check,
    claim,
    close,
    compare_lines,
    compiled,
    core_layers,
    describe,
    either,
    equal,
    layers,
    number,
    numbers_of,
    params,
    plain_number,
    training,
    unchanged,
)

from . import neurons
from .oracle import AND_UNIT, GATES, INPUTS, OR_UNIT, crossentropy, forward, lines_of, same_lines
from .pictures import claim_colours, claim_lines

MODELS = ("one", "two", "three")
PICTURES = ("corner", "one", "upright")
COMPILE = "model.compile(optimizer=keras.optimizers.SGD(...), loss='binary_crossentropy')"


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


@check("threshold_neuron", points=1, hint="(inputs @ weights + bias > 0) is one answer a row.")
def test_neuron_fires_above_zero(evidence: Evidence) -> None:
    """A neuron answers 1 where its sum is above 0, and 0 where it is 0 or below."""
    for place, (inputs, weights, bias) in enumerate(evidence.inputs["neurons"]):
        key, expected = f"threshold_neuron.{place}", neurons.fires(inputs, weights, bias)
        rule = f"`threshold_neuron` must return an answer for each of {len(inputs)} rows"
        found = array(evidence.value(key), rule, expected.shape)
        for wrong in found[~np.isin(found, (0, 1))][:1]:
            claim(False, "Each answer must be 0 or 1", f"{float(wrong):.3g} among them")
        sums = inputs @ weights + bias
        for wrong in np.flatnonzero(found != expected)[:1]:
            rule = f"Where the sum is {sums[wrong]:g}, the neuron must answer {expected[wrong]}"
            claim(False, rule, plain_number(found[wrong], 6), "The sum is inputs @ weights + bias.")
        unchanged(evidence, key, ("inputs", "weights"))


@check("threshold_neuron", points=1, hint="Where must z be above 0? Try your numbers on each row.")
def test_weights_make_gates(evidence: Evidence) -> None:
    """With the weights and biases that were chosen, neurons are AND, OR and NAND."""
    gates = evidence.value("threshold_neuron.gates")
    rule = "`gate_weights` must return (w1, w2, b) under each of the names AND, OR and NAND"
    claim(isinstance(gates, dict), rule, describe(gates))
    for name, answers in neurons.TABLES.items():
        claim(name in gates, rule, f"the names {', '.join(map(str, list(gates)[:9]))}")
        told = f"Under the name {name} must stand three numbers, (w1, w2, b)"
        claim(
            numbers_of(gates[name]) is not None, told, f"{describe(gates[name])}, not three numbers"
        )
        w1, w2, bias = array(gates[name], told, (3,)).astype(float).tolist()
        found = neurons.fires(INPUTS.astype(float), [w1, w2], bias).tolist()
        rule_of_gate = f"{name} of (0,0), (0,1), (1,0), (1,1) must be {answers}"
        claim(found == answers, rule_of_gate, f"{found} with weights {w1:g}, {w2:g}, bias {bias:g}")


@check("threshold_neuron", points=1, hint="AND gets two columns: what OR answered, what NAND did.")
def test_xor_is_wired_from_three_neurons(evidence: Evidence) -> None:
    """`wired_xor` gives rows to the OR and the NAND that it is given, and their answers to AND."""
    for place, (inputs, gates) in enumerate(evidence.inputs["wired"]):
        expected = neurons.wired_xor(inputs, gates)

        def judge(
            key: str,
            expected: np.ndarray = expected,
            inputs: np.ndarray = inputs,
            gates: Any = gates,
        ) -> None:
            rule = f"`wired_xor` must return an answer for each of {len(inputs)} rows"
            found = array(evidence.value(key), rule, expected.shape)
            bits = found[:4].tolist()
            if expected[:4].tolist() == GATES["xor"]:
                rule = f"XOR of (0,0), (0,1), (1,0), (1,1) must be {GATES['xor']}"
                claim(bits == GATES["xor"], rule, bits)
            given = ", ".join(f"{name} {gates[name]}" for name in neurons.TABLES)
            for wrong in np.flatnonzero(found != expected)[:1]:
                claim(
                    False,
                    f"The row {tuple(inputs[wrong].tolist())} must be answered as the given "
                    f"neurons do, AND behind OR and NAND ({given}): {expected[wrong]}",
                    plain_number(found[wrong], 6),
                    "Take weights and biases out of `gates`.",
                )
            unchanged(evidence, key, ("inputs", "gates"))

        _either(evidence, f"threshold_neuron.xor.{place}", judge)


def _pair(value: Any, shape: tuple[int, ...], rule: str) -> tuple[np.ndarray, float]:
    """Claim one number for each input, and one for the bias."""
    claim(isinstance(value, (tuple, list)) and len(value) == 2, rule, describe(value))
    told = f"{rule}; the first is an array of shape {shape}"
    found = array(value[0], told, shape).astype(float)
    return found, number(value[1], f"{rule}; the second is one number")


@check("perceptron_rule", points=1, hint="error = target - answer; weights + rate * error * row")
def test_rule_corrects_one_row(evidence: Evidence) -> None:
    """Weights and bias move by the learning rate, the error, and the input; or not at all."""
    for place, case in enumerate(evidence.inputs["rows"]):
        weights, bias, row, target, rate = case
        right, right_bias = neurons.corrected(*case)
        told = (
            f"Where z is {float(row @ weights + bias):g} and the target {target}, with rate "
            f"{rate:g} and row {_shown(row)}, weights {_shown(weights)} and bias {bias:g} must "
            f"become {_shown(right)} and {right_bias:g}"
        )

        def judge(
            key: str,
            right: np.ndarray = right,
            right_bias: float = right_bias,
            told: str = told,
        ) -> None:
            rule = "`corrected_weights` must return (weights, bias)"
            found, found_bias = _pair(evidence.value(key), right.shape, rule)
            received = f"{_shown(found)} and {plain_number(found_bias, 6)}"
            claim(np.allclose(found, right) and np.isclose(found_bias, right_bias), told, received)
            unchanged(evidence, key, ("weights", "bias", "row"))

        _either(evidence, f"perceptron_rule.row.{place}", judge)


@check("perceptron_rule", points=2, hint="Count the errors of an epoch; at 0 errors, stop.")
def test_training_runs_until_no_row_is_wrong(evidence: Evidence) -> None:
    """Row by row, epoch by epoch from 0, until an epoch has no error or all epochs are run."""
    for place, case in enumerate(evidence.inputs["lessons"]):
        weights, bias, errors = neurons.trained(*case)
        given = f"{len(case[0])} rows, rate {case[2]:g}, epochs={case[3]}"

        def judge(
            key: str,
            weights: np.ndarray = weights,
            bias: float = bias,
            errors: list[int] = errors,
            given: str = given,
        ) -> None:
            value = evidence.value(key)
            rule = "`train_perceptron` must return (weights, bias, errors)"
            claim(isinstance(value, (tuple, list)) and len(value) == 3, rule, describe(value))
            counted = array(value[2], "`errors` must be a list of whole numbers").tolist()
            told = f"The errors of each epoch must be {errors} ({given})"
            claim(counted == errors, told, counted[:40] if isinstance(counted, list) else counted)
            found, found_bias = _pair(value[:2], weights.shape, rule)
            told = f"The training must end at weights {_shown(weights)} and bias {bias:g} ({given})"
            received = f"{_shown(found)} and {plain_number(found_bias, 6)}"
            claim(np.allclose(found, weights) and np.isclose(found_bias, bias), told, received)
            unchanged(evidence, key, ("inputs", "targets"))

        _either(evidence, f"perceptron_rule.training.{place}", judge)


def _shapes(model: Model, *widths: int) -> None:
    """Claim a network of Dense layers of these widths on two inputs, which nothing has trained."""
    claim(
        model.input_shape is not None,
        "The model must know the shape of its input",
        "a model that is not built yet",
        "Make keras.Input(shape=(2,)) its first entry.",
    )
    pairs = list(zip((2, *widths), widths, strict=False))
    params(model, sum((inputs + 1) * units for inputs, units in pairs))
    for shape, size, name in ((model.input_shape, 2, "input"), (model.output_shape, 1, "output")):
        fits = isinstance(shape, tuple) and shape[1:] == (size,)
        claim(fits, f"The {name} must have shape (batch, {size})", shape)
    wanted = [shape for inputs, units in pairs for shape in ((inputs, units), (units,))]
    rule = f"The weights must have the shapes {', '.join(map(str, wanted))}"
    found = [array.shape for array in model.weights]
    claim(found == wanted, rule, ", ".join(map(str, found)), "Use Dense layers alone.")
    equal(model.trainable_params, model.count_params(), "All parameters must be trainable")
    extras = [
        name
        for layer in model.layers
        for name, setting in layer.config.items()
        if setting is not None and name.endswith(("_regularizer", "_constraint"))
    ]
    claim(not extras, "The layers need no penalties and no constraints", ", ".join(extras))
    equal(len(model.fits), 0, "The model must not be trained yet", "Leave out `fit`.")


def _computes_sigmoids(model: Model) -> None:
    """Claim that with weights drawn at random sigmoid units give the model's outputs.

    A model of other weights than two inputs can have is another check's.
    """
    rng = np.random.default_rng(4)
    weights = [rng.normal(0, 1, weight.shape).astype("float32") for weight in model.weights]
    rows = [len(kernel) for kernel in weights[::2]]
    odd = len(weights) % 2 or any(array.ndim != 2 - n % 2 for n, array in enumerate(weights))
    if odd or rows[:1] != [2] or model.output_shape != (None, 1):
        return
    x = np.array([[0, 0], [3, -2], [-1, 4], [2.5, 1.5], [-3, -3]], dtype="float32")
    outputs = array(model.with_weights(weights).predict(x), "The outputs must be numbers")
    expected = forward(weights, x)
    claim(
        outputs.size == expected.size
        and np.allclose(outputs.astype(float).ravel(), expected.ravel(), atol=1e-3),
        "The outputs must be those of sigmoid units, with nothing before, between or after them",
        f"{_shown(outputs.ravel())} where {_shown(expected.ravel())} was expected",
        "Leave other layers and second activations out.",
    )


@check("build_perceptron", points=1, hint="Dense(1) on an input of shape (2,) holds w1, w2 and b.")
def test_perceptron_parameters(evidence: Evidence) -> None:
    """The perceptron is one untrained unit on two inputs: 3 parameters."""
    _shapes(evidence.model("build_perceptron"), 1)


@check("build_perceptron", points=1, hint="Give the Dense layer activation='sigmoid'.")
def test_perceptron_activation(evidence: Evidence) -> None:
    """The perceptron's output passes through one sigmoid."""
    model = evidence.model("build_perceptron")
    found = core_layers(model)
    last = found[-1].activation if found else "no layer"
    if found and found[-1].class_name != "Dense":
        kind = found[-1].class_name
        word = f"another {last}" if kind == "Activation" else kind
        last = f"{found[-2].activation if found[1:] else 'nothing'}, and after it {word}"
    equal(last, "sigmoid", "The activation of the output must be sigmoid, with nothing after it")
    _computes_sigmoids(model)


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
        if gate == "and":  # a mistake costs once
            params(model, 3, "Train the model of `build_perceptron`.")
        _right(model, targets, name)
        for fit in model.fits if gate != "and" else ():  # a mistake costs once
            learnt, _ = training.rows(fit)
            claim(learnt % 4 == 0, "`fit` must get all four rows of INPUTS", f"{learnt} rows")
        unchanged(evidence, key, ("targets",))

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
    if not evidence.answered("train_gate.and.later"):
        return
    before, later = (evidence.model(f"train_gate.and{end}").weights for end in ("", ".later"))
    claim(
        len(before) == len(later) and all(map(np.array_equal, before, later)),
        "Each call must train a perceptron of its own: the one before must keep its weights",
        "one that a later call has changed",
        "Call `build_perceptron` inside of `train_gate`.",
    )


def _secret(evidence: Evidence) -> list[int]:
    return [int(target) for target in evidence.inputs["targets"]]


@check("train_gate", points=1, hint=COMPILE)
def test_trains_with_binary_crossentropy(evidence: Evidence) -> None:
    """The perceptron is trained by SGD to lower the binary cross-entropy."""
    _either(
        evidence, "train_gate.and", lambda key: _lowers_crossentropy(evidence, key, GATES["and"])
    )


def _lowers_crossentropy(evidence: Evidence, key: str, targets: list[int]) -> None:
    model = evidence.model(key)
    compiled(model, loss="binary_crossentropy", optimizer="SGD")
    if not evidence.answered(f"{key}.loss"):
        return
    told = numbers_of(evidence.value(f"{key}.loss"))
    outputs = array(model.predict(INPUTS), "The output must have shape (4, 1)", (4, 1))[:, 0]
    loss = crossentropy(outputs, targets)
    claim(
        told is not None
        and told.size == 1
        and np.isclose(told.ravel()[0], loss, rtol=0.02, atol=0.002),
        "The loss must be the binary cross-entropy of the outputs, averaged over the rows",
        f"{describe(told.ravel()[0].item() if told is not None and told.size else None)} "
        f"where it is {loss:.4f}",
        "Leave the settings of the loss as they are.",
    )


@check("neuron_gradient", points=2, hint="errors = answers - targets; then the mean over the rows.")
def test_gradient_of_one_neuron(evidence: Evidence) -> None:
    """Back-propagation gives the slopes of the loss for each weight and for the bias."""
    for place, case in enumerate(evidence.inputs["sloped"]):
        key, (inputs, _, weights, _) = f"neuron_gradient.{place}", case
        rule = "`neuron_gradient` must return (slopes of the weights, slope of the bias)"
        found, found_bias = _pair(evidence.value(key), weights.shape, rule)
        right, right_bias = neurons.gradient(*case)
        many = len(inputs)
        claim(
            many == 1 or not np.allclose(found, right * many, rtol=1e-3),
            f"The slopes must be averaged over the {many} rows",
            "their sum",
            "Divide by the number of rows.",
        )
        claim(
            not np.allclose(found, -right, rtol=1e-3),
            "A slope must be above 0 where the loss grows with the weight",
            "the slopes with the other sign",
            "The error is the answer less the target.",
        )
        told = f"For {many} rows of {inputs.shape[1]}, the"
        close(found, right, f"{told} slopes of the weights must be mean((answer - target) * x)")
        close(found_bias, right_bias, f"{told} slope of the bias must be mean(answer - target)")
        unchanged(evidence, key, ("inputs", "targets", "weights", "bias"))


@check("neuron_gradient", points=1, hint="(f(p + h) - f(p - h)) / (2 * h), one p at a time.")
def test_differences_of_any_function(evidence: Evidence) -> None:
    """Slopes of a function are measured to both sides, with the step that is given."""
    factors = evidence.inputs["cubic"]
    measured = [(f"{n}", *case) for n, case in enumerate(evidence.inputs["measured"])]
    for name, parameters, step in [*measured, ("small", measured[-1][1], 1e-5)]:
        key = f"neuron_gradient.differences.{name}"
        count = len(parameters)
        rule = f"`finite_differences` must return a slope for each of {count} parameters"
        found = array(evidence.value(key), rule, (count,)).astype(float)
        expected = neurons.central_differences(factors, parameters, step)
        given = "no step given (then it is 1e-5)" if name == "small" else f"step {step:g}"
        claim(
            np.allclose(found, expected, rtol=1e-6, atol=1e-6),
            f"Of a sum of cubes and products, with {given}, the differences to both sides "
            f"must be {_shown(expected)}",
            _shown(found),
            "Move one parameter by the step up and down, and divide by twice the step.",
        )
        unchanged(evidence, key, ("function", "parameters"))


@check("xor_failure", points=1, hint="Round the outputs, flatten (4, 1) to (4,), then compare.")
def test_counts_right_rows(evidence: Evidence) -> None:
    """`rows_right` counts the rows that a given model gets right after rounding."""
    wanted = {f"{count}_right": count for count in (0, 1, 3, 4)}
    wanted["near"] = 4  # whose outputs round to OR, but are far from 0 and 1
    for name, targets in zip(MODELS, (GATES["and"], GATES["xor"], _secret(evidence)), strict=True):
        wanted[name] = int((np.round(forward(evidence.inputs[name])) == targets).sum())
    rule = "`rows_right` must count the right rows of the model and the targets that it is given"
    for name, expected in wanted.items():
        received = number(evidence.value(f"xor_failure.rows_{name}"), rule)
        next_step = "Comparing shapes (4, 1) and (4,) gives a (4, 4) table." if received > 4 else ""
        claim(received == expected, rule, f"{received:g} where {expected} are right", next_step)
        unchanged(evidence, f"xor_failure.rows_{name}", ("model", "targets"))


@check("xor_failure", points=2, hint="One straight line cannot part the corners of XOR.")
def test_perceptron_fails_on_xor(evidence: Evidence) -> None:
    """One perceptron gets at most three rows of XOR right, with a loss near ln 2."""
    _either(evidence, "xor_failure.result", lambda key: _fails(evidence.value(key)))
    _measures_what_it_trains(evidence)


def _measures_what_it_trains(evidence: Evidence) -> None:
    """Claim what `xor_failure` says of a perceptron that computes AND, if it uses `train_gate`.

    Where it raises, for it counts on more than a model, nothing is claimed.
    """
    for key in ("xor_failure.given", "xor_failure.measured"):
        try:
            result, used, asked = (
                evidence.value(f"{key}{end}") for end in ("", ".trainings", ".targets")
            )
        except NoEvidence:
            continue
        trainings = numbers_of(used)
        rule = "`xor_failure` must train a perceptron and measure it"
        claim(trainings is not None and trainings.any(), rule, "numbers of no trained model")
        if not isinstance(asked, list) or not asked:
            return  # a training of its own, which no other model can stand in for
        targets = [numbers_of(one) for one in asked]
        claim(
            all(one is not None and np.array_equal(one, GATES["xor"]) for one in targets),
            f"`xor_failure` must train on XOR, whose targets are {GATES['xor']}",
            asked[0],
        )
        rows, loss = _rows_and_loss(result)
        units = {1: AND_UNIT, 3: OR_UNIT} if len(asked) > 1 else {1: AND_UNIT}
        losses = {count: crossentropy(forward(unit), GATES["xor"]) for count, unit in units.items()}
        claim(
            any(rows == count and abs(loss - each) < 0.01 for count, each in losses.items()),
            "`xor_failure` must return rows and loss on XOR of one model, which it trained: of one "
            f"that computes AND, 1 row and {losses[1]:.3f}",
            f"{rows:g} rows and {loss:.3f}" + " of several models" * (len(asked) > 1),
            "Count with `rows_right(model, XOR)`, and measure with `model.evaluate(INPUTS, XOR)`.",
        )
        return


def _rows_and_loss(result: Any) -> tuple[float, float]:
    rule = "`xor_failure` must return two numbers, rows and loss"
    claim(isinstance(result, (tuple, list)), rule, describe(result))
    claim(len(result) == 2, rule, f"{len(result)} values")
    return number(result[0], rule), number(result[1], rule)


def _fails(result: Any) -> None:
    rows, loss = _rows_and_loss(result)
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
    _shapes(model, 2, 1)
    sigmoid = {"activation": "sigmoid"}
    layers(model, [("Dense", {"units": 2, **sigmoid}), ("Dense", {"units": 1, **sigmoid})])
    _computes_sigmoids(model)


@check("xor_network", points=1, hint=COMPILE)
def test_trains_xor_with_binary_crossentropy(evidence: Evidence) -> None:
    """The 2-2-1 network is trained by SGD to lower the binary cross-entropy."""
    _either(
        evidence,
        "xor_network.trained",
        lambda key: _lowers_crossentropy(evidence, key, GATES["xor"]),
    )


@check(
    "xor_network", points=1, hint="If a row is wrong after training, start again from new weights."
)
def test_network_learns_xor(evidence: Evidence) -> None:
    """The trained 2-2-1 network answers all rows of XOR right, after however many starts."""

    def judge(key: str) -> None:
        model = evidence.model(key)
        params(model, 9, "Train the network of `build_xor_network`.")
        _right(model, GATES["xor"], "XOR")

    _either(evidence, "xor_network.trained", judge)
    _starts_again(evidence)


def _starts_again(evidence: Evidence) -> None:
    """Claim that of networks that cannot learn, and a fifth that can, the fifth is returned."""
    if not evidence.answered("xor_network.starts"):
        return
    starts = numbers_of(evidence.value("xor_network.starts"))
    if starts is None or not starts.any():
        return  # it builds its networks by itself
    try:
        model = evidence.model("xor_network.unlucky")
        outputs = array(model.predict(INPUTS), "The output must be numbers").ravel()
    except NoEvidence:
        outputs = np.empty(0)
    claim(
        np.array_equal(np.round(outputs), GATES["xor"]),
        "`train_xor` must build and train a fresh network until all four rows are right, and "
        "return that one; here it was the fifth",
        f"another one, or none, after {describe(starts.ravel()[0].item())} starts",
        "Ask `rows_right(model, XOR)` after each training, and stop at 4.",
    )


def _rows(evidence: Evidence, name: str, columns: tuple[int, ...]) -> np.ndarray:
    """Return the answer for a model, once it has one row per unit, of one of these widths."""
    units = len(evidence.inputs[name][1])
    wanted = f"`decision_lines` must return shape ({units}, 3), one row for each unit"
    found = array(evidence.value(f"decision_lines.{name}"), wanted)
    fits = found.ndim == 2 and len(found) == units and found.shape[1] in columns
    claim(fits, wanted, f"an array of shape {found.shape}")
    return found.astype(float)


def _judged_rows(
    evidence: Evidence, columns: tuple[int, ...]
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return names, rows and right rows of the models whose answers have the right shape.

    A wrong shape is another check's: lines that lie in columns, or one line as three numbers, are
    set right first, and models beyond that are left out as long as one remains.
    """
    judged: dict[bool, list[tuple[str, np.ndarray, np.ndarray]]] = {False: [], True: []}
    failures: list[CheckFailed] = []
    for name in MODELS:
        expected = lines_of(evidence.inputs[name])
        shapes = {expected.T.shape, (3,)} if len(expected) == 1 else {expected.T.shape}
        given = numbers_of(evidence.value(f"decision_lines.{name}"))
        if given is not None and given.shape in shapes - {expected.shape}:
            rows = array(given, "Lines must be finite numbers").astype(float)
            judged[True].append((name, rows.T.reshape(expected.shape), expected))
            continue
        try:
            judged[False].append((name, _rows(evidence, name, columns), expected))
        except CheckFailed as wrong:
            failures.append(wrong)
    found = judged[True] or judged[False]
    if not found:
        raise failures[0]
    return found


@check("decision_lines", points=1, hint="kernel.shape[1] is the number of units.")
def test_one_line_for_each_unit(evidence: Evidence) -> None:
    """A model of n units in its first layer has n decision lines."""
    for name in MODELS:
        _rows(evidence, name, columns=(2, 3))


@check("decision_lines", points=1, hint="The kernel's columns belong to units: mind kernel.T.")
def test_line_directions(evidence: Evidence) -> None:
    """The first two numbers of a line, a and b, are the weights of one unit."""
    for name, rows, expected in _judged_rows(evidence, columns=(2, 3)):
        kernel, received = evidence.inputs[name][0], rows[:, :2]
        compare_lines(rows, expected)
        claim(
            same_lines(received, kernel.T.astype(float)),
            f"For the kernel {_shown(kernel)}, a and b of each line must be one unit's two weights",
            _shown(received),
        )


@check("decision_lines", points=1, hint="A line is (w1, w2, b): its third number is the bias.")
def test_line_offsets(evidence: Evidence) -> None:
    """The third number of a line, c, is the bias of the same unit."""
    for _, received, expected in _judged_rows(evidence, columns=(3,)):
        right = same_lines(received, expected)
        if not same_lines(received[:, :2], expected[:, :2]):  # which has cost its point
            given, biases = (np.sort(np.abs(rows[:, 2])) for rows in (received, expected))
            right = np.allclose(given, biases, rtol=1e-4)
        compare_lines(received, expected)
        claim(
            right,
            "Each line must be (w1, w2, b) of one unit of the first layer",
            f"{_shown(received)} where {_shown(expected)} was expected",
        )


def _shown(values: np.ndarray) -> list[Any]:
    rounded: list[Any] = np.round(values.astype(float), 3).tolist()
    return rounded


@check(
    "plot_decision", points=1, hint="ax.scatter(INPUTS[:, 0], INPUTS[:, 1], c=np.round(outputs))"
)
def test_plot_shows_the_inputs(evidence: Evidence) -> None:
    """The picture shows the four inputs as points, coloured by the model's rounded answer."""
    for name in PICTURES:
        answers = np.round(forward(evidence.inputs[name]))

        def judge(key: str, answers: np.ndarray = answers) -> None:
            claim_colours(evidence.figure(key), answers)

        _either(evidence, f"plot_decision.{name}", judge)


@check("plot_decision", points=1, hint="Every point of a line must satisfy a*x1 + b*x2 + c = 0.")
def test_plot_shows_the_lines(evidence: Evidence) -> None:
    """Every decision line is drawn where it belongs, also an upright one, from -0.5 to 1.5."""
    for name in PICTURES:
        expected = lines_of(evidence.inputs[name])

        def judge(key: str, expected: np.ndarray = expected) -> None:
            claim_lines(evidence.figure(key), expected)

        _either(evidence, f"plot_decision.{name}", judge)
