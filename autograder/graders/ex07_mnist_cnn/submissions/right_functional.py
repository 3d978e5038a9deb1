# The Functional API; layers chosen by their place, which is one further on; tensors for maps.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

CLASSES = np.arange(10)


def prepare_images(images):
    return (images.reshape(-1, 28, 28, 1) / 255.0).astype(np.float32)


def split_data(x, y, held_out):
    (x_train, x_val), (y_train, y_val) = (np.split(part, [len(part) - held_out]) for part in (x, y))
    return x_train, y_train, x_val, y_val


def build_cnn():
    image = keras.Input(shape=(28, 28, 1), name="image")
    signal = layers.Conv2D(64, (3, 3), activation=keras.activations.relu)(image)
    signal = layers.MaxPool2D((2, 2))(signal)
    signal = layers.Conv2D(128, (3, 3), activation=keras.activations.relu)(signal)
    signal = layers.MaxPool2D((2, 2))(signal)
    signal = layers.Flatten()(signal)
    signal = layers.Dense(128, "relu")(signal)
    signal = layers.Dense(64, "relu")(signal)
    answer = layers.Dense(10, "softmax", name="answer")(signal)
    return keras.Model(image, answer, name="digits")


def train(model, x_train, y_train, x_val, y_val):
    model.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"]
    )
    return model.fit(x_train, y_train, 128, 4, validation_data=[x_val, y_val], verbose=2)


def feature_maps(model, images):
    inner = keras.Model(model.input, [model.layers[1].output, model.layers[3].output])
    return inner(ops.convert_to_tensor(images))


def confusion(labels, predicted):
    pairs = np.asarray(labels, dtype=int) * 10 + np.asarray(predicted, dtype=int)
    return np.bincount(pairs, minlength=100).reshape(10, 10)


def per_class_recall(matrix):
    return np.einsum("ii->i", matrix) / np.einsum("ij->i", matrix)


def most_confused(matrix):
    off = np.where(CLASSES[:, None] == CLASSES, -1, matrix)
    return tuple(np.argwhere(off == off.max())[0])


def plot_misclassified(images, labels, predicted):
    place = np.argmax(labels != predicted)
    figure = plt.figure()
    figure.suptitle(f"True: {labels[place]}, Predicted: {predicted[place]}")
    figure.add_subplot().imshow(images[place, :, :, None] / 255, cmap="gray_r")
    return figure


def count_parameters(layers, input_shape):
    *sides, channels = input_shape
    counts = np.zeros(len(layers), dtype=object)
    for place, (kind, size) in enumerate(layers):
        match kind:
            case "pool":
                sides = [side // size for side in sides]
            case "conv":
                counts[place], channels = size * (9 * channels + 1), size
            case "dense":
                counts[place] = size * (sides[0] * sides[1] * channels + 1)
                sides, channels = [1, 1], size
    return list(counts)


def draw_kernels(model):
    kernels = ops.convert_to_numpy(
        next(one.kernel for one in model.layers if isinstance(one, layers.Conv2D))
    )
    kernels = kernels.reshape(3, 3, -1) / np.abs(kernels).max()
    figure, axes = plt.subplots(-(-kernels.shape[2] // 10), 10, squeeze=False)
    for ax, kernel in zip(axes.ravel(), kernels.transpose(2, 0, 1)):
        ax.matshow(kernel, cmap="bwr", vmin=-1, vmax=1)
    return figure
