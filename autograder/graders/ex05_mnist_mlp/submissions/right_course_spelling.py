# The spelling of the course text: keras out of tensorflow, add, input_shape, subplot.
import matplotlib.pyplot as plt
from tensorflow import keras
from tensorflow.keras import layers, models
from tensorflow.keras.utils import to_categorical


def inspect_data(images, labels):
    counts = [0] * 10
    for label in labels:
        counts[label] += 1
    return dict(shape=images.shape, dtype=images.dtype, min=images.min(), max=images.max(), counts=counts)


def plot_digits(images, labels):
    for i in range(16):
        plt.subplot(4, 4, i + 1)
        plt.imshow(images[i])
        plt.title("Class {}".format(labels[i]))
    return plt.gcf()


def prepare_images(images):
    images = images.reshape(images.shape[0], 784)
    images = images.astype("float32")
    images /= 255
    return images


def prepare_labels(labels):
    return to_categorical(labels, num_classes=10)


def build_model():
    model = models.Sequential()
    model.add(layers.Dense(512, activation="relu", input_shape=(784,)))
    model.add(layers.Dense(512, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def train(model, x, y):
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, batch_size=128, validation_split=0.1)
    return history


def plot_history(history):
    for place, name in enumerate(["loss", "accuracy"], 1):
        plt.subplot(1, 2, place)
        plt.plot(history.epoch, history.history[name])
        plt.plot(history.epoch, history.history["val_" + name])
        plt.legend([name, "val_" + name])
        plt.xlabel("Epochs")
    return plt.gcf()


def evaluate(model, x, y):
    score = model.evaluate(x, y, verbose=0)
    return score[0], score[1]
