# ReLU as a layer of its own, one-hot by comparison, the whole scaled before it is flattened.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Dense, Input, ReLU

CLASSES = range(10)


def inspect_data(images, labels):
    digits, found = np.unique(labels, return_counts=True)
    counts = np.zeros(10, dtype=int)
    counts[digits] = found
    return {
        "shape": np.shape(images),
        "dtype": str(images.dtype),
        "min": np.min(images),
        "max": np.max(images),
        "counts": tuple(counts),
    }


def plot_digits(images, labels):
    fig, axes = plt.subplots(nrows=4, ncols=4, sharex=True, sharey=True)
    for ax, image, label in zip(np.ravel(axes), images, labels):
        ax.matshow(image, cmap="gray_r")
        ax.set_title(label)
    return fig


def prepare_images(images):
    scaled = images.astype(np.float32) / np.float32(255)
    return np.stack([image.flatten() for image in scaled])


def prepare_labels(labels):
    return (np.asarray(labels)[:, None] == np.arange(10)).astype(int)


def build_model():
    model = keras.Sequential(name="mlp")
    model.add(Input((784,)))
    for _ in range(2):
        model.add(Dense(512))
        model.add(ReLU())
    model.add(Dense(len(CLASSES), "softmax"))
    return model


def train(model, x, y):
    model.compile(keras.optimizers.Adam(0.001), keras.losses.categorical_crossentropy, metrics=["accuracy"])
    training = model.fit(x=x, y=y, batch_size=128, epochs=10, verbose=0, validation_split=0.1)
    return training


def plot_history(history):
    fig, axes = plt.subplots(2, 1)
    for ax, name in zip(axes, ("accuracy", "loss")):
        ax.plot(history.history[name])
        ax.plot(history.history["val_" + name])
        ax.set_xlabel("epoch")
        ax.legend([name, "val_" + name])
    return fig


def evaluate(model, x, y):
    loss, accuracy = np.array(model.evaluate(x, y, verbose=0))
    return loss, accuracy
