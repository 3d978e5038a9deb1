# Plain lists and loops wherever a list will do.
import keras
import matplotlib.pyplot as plt
import numpy as np


def make_data(seed=0):
    np.random.seed(seed)
    x = [np.random.uniform(-2, 2) for _ in range(200)]
    y = []
    for value in x:
        y.append(1.726 * value - 0.84 + np.random.normal(0, 0.5 + value * value / 3))
    return x, y


def split_data(x, y):
    x, y = list(x), list(y)
    return x[:150], y[:150], x[-50:], y[-50:]


def build_model():
    layer = keras.layers.Dense(1, activation="linear", kernel_initializer="zeros")
    return keras.Sequential([keras.layers.InputLayer(shape=(1,)), layer])


def train(model, x_train, y_train, epochs=300):
    model.compile("sgd", keras.losses.mean_squared_error)
    return model.fit(np.array(x_train), np.array(y_train), 32, epochs, 2, None, 0.3)


def plot_loss(history):
    figure, ax = plt.subplots()
    for name in ("val_loss", "loss"):
        values = history.history[name]
        ax.plot(list(range(1, len(values) + 1)), values, "--", label=name)
    ax.set_title("Loss")
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    ax.set_yscale("log")
    plt.legend()
    return ax


def plot_fit(model, x, y):
    figure, ax = plt.subplots()
    for a, b in zip(list(x), list(y)):
        ax.plot([a], [b], "k.")
    ends = [min(x), max(x)]
    ax.plot(ends, model.predict(np.array(ends), verbose=0).ravel().tolist())
    return ax
