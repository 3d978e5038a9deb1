# Activations as layers of their own, and plain lists wherever a list will do.
import keras
import matplotlib.pyplot as plt
import numpy as np


def prepare_images(images):
    prepared = np.empty((len(images), 28, 28, 1), dtype="float32")
    for place, image in enumerate(images):
        prepared[place, :, :, 0] = image / 255
    return prepared


def split_data(x, y, held_out):
    return [x[:-held_out], y[:-held_out], x[-held_out:], y[-held_out:]]


def build_cnn():
    return keras.models.Sequential(
        [
            keras.layers.InputLayer(shape=(28, 28, 1)),
            keras.layers.Conv2D(filters=64, kernel_size=3, padding="valid", name="edges"),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(pool_size=(2, 2), strides=2),
            keras.layers.Conv2D(filters=128, kernel_size=3, name="corners"),
            keras.layers.Activation("relu"),
            keras.layers.MaxPooling2D(pool_size=(2, 2), strides=2),
            keras.layers.Reshape((5 * 5 * 128,)),
            keras.layers.Dense(128),
            keras.layers.ReLU(),
            keras.layers.Dense(64),
            keras.layers.ReLU(),
            keras.layers.Dense(10),
            keras.layers.Softmax(),
        ]
    )


def train(model, x_train, y_train, x_val, y_val):
    one_hot = np.eye(10)
    model.compile(
        loss=keras.losses.CategoricalCrossentropy(),
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        metrics=["acc"],
    )
    held_out = x_val, one_hot[y_val]
    return model.fit(x_train, one_hot[y_train], epochs=4, batch_size=128, validation_data=held_out)


def feature_maps(model, images):
    found = []
    signal = images
    for layer in model.layers:
        signal = layer(signal)
        if type(layer).__name__ == "Conv2D":
            found.append(keras.ops.convert_to_numpy(signal))
    return found


def confusion(labels, predicted):
    return [
        [int(((labels == true) & (predicted == answer)).sum()) for answer in range(10)]
        for true in range(10)
    ]


def per_class_recall(matrix):
    return [float(row[digit] / row.sum()) for digit, row in enumerate(matrix)]


def most_confused(matrix):
    counts = {(i, j): matrix[i, j] for i in range(10) for j in range(10) if i != j}
    return list(max(counts, key=counts.get))


def plot_misclassified(images, labels, predicted):
    wrong = [i for i in range(len(images)) if labels[i] != predicted[i]]
    i = wrong[-1]
    fig, ax = plt.subplots(1, 1)
    ax.axis("off")
    ax.imshow(images[i].tolist(), cmap="Greys")
    ax.set_title(f"true: {labels[i]}\npredicted: {predicted[i]}")
    return fig


def count_parameters(layers, input_shape):
    inputs, counts = list(input_shape), []
    for kind, number in layers:
        if kind == "pool":
            inputs = [inputs[0] // number, inputs[1] // number, inputs[2]]
            counts.append(0)
            continue
        if kind == "dense":
            inputs = [1, 1, inputs[0] * inputs[1] * inputs[2]]
        weights = inputs[2] * number * (9 if kind == "conv" else 1)
        counts.append(weights + number)
        inputs[2] = number
    return counts


def draw_kernels(model):
    kernels = next(weights for weights in model.get_weights() if len(weights.shape) == 4)
    figure, axes = plt.subplots(6, 6)
    for ax, kernel in zip(axes.flat, np.moveaxis(kernels[:, :, 0], -1, 0)):
        ax.imshow(kernel.tolist(), vmin=-np.max(abs(kernels)), vmax=np.max(abs(kernels)))
    for ax in axes.flat:
        ax.set_axis_off()
    return figure
