# Everything counted by hand: the split, the scores, the matrix; one Axes for each layer.
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.callbacks import EarlyStopping, TensorBoard
from keras.layers import Conv2D, Dense, Flatten, InputLayer, MaxPooling2D

NAMES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(",")


def prepare_data(images, labels):
    x = np.zeros((len(images), 28, 28, 1), dtype="float32")
    for i, image in enumerate(images):
        x[i, :, :, 0] = image / 255
    y = []
    for label in labels:
        row = [0.0] * 10
        row[int(label)] = 1.0
        y.append(row)
    return [x, y]


def split_data(x, y):
    order = np.random.RandomState(777).permutation(len(x))
    held = int(np.ceil(len(x) * 0.3))
    return [x[order[held:]], x[order[:held]], y[order[held:]], y[order[:held]]]


def build_cnn():
    def same(filters):
        return Conv2D(filters=filters, kernel_size=(3, 3), padding="same", activation=keras.activations.relu)

    def half():
        return MaxPooling2D(pool_size=(2, 2), strides=(2, 2), padding="same")

    return keras.models.Sequential(
        [
            InputLayer(shape=(28, 28, 1)),
            same(16), half(), same(32), half(), same(64), half(),
            Flatten(),
            Dense(units=64, activation=keras.activations.relu),
            Dense(units=10, activation=keras.activations.softmax),
        ]
    )


def plot_architecture(model):
    figure, axes = plt.subplots(1, len(model.layers), figsize=(3 * len(model.layers), 3))
    for ax, layer in zip(axes, model.layers):
        ax.set_title(layer.name)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_xlabel(str(layer.compute_output_shape(layer.input.shape)))
    return axes


def train(model, x_train, y_train, x_val, y_val, epochs=30, log_folder="logs/fashion"):
    model.compile(keras.optimizers.Adam(0.001), keras.losses.categorical_crossentropy, metrics=["accuracy"])
    stop = EarlyStopping(monitor="val_loss", mode="auto", patience=3, verbose=1, restore_best_weights=True)
    history = model.fit(
        x_train, y_train, 32, epochs, 0, [TensorBoard(log_folder, write_graph=False), stop],
        validation_data=[x_val, y_val],
    )
    return history


def class_report(labels, predicted):
    report = {}
    for number, name in enumerate(NAMES):
        tp = sum(1 for a, b in zip(labels, predicted) if a == b == number)
        fp = sum(1 for a, b in zip(labels, predicted) if b == number != a)
        fn = sum(1 for a, b in zip(labels, predicted) if a == number != b)
        precision = tp / (tp + fp) if tp + fp else 0
        recall = tp / (tp + fn) if tp + fn else 0
        f1 = 2 * precision * recall / (precision + recall) if tp else 0
        report[name] = {"precision": precision, "recall": recall, "f1-score": f1, "support": tp + fn}
    return report


def plot_confusion(labels, predicted):
    counts = [[0] * 10 for _ in range(10)]
    for a, b in zip(labels, predicted):
        counts[a][b] += 1
    shares = np.array([[count / max(1, sum(row)) for count in row] for row in counts])
    fig = plt.figure(figsize=(10, 10))
    ax = fig.add_subplot()
    ax.matshow(shares, vmin=0, vmax=1)
    ax.set_xticks(ticks=list(range(10)), labels=NAMES, rotation="vertical")
    ax.set_yticks(ticks=list(range(10)), labels=[f"{i}: {name}" for i, name in enumerate(NAMES)])
    ax.set_xlabel("Predicted")
    ax.set_ylabel("Actual (true)")
    for i in range(10):
        for j in range(10):
            if counts[i][j]:
                ax.text(j, i, f"{counts[i][j]}\n{shares[i][j]:.0%}", ha="center", va="center", fontsize=6)
    return ax
