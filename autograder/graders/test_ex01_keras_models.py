"""Hidden checks of ex01_keras_models. The oracle is closed formulas, and sums of products in NumPy.

Who runs into whom in the ticket model is found by trying: another title is given, and what changes
depends on the title. So a check holds whichever way the model was put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder import tickets
from autograder.checks import array, check, claim, core_layers, equal, layers, number, params
from autograder.decode import ModelData
from autograder.evidence import Evidence
from autograder.models import Layer, Model
from autograder.tickets import INPUTS, TAGS, TICKETS

WIDTHS = (16, 10, 20)
OUTPUTS = {"priority": (None, 1), "department": (None, 4)}
READS = {128: "title", 32: "body"}


@check("dense_parameters", points=2, hint="A weight for each input of each unit, a bias per unit.")
def test_formula_of_a_dense_layer(evidence: Evidence) -> None:
    """A Dense layer of u units on n inputs has n·u weights and u biases."""
    for place, (size, units) in enumerate(evidence.inputs["pairs"]):
        expected = size * units + units
        rule = f"{size:,} inputs and {units:,} units must give {expected:,} parameters"
        value = evidence.value(f"dense_parameters.{place}")
        claim(value is not None, rule, "None", "Return the number; to print it is not enough.")
        received = number(value, rule)
        next_step = {
            size * units: "Those are the weights alone: each unit has a bias, too.",
            size * units + size: "There is a bias for each unit, not for each input.",
            size * units + 1: "Each unit has a bias of its own.",
        }.get(int(received), "")
        claim(received == expected, rule, f"{received:,.10g}", next_step)


def _knows_its_input(model: Model, shape: str) -> None:
    claim(
        model.input_shape is not None,
        "A model must know the shape of its input",
        "a model that is not built yet",
        f"Make keras.Input(shape={shape}) its first entry.",
    )


@check("build_dense", points=1, hint="keras.Input(shape=(512,)), and layers.Dense(16) on it.")
def test_dense_shape(evidence: Evidence) -> None:
    """512 numbers go in and 16 come out: 8,208 parameters."""
    model = evidence.model("build_dense")
    _knows_its_input(model, "(512,)")
    next_step = "The input has shape=(512,), the layer 16 units."
    for name, shape, size in (
        ("input", model.input_shape, 512),
        ("output", model.output_shape, 16),
    ):
        equal(shape, (None, size), f"The {name} must have shape (None, {size})", next_step)
    params(model, 8208, "One Dense layer, with its biases, and nothing else.")


@check("build_dense", points=1, hint="Leave out `activation`: Dense(16) is linear by itself.")
def test_dense_is_linear(evidence: Evidence) -> None:
    """The single layer has no activation."""
    found = core_layers(evidence.model("build_dense"))
    names = [layer.class_name for layer in found]
    claim("Dense" in names, "The model must have a Dense layer", ", ".join(names) or "no layers")
    bent = [layer.activation for layer in found if layer.activation != "linear"]
    claim(not bent, "The layer must have no activation", ", ".join(bent))


def _chain_layers(model: Model) -> None:
    _knows_its_input(model, "(512,)")
    wanted = [("Dense", {"units": units}) for units in WIDTHS]
    layers(
        model,
        wanted,
        "Use Dense(16), Dense(10) and Dense(20), each on the one before; the input is no layer.",
    )
    equal(
        model.input_shape,
        (None, 512),
        "The input must have shape (None, 512)",
        "Write keras.Input(shape=(512,)): Keras puts the batch in front by itself.",
    )
    params(model, 8598, "Each Dense layer keeps its biases.")


def _forward(weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray | None:
    """Return what Dense layers with relu between them give; None if the arrays make no chain."""
    signal = x.astype(float)
    kernels = [place for place, array in enumerate(weights) if array.ndim == 2]
    for place in kernels:
        if weights[place].shape[0] != signal.shape[1]:
            return None
        signal = signal @ weights[place].astype(float)
        if place + 1 < len(weights) and weights[place + 1].shape == signal.shape[1:]:
            signal = signal + weights[place + 1].astype(float)
        if place != kernels[-1]:
            signal = np.maximum(signal, 0)
    return signal


def _chain_outputs(evidence: Evidence, name: str) -> None:
    # With the probe's weights where the shapes were right, with its own where they were not.
    loaded = f"{name}.loaded"
    model = evidence.model(loaded if evidence.answered(loaded) else name)
    found = core_layers(model)
    claim(len(found) > 1, "The network must have several layers", len(found))
    told = ", ".join(layer.activation for layer in found)
    bent = {layer.activation for layer in found[:-1]}
    claim(bent == {"relu"}, "Each layer but the last must have the activation relu", told)
    claim(found[-1].activation == "linear", "The last layer must have no activation", told)
    shape = model.input_shape
    sizes = shape[1:] if isinstance(shape, tuple) else ()
    dense = all(layer.class_name == "Dense" for layer in found)
    if not dense or not tickets.is_small(sizes) or not sizes or not sizes[-1]:
        return  # what its inputs and layers are is the other check's
    x = np.resize(evidence.inputs["x"], (len(evidence.inputs["x"]), sizes[-1]))
    expected = _forward(model.weights, x)
    between = [size or 1 for size in sizes[:-1]]
    rows = x.reshape(len(x), *[1] * len(between), sizes[-1])
    rows = np.broadcast_to(rows, (len(x), *between, sizes[-1]))
    outputs = array(model.predict(np.ascontiguousarray(rows)), "The output must be numbers")
    outputs = outputs.reshape(len(x), -1, outputs.shape[-1])[:, 0]
    claim(
        expected is not None
        and outputs.shape == expected.shape
        and np.allclose(outputs, expected, rtol=1e-3, atol=1e-3),
        "With given weights the output must be that of relu, relu and a linear layer in a row",
        "other numbers",
    )


def _made_as(evidence: Evidence, name: str, kind: str, next_step: str) -> None:
    count = len(core_layers(evidence.model(name)))
    claim(count > 1, "The network must have several layers", count)
    value = evidence.value(name)
    made = value.config.get("class_name") if isinstance(value, ModelData) else None
    claim(
        (made == "Sequential") == (kind == "Sequential"),
        f"`{name}` must return a {kind} model",
        f"a {'Sequential' if made == 'Sequential' else 'Functional'} model",
        next_step,
    )


@check("build_sequential", points=1, hint="Dense layers of 16, 10 and 20 units on 512 numbers.")
def test_sequential_layers(evidence: Evidence) -> None:
    """The layers have 16, 10 and 20 units on 512 inputs: 8,208 + 170 + 220 parameters."""
    _chain_layers(evidence.model("build_sequential"))


@check("build_sequential", points=1, hint="activation='relu' for the first two layers only.")
def test_sequential_outputs(evidence: Evidence) -> None:
    """The first two layers pass on max(0, z), the last one its sums as they are."""
    _chain_outputs(evidence, "build_sequential")


@check("build_sequential", points=1, hint="keras.Sequential([...]), or model.add(...) by steps.")
def test_sequential_api(evidence: Evidence) -> None:
    """The model is made as a keras.Sequential."""
    _made_as(evidence, "build_sequential", "Sequential", "Start with keras.Sequential().")


@check("build_functional", points=1, hint="Call each layer on what the one before it gave.")
def test_functional_layers(evidence: Evidence) -> None:
    """The layers have 16, 10 and 20 units on 512 inputs: 8,208 + 170 + 220 parameters."""
    _chain_layers(evidence.model("build_functional"))


@check("build_functional", points=1, hint="activation='relu' for the first two layers only.")
def test_functional_outputs(evidence: Evidence) -> None:
    """The first two layers pass on max(0, z), the last one its sums as they are."""
    _chain_outputs(evidence, "build_functional")


@check("build_functional", points=1, hint="End with keras.Model(inputs=inputs, outputs=outputs).")
def test_functional_api(evidence: Evidence) -> None:
    """The model is made by the Functional API, from its inputs and outputs."""
    next_step = "Call the layers, and return keras.Model(inputs=inputs, outputs=outputs)."
    _made_as(evidence, "build_functional", "Functional", next_step)


def _convolutions(model: Model) -> list[Layer]:
    found = [layer for layer in core_layers(model) if layer.class_name == "Conv2D"]
    told = ", ".join(layer.class_name for layer in core_layers(model)) or "no layers"
    claim(len(found) == 2, "The model must have two Conv2D layers", told)
    return found


def _setting(layer: Layer, name: str) -> Any:
    value = layer.config.get(name)
    return tuple(value) if isinstance(value, list) else value


@check("build_conv_stack", points=1, hint="Conv2D(32, 5, ...) and Conv2D(32, 3, ...).")
def test_convolutions_parameters(evidence: Evidence) -> None:
    """On 250 by 250 by 3, 32 filters of 5 by 5 and 32 of 3 by 3: 2,432 and 9,248 parameters."""
    model = evidence.model("build_conv_stack")
    _knows_its_input(model, "(250, 250, 3)")
    equal(
        model.input_shape,
        (None, 250, 250, 3),
        "The input must have shape (None, 250, 250, 3)",
        "Write keras.Input(shape=(250, 250, 3)): height, width, channels.",
    )
    names = [layer.class_name for layer in core_layers(model)]
    others = [name for name in names if name != "Conv2D" and "Pooling" not in name]
    claim(not others, "The model must have convolutions and a pooling only", ", ".join(names))
    for place, layer in enumerate(_convolutions(model)):
        kernel, count = ((5, 2432), (3, 9248))[place]
        rule = f"Convolution {place + 1} must have 32 filters of {kernel} by {kernel}"
        told = f"{layer.config.get('filters')} filters of {_setting(layer, 'kernel_size')}"
        has = layer.config.get("filters"), _setting(layer, "kernel_size")
        claim(has == (32, (kernel, kernel)), rule, told, "The filters come first, then the window.")
        rule = f"Convolution {place + 1} must have {count:,} parameters"
        equal(layer.params, count, rule, "Each filter keeps its bias.")


@check("build_conv_stack", points=1, hint="strides=2 in the first convolution; no padding at all.")
def test_convolutions_sizes(evidence: Evidence) -> None:
    """Steps of 2, then of 1, and no padding: 250 becomes 123, and 123 becomes 121."""
    found = _convolutions(evidence.model("build_conv_stack"))
    for place, layer in enumerate(found):
        steps = (2, 1)[place]
        size = f"; its output has shape {layer.output_shape}" if layer.output_shape else ""
        claim(
            _setting(layer, "strides") == (steps, steps),
            f"Convolution {place + 1} must move in steps of {steps}",
            f"strides={_setting(layer, 'strides')}{size}",
            f"Write strides={steps}." if steps > 1 else "",
        )
        claim(
            layer.config.get("padding") == "valid" and _setting(layer, "dilation_rate") == (1, 1),
            f"The window of convolution {place + 1} must stay inside its input, without gaps",
            f"padding={layer.config.get('padding')!r}, "
            f"dilation_rate={_setting(layer, 'dilation_rate')}{size}",
            "Leave out `padding`: 'valid' is the default.",
        )


@check("build_conv_stack", points=1, hint="layers.MaxPooling2D(3) is the last layer.")
def test_pooling_takes_the_largest_of_nine(evidence: Evidence) -> None:
    """The last layer takes the largest of each 3 by 3 window, side by side: 121 becomes 40."""
    found = core_layers(evidence.model("build_conv_stack"))
    names = [layer.class_name for layer in found]
    claim(
        names.count("MaxPooling2D") == 1 and names[-1] == "MaxPooling2D",
        "The last layer must be a MaxPooling2D, and no other",
        ", ".join(names) or "no layers",
    )
    pool = found[-1]
    has = {name: _setting(pool, name) for name in ("pool_size", "strides", "padding")}
    claim(
        has == {"pool_size": (3, 3), "strides": (3, 3), "padding": "valid"},
        "The pooling must have windows of 3 by 3, in steps of 3, without padding",
        ", ".join(f"{name}={value!r}" for name, value in has.items()),
        "Write layers.MaxPooling2D(3): its steps are as long as its window.",
    )


@check("build_conv_stack", points=1, hint="activation='relu' in both Conv2D layers.")
def test_convolutions_have_relu(evidence: Evidence) -> None:
    """Both convolutions pass on max(0, z)."""
    found = [layer.activation for layer in _convolutions(evidence.model("build_conv_stack"))]
    rule = "Both convolutions must have the activation relu"
    claim(set(found) == {"relu"}, rule, ", ".join(found))


def _named(evidence: Evidence, end: str) -> bool:
    """Say whether the ticket model holds its inputs, or outputs, in a dict: it has no order."""
    value = evidence.value("build_ticket_model")
    config = value.config.get("config") if isinstance(value, ModelData) else None
    return isinstance(config, dict) and isinstance(config.get(f"{end}_layers"), dict)


def _ticket_model(evidence: Evidence) -> Model:
    model = evidence.model("build_ticket_model")
    next_step = "Start with keras.Input for title, body and tags, and end with keras.Model."
    rule = "The ticket model must know its inputs"
    claim(model.input_shape is not None, rule, "a model that is not built yet", next_step)
    names = model.input_names
    claim(len(names) > 1, "The ticket model must have several inputs", len(names), next_step)
    return model


@check("build_ticket_model", points=1, hint="keras.Input(shape=..., name=...) for each of them.")
def test_ticket_inputs(evidence: Evidence) -> None:
    """The inputs are title, body and tags, in this order, and there are 12 tags."""
    model = _ticket_model(evidence)
    names = model.input_names
    shown = names if not _named(evidence, "input") else sorted(names, key=[*INPUTS, *names].index)
    claim(
        shown == list(INPUTS),
        "The inputs must be title, body and tags, of these names and in this order",
        ", ".join(names),
    )
    shape = tickets.input_shapes(model).get("tags", (0, None))[1]
    equal(shape, (None, TAGS), "The input tags must have shape (None, 12)")


@check("build_ticket_model", points=1, hint="keras.Input(shape=(None,)): as many words as come.")
def test_ticket_texts_of_any_length(evidence: Evidence) -> None:
    """Title and body may have any number of words."""
    model = _ticket_model(evidence)
    shapes = tickets.input_shapes(model)
    for role in ("title", "body"):
        if role in shapes:
            equal(
                shapes[role][1],
                (None, None),
                f"The input {role} must have shape (None, None): any number of texts, and of words",
                "Write shape=(None,), with the comma.",
            )
    for lengths in ((3, 12), (11, 2)):
        outputs = model.outputs(tickets.given(evidence, model, lengths=lengths))
        claim(
            all(output.shape[:1] == (TICKETS,) for output in outputs),
            f"{TICKETS} titles of {lengths[0]} words must give {TICKETS} answers",
            ", ".join(str(output.shape) for output in outputs),
        )


@check("build_ticket_model", points=1, hint="layers.Embedding(10000, 64), once for each text.")
def test_ticket_embeddings(evidence: Evidence) -> None:
    """Title and body have a table of 10,000 words with 64 numbers each, and not the same one."""
    model = _ticket_model(evidence)
    found = tickets.of_class(model, "Embedding")
    read = {role for roles in tickets.heard(evidence, model).values() for role in roles} & {
        *INPUTS[:2]
    }
    # Where both LSTM layers read the same text, the other's table is lost: another check's.
    enough = len(found) == 2 or (len(found) == len(read) == 1)
    rule = "Title and body must have an Embedding each, two in all"
    told = "one, shared by both texts" if len(found) == 1 < len(read) else len(found)
    claim(enough, rule, told, "Make a layers.Embedding for the title, and one for the body.")
    for _, part in found:
        size, width = (part.config.get(name) for name in ("input_dim", "output_dim"))
        rule = "Each Embedding must hold 10,000 words, with 64 numbers for each"
        told = f"Embedding({size}, {width})"
        claim((size, width) == (10_000, 64), rule, told, "Write layers.Embedding(10000, 64).")
        rule = "The embeddings of this model must pass over no word"
        step = "Write layers.Embedding(10000, 64), without mask_zero."
        claim(part.config.get("mask_zero") is not True, rule, "mask_zero=True", step)


@check(
    "build_ticket_model", points=2, hint="LSTM(128) on the title's words, LSTM(32) on the body's."
)
def test_ticket_readers(evidence: Evidence) -> None:
    """The title goes through an LSTM of 128 units, the body through one of 32."""
    model = _ticket_model(evidence)
    found = tickets.of_class(model, "LSTM")
    told = ", ".join(f"LSTM({part.config.get('units')})" for _, part in found) or "no LSTM"
    rule = "The texts must be read by two LSTM layers, of 128 and of 32 units"
    claim(sorted(str(part.config.get("units")) for _, part in found) == ["128", "32"], rule, told)
    heard = tickets.heard(evidence, model)
    reads = {part.config["units"]: heard[place] for place, part in found}
    claim(
        reads == {units: [role] for units, role in READS.items()},
        "The title must go through LSTM(128), and the body through LSTM(32)",
        " and ".join(
            f"{' and '.join(f'the {role}' for role in roles) or 'nothing'} through LSTM({units})"
            for units, roles in reads.items()
        ),
        "Look at what you call each layer on.",
    )


@check("build_ticket_model", points=1, hint="layers.concatenate([title..., body..., tags])")
def test_ticket_joins_everything(evidence: Evidence) -> None:
    """Each output sees the title, the body and the tags: 172 numbers side by side."""
    model = _ticket_model(evidence)
    shapes, heads = tickets.input_shapes(model), tickets.heads(model)
    heard = tickets.heard(evidence, model)
    # A text that no LSTM reads is another check's.
    read = {"tags"}.union(*heard.values()) if heard else {*INPUTS}
    answers = {role: tickets.changes(evidence, model, role) for role in INPUTS if role in shapes}
    answers = {role: changed for role, changed in answers.items() if role in read}
    for place, name in enumerate(model.output_names):
        alike = [role for role, changed in answers.items() if not changed[place]]
        # A softmax of one unit is always 1, whatever it sees: activations are another check's.
        if len(alike) == len(answers) and name in heads and heads[name].activation != "linear":
            continue
        claim(
            not alike,
            f"The output {name} must depend on title, body and tags",
            f"the same output whatever the {' and the '.join(alike)}",
            "Concatenate all three, and call the Dense layer on that.",
        )
    sizes = [part.config.get("units") for _, part in tickets.of_class(model, "LSTM")]
    readers = [size for size in sizes if isinstance(size, int)]
    if len(readers) != 2:
        return
    tags = shapes.get("tags", (0, (0,)))[1][-1]
    joined = sum(readers) + (tags if isinstance(tags, int) else TAGS)
    for name, head in heads.items():
        units = head.config.get("units")
        if head.class_name == "Dense" and head.params and isinstance(units, int):
            sees = head.params // units - bool(head.config.get("use_bias"))
            claim(
                sees == joined,
                f"The layer of {name} must be called on all {joined} numbers side by side",
                f"a layer whose input has the size {sees}",
                "Call it on the output of layers.concatenate, with no layer between.",
            )


@check("build_ticket_model", points=1, hint="outputs=[priority, department]: Dense(1), Dense(4).")
def test_ticket_outputs(evidence: Evidence) -> None:
    """The outputs are priority, 1 number, and department, 4 numbers, in this order."""
    model = _ticket_model(evidence)
    names, wanted = model.output_names, list(OUTPUTS)
    shown = sorted(names, reverse=True) if _named(evidence, "output") else names
    claim(
        shown == wanted,
        "The outputs must be priority and department, of these names and in this order",
        ", ".join(names),
        "Give each Dense layer its name, and the model outputs=[priority, department].",
    )
    found = [layer.output_shape for layer in tickets.heads(model).values()]
    for name, shape in zip(names, found, strict=True):
        equal(shape, OUTPUTS[name], f"The output {name} must have shape {OUTPUTS[name]}")


@check("build_ticket_model", points=1, hint="Leave out `activation` in both output layers.")
def test_ticket_outputs_are_linear(evidence: Evidence) -> None:
    """Both outputs are plain sums, without activation."""
    model = _ticket_model(evidence)
    last = dict(tickets.parts(model))  # of the layers inside a model the last one
    for name, head in tickets.heads(model).items():
        part = last.get(model.all_layers.index(head), head)
        kinds = {"Dense": "", "Activation": "", "ReLU": "relu", "Softmax": "softmax"}
        rule = f"The output {name} must come from a Dense layer"
        claim(part.class_name in kinds, rule, part.class_name)
        has = kinds[part.class_name] or part.activation
        equal(has, "linear", f"The output {name} must have no activation")
