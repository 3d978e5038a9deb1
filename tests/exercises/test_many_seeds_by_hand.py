"""Of any seed: neurons, rules, fields and parameters worked out by hand, and each usual mistake."""

from __future__ import annotations

import math

import numpy as np
from drawn_inputs import passes, wrong_seeds
from repository import COURSE

ex04, ex06, ex07 = (
    COURSE.folder(slug).grader()
    for slug in ("ex04_perceptron", "ex06_convolution", "ex07_mnist_cnn")
)
neurons = COURSE.folder("ex04_perceptron").module("neurons")
filters = COURSE.folder("ex06_convolution").module("oracle")


def told_apart(judge, inputs, answers, right, mistakes) -> bool:
    """Say whether the right way passes, and no mistaken one. `answers` asks a way all questions."""
    return passes(judge, inputs, answers(inputs, right)) and not any(
        passes(judge, inputs, answers(inputs, wrong)) for wrong in mistakes
    )


def test_ex04_neurons_are_told_from_mistaken_ones():
    """A neuron that fires at 0, has no bias, or counts inputs without weights, is told."""
    mistakes = (
        lambda x, w, b: (x @ w + b >= 0).astype(int),
        lambda x, w, b: (x @ w > 0).astype(int),
        lambda x, w, b: (x @ w - b > 0).astype(int),
        lambda x, w, b: (x @ w + b < 0).astype(int),
        lambda x, w, b: (x.sum(axis=1) + b > 0).astype(int),
        lambda x, w, b: (np.round(x) @ w + b > 0).astype(int),
        lambda x, w, b: (x[:, :2] @ w[:2] + b > 0).astype(int),
    )

    def answers(inputs, way):
        return {f"threshold_neuron.{n}": way(*one) for n, one in enumerate(inputs["neurons"])}

    def holds(inputs):
        judge = ex04.test_neuron_fires_above_zero
        return told_apart(judge, inputs, answers, neurons.fires, mistakes)

    assert wrong_seeds("ex04_perceptron", holds) == []


def test_ex04_gates_that_are_lent_are_gates_and_their_wiring_shows():
    """The given neurons are AND, OR and NAND, but for one; other wirings or own weights are told."""
    own = {"AND": (1, 1, -1.5), "OR": (1, 1, -0.5), "NAND": (-1, -1, 1.5)}
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)

    def both(x, gates, name):
        return neurons.fires(x, gates[name][:2], gates[name][2])

    mistakes = (
        lambda x, gates: neurons.wired_xor(x, own),
        lambda x, gates: ((x > 0.5).sum(axis=1) == 1).astype(int),
        lambda x, gates: both(x, gates, "OR") & (1 - both(x, gates, "AND")),
        lambda x, gates: both(np.column_stack([both(x, gates, "OR")] * 2), gates, "AND"),
        lambda x, gates: neurons.wired_xor(x[:, ::-1], gates),
    )

    def answers(inputs, way):
        return {f"threshold_neuron.xor.{n}": way(*one) for n, one in enumerate(inputs["wired"])}

    def holds(inputs):
        tables = [
            both(corners, gates, name).tolist() == table
            for place, (_, gates) in enumerate(inputs["wired"])
            for name, table in neurons.TABLES.items()
            if (place, name) != (2, "AND")
        ]
        tables += [both(corners, inputs["wired"][2][1], "AND").tolist() == neurons.TABLES["NAND"]]
        judge = ex04.test_xor_is_wired_from_three_neurons
        return all(tables) and told_apart(judge, inputs, answers, neurons.wired_xor, mistakes)

    assert wrong_seeds("ex04_perceptron", holds) == []


def trained_in_another_way(x, y, rate, epochs, *, order=1, start=0.0, at_once=False, least=0):
    """Train as Rosenblatt's rule does, but for what the keywords say."""
    weights, bias, errors = np.full(x.shape[1], start), start, []
    while len(errors) < epochs and (not errors or errors[-1] > least):
        given, wrong = (weights, bias), 0
        for row, target in list(zip(x, y, strict=True))[::order]:
            used = given if at_once else (weights, bias)
            error = float(target) - float(row @ used[0] + used[1] > 0)
            weights, bias = weights + rate * error * row, bias + rate * error
            wrong += error != 0
        errors.append(int(wrong))
    return weights, bias, errors


def test_ex04_trainings_are_told_from_mistaken_ones():
    """Another order, other first weights, one correction an epoch, a stop too soon: all are told."""
    ways = [{}, {"order": -1}, {"start": 1.0}, {"at_once": True}, {"least": 1}, {"least": -1}]

    def answers(inputs, how):
        return {
            f"perceptron_rule.training.{n}": trained_in_another_way(*one, **how)
            for n, one in enumerate(inputs["lessons"])
        }

    def holds(inputs):
        judge = ex04.test_training_runs_until_no_row_is_wrong
        return told_apart(judge, inputs, answers, ways[0], ways[1:])

    assert wrong_seeds("ex04_perceptron", holds, 40) == []


def test_ex04_corrections_are_told_from_mistaken_ones():
    """A correction of the wrong sign, without rate or input, or of a neuron that fires at 0."""
    mistakes = (
        lambda w, b, x, y, rate: neurons.corrected(w, b, x, y, -rate),
        lambda w, b, x, y, rate: neurons.corrected(w, b, x, y, 1.0),
        lambda w, b, x, y, rate: (neurons.corrected(w, b, x, y, rate)[0], b),
        lambda w, b, x, y, rate: (w, neurons.corrected(w, b, x, y, rate)[1]),
        lambda w, b, x, y, rate: neurons.corrected(w, b, x, y, rate if y else 0.0),
        lambda w, b, x, y, rate: neurons.corrected(w, b, x, y, 0.0 if y else rate),
        lambda w, b, x, y, rate: (
            w + rate * (y - (x @ w + b >= 0)) * x,
            b + rate * (y - (x @ w + b >= 0)),
        ),
        lambda w, b, x, y, rate: (w + rate * (y - (x @ w + b > 0)), b),
    )

    def answers(inputs, way):
        return {f"perceptron_rule.row.{n}": way(*one) for n, one in enumerate(inputs["rows"])}

    def holds(inputs):
        judge = ex04.test_rule_corrects_one_row
        return told_apart(judge, inputs, answers, neurons.corrected, mistakes)

    assert wrong_seeds("ex04_perceptron", holds) == []


def test_ex04_gradients_are_those_of_the_loss():
    """The right gradient is the difference of the loss; sums, signs and other losses are told."""

    def loss(parameters, x, y):
        answers = 1 / (1 + np.exp(-(x @ parameters[:-1] + parameters[-1])))
        return -np.mean(np.log(np.where(y == 1, answers, 1 - answers)))

    def measured(x, y, w, b):
        place = np.r_[w, b]
        slopes = [
            (loss(place + move, x, y) - loss(place - move, x, y)) / 2e-5
            for move in 1e-5 * np.eye(len(place))
        ]
        return np.array(slopes[:-1]), slopes[-1]

    def scaled(factor):
        def way(x, y, w, b):
            slopes, slope = neurons.gradient(x, y, w, b)
            times = len(x) if factor is None else factor
            return slopes * times, slope * times

        return way

    mistakes = (
        scaled(None),
        scaled(-1),
        scaled(0.5),
        lambda x, y, w, b: (neurons.gradient(x, y, w, b)[0], 0.0),
        lambda x, y, w, b: neurons.gradient(x, y, w, 0.0),
    )

    def answers(inputs, way):
        return {f"neuron_gradient.{n}": way(*one) for n, one in enumerate(inputs["sloped"])}

    def holds(inputs):
        judge = ex04.test_gradient_of_one_neuron
        return told_apart(judge, inputs, answers, measured, mistakes)

    assert wrong_seeds("ex04_perceptron", holds) == []


def test_ex04_differences_are_told_from_mistaken_ones():
    """To one side, by half, with another step, or all parameters at once: all are told."""

    def answers(inputs, way):
        factors = inputs["cubic"]

        def cubic(p):
            return float(factors[: len(p)] @ p**3 + p[1:] @ p[:-1])

        cases = {f"{n}": one for n, one in enumerate(inputs["measured"])}
        cases["small"] = (inputs["measured"][-1][0], 1e-5)
        return {
            f"neuron_gradient.differences.{name}": np.array(
                [way(cubic, p, move, step) for move in np.eye(len(p))]
            )
            for name, (p, step) in cases.items()
        }

    def right(f, p, move, h):
        return (f(p + h * move) - f(p - h * move)) / (2 * h)

    mistakes = (
        lambda f, p, move, h: (f(p + h * move) - f(p)) / h,
        lambda f, p, move, h: (f(p) - f(p - h * move)) / h,
        lambda f, p, move, h: (f(p + h * move) - f(p - h * move)) / h,
        lambda f, p, move, h: right(f, p, move, 1e-5),
        lambda f, p, move, h: right(f, p, np.ones_like(p), h),
    )

    def holds(inputs):
        judge = ex04.test_differences_of_any_function
        return told_apart(judge, inputs, answers, right, mistakes)

    assert wrong_seeds("ex04_perceptron", holds) == []


def test_ex06_relu_is_told_from_other_functions():
    """Leaks, absolute values, steps and cut-off values are told."""
    mistakes = (
        lambda z: np.where(z > 0, z, 0.01 * z),
        lambda z: np.abs(z).astype(float),
        lambda z: (z > 0).astype(float),
        lambda z: np.clip(z, 0, 6).astype(float),
        lambda z: np.maximum(z, 0),
        lambda z: np.maximum(z, 0).astype(int).astype(float),
        lambda z: z.astype(float),
    )

    def answers(inputs, way):
        return {f"relu.{n}": way(one) for n, one in enumerate(inputs["relu"])}

    def holds(inputs):
        judge = ex06.test_relu_keeps_what_is_above_zero
        return told_apart(
            judge, inputs, answers, lambda z: np.maximum(z, 0).astype(float), mistakes
        )

    assert wrong_seeds("ex06_convolution", holds) == []


def test_ex06_fields_are_told_from_mistaken_ones():
    """Sizes without jumps, and places without padding or from the wrong end, are told."""

    def sizes(layers, *, grown=True, before=False, more=0, order=1):
        size, jump, found = 1, 1, []
        for kernel, stride, _ in layers[::order]:
            jump = jump * stride if before else jump
            size += (kernel - 1 + more) * jump
            jump = jump if before else jump * stride if grown else stride
            found.append(size)
        return found

    def place(layers, result, *, pad=1, order=-1, cut=False):
        first = last = result
        for kernel, stride, padding in layers[::order]:
            first = first * stride - pad * padding
            last = last * stride - pad * padding + kernel - 1
        return (max(first, 0), last) if cut else (first, last)

    def asked_sizes(inputs, how):
        return {
            f"receptive_field.sizes.{n}": sizes(layers, **how)
            for n, (layers, _) in enumerate(inputs["stacks"])
        }

    def asked_places(inputs, how):
        return {
            f"receptive_field.place.{n}": place(*one, **how)
            for n, one in enumerate(inputs["stacks"])
        }

    def holds(inputs):
        wrong = [{"grown": False}, {"before": True}, {"more": 1}, {"order": -1}]
        other = [{"pad": 0}, {"order": 1}, {"cut": True}]
        return told_apart(
            ex06.test_receptive_fields_grow, inputs, asked_sizes, {}, wrong
        ) and told_apart(ex06.test_receptive_fields_have_a_place, inputs, asked_places, {}, other)

    assert wrong_seeds("ex06_convolution", holds) == []


def test_ex07_parameters_are_told_from_mistaken_ones():
    """Without biases, of one channel alone, with a pooling that changes nothing: all are told."""

    def counts(layers, shape, *, bias=1, deep=True, pools=True, flat=True, up=False):
        height, width, channels = shape
        found = []
        for kind, size in layers:
            inputs = 9 * (channels if deep else 1) if kind == "conv" else height * width * channels
            found.append(0 if kind == "pool" else size * (inputs + bias))
            if kind == "pool" and pools:
                height, width = (
                    math.ceil(side / size) if up else side // size for side in (height, width)
                )
            if kind == "dense" and flat:
                height = width = 1
            channels = channels if kind == "pool" else size
        return found

    def answers(inputs, how):
        return {
            f"count_parameters.{n}": counts(*one, **how) for n, one in enumerate(inputs["stacks"])
        }

    def holds(inputs):
        wrong = [{"bias": 0}, {"deep": False}, {"pools": False}, {"flat": False}, {"up": True}]
        return told_apart(ex07.test_parameters_are_counted, inputs, answers, {}, wrong)

    assert wrong_seeds("ex07_mnist_cnn", holds, 40) == []


def test_ex07_kernels_differ_from_each_other_and_from_themselves_turned():
    """No kernel is another one, or its own mirror or transpose, on whatever scale."""

    def holds(inputs):
        for kernels, _ in inputs["kernels"]:
            one = np.moveaxis(kernels[:, :, 0].astype(float), -1, 0)
            sizes = np.abs(one).max(axis=(1, 2))
            turned = [one, one.swapaxes(1, 2), one[:, ::-1], one[:, :, ::-1]]
            shapes = np.concatenate(turned) / np.tile(sizes, 4)[:, None, None]
            off = np.abs(shapes[:, None] - shapes[None, : len(one)]).max(axis=(2, 3))
            own = np.eye(len(shapes), len(one), dtype=bool)
            if (off[~own] < 0.01).any() or np.sort(sizes)[-2] > 0.99 * sizes.max():
                return False
        return True

    assert wrong_seeds("ex07_mnist_cnn", holds, 40) == []
