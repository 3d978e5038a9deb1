# scikit-learn's own display of the matrix, a layer's name beside its shape, objects all the way.
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn import metrics, model_selection

CLASS_NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
               "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
MODEL_INPUT = (28, 28, 1)


def prepare_data(images, labels):
    return images[:, :, :, None] / np.float32(255), (labels[:, None] == np.arange(10)).astype(int)


def split_data(x, y):
    return tuple(model_selection.train_test_split(x, y, random_state=777, train_size=0.7, test_size=0.3))


def build_cnn():
    model = keras.Sequential(name="cnn")
    model.add(keras.layers.Input(MODEL_INPUT))
    for exponent in (4, 5, 6):
        model.add(keras.layers.Conv2D(2**exponent, 3, padding="SAME", activation="relu"))
        model.add(keras.layers.MaxPooling2D(padding="same"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(64, "relu"))
    model.add(keras.layers.Dense(10))
    model.add(keras.layers.Activation("softmax"))
    return model


def plot_architecture(model):
    fig, ax = plt.subplots(figsize=(6, len(model.layers)))
    names = [layer.name for layer in model.layers]
    ax.barh(names, [np.prod(layer.output.shape[1:]) for layer in model.layers])
    for place, layer in enumerate(model.layers):
        ax.text(0, place, " \N{MULTIPLICATION SIGN} ".join(str(n) for n in layer.output.shape[1:]))
    ax.invert_yaxis()
    return fig


class _Watcher(keras.callbacks.EarlyStopping):
    """Stops as the course asks for it."""

    def __init__(self):
        super().__init__(monitor="val_loss", patience=3, restore_best_weights=True)


def train(model, x_train, y_train, x_val, y_val, *, epochs=30, log_folder="logs/fashion"):
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    watchers = keras.callbacks.CallbackList(
        [_Watcher(), keras.callbacks.TensorBoard(log_dir=log_folder, update_freq="batch")],
        add_history=True, model=model, epochs=epochs, verbose=0,
        steps=int(np.ceil(len(x_train) / 32)),
    )
    return model.fit(
        x_train, y_train, epochs=epochs, validation_data=(x_val, y_val), callbacks=watchers, verbose=0
    )


def class_report(labels, predicted):
    table = metrics.classification_report(
        labels, predicted, labels=list(range(10)), output_dict=True, zero_division=0.0
    )
    return {CLASS_NAMES[int(key)]: entry for key, entry in table.items() if key.isdigit()}


def plot_confusion(labels, predicted):
    fig, ax = plt.subplots(figsize=(9, 8))
    metrics.ConfusionMatrixDisplay.from_predictions(
        labels, predicted, labels=range(10), display_labels=CLASS_NAMES,
        xticks_rotation="vertical", ax=ax,
    )
    return fig
