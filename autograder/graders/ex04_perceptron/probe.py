"""What ex04_perceptron asks of a submission: gates, perceptrons, the XOR network, its lines.

Later tasks build on earlier ones. Where an answer does not come out right, it is asked again with
the course's own functions lent for those of earlier tasks, under the key with ".lent" added: so
a mistake costs once. What is lent was asked before.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

_ROWS = ((0, 0), (0, 1), (1, 0), (1, 1))
_INPUTS = np.array(_ROWS, dtype="float32")
_AND = np.array([0, 0, 0, 1], dtype="float32")
_OR = np.array([0, 1, 1, 1], dtype="float32")
_XOR = np.array([0, 1, 1, 0], dtype="float32")
# A perceptron that barely computes OR, with outputs from 0.45 to 0.65; one that computes AND; and
# a 2-2-1 network that computes XOR: OR, but not AND.
_NEAR_UNIT = [np.array([[0.4], [0.4]]), np.array([-0.2])]
_AND_UNIT = [np.array([[4.0], [4.0]]), np.array([-6.0])]
_OR_UNIT = [np.array([[6.0], [6.0]]), np.array([-3.0])]
_XOR_UNITS = [
    np.array([[20.0, 20.0], [20.0, 20.0]]),
    np.array([-10.0, -30.0]),
    np.array([[20.0], [-20.0]]),
    np.array([-10.0]),
]
# Both hidden units are OR, and so is the network: three rows of XOR are right, and stay so.
_OR_UNITS = [np.full((2, 2), 20.0), np.full(2, -10.0), np.full((2, 1), 20.0), np.array([-10.0])]
_STEPS_OF_A_LOOP = 20
#: Which start of `train_xor` is the first that can succeed.
LUCKY_START = 5


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw weights for models that are given, and a gate that is neither AND nor OR."""
    del data
    # The only 0 stands in any row but the first, where it would be OR.
    targets = np.array([1, 0, 1, 1], "float32")
    targets[1:] = targets[1:][rng.permutation(3)]
    upright = [np.array([[rng.uniform(2, 4)], [0.0]]), np.array([-rng.uniform(0.5, 1.5)])]
    three, unit = _weights(rng, 3), rng.integers(3)
    # One line goes through the origin, and from there through the square.
    three[0][1, unit] = -np.copysign(three[0][1, unit], three[0][0, unit])
    three[1][unit] = 0
    return {
        "one": _weights(rng, 1),
        "two": _two_units(rng),
        "three": three,
        "upright": [array.astype("float32") for array in upright],
        "targets": targets,
        "flips": [int(row) for row in rng.permutation(4)],
        "corner": _corner(rng),
        "neurons": _neurons(rng),
        "wired": _wired(rng),
        "rows": _corrections(rng),
        "lessons": _lessons(rng),
        "sloped": [_sloped(rng, rows, size) for rows, size in ((4, 2), (7, 3), (1, 1))],
        "measured": [(rng.normal(size=size), 2.0**-n) for n, size in enumerate((1, 3, 4))],
        "cubic": rng.uniform(0.5, 2, 4) * rng.choice([-1, 1], 4),
    }


# Sums and products of small numbers of eighths are exact: whatever the order, 0 is 0.


def _eighths(rng: np.random.Generator, *shape: int, most: int = 16) -> np.ndarray:
    """Draw whole numbers of eighths that are not 0, up to `most` of them."""
    return np.asarray(rng.integers(1, most + 1, shape) * rng.choice([-1, 1], shape) / 8)


def _neurons(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Draw neurons of several sizes with rows above 0, below 0, and at 0 itself."""
    drawn = []
    for size in (2, 1, 3, 5):
        inputs, weights = _eighths(rng, 60, size), _eighths(rng, size)
        # The bias puts one of the rows at 0.
        drawn.append((inputs, weights, -float(rng.permutation(inputs @ weights)[0])))
    inputs, weights, bias = drawn[0]
    near = (inputs / 1024, weights, bias / 1024)  # as exact, with sums of some thousandths
    nearest = (np.array([[1.0], [-1.0]]) / 2**22, np.array([1.0]), 0.0)
    whole = (np.array(_ROWS), np.array([0.625, 0.75]), -0.875)  # rows of `int`
    return [*drawn, near, nearest, whole, (np.zeros((1, 2)), np.array([1.0, 1.0]), 0.0)]


def _wired(rng: np.random.Generator) -> list[tuple[np.ndarray, dict[str, tuple[float, ...]]]]:
    """Draw rows, bits first, and neurons; of the last ones that for AND is no AND."""
    drawn = [(np.vstack([_INPUTS, _eighths(rng, 120, 2, most=12)]), _gates(rng)) for _ in range(3)]
    last = drawn[-1][1]
    last["AND"] = last["NAND"]
    return drawn


def _gates(rng: np.random.Generator) -> dict[str, tuple[float, ...]]:
    """Draw neurons for AND, OR and NAND; for rows of eighths none of their sums is 0."""
    low, high = (np.sort(rng.permutation(np.arange(6, 13))[:2]) / 4).tolist()
    odd = 1 / 128
    return {
        "NAND": (-low, -high, high + low / 2 + odd),
        "OR": (high, low, -low / 2 + odd),
        "AND": (low, high, -high - low / 4 - odd),
    }


def _corrections(
    rng: np.random.Generator,
) -> list[tuple[np.ndarray, float, np.ndarray, int, float]]:
    """Draw (weights, bias, row, target, rate): each error twice, in thirds, then a sum of 0."""
    drawn: list[tuple[np.ndarray, float, np.ndarray, int, float]] = []
    for size in (2, 3):
        for fires, target in ((0, 1), (1, 0), (1, 1), (0, 0)):
            weights, row = _eighths(rng, size), _eighths(rng, size)
            bias = float(rng.integers(1, 9)) / 8 * (1 if fires else -1) - float(weights @ row)
            drawn.append((weights, bias, row, target, float(rng.choice([0.25, 0.5, 2.0]))))
    # Thirds are exact in no type; their products are what they were, but for rounding.
    drawn += [(w / 3, bias, 3 * row, target, rate) for w, bias, row, target, rate in drawn[:2]]
    weights, row = _eighths(rng, 2), _eighths(rng, 2)
    drawn += [(weights, -float(weights @ row), row, target, 0.5) for target in (1, 0)]
    return drawn


def _lessons(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, float, int]]:
    """Draw (inputs, targets, rate, epochs): some can be learnt, some end before they are."""
    rows = _INPUTS.astype(float)
    lessons = [(rows, _AND, 1.0, 100), (rows, _OR, 0.5, 100), (rows, _XOR, 1.0, 7)]
    lessons.append((rows, _AND, 1.0, 2))
    for size in (2, 3):
        inputs, weights = _eighths(rng, 9, size), _eighths(rng, size)
        sums = inputs @ weights
        targets = (sums > np.median(sums)).astype("float32")
        lessons.append((inputs, targets, 0.25, 30))
    lessons.append((np.array(_ROWS), _AND.astype(int), 0.25, 100))  # all of them `int`
    # The first epoch is without an error; and the only one, with errors.
    return [*lessons, (rows, np.zeros(4, "float32"), 1.0, 5), (rows, _XOR, 1.0, 1)]


def _sloped(
    rng: np.random.Generator, rows: int, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Draw (inputs, targets, weights, bias) of a neuron whose answers are not near 0 and 1."""
    targets = rng.permutation(np.arange(rows) % 2)
    return (
        rng.normal(size=(rows, size)),
        targets,
        rng.uniform(0.3, 1, size) * rng.choice([-1, 1], size),
        float(rng.uniform(0.2, 0.8)),
    )


def _corner(rng: np.random.Generator) -> list[np.ndarray]:
    """Draw a 2-2-1 network that answers otherwise at (0, 1), or at (1, 0), than elsewhere.

    Its picture changes when the rows are taken in another order, or x1 for x2.
    """
    odd = [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 1, 1], [1, 1, 0, 1]]
    while True:
        weights = _two_units(rng)
        if np.round(_outputs(weights)).tolist() in odd:
            return weights


def _two_units(rng: np.random.Generator) -> list[np.ndarray]:
    """Draw a 2-2-1 network whose rounded answers differ, and are no input; none of them barely."""
    while True:
        weights = _weights(rng, 2)
        outputs = _outputs(weights)
        known = [[0] * 4, [1] * 4, *_INPUTS.T.tolist()]
        if np.round(outputs).tolist() not in known and np.abs(outputs - 0.5).min() > 0.02:
            return weights


def _outputs(weights: Sequence[np.ndarray]) -> np.ndarray:
    """Return a sigmoid network's outputs for the four rows, shape (4,)."""
    signal = _INPUTS
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        signal = 1 / (1 + np.exp(-(signal @ kernel + bias)))
    return signal[:, 0]


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


def _is_same(expected: np.ndarray, value: Any) -> bool:
    return np.shape(value) == expected.shape and np.allclose(expected, value)


def _holds(right: Callable[[Any], Any], value: Any) -> bool:
    try:
        return bool(right(value))
    except Exception:  # noqa: BLE001 - a value of any other kind is not right
        return False


def _ask(
    student: Student,
    name: str,
    *args: Any,
    key: str,
    right: Callable[[Any], Any],
    lent: Sequence[Mapping[str, Callable[..., Any]]],
) -> Any:
    """Ask, and until the answer is `right`, ask again with functions lent.

    Beside a model that comes of it stands what it says of its own loss, under ".loss". The first
    answer is returned.
    """
    first = value = student.attempt(name, *args, key=key)
    _measure(student, key, value, *args)
    for suffix, functions in zip(("lent", "lent2"), lent, strict=False):
        if _holds(right, value):
            return first
        with student.lent(**functions):
            value = student.attempt(name, *args, key=f"{key}.{suffix}")
        _measure(student, f"{key}.{suffix}", value, *args)
    return first


def _measure(student: Student, key: str, model: Any, targets: Any = _XOR) -> None:
    if not hasattr(model, "evaluate"):
        return
    try:
        told = np.ravel(model.evaluate(_INPUTS, np.reshape(targets, (4, 1)), verbose=0))
    except Exception:  # noqa: BLE001 - it may have been compiled in any way, or not at all
        return
    student.keep(f"{key}.loss", float(told[0]))


def _learned(parameters: int, targets: np.ndarray) -> Callable[[Any], bool]:
    return lambda model: (
        model.count_params() == parameters
        and not model.losses  # a layer's penalty
        and _rows_right(model, targets) == len(targets)
    )


def ask_gates(student: Student, inputs: Inputs) -> None:
    """Ask every row of every gate, one call each."""
    del inputs
    for gate in ("and", "or", "xor"):
        for a, b in _ROWS:
            student.attempt(f"{gate}_gate", a, b, key=f"gates.{gate}_{a}{b}")


def ask_threshold_neuron(student: Student, inputs: Inputs) -> None:
    """Ask for single neurons, for the weights of gates, and for XOR out of gates that are given."""
    for place, neuron in enumerate(inputs["neurons"]):
        student.attempt("threshold_neuron", *neuron, key=f"threshold_neuron.{place}")
    student.attempt("gate_weights", key="threshold_neuron.gates")
    for place, (rows, gates) in enumerate(inputs["wired"]):
        key, expected = f"threshold_neuron.xor.{place}", _wired_xor(rows, gates)
        value = student.attempt("wired_xor", rows, gates, key=key)
        if not _holds(functools.partial(_is_same, expected), value):
            with student.lent(threshold_neuron=_threshold_neuron):
                student.attempt("wired_xor", rows, gates, key=f"{key}.lent")


def _threshold_neuron(inputs: Any, weights: Any, bias: Any, *_args: Any, **_kw: Any) -> np.ndarray:
    return np.asarray(np.asarray(inputs) @ np.asarray(weights) + bias > 0, dtype=int)


def _wired_xor(rows: np.ndarray, gates: Mapping[str, Sequence[float]]) -> np.ndarray:
    hidden = [_threshold_neuron(rows, gates[name][:2], gates[name][2]) for name in ("OR", "NAND")]
    return _threshold_neuron(np.column_stack(hidden), gates["AND"][:2], gates["AND"][2])


def ask_perceptron_rule(student: Student, inputs: Inputs) -> None:
    """Ask for the rule row by row, then for whole trainings."""
    for place, case in enumerate(inputs["rows"]):
        key, right = f"perceptron_rule.row.{place}", _corrected_weights(*case)
        value = student.attempt("corrected_weights", *case, key=key)
        if not _holds(functools.partial(_are_same, right), value):
            with student.lent(threshold_neuron=_threshold_neuron):
                student.attempt("corrected_weights", *case, key=f"{key}.lent")
    helpers: dict[str, Callable[..., Any]] = {
        "corrected_weights": _corrected_weights,
        "threshold_neuron": _threshold_neuron,
    }
    for place, case in enumerate(inputs["lessons"]):
        key, expected = f"perceptron_rule.training.{place}", _train_perceptron(*case)
        value = student.attempt("train_perceptron", *case, key=key)
        if not _holds(functools.partial(_are_same, expected), value):
            with student.lent(**helpers):
                student.attempt("train_perceptron", *case, key=f"{key}.lent")


def _corrected_weights(
    weights: Any, bias: Any, row: Any, target: Any, rate: Any, *_args: Any, **_settings: Any
) -> tuple[np.ndarray, float]:
    error = float(target) - float(np.dot(row, weights) + bias > 0)
    return np.asarray(weights) + rate * error * np.asarray(row), float(bias + rate * error)


def _train_perceptron(
    inputs: np.ndarray, targets: np.ndarray, rate: float, epochs: int
) -> tuple[np.ndarray, float, list[int]]:
    weights, bias, errors = np.zeros(inputs.shape[1]), 0.0, [-1]
    while errors[-1] and len(errors) <= epochs:
        errors.append(0)
        for row, target in zip(inputs, targets, strict=True):
            errors[-1] += bool(row @ weights + bias > 0) != bool(target)
            weights, bias = _corrected_weights(weights, bias, row, target, rate)
    return weights, bias, errors[1:]


def _are_same(expected: tuple[Any, ...], value: Any) -> bool:
    return len(value) == len(expected) and all(
        _is_same(np.asarray(one), np.asarray(other))
        for one, other in zip(expected, value, strict=True)
    )


def ask_neuron_gradient(student: Student, inputs: Inputs) -> None:
    """Ask for gradients, then for differences of functions whose slopes are known."""
    for place, case in enumerate(inputs["sloped"]):
        student.attempt("neuron_gradient", *case, key=f"neuron_gradient.{place}")
    factors = inputs["cubic"]

    def cubic(parameters: Any) -> float:
        """Return a sum of cubes, each with a factor of its own, and of neighbours' products."""
        p = np.asarray(parameters, dtype=float)
        return float(factors[: len(p)] @ p**3 + p[1:] @ p[:-1])

    for place, (parameters, step) in enumerate(inputs["measured"]):
        key = f"neuron_gradient.differences.{place}"
        student.attempt("finite_differences", cubic, parameters, step, key=key)
    last = inputs["measured"][-1][0]
    student.attempt("finite_differences", cubic, last, key="neuron_gradient.differences.small")


def ask_build_perceptron(student: Student, inputs: Inputs) -> None:
    """Ask for the untrained perceptron."""
    del inputs
    student.call("build_perceptron")


def ask_train_gate(student: Student, inputs: Inputs) -> None:
    """Ask for perceptrons of AND, OR, and a gate drawn in secret; look at the first once more."""
    models = []
    for name, targets in (("and", _AND), ("or", _OR), ("secret", inputs["targets"])):
        answer = _ask(
            student,
            "train_gate",
            targets,
            key=f"train_gate.{name}",
            right=_learned(3, targets),
            lent=[{"build_perceptron": _build_perceptron}],
        )
        models.append(answer)
    if _holds(lambda model: model.count_params(), models[0]):
        student.keep("train_gate.and.later", models[0])


def ask_xor_failure(student: Student, inputs: Inputs) -> None:
    """Ask for the count of right rows of given models, then for the failure itself."""
    for name, targets in (("one", _AND), ("two", _XOR), ("three", inputs["targets"])):
        model = _network(inputs[name])
        student.attempt("rows_right", model, targets, key=f"xor_failure.rows_{name}")
    student.attempt("rows_right", _network(_NEAR_UNIT), _OR, key="xor_failure.rows_near")
    model, answers = _network(inputs["two"]), np.round(_outputs(inputs["two"]))
    for count in (0, 1, 3, 4):
        targets, wrong = answers.copy(), inputs["flips"][count:]
        targets[wrong] = 1 - targets[wrong]
        key = f"xor_failure.rows_{count}_right"
        student.attempt("rows_right", model, targets.astype("float32"), key=key)
    helpers: dict[str, Callable[..., Any]] = {
        "build_perceptron": _build_perceptron,
        "rows_right": _rows_right,
        "xor_gate": lambda a, b: int(bool(a) != bool(b)),
    }
    # `evaluate` gives a number, or a list where the model was compiled with metrics.
    measured = functools.partial(_train_gate, metrics=["accuracy"])
    _ask(
        student,
        "xor_failure",
        key="xor_failure.result",
        right=lambda result: result[0] in (0, 1, 2, 3) and 0.69 <= float(result[1]) <= 0.8,
        lent=[helpers | {"train_gate": _train_gate}, helpers | {"train_gate": measured}],
    )
    for metrics, suffix in ((None, "given"), (["accuracy"], "measured")):
        _ask_of_a_given_model(student, helpers, metrics, f"xor_failure.{suffix}")


def _ask_of_a_given_model(student: Student, helpers: Any, metrics: Any, key: str) -> None:
    """Ask what `xor_failure` says of a perceptron that computes AND, if it uses `train_gate`.

    Whatever it trains after that one computes OR.
    """
    asked: list[list[float]] = []

    def train_gate(targets: Any, *_args: Any, **_settings: Any) -> Any:
        asked.append([float(target) for target in np.ravel(targets)[:9]])
        model = _network(_AND_UNIT if len(asked) == 1 else _OR_UNIT)
        loss = "binary_crossentropy"
        model.compile(_sgd(), loss=loss, metrics=metrics)
        return model

    with student.lent(**helpers, train_gate=train_gate), _calls() as calls:
        student.attempt("xor_failure", key=key)
    student.keep(f"{key}.targets", asked)
    # A loop of the student's own calls the model once a step.
    loops = calls.count("__call__") > _STEPS_OF_A_LOOP
    trainings = len(asked) + calls.count("fit") + calls.count("train_on_batch") + loops
    student.keep(f"{key}.trainings", trainings)


def _sgd() -> Any:
    import keras

    return keras.optimizers.SGD(5.0)


@contextmanager
def _calls() -> Iterator[list[str]]:
    """Yield a list to which the name of each call that may be part of a training is added."""
    import keras

    calls: list[str] = []
    own = {name: getattr(keras.Model, name) for name in ("__call__", "fit", "train_on_batch")}

    def counted(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return method(*args, **kwargs)

        return call

    for name, method in own.items():
        setattr(keras.Model, name, counted(name, method))
    try:
        yield calls
    finally:
        for name, method in own.items():
            setattr(keras.Model, name, method)


@contextmanager
def _few_epochs() -> Iterator[None]:
    """Let `fit` go through the rows three times at most meanwhile, and no more than 100 times."""
    import keras

    left = [100]
    fit = keras.Model.fit
    signature = inspect.signature(fit)

    @functools.wraps(fit)
    def short(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("100 trainings, and no network that answers all rows right")
        bound = signature.bind(*args, **kwargs)
        bound.arguments["epochs"] = min(bound.arguments.get("epochs", 1), 3)
        return fit(*bound.args, **bound.kwargs)

    keras.Model.fit = short
    try:
        yield
    finally:
        keras.Model.fit = fit


def ask_xor_network(student: Student, inputs: Inputs) -> None:
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
    starts: list[int] = []

    def build_xor_network(*_args: Any, **_settings: Any) -> Any:
        """Return a network that cannot learn, for its units are alike; in time one that knows."""
        starts.append(len(starts) + 1)
        lucky = starts[-1] == LUCKY_START
        almost = starts[-1] == LUCKY_START - 1
        return _network(_OR_UNITS if almost else [weights * lucky for weights in _XOR_UNITS])

    with (
        student.lent(build_xor_network=build_xor_network, rows_right=_rows_right),
        _few_epochs(),
    ):
        student.attempt("train_xor", key="xor_network.unlucky")
    student.keep("xor_network.starts", len(starts))


def ask_decision_lines(student: Student, inputs: Inputs) -> None:
    """Ask for the lines of models of the probe's own."""
    for name in ("one", "two", "three"):
        student.attempt("decision_lines", _network(inputs[name]), key=f"decision_lines.{name}")


def ask_plot_decision(student: Student, inputs: Inputs) -> None:
    """Ask for pictures of models of the probe's own; with the course's lines if need be."""
    for name in ("corner", "one", "upright"):
        key, model = f"plot_decision.{name}", _network(inputs[name])
        student.attempt("plot_decision", model, key=key, _figure=True)
        lines = student.attempt("decision_lines", model, key=f"{key}.lines")
        expected = _decision_lines(model)
        if not _holds(functools.partial(_is_same, expected), lines):
            with student.lent(decision_lines=_decision_lines):
                student.attempt("plot_decision", model, key=f"{key}.lent", _figure=True)
