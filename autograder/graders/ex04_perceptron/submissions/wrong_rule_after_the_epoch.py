# Corrects the weights once, after all rows of an epoch.
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
import numpy as np

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
XOR = np.array([0, 1, 1, 0], dtype="float32")


def and_gate(a, b):
    return int(a == 1 and b == 1)


def or_gate(a, b):
    return int(a == 1 or b == 1)


def xor_gate(a, b):
    return int(a != b)


def build_perceptron():
    return keras.Sequential(
        [keras.Input(shape=(2,)), keras.layers.Dense(1, activation="sigmoid")]
    )


def train_gate(targets):
    model = build_perceptron()
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=5.0), loss="binary_crossentropy")
    # Sixty copies of the rows in one epoch are sooner done than sixty epochs.
    rows, answers = np.tile(INPUTS, (60, 1)), np.tile(targets, 60)
    model.fit(rows, answers, batch_size=4, shuffle=False, verbose=0)
    return model


def rows_right(model, targets):
    outputs = model.predict(INPUTS, verbose=0)[:, 0]
    return int(np.sum(np.round(outputs) == targets))


def xor_failure():
    model = train_gate(XOR)
    loss = model.evaluate(INPUTS, XOR, verbose=0)
    return rows_right(model, XOR), float(loss)


def build_xor_network():
    return keras.Sequential(
        [
            keras.Input(shape=(2,)),
            keras.layers.Dense(2, activation="sigmoid"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def train_xor():
    for _ in range(20):
        model = build_xor_network()
        model.compile(
            optimizer=keras.optimizers.SGD(learning_rate=5.0, momentum=0.5),
            loss="binary_crossentropy",
        )
        rows, answers = np.tile(INPUTS, (150, 1)), np.tile(XOR, 150)
        model.fit(rows, answers, batch_size=4, shuffle=False, verbose=0)
        if rows_right(model, XOR) == 4:
            break
    return model


def decision_lines(model):
    kernel, bias = model.get_weights()[:2]
    return np.column_stack([kernel.T, bias])


def plot_decision(model):
    _, ax = plt.subplots()
    answers = np.round(model.predict(INPUTS, verbose=0)[:, 0])
    ax.scatter(INPUTS[:, 0], INPUTS[:, 1], c=answers, cmap="coolwarm")
    for a, b, c in decision_lines(model):
        length = np.hypot(a, b)
        foot = -c / length**2 * np.array([a, b])
        along = np.array([-b, a]) / length
        ends = np.array([foot - 3 * along, foot + 3 * along])
        ax.plot(ends[:, 0], ends[:, 1], color="black")
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
    return ax


def threshold_neuron(inputs, weights, bias):
    return (inputs @ weights + bias > 0).astype(int)


def gate_weights():
    return {"AND": (1, 1, -1.5), "OR": (1, 1, -0.5), "NAND": (-1, -1, 1.5)}


def wired_xor(inputs, gates):
    either = threshold_neuron(inputs, gates["OR"][:2], gates["OR"][2])
    not_both = threshold_neuron(inputs, gates["NAND"][:2], gates["NAND"][2])
    return threshold_neuron(np.column_stack([either, not_both]), gates["AND"][:2], gates["AND"][2])


def corrected_weights(weights, bias, row, target, rate):
    error = target - (row @ weights + bias > 0)
    return weights + rate * error * row, bias + rate * error


def train_perceptron(inputs, targets, rate, epochs):
    weights, bias, errors = np.zeros(inputs.shape[1]), 0.0, []
    while len(errors) < epochs and 0 not in errors:
        wrong = 0
        for row, target in zip(inputs, targets):
            wrong += int((row @ weights + bias > 0) != target)
        rows = list(zip(inputs, targets))
        moves = [corrected_weights(weights, bias, row, target, rate) for row, target in rows]
        weights = weights + sum(one - weights for one, _ in moves)
        bias += sum(one - bias for _, one in moves)
        errors.append(wrong)
    return weights, bias, errors


def neuron_gradient(inputs, targets, weights, bias):
    errors = 1 / (1 + np.exp(-(inputs @ weights + bias))) - targets
    return errors @ inputs / len(inputs), errors.mean()


def finite_differences(function, parameters, step=1e-5):
    moves = step * np.eye(len(parameters))
    rises = [function(parameters + move) - function(parameters - move) for move in moves]
    return np.array(rises) / (2 * step)
