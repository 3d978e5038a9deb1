"""What each of Keras's layers makes of its inputs, by its name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.models.sizes import windows
from autograder.models.sizes.made import (
    Config,
    Made,
    Rule,
    Shape,
    adapted,
    axis_of,
    count,
    has,
    known,
    least,
    several,
    whole,
)

#: Building a layer that is unrolled takes as long for a step as running many.
_UNROLLED = 20
_RECURRENT = ("GRU", "LSTM", "SimpleRNN")


def made(class_name: str, config: Config, inputs: Sequence[Shape]) -> Made:
    """Return what a layer makes of inputs of these shapes.

    Raises:
        LookupError, TypeError, ValueError: Its config is none that Keras writes.
    """
    if "input_shape" in config or "batch_input_shape" in config:
        raise ValueError("a layer with an input of its own")
    return _RULES[class_name](config, inputs)


def _same(_config: Config, inputs: Sequence[Shape]) -> Made:
    return Made((inputs[0],))


def _dense(config: Config, inputs: Sequence[Shape]) -> Made:
    units, width = whole(config, "units"), known(inputs[0][-1])
    weights = units * (width + has(config, "use_bias")) + adapted(config, width + units)
    return Made(((*inputs[0][:-1], units),), weights)


def _embedding(config: Config, inputs: Sequence[Shape]) -> Made:
    size, width = whole(config, "input_dim"), whole(config, "output_dim")
    return Made(((*inputs[0], width),), size * width + adapted(config, size + width))


def _flatten(_config: Config, inputs: Sequence[Shape]) -> Made:
    batch, *sizes = inputs[0]
    return Made(((batch, None if None in sizes else count(sizes)),), 0, least(sizes))


def _reshape(config: Config, inputs: Sequence[Shape]) -> Made:
    batch, *sizes = inputs[0]
    target = config["target_shape"]
    if not all(type(size) is int and size >= -1 for size in target) or target.count(-1) > 1:
        raise ValueError("no target shape")
    if None in sizes:
        shape = (batch, *(None if size == -1 else size for size in target))
        return Made((shape,), 0, least(sizes))
    given, asked = count(sizes), math.prod(size for size in target if size != -1)
    if given % asked if -1 in target else given != asked:
        raise ValueError("a reshape to another number of values")
    return Made(((batch, *(given // asked if size == -1 else size for size in target)),))


def _permute(config: Config, inputs: Sequence[Shape]) -> Made:
    dims = several(config, "dims", len(inputs[0]) - 1)
    return Made(((inputs[0][0], *(inputs[0][dim] for dim in dims)),))


def _repeat(config: Config, inputs: Sequence[Shape]) -> Made:
    batch, width = inputs[0]
    return Made(((batch, whole(config, "n"), width),))


def _merge(_config: Config, inputs: Sequence[Shape]) -> Made:
    """One value with one value, at each place; sizes of 1 are repeated."""
    rank = max(len(shape) for shape in inputs)
    aligned = [(1,) * (rank - len(shape)) + shape[1:] for shape in inputs]
    sides: list[int | None] = []
    for sizes in zip(*aligned, strict=True):
        known_sizes = {size for size in sizes if size not in (1, None)}
        if len(known_sizes) > 1:
            raise ValueError("inputs of other shapes")
        sides.append(next(iter(known_sizes), None if None in sizes else 1))
    return Made(((inputs[0][0], *sides),))


def _concatenate(config: Config, inputs: Sequence[Shape]) -> Made:
    axis = axis_of(config.get("axis", -1), inputs[0])
    if axis == 0:
        raise ValueError("samples laid beside samples")
    sizes = [shape[axis] for shape in inputs]
    shape = list(inputs[0])
    shape[axis] = None if None in sizes else sum(known(size) for size in sizes)
    return Made((tuple(shape),), 0, sum(least(shape[1:]) for shape in inputs))


def _dot(config: Config, inputs: Sequence[Shape]) -> Made:
    axes = config["axes"]
    first, second = inputs
    first_axis, second_axis = (axes, axes) if type(axes) is int else axes
    first_axis, second_axis = axis_of(first_axis, first), axis_of(second_axis, second)
    if not first_axis or not second_axis:
        raise ValueError("a product over samples")
    left = [size for place, size in enumerate(first) if place != first_axis]
    right = [size for place, size in enumerate(second) if place not in (0, second_axis)]
    return Made(((*left, *right) if len(left) + len(right) > 1 else (*left, 1),))


def _axes(config: Config, shape: Shape) -> list[int | None]:
    """Return the sizes along which a layer has a number for each place."""
    given = config.get("axis", -1)
    axes = given if isinstance(given, list) else [] if given is None else [given]
    return [shape[place] for place in {axis_of(axis, shape) for axis in axes}]


def _batch_normalization(config: Config, inputs: Sequence[Shape]) -> Made:
    each = 2 + has(config, "center") + has(config, "scale") + 3 * bool(config.get("renorm"))
    return Made((inputs[0],), each * count(_axes(config, inputs[0])))


def _layer_normalization(config: Config, inputs: Sequence[Shape]) -> Made:
    each = int(has(config, "center")) + has(config, "scale")
    return Made((inputs[0],), each * count(_axes(config, inputs[0])))


def _normalization(config: Config, inputs: Sequence[Shape]) -> Made:
    given = config.get("mean") is not None  # else mean, variance, and how many were counted
    return Made((inputs[0],), 0 if given else 2 * count(_axes(config, inputs[0])) + 1)


def _prelu(config: Config, inputs: Sequence[Shape]) -> Made:
    shared = config.get("shared_axes") or ()
    return Made(
        (inputs[0],),
        count(size for axis, size in enumerate(inputs[0]) if axis and axis not in shared),
    )


def _categories(config: Config, inputs: Sequence[Shape]) -> Made:
    tokens, shape = whole(config, "num_tokens"), inputs[0]
    each = config.get("output_mode") == "one_hot" and (shape[-1] != 1 or len(shape) == 1)
    row = shape if each else shape[:-1]
    # Every word is laid out by itself first, also where words are counted together.
    return Made(((*row, tokens),), 0, tokens * least(shape[1:]))


def _recurrent(gates: int) -> Rule:
    def rule(config: Config, inputs: Sequence[Shape]) -> Made:
        batch, steps, *sizes = inputs[0]
        units, width = whole(config, "units"), count(sizes)
        biases = 1 + (gates == 3 and has(config, "reset_after"))
        weights = gates * units * (width + units + biases * has(config, "use_bias"))
        states = 2 if gates == 4 else 1
        # States that are kept from batch to batch are no weights, and of a batch's size.
        kept = states * units * known(batch) if config.get("stateful") else 0
        shape: Shape = (batch, steps, units) if config.get("return_sequences") else (batch, units)
        more: tuple[Shape, ...] = ((batch, units),) * (states * bool(config.get("return_state")))
        times = (steps or 0) * (_UNROLLED if config.get("unroll") else 1)
        return Made((shape, *more), weights, kept + (steps or 1) * units * gates, times)

    return rule


def _both_ways(config: Config, inputs: Sequence[Shape]) -> Made:
    there = back = _part(config["layer"], inputs)
    if config.get("backward_layer") is not None:
        back = _part(config["backward_layer"], inputs)
    first, *states = there.outputs
    mode = config.get("merge_mode", "concat")
    joined = [(*first[:-1], 2 * known(first[-1]))] if mode == "concat" else [first]
    return Made(
        (*([first, first] if mode is None else joined), *states, *back.outputs[1:]),
        there.weights + back.weights,
        there.meanwhile + back.meanwhile,
        there.steps + back.steps,
    )


def _part(layer: Mapping[str, Any], inputs: Sequence[Shape]) -> Made:
    if layer["class_name"] not in _RECURRENT:
        raise ValueError("no recurrent layer")
    return made(layer["class_name"], layer["config"], inputs)


def _any(config: Config, inputs: Sequence[Shape]) -> Made:
    axis = axis_of(config.get("axis", -1), inputs[0])
    before, after = inputs[0][:axis], inputs[0][axis + 1 :]
    return Made(((*before, 1, *after) if config.get("keepdims") else before + after,))


_RULES: dict[str, Rule] = {
    **dict.fromkeys(
        """
        Activation AlphaDropout Dropout ELU GaussianDropout GaussianNoise LeakyReLU Masking
        NotEqual RandomFlip RandomRotation RandomTranslation RandomZoom ReLU Rescaling Softmax
        SpatialDropout2D
        """.split(),
        _same,
    ),
    **dict.fromkeys("Add Average Maximum Minimum Multiply Subtract".split(), _merge),
    "Any": _any,
    "AveragePooling1D": windows.pooling(1),
    "AveragePooling2D": windows.pooling(2),
    "BatchNormalization": _batch_normalization,
    "Bidirectional": _both_ways,
    "CategoryEncoding": _categories,
    "CenterCrop": windows.resized(windows.to_size),
    "Concatenate": _concatenate,
    "Conv1D": windows.convolution(1),
    "Conv2D": windows.convolution(2),
    "Conv2DTranspose": windows.transposed,
    "Cropping2D": windows.resized(windows.cropped),
    "Dense": _dense,
    "DepthwiseConv2D": windows.depthwise,
    "Dot": _dot,
    "Embedding": _embedding,
    "Flatten": _flatten,
    "GlobalAveragePooling1D": windows.global_pooling(1),
    "GlobalAveragePooling2D": windows.global_pooling(2),
    "GlobalMaxPooling1D": windows.global_pooling(1),
    "GlobalMaxPooling2D": windows.global_pooling(2),
    "GRU": _recurrent(3),
    "LayerNormalization": _layer_normalization,
    "LSTM": _recurrent(4),
    "MaxPooling1D": windows.pooling(1),
    "MaxPooling2D": windows.pooling(2),
    "Normalization": _normalization,
    "PReLU": _prelu,
    "Permute": _permute,
    "RepeatVector": _repeat,
    "Reshape": _reshape,
    "Resizing": windows.resized(windows.to_size),
    "SeparableConv2D": windows.separable,
    "SimpleRNN": _recurrent(1),
    "UpSampling2D": windows.resized(windows.enlarged),
    "ZeroPadding2D": windows.resized(windows.padded),
}
