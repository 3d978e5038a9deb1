# Loops and comprehensions: layers with names from a list, maps by Keras's own operations, counts
# by hand.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

DIGITS = range(10)


def prepare_images(images):
    return np.stack([[[[pixel] for pixel in row] for row in image] for image in images]).astype(
        "float32"
    ) / np.float32(255)


def split_data(x, y, held_out):
    first = range(len(x) - held_out)
    last = range(len(x) - held_out, len(x))
    return tuple(np.array([part[i] for i in rows]) for rows in (first, last) for part in (x, y))


def build_cnn():
    seeing = [
        part
        for block, filters in enumerate([64, 128], start=1)
        for part in (
            layers.Conv2D(filters, [3, 3], activation="relu", name=f"look_{block}"),
            layers.MaxPool2D(name=f"shrink_{block}"),
        )
    ]
    deciding = [layers.Dense(units, activation="relu", name=f"think_{units}") for units in (128, 64)]
    model = keras.Sequential([keras.Input((28, 28, 1), name="digit")], name="digits")
    for layer in [*seeing, layers.Flatten(name="row"), *deciding]:
        model.add(layer)
    model.add(layers.Dense(len(DIGITS), activation=ops.softmax, name="answer"))
    return model


def train(model, x_train, y_train, x_val, y_val):
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    asked = {"epochs": 4, "batch_size": 128, "validation_data": (x_val, y_val), "verbose": 0}
    return model.fit(x=x_train, y=y_train, **asked)


def feature_maps(model, images):
    """Convolve with the layers' own weights."""
    (kernel, bias), (kernel_2, bias_2) = [
        layer.get_weights() for layer in model.layers if isinstance(layer, layers.Conv2D)
    ]
    first = ops.relu(ops.conv(images, kernel, padding="valid") + bias)
    halved = ops.max_pool(first, pool_size=2, strides=2, padding="valid")
    second = ops.relu(ops.conv(halved, kernel_2, padding="valid") + bias_2)
    return ops.convert_to_numpy(first), ops.convert_to_numpy(second)


def confusion(labels, predicted):
    counts = {(true, answer): 0 for true in DIGITS for answer in DIGITS}
    for pair in zip(labels.tolist(), predicted.tolist()):
        counts[pair] += 1
    return np.array([[counts[true, answer] for answer in DIGITS] for true in DIGITS])


def per_class_recall(matrix):
    recalls = []
    for digit in DIGITS:
        found, missed = 0, 0
        for answer in DIGITS:
            if answer == digit:
                found += matrix[digit][answer]
            else:
                missed += matrix[digit][answer]
        recalls.append(found / (found + missed))
    return np.array(recalls)


def most_confused(matrix):
    pairs = [(i, j) for i in DIGITS for j in DIGITS if i != j]
    return max(pairs, key=lambda pair: matrix[pair])


def plot_misclassified(images, labels, predicted):
    for image, label, answer in zip(images, labels, predicted):
        if label != answer:
            break
    plt.figure(figsize=(2, 2))
    plt.imshow(image, cmap="binary")
    plt.title("True: {}, Predicted: {}".format(label, answer))


def count_parameters(layers, input_shape):
    h, w, c = input_shape
    result = [0] * len(layers)
    for i in range(len(layers)):
        kind, n = layers[i]
        if kind == "pool":
            h = int(h / n)
            w = int(w / n)
        elif kind == "conv":
            result[i] = c * n * 3 * 3 + n
            c = n
        elif kind == "dense":
            result[i] = h * w * c * n + n
            h = w = 1
            c = n
    return tuple(result)


def draw_kernels(model):
    layer = None
    for candidate in model.layers:
        if layer is None and candidate.__class__.__name__ == "Conv2D":
            layer = candidate
    kernels = np.array(layer.kernel)
    largest = max(abs(value) for value in kernels.ravel())
    fig = plt.figure(figsize=(9, 9))
    for i in range(kernels.shape[-1]):
        plt.subplot(5, 5, i + 1)
        plt.imshow(kernels[..., 0, i], vmin=-largest, vmax=largest, cmap="gray")
        plt.title(str(i))
    return fig
