# Functional API, columns of shape (n, 1), objects for optimizer and loss.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers


def make_data(seed: int = 0):
    rng = np.random.RandomState(seed)
    x = 4 * rng.random_sample(200) - 2
    sigma = 0.5 + np.square(x) / 3
    return x, 1.726 * x - 0.84 + sigma * rng.standard_normal(200)


def split_data(x, y):
    x_train, x_test = np.split(x, [150])
    y_train, y_test = np.split(y, [150])
    return x_train, y_train, x_test, y_test


def build_model():
    inputs = keras.Input(shape=(1,), name="x")
    outputs = layers.Dense(units=1, activation=None, name="line")(inputs)
    return keras.Model(inputs, outputs)


def train(model, x_train, y_train, epochs=300):
    model.compile(
        loss=keras.losses.MeanSquaredError(), optimizer=keras.optimizers.SGD(learning_rate=0.01)
    )
    return model.fit(
        x_train.reshape(-1, 1),
        y_train.reshape(-1, 1),
        epochs=epochs,
        verbose=0,
        validation_split=0.3,
    )


def plot_loss(history):
    figure = plt.figure(figsize=(8, 3))
    epochs = [epoch + 1 for epoch in history.epoch]
    for name in ["loss", "val_loss"]:
        plt.plot(epochs, history.history[name], "o-", label=name)
    ax = figure.axes[0]
    ax.set(xlabel="epoch", ylabel="MSE")
    figure.gca().legend()
    return ax


def plot_fit(model, x, y):
    ax = plt.figure().add_subplot()
    order = np.argsort(x)
    ax.plot(x[order], model.predict(x[order][:, None], verbose=0)[:, 0], color="black")
    ax.scatter(x, y, marker="+")
    return ax
