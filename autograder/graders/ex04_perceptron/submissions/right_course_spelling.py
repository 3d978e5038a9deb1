# As in the course's text: Sequential with add and input_shape, lists as data, pyplot.
import matplotlib.pyplot as plt
import numpy as np
from tensorflow import keras

x_data = [[0, 0], [0, 1], [1, 0], [1, 1]]
x_data = np.array(x_data)


def and_gate(x, y):
    if 0 in (x, y):
        return 0
    else:
        return 1


def or_gate(x, y):
    if x == 1:
        return 1
    else:
        if y == 1:
            return 1
        else:
            return 0


def xor_gate(x, y):
    return (x + y) % 2


def build_perceptron():
    model = keras.Sequential()
    model.add(keras.layers.Dense(1, activation='sigmoid', input_shape=(2,)))
    return model


def train_gate(targets):
    y_data = np.array([[t] for t in targets])
    model = build_perceptron()
    optimizer = keras.optimizers.SGD(learning_rate=5.0)
    model.compile(optimizer=optimizer, loss='binary_crossentropy', metrics=['accuracy'])
    model.fit(x_data, y_data, batch_size=4, epochs=30, verbose=0)
    return model


def rows_right(model, targets):
    right = 0
    for output, target in zip(np.round(model.predict(x_data)), targets):
        if output[0] == target:
            right += 1
    return right


def xor_failure():
    y_data = [0, 1, 1, 0]
    model = train_gate(y_data)
    score = model.evaluate(x_data, np.array(y_data), verbose=0)
    return rows_right(model, y_data), score[0]


def build_xor_network():
    model = keras.Sequential()
    model.add(keras.layers.Dense(2, activation='sigmoid', input_shape=(2,)))
    model.add(keras.layers.Dense(1, activation='sigmoid'))
    return model


def train_xor():
    y_data = np.array([[0], [1], [1], [0]])
    rows = 0
    while rows < 4:
        model = build_xor_network()
        optimizer = keras.optimizers.SGD(learning_rate=5.0, momentum=0.5)
        model.compile(optimizer=optimizer, loss='binary_crossentropy')
        model.fit(x_data, y_data, batch_size=4, epochs=120, verbose=0)
        rows = rows_right(model, y_data.ravel())
    return model


def decision_lines(model):
    w = model.layers[0].get_weights()[0]
    b = model.layers[0].get_weights()[1]
    lines = []
    for i in range(len(b)):
        lines.append([w[0][i], w[1][i], b[i]])
    return np.array(lines)


def plot_decision(model):
    colors = ['red' if y > 0.5 else 'blue' for y in model.predict(x_data)]
    plt.scatter(x_data[:, 0], x_data[:, 1], color=colors)
    for a, b, c in decision_lines(model):
        if b == 0:
            plt.plot([-c / a, -c / a], [-0.5, 1.5])
        else:
            x = np.linspace(-0.5, 1.5, 50)
            plt.plot(x, -(a * x + c) / b)
    plt.xlim(-0.5, 1.5)
    plt.ylim(-0.5, 1.5)
    return plt.gca()


def threshold_neuron(inputs, weights, bias):
    answers = []
    for row in inputs:
        z = bias
        for x, w in zip(row, weights):
            z = z + x * w
        if z > 0:
            answers.append(1)
        else:
            answers.append(0)
    return np.array(answers)


def gate_weights():
    gates = {}
    gates['AND'] = [0.5, 0.5, -0.7]
    gates['OR'] = [0.5, 0.5, -0.2]
    gates['NAND'] = [-0.5, -0.5, 0.7]
    return gates


def wired_xor(inputs, gates):
    s1 = threshold_neuron(inputs, gates['NAND'][0:2], gates['NAND'][2])
    s2 = threshold_neuron(inputs, gates['OR'][0:2], gates['OR'][2])
    return threshold_neuron(np.array([s1, s2]).T, gates['AND'][0:2], gates['AND'][2])


def corrected_weights(weights, bias, row, target, rate):
    answer = threshold_neuron(np.array([row]), weights, bias)[0]
    new_weights = weights.copy()
    for i in range(len(row)):
        new_weights[i] += rate * (target - answer) * row[i]
    return new_weights, bias + rate * (target - answer)


def train_perceptron(inputs, targets, rate, epochs):
    weights = np.zeros(len(inputs[0]))
    bias = 0
    errors = []
    for epoch in range(epochs):
        count = 0
        for row, target in zip(inputs, targets):
            new_weights, new_bias = corrected_weights(weights, bias, row, target, rate)
            if new_bias != bias:
                count += 1
            weights, bias = new_weights, new_bias
        errors.append(count)
        if count == 0:
            break
    return weights, bias, errors


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def neuron_gradient(inputs, targets, weights, bias):
    n = len(inputs)
    dw = np.zeros(len(weights))
    db = 0
    for row, target in zip(inputs, targets):
        y = sigmoid(np.dot(row, weights) + bias)
        dL_dy = (y - target) / (y * (1 - y))
        dy_dz = y * (1 - y)
        dw += dL_dy * dy_dz * row / n
        db += dL_dy * dy_dz / n
    return dw, db


def finite_differences(function, parameters, step=1e-5):
    slopes = []
    for i in range(len(parameters)):
        p1 = parameters.copy()
        p2 = parameters.copy()
        p1[i] += step
        p2[i] -= step
        slopes.append((function(p1) - function(p2)) / (2 * step))
    return slopes
