# The Functional API, objects for loss and optimizer, axline and axvline, the Figure returned.
import keras
import matplotlib.pyplot as plt
import numpy as np

ROWS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def and_gate(a, b):
    return a and b


def or_gate(a, b):
    return a or b


def xor_gate(a, b):
    return a ^ b


def build_perceptron(hidden=0):
    inputs = keras.Input(shape=(2,))
    x = inputs
    if hidden:
        x = keras.layers.Dense(hidden, activation=keras.activations.sigmoid)(x)
    outputs = keras.layers.Dense(1, activation=keras.activations.sigmoid)(x)
    return keras.Model(inputs, outputs)


def _train(model, targets, steps):
    model.compile(optimizer=keras.optimizers.SGD(5.0, momentum=0.5), loss=keras.losses.BinaryCrossentropy())
    rows, answers = np.tile(ROWS, (steps, 1)), np.tile(targets, steps)
    model.fit(x=rows, y=answers, batch_size=4, shuffle=False, verbose=0)
    return model


def train_gate(targets, steps=100):
    return _train(build_perceptron(), targets, steps)


def rows_right(model, targets):
    return np.count_nonzero((model.predict(ROWS).ravel() > 0.5) == (np.asarray(targets) > 0.5))


def xor_failure():
    model = train_gate(np.array([0, 1, 1, 0]), steps=200)
    loss = model.evaluate(ROWS, np.array([0, 1, 1, 0]))
    return rows_right(model, [0, 1, 1, 0]), loss


def build_xor_network():
    return build_perceptron(hidden=2)


def train_xor():
    for start in range(20):
        model = _train(build_xor_network(), np.array([0, 1, 1, 0]), 200)
        if rows_right(model, [0, 1, 1, 0]) == 4:
            return model
    return model


def decision_lines(model):
    dense = [layer for layer in model.layers if layer.get_weights()][0]
    kernel, bias = dense.kernel, dense.bias
    return keras.ops.concatenate([keras.ops.transpose(kernel), bias[:, None]], axis=1)


def plot_decision(model):
    fig, ax = plt.subplots()
    yes = model.predict(ROWS)[:, 0] > 0.5
    ax.scatter(*ROWS[yes].T, color="tab:red", label="1")
    ax.scatter(*ROWS[~yes].T, color="tab:blue", label="0")
    for a, b, c in np.asarray(decision_lines(model)):
        if abs(b) < 1e-9:
            ax.axvline(-c / a)
        else:
            ax.axline((0, -c / b), slope=-a / b)
    ax.set_xlim(-0.5, 1.5)
    ax.set_ylim(-0.5, 1.5)
    ax.legend()
    return fig


def threshold_neuron(inputs, weights, bias):
    return np.heaviside(np.dot(inputs, weights) + bias, 0)


def gate_weights():
    return dict(AND=(1, 1, -1), OR=(1, 1, 0), NAND=(-1, -1, 2))


def wired_xor(inputs, gates):
    (a, b, c), (d, e, f), (g, h, i) = gates["OR"], gates["NAND"], gates["AND"]
    one, two = (inputs @ [a, b] + c > 0), (inputs @ [d, e] + f > 0)
    return (g * one + h * two + i > 0).astype(int)


def corrected_weights(weights, bias, row, target, rate):
    fires = bool(weights @ row + bias > 0)
    if fires == bool(target):
        return weights, bias
    sign = -1 if fires else 1
    return weights + sign * rate * row, bias + sign * rate


def train_perceptron(inputs, targets, rate, epochs):
    # The bias is the weight of an input that is always 1.
    rows = np.c_[inputs, np.ones(len(inputs))]
    weights, errors = np.zeros(rows.shape[1]), []
    for _ in range(epochs):
        misses = [0] * len(rows)
        for n, (row, target) in enumerate(zip(rows, targets)):
            misses[n] = target - int(row @ weights > 0)
            weights = weights + rate * misses[n] * row
        errors.append(np.count_nonzero(misses))
        if not errors[-1]:
            break
    return weights[:-1], weights[-1], np.array(errors)


def neuron_gradient(inputs, targets, weights, bias):
    rows = np.c_[inputs, np.ones(len(inputs))]
    z = rows @ np.r_[weights, bias]
    slopes = rows.T @ (0.5 * (1 + np.tanh(z / 2)) - targets) / len(rows)
    return slopes[:-1], slopes[-1]


def finite_differences(function, parameters, step=1e-5):
    slopes = np.empty_like(parameters)
    for i, kept in enumerate(parameters):
        moved = np.copy(parameters)
        moved[i] = kept + step
        above = function(moved)
        moved[i] = kept - step
        slopes[i] = (above - function(moved)) / step / 2
    return slopes
