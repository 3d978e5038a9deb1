"""The checks of ex01_keras_models, which its notebook's check cells run: keep this file beside it.

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


def test_dense_parameters_counts_weights_and_biases(student):
    """Every unit has a weight for each input, and a bias."""
    import numpy as np

    for inputs, units, count in [(3, 2, 8), (2, 3, 9), (512, 16, 8208)]:
        received = student.dense_parameters(inputs, units)
        try:
            number = np.asarray(received, dtype=float).item()
        except Exception:
            number = None
        assert number == count, (
            f"{units} units on {inputs} inputs have {inputs} · {units} weights and {units} biases: "
            f"{count:,} parameters.\n"
            f"Received: {received!r}.\n"
            "Multiply inputs by units, and add one bias for each unit."
        )


def test_dense_has_16_units_on_512(student):
    """One Dense layer of 16 units on 512 numbers: 8,208 parameters."""
    import keras

    model = student.build_dense()
    assert isinstance(model, keras.Model), (
        "build_dense returns a Keras model, not a layer.\n"
        f"Received: {type(model).__name__}.\n"
        "Put the layer into a keras.Sequential, and return that."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model without weights.\n"
        "Make `keras.Input(shape=(512,))` its first entry."
    )
    shapes = (model.input_shape, model.output_shape)
    assert shapes == ((None, 512), (None, 16)), (
        "Input and output have the shapes (None, 512) and (None, 16).\n"
        f"Received: {shapes[0]} and {shapes[1]}.\n"
        "512 belongs to the input, `shape=(512,)`, and 16 to the layer, `Dense(16)`."
    )
    assert model.count_params() == 8208, (
        "Dense(16) on 512 numbers has 8,208 parameters.\n"
        f"Received: {model.count_params():,}.\n"
        "Use one Dense layer, with its biases."
    )


def test_dense_is_linear(student):
    """The layer gives its weighted sums as they are."""
    import keras
    import numpy as np

    model = student.build_dense()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    shapes = [array.shape for array in arrays]
    assert shapes == [(512, 16), (16,)], (
        "Dense(16) on 512 numbers holds a kernel of shape (512, 16) and 16 biases.\n"
        f"Received: a {type(model).__name__} with arrays of the shapes {shapes}.\n"
        "Return a keras.Sequential of `keras.Input(shape=(512,))` and one Dense layer."
    )
    # The output for -x mirrors that for x, if nothing bends the sums.
    x = np.linspace(-1, 1, 3 * 512).reshape(3, -1).astype("float32")
    model.set_weights([arrays[0], np.zeros_like(arrays[1])])
    there, back = model.predict(x, verbose=0), model.predict(-x, verbose=0)
    assert np.allclose(there, -back, atol=1e-4), (
        "The layer has no activation: its output is the weighted sum itself.\n"
        "Received: outputs that an activation has bent.\n"
        "Leave out `activation`."
    )


def test_sequential_has_16_10_20_units(student):
    """The Sequential has layers of 16, 10 and 20 units on 512 numbers."""
    import keras

    model = student.build_sequential()
    assert isinstance(model, keras.Sequential), (
        "build_sequential returns a keras.Sequential.\n"
        f"Received: {type(model).__name__}.\n"
        "Start with `keras.Sequential([...])`, and end with `return model`."
    )
    assert model.built, (
        "The model must know its input from the start.\n"
        "Received: a model without weights.\n"
        "Make `keras.Input(shape=(512,))` its first entry."
    )
    assert model.input_shape == (None, 512), (
        "The input has shape (None, 512): Keras itself puts the batch in front.\n"
        f"Received: {model.input_shape}.\n"
        "Write `keras.Input(shape=(512,))`."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [8208, 170, 220], (
        "The layers have 8,208, 170 and 220 parameters.\n"
        f"Received: {counts}.\n"
        "Use Dense(16), Dense(10) and Dense(20); the 512 inputs are no layer."
    )


def test_sequential_bends_with_relu(student):
    """The first two layers use relu, the last one nothing."""
    import keras
    import numpy as np

    model = student.build_sequential()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    rng = np.random.default_rng(5)
    shapes = [weights.shape for weights in arrays]
    assert shapes == [(512, 16), (16,), (16, 10), (10,), (10, 20), (20,)], (
        "The kernels have the shapes (512, 16), (16, 10) and (10, 20), each with its bias.\n"
        f"Received: {shapes}.\n"
        "Use Dense(16), Dense(10) and Dense(20) on an input of shape (512,)."
    )
    weights = [rng.normal(0, 0.3, shape) for shape in shapes]
    model.set_weights(weights)
    x = rng.normal(0, 1, (5, 512))
    hidden = np.maximum(0, np.maximum(0, x @ weights[0] + weights[1]) @ weights[2] + weights[3])
    outputs = model.predict(x.astype("float32"), verbose=0)
    assert np.allclose(outputs, hidden @ weights[4] + weights[5], atol=1e-3), (
        "The first two layers pass on max(0, z), the last one its sums as they are.\n"
        "Received: outputs of a network with other activations.\n"
        'Give the first two layers `activation="relu"`, and the last one none.'
    )


def test_functional_has_16_10_20_units(student):
    """The functional model has layers of 16, 10 and 20 units on 512 numbers."""
    import keras

    model = student.build_functional()
    assert isinstance(model, keras.Model) and not isinstance(model, keras.Sequential), (
        "build_functional returns a functional keras.Model, made without Sequential.\n"
        f"Received: {type(model).__name__}.\n"
        "Call the layers one on the other, and return `keras.Model(inputs=inputs, outputs=x)`."
    )
    given = getattr(model, "input_shape", None)  # a class of one's own has none
    assert given == (None, 512), (
        "The input has shape (None, 512): Keras itself puts the batch in front.\n"
        f"Received: {given}.\n"
        "Write `inputs = keras.Input(shape=(512,))`."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [8208, 170, 220], (
        "The layers have 8,208, 170 and 220 parameters.\n"
        f"Received: {counts}.\n"
        "Call Dense(16) on the inputs, Dense(10) on that, and Dense(20) on that."
    )


def test_functional_bends_with_relu(student):
    """The first two layers use relu, the last one nothing."""
    import keras
    import numpy as np

    model = student.build_functional()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    rng = np.random.default_rng(6)
    shapes = [weights.shape for weights in arrays]
    assert shapes == [(512, 16), (16,), (16, 10), (10,), (10, 20), (20,)], (
        "The kernels have the shapes (512, 16), (16, 10) and (10, 20), each with its bias.\n"
        f"Received: {shapes}.\n"
        "Call Dense(16), Dense(10) and Dense(20), each on what the one before gave."
    )
    weights = [rng.normal(0, 0.3, shape) for shape in shapes]
    model.set_weights(weights)
    x = rng.normal(0, 1, (5, 512))
    hidden = np.maximum(0, np.maximum(0, x @ weights[0] + weights[1]) @ weights[2] + weights[3])
    outputs = model.predict(x.astype("float32"), verbose=0)
    assert np.allclose(outputs, hidden @ weights[4] + weights[5], atol=1e-3), (
        "The first two layers pass on max(0, z), the last one its sums as they are.\n"
        "Received: outputs of a network with other activations.\n"
        'Give the first two layers `activation="relu"`, and the last one none.'
    )


def test_conv_stack_shapes_and_parameters(student):
    """Each layer has the output shape and the parameters of the table."""
    import keras

    model = student.build_conv_stack()
    assert isinstance(model, keras.Model) and model.built, (
        "build_conv_stack returns a Keras model that knows its input.\n"
        f"Received: {model!r}.\n"
        "Start with `keras.Input(shape=(250, 250, 3))`, and return the model."
    )
    assert model.input_shape == (None, 250, 250, 3), (
        "The input has shape (None, 250, 250, 3).\n"
        f"Received: {model.input_shape}.\n"
        "Write `keras.Input(shape=(250, 250, 3))`: height, width, channels."
    )
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [2432, 9248], (
        "The two convolutions have 2,432 and 9,248 parameters.\n"
        f"Received: {counts}.\n"
        "Use Conv2D(32, 5, ...) and Conv2D(32, 3, ...): the filters come first, then the window."
    )
    names = ("Conv2D", "MaxPooling2D")
    shapes = [tuple(layer.output.shape) for layer in model.layers if type(layer).__name__ in names]
    table = [(None, 123, 123, 32), (None, 121, 121, 32), (None, 40, 40, 32)]
    steps = [
        "Give the first convolution `strides=2`, and leave out `padding`.",
        "The second convolution has a window of 3, in steps of 1, without padding.",
        "End with MaxPooling2D(3): a window of 3 in steps of 3.",
    ]
    for place, (shape, step) in enumerate(zip(table, steps, strict=True)):
        received = shapes[place] if place < len(shapes) else "no such layer"
        assert received == shape, (
            f"Layer {place + 1} gives the shape {shape}.\nReceived: {received}.\n{step}"
        )


def test_conv_stack_bends_with_relu(student):
    """Both convolutions pass on max(0, z)."""
    import keras
    import numpy as np

    model = student.build_conv_stack()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    weights = [np.zeros_like(array) for array in arrays]
    assert [array.ndim for array in weights] == [4, 1, 4, 1], (
        "Two convolutions hold two kernels and two biases.\n"
        f"Received: arrays of the shapes {[array.shape for array in weights]}.\n"
        "Use Conv2D(32, 5, ...) and Conv2D(32, 3, ...) on an input of shape (250, 250, 3)."
    )
    blank = np.zeros((1, *model.input_shape[1:]), "float32")
    # First the sums -2 and 1 - 4 * relu(-2), then 0 and -3.
    for place, (bias, weight, next_bias) in enumerate([(-2, -4, 1), (0, 0, -3)]):
        weights[1][:], weights[2][1, 1, 0, :], weights[3][:] = bias, weight, next_bias
        model.set_weights(weights)
        received, expected = float(model.predict(blank, verbose=0).max()), (1, 0)[place]
        assert abs(received - expected) < 1e-4, (
            f"Convolution {place + 1} passes on max(0, z), so that negative sums become 0.\n"
            f"Received: {received:g} at the end where {expected} was due.\n"
            'Give both Conv2D layers `activation="relu"`.'
        )


def test_ticket_inputs_and_outputs(student):
    """Inputs and outputs have the names, the order and the shapes of the table."""
    import keras

    model = student.build_ticket_model()
    assert isinstance(model, keras.Model) and model.built, (
        "build_ticket_model returns a Keras model.\n"
        f"Received: {model!r}.\n"
        "End with `return keras.Model(inputs=[...], outputs=[...])`."
    )
    # A model among the layers that was never called itself has no output.
    layers = [one for one in model.layers if hasattr(one, "output")]
    # Where they stand in a dict instead of a list, they have no order.
    for end, given, wanted in [
        (
            "inputs",
            getattr(model, "input", None),
            {"title": (None, None), "body": (None, None), "tags": (None, 12)},
        ),
        (
            "outputs",
            getattr(model, "output", None),
            {"priority": (None, 1), "department": (None, 4)},
        ),
    ]:
        tensors = [given]
        if isinstance(given, dict):
            tensors = [given[name] for name in wanted if name in given]
        elif isinstance(given, (list, tuple)):
            tensors = list(given)
        makers = [
            next((one.name for one in layers if one.output is tensor), "?") for tensor in tensors
        ]
        assert makers == list(wanted), (
            f"The {end} are {', '.join(wanted)}, in this order.\n"
            f"Received: {', '.join(makers)}.\n"
            f"Give each its `name=...`, and the model `{end}=[{', '.join(wanted)}]`."
        )
        for name, tensor in zip(wanted, tensors, strict=True):
            assert tuple(tensor.shape) == wanted[name], (
                f"{name} has the shape {wanted[name]}.\n"
                f"Received: {tuple(tensor.shape)}.\n"
                "A text of any length is shape=(None,), 12 tags are shape=(12,); "
                "the outputs are Dense(1) and Dense(4)."
            )


def test_ticket_layers_have_their_parameters(student):
    """Two tables of words, two LSTM layers, two outputs: 1,392,097 parameters."""
    import keras

    model = student.build_ticket_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    kernels = [weights.shape for weights in arrays if weights.ndim == 2]
    tables = [shape for shape in kernels if shape[0] > 1000]
    assert tables == [(10000, 64), (10000, 64)], (
        "Title and body have a table each, 10,000 words of 64 numbers.\n"
        f"Received: tables of the shapes {tables}.\n"
        "Make a layers.Embedding(10000, 64) for the title, and another one for the body."
    )
    masked = [layer.name for layer in model.layers if getattr(layer, "mask_zero", False)]
    assert not masked, (
        "The tables of this model pass over no word.\n"
        f"Received: mask_zero=True in {', '.join(masked)}.\n"
        "Write layers.Embedding(10000, 64), without mask_zero."
    )
    for units in (128, 32):
        assert (64, 4 * units) in kernels, (
            f"An LSTM of {units} units reads the words of one text, 64 numbers each.\n"
            f"Received: no such layer among kernels of the shapes {kernels}.\n"
            f"Call layers.LSTM({units}) on the output of an Embedding."
        )
    for name, units in (("priority", 1), ("department", 4)):
        assert (172, units) in kernels, (
            f"{name} has {units} unit(s) on 128 + 32 + 12 = 172 numbers.\n"
            f"Received: no such layer among kernels of the shapes {kernels}.\n"
            "Concatenate title, body and tags, and call both Dense layers on that."
        )
    table = {"InputLayer", "Embedding", "LSTM", "Concatenate", "Dense"}
    inside = {"Sequential", "Functional", "Activation", "Identity", "Reshape", "Flatten"}
    others = [layer.name for layer in model.layers if type(layer).__name__ not in table | inside]
    assert not others, (
        "The model has the layers of the table, and no others between them.\n"
        f"Received: {', '.join(others)}.\n"
        "Call each layer on what the table says."
    )
    for layer in model.layers:
        if type(layer).__name__ != "LSTM":
            continue
        config, plain = layer.get_config(), type(layer)(layer.units).get_config()
        names = ["activation", "recurrent_activation", "use_bias", "go_backwards", "dropout"]
        changed = [f"{name}={config[name]!r}" for name in names if config[name] != plain[name]]
        assert not changed, (
            "Both LSTM layers are as Keras makes them.\n"
            f"Received: {layer.name} with {', '.join(changed)}.\n"
            f"Write layers.LSTM({layer.units})."
        )
    assert model.count_params() == 1392097, (
        "The model has 1,392,097 parameters.\n"
        f"Received: {model.count_params():,}.\n"
        "Compare each layer of `model.summary()` with the table."
    )


def test_ticket_title_goes_through_128(student):
    """The title is read by LSTM(128), the body by LSTM(32), each of any length."""
    import keras
    import numpy as np

    model = student.build_ticket_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    ids = np.arange(1, 11).reshape(2, 5)
    for units, silenced, reads in [(128, 32, "title"), (32, 128, "body")]:
        # An LSTM with weights of 0 always gives 0: nothing depends on what it reads.
        weights = [array.copy() for array in arrays]
        places = [k for k, array in enumerate(weights) if array.shape == (64, 4 * silenced)]
        assert len(places) == 1, (
            f"One LSTM of {silenced} units reads the words of one text.\n"
            f"Received: {len(places)} layers with a kernel of its shape, (64, {4 * silenced}).\n"
            "Call layers.LSTM(128) on the title's words, and layers.LSTM(32) on the body's."
        )
        blank = [array.copy() for array in weights]
        for place in range(places[0], places[0] + 3):
            blank[place] *= 0
        model.set_weights(blank)
        texts = {"title": ids, "body": ids[:, :4], "tags": np.zeros((2, 12), "float32")}
        changed = {}
        for name in ("title", "body"):
            pair = []
            for shift in (0, 50):
                given = {**texts, name: texts[name] + shift}
                answer = model(given if isinstance(model.input, dict) else list(given.values()))
                parts = list(answer.values()) if isinstance(answer, dict) else answer
                parts = parts if isinstance(parts, (list, tuple)) else [parts]
                pair.append(np.concatenate([np.asarray(part) for part in parts], axis=1))
            changed[name] = bool(np.abs(pair[0] - pair[1]).max() > 1e-6)
        model.set_weights(weights)
        assert changed == {"title": reads == "title", "body": reads == "body"}, (
            f"LSTM({units}) reads the {reads}, and nothing else.\n"
            f"Received: with LSTM({silenced}) silenced, the outputs depend on "
            f"{' and '.join(name for name in changed if changed[name]) or 'neither text'}.\n"
            "Look at which variable you call each layer on."
        )


def test_ticket_outputs_are_linear(student):
    """Priority and department are plain sums, without activation."""
    import keras
    import numpy as np

    model = student.build_ticket_model()
    arrays = model.get_weights() if isinstance(model, keras.Model) else []
    weights = [array * 0 for array in arrays]
    biases = {1: np.array([-3.0]), 4: np.array([-1.0, 2.0, 0.0, 4.0])}
    for units, bias in biases.items():
        places = [k for k, array in enumerate(weights) if array.shape == (units,)]
        assert len(places) == 1, (
            f"One Dense layer has {units} unit(s), with a bias.\n"
            f"Received: {len(places)} biases of the shape ({units},).\n"
            "The outputs are Dense(1) and Dense(4)."
        )
        weights[places[0]] = bias
    model.set_weights(weights)
    # All weights are 0, so that each sum is its bias.
    texts = {"title": np.ones((1, 5)), "body": np.ones((1, 4)), "tags": np.ones((1, 12))}
    answer = model(texts if isinstance(model.input, dict) else list(texts.values()))
    parts = list(answer.values()) if isinstance(answer, dict) else answer
    for part in parts if isinstance(parts, (list, tuple)) else [parts]:
        received = np.asarray(part)[0]
        assert np.allclose(received, biases.get(len(received), 0)), (
            "The outputs are plain sums, which may be negative or above 1.\n"
            f"Received: {received.round(3).tolist()} where "
            f"{biases.get(len(received), np.zeros(1)).tolist()} was due.\n"
            "Leave out `activation` in both output layers."
        )


CHECKS = {
    "dense_parameters": (test_dense_parameters_counts_weights_and_biases,),
    "build_dense": (test_dense_has_16_units_on_512, test_dense_is_linear,),
    "build_sequential": (test_sequential_has_16_10_20_units, test_sequential_bends_with_relu,),
    "build_functional": (test_functional_has_16_10_20_units, test_functional_bends_with_relu,),
    "build_conv_stack": (test_conv_stack_shapes_and_parameters, test_conv_stack_bends_with_relu,),
    "build_ticket_model": (test_ticket_inputs_and_outputs, test_ticket_layers_have_their_parameters, test_ticket_title_goes_through_128, test_ticket_outputs_are_linear,),
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
