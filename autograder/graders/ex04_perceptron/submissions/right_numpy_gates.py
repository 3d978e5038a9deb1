# Gates as weighted sums in NumPy, Keras's own operations for counting, one function that trains.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

ROWS = np.indices((2, 2)).reshape(2, -1).T.astype("float32")
GATES = {"and": (1.0, 1.0, -1.5), "or": (1.0, 1.0, -0.5)}


def fires(name, a, b):
    return np.heaviside(np.dot(GATES[name], [a, b, 1.0]), 0.0)


def and_gate(a, b):
    return fires("and", a, b)


def or_gate(a, b):
    return fires("or", a, b)


def xor_gate(a, b):
    return or_gate(a, b) - and_gate(a, b)


def network(*widths):
    model = keras.Sequential(name="x".join(map(str, widths)))
    model.add(keras.Input(shape=(2,), name="bits"))
    for width in widths:
        model.add(keras.layers.Dense(width, activation=ops.sigmoid, name=f"units_{width}"))
    return model


build_perceptron = lambda: network(1)
build_xor_network = lambda: network(2, 1)


def learn(model, targets, epochs, **settings):
    model.compile(keras.optimizers.SGD(**settings), keras.losses.BinaryCrossentropy(from_logits=False))
    targets = np.asarray(targets, dtype="float32").reshape(-1, 1)
    model.fit(ROWS, targets, batch_size=len(ROWS), epochs=epochs, shuffle=False, verbose=0)
    return model


def train_gate(targets):
    return learn(build_perceptron(), targets, epochs=70, learning_rate=5.0)


def rows_right(model, targets):
    answers = ops.cast(ops.squeeze(model(ROWS), -1) > 0.5, "float32")
    return int(ops.sum(ops.cast(ops.equal(answers, ops.convert_to_tensor(targets, "float32")), "int32")))


def xor_failure():
    xor = np.array([xor_gate(a, b) for a, b in ROWS])
    model = train_gate(xor)
    return rows_right(model, xor), float(ops.mean(keras.losses.binary_crossentropy(xor[:, None], model(ROWS))))


def train_xor():
    xor = [0, 1, 1, 0]
    trained = (
        learn(build_xor_network(), xor, epochs=150, learning_rate=4.0, momentum=0.5) for _ in range(30)
    )
    return next(model for model in trained if rows_right(model, xor) == 4)


def decision_lines(model):
    kernel, bias, *_ = model.get_weights()
    return np.vstack([kernel, bias]).T[::-1]


def plot_decision(model):
    figure, axes = plt.subplots(1, 1, squeeze=False)
    ax = axes[0, 0]
    for corner, answer in zip(ROWS, model.predict(ROWS, verbose=0)[:, 0]):
        ax.scatter(*corner, c=[0, 0.5, 0.2] if answer > 0.5 else "0.5")
    for a, b, c in decision_lines(model):
        # The two ends are where the line leaves a square somewhat larger than that of the inputs.
        normal = np.array([a, b])
        nearest = -c * normal / normal.dot(normal)
        reach = np.linspace(-2, 2, 41)[:, None] * np.array([-b, a]) / np.linalg.norm(normal)
        ax.plot(*(nearest + reach).T, linewidth=2)
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xlabel="x1", ylabel="x2")
    return axes


def threshold_neuron(inputs, weights, bias):
    return np.where(np.sum(inputs * weights, axis=1) + bias > 0, 1, 0)


def gate_weights():
    return {"NAND": np.array([-2, -2, 3]), "AND": np.array([2, 2, -3]), "OR": np.array([2, 2, -1])}


def wired_xor(inputs, gates):
    hidden = np.array([gates["OR"], gates["NAND"]])
    answers = np.where(inputs @ hidden[:, :2].T + hidden[:, 2] > 0, 1, 0)
    return threshold_neuron(answers, np.array(gates["AND"])[:2], gates["AND"][2])


def corrected_weights(weights, bias, row, target, rate):
    error = target - np.where(np.sum(weights * row) + bias > 0, 1, 0)
    return weights + rate * error * row, bias + rate * error


def train_perceptron(inputs, targets, rate, epochs):
    weights, bias, errors = np.zeros(inputs.shape[1]), 0, []
    for _ in range(epochs):
        before, wrong = weights, []
        for row, target in zip(inputs, targets):
            wrong.append(threshold_neuron(row[np.newaxis], weights, bias)[0] != target)
            weights, bias = corrected_weights(weights, bias, row, target, rate)
        errors.append(np.sum(wrong))
        if errors[-1] == 0:
            break
    return weights, bias, errors


def neuron_gradient(inputs, targets, weights, bias):
    answers = 1 / (1 + np.exp(-np.sum(inputs * weights, axis=1) - bias))
    return np.mean((answers - targets)[:, None] * inputs, axis=0), np.mean(answers - targets)


def finite_differences(function, parameters, step=1e-5):
    unit = np.eye(parameters.size)
    return np.array(
        [(function(parameters + step * e) - function(parameters - step * e)) / (2 * step) for e in unit]
    )
