"""The checks of ex03_persistence, which its notebook's check cells run: keep this file beside it.

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


def test_save_model_writes_the_whole_model(student):
    """The file can be loaded with Keras, and holds weights, compile settings and optimizer."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mean_squared_error")
    model.fit(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), epochs=3, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a_model.keras")
        student.save_model(model, str(path))
        names = sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*.*"))
        assert names == ["a_model.keras"], (
            "save_model(model, path) writes the file that `path` names, and no other one.\n"
            f"Received: {', '.join(names) or 'no file'} where a_model.keras was asked for.\n"
            "Hand the path on as it is: `model.save(path)`."
        )
        try:
            loaded = keras.models.load_model(path)
        except Exception as error:
            raise AssertionError(
                "The file holds the whole model, so that keras.models.load_model can read it.\n"
                f"Received: {type(error).__name__}: {str(error)[:300]}\n"
                "Call `model.save(path)`: it writes architecture, weights and compile settings."
            ) from None
    received = [array.ravel().round(4).tolist() for array in loaded.get_weights()]
    expected = [array.ravel().round(4).tolist() for array in model.get_weights()]
    assert received == expected, (
        "The file holds the weights of the model.\n"
        f"Received: {received} where {expected} was expected.\n"
        "Save the model that is given."
    )
    steps = int(loaded.optimizer.iterations) if loaded.optimizer else None
    assert steps == 3, (
        "The file holds the optimizer, which has made 3 steps.\n"
        f"Received: {'no optimizer' if steps is None else f'{steps} steps'}.\n"
        "Call `model.save(path)`, with nothing left out, and do not compile the model."
    )


def test_save_model_takes_h5(student):
    """A path that ends in .h5 gives an HDF5 file."""
    import logging
    import tempfile
    from pathlib import Path

    import keras

    logging.getLogger("absl").setLevel(logging.ERROR)  # no warnings that .h5 is old
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a_model.h5")
        student.save_model(model, str(path))
        names = sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*.*"))
        assert names == ["a_model.h5"], (
            "save_model(model, path) writes the file that `path` names, .h5 as well as .keras.\n"
            f"Received: {', '.join(names) or 'no file'} where a_model.h5 was asked for.\n"
            "Hand the path on as it is: `model.save(path)` knows both formats."
        )
        start = path.read_bytes()[:4]
    assert start == b"\x89HDF", (
        "A file called .h5 is in the HDF5 format.\n"
        f"Received: a file that starts with {start!r}.\n"
        "Let `model.save(path)` choose the format by the end of the name."
    )


def test_load_model_gives_the_model_back(student):
    """The model that comes back is the one in the file, whatever its architecture is."""
    import logging
    import tempfile

    import keras
    import numpy as np

    logging.getLogger("absl").setLevel(logging.ERROR)  # no warnings that .h5 is old
    hidden = keras.layers.Dense(4, activation="tanh")
    model = keras.Sequential([keras.Input((3,)), hidden, keras.layers.Dense(2)])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    x = np.linspace(-1, 1, 15).reshape(5, 3)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a_model.keras", "a_model.h5"):
            model.save(f"{folder}/{name}")
            loaded = student.load_model(f"{folder}/{name}")
            assert isinstance(loaded, keras.Model), (
                "load_model returns a Keras model.\n"
                f"Received: {type(loaded).__name__}.\n"
                "End with `return keras.models.load_model(path)`."
            )
            shapes = [array.shape for array in loaded.get_weights()]
            wanted = [array.shape for array in model.get_weights()]
            assert shapes == wanted, (
                "The model that comes back has the architecture of the one in the file.\n"
                f"Received: weights of the shapes {shapes} where {wanted} were saved.\n"
                "Do not build a model: `keras.models.load_model(path)` builds it from the file."
            )
            off = np.abs(np.asarray(loaded(x)) - np.asarray(model(x))).max()
            assert off < 1e-5, (
                "The model that comes back predicts what the saved one predicts.\n"
                f"Received: predictions that differ by up to {off:.3f}.\n"
                "Return what `keras.models.load_model(path)` gives."
            )


def test_load_model_is_compiled(student):
    """The model that comes back is compiled as it was, and its optimizer knows its steps."""
    import tempfile

    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mean_absolute_error")
    model.fit(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), epochs=4, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/a_model.keras")
        loaded = student.load_model(f"{folder}/a_model.keras")
    optimizer = getattr(loaded, "optimizer", None)
    assert type(optimizer).__name__ == "Adam", (
        "The model that comes back is compiled as it was saved: with Adam.\n"
        f"Received: {'no optimizer' if optimizer is None else type(optimizer).__name__}.\n"
        "Leave `compile` at its default: `keras.models.load_model(path)`."
    )
    steps = int(optimizer.iterations)
    assert steps == 4, (
        "The optimizer of the saved model has made 4 steps, and remembers them.\n"
        f"Received: {steps} steps.\n"
        "Do not compile the model again: that makes a new optimizer."
    )


def test_every_epoch_leaves_a_file(student):
    """The folder holds one file of weights for each epoch, and the History is returned."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    # Steps that are too large: each epoch is worse than the one before, and is kept all the same.
    model.compile(optimizer=keras.optimizers.SGD(1.1), loss="mean_squared_error")
    x = np.tile([1.0, -1.0], 10)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "weights")
        history = student.train_with_checkpoints(model, x, 2 * x + 9, str(target), 4)
        names = sorted(
            str(path.relative_to(folder))
            for path in Path(folder).rglob("*.*")
            if path.name.endswith((".h5", ".keras"))
        )
    assert isinstance(history, keras.callbacks.History), (
        "train_with_checkpoints returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    epochs = len(history.epoch)
    assert epochs == 4, (
        "With epochs=4 the training lasts 4 epochs.\n"
        f"Received: {epochs}.\n"
        "Hand the argument on: `fit(..., epochs=epochs)`."
    )
    wanted = [str(Path("weights", f"cp-{epoch:02d}.weights.h5")) for epoch in (1, 2, 3, 4)]
    assert names == wanted, (
        f"4 epochs leave the files {', '.join(wanted)}.\n"
        f"Received: {', '.join(names) or 'no file'}.\n"
        "Name them `folder/cp-{epoch:02d}.weights.h5` (Keras fills in the epoch), "
        "set `save_weights_only=True` and nothing else, and give `fit` the callback: "
        "`callbacks=[...]`."
    )


def test_checkpoints_differ_from_epoch_to_epoch(student):
    """The files hold weights on the way; the last ones are those of the trained model."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    def line():
        return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    model = line()
    model.set_weights([np.array([[3.0]]), np.array([1.0])])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    x = np.linspace(-1, 2, 20)
    # One batch holds all points, so each epoch is one step down the slope of the mean square.
    w, b, expected = 3.0, 1.0, []
    for _ in range(3):
        error = w * x + b - x**2
        w, b = w - 0.1 * 2 * np.mean(error * x), b - 0.1 * 2 * np.mean(error)
        expected.append([round(float(w), 4), round(float(b), 4)])
    files = []
    with tempfile.TemporaryDirectory() as folder:
        student.train_with_checkpoints(model, x, x**2, folder, 3)
        for path in sorted(Path(folder).glob("*.weights.h5")):
            other = line()
            other.load_weights(path)
            files.append([round(float(array.item()), 4) for array in other.get_weights()])
    last = [round(float(array.item()), 4) for array in model.get_weights()]
    assert np.allclose(last, expected[-1], atol=1e-3), (
        f"Three epochs over all points bring w = 3, b = 1 to {expected[-1]} here.\n"
        f"Received: {last}.\n"
        "Fit the model that is given, once, with x and y as they are; hold no points back, leave "
        "batch_size out, and do not compile it again."
    )
    assert np.shape(files) == (3, 2) and np.allclose(files, expected, atol=1e-3), (
        f"The three files hold the weights after epochs 1, 2, 3: {expected}.\n"
        f"Received: {files}.\n"
        "Let ModelCheckpoint write during the training: `callbacks=[...]` of the one `fit`."
    )


def test_rebuild_model_has_the_weights(student):
    """The new model is one unit, with the weights of the file."""
    import tempfile

    import keras
    import numpy as np

    saved = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    saved.set_weights([np.array([[1.75]]), np.array([-0.5])])
    with tempfile.TemporaryDirectory() as folder:
        saved.save_weights(f"{folder}/cp-07.weights.h5")
        model = student.rebuild_model(f"{folder}/cp-07.weights.h5")
        saved.set_weights([np.array([[3.0]]), np.array([1.0])])
        saved.save_weights(f"{folder}/cp-08.weights.h5")
        other = student.rebuild_model(f"{folder}/cp-08.weights.h5")
    assert isinstance(model, keras.Model), (
        "rebuild_model returns a Keras model.\n"
        f"Received: {type(model).__name__}.\n"
        "`model.load_weights(path)` changes the model and returns nothing: `return model` after it."
    )
    count = sum(weights.size for weights in model.get_weights())
    assert count == 2, (
        "One unit with one input has a weight and a bias: 2 parameters.\n"
        f"Received: {count} parameters.\n"
        "Build one `Dense(1)` on an input of shape (1,)."
    )
    assert other is not model, (
        "Each call of rebuild_model builds a new model.\n"
        "Received: the same model for two checkpoints.\n"
        "Build the model inside of the function."
    )
    arrays = [np.ravel(array) for array in model.get_weights()]
    weights = [round(float(value), 3) for value in np.concatenate(arrays)]
    assert weights == [1.75, -0.5], (
        "The checkpoint holds w = 1.75 and b = -0.5, and so does the model.\n"
        f"Received: {weights}.\n"
        "A new model starts with random weights: call `model.load_weights(path)`."
    )
    assert model.input_shape == (None, 1), (
        "The input of the model has the shape (None, 1): any number of rows, one value in each.\n"
        f"Received: {model.input_shape}.\n"
        "Begin with `keras.Input(shape=(1,))`."
    )
    outputs = [round(float(y), 3) for y in np.ravel(model(np.array([[-2.0], [4.0]])))]
    assert outputs == [-4.0, 6.5], (
        "Without an activation the unit gives 1.75 x - 0.5: -4.0 and 6.5 at x = -2 and x = 4.\n"
        f"Received: {outputs}.\n"
        "Leave `activation` out, and put no other layer into the model."
    )


def test_resume_goes_on_as_if_never_broken_off(student):
    """The second part goes on with weights, optimizer and epochs where the first one stopped."""
    import tempfile

    import keras
    import numpy as np

    x = np.linspace(-1, 2, 20)
    y = x**2
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[-1.0]]), np.array([-2.0])])
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="mean_squared_error")
    model.fit(x, y, epochs=3, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/a_model.keras")
        history = student.resume_training(f"{folder}/a_model.keras", x, y, 3, 8)
    # What the training does when it is not broken off.
    expected = model.fit(x, y, initial_epoch=3, epochs=8, verbose=0).history["loss"]
    assert isinstance(history, keras.callbacks.History), (
        "resume_training returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert list(history.epoch) == [3, 4, 5, 6, 7], (
        "With done=3 and total=8, history.epoch is [3, 4, 5, 6, 7].\n"
        f"Received: {list(history.epoch)}.\n"
        "Fit with `initial_epoch=done` (how many are done) and `epochs=total` (where to end)."
    )
    losses = history.history.get("loss", [])
    assert len(losses) == 5, (
        "The History of 5 epochs holds 5 losses.\n"
        f"Received: {len(losses)}.\n"
        "Return what `fit` returns."
    )
    assert np.isclose(losses[0], expected[0], rtol=1e-3), (
        f"The second part starts at the loss of the saved model over all points, "
        f"{expected[0]:.3f}.\n"
        f"Received: {losses[0]:.3f}.\n"
        "Train the model that `keras.models.load_model(path)` gives, not a new one, with x and y "
        "as they are; hold no points back, and leave batch_size out."
    )
    told = [round(float(loss), 3) for loss in losses]
    assert np.allclose(losses, expected, rtol=1e-2), (
        f"The losses go on as {[round(loss, 3) for loss in expected]}.\n"
        f"Received: {told}.\n"
        "The file holds the optimizer with its last step. Do not call `compile`: "
        "that would throw it away."
    )


def test_event_files_hold_losses_and_histograms(student):
    """The folder holds event files with the loss and the histograms of every epoch."""
    import tempfile
    from pathlib import Path

    import keras
    import numpy as np

    try:
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    except ImportError:
        raise AssertionError(
            "This task needs the package tensorboard.\n"
            "Received: a Python without it.\n"
            "Install it with `pip install tensorboard`."
        ) from None

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[3.0]]), np.array([1.0])])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mean_squared_error")
    before = model.get_weights()[0].item()
    x = np.linspace(-1, 2, 20)
    # One batch holds all points, so each epoch is one step down the slope of the mean square.
    w, b = 3.0, 1.0
    for _ in range(3):
        error = w * x + b - x**2
        w, b = w - 0.1 * 2 * np.mean(error * x), b - 0.1 * 2 * np.mean(error)
    steps = {}
    with tempfile.TemporaryDirectory() as folder:
        history = student.train_with_tensorboard(model, x, x**2, f"{folder}/logs", 3)
        files = [path for path in Path(folder, "logs").rglob("*") if "tfevents" in path.name]
        for path in files:
            for event in EventFileLoader(str(path)).Load():
                for value in event.summary.value:
                    steps.setdefault(value.tag, []).append(event.step)
    assert isinstance(history, keras.callbacks.History), (
        "train_with_tensorboard returns the History that `fit` returns.\n"
        f"Received: {type(history).__name__}.\n"
        "End with `return model.fit(...)`."
    )
    assert model.get_weights()[0].item() != before, (
        "train_with_tensorboard trains the model that it is given.\n"
        "Received: a model with the weights that it had before.\n"
        "Call `fit` of the argument `model`; build no new one."
    )
    epochs = len(history.epoch)
    assert epochs == 3, (
        "With epochs=3 the training lasts 3 epochs.\n"
        f"Received: {epochs}.\n"
        "Hand the argument on: `fit(..., epochs=epochs)`."
    )
    last, expected = np.ravel([array.item() for array in model.get_weights()]), np.array([w, b])
    assert np.allclose(last, expected, atol=1e-3), (
        f"Three epochs over all points bring w = 3, b = 1 to {expected.round(4).tolist()} here.\n"
        f"Received: {last.round(4).tolist()}.\n"
        "Fit the model that is given, once, with x and y as they are; hold no points back, leave "
        "batch_size out, and do not compile it again."
    )
    assert files, (
        "The training writes event files into `logdir`.\n"
        "Received: none there.\n"
        "Make `keras.callbacks.TensorBoard(logdir, ...)`, and give it to `fit`: `callbacks=[...]`."
    )
    losses = set(steps.get("epoch_loss", []))
    assert len(losses) == 3, (
        "After 3 epochs the event files hold 3 values of epoch_loss.\n"
        f"Received: {len(losses)}.\n"
        "Hand the argument on: `fit(..., epochs=epochs)`."
    )
    counts = {
        name: max([len(set(at)) for tag, at in steps.items() if f"{name}/histo" in tag], default=0)
        for name in ("kernel", "bias")
    }
    assert counts == {"kernel": 3, "bias": 3}, (
        "After 3 epochs there are 3 histograms of the kernel and 3 of the bias.\n"
        f"Received: {counts['kernel']} and {counts['bias']}.\n"
        "Give TensorBoard `histogram_freq=1`."
    )


CHECKS = {
    "save_model": (test_save_model_writes_the_whole_model, test_save_model_takes_h5,),
    "load_model": (test_load_model_gives_the_model_back, test_load_model_is_compiled,),
    "train_with_checkpoints": (test_every_epoch_leaves_a_file, test_checkpoints_differ_from_epoch_to_epoch,),
    "rebuild_model": (test_rebuild_model_has_the_weights,),
    "resume_training": (test_resume_goes_on_as_if_never_broken_off,),
    "train_with_tensorboard": (test_event_files_hold_losses_and_histograms,),
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
