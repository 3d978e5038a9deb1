# Cuts the validation points off by hand, and keeps the steps in functions of their own.
import keras
import numpy as np
from matplotlib import pyplot as plt

TRAINING = 150
LAST = 0.3


def noise_scale(x):
    return 0.5 + x**2 / 3


def make_data(seed=0):
    generator = np.random.RandomState(seed)
    x = generator.uniform(low=-2.0, high=2.0, size=(200,))
    return x, 1.726 * x - 0.84 + generator.normal(np.zeros(200), noise_scale(x))


def split_data(x, y):
    first = np.arange(len(x)) < TRAINING
    return x[first], y[first], x[~first], y[~first]


def build_model():
    return keras.Sequential([keras.layers.Dense(1, input_shape=(1,)), keras.layers.Activation("linear")])


def train(model, x_train, y_train, epochs=300):
    cut = round(len(x_train) * (1 - LAST))
    model.compile(optimizer=keras.optimizers.SGD(), loss="mean_squared_error", metrics=["mae"])
    return model.fit(
        x=x_train[:cut],
        y=y_train[:cut],
        validation_data=(x_train[cut:], y_train[cut:]),
        epochs=epochs,
        verbose=0,
    )


def plot_loss(history):
    plt.figure(figsize=(6, 4))
    ax = plt.axes()
    epochs = np.linspace(1, len(history.epoch), len(history.epoch))
    ax.plot(epochs, np.array(history.history["loss"]))
    ax.plot(epochs, np.array(history.history["val_loss"]))
    ax.legend(["learnt from", "not learnt from"])
    ax.set_xlabel("number of the epoch")
    ax.set_ylabel("squared error")
    return ax


def plot_fit(model, x, y):
    weight, bias = (array.item() for array in model.get_weights())
    fig, ax = plt.subplots()
    ax.plot(x, y, linestyle="", marker="x", label="points")
    ax.plot([-2, 2], [bias - 2 * weight, bias + 2 * weight], "g", label="model")
    ax.legend()
    return ax
