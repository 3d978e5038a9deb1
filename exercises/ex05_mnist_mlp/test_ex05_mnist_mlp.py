"""Visible checks: run `pytest ex05_mnist_mlp` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("inspect_data")
def test_inspect_data_tells_the_facts(student):
    """`inspect_data` tells shape, dtype, range, and how many images each digit has."""
    import numpy as np

    images = np.full((7, 28, 28), 40, dtype="uint8")
    images[3, 10, 10], images[5, 0, 0] = 9, 201
    labels = np.array([3, 0, 3, 8, 0, 3, 1], dtype="int64")
    facts = student.inspect_data(images, labels)
    assert isinstance(facts, dict), (
        "inspect_data returns a dictionary.\n"
        f"Received: {str(facts)[:200]}.\n"
        'Return {"shape": ..., "dtype": ..., "min": ..., "max": ..., "counts": ...}.'
    )
    names = ["shape", "dtype", "min", "max", "counts"]
    assert set(names) <= set(facts), (
        f"The entries of the dictionary are called {', '.join(names)}.\n"
        f"Received: {', '.join(map(str, facts))}.\n"
        "Add what is missing, under that very name."
    )
    for name, expected in zip(names, [(7, 28, 28), "uint8", 9, 201], strict=False):
        assert np.array_equal(facts[name], expected), (
            f'For seven images with values from 9 to 201 "{name}" is {expected!r}.\n'
            f"Received: {str(facts[name])[:200]}.\n"
            "Ask the array: images.shape, str(images.dtype), images.min(), images.max()."
        )
    assert np.array_equal(facts["counts"], [2, 1, 0, 3, 0, 0, 0, 0, 1, 0]), (
        "The labels 3, 0, 3, 8, 0, 3, 1 give the counts [2, 1, 0, 3, 0, 0, 0, 0, 1, 0].\n"
        f"Received: {str(facts['counts'])[:200]}.\n"
        "There are always ten counts, 0 for a missing digit: np.bincount(labels, minlength=10)."
    )


@pytest.mark.task("plot_digits")
def test_plot_digits_draws_a_grid(student):
    """The picture has 16 images in 4 rows and 4 columns, each under its label."""
    import re

    import matplotlib.pyplot as plt
    import numpy as np

    images = np.zeros((20, 28, 28), dtype="uint8")
    for place in range(20):
        images[place, place : place + 5, 4:9] = 255
    labels = (np.arange(20) * 7 + 3) % 10
    plt.close("all")
    drawn = student.plot_digits(images, labels)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
    try:
        kinds = (tuple, list, np.ndarray, type(None))
        is_drawn = hasattr(drawn, "figure") or isinstance(drawn, kinds)
        assert figure.axes and is_drawn, (
            "plot_digits returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and {len(figure.axes)} Axes drawn.\n"
            "Start with `figure, axes = plt.subplots(4, 4)`, and end with `return figure`."
        )
        axes = [ax for ax in figure.axes if ax.images]
        assert len(axes) == 16, (
            "The picture has 16 Axes with an image in each.\n"
            f"Received: {len(axes)} Axes with an image.\n"
            "Call `ax.imshow(image)` once for each of `axes.flat`."
        )
        corners = {ax: ax.get_position() for ax in axes}
        rows = len({round(corner.y0, 2) for corner in corners.values()})
        columns = len({round(corner.x0, 2) for corner in corners.values()})
        assert (rows, columns) == (4, 4), (
            "The grid has 4 rows and 4 columns.\n"
            f"Received: {rows} rows and {columns} columns.\n"
            "Use `plt.subplots(4, 4)`."
        )
        axes.sort(key=lambda ax: (-round(corners[ax].y0, 2), round(corners[ax].x0, 2)))
        for place, ax in enumerate(axes):
            shown = np.asarray(ax.images[0].get_array(), dtype=float)
            # Dark on light or light on dark: the upper right corner is paper in all of them.
            fits = shown.shape == (28, 28)
            right = fits and np.array_equal(shown != shown[0, 27], images[place] > 0)
            assert right, (
                f"Place {place} of the grid, counted row by row, shows images[{place}].\n"
                f"Received: another image, or one of another shape than (28, 28): {shown.shape}.\n"
                "Go through the images in their order, without reshaping them."
            )
            left, right, bottom, top = ax.images[0].get_extent()
            corner = {"upper": (left, top), "lower": (left, bottom)}[ax.images[0].origin]
            x, y = ax.transAxes.inverted().transform(ax.transData.transform(corner))
            assert x < 0.5 < y, (
                "Each image is the right way up: its first row above, its first column left.\n"
                "Received: an image upside down, or mirrored.\n"
                "Leave `origin`, `extent` and the limits of the Axes as `imshow` sets them."
            )
            title = " ".join(ax.get_title(loc=loc) for loc in ("left", "center", "right")).strip()
            assert re.findall(r"\d+", title) == [str(labels[place])], (
                f"The title of place {place} is the label {labels[place]}.\n"
                f"Received: {title!r}.\n"
                "Call `ax.set_title(str(label))` with the label of that very image."
            )
    finally:
        plt.close("all")


@pytest.mark.task("prepare_images")
def test_prepare_images_flattens_and_scales(student):
    """Images become rows of 784 values between 0 and 1, however many images there are."""
    import numpy as np

    for count in (5, 1):
        images = np.zeros((count, 28, 28), dtype="uint8")
        images[:, 0, 1], images[:, 1, 0], images[:, 27, 27] = 51, 102, 204
        images[:, 14, 14] = np.arange(count) * 51
        returned = student.prepare_images(images)
        try:
            rows = np.asarray(returned)
        except Exception:
            rows = np.array(None)
        assert rows.dtype.kind in "biuf", (
            "prepare_images returns a NumPy array of numbers.\n"
            f"Received: {type(returned).__name__}.\n"
            "End with `return` and the array."
        )
        assert rows.shape == (count, 784), (
            f"{count} images of 28 by 28 give an array of shape ({count}, 784).\n"
            f"Received: shape {rows.shape}.\n"
            "Use `images.reshape(-1, 784)`: -1 stands for as many rows as there are."
        )
        assert rows.dtype == np.float32, (
            "The prepared values are float32.\n"
            f"Received: {rows.dtype}.\n"
            'Call `.astype("float32")` before you divide.'
        )
        received = [round(float(rows[0, place]), 3) for place in (1, 28, 783)]
        assert received == [0.2, 0.4, 0.8], (
            "Pixels 51, 102 and 204, in columns 1, 28 and 783 of a row, become 0.2, 0.4 and 0.8.\n"
            f"Received: {received}.\n"
            "Divide by 255, not by the largest value that happens to occur."
        )
        received = [round(float(value), 3) for value in rows[:, 14 * 28 + 14]]
        assert received == [0, 0.2, 0.4, 0.6, 0.8][:count], (
            "Row i holds images[i]: pixels 0, 51, 102, 153, 204 in column 406 become 0 to 0.8.\n"
            f"Received: {received}.\n"
            "Keep the images in their order, and treat all of them alike."
        )


@pytest.mark.task("prepare_labels")
def test_prepare_labels_is_one_hot(student):
    """Each label becomes a row of ten: 1 at the digit's place, 0 elsewhere."""
    import numpy as np

    labels = np.array([5, 0, 4, 1, 5], dtype="uint8")
    returned = student.prepare_labels(labels)
    try:
        rows = np.asarray(returned)
    except Exception:
        rows = np.array(None)
    assert rows.dtype.kind in "biuf", (
        "prepare_labels returns an array of numbers.\n"
        f"Received: {type(returned).__name__}.\n"
        "End with `return` and the array."
    )
    assert rows.shape == (5, 10), (
        "Five labels give an array of shape (5, 10), even where the digit 9 does not occur.\n"
        f"Received: shape {rows.shape}.\n"
        "Call `keras.utils.to_categorical(labels, num_classes=10)`."
    )
    expected = np.zeros((5, 10))
    expected[range(5), labels] = 1
    wrong = int((rows != expected).any(axis=1).argmax())
    right, received = (" ".join(f"{value:g}" for value in row[wrong]) for row in (expected, rows))
    assert (rows == expected).all(), (
        f"The label {labels[wrong]} becomes {right}.\n"
        f"Received: {received}.\n"
        "Put the 1 into the column that the label names, counted from 0."
    )


@pytest.mark.task("build_model")
def test_model_is_512_512_10(student):
    """The network has layers of 512, 512 and 10 units on 784 inputs: 669,706 parameters."""
    import keras

    model = student.build_model()
    assert isinstance(model, keras.Model) and model.built, (
        "build_model returns a Keras model that knows its input.\n"
        f"Received: {str(model)[:200]}.\n"
        "Start with `keras.Input(shape=(784,))`, and end the function with `return model`."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [401920, 262656, 5130], (
        "The layers have 401,920, 262,656 and 5,130 parameters.\n"
        f"Received: {counts}.\n"
        "Use Dense(512), Dense(512) and Dense(10), on an input of shape (784,)."
    )


@pytest.mark.task("build_model")
def test_model_gives_probabilities(student):
    """The hidden layers use relu, and the ten outputs are probabilities that sum to 1."""
    import keras
    import numpy as np

    model = student.build_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    shapes = [weights.shape for weights in arrays]
    assert shapes == [(784, 512), (512,), (512, 512), (512,), (512, 10), (10,)], (
        "Three Dense layers hold three kernels and three biases.\n"
        f"Received: arrays of the shapes {shapes}.\n"
        "Use Dense(512), Dense(512) and Dense(10), on an input of shape (784,)."
    )
    rng = np.random.default_rng(5)
    weights = [rng.normal(0, 0.1, shape) for shape in shapes]
    model.set_weights(weights)
    x = rng.uniform(0, 1, (3, 784))
    hidden = np.maximum(0, np.maximum(0, x @ weights[0] + weights[1]) @ weights[2] + weights[3])
    powers = np.exp(hidden @ weights[4] + weights[5])
    expected = powers / powers.sum(axis=1, keepdims=True)
    outputs = np.asarray(model.predict(x, verbose=0))
    assert outputs.shape == (3, 10), (
        "Three images give outputs of shape (3, 10).\n"
        f"Received: shape {outputs.shape}.\n"
        "The last layer is Dense(10), on one row of values for each image."
    )
    assert np.allclose(outputs.sum(axis=1), 1, atol=1e-4), (
        "The ten outputs are probabilities: together they make 1.\n"
        f"Received: sums {', '.join(f'{total:.2f}' for total in outputs.sum(axis=1))}.\n"
        'Give the last layer `activation="softmax"`.'
    )
    assert np.allclose(outputs, expected, atol=1e-3), (
        "Both hidden layers pass on max(0, z), and one softmax makes the probabilities.\n"
        "Received: outputs of a network with other activations, or with more of them.\n"
        'Give both hidden layers `activation="relu"`, and the last one "softmax".'
    )


@pytest.mark.task("train")
def test_train_asks_for_the_right_training(student):
    """The given model is compiled as asked and fitted for 10 epochs, a tenth for validation."""
    import re

    import keras
    import numpy as np

    rng = np.random.default_rng(5)
    labels = rng.integers(0, 10, 1280)
    x = rng.uniform(0, 1, (10, 784))[labels] * rng.uniform(0, 1, (1280, 784))
    y = np.eye(10)[labels]
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
    before = model.get_weights()[0]
    history = student.train(model, x.astype("float32"), y.astype("float32"))
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
        'Compile with `metrics=["accuracy"]`, and fit with `validation_split=0.1`.'
    )
    # 1,280 rows less a tenth are 1,152: nine batches of 128.
    steps, told = int(model.optimizer.iterations), len(history.history["loss"])
    assert told == 10 or steps != 90, (
        "The History that is returned tells of all 10 epochs.\n"
        f"Received: a History of {told}, after a training of 10.\n"
        "Train in one call of `fit`, and return what it returns."
    )
    assert told == 10, f"The training lasts 10 epochs.\nReceived: {told}.\nFit with `epochs=10`."
    assert steps == 90, (
        "Nine tenths of 1,280 images are 9 batches of 128, in 10 epochs 90.\n"
        f"Received: {steps} batches.\n"
        "Fit with `batch_size=128` and `validation_split=0.1`."
    )
    # After the last epoch the weights are those that the last validation saw.
    expected = model.evaluate(x[1152:], y[1152:], verbose=0)[0]
    received = history.history["val_loss"][-1]
    assert abs(received - expected) < 1e-3, (
        "The network is validated on the last tenth of the images.\n"
        f"Received: a last val_loss of {received:.4f}; on the last tenth it is {expected:.4f}.\n"
        "Fit x and y as they are given, with `validation_split=0.1`."
    )


@pytest.mark.task("plot_history")
def test_plot_history_draws_four_curves(student):
    """The picture shows both losses and both accuracies, epoch by epoch, with legends."""
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    history = keras.callbacks.History()
    history.epoch = [0, 1, 2]
    history.history = {
        "loss": [0.9, 0.4, 0.2],
        "accuracy": [0.71, 0.88, 0.94],
        "val_loss": [0.6, 0.5, 0.55],
        "val_accuracy": [0.81, 0.85, 0.84],
    }
    plt.close("all")
    drawn = student.plot_history(history)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
    try:
        kinds = (tuple, list, np.ndarray, type(None))
        is_drawn = hasattr(drawn, "figure") or isinstance(drawn, kinds)
        assert figure.axes and is_drawn, (
            "plot_history returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and {len(figure.axes)} Axes drawn.\n"
            "Start with `figure, axes = plt.subplots(1, 2)`, and end with `return figure`."
        )
        panels = {}
        for name, values in history.history.items():
            curves = [
                (ax, np.asarray(line.get_xdata(orig=False), float), np.ravel(line.get_ydata()))
                for ax in figure.axes
                for line in ax.lines
            ]
            found = [one for one in curves if len(one[2]) == 3 and np.allclose(one[2], values)]
            assert found, (
                f'A curve shows history.history["{name}"], one point for each epoch.\n'
                f"Received: {[curve.round(3).tolist() for _, _, curve in curves]}.\n"
                "Call `ax.plot` for each of loss, val_loss, accuracy and val_accuracy."
            )
            panels[name], x, _ = found[0]
            assert x.tolist() in ([0, 1, 2], [1, 2, 3]), (
                "The curves are drawn over the epochs, counted from 1 or from 0.\n"
                f"Received: {name} over {x.tolist()}.\n"
                "Call `ax.plot(range(1, len(values) + 1), values)`."
            )
        together = [panels[name] is panels[f"val_{name}"] for name in ("loss", "accuracy")]
        assert all(together) and panels["loss"] is not panels["accuracy"], (
            "Both losses are in one panel, and both accuracies in another.\n"
            "Received: the curves in other Axes.\n"
            "Draw `loss` and `val_loss` in the first Axes, the accuracies in the second."
        )
        for ax in (ax for ax in figure.axes if ax.lines):
            legend = ax.get_legend()
            named = [text.get_text() for text in legend.get_texts()] if legend else []
            assert len(named) >= len(ax.lines), (
                "A legend names each curve of a panel.\n"
                f"Received: a legend with {named}.\n"
                "Give `ax.plot` a `label`, and call `ax.legend()`."
            )
            for line, entry in zip(ax.lines, named, strict=False):
                label = line.get_label() if line.get_label() in named else entry
                first = np.ravel(line.get_ydata())[:1]
                held_out = np.isin(first, [0.6, 0.81]).any()
                if not held_out and not np.isin(first, [0.9, 0.71]).any():
                    continue  # none of the four curves
                assert ("val" in label.lower()) == held_out, (
                    "The legend tells which curve is that of the training, and which that of the "
                    "validation.\n"
                    f"Received: {label!r} for the {'validation' if held_out else 'training'}.\n"
                    'Give each curve its own `label`: "training" or "validation".'
                )
        labels = [ax.get_xlabel() for ax in figure.axes if ax.lines]
        labels.append(figure.get_supxlabel())
        assert any("epoch" in label.lower() for label in labels), (
            'The x axis is labelled "epoch".\n'
            f"Received: {labels}.\n"
            'Call `ax.set_xlabel("epoch")`, for panels side by side on each.'
        )
    finally:
        plt.close("all")


@pytest.mark.task("evaluate")
def test_evaluate_returns_loss_and_accuracy(student):
    """`evaluate` returns the loss and then the accuracy, as numbers."""
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
    model.set_weights([np.zeros((784, 10)), np.array([2.0] + [0.0] * 9)])  # it always says 0
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    labels = np.array([0, 0, 0, 7])
    result = student.evaluate(model, np.zeros((4, 784), "float32"), np.eye(10)[labels])
    assert isinstance(result, (tuple, list)) and len(result) == 2, (
        "evaluate returns two numbers: the loss and the accuracy.\n"
        f"Received: {result!r}.\n"
        "End with `return loss, accuracy`."
    )
    # The cross-entropy is ln(e^2 + 9) less 2 for each 0 and less 0 for the 7.
    try:
        received = [round(float(value), 3) for value in result]
    except Exception:
        received = str(result)[:200]
    assert received == [1.297, 0.75], (
        "A model that always says 0 gets three of the digits 0, 0, 0, 7 right: "
        "its loss is 1.297, its accuracy 0.75.\n"
        f"Received: {received}.\n"
        "Return what `model.evaluate(x, y, verbose=0)` gives: first the loss, then the accuracy."
    )


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
