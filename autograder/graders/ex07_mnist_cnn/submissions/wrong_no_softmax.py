# Ends with ten plain sums, and tells the loss so.
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
import numpy as np


def prepare_images(images):
    return np.expand_dims(images, -1).astype("float32") / 255


def split_data(x, y, held_out):
    cut = len(x) - held_out
    return x[:cut], y[:cut], x[cut:], y[cut:]


def build_cnn():
    model = keras.Sequential()
    model.add(keras.Input(shape=(28, 28, 1)))
    model.add(keras.layers.Conv2D(64, 3, activation="relu"))
    model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Conv2D(128, 3, activation="relu"))
    model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(128, activation="relu"))
    model.add(keras.layers.Dense(64, activation="relu"))
    model.add(keras.layers.Dense(10))
    return model


def train(model, x_train, y_train, x_val, y_val):
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model.fit(
        x_train, y_train, batch_size=128, epochs=4, validation_data=(x_val, y_val), verbose=0
    )


def feature_maps(model, images):
    convs = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    inner = keras.Model(model.inputs, [layer.output for layer in convs])
    first, second = inner.predict(images, verbose=0)
    return first, second


def confusion(labels, predicted):
    matrix = np.zeros((10, 10), dtype=int)
    for label, answer in zip(labels, predicted):
        matrix[label, answer] += 1
    return matrix


def per_class_recall(matrix):
    return matrix.diagonal() / matrix.sum(axis=1)


def most_confused(matrix):
    mistakes = matrix - np.diag(matrix.diagonal())
    row, column = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return row, column


def plot_misclassified(images, labels, predicted):
    i = np.flatnonzero(labels != predicted)[0]
    fig, ax = plt.subplots()
    ax.imshow(images[i], cmap="gray")
    ax.set_title(f"True: {labels[i]}, Predicted: {predicted[i]}")
    return fig


def count_parameters(layers, input_shape):
    height, width, channels = input_shape
    counts = []
    for kind, number in layers:
        if kind == "conv":
            counts.append(number * (9 * channels + 1))
            channels = number
        elif kind == "pool":
            counts.append(0)
            height, width = height // number, width // number
        else:
            counts.append(number * (height * width * channels + 1))
            height, width, channels = 1, 1, number
    return counts


def draw_kernels(model):
    first = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)][0]
    kernels = first.get_weights()[0]
    most = np.abs(kernels).max()
    rows = (kernels.shape[3] + 7) // 8
    figure = plt.figure()
    for f in range(kernels.shape[3]):
        ax = figure.add_subplot(rows, 8, f + 1)
        ax.imshow(kernels[:, :, 0, f], cmap="RdBu_r", vmin=-most, vmax=most)
        ax.axis("off")
    return figure
