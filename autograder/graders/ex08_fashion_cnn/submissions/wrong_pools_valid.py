# Forgets the padding of the poolings: of 7 rows 3 are left.
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import train_test_split

CLASS_NAMES = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]


def prepare_data(images, labels):
    x = images.reshape(-1, 28, 28, 1).astype("float32") / 255
    y = keras.utils.to_categorical(labels, 10)
    return x, y


def split_data(x, y):
    return train_test_split(x, y, test_size=0.3, random_state=777)


def build_cnn():
    model = keras.Sequential()
    model.add(keras.Input(shape=(28, 28, 1)))
    model.add(keras.layers.Conv2D(16, 3, padding="same", activation="relu"))
    model.add(keras.layers.MaxPooling2D(2, strides=2))
    model.add(keras.layers.Conv2D(32, 3, padding="same", activation="relu"))
    model.add(keras.layers.MaxPooling2D(2, strides=2))
    model.add(keras.layers.Conv2D(64, 3, padding="same", activation="relu"))
    model.add(keras.layers.MaxPooling2D(2, strides=2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(64, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def plot_architecture(model):
    fig, ax = plt.subplots(figsize=(4, 8))
    for i, layer in enumerate(model.layers):
        text = f"{layer.name}: {layer.output.shape}"
        ax.text(0.5, 1 - i / len(model.layers), text, ha="center", bbox={"facecolor": "white"})
    ax.axis("off")
    return fig


def train(model, x_train, y_train, x_val, y_val, epochs=30, log_folder="logs/fashion"):
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
        keras.callbacks.TensorBoard(log_dir=log_folder),
    ]
    return model.fit(
        x_train, y_train, batch_size=32, epochs=epochs,
        validation_data=(x_val, y_val), callbacks=callbacks, verbose=0,
    )


def class_report(labels, predicted):
    return classification_report(
        labels, predicted, labels=range(10), target_names=CLASS_NAMES,
        output_dict=True, zero_division=0,
    )


def plot_confusion(labels, predicted):
    counts = confusion_matrix(labels, predicted, labels=range(10))
    fig, ax = plt.subplots(figsize=(8, 7))
    ax.imshow(counts, cmap="Blues")
    ax.set_xticks(range(10), CLASS_NAMES, rotation=90)
    ax.set_yticks(range(10), CLASS_NAMES)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    for row in range(10):
        for column in range(10):
            ax.text(column, row, counts[row, column], ha="center", va="center")
    return fig
