# The Functional API with data sets of tf.data, a mesh as heat map, a table as architecture.
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import train_test_split

NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
         "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def prepare_data(images, labels):
    x = np.expand_dims(images.astype(np.float32) / np.float32(255), axis=-1)
    return x, np.eye(10)[labels]


def split_data(x, y):
    rows = np.arange(len(x))
    learnt, held = train_test_split(rows, train_size=0.7, random_state=777)
    return x[learnt], x[held], y[learnt], y[held]


def build_cnn():
    inputs = keras.Input((28, 28, 1), name="picture")
    signal = inputs
    for filters in (16, 32, 64):
        signal = layers.Conv2D(filters, (3, 3), padding="same")(signal)
        signal = layers.ReLU()(signal)
        signal = layers.MaxPool2D(padding="same")(signal)
    signal = layers.Reshape((1024,))(signal)
    signal = layers.Activation("relu")(layers.Dense(64)(signal))
    outputs = layers.Softmax()(layers.Dense(10)(signal))
    return keras.Model(inputs, outputs, name="fashion")


def plot_architecture(model):
    figure, ax = plt.subplots(layout="constrained")
    rows = [[type(one).__name__, "x".join(map(str, one.output.shape[1:]))] for one in model.layers]
    ax.table(rows, colLabels=["layer", "output"], loc="center")
    ax.set_axis_off()
    return figure


def train(model, x_train, y_train, x_val, y_val, epochs=30, log_folder="logs/fashion"):
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    learnt = tf.data.Dataset.from_tensor_slices((x_train, y_train))
    held = tf.data.Dataset.from_tensor_slices((x_val, y_val))
    return model.fit(
        learnt.shuffle(len(x_train)).batch(32),
        epochs=epochs,
        validation_data=held.batch(256),
        verbose=0,
        callbacks=[
            keras.callbacks.TensorBoard(f"{log_folder}/first"),
            keras.callbacks.EarlyStopping("val_loss", patience=3, mode="min", restore_best_weights=True),
        ],
    )


def class_report(labels, predicted):
    columns = precision_recall_fscore_support(labels, predicted, labels=range(10), zero_division=0)
    keys = ("precision", "recall", "f1-score", "support")
    return {name: dict(zip(keys, scores)) for name, *scores in zip(NAMES, *columns)}


def plot_confusion(labels, predicted):
    counts = np.histogram2d(labels, predicted, bins=(np.arange(11), np.arange(11)))[0]
    figure, ax = plt.subplots(figsize=(9, 9))
    mesh = ax.pcolormesh(counts)
    figure.colorbar(mesh)
    ax.invert_yaxis()
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.set_xticks(np.arange(10) + 0.5, NAMES, rotation=60)
    ax.set_yticks(np.arange(10) + 0.5, [name.upper() for name in NAMES])
    for row, column in zip(*counts.nonzero()):
        ax.annotate(f"{counts[row, column]:.0f}", (column + 0.5, row + 0.5), ha="center")
    return figure, ax
