# One mistake in each task, each of which looks right at a glance.
import keras
import matplotlib.pyplot as plt
import numpy as np

SLOPE = 1.726
INTERCEPT = -0.84


def make_data(seed=0):
    # The noise comes from a generator of its own.
    x = np.random.RandomState(seed).uniform(-2, 2, size=200)
    noise = np.random.default_rng(seed).normal(0, 0.5 + x**2 / 3)
    return x, SLOPE * x + INTERCEPT + noise


def split_data(x, y):
    # Columns instead of rows.
    x, y = x[:, None], y[:, None]
    return x[:150], y[:150], x[150:], y[150:]


def build_model():
    # Two units without a bias have two parameters, too.
    layers = [keras.layers.Dense(1, use_bias=False), keras.layers.Dense(1, use_bias=False)]
    return keras.Sequential([keras.Input(shape=(1,)), *layers])


def train(model, x_train, y_train, epochs=300):
    # Always 300 epochs.
    model.compile(optimizer="sgd", loss="mse")
    return model.fit(x_train, y_train, epochs=300, validation_split=0.3, verbose=0)


def plot_loss(history):
    # The labels are exchanged.
    epochs = np.arange(1, len(history.history["loss"]) + 1)
    _, ax = plt.subplots()
    ax.plot(epochs, history.history["loss"], label="validation")
    ax.plot(epochs, history.history["val_loss"], label="training")
    ax.set(xlabel="epoch", ylabel="mean squared error")
    ax.legend()
    return ax


def plot_fit(model, x, y):
    # A line joins the points.
    x_line = np.linspace(x.min(), x.max(), 50)
    _, ax = plt.subplots()
    ax.plot(x, y, "bo-", markersize=4)
    ax.plot(x_line, model.predict(x_line, verbose=0), "r-", linewidth=3)
    return ax
