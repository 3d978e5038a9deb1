"""Layers that go over rows and pictures: convolutions, poolings, and what changes the sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograder.models.sizes.made import (
    Config,
    Made,
    Rule,
    Shape,
    adapted,
    has,
    known,
    least,
    several,
    whole,
)

_Sides = list[int | None]


def _parted(shape: Shape, config: Config, rank: int) -> tuple[_Sides, int | None]:
    """Return the sides of pictures, or the length of rows, and their channels."""
    if len(shape) != rank + 2:
        raise ValueError("inputs of another rank")
    if config.get("data_format") == "channels_first":
        return list(shape[2:]), shape[1]
    return list(shape[1:-1]), shape[-1]


def _joined(
    batch: int | None, sides: Sequence[int | None], channels: int | None, config: Config
) -> Shape:
    if config.get("data_format") == "channels_first":
        return (batch, channels, *sides)
    return (batch, *sides, channels)


def _places(config: Config, sides: _Sides, window: list[int], default: object = 1) -> _Sides:
    """Return how many places a window has along each side."""
    strides = several(config, "strides", len(window), default)
    gaps = several(config, "dilation_rate", len(window), 1)
    padding = config.get("padding", "valid")
    if padding not in ("valid", "same", "causal"):
        raise ValueError("an unknown padding")
    places: _Sides = []
    for size, width, stride, gap in zip(sides, window, strides, gaps, strict=True):
        reach = (width - 1) * gap + 1 if padding == "valid" else 1
        places.append(None if size is None else max(0, (size - reach) // stride + 1))
    return places


def convolution(rank: int) -> Rule:
    """Return the rule for `Conv1D` or `Conv2D`."""

    def rule(config: Config, inputs: Sequence[Shape]) -> Made:
        sides, channels = _parted(inputs[0], config, rank)
        filters, groups = whole(config, "filters"), whole(config, "groups", 1)
        kernel = several(config, "kernel_size", rank)
        seen = math.prod(kernel) * (known(channels) // groups)
        weights = filters * (seen + has(config, "use_bias")) + adapted(config, seen + filters)
        shape = _joined(inputs[0][0], _places(config, sides, kernel), filters, config)
        return Made((shape,), weights)

    return rule


def depthwise(config: Config, inputs: Sequence[Shape]) -> Made:
    """`DepthwiseConv2D`."""
    sides, channels = _parted(inputs[0], config, 2)
    maps = known(channels) * whole(config, "depth_multiplier", 1)
    kernel = several(config, "kernel_size", 2)
    shape = _joined(inputs[0][0], _places(config, sides, kernel), maps, config)
    return Made((shape,), maps * (math.prod(kernel) + has(config, "use_bias")))


def separable(config: Config, inputs: Sequence[Shape]) -> Made:
    """`SeparableConv2D`: each channel by itself, then all channels at each place."""
    sides, channels = _parted(inputs[0], config, 2)
    maps = known(channels) * whole(config, "depth_multiplier", 1)
    filters, kernel = whole(config, "filters"), several(config, "kernel_size", 2)
    places = _places(config, sides, kernel)
    weights = maps * (math.prod(kernel) + filters) + filters * has(config, "use_bias")
    shape = _joined(inputs[0][0], places, filters, config)
    return Made((shape,), weights, maps * least(places))


def transposed(config: Config, inputs: Sequence[Shape]) -> Made:
    """`Conv2DTranspose`."""
    sides, channels = _parted(inputs[0], config, 2)
    filters, kernel = whole(config, "filters"), several(config, "kernel_size", 2)
    strides, gaps = several(config, "strides", 2, 1), several(config, "dilation_rate", 2, 1)
    given = config.get("output_padding")
    rests = [None, None] if given is None else several(config, "output_padding", 2)
    places: _Sides = []
    for size, width, stride, gap, rest in zip(sides, kernel, strides, gaps, rests, strict=True):
        reach = (width - 1) * gap + 1
        if size is None:
            places.append(None)
        elif config.get("padding", "valid") == "valid":
            more = max(0, stride - reach) if rest is None else rest
            places.append((size - 1) * stride + reach + more)
        else:
            places.append(size * stride if rest is None else (size - 1) * stride + reach % 2 + rest)
    weights = math.prod(kernel) * filters * known(channels) + filters * has(config, "use_bias")
    return Made((_joined(inputs[0][0], places, filters, config),), weights)


def pooling(rank: int) -> Rule:
    """Return the rule for a pooling over rows or pictures."""

    def rule(config: Config, inputs: Sequence[Shape]) -> Made:
        sides, channels = _parted(inputs[0], config, rank)
        pool = several(config, "pool_size", rank, 2)
        places = _places(config, sides, pool, default=pool)
        return Made((_joined(inputs[0][0], places, channels, config),))

    return rule


def global_pooling(rank: int) -> Rule:
    """Return the rule for a pooling over all of a row or picture."""

    def rule(config: Config, inputs: Sequence[Shape]) -> Made:
        _, channels = _parted(inputs[0], config, rank)
        ones = [1] * rank if config.get("keepdims") else []
        return Made((_joined(inputs[0][0], ones, channels, config),))

    return rule


def resized(change: Callable[[Config, _Sides], _Sides]) -> Rule:
    """Return the rule for what changes the sides of pictures, and keeps their channels."""

    def rule(config: Config, inputs: Sequence[Shape]) -> Made:
        sides, channels = _parted(inputs[0], config, 2)
        return Made((_joined(inputs[0][0], change(config, sides), channels, config),))

    return rule


def to_size(config: Config, _sides: _Sides) -> _Sides:
    """`Resizing` and `CenterCrop`."""
    return [whole(config, "height"), whole(config, "width")]


def enlarged(config: Config, sides: _Sides) -> _Sides:
    """`UpSampling2D`."""
    factors = several(config, "size", 2, 2)
    return [None if side is None else side * by for side, by in zip(sides, factors, strict=True)]


def padded(config: Config, sides: _Sides) -> _Sides:
    """`ZeroPadding2D`."""
    more = _both_ends(config, "padding")
    return [None if side is None else side + by for side, by in zip(sides, more, strict=True)]


def cropped(config: Config, sides: _Sides) -> _Sides:
    """`Cropping2D`."""
    less = _both_ends(config, "cropping")
    return [
        None if side is None else max(0, side - by) for side, by in zip(sides, less, strict=True)
    ]


def _both_ends(config: Config, key: str) -> list[int]:
    """Return what is added to two sides, or cut off, at both of their ends together."""
    value = config[key]
    sides = [value, value] if type(value) is int else value
    first, second = (several({key: side}, key, 2) for side in sides)
    return [sum(first), sum(second)]
