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
