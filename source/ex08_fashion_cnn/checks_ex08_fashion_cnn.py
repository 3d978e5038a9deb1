"""The checks of ex08_fashion_cnn, which its notebook's check cells run: keep this file beside it.

Rendered from the course's own files. The checks stand first; below them is what turns a failure
into words.
"""

from __future__ import annotations

import __main__ as notebook
import ast
import functools
import html
import inspect
import linecache
import re
import textwrap
import traceback
from IPython.display import display
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from typing import Iterator


def test_prepare_data_adds_a_channel_and_scales(student):
    """Images get a channel axis and values between 0 and 1, however many there are."""
    import numpy as np

    def numbers(value):
        try:
            array = np.asarray(value)
        except Exception:
            array = np.array(None)
        return array if array.dtype.kind in "biuf" else np.empty(0)

    for count in (5, 1):
        images = np.zeros((count, 28, 28), dtype="uint8")
        images[:, 0, 1], images[:, 1, 0], images[:, 27, 27] = 51, 102, 204
        result = student.prepare_data(images, np.zeros(count, dtype="uint8"))
        assert isinstance(result, (tuple, list)) and len(result) == 2, (
            "prepare_data returns two arrays: images and labels.\n"
            f"Received: {type(result).__name__}.\n"
            "End with `return x, y`."
        )
        x = numbers(result[0])
        assert x.shape == (count, 28, 28, 1), (
            f"{count} images of 28 by 28 give an array of shape ({count}, 28, 28, 1).\n"
            f"Received: shape {x.shape}.\n"
            "Add the channel as the last axis: images[..., np.newaxis]."
        )
        assert x.dtype == np.float32, (
            "The prepared values are float32.\n"
            f"Received: {x.dtype}.\n"
            'Call `.astype("float32")` before you divide.'
        )
        received = [round(float(x[0, row, column, 0]), 3) for row, column in ((0, 1), (1, 0))]
        assert received == [0.2, 0.4], (
            "Pixels 51 in row 0, column 1, and 102 in row 1, column 0, become 0.2 and 0.4.\n"
            f"Received: {received}.\n"
            "Divide by 255, not by the largest value that happens to occur."
        )


def test_prepare_data_gives_one_hot_labels(student):
    """Each label becomes a row of ten: 1 at its place, 0 elsewhere."""
    import numpy as np

    def numbers(value):
        try:
            array = np.asarray(value)
        except Exception:
            array = np.array(None)
        return array if array.dtype.kind in "biuf" else np.empty(0)

    labels = np.array([5, 0, 4, 1, 5], dtype="uint8")
    result = student.prepare_data(np.zeros((5, 28, 28), dtype="uint8"), labels)
    y = numbers(result[1] if isinstance(result, (tuple, list)) and len(result) == 2 else None)
    assert y.shape == (5, 10), (
        "Five labels give an array of shape (5, 10), even where the class 9 does not occur.\n"
        f"Received: shape {y.shape}.\n"
        "Call `keras.utils.to_categorical(labels, num_classes=10)`."
    )
    expected = np.zeros((5, 10))
    expected[range(5), labels] = 1
    assert (y == expected).all(), (
        "The label 5 becomes 0 0 0 0 0 1 0 0 0 0.\n"
        f"Received: {' '.join(f'{value:g}' for value in y[0])}.\n"
        "Put the 1 into the column that the label names, counted from 0."
    )


def test_split_data_gives_70_and_30_percent(student):
    """Ten images are split into seven and three, in scikit-learn's order, with their labels."""
    import numpy as np

    def numbers(value):
        try:
            array = np.asarray(value)
        except Exception:
            array = np.array(None)
        return array if array.dtype.kind in "biuf" else np.empty(0)

    x = np.arange(10, dtype="float32").reshape(10, 1, 1, 1) / 10
    parts = student.split_data(x, np.eye(10, dtype="float32"))
    assert isinstance(parts, (tuple, list)) and len(parts) == 4, (
        "split_data returns four arrays.\n"
        f"Received: {type(parts).__name__}.\n"
        "Return what `train_test_split(x, y, ...)` gives."
    )
    parts = [numbers(part) for part in parts]
    shapes = [part.shape for part in parts]
    expected = [(7, 1, 1, 1), (3, 1, 1, 1), (7, 10), (3, 10)]
    assert shapes == expected, (
        f"Ten images give x_train, x_val, y_train, y_val of the shapes {expected}.\n"
        f"Received: {shapes}.\n"
        "Call `train_test_split(x, y, test_size=0.3, ...)`, and keep its order."
    )
    rows = [part[:, 0, 0, 0].round(1) * 10 for part in parts[:2]]
    owners = [part.argmax(axis=1) for part in parts[2:]]
    assert all((row == owner).all() for row, owner in zip(rows, owners, strict=True)), (
        "Each image keeps its own label.\n"
        f"Received: images {rows[0].astype(int).tolist()} with the labels of "
        f"{owners[0].tolist()}.\n"
        "Split x and y in one call, so that both are shuffled alike."
    )


def test_split_data_is_the_same_for_everybody(student):
    """The seed 777 puts the same three rows of ten aside, in the same order, each time."""
    import numpy as np

    def numbers(value):
        try:
            array = np.asarray(value)
        except Exception:
            array = np.array(None)
        return array if array.dtype.kind in "biuf" else np.empty(0)

    x = np.arange(10, dtype="float32").reshape(10, 1, 1, 1)
    labels = np.eye(10, dtype="float32")
    both = [student.split_data(x.copy(), labels.copy()) for _ in range(2)]
    four = [isinstance(parts, (tuple, list)) and len(parts) == 4 for parts in both]
    held = [numbers(parts[1] if right else None) for parts, right in zip(both, four, strict=True)]
    rows = [part.ravel().astype(int).tolist() for part in held]
    assert rows[0] == rows[1], (
        "The split is the same each time.\n"
        f"Received: the images {rows[0]} for validation, and then {rows[1]}.\n"
        "Name the seed: random_state=777."
    )
    assert rows[0] == [2, 0, 8], (
        "Of ten images the seed 777 puts 2, 0, 8 aside for validation, in this order.\n"
        f"Received: {rows[0]}.\n"
        "Call `train_test_split(x, y, test_size=0.3, random_state=777)`, shuffled as it does."
    )


def test_cnn_has_the_layers_of_the_table(student):
    """Shapes and parameters of all layers are those of the table: 89,546 in all."""
    import keras

    model = student.build_cnn()
    assert isinstance(model, keras.Model) and model.built, (
        "build_cnn returns a Keras model that knows its input.\n"
        f"Received: {str(model)[:200]}.\n"
        "Start with `keras.Input(shape=(28, 28, 1))`, and end the function with `return model`."
    )
    assert model.input_shape == (None, 28, 28, 1), (
        "The input has the shape (None, 28, 28, 1).\n"
        f"Received: {model.input_shape}.\n"
        "Use `keras.Input(shape=(28, 28, 1))`."
    )
    maps = [
        tuple(getattr(layer.output, "shape", ()))[1:]
        for layer in model.layers
        if "Conv" in type(layer).__name__ or "Pool" in type(layer).__name__
    ]
    expected = [(28, 28, 16), (14, 14, 16), (14, 14, 32), (7, 7, 32), (7, 7, 64), (4, 4, 64)]
    assert maps == expected, (
        f"The convolutions and poolings give maps of the shapes {expected}.\n"
        f"Received: {maps}.\n"
        'Follow each Conv2D with a MaxPooling2D, and give all six padding="same".'
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [160, 4640, 18496, 65600, 650], (
        "The layers have 160, 4,640, 18,496, 65,600 and 650 parameters.\n"
        f"Received: {counts}.\n"
        "Kernels have size 3; after the last pooling come Flatten, Dense(64), Dense(10)."
    )


def test_cnn_uses_relu_and_softmax(student):
    """Hidden layers pass on what is positive, and the ten outputs are probabilities."""
    import keras
    import numpy as np

    def numbers(value):
        try:
            array = np.asarray(value)
        except Exception:
            array = np.array(None)
        return array if array.dtype.kind in "biuf" else np.empty(0)

    model = student.build_cnn()
    rng = np.random.default_rng(8)
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    shapes = [weights.shape for weights in arrays]
    kernels = [(3, 3, 1, 16), (3, 3, 16, 32), (3, 3, 32, 64), (1024, 64), (64, 10)]
    assert shapes[::2] == kernels and len(shapes) == 10, (
        f"Three Conv2D and two Dense layers hold kernels of the shapes {kernels}, and biases.\n"
        f"Received: arrays of the shapes {shapes}.\n"
        "Compare the layers with the table."
    )
    weights = [rng.normal(0, 0.1, shape).astype("float32") for shape in shapes]
    model.set_weights(weights)
    x = rng.uniform(0, 1, (3, 28, 28, 1)).astype("float32")
    outputs = numbers(model.predict(x, verbose=0))
    assert outputs.shape == (3, 10), (
        "Three images give outputs of shape (3, 10).\n"
        f"Received: shape {outputs.shape}.\n"
        "The last layer is Dense(10), after a Flatten."
    )
    sums = ", ".join(f"{total:.2f}" for total in outputs.sum(axis=1))
    assert np.allclose(outputs.sum(axis=1), 1, atol=1e-4), (
        "The ten outputs are probabilities: together they make 1.\n"
        f"Received: sums {sums}.\n"
        'Give the last layer `activation="softmax"`.'
    )
    signal = x
    for kernel, bias in zip(weights[0:6:2], weights[1:6:2], strict=True):
        signal = keras.ops.relu(keras.ops.conv(signal, kernel, padding="same") + bias)
        signal = keras.ops.max_pool(signal, 2, 2, padding="same")
    hidden = np.asarray(signal).reshape(3, -1) @ weights[6] + weights[7]
    powers = np.exp(np.maximum(0, hidden) @ weights[8] + weights[9])
    expected = powers / powers.sum(axis=1, keepdims=True)
    assert np.allclose(outputs, expected, atol=1e-3), (
        "Three Conv2D and the Dense layer of 64 units pass on max(0, z), and one softmax ends it.\n"
        "Received: outputs of a network with other activations, more of them, or another pooling.\n"
        'Give each of the four `activation="relu"`, and compare every layer with the table.'
    )


def test_architecture_names_layers_and_shapes(student):
    """The picture of a small network has a box for each layer, in order, with its output shape."""
    import itertools
    import re

    import keras
    import matplotlib.pyplot as plt

    layers = keras.layers
    model = keras.Sequential([keras.Input((12, 12, 2)), layers.Conv2D(5, 3, name="seeing")])
    model.add(layers.MaxPooling2D(2, name="shrinking"))
    model.add(layers.Flatten(name="laying_out"))
    model.add(layers.Dense(7, name="answering"))
    plt.close("all")
    drawn = student.plot_architecture(model)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
    try:
        assert figure.axes, (
            "plot_architecture returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `figure, ax = plt.subplots()`, and end with `return figure`."
        )
        figure.canvas.draw()  # places the names of ticks
        artists = figure.findobj(plt.Text)
        for table in (table for ax in figure.axes for table in ax.tables):
            artists += [cell.get_text() for cell in table.get_celld().values()]
        texts = [text.get_text() for text in artists if text.get_text()]
        whole = " | ".join(texts).lower()
        for layer in model.layers:
            kind = type(layer).__name__
            assert layer.name in whole or kind.lower() in whole, (
                f"A text names the layer {layer.name!r}, or its class {kind}.\n"
                f"Received: the texts {texts}.\n"
                "Go through `model.layers`; write `layer.name` or `type(layer).__name__`."
            )
        for layer in model.layers:
            sizes = [str(size) for size in layer.output.shape[1:]]
            pattern = r"(?<!\d)" + r"\D{1,5}".join(sizes) + r"(?!\d)"
            assert re.search(pattern, whole), (
                f"A text tells the output shape {layer.output.shape} of {layer.name!r}.\n"
                f"Received: the texts {texts}.\n"
                "Write `layer.output.shape` of each layer."
            )
        labels = []
        for layer in model.layers:
            named = [one for one in artists if layer.name in one.get_text().lower()]
            kind = type(layer).__name__.lower()
            named += [one for one in artists if kind in one.get_text().lower()]
            labels.append(named[0])
        assert len({id(one) for one in labels}) == len(labels), (
            "Each layer has a box of its own, with a text of its own.\n"
            f"Received: one text for several layers, {labels[0].get_text()[:60]!r}.\n"
            "Call `ax.text` once for each layer."
        )
        sizes = [[str(size) for size in layer.output.shape[1:]] for layer in model.layers]
        for layer, size, label in zip(model.layers, sizes, labels, strict=True):
            inside = " ".join(re.findall(r"\d+", label.get_text()))
            told = [other for other in sizes if len(other) == 3 and " ".join(other) in inside]
            assert size in told or " ".join(size) in inside or not told, (
                f"The box of {layer.name!r} tells the shape of its own output, {', '.join(size)}.\n"
                f"Received: that of another layer, {label.get_text()!r}.\n"
                "Take `layer.output.shape` of the same layer."
            )
        boxes = [one.get_window_extent() for one in labels]
        middles = [((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]
        orders = [[x for x, _ in middles], [y for _, y in middles]]
        orders += [[-place for place in places] for places in orders]
        orders.append([(-round(y / 20), x) for x, y in middles])  # rows, as one reads
        orders.append([(round(x / 20), -y) for x, y in middles])  # columns
        assert any(
            all(one < other for one, other in itertools.pairwise(places)) for places in orders
        ), (
            "The boxes stand in the order of the layers, each at a place of its own.\n"
            f"Received: their middles at {[(round(x), round(y)) for x, y in middles]}.\n"
            "Go through `model.layers`, and move on by one step for each."
        )
        boxed = sum(text.get_bbox_patch() is not None for text in figure.findobj(plt.Text))
        boxed += sum(len(table.get_celld()) for ax in figure.axes for table in ax.tables)
        boxed += sum(len(ax.patches) + len(ax.lines) + len(ax.collections) for ax in figure.axes)
        boxed += sum(ax.axison for ax in figure.axes)
        assert boxed >= len(model.layers), (
            "Each layer has a box around its text.\n"
            f"Received: {boxed} boxes for {len(model.layers)} layers.\n"
            'Call `ax.text(x, y, text, bbox={"facecolor": "white"})`.'
        )
    finally:
        plt.close("all")


def test_train_asks_for_the_right_training(student):
    """The given model is compiled as asked, and fitted in batches of 32 on the given images."""
    import re
    import tempfile

    import keras
    import numpy as np

    def loss_of(model, x, y):
        try:
            return float(model.evaluate(x, y, verbose=0, return_dict=True)["loss"])
        except Exception:
            return float("nan")

    rng = np.random.default_rng(5)
    x, labels = rng.uniform(0, 1, (160, 28, 28, 1)).astype("float32"), rng.integers(0, 10, 160)
    y = np.eye(10, dtype="float32")[labels]
    dense = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), dense])
    before = model.get_weights()[0]
    with tempfile.TemporaryDirectory() as folder:
        history = student.train(model, x[:96], y[:96], x[96:], y[96:], epochs=2, log_folder=folder)
    assert isinstance(history, keras.callbacks.History), (
        "train returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert not np.allclose(before, model.get_weights()[0]), (
        "train trains the model that it is given.\n"
        "Received: a model with the weights that it had before.\n"
        "Call `compile` and `fit` of the argument `model`; build no new one."
    )
    optimizer = type(model.optimizer).__name__
    assert optimizer == "Adam", (
        f'The optimizer is Adam.\nReceived: {optimizer}.\nCompile with `optimizer="adam"`.'
    )
    try:
        loss = keras.losses.get(model.loss)
    except (TypeError, ValueError):
        loss = model.loss
    name = getattr(loss, "name", getattr(loss, "__name__", loss))
    assert name == "categorical_crossentropy", (
        "One-hot labels of ten classes ask for the categorical cross-entropy.\n"
        f"Received: {name}.\n"
        'Compile with `loss="categorical_crossentropy"`.'
    )
    wanted = {"loss", "accuracy", "val_loss", "val_accuracy"}
    named = {re.sub("acc$", "accuracy", name) for name in history.history}  # "acc" is the same
    assert wanted <= named, (
        f"The history has {', '.join(sorted(wanted))}.\n"
        f"Received: {', '.join(sorted(history.history))}.\n"
        'Compile with `metrics=["accuracy"]`, and fit with `validation_data=(x_val, y_val)`.'
    )
    epochs = len(history.history["loss"])
    assert epochs == 2, (
        "With `epochs=2` the training lasts two epochs.\n"
        f"Received: {epochs}.\n"
        "Fit with `epochs=epochs`, the argument."
    )
    steps = history.params["steps"]
    assert steps == 3, (
        "96 training images are 3 batches of 32.\n"
        f"Received: {steps} batches.\n"
        "Fit with `batch_size=32`, on all of x_train, without `validation_split`."
    )
    # With restored weights the model has the lower of the two losses.
    measured = loss_of(model, x[96:], y[96:])
    told = history.history["val_loss"]
    assert np.isclose(told, measured, rtol=1e-3).any(), (
        "The validation loss is measured on x_val and y_val.\n"
        f"Received: {[round(loss, 4) for loss in told]}, but {measured:.4f} on x_val, y_val.\n"
        "Fit with `validation_data=(x_val, y_val)`."
    )


def test_train_stops_by_itself(student):
    """Three epochs after the lowest validation loss the training ends, with the best weights."""
    import tempfile

    import keras
    import numpy as np

    def loss_of(model, x, y):
        try:
            return float(model.evaluate(x, y, verbose=0, return_dict=True)["loss"])
        except Exception:
            return float("nan")

    rng = np.random.default_rng(1)
    looks = rng.integers(0, 2, (10, 28, 28, 1))
    labels = rng.integers(0, 10, 187)
    x = (0.8 * looks[labels] + 0.2 * rng.uniform(0, 1, (187, 28, 28, 1))).astype("float32")
    # A third of the validation labels is wrong: the surer the network becomes, the worse.
    labels[96::3] = (labels[96::3] + 1) % 10
    y = np.eye(10, dtype="float32")[labels]
    dense = keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), dense])
    with tempfile.TemporaryDirectory() as folder:
        history = student.train(model, x[:96], y[:96], x[96:], y[96:], epochs=25, log_folder=folder)
    logs = history.history if isinstance(history, keras.callbacks.History) else {}
    losses = [loss for loss in logs.get("val_loss", []) if isinstance(loss, float)] or [0.0]
    best, told = int(np.argmin(losses)) + 1, [round(loss, 3) for loss in losses]
    assert len(losses) == best + 3, (
        f"The validation loss is lowest in epoch {best}; the training ends after {best + 3}.\n"
        f"Received: {len(losses)} epochs, with the validation losses {told}.\n"
        'Add `EarlyStopping(monitor="val_loss", patience=3, ...)` to the callbacks.'
    )
    measured = loss_of(model, x[96:], y[96:])
    assert np.isclose(measured, losses[best - 1], rtol=1e-3), (
        f"The model gets the weights of its best epoch back, with a loss of {min(told):.3f}.\n"
        f"Received: a model with a loss of {measured:.3f}.\n"
        "Give EarlyStopping `restore_best_weights=True`."
    )


def test_train_writes_for_tensorboard(student):
    """There are TensorBoard's event files in the folder that is given."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    x, y = np.zeros((32, 28, 28, 1), "float32"), np.eye(10, dtype="float32")[[3] * 32]
    dense = keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), dense])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "watched"
        student.train(model, x, y, x[:9], y[:9], epochs=1, log_folder=str(folder))
        found = list(folder.rglob("*tfevents*"))
    assert found, (
        "TensorBoard's event files lie in the folder `log_folder`.\n"
        "Received: no event file there.\n"
        "Add `keras.callbacks.TensorBoard(log_dir=log_folder)` to the callbacks."
    )


def test_report_has_ten_names(student):
    """There is an entry for each class under its name, also where classes do not occur."""
    import numpy as np

    names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker"]
    names += ["Bag", "Ankle boot"]
    for labels, predicted in (
        (np.arange(10), np.arange(10)),
        (np.array([0, 6, 6, 2]), np.array([6, 6, 0, 2])),
    ):
        report = student.class_report(labels, predicted)
        assert isinstance(report, dict), (
            "class_report returns a dictionary.\n"
            f"Received: {type(report).__name__}.\n"
            "Call `classification_report(..., output_dict=True)`."
        )
        missing = [name for name in names if name not in report]
        assert not missing, (
            "The report has an entry under the name of each class.\n"
            f"Received: none for {missing[0]}, but {', '.join(map(str, report))}.\n"
            "Give `labels=range(10)` and `target_names=CLASS_NAMES`."
        )


def test_report_counts_right(student):
    """Of two shirts one is found, and two of three answers "Shirt" are wrong."""
    import numpy as np

    def number(value):
        try:
            return round(float(value), 3)
        except (TypeError, ValueError, OverflowError):
            return type(value).__name__

    labels = np.array([6, 6, 0, 0, 4, 2])
    predicted = np.array([6, 0, 6, 0, 6, 2])
    report = student.class_report(labels, predicted)
    entries = report if isinstance(report, dict) else {}
    shirt, pullover = (
        {**one} if isinstance(one, dict) else {}
        for one in (entries.get("Shirt"), entries.get("Pullover"))
    )
    wanted = {"precision": 1 / 3, "recall": 1 / 2, "f1-score": 2 / 5, "support": 2}
    missing = [name for name in wanted if name not in shirt]
    assert not missing, (
        f"Each entry has {', '.join(wanted)}.\n"
        f"Received: {', '.join(map(str, shirt)) or 'no entry of that kind for Shirt'}.\n"
        "Add what is missing, under that very name."
    )
    received = {name: number(shirt[name]) for name in wanted}
    assert received == {name: round(value, 3) for name, value in wanted.items()}, (
        "Of two shirts one is found, and of three answers Shirt one is right: "
        "precision 0.333, recall 0.5, f1-score 0.4, support 2.\n"
        f"Received: {received}.\n"
        "The true labels come first, then the predicted; the names in the order of the labels."
    )
    recall = number(pullover.get("recall"))
    assert recall == 1, (
        "The only pullover, label 2, is found: its recall is 1.\n"
        f"Received: {recall}.\n"
        "Keep the names in the order of the labels."
    )


def test_confusion_is_a_heat_map(student):
    """Rows are true, columns predicted: two coats taken for shirts are in row 4, column 6."""
    import matplotlib.pyplot as plt
    import numpy as np

    labels = np.array([4, 4, 4, 0, 1, 8, 9, 6, 6, 6])
    predicted = np.array([6, 6, 4, 0, 1, 8, 9, 4, 6, 6])
    counts = np.zeros((10, 10))
    np.add.at(counts, (labels, predicted), 1)
    plt.close("all")
    drawn = student.plot_confusion(labels, predicted)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
    try:
        assert figure.axes, (
            "plot_confusion returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `figure, ax = plt.subplots()`, and end with `return figure`."
        )
        # `imshow` gives images, `pcolormesh` meshes; an Axes called <colorbar> is none of both.
        shown = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
        grids = [one.get_array() for ax in shown for one in (*ax.images, *ax.collections)]
        images = [np.asarray(grid) for grid in grids if grid is not None]
        shapes = [image.shape for image in images]
        images = [image.reshape(10, 10) for image in images if image.size == 100]
        assert images, (
            "The picture shows a heat map of 10 rows and 10 columns, whatever classes occur.\n"
            f"Received: images of the shapes {shapes}.\n"
            "Draw `confusion_matrix(..., labels=range(10))` with `ax.imshow`."
        )
        cells = [float(images[0][4, 6]), float(images[0][6, 4])]
        assert cells[0] > cells[1] > 0, (
            "Two coats (4) were taken for shirts (6), one shirt for a coat: "
            "row 4, column 6 is 2, and row 6, column 4 is 1.\n"
            f"Received: {cells[0]:g} and {cells[1]:g}.\n"
            "Rows are true, columns predicted: the true labels come first."
        )
    finally:
        plt.close("all")


def test_confusion_is_named_and_numbered(student):
    """The class names stand at both axes, and each cell has its number in it."""
    import re

    import matplotlib.pyplot as plt
    import numpy as np

    labels = np.repeat(np.arange(10), 3)
    predicted = labels.copy()
    predicted[[12, 13]] = 6
    plt.close("all")
    drawn = student.plot_confusion(labels, predicted)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
    try:
        grids = [
            (ax, grid)
            for ax in figure.axes
            for grid in (*ax.images, *ax.collections)
            if np.size(grid.get_array()) == 100
        ]
        assert grids, (
            "The picture shows a heat map of 10 rows and 10 columns.\n"
            "Received: none.\n"
            "Draw the confusion matrix with `ax.imshow`."
        )
        ax, grid = grids[0]
        figure.canvas.draw()
        # The cells of an image have whole numbers in the middle, those of a mesh at the rim.
        rim = 0.0 if grid in ax.images else 0.5
        for side in ("x", "y"):
            ticks = getattr(ax, f"get_{side}ticklabels")()
            places = {
                round(float(tick.get_position()[side == "y"]) - rim): tick.get_text().strip()
                for tick in ticks
            }
            wanted = {0: "T-shirt/top", 1: "Trouser", 9: "Ankle boot"}
            received = {place: places.get(place, "no name") for place in wanted}
            right = [name.lower() in received[place].lower() for place, name in wanted.items()]
            assert all(right), (
                f"The {side} axis has T-shirt/top at 0, Trouser at 1, ... Ankle boot at 9.\n"
                f"Received: {received}.\n"
                f"Call `ax.set_{side}ticks(range(10), CLASS_NAMES)`."
            )
        titles = f"{ax.get_xlabel()} {ax.get_ylabel()}".lower()
        assert "predict" in titles and ("true" in titles or "actual" in titles), (
            'The x axis is called "predicted", the y axis "true".\n'
            f"Received: {ax.get_xlabel()!r} and {ax.get_ylabel()!r}.\n"
            'Call `ax.set(xlabel="predicted", ylabel="true")`.'
        )
        cells = {
            tuple(round(float(at) - rim) for at in text.get_position()): text.get_text().strip()
            for text in ax.texts
        }
        received = [cells.get(place, "no text") for place in ((0, 0), (6, 4), (4, 4))]
        counts = [re.match(r"\d+(\.0*)?(?![\d.])", text) for text in received]
        assert [one and float(one[0]) for one in counts] == [3, 2, 1], (
            "The cells (row 0, column 0), (row 4, column 6) and (row 4, column 4) say 3, 2 and 1.\n"
            f"Received: {received}.\n"
            "Call `ax.text(column, row, count)` for each cell: x is the column."
        )
    finally:
        plt.close("all")


CHECKS = {
    "prepare_data": (test_prepare_data_adds_a_channel_and_scales, test_prepare_data_gives_one_hot_labels,),
    "split_data": (test_split_data_gives_70_and_30_percent, test_split_data_is_the_same_for_everybody,),
    "build_cnn": (test_cnn_has_the_layers_of_the_table, test_cnn_uses_relu_and_softmax,),
    "plot_architecture": (test_architecture_names_layers_and_shapes,),
    "train": (test_train_asks_for_the_right_training, test_train_stops_by_itself, test_train_writes_for_tensorboard,),
    "class_report": (test_report_has_ten_names, test_report_counts_right,),
    "plot_confusion": (test_confusion_is_a_heat_map, test_confusion_is_named_and_numbered,),
}


CARD = (
    "border-left:4px solid #b42318;background:#fdf3f2;color:#1f2328;"
    "padding:.5em .8em;margin:.4em 0;white-space:pre-wrap"
)


class NotRight(Exception):
    """A task's checks are not all passed; shown as one line, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NotYet(Exception):
    """A function is still to be written, or its cell to be run; its text says which."""


def definition(function: FunctionType) -> ast.FunctionDef | None:
    """Return how a function was written, with its cell's line numbers; None if that is unknown."""
    try:
        lines, first = inspect.getsourcelines(function)
        node = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, TypeError, ValueError, SyntaxError, IndexError):
        return None
    if not isinstance(node, ast.FunctionDef):
        return None
    return ast.increment_lineno(node, max(0, first - 1))


def todo(node: ast.FunctionDef) -> str:
    """Say what is to be written, or return "" when the function is written."""
    docstring = ast.get_docstring(node)
    body = node.body[1:] if docstring else node.body
    first = (docstring or "write this function.").split("\n")[0]
    for place, statement in enumerate(body):
        if isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement):
            line = f"delete line {statement.lineno}, `raise NotImplementedError()`"
            if place + 1 < len(body):
                return f"{line}: nothing below it runs."
            return first if place == 0 else f"{line}."
    if all(isinstance(part, ast.Pass) or ast.unparse(part) == "..." for part in body):
        return first
    return ""


class Student:
    """The notebook's functions, each once it is written; what they give back is remembered."""

    def __init__(self) -> None:
        self.returned: dict[str, list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in vars(notebook):
            raise NotYet(f"{name} is not defined yet: run the cell above, then this one.")
        value = vars(notebook)[name]
        if not isinstance(value, FunctionType):
            return value
        node = definition(value)
        if node is not None and (words := todo(node)):
            raise NotYet(f"{name} is to do: {words}")

        @functools.wraps(value)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            self.returned.setdefault(name, []).append(result)
            return result

        return call


#: What to ask `pip` for, where the package's name is another than the module's.
PACKAGES = {"sklearn": "scikit-learn", "PIL": "pillow", "keras": "keras tensorflow"}


@dataclass(frozen=True)
class Reason:
    """An exception that students meet.

    Attributes:
        pattern: Matches its type and message, "TypeError: 'NoneType' object ...".
        rule: What holds, in one sentence; `{0}` is the first group of the pattern.
        step: What to do next.
        line: Where given, the student's own line must match it too.
    """

    pattern: str
    rule: str
    step: str
    line: str = ""


KERAS = (
    Reason(
        r"Expected `trainable` to be a boolean|Argument `name` must be a string.*name=<"
        r"|Sequential\.__init__\(\) takes .* positional|'\w+' object is not iterable",
        "`keras.Sequential` takes one list of layers.",
        "Put square brackets around the layers: `keras.Sequential([first, second, ...])`.",
        line=r"Sequential\(\s*(?!\[)",
    ),
    Reason(
        r"missing a required argument: 'inputs'",
        "A layer that is called is called on something.",
        "In a `Sequential` list leave out the second pair of brackets, `Dense(1)`; in a functional "
        "model name what goes in, `Dense(1)(x)`.",
    ),
    Reason(
        r"Only input tensors may be passed as positional arguments"
        r"|All `outputs` values must be KerasTensors",
        "In a functional model layers are called on tensors, and a model ends in a tensor.",
        "Keep what each call gives back, and hand that on: `x = Dense(8)(x)`.",
    ),
    Reason(
        r"expected a positive integer\. Received: units=<KerasTensor",
        "A layer is first made, with its number of units, and then called on a tensor.",
        "Write both pairs of brackets: `Dense(8)(x)`.",
    ),
    Reason(
        r"Only instances of `keras\.Layer` can be added.*Received: (.{0,60}?) \(of type",
        "A `Sequential` list holds layers, each of them made: `keras.layers.Dense(1)`.",
        "Look at the entry that is shown above; a class without brackets is no layer yet.",
    ),
    Reason(
        r"not connected to `inputs`",
        "The path from a model's inputs to its outputs has no gap.",
        "Follow the variables from `keras.Input` on: each layer is called on what the one before "
        "it gave back.",
    ),
    Reason(
        r"Layer\.__init__\(\) takes 1 positional argument but 2 were given",
        "A functional model has inputs and outputs.",
        "Write `keras.Model(inputs, outputs)`.",
        line=r"Model\(",
    ),
    Reason(
        r"Cannot convert '(\d+)' to a shape",
        "A shape is a tuple, also where it has one number only.",
        "Write `shape=({0},)`, with the comma; several numbers go into one pair of brackets.",
    ),
    Reason(
        r"Expected shape \(None, None, [\d, ]+\), but",
        "`keras.Input` is given the shape of one example: the batch is not part of it.",
        "Leave `None` out of `keras.Input(shape=...)`; Keras puts the batch in front by itself.",
    ),
    Reason(
        r"Expected shape \(None, \d+, (\d+)\), but input has incompatible shape \(\d+, \1\)",
        "`keras.Input` is given the shape of one example: the batch is not part of it.",
        "Leave the number of examples out: `keras.Input(shape=({0},))`.",
    ),
    Reason(
        r"inputs shape=\(None, ([13]), (\d\d+), (\d\d+)\)",
        "An image has the shape (height, width, channels): channels come last.",
        "Turn the shape round: `keras.Input(shape=({1}, {2}, {0}))`.",
    ),
    Reason(
        r"Computed output size would be zero or negative",
        "A kernel or a pooling window must fit into the image that reaches it.",
        "Print `model.summary()` without the last layers: each pooling halves height and width.",
    ),
    Reason(
        r"expected min_ndim=4, found ndim=3",
        "A `Conv2D` layer takes images of shape (height, width, channels).",
        "Name the channels as well: `keras.Input(shape=(28, 28, 1))` for grey images of 28 by 28.",
    ),
    Reason(
        r"xpected shape[ =]\(None, ([\d, ]+)\), (?:but input has incompatible shape |found shape=)"
        r"\(\w+, ([\d, ]+)\)",
        "The input has the shape that the model was built for.",
        "The model waits for ({0}) for each example, and is given ({1}): change `keras.Input`, or "
        "reshape the input.",
    ),
    Reason(
        r"expected axis -1 of input shape to have value (\d+), but received input with shape "
        r"(\([^)]*\))",
        "A layer takes as many values for each example as it was built for.",
        "It waits for {0} values, and is given the shape {1}: look at `keras.Input`, and at what "
        "comes before the layer.",
    ),
    Reason(
        r"You must call `compile\(\)` before",
        "A model is compiled before it is trained or evaluated.",
        "Call `model.compile(loss=..., optimizer=...)` in a line above.",
    ),
    Reason(
        r"the layer isn't built|has no defined output shape yet|expecting 0 weights"
        r"|must build the layer before",
        "A model has weights as soon as it knows the shape of its input.",
        "Make `keras.Input(shape=...)` the first entry of the model.",
    ),
    Reason(
        r"missing 1 required positional argument: 'units'",
        "A `Dense` layer is told its number of units.",
        "Write it first: `Dense(1)`, or `Dense(units=1)`.",
    ),
    Reason(
        r"Unrecognized keyword arguments passed to (\w+): \{'(\w+)'",
        "A layer takes the arguments that it knows.",
        "`{0}` has no argument `{1}`: look at its spelling.",
    ),
    Reason(
        r"Could not interpret (activation function|loss|optimizer|metric) identifier: (\S+)",
        "Keras knows an activation, a loss, an optimizer and a metric by its name.",
        "There is no {0} `{1}`: look at the spelling.",
    ),
    Reason(
        r"Argument\(s\) not recognized: \{'lr'",
        "The step of an optimizer is called `learning_rate`.",
        "Write `learning_rate=` in place of `lr=`.",
    ),
    Reason(
        r"(?:fit|compile|evaluate|predict)\(\) got an unexpected keyword argument '(\w+)'",
        "A method takes the arguments that it knows.",
        "There is no `{0}`: is it `{0}s`? Look at the spelling.",
    ),
    Reason(
        r"same rank \(ndim\)\. Received: target\.shape=\(None,\), output\.shape=\(None, \d+\)",
        "Targets have the shape of the model's output.",
        "Make the labels one-hot with `keras.utils.to_categorical`, or use the loss "
        '"sparse_categorical_crossentropy", which takes labels as they are.',
    ),
    Reason(
        r"must have rank \(ndim\) `target\.ndim - 1`",
        "The sparse cross-entropy takes labels, not one-hot rows.",
        'Use the loss "categorical_crossentropy" for one-hot rows.',
    ),
    Reason(
        r"Received a label value of (-?\d+) which is outside",
        "Labels count from 0, and there is an output for each.",
        "The label {0} has none: give the last layer more units, or start the labels at 0.",
    ),
    Reason(
        r"Data cardinality is ambiguous",
        "Inputs and targets have the same number of examples.",
        "Look at how x and y were cut: both at the same place.",
    ),
    Reason(
        r"Unrecognized data type: x=\[",
        "Keras takes NumPy arrays, not lists.",
        "Write `np.array(...)` around the list.",
    ),
    Reason(
        r"KerasTensor is symbolic|KerasTensor cannot be used|symbolic KerasTensor",
        "What `keras.Input` gives stands for numbers that come later: it holds none itself.",
        "Give it to Keras layers only, and compute with NumPy on what `model.predict` returns.",
    ),
    Reason(
        r"No loss to compute",
        "A training needs a loss.",
        "Name it in `model.compile(loss=..., optimizer=...)`.",
    ),
    Reason(
        r"layer should be called on a list|too many positional arguments",
        "A layer that joins several tensors is called on one list of them.",
        "Write `keras.layers.Concatenate()([a, b])`.",
        line=r"Concatenate|Add|Average|Multiply|Maximum",
    ),
    Reason(
        r"filepath extension|must end in `([\w.]+)`|File format not supported",
        "Keras tells a file's format by the end of its name.",
        "End it in `.keras` for a whole model, and in `.weights.h5` for weights alone.",
    ),
    Reason(
        r"weight shape (\([^)]*\)) is not compatible with provided weight shape (\([^)]*\))",
        "Weights are set in the shapes that the model has.",
        "It has {0}, and is given {1}: look at `model.get_weights()`.",
    ),
)


PYTHON = (
    Reason(
        r"(?:too many|not enough) values to unpack \(expected (\d)",
        "`get_weights()` gives a kernel and a bias for each layer, in one list.",
        "Take the list as a whole, `weights = model.get_weights()`, and pick what you need: "
        "`weights[0]`, `weights[1]`.",
        line="get_weights",
    ),
    Reason(
        r"(?:too many|not enough) values to unpack \(expected (\d)",
        "As many names stand left of the `=` as there are values on its right.",
        "There are {0} names: print what stands on the right, and count.",
    ),
    Reason(
        r"'NoneType' object has no attribute '(\w+)'",
        "`None` is nothing, so it has no `{0}`.",
        "See where the value comes from: a function without `return` gives `None`.",
    ),
    Reason(
        r"non-iterable NoneType|'NoneType' object is not|and 'NoneType'|'NoneType' and",
        "`None` is nothing: it cannot be indexed, called, unpacked or added.",
        "See where the value comes from: a function without `return` gives `None`.",
    ),
    Reason(
        r"NameError: name '(np|numpy)' is not defined",
        "A module is imported before it is used.",
        "Put `import numpy as np` back at the top of the file.",
    ),
    Reason(
        r"NameError: name '(\w+)' is not defined",
        "A name is given a value before it is used.",
        "Nothing is called `{0}` here: look at the spelling, or give it a value in a line above.",
    ),
    Reason(
        r"UnboundLocalError: .*variable '(\w+)'",
        "A name that a function assigns is the function's own.",
        "Give `{0}` a value before this line; a name of the file needs another name in here.",
    ),
    Reason(
        r"AttributeError: module '([\w.]+)' has no attribute '(\w+)'",
        "A module has only what is defined in it; capitals count.",
        "`{0}` has no `{1}`: look at the spelling. Classes start with a capital, `Dense`.",
    ),
    Reason(
        r"'list' object has no attribute '(\w+)'",
        "A list is no array: it has no `{0}`.",
        "Write `np.array(...)` around the list first.",
    ),
    Reason(
        r"AttributeError: '(\w+)' object has no attribute '(\w+)'",
        "A `{0}` has no `{1}`.",
        "Print the value to see what it is, and look at the spelling.",
    ),
    Reason(
        r"'module' object is not callable",
        "A module is no function.",
        "Name what you need from it, with a dot: `keras.Sequential(...)`.",
    ),
    Reason(
        r"KeyError: '(val_\w+)'",
        "A history holds validation values if the training had validation data.",
        "Give `fit` a `validation_split` or `validation_data`, or leave `{0}` out.",
    ),
    Reason(
        r"KeyError: (.+)",
        "A dictionary is asked for a key that it has.",
        "There is no {0}: print the dictionary's `keys()`.",
    ),
    Reason(
        r"operands could not be broadcast together with shapes (\S+) (\S+)",
        "Arrays are combined value by value when their shapes agree.",
        "One has the shape {0}, the other {1}: print both, and reshape one of them.",
    ),
    Reason(
        r"not enough coefficients in kernel",
        "Pillow takes a kernel as one row of numbers: its rows, one after the other.",
        "Give it as many as its size asks for, 9 for `(3, 3)`: `kernel.flatten()` makes one row of "
        "an array.",
    ),
    Reason(
        r"not aligned|mismatch in its core dimension",
        "A matrix product needs as many columns on the left as rows on the right.",
        "For a product value by value write `*`; else look at the order, or at `.T`.",
    ),
    Reason(
        r"cannot reshape array of size (\d+) into shape (\S+)",
        "Reshaping keeps the number of values.",
        "{0} values do not fill {1}: print the array's `shape`; `-1` stands for what is left.",
    ),
    Reason(
        r"truth value of an array",
        "`if`, `and`, `or` and `not` take one truth value, not an array of them.",
        "Use `.all()` or `.any()`; between arrays write `&` and `|`, with brackets around each "
        "side.",
    ),
    Reason(
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        "Places are counted from 0.",
        "There are {2} places, so {2} less 1 is the last: {0} is none of them.",
    ),
    Reason(
        r"too many indices for array: array is (\d)-dimensional",
        "An array has one index for each of its dimensions.",
        "This one has {0}: print its `shape`.",
    ),
    Reason(
        r"IndexError: list index out of range",
        "Places are counted from 0, so the last is the length less 1.",
        "Print the list and its `len` in the line above.",
    ),
    Reason(
        r"IndexError: only integers",
        "A place in an array is a whole number.",
        "Use `int(...)` or `//`, which gives a whole number.",
    ),
    Reason(
        r"only (?:0-dimensional|length-1|size-1) arrays can be converted",
        "`float` and `int` take one number.",
        "Pick one value of the array, or sum it up, before you convert.",
    ),
    Reason(
        r"TypeError: (\w+)\(\) (?:takes|missing) .*positional argument",
        "A function is called with the arguments that its `def` line names.",
        "Compare the call with the `def` line of `{0}`; keep the arguments of the given functions.",
    ),
    Reason(
        r"TypeError: (\w+)\(\) got an unexpected keyword argument '(\w+)'",
        "A function is called with the arguments that its `def` line names.",
        "`{0}` has no argument `{1}`; keep the arguments of the given functions as they were.",
    ),
    Reason(
        r"unsupported operand type|can only concatenate",
        "An operator needs two values of kinds that go together.",
        "Print both sides of the operator, to see what they are.",
    ),
    Reason(
        r"'(\w+)' object is not callable",
        "Round brackets call a function; a {0} is none.",
        "Use square brackets for an index, and look whether a name of yours hides a function.",
    ),
    Reason(
        r"'(\w+)' object is not subscriptable",
        "Square brackets pick a part; a {0} has none to pick.",
        "Print the value in the line above, to see what it is.",
    ),
    Reason(
        r"ZeroDivisionError",
        "Nothing is divided by zero.",
        "See when what you divide by becomes 0, and treat that case for itself.",
    ),
    Reason(
        r"RecursionError",
        "A function that calls itself stops at some point.",
        "Return without another call in the simplest case; a loop is often the shorter way.",
    ),
    Reason(
        r"MemoryError|ArrayMemoryError|ResourceExhausted|Unable to allocate",
        "What your code makes must fit into memory.",
        "Make less at once: look for a list that grows without end, or a size that is too large.",
    ),
    Reason(
        r"`input\(\)` was called|EOFError",
        "A check asks nobody: what a function needs comes in as its arguments.",
        "Take `input()` out, and use the function's arguments.",
    ),
    Reason(
        r"SystemExit|ProcessEnded",
        "A function ends with `return`; `exit()` ends all of Python, and the checks with it.",
        "Take it out, and return your answer.",
    ),
    Reason(
        r"(?:FileNotFoundError|NotADirectoryError|IsADirectoryError|File not found)",
        "A file is opened under the path at which it lies.",
        "Use the path that the function is given; `folder / name` makes a path inside a folder.",
    ),
    Reason(
        r"PermissionError",
        "A file is written where you may write.",
        "Use the path that the function is given; close other programs that hold the file open.",
    ),
    Reason(
        r"TypeError: .*(?:'PosixPath'|'WindowsPath')",
        "A path is no text; the two are joined with `/`.",
        "Write `folder / name`, or `str(path)` where text is needed.",
    ),
)


REASONS = (*KERAS, *PYTHON)


def reason_of(
    message: str, line: str, reasons: tuple[Reason, ...] = REASONS
) -> tuple[str, str] | None:
    """Return the rule that an exception breaks and the next step; None for one that is unknown.

    Args:
        message: Its type and text.
        line: The student's line in which it arose; "" if it arose elsewhere.
        reasons: Those that it may have.
    """
    for reason in reasons:
        match = re.search(reason.pattern, message, re.DOTALL)
        if match and (not reason.line or re.search(reason.line, line)):
            groups = [group or "" for group in match.groups()]
            return reason.rule.format(*groups), reason.step.format(*groups)
    return None


def three(rule: str, received: str, step: str) -> str:
    """Return the three parts of what a student is told."""
    return f"{rule}\nReceived: {received}\n{step}"


def _raised(error: BaseException, message: str, code: Any, line: int) -> str:
    """Say what an exception in one of the notebook's functions means."""
    name = code.co_name if code.co_name.isidentifier() else "your code"
    text = linecache.getline(code.co_filename, line).strip()
    if isinstance(error, NotImplementedError) and "NotImplementedError" in text:
        return f"waits for another task of this notebook: first write `{name}`."
    rule, step = reason_of(message, text) or (
        f"{name} runs without an exception.",
        "Print what that line works with, in the line above it: one value is not what you expect.",
    )
    where = f"Line {line} of the cell with {name}" + (f": `{text}`" if text else ".")
    return three(rule, f"{message}\n{where}", step)


def kind(value: object) -> str:
    """Say what kind of thing a function gave back."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"an array of shape {shape}"
    if isinstance(value, (list, tuple, dict, set)):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else ""
    return textwrap.shorten(text, 60) if text else f"a {type(value).__name__}"


# What libraries write around a message: a terminal's codes, the node of a graph, and arguments
# that nobody gave.
NOISE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\{\{\w+ [^{}]*\}\}\s*|\n[^\n]*=<class 'inspect\._empty'>(?=\n|$)"
    r"|Exception encountered when calling [\w.]+\(\)\.\s*|\s*Arguments received by [\w.]+\(\):.*",
    re.DOTALL,
)


def message_of(error: BaseException) -> str:
    """Return type and message of an exception, bounded, without a library's noise."""
    plain = NOISE.sub("", str(error)).strip()
    if "reading from stdin" in plain:
        return "OSError: `input()` was called."
    lines = [textwrap.shorten(line, 300) for line in plain.split("\n") if line.strip()]
    text = "\n".join(lines[:6])
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in a function, and not in a function or class inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from own_parts(child)


def lacks_return(node: ast.FunctionDef) -> bool:
    """Whether a function gives nothing back, neither a value nor, with `yield`, one by one."""
    gives = (ast.Yield, ast.YieldFrom)
    return not any(
        isinstance(part, gives) or (isinstance(part, ast.Return) and part.value is not None)
        for part in own_parts(node)
    )


def no_result(name: str, node: ast.FunctionDef) -> str:
    """Say that a function came to its end without a result."""
    if not lacks_return(node):
        return three(
            f"{name} returns its result in every case.",
            "None: its last line was reached without a `return`, or what one gives back is None.",
            "Look at each `return`, and at what happens where an `if` or a loop does not apply.",
        )
    prints = any(isinstance(part, ast.Name) and part.id == "print" for part in ast.walk(node))
    step = "End it with `return` and the result."
    if prints:
        step += " `print` only shows a value."
    return three(f"{name} returns its result.", f"None, for no line of {name} is a `return`.", step)


def explain(error: BaseException, student: Student) -> str:
    """Say what holds, what was received, and what to do next."""
    if isinstance(error, NotYet):
        return str(error)
    message = message_of(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        return three(
            "What the notebook imports is installed where its kernel runs.",
            message,
            f"Run `%pip install {PACKAGES.get(top, top)}` in a cell, and restart the kernel.",
        )
    own = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is vars(notebook)
    ]
    if own:
        return _raised(error, message, *own[-1])
    for name, values in student.returned.items():
        node = definition(vars(notebook)[name])
        wanted = node is not None and "Returns:" in (ast.get_docstring(node) or "")
        if node is not None and wanted and any(value is None for value in values):
            return no_result(name, node)
    if isinstance(error, AssertionError) and str(error):
        return str(error)
    given = [f"`{name}` gave {kind(values[-1])}" for name, values in student.returned.items()]
    if not given:
        known = reason_of(message, "")
        rule, step = known or ("A check can call your function.", "Compare its `def` line.")
        return three(rule, message, step)
    return three(
        "A check can use what your function returns.",
        f"{', '.join(given)}; using it ends in {message}",
        "Look at the task's text: what is to be returned, and in which shape?",
    )


def check(task: str) -> None:
    """Run all checks of a task, and show a card for each cause of which some fail."""
    said: dict[str, list[str]] = {}
    for test in CHECKS[task]:
        student = Student()
        try:
            test(student)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's code raises
            said.setdefault(explain(error, student)[:2000], []).append(test.__name__)
    for words, names in said.items():
        card = f"<b>{html.escape(task)}</b> {html.escape(', '.join(names))}\n{html.escape(words)}"
        plain = f"{task}: {', '.join(names)}\n{words}\n"
        shown = {"text/html": f'<div style="{CARD}">{card}</div>', "text/plain": plain}
        display(shown, raw=True)
    if said:
        wrong, rule = sum(map(len, said.values())), next(iter(said)).partition("\n")[0]
        raise NotRight(f"{task}: {wrong} of {len(CHECKS[task])} checks are not right yet. {rule}")
    print(f"visible checks of `{task}`: passed")
