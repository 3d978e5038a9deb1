# Returns tensors, draws with pyplot, applies activations to tensors, and puts one History together.
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
import numpy as np


def inspect_data(images, labels):
    return {
        "shape": images.shape,
        "dtype": str(images.dtype),
        "min": int(images.min()),
        "max": int(images.max()),
        "counts": [int((labels == digit).sum()) for digit in range(10)],
    }


def plot_digits(images, labels):
    fig, axes = plt.subplots(4, 4)
    for i, ax in enumerate(axes.flat):
        ax.imshow(images[i], cmap="gray")
        ax.set_title(f"Class {labels[i]}")
        ax.axis("off")
    return fig


def prepare_images(images):
    return keras.ops.cast(keras.ops.reshape(images, (-1, 784)), "float32") / 255


def prepare_labels(labels):
    return keras.ops.one_hot(labels, 10)


def build_model():
    pixels = keras.Input(shape=(784,))
    hidden = keras.activations.relu(keras.layers.Dense(512)(pixels))
    hidden = keras.ops.relu(keras.layers.Dense(512)(hidden))
    return keras.Model(pixels, keras.activations.softmax(keras.layers.Dense(10)(hidden)))


def train(model, x, y):
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=128, epochs=4, validation_split=0.1, verbose=0)
    more = model.fit(x, y, batch_size=128, epochs=6, validation_split=0.1, verbose=0)
    for name, values in more.history.items():
        history.history[name] = history.history[name] + values
    return history


def plot_history(history):
    plt.figure()
    for place, name in enumerate(["accuracy", "loss"], 1):
        plt.subplot(2, 1, place)
        plt.plot(history.history[name], "k--", history.history["val_" + name], "k")
        plt.legend([f"{name} of the training", f"{name} of the validation"])
        plt.xlabel("Epochs")
    return plt.gcf()


def evaluate(model, x, y):
    loss, accuracy = model.evaluate(x, y, verbose=0)
    return loss, accuracy
