"""Visible checks: run `pytest ex08_fashion_cnn` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("prepare_data")
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


@pytest.mark.task("prepare_data")
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


@pytest.mark.task("split_data")
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


@pytest.mark.task("split_data")
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


@pytest.mark.task("build_cnn")
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


@pytest.mark.task("build_cnn")
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


@pytest.mark.task("plot_architecture")
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


@pytest.mark.task("train")
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


@pytest.mark.task("train")
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


@pytest.mark.task("train")
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


@pytest.mark.task("class_report")
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


@pytest.mark.task("class_report")
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


@pytest.mark.task("plot_confusion")
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


@pytest.mark.task("plot_confusion")
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


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
