"""The checks of ex05_mnist_mlp, which its notebook's check cells run: keep this file beside it.

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


CHECKS = {
    "inspect_data": (test_inspect_data_tells_the_facts,),
    "plot_digits": (test_plot_digits_draws_a_grid,),
    "prepare_images": (test_prepare_images_flattens_and_scales,),
    "prepare_labels": (test_prepare_labels_is_one_hot,),
    "build_model": (test_model_is_512_512_10, test_model_gives_probabilities,),
    "train": (test_train_asks_for_the_right_training,),
    "plot_history": (test_plot_history_draws_four_curves,),
    "evaluate": (test_evaluate_returns_loss_and_accuracy,),
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
