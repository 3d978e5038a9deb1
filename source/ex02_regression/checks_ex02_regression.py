"""The checks of ex02_regression, which its notebook's check cells run: keep this file beside it.

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


def test_make_data_gives_x_and_y(student):
    """The data are two arrays of 200 numbers."""
    import numpy as np

    data = student.make_data()
    listed = isinstance(data, (tuple, list)) or (isinstance(data, np.ndarray) and data.ndim > 0)
    assert listed and len(data) == 2, (
        "make_data returns two arrays.\n"
        f"Received: {type(data).__name__}.\n"
        "End the function with `return x, y`."
    )
    try:
        shapes = [np.asarray(values, dtype=object).shape for values in data]
    except Exception:
        shapes = ["none", "none"]
    assert shapes == [(200,), (200,)], (
        "x and y have shape (200,).\n"
        f"Received: shapes {shapes[0]} and {shapes[1]}.\n"
        "Draw x with `size=200`, and one noise value for each x."
    )


def test_make_data_follows_the_recipe(student):
    """With seed 0 the points are those that the recipe gives."""
    import numpy as np

    data = student.make_data(seed=0)
    try:
        x, y = (np.asarray(values, dtype=float).reshape(200) for values in data)
    except Exception:
        x = y = None
    assert x is not None, (
        "x and y are 200 numbers each.\n"
        f"Received: {type(data).__name__} of other things.\n"
        "End the function with `return x, y`."
    )
    assert np.allclose(x[:3], [0.19525, 0.86076, 0.41105], atol=1e-4), (
        "With seed 0, x starts with 0.195, 0.861, 0.411.\n"
        f"Received: {x[:3].round(3).tolist()}.\n"
        "Start the generator with `seed`, then draw all of x at once: "
        "`uniform(-2, 2, size=200)`."
    )
    expected = [0.07464, -0.16101, -0.76888]
    assert np.allclose(y[:3], expected, atol=1e-4), (
        "With seed 0, y starts with 0.075, -0.161, -0.769.\n"
        f"Received: {y[:3].round(3).tolist()}.\n"
        "The noise has loc 0 and scale 0.5 + x**2 / 3, is drawn after x, in the order of x, "
        "and is added to 1.726 * x - 0.84."
    )
    assert np.isclose(y[-1], -1.56534, atol=1e-4), (
        "With seed 0, the last y is -1.565.\n"
        f"Received: {y[-1]:.3f}.\n"
        "Each of the 200 values of x has noise of its own, in the order of x."
    )
    again = np.asarray(student.make_data(seed=1)[0])
    assert not np.array_equal(again, np.asarray(data[0])), (
        "Another seed gives other points.\n"
        "Received: the same x for seed 0 and seed 1.\n"
        "Start the generator with `seed`, not with 0."
    )


def test_split_is_150_and_50(student):
    """The first 150 points train, the other 50 test, and each x keeps its y."""
    import numpy as np

    x = np.arange(200.0)
    parts = student.split_data(x, -x)
    assert isinstance(parts, (tuple, list)) and len(parts) == 4, (
        "split_data returns four arrays.\n"
        f"Received: {type(parts).__name__}.\n"
        "End the function with `return x_train, y_train, x_test, y_test`."
    )
    try:
        parts = [np.asarray(part, dtype=object) for part in parts]
    except Exception:
        parts = [np.empty(0)] * 4
    lengths = [part.size for part in parts]
    assert lengths == [150, 150, 50, 50], (
        "x_train, y_train, x_test, y_test have 150, 150, 50 and 50 entries.\n"
        f"Received: {lengths}.\n"
        "Cut both arrays at 150, and look at the order in which you return the parts."
    )
    shapes = [part.shape for part in parts]
    assert shapes == [(150,), (150,), (50,), (50,)], (
        "The four parts have shapes (150,), (150,), (50,), (50,).\n"
        f"Received: shapes {', '.join(map(str, shapes))}.\n"
        "Slice x and y, and leave their shape as it is."
    )
    names = ["x_train", "y_train", "x_test", "y_test"]
    cuts = [x[:150], -x[:150], x[150:], -x[150:]]
    for name, part, expected in zip(names, parts, cuts, strict=True):
        assert part.tolist() == expected.tolist(), (
            f"{name} holds the {'last' if 'test' in name else 'first'} {expected.size} values of "
            f"{name[0]}, in their order.\n"
            f"Received: {part[:3].tolist()} ... where {expected[:3].tolist()} ... "
            "was expected.\n"
            "Slice x and y at the same place, without shuffling."
        )


def test_model_is_one_unit(student):
    """The model is one unit with one input: a weight and a bias."""
    import keras

    model = student.build_model()
    assert isinstance(model, keras.Model), (
        "build_model returns a Keras model.\n"
        f"Received: {model!r}.\n"
        "End the function with `return model`."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model that is not built yet.\n"
        "Start it with `keras.Input(shape=(1,))`."
    )
    assert model.count_params() == 2, (
        "One unit with one input has a weight and a bias: 2 parameters.\n"
        f"Received: {model.count_params()} parameters.\n"
        "Use one `keras.layers.Dense(1)` on an input of shape (1,)."
    )
    shapes = [tuple(weight.shape) for weight in model.weights]
    assert shapes == [(1, 1), (1,)], (
        "The weight w has shape (1, 1), the bias b (1,).\n"
        f"Received: shapes {', '.join(map(str, shapes))}.\n"
        "Use one `keras.layers.Dense(1)`, which has a bias, and no other layer."
    )


def test_model_is_linear(student):
    """The output is w * x + b, with nothing after the sum."""
    import keras
    import numpy as np

    model = student.build_model()
    given = getattr(model, "input_shape", None)  # a model that is not built has none
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    assert arrays and given == (None, 1), (
        "build_model returns a model with input (batch, 1).\n"
        f"Received: a {type(model).__name__} with input {given}, {len(arrays)} arrays of weights.\n"
        "Start it with `keras.Input(shape=(1,))`, and end the function with `return model`."
    )
    outputs = model.predict(np.array([[-200.0], [-100.0], [0.0], [100.0], [200.0]]), verbose=0)
    outputs = np.ravel(outputs)
    steps = np.diff(outputs)
    assert np.allclose(steps, steps[0], rtol=1e-3, atol=1e-6), (
        "Equal steps of x give equal steps of a line.\n"
        f"Received: {outputs.round(3).tolist()} for x = -200, -100, 0, 100, 200.\n"
        "Leave `activation` out: an activation bends the line."
    )


def test_train_fits_and_holds_out(student):
    """Training asks for SGD, the mean squared error, the epochs given, and the last 30 %."""
    import keras
    import numpy as np

    rng = np.random.RandomState(7)
    x = rng.uniform(-2, 2, 150)
    y = 3 * x + 1 + rng.normal(0, 0.5, 150)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    history = student.train(model, x, y, epochs=4)
    assert isinstance(history, keras.callbacks.History), (
        "train returns the History.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert getattr(model, "optimizer", None) is not None, (
        "train works on the model that it is given.\n"
        "Received: a model that was never compiled.\n"
        "Call `model.compile` and `model.fit` on the argument `model`; build no other model."
    )
    losses = history.history
    assert len(losses.get("loss", [])) == 4, (
        "train(..., epochs=4) trains for 4 epochs.\n"
        f"Received: a loss of length {len(losses.get('loss', []))}.\n"
        "Hand the argument on: `model.fit(..., epochs=epochs)`."
    )
    assert type(model.optimizer).__name__ == "SGD", (
        "The optimizer is stochastic gradient descent.\n"
        f"Received: {type(model.optimizer).__name__}.\n"
        'Compile with `optimizer="sgd"`.'
    )
    settings = float(model.optimizer.learning_rate), float(model.optimizer.momentum)
    assert np.allclose(settings, (0.01, 0.0)), (
        "SGD stays as it is by default: learning rate 0.01, momentum 0.\n"
        f"Received: learning rate {settings[0]:g}, momentum {settings[1]:g}.\n"
        'Compile with `optimizer="sgd"`.'
    )
    assert "val_loss" in losses, (
        "The History holds val_loss, the loss on the points kept out of the training.\n"
        f"Received: {', '.join(losses)}.\n"
        "Give `fit` the argument `validation_split=0.3`."
    )
    errors = model.predict(x[105:], verbose=0).ravel() - y[105:]
    expected = float(np.mean(errors**2))
    assert np.isclose(losses["val_loss"][-1], expected, rtol=1e-3), (
        "val_loss is the mean squared error over the last 45 of 150 points.\n"
        f"Received: {losses['val_loss'][-1]:.4f} where {expected:.4f} was expected.\n"
        'Compile with `loss="mse"`, and give `fit` all the points and `validation_split=0.3`.'
    )
    assert history.params.get("steps") in (4, None), (
        "105 points, 32 a step, are 4 steps in each epoch.\n"
        f"Received: {history.params['steps']} steps.\n"
        "Leave `batch_size` out."
    )


def test_plot_loss_has_both_curves(student):
    """The picture has both curves over the epochs 1, 2, 3 ..., named axes and a legend."""
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    history = keras.callbacks.History()
    history.history = {"loss": [5.0, 3.0, 2.0, 1.5], "val_loss": [6.0, 4.0, 3.5, 3.25]}
    history.epoch = [0, 1, 2, 3]
    plt.close("all")
    drawn = student.plot_loss(history)
    try:
        figure = getattr(drawn, "figure", None)
        figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
        axes = [ax for ax in figure.axes if ax.lines or ax.collections]
        assert isinstance(drawn, plt.Axes) or axes, (
            "plot_loss returns the Axes that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `fig, ax = plt.subplots()`, and end with `return ax`."
        )
        ax = drawn if isinstance(drawn, plt.Axes) else axes[0]
        for name, values in history.history.items():
            found = [
                line
                for line in ax.lines
                if np.array_equal(np.asarray(line.get_ydata(), float).ravel(), values)
            ]
            assert found, (
                f"One curve shows history.history[{name!r}].\n"
                f"Received: {len(ax.lines)} curves, none of them with the values {values}.\n"
                f'Call `ax.plot(epochs, history.history["{name}"], label=...)`.'
            )
            epochs = np.asarray(found[0].get_xdata(), float).tolist()
            assert epochs == [1, 2, 3, 4], (
                "Four epochs are counted 1, 2, 3, 4.\n"
                f"Received: {epochs}.\n"
                "Take `np.arange(1, n + 1)` for n epochs; n is the length of the list."
            )
        names = ax.get_xlabel() or figure.get_supxlabel(), ax.get_ylabel() or figure.get_supylabel()
        assert all(names), (
            "Both axes have a name.\n"
            f"Received: {names[0]!r} and {names[1]!r}.\n"
            "Call `ax.set_xlabel(...)` and `ax.set_ylabel(...)`."
        )
        assert "epoch" in names[0].lower() or "epoch" not in names[1].lower(), (
            "The x axis is that of the epochs.\n"
            f"Received: {names[0]!r} for x, {names[1]!r} for y.\n"
            "Exchange the two names."
        )
        legends = [one for one in (ax.get_legend(), *figure.legends) if one]
        entries = [text.get_text() for legend in legends for text in legend.get_texts()]
        assert len(set(entries)) >= 2, (
            "A legend names both curves.\n"
            f"Received: {entries if legends else 'no legend'}.\n"
            "Give each `ax.plot` a `label` of its own, and call `ax.legend()` after them."
        )
        labels = [
            str(line.get_label()).lower()
            for values in history.history.values()
            for line in ax.lines
            if np.array_equal(np.asarray(line.get_ydata(), float).ravel(), values)
        ]
        assert "val" not in labels[0] or "val" in labels[1], (
            "The label of a curve says which loss it is.\n"
            f"Received: {labels[0]!r} for loss, {labels[1]!r} for val_loss.\n"
            "Exchange the two labels."
        )
    finally:
        plt.close("all")


def test_plot_fit_has_points_and_line(student):
    """The picture has every point, and the model's line across them."""
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[2.0]]), np.array([-1.0])])
    x = np.array([1.5, -2.0, 0.0, 2.0, -0.5])
    y = np.array([1.0, -4.0, 0.5, 3.5, -3.0])
    plt.close("all")
    drawn = student.plot_fit(model, x, y)
    try:
        figure = getattr(drawn, "figure", None)
        figure = figure if isinstance(figure, plt.Figure) else plt.gcf()
        axes = [ax for ax in figure.axes if ax.lines or ax.collections]
        assert isinstance(drawn, plt.Axes) or axes, (
            "plot_fit returns the Axes that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `fig, ax = plt.subplots()`, and end with `return ax`."
        )
        ax = drawn if isinstance(drawn, plt.Axes) else axes[0]
        marks = [line for line in ax.lines if line.get_marker() not in ("None", "", " ", None)]
        drawn = [np.asarray(dots.get_offsets(), float) for dots in ax.collections]
        drawn += [np.asarray(mark.get_xydata(), float) for mark in marks]
        shown = {tuple(point.round(3).tolist()) for points in drawn for point in points}
        missing = [
            point for point in zip(x.tolist(), y.tolist(), strict=True) if point not in shown
        ]
        assert not missing, (
            "Every point (x, y) is drawn as a dot.\n"
            f"Received: no dot at {missing}.\n"
            "Call `ax.scatter(x, y)`."
        )
        lines = [line for line in ax.lines if line.get_linestyle() not in ("None", "", " ")]
        joined = [line for line in lines if np.array_equal(line.get_xydata(), np.c_[x, y])]
        assert not joined, (
            "The points are dots, and no line joins them.\n"
            "Received: a line through all points.\n"
            "Call `ax.scatter(x, y)`."
        )
        assert lines, (
            "The model's answers are joined by a line.\n"
            "Received: no line.\n"
            "Call `ax.plot(x_line, model.predict(x_line, verbose=0))`."
        )
        ends = [np.asarray(line.get_xydata(), float) for line in lines]
        good = [xy for xy in ends if np.allclose(xy[:, 1], 2 * xy[:, 0] - 1, atol=1e-3)]
        assert good, (
            "With weight 2 and bias -1 the line goes through (0, -1) and (1, 1).\n"
            f"Received: a line from {ends[0][0].round(2).tolist()} to "
            f"{ends[0][-1].round(2).tolist()}.\n"
            "Let the model that is given predict y for each x of the line."
        )
        reach = [(float(xy[:, 0].min()), float(xy[:, 0].max())) for xy in good]
        assert any(left <= -1.8 and right >= 1.8 for left, right in reach), (
            "The line goes from the smallest x to the largest, here from -2 to 2.\n"
            f"Received: a line from {reach[0][0]:.2f} to {reach[0][1]:.2f}.\n"
            "Take `np.linspace(x.min(), x.max(), 50)`."
        )
    finally:
        plt.close("all")


CHECKS = {
    "make_data": (test_make_data_gives_x_and_y, test_make_data_follows_the_recipe,),
    "split_data": (test_split_is_150_and_50,),
    "build_model": (test_model_is_one_unit, test_model_is_linear,),
    "train": (test_train_fits_and_holds_out,),
    "plot_loss": (test_plot_loss_has_both_curves,),
    "plot_fit": (test_plot_fit_has_points_and_line,),
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
