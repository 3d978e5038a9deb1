# Builds and trains a new model instead of the given one, which stays untrained.
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
    return images.reshape(len(images), 784).astype("float32") / 255


def prepare_labels(labels):
    return keras.utils.to_categorical(labels, 10)


def build_model():
    model = keras.Sequential()
    model.add(keras.Input(shape=(784,)))
    model.add(keras.layers.Dense(512, activation="relu"))
    model.add(keras.layers.Dense(512, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def train(model, x, y):
    model = build_model()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, batch_size=128, epochs=10, validation_split=0.1, verbose=0)


def plot_history(history):
    fig, axes = plt.subplots(1, 2, figsize=(9, 4))
    for ax, name in zip(axes, ["loss", "accuracy"]):
        ax.plot(history.history[name], label="training")
        ax.plot(history.history["val_" + name], label="validation")
        ax.set_xlabel("epoch")
        ax.set_ylabel(name)
        ax.legend()
    return fig


def evaluate(model, x, y):
    loss, accuracy = model.evaluate(x, y, verbose=0)
    return loss, accuracy
