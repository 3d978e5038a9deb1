"""Hidden checks of ex01_keras_models. The oracle is closed formulas, and sums of products in NumPy.

Who runs into whom in the ticket model is found by trying: another title is given, and what changes
depends on the title. So a check holds whichever way the model was put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.judging import (
    Evidence,
    Layer,
    Model,
    ModelData,
    array,
    check,
    claim,
    core_layers,
    equal,
    number,
    params,
)

from . import forward
from . import oracle as tickets
from .oracle import INPUTS, TAGS, TICKETS

WIDTHS = (16, 10, 20)
OUTPUTS = {"priority": (None, 1), "department": (None, 4)}
READS = {128: "title", 32: "body"}
READER = {  # what the formula of the text holds for, and what Keras takes by itself
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "use_bias": True,
    "go_backwards": False,
    "return_sequences": False,
    "return_state": False,
    "unit_forget_bias": True,
    "dropout": 0,
    "recurrent_dropout": 0,
}
# Layers that a ticket model may have, besides those whose numbers the other checks look at.
OTHER_READERS = {"GRU", "SimpleRNN", "RNN", "Bidirectional"}
JOINING = {"Embedding", "LSTM", "Concatenate", "Dense", "Reshape", "Flatten", "Identity"}


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


def _gives(model: Model, expected: tuple[int | None, ...], next_step: str = "") -> None:
    """Claim the shape of a model's only output; that of several is a list of shapes."""
    rule = f"The model must have one output, of shape {expected}"
    equal(model.output_shape, expected, rule, next_step)


def _named(layers: Sequence[Layer]) -> str:
    names = [
        f"{layer.class_name} ({layer.activation})"
        if layer.class_name == "Activation"
        else layer.class_name
        for layer in layers
    ]
    return ", ".join(names) or "no layers"


def _activations(layers: Sequence[Layer]) -> str:
    """Return the activations in order, an activation upon an activation by "then"."""
    words: list[str] = []
    for layer in layers:
        if layer.is_activation and words:
            words[-1] += f" then {layer.activation}"
        else:
            words.append(layer.activation)
    return ", ".join("none" if word == "linear" else word for word in words)


def _apart_from_activations(model: Model) -> list[Layer]:
    return [layer for layer in core_layers(model) if not layer.is_activation]


@check("build_dense", points=1, hint="keras.Input(shape=(512,)), and layers.Dense(16) on it.")
def test_dense_shape(evidence: Evidence) -> None:
    """512 numbers go in and 16 come out of one Dense layer: 8,208 parameters."""
    model = evidence.model("build_dense")
    _knows_its_input(model, "(512,)")
    next_step = "The input has shape=(512,), the layer 16 units."
    for name, shape, size in (
        ("input", model.input_shape, 512),
        ("output", model.output_shape, 16),
    ):
        equal(shape, (None, size), f"The {name} must have shape (None, {size})", next_step)
    params(model, 8208, "One Dense layer, with its biases, and nothing else.")
    kinds = [layer.class_name for layer in _apart_from_activations(model)]
    rule = "The model must have one Dense layer, and no other"
    claim(kinds == ["Dense"], rule, _named(model.layers), "Leave out what stands beside Dense(16).")
    _has_no_penalties(model)


@check("build_dense", points=1, hint="Leave out `activation`: Dense(16) is linear by itself.")
def test_dense_is_linear(evidence: Evidence) -> None:
    """The single layer has no activation."""
    model = evidence.model("build_dense")
    shown = core_layers(model)
    names = [layer.class_name for layer in shown]
    claim("Dense" in names, "The model must have a Dense layer", _named(shown))
    bent = [layer for layer in shown if layer.activation != "linear"]
    rule = "The layer must have no activation"
    claim(not bent, rule, _activations(shown))
    shapes = [array.shape for array in model.weights]
    if shapes != [(512, 16), (16,)] or names != ["Dense"] or model.input_shape != (None, 512):
        return  # what its inputs and layers are is the other check's
    weights, x = forward.drawn(model.weights), evidence.inputs["x"]
    outputs = array(model.with_weights(weights).predict(x), rule)
    _same_outputs(outputs, forward.chain(weights, x), "With given weights the output must be a sum")


def _has_no_penalties(model: Model) -> None:
    extras = [
        name
        for layer in model.layers
        for name, setting in layer.config.items()
        if setting is not None and name.endswith(("_regularizer", "_constraint"))
    ]
    claim(not extras, "The layers must have no penalties and no constraints", ", ".join(extras))


def _same_outputs(outputs: np.ndarray, expected: np.ndarray | None, rule: str) -> None:
    claim(
        expected is not None
        and outputs.shape == expected.shape
        and np.allclose(outputs, expected, rtol=1e-3, atol=1e-3),
        rule,
        "other numbers",
    )


def _chain_layers(model: Model) -> None:
    _knows_its_input(model, "(512,)")
    next_step = (
        "Use Dense(16), Dense(10) and Dense(20), each on the one before; the input is no layer."
    )
    shown = _apart_from_activations(model)  # which those are is another check's
    claim(
        [layer.class_name for layer in shown] == ["Dense"] * len(WIDTHS),
        f"The layers must be {', '.join(['Dense'] * len(WIDTHS))}, in this order",
        _named(shown),
        next_step,
    )
    units = [layer.config.get("units") for layer in shown]
    rule = "The layers must have 16, 10 and 20 units, in this order"
    claim(units == list(WIDTHS), rule, ", ".join(map(str, units)), next_step)
    equal(
        model.input_shape,
        (None, 512),
        "The input must have shape (None, 512)",
        "Write keras.Input(shape=(512,)): Keras puts the batch in front by itself.",
    )
    params(model, 8598, "Each Dense layer keeps its biases.")
    _gives(model, (None, 20), "The output is what the last layer gives, and nothing beside it.")


def _chain_outputs(evidence: Evidence, name: str) -> None:
    # With the probe's weights where the shapes were right, with its own where they were not.
    loaded = f"{name}.loaded"
    model = evidence.model(loaded if evidence.answered(loaded) else name)
    shown = core_layers(model)
    computing = [layer for layer in shown if not layer.is_activation]
    claim(len(computing) > 1, "The network must have several layers", len(computing))
    received = _activations(shown)
    known = [layer for layer in computing if layer.class_name == "Dense"]
    are_others = len(known) == len(WIDTHS) < len(computing)  # which those are is another check's
    if are_others:
        computing, shown = known, [one for one in shown if one in known or one.is_activation]
    bent = {layer.activation for layer in computing[:-1]}
    claim(bent == {"relu"}, "Each layer but the last must have the activation relu", received)
    linear = computing[-1].activation == "linear" and not shown[-1].is_activation
    claim(linear, "The last layer must have no activation", received)
    step = "Give each layer its activation once, and put no other one between."
    claim(len(shown) == len(computing), "Each layer must have one activation", received, step)
    if are_others:
        return
    shape = model.input_shape
    sizes = shape[1:] if isinstance(shape, tuple) else ()
    dense = all(layer.class_name == "Dense" for layer in shown)
    if not dense or not tickets.is_small(sizes) or not sizes or not sizes[-1]:
        return  # what its inputs and layers are is the other check's
    x = np.resize(evidence.inputs["x"], (len(evidence.inputs["x"]), sizes[-1]))
    between = [size or 1 for size in sizes[:-1]]
    rows = x.reshape(len(x), *[1] * len(between), sizes[-1])
    rows = np.broadcast_to(rows, (len(x), *between, sizes[-1]))
    outputs = array(model.predict(np.ascontiguousarray(rows)), "The output must be numbers")
    outputs = outputs.reshape(len(x), -1, outputs.shape[-1])[:, 0]
    rule = "With given weights the output must be that of relu, relu and a linear layer in a row"
    _same_outputs(outputs, forward.chain(model.weights, x), rule)


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
    if evidence.answered("build_functional.chained"):
        chained = evidence.value("build_functional.chained")
        rule = "`build_functional` must make its model without a Sequential"
        is_none = isinstance(chained, int) and chained == 0
        claim(is_none, rule, "one, whose inputs and outputs were taken", next_step)


def _convolutions(model: Model) -> list[Layer]:
    """Return the layers that move windows over a picture: convolutions of whatever kind."""
    shown = core_layers(model)
    convolutions = [layer for layer in shown if "Conv" in layer.class_name]
    claim(convolutions, "The model must have two Conv2D layers", _named(shown))
    return convolutions


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
    shown = _apart_from_activations(model)
    kinds = [layer.class_name for layer in shown if "Pooling" not in layer.class_name]
    rule = "The model must have two Conv2D layers, and besides them a pooling only"
    claim(kinds == ["Conv2D"] * 2, rule, _named(shown))
    for place, layer in enumerate(_convolutions(model)):
        kernel, count = ((5, 2432), (3, 9248))[place]
        rule = f"Convolution {place + 1} must have 32 filters of {kernel} by {kernel}"
        received = f"{layer.config.get('filters')} filters of {_setting(layer, 'kernel_size')}"
        has = layer.config.get("filters"), _setting(layer, "kernel_size")
        step = "The filters come first, then the window."
        claim(has == (32, (kernel, kernel)), rule, received, step)
        rule = f"Convolution {place + 1} must have {count:,} parameters"
        equal(layer.params, count, rule, "Each filter keeps its bias, and sees all channels.")
        form = _setting(layer, "data_format")
        rule = "The channels must come last: height, width, channels"
        claim(form in (None, "channels_last"), rule, f"data_format={form!r}")
    _has_no_penalties(model)


@check("build_conv_stack", points=1, hint="strides=2 in the first convolution; no padding at all.")
def test_convolutions_sizes(evidence: Evidence) -> None:
    """Steps of 2, then of 1, and no padding: 250 becomes 123, and 123 becomes 121."""
    convolutions = _convolutions(evidence.model("build_conv_stack"))
    for place, layer in enumerate(convolutions[:2]):
        steps = (2, 1)[place]
        size = f"; its output has shape {layer.output_shape}" if layer.output_shape else ""
        claim(
            # How many convolutions there are is the other check's.
            len(convolutions) != 2 or _setting(layer, "strides") == (steps, steps),
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
    model = evidence.model("build_conv_stack")
    shown = _apart_from_activations(model)
    pooling = [layer.class_name for layer in shown if "Pooling" in layer.class_name]
    claim(
        pooling == ["MaxPooling2D"] and shown[-1].class_name == "MaxPooling2D",
        "The last layer must be a MaxPooling2D, and there must be no other pooling",
        _named(shown),
    )
    pool = shown[-1]
    rule = "The pooling's output must be the model's only one"
    claim(model.output_shape == pool.output_shape, rule, f"{model.output_shape}")
    has = {name: _setting(pool, name) for name in ("pool_size", "strides", "padding")}
    step = "Write layers.MaxPooling2D(3): its steps are as long as its window."
    claim(
        has == {"pool_size": (3, 3), "strides": (3, 3), "padding": "valid"},
        "The pooling must have windows of 3 by 3, in steps of 3, without padding",
        ", ".join(f"{name}={value!r}" for name, value in has.items()),
        step,
    )
    form = _setting(pool, "data_format")
    rule = "The pooling must move over height and width, and leave the channels apart"
    claim(form in (None, "channels_last"), rule, f"data_format={form!r}", step)


@check("build_conv_stack", points=1, hint="activation='relu' in both Conv2D layers.")
def test_convolutions_have_relu(evidence: Evidence) -> None:
    """Both convolutions pass on max(0, z), and there is no other activation."""
    model = evidence.model("build_conv_stack")
    convolutions, shown = _convolutions(model), core_layers(model)
    received = _activations(shown)
    rule = "Both convolutions must have the activation relu"
    claim({layer.activation for layer in convolutions} == {"relu"}, rule, received)
    rule = "Each convolution must have one activation, and the pooling none"
    claim(not any(layer.is_activation for layer in shown), rule, received)


def _is_dict(evidence: Evidence, end: str) -> bool:
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
    shown = names if not _is_dict(evidence, "input") else sorted(names, key=[*INPUTS, *names].index)
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
    tables = tickets.of_class(model, "Embedding")
    read = {role for roles in tickets.inputs_read(evidence, model).values() for role in roles} & {
        *INPUTS[:2]
    }
    # Where both LSTM layers read the same text, the other's table is lost: another check's.
    enough = len(tables) == 2 or (len(tables) == len(read) == 1)
    rule = "Title and body must have an Embedding each, two in all"
    received = "one, shared by both texts" if len(tables) == 1 < len(read) else len(tables)
    claim(enough, rule, received, "Make a layers.Embedding for the title, and one for the body.")
    for _, table in tables:
        size, width = (table.config.get(name) for name in ("input_dim", "output_dim"))
        rule = "Each Embedding must hold 10,000 words, with 64 numbers for each"
        received = f"Embedding({size}, {width})"
        claim((size, width) == (10_000, 64), rule, received, "Write layers.Embedding(10000, 64).")
        rule = "The embeddings of this model must pass over no word"
        step = "Write layers.Embedding(10000, 64), without mask_zero."
        claim(table.config.get("mask_zero") is not True, rule, "mask_zero=True", step)


def _wrong_settings(reader: Layer) -> dict[str, Any]:
    """Return what is set otherwise in an LSTM than the text's formula takes it."""
    has = {
        name: reader.activation if name == "activation" else reader.config.get(name, value)
        for name, value in READER.items()
    }
    return {name: value for name, value in has.items() if value != READER[name]}


@check(
    "build_ticket_model", points=2, hint="LSTM(128) on the title's words, LSTM(32) on the body's."
)
def test_ticket_readers(evidence: Evidence) -> None:
    """The title goes through an LSTM of 128 units, the body through one of 32."""
    model = _ticket_model(evidence)
    readers = tickets.of_class(model, "LSTM")
    sizes = [reader.config.get("units") for _, reader in readers]
    received = ", ".join(f"LSTM({size})" for size in sizes) or "no LSTM"
    rule = "The texts must be read by two LSTM layers, of 128 and of 32 units"
    claim(sorted(map(str, sizes)) == ["128", "32"], rule, received)
    for _, reader in readers:
        wrong = _wrong_settings(reader)
        received = ", ".join(f"{name}={value!r}" for name, value in wrong.items())
        rule = f"LSTM({reader.config['units']}) must be as Keras makes it, and set in no other way"
        claim(not wrong, rule, received, f"Write layers.LSTM({reader.config['units']}).")
    reads = _reads(evidence, model)
    claim(
        reads == {units: [role] for units, role in READS.items()},
        "The title must go through LSTM(128), and the body through LSTM(32)",
        " and ".join(
            f"{' and '.join(f'the {role}' for role in roles) or 'nothing'} through LSTM({units})"
            for units, roles in reads.items()
        ),
        "Look at what you call each layer on.",
    )


def _reads(evidence: Evidence, model: Model) -> dict[Any, list[str]]:
    """Return what each LSTM reads, by its units."""
    places = tickets.inputs_read(evidence, model)
    return {
        reader.config.get("units"): places[place]
        for place, reader in tickets.of_class(model, "LSTM")
    }


def _ends(model: Model) -> dict[str, list[Layer]]:
    """Return, by the names of the outputs, the last layers: activations, and what they are on."""
    by_name = {layer.name: layer for layer in model.layers}
    ends: dict[str, list[Layer]] = {}
    for name, head in tickets.heads(model).items():
        ends[name] = [head]
        while ends[name][-1].is_activation and len(ends[name]) < len(by_name):
            before = by_name.get("".join(ends[name][-1].inbound))
            if before is None:
                break
            ends[name].append(before)
    return ends


def _nothing_between(model: Model) -> None:
    """Claim that no layer stands between those of the table; the ends are another check's."""
    ends = {layer.name for layers in _ends(model).values() for layer in layers}
    parts = [part for _, part in tickets.parts(model)]
    more = [part for part in parts if part.class_name not in JOINING and not part.is_activation]
    more += [layer for layer in model.layers if layer.is_activation and layer.name not in ends]
    more = [layer for layer in more if layer.is_activation != "linear"]
    if len(tickets.of_class(model, "LSTM")) < len(READS):  # what reads instead is another check's
        more = [layer for layer in more if layer.class_name not in OTHER_READERS]
    rule = "Between the layers of the table there must be no others"
    claim(not more, rule, _named(more), "Call each layer on what the table says.")
    dense = sum(part.class_name == "Dense" for part in parts)
    step = "Call both Dense layers on the output of layers.concatenate."
    claim(dense < 3, "The only Dense layers must be those of the two outputs", dense, step)


@check("build_ticket_model", points=1, hint="layers.concatenate([title..., body..., tags])")
def test_ticket_joins_everything(evidence: Evidence) -> None:
    """Each output sees the title, the body and the tags: 172 numbers side by side."""
    model = _ticket_model(evidence)
    shapes, heads = tickets.input_shapes(model), tickets.heads(model)
    places = tickets.inputs_read(evidence, model)
    # A text that no LSTM reads is another check's.
    read = {"tags"}.union(*places.values()) if places else {*INPUTS}
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
    _nothing_between(model)
    sizes = [reader.config.get("units") for _, reader in tickets.of_class(model, "LSTM")]
    readers = [size for size in sizes if isinstance(size, int)]
    if len(readers) != 2:
        return
    tags = shapes.get("tags", (0, (0,)))[1][-1]
    joined = sum(readers) + (tags if isinstance(tags, int) else TAGS)
    for name, head in heads.items():
        units = head.config.get("units")
        if head.class_name == "Dense" and head.params and isinstance(units, int):
            bias = bool(head.config.get("use_bias"))
            sees = head.params // units - bias
            claim(
                sees == joined,
                f"The layer of {name} must be called on all {joined} numbers side by side",
                f"a layer whose input has the size {sees}",
                "Call it on the output of layers.concatenate, with no layer between.",
            )
            count = (joined + 1) * units
            rule = f"The layer of {name} must have {count} parameters"
            step = "Each unit keeps its bias."
            equal(head.params, count, rule, step)
    _computes_tickets(evidence, model)


def _computes_tickets(evidence: Evidence, model: Model) -> None:
    """Claim the outputs under drawn weights, where all that other checks look at is right."""
    roles, heads = tickets.input_shapes(model), tickets.heads(model)
    readers = [reader for _, reader in tickets.of_class(model, "LSTM")]
    tables = [table for _, table in tickets.of_class(model, "Embedding")]
    parts = forward.by_part(model.weights)
    if (
        parts is None
        or set(roles) != {*INPUTS}
        or set(heads) != {*OUTPUTS}
        or _bent(model)
        or any(_wrong_settings(reader) for reader in readers)
        or _reads(evidence, model) != {units: [role] for units, role in READS.items()}
        or any(table.config.get("mask_zero") for table in tables)
    ):
        return
    weights = forward.drawn(model.weights)
    parts = forward.by_part(weights)
    assert parts is not None
    rows = tickets.given(evidence, model)
    expected = forward.tickets(parts, *(rows[roles[role][0]] for role in INPUTS))
    outputs = dict(zip(model.output_names, model.with_weights(weights).outputs(rows), strict=True))
    shapes = {name: (len(rows[0]), shape[1]) for name, shape in OUTPUTS.items()}
    if {name: output.shape for name, output in outputs.items()} != shapes:
        return  # the shapes of the outputs are another check's
    claim(
        any(
            all(np.allclose(outputs[name], want[name], rtol=1e-3, atol=1e-3) for name in OUTPUTS)
            for want in expected
        ),
        "With given weights the outputs must be those of the layers in the table",
        "other numbers",
        "Compare each layer, and what you call it on, with the table.",
    )


@check("build_ticket_model", points=1, hint="outputs=[priority, department]: Dense(1), Dense(4).")
def test_ticket_outputs(evidence: Evidence) -> None:
    """The outputs are priority, 1 number, and department, 4 numbers, in this order."""
    model = _ticket_model(evidence)
    names, wanted = model.output_names, list(OUTPUTS)
    shown = sorted(names, reverse=True) if _is_dict(evidence, "output") else names
    claim(
        shown == wanted,
        "The outputs must be priority and department, of these names and in this order",
        ", ".join(names),
        "Give each Dense layer its name, and the model outputs=[priority, department].",
    )
    shapes = [layer.output_shape for layer in tickets.heads(model).values()]
    for name, shape in zip(names, shapes, strict=True):
        equal(shape, OUTPUTS[name], f"The output {name} must have shape {OUTPUTS[name]}")


@check("build_ticket_model", points=1, hint="Leave out `activation` in both output layers.")
def test_ticket_outputs_are_linear(evidence: Evidence) -> None:
    """Both outputs are plain sums, without activation."""
    model = _ticket_model(evidence)
    last = dict(tickets.parts(model))  # of the layers inside a model the last one
    for name, layers in _ends(model).items():
        part = last.get(model.all_layers.index(layers[-1]), layers[-1])
        rule = f"The output {name} must come from a Dense layer"
        claim(part.class_name == "Dense", rule, part.class_name)
    for name, activation in _bent(model).items():
        claim(False, f"The output {name} must have no activation", activation)


def _bent(model: Model) -> dict[str, str]:
    """Return the activations at the outputs that have one."""
    last = dict(tickets.parts(model))
    bent = {}
    for name, layers in _ends(model).items():
        part = last.get(model.all_layers.index(layers[-1]), layers[-1])
        activations = [layer.activation for layer in [part, *reversed(layers[:-1])]]
        words = [activation for activation in activations if activation != "linear"]
        if words:
            bent[name] = " then ".join(words)
    return bent
