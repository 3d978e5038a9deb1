# One mistake in each task but the gates, each of which looks right at a glance.
import keras
import matplotlib.pyplot as plt
import numpy as np

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
AND = np.array([0, 0, 0, 1], dtype="float32")
XOR = np.array([0, 1, 1, 0], dtype="float32")


def and_gate(a, b):
    return a * b


def or_gate(a, b):
    return max(a, b)


def xor_gate(a, b):
    return abs(a - b)


def build_perceptron():
    # The sigmoid of a sigmoid.
    model = keras.Sequential([keras.Input(shape=(2,))])
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.add(keras.layers.Activation("sigmoid"))
    return model


def train_gate(targets):
    # Adam.
    model = build_perceptron()
    model.compile(optimizer=keras.optimizers.Adam(0.3), loss="binary_crossentropy")
    model.fit(INPUTS, targets, batch_size=4, epochs=100, verbose=0)
    return model


def rows_right(model, targets):
    return int(np.sum(np.round(model.predict(INPUTS, verbose=0)[:, 0]) == targets))


def xor_failure():
    # The rows of AND.
    model = train_gate(XOR)
    return rows_right(model, AND), model.evaluate(INPUTS, XOR, verbose=0)


def build_xor_network():
    layers = [keras.layers.Dense(units, activation="sigmoid") for units in (2, 1)]
    return keras.Sequential([keras.Input(shape=(2,)), *layers])


def train_xor():
    # Three starts, whatever comes of them.
    for _ in range(3):
        model = build_xor_network()
        optimizer = keras.optimizers.SGD(learning_rate=5.0, momentum=0.5)
        model.compile(optimizer=optimizer, loss="binary_crossentropy")
        model.fit(INPUTS, XOR, batch_size=4, epochs=100, verbose=0)
        if rows_right(model, XOR) == 4:
            break
    return model


def decision_lines(model):
    # The lines of the last layer.
    kernel, bias = model.get_weights()[-2:]
    return np.column_stack([kernel.T, bias])


def plot_decision(model):
    # The colours are those of XOR, whatever the model answers; nothing sets the limits.
    _, ax = plt.subplots()
    ax.scatter(INPUTS[:, 0], INPUTS[:, 1], c=XOR, cmap="coolwarm")
    for a, b, c in decision_lines(model):
        foot = -c / (a * a + b * b) * np.array([a, b])
        along = np.array([-b, a]) / np.hypot(a, b)
        ends = np.array([foot - 3 * along, foot + 3 * along])
        ax.plot(ends[:, 0], ends[:, 1], color="black")
    return ax


def threshold_neuron(inputs, weights, bias):
    # Fires at 0, too.
    return (inputs @ weights + bias >= 0).astype(int)


def gate_weights():
    return {"AND": (1, 1, -1.5), "OR": (1, 1, -0.5), "NAND": (-1, -1, 1.5)}


def wired_xor(inputs, gates):
    either = threshold_neuron(inputs, gates["OR"][:2], gates["OR"][2])
    not_both = threshold_neuron(inputs, gates["NAND"][:2], gates["NAND"][2])
    return threshold_neuron(np.column_stack([either, not_both]), gates["AND"][:2], gates["AND"][2])


def corrected_weights(weights, bias, row, target, rate):
    # The weights that were given are changed.
    error = target - int(row @ weights + bias > 0)
    weights += rate * error * row
    return weights, bias + rate * error


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
    # The sum over the rows.
    return errors @ inputs, errors.sum()


def finite_differences(function, parameters, step=1e-5):
    moves = step * np.eye(len(parameters))
    rises = [function(parameters + move) - function(parameters - move) for move in moves]
    return np.array(rises) / (2 * step)
