# Activation layers, train_on_batch, NumPy values, lines as a list of tuples, nothing returned.
import keras
import matplotlib.pyplot as plt
import numpy as np

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")


def and_gate(a, b):
    return np.logical_and(a, b)


def or_gate(a, b):
    return np.maximum(a, b)


def xor_gate(a, b):
    return bool(a) != bool(b)


def build_perceptron():
    return keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dense(1), keras.layers.Activation("sigmoid")]
    )


def steps(model, targets, count, momentum=0.0):
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(5.0, momentum))
    for _ in range(count):
        model.train_on_batch(INPUTS, np.reshape(targets, (4, 1)))
    return model


def train_gate(targets):
    return steps(build_perceptron(), targets, 60)


def rows_right(model, targets):
    outputs = np.squeeze(model.predict_on_batch(INPUTS))
    return np.sum(np.rint(outputs) == np.squeeze(targets))


def xor_failure():
    model = train_gate([0.0, 1.0, 1.0, 0.0])
    y = np.squeeze(model.predict_on_batch(INPUTS)).astype(float)
    loss = -np.mean(np.log([1 - y[0], y[1], y[2], 1 - y[3]]))
    return [rows_right(model, np.array([0, 1, 1, 0])), loss]


def build_xor_network():
    model = keras.Sequential([keras.Input((2,))])
    for units in (2, 1):
        model.add(keras.layers.Dense(units))
        model.add(keras.layers.Activation(keras.activations.sigmoid))
    return model


def train_xor():
    targets = np.array([0.0, 1.0, 1.0, 0.0])
    model = steps(build_xor_network(), targets, 150, momentum=0.5)
    return model if rows_right(model, targets) == 4 else train_xor()


def decision_lines(model):
    kernel, bias = model.get_weights()[:2]
    # A line stays the same when all three numbers are divided by one.
    return [tuple(np.array([*w, c]) / -abs(w[0])) for w, c in zip(kernel.T, bias)]


def plot_decision(model):
    plt.figure()
    outputs = model.predict_on_batch(INPUTS)
    for (x1, x2), output in zip(INPUTS, outputs):
        plt.plot(x1, x2, "ro" if output > 0.5 else "bs")
    for a, b, c in decision_lines(model):
        foot = np.array([a, b]) * -c / (a * a + b * b)
        along = np.array([-b, a]) / np.hypot(a, b)
        (x1, y1), (x2, y2) = foot - 2 * along, foot + 2 * along
        plt.plot([x1, x2], [y1, y2], "k--")
    plt.axis([-0.5, 1.5, -0.5, 1.5])


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
            weights, bias = corrected_weights(weights, bias, row, target, rate)
        errors.append(wrong)
    return weights, bias, errors


def neuron_gradient(inputs, targets, weights, bias):
    errors = 1 / (1 + np.exp(-(inputs @ weights + bias))) - targets
    return errors @ inputs / len(inputs), errors.mean()


def finite_differences(function, parameters, step=1e-5):
    moves = step * np.eye(len(parameters))
    rises = [function(parameters + move) - function(parameters - move) for move in moves]
    return np.array(rises) / (2 * step)
