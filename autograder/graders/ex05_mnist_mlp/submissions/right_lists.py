# Plain loops and lists instead of arrays wherever a list will do.
import keras
import matplotlib.pyplot as plt
import numpy as np


def inspect_data(images, labels):
    values = [int(value) for value in images.ravel()]
    digits = [int(label) for label in labels]
    counts = [digits.count(digit) for digit in range(10)]
    return {
        "shape": (len(images), 28, 28),
        "dtype": "uint8",
        "min": min(values),
        "max": max(values),
        "counts": counts,
    }


def plot_digits(images, labels):
    fig = plt.figure()
    for i in range(16):
        ax = fig.add_subplot(4, 4, i + 1)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.imshow(images[i].tolist(), cmap="Greys")
        ax.set_title(int(labels[i]))
    return fig


def prepare_images(images):
    rows = []
    for image in images:
        rows.append([pixel / 255 for line in image for pixel in line])
    return np.array(rows, dtype="float32")


def prepare_labels(labels):
    rows = []
    for label in labels:
        row = [0] * 10
        row[int(label)] = 1
        rows.append(row)
    return rows


def build_model():
    return keras.models.Sequential(
        [
            keras.layers.InputLayer(shape=(784,)),
            keras.layers.Dense(units=512, activation=keras.activations.relu, name="first"),
            keras.layers.Dense(units=512, activation=keras.activations.relu, name="second"),
            keras.layers.Dense(units=10, activation=keras.activations.softmax, name="answer"),
        ]
    )


def train(model, x, y):
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, validation_split=0.1, epochs=10, batch_size=128, verbose=2)


def plot_history(history):
    fig, (left, right) = plt.subplots(2, 1, sharex=True)
    count = len(history.history["loss"])
    left.plot(range(count), history.history["loss"], "r", label="loss")
    left.plot(range(count), history.history["val_loss"], "b", label="val_loss")
    right.plot(range(count), history.history["accuracy"], "r--", label="accuracy")
    right.plot(range(count), history.history["val_accuracy"], "b--", label="val_accuracy")
    for ax in (left, right):
        ax.legend(loc="best")
        ax.set_xlabel("Epoch")
    return fig


def evaluate(model, x, y):
    return model.evaluate(x, y, verbose=0)
