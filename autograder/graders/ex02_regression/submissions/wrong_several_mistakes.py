# Ignores the seed, returns the parts in scikit-learn's order, and forgets epochs and legend.
import keras
import matplotlib.pyplot as plt
import numpy as np

SLOPE = 1.726
INTERCEPT = -0.84


def make_data(seed=0):
    np.random.seed(0)
    x = np.random.uniform(-2, 2, 200)
    noise = np.random.normal(0, 0.5 + x**2 / 3)
    return x, SLOPE * x + INTERCEPT + noise


def split_data(x, y):
    x_train, x_test = x[:150], x[150:]
    y_train, y_test = y[:150], y[150:]
    return x_train, x_test, y_train, y_test


def build_model():
    model = keras.Sequential()
    model.add(keras.Input(shape=(1,)))
    model.add(keras.layers.Dense(1))
    return model


def train(model, x_train, y_train, epochs=300):
    model.compile(optimizer="sgd", loss="mse")
    history = model.fit(x_train, y_train, validation_split=0.3, verbose=0)
    return history


def plot_loss(history):
    fig, ax = plt.subplots()
    loss = history.history["loss"]
    epochs = range(1, len(loss) + 1)
    ax.plot(epochs, loss, label="loss")
    ax.plot(epochs, history.history["val_loss"], label="val_loss")
    ax.set_xlabel("Epochs")
    ax.set_ylabel("Loss")
    return ax


def plot_fit(model, x, y):
    fig, ax = plt.subplots()
    ax.scatter(x, y)
    x_line = np.linspace(x.min(), x.max(), 100)
    ax.plot(x_line, model.predict(x_line, verbose=0), color="red")
    return ax
