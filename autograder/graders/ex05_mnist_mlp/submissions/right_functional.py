# The Functional API with activations as layers, losses and optimizers as objects, a split by hand.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers


def inspect_data(images, labels):
    flat = images.ravel()
    return {
        "counts": np.histogram(labels, bins=np.arange(11))[0],
        "max": flat[flat.argmax()],
        "min": flat[flat.argmin()],
        "dtype": images.dtype.name,
        "shape": list(images.shape),
    }


def plot_digits(images, labels):
    figure = plt.figure(figsize=(6, 6))
    grid = figure.subplots(4, 4)
    for row in range(4):
        for column in range(4):
            place = 4 * row + column
            grid[row, column].imshow(images[place] / 255, vmin=0, vmax=1)
            grid[row, column].set_title(f"label: {labels[place]}")
    return figure


def prepare_images(images):
    return np.divide(np.reshape(images, (-1, 28 * 28)), 255, dtype="float32")


def prepare_labels(labels):
    return np.eye(10)[labels]


def build_model():
    inputs = keras.Input((784,), name="pixels")
    signal = inputs
    for units in (512, 512):
        signal = layers.Activation("relu")(layers.Dense(units)(signal))
    outputs = layers.Softmax()(layers.Dense(10)(signal))
    return keras.Model(inputs, outputs, name="mnist_model")


def train(model, x, y):
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    held = len(x) // 10
    return model.fit(
        x[:-held], y[:-held], 128, 10, verbose=0, validation_data=(x[-held:], y[-held:])
    )


def plot_history(history):
    figure, axes = plt.subplots(2, sharex=True)
    for name, values in history.history.items():
        axes[int("accuracy" in name)].plot(np.arange(len(values)) + 1, values, "o-", label=name)
    for ax in axes:
        ax.legend()
    axes[1].set_xlabel("epochs")
    figure.suptitle("learning curves")
    return figure


def evaluate(model, x, y):
    results = model.evaluate(x, y, verbose=0, return_dict=True)
    return results["loss"], results["accuracy"]
