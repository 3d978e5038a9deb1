"""What the usual mistakes make of a convolution, a pooling or a filter: wrong results with names.

A grader compares what it received with them, and can tell a student which mistake was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .oracle import (
    POOLS,
    correlate,
    correlate_volume,
    filtered,
    framed,
    pooled,
    same,
    sums,
    windows,
)

_SWAP = "Count rows from the image's height, shape[0], and columns from its width, shape[1]."
_SMALL_TYPES = ("int16", "int8", "float16")
_START = "The window of result (i, j) starts at (i * stride, j * stride)."


@dataclass(frozen=True, slots=True)
class Mistake:
    """A usual mistake.

    Attributes:
        kind: What it is about: axes, bias, channels, kernel, mode, offset, padding, remainder,
            scale, stride, sum, type, unchanged, zero.
        told: What was received, in words.
        step: The next step.
        make: Computes what comes of it; raises `ValueError` where that is impossible.
    """

    kind: str
    told: str
    step: str
    make: Callable[[], np.ndarray]


def named(
    received: np.ndarray, mistakes: Iterable[Mistake], tolerance: float = 1e-5
) -> Mistake | None:
    """Return the first of `mistakes` whose result was received."""
    for mistake in mistakes:
        try:
            if same(received, mistake.make(), tolerance):
                return mistake
        except ValueError:  # the window does not fit, for example
            continue
    return None


def of_one_channel(
    image: np.ndarray, kernel: np.ndarray, stride: int, padding: int
) -> Iterator[Mistake]:
    """Yield what goes wrong in a convolution of one channel."""
    volume, kernels, bias = image[:, :, None], kernel[:, :, None, None], np.zeros(1)
    for one in _of_windows(volume, kernels, bias, stride, padding):
        yield replace(one, make=partial(_first_map, one.make))
    right = correlate(image, kernel, stride, padding)
    yield Mistake("axes", "rows and columns swapped", _SWAP, lambda: right.T)
    step = "Add the products up, and leave the sum as it is."
    yield Mistake("sum", "the mean of the products", step, lambda: right / kernel.size)
    if total := float(kernel.sum()):
        told = "sums divided by the sum of the weights"
        yield Mistake("sum", told, step, lambda: right / total)
    yield Mistake("type", "sums without their sign", step, lambda: np.abs(right))
    yield Mistake("type", "sums cut off at 0 and 255", step, lambda: right.clip(0, 255))
    yield Mistake("type", "sums below 0 set to 0", step, lambda: right.clip(0))
    step = "Calculate with image.astype(float), and collect the sums in np.zeros(shape)."
    told = "sums modulo 256: the result is an array of `uint8`"
    yield Mistake("type", told, step, lambda: np.trunc(right) % 256)
    told = "products modulo 256: `uint8` times `uint8` stays `uint8`"
    yield Mistake("type", told, step, lambda: _wrapped(image, kernel, stride, padding))
    yield Mistake("type", "sums with the fractions cut off", step, lambda: np.trunc(right))
    yield Mistake("type", "rounded sums", step, lambda: np.round(right))
    yield from _of_types(right, partial(_of_kernel, kernel, stride, padding), image)


def _of_kernel(kernel: np.ndarray, stride: int, padding: int, image: np.ndarray) -> np.ndarray:
    return correlate(image, kernel, stride, padding)


def _of_types(
    right: np.ndarray, make: Callable[[np.ndarray], np.ndarray], image: np.ndarray
) -> Iterator[Mistake]:
    """Yield what types without room for the numbers make of results, or of the image."""
    step = "Calculate with image.astype(float), and collect the results in np.zeros(shape)."
    for name in _SMALL_TYPES:
        made = _cast(right, name)
        if not any(same(made, known, 1e-9) for known in (right, np.trunc(right))):
            told = f"results as `{name}` holds them"
            yield Mistake("type", told, step, partial(np.array, made))
    whole = _cast(image, "int64")
    for name in ("int64", *_SMALL_TYPES):
        changed = _cast(image, name)
        known = [image.astype(float)] if name == "int64" else [image.astype(float), whole]
        if any(same(changed, one, 1e-9) for one in known):
            continue
        made, alike = make(changed), (right, np.trunc(right), _cast(right, name))
        if not any(same(made, one, 1e-9) for one in alike):
            told = f"the results of the image as `{name}` holds it"
            yield Mistake("type", told, step, partial(np.array, made))


def _cast(values: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        return values.astype(name).astype(float)


def _first_map(make: Callable[[], np.ndarray]) -> np.ndarray:
    return make()[:, :, 0]


def _wrapped(image: np.ndarray, kernel: np.ndarray, stride: int, padding: int) -> np.ndarray:
    views = windows(framed(image[:, :, None], (padding,) * 4), kernel.shape, stride, stride)
    products = np.trunc(views[:, :, 0] * kernel) % 256
    return np.asarray(products.sum(axis=(2, 3)))


def of_volumes(
    volume: np.ndarray, kernels: np.ndarray, bias: np.ndarray, stride: int, padding: int
) -> Iterator[Mistake]:
    """Yield what goes wrong in a convolution of several channels."""
    whole = partial(correlate_volume, stride=stride, padding=padding)
    channels, count = kernels.shape[2:]
    step = "Convolve every channel with its own weights, kernels[:, :, c, f], and add up."
    for c in {0: None, channels - 1: None}:
        told = f"the sums of channel {c} alone"
        part = partial(whole, volume[:, :, c : c + 1], kernels[:, :, c : c + 1], bias)
        yield Mistake("channels", told, step, part)
    for told, other in (
        ("the mean over the channels", kernels / channels),
        ("the weights of channel 0 for all channels", kernels[:, :, [0] * channels]),
        ("the weights of filter 0 for all filters", kernels[:, :, :, [0] * count]),
    ):
        yield Mistake("channels", told, step, partial(whole, volume, other, bias))
    step = "Add bias[f] to the map of filter f, once, after the channels are summed."
    for told, other in (
        ("maps without the bias", 0 * bias),
        ("the bias added once for each channel", bias * channels),
        ("the bias of filter 0 in all maps", np.full_like(bias, bias[0])),
        ("the sum of all biases in each map", np.full_like(bias, bias.sum())),
    ):
        yield Mistake("bias", told, step, partial(whole, volume, kernels, other))
    yield from _of_windows(volume, kernels, bias, stride, padding)
    step = "Give the result a type that has room for fractions: np.zeros(shape) is float."
    right = whole(volume, kernels, bias)
    yield Mistake("type", "sums with the fractions cut off", step, lambda: np.trunc(right))
    told = "sums modulo 256: the result is an array of `uint8`"
    yield Mistake("type", told, step, lambda: np.trunc(right) % 256)
    step = "Leave the sums as they are: below 0, above 255, and with their fractions."
    if right.max(initial=0) > 255:
        yield Mistake("type", "sums cut off at 0 and 255", step, lambda: right.clip(0, 255))
    yield Mistake("type", "sums below 0 set to 0", step, lambda: right.clip(0))
    yield Mistake("type", "sums without their sign", step, lambda: np.abs(right))
    yield Mistake("type", "rounded sums", step, lambda: np.round(right))
    yield from _of_types(right, lambda image: whole(image, kernels, bias), volume)
    if channels > 1:
        yield from _not_summed(volume, kernels, bias, whole)


def _not_summed(
    volume: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray,
    whole: Callable[..., np.ndarray],
) -> Iterator[Mistake]:
    told = "a map for each channel of each filter: the channels are not summed"
    step = "One filter gives one map: add the results of its channels up."
    for numbers in (bias, 0 * bias):
        parts = [
            whole(volume[:, :, c : c + 1], kernels[:, :, c : c + 1], numbers)
            for c in range(volume.shape[2])
        ]
        by_channel = np.stack(parts, axis=2)
        by_filter = by_channel.swapaxes(2, 3)
        for made in (by_channel, by_filter):
            yield Mistake("channels", told, step, partial(np.array, made))
            flat = made.reshape(*made.shape[:2], -1)
            yield Mistake("channels", told, step, partial(np.array, flat))


def _of_windows(
    volume: np.ndarray, kernels: np.ndarray, bias: np.ndarray, stride: int, padding: int
) -> Iterator[Mistake]:
    step = "Lay the kernel on as it is written: kernel[a, b] times window[a, b]."
    for told, turned in (
        ("the sums of the kernel turned by 180°", kernels[::-1, ::-1]),
        ("the sums of the kernel upside down", kernels[::-1]),
        ("the sums of the kernel mirrored, left for right", kernels[:, ::-1]),
        ("the sums of the kernel with rows and columns swapped", kernels.swapaxes(0, 1)),
    ):
        make = partial(correlate_volume, volume, turned, bias, stride, padding)
        yield Mistake("kernel", told, step, make)
    yield from _of_strides(framed(volume, (padding,) * 4), kernels, bias, stride)
    step = "np.pad(image, padding) lays `padding` rings of zeros around the image."
    for other in (0, padding - 1, padding + 1, 2 * padding):
        if other >= 0 and other != padding:
            told = f"the results of padding {other}" if other else "the results without padding"
            make = partial(correlate_volume, volume, kernels, bias, stride, other)
            yield Mistake("padding", told, step, make)
    p = padding
    for told, frame, mode in (
        ("zeros at the top and left only", (p, 0, p, 0), "constant"),
        ("zeros at the top and left only", (2 * p, 0, 2 * p, 0), "constant"),
        ("zeros at the bottom and right only", (0, p, 0, p), "constant"),
        ("zeros at the bottom and right only", (0, 2 * p, 0, 2 * p), "constant"),
        ("zeros above and below only", (p, p, 0, 0), "constant"),
        ("zeros at the left and right only", (0, 0, p, p), "constant"),
        ("the pixels of the rim repeated in the place of zeros", (p, p, p, p), "edge"),
    ):
        if p:
            make = partial(_sums, framed(volume, frame, mode), kernels, bias, stride, stride)
            yield Mistake("padding", told, step, make)


def _of_strides(
    padded: np.ndarray, kernels: np.ndarray, bias: np.ndarray, stride: int
) -> Iterator[Mistake]:
    if stride > 1:
        for told, down, across in (
            ("windows one pixel apart: the stride is ignored", 1, 1),
            ("the stride ignored from column to column", stride, 1),
            ("the stride ignored from row to row", 1, stride),
        ):
            make = partial(_sums, padded, kernels, bias, down, across)
            yield Mistake("stride", told, _START, make)
        told = "as many results as there must be, but of windows one pixel apart"
        rows, columns, _ = _sums(padded, kernels, bias, stride, stride).shape
        near = partial(_sums, padded, kernels, bias, 1, 1)
        yield Mistake("stride", told, _START, lambda: near()[:rows, :columns])
    sides = zip(padded.shape[:2], kernels.shape[:2], strict=True)
    below, right = (_missing(side, kernel, stride) for side, kernel in sides)
    if below or right:
        step = "Round down, with //: a window that would stick out at the end is left out."
        told = "one window too many at the end, where less than a whole step is left"
        further = framed(padded, (0, below, 0, right))
        make = partial(_sums, further, kernels, bias, stride, stride)
        yield Mistake("stride", told, step, make)


def _missing(side: int, window: int, stride: int) -> int:
    """Return how many pixels the last step lacks."""
    return (window - side) % stride


def _sums(
    padded: np.ndarray, kernels: np.ndarray, bias: np.ndarray, down: int, across: int
) -> np.ndarray:
    return np.asarray(sums(padded, kernels, down, across) + bias)


def of_pooling(image: np.ndarray, size: int, stride: int, mode: str) -> Iterator[Mistake]:
    """Yield what goes wrong in pooling."""
    right = pooled(image, size, stride, mode)
    words = {
        "max": "the largest value",
        "min": "the smallest value",
        "average": "the average",
        "sum": "the sum",
    }
    step = "np.max, np.min and np.mean give the three: choose by `mode`."
    for other in POOLS:
        if other != mode:
            told = f"{words[other]} of each window"
            yield Mistake("mode", told, step, partial(pooled, image, size, stride, other))
    if stride != size:
        told = "windows `size` apart: the stride is ignored"
        yield Mistake("stride", told, _START, partial(pooled, image, size, size, mode))
    if stride != 1:
        told = "windows one pixel apart"
        yield Mistake("stride", told, _START, partial(pooled, image, size, 1, mode))
    # One window more where some pixels are left; or one at every start that lies in the image.
    more = [_missing(side, size, stride) for side in image.shape]
    most = [(side - 1) // stride * stride + size - side for side in image.shape]
    step = "Drop what is left over: there are (n - size) // stride + 1 windows."
    told = "windows at the end that reach beyond the image"
    for below, right_of in (more, most):
        for fill, how in ((np.nan, told), (0.0, f"{told}, filled up with zeros")):
            if max(below, right_of) > 0:
                lacks = [(0, max(0, below)), (0, max(0, right_of))]
                wider = np.pad(image.astype(float), lacks, constant_values=fill)
                yield Mistake("remainder", how, step, partial(_known, wider, size, stride, mode))
    if mode == "max":
        told, step = "0 where all values are below 0", "Start from the window's values, not from 0."
        yield Mistake("zero", told, step, lambda: right.clip(0))
    step = "Collect the results in np.zeros(shape), which is float, not in the image's type."
    yield Mistake("type", "results with the fractions cut off", step, lambda: np.trunc(right))
    yield Mistake("type", "rounded results", step, lambda: np.round(right))
    yield from _of_types(right, lambda image: pooled(image, size, stride, mode), image)
    yield Mistake("axes", "rows and columns swapped", _SWAP, lambda: right.T)


def _known(image: np.ndarray, size: int, stride: int, mode: str) -> np.ndarray:
    """Pool the known values of each window; those beyond the image are NaN."""
    views = windows(image[:, :, None], (size, size), stride, stride)[:, :, 0]
    known = {"max": np.nanmax, "min": np.nanmin, "average": np.nanmean, "sum": np.nansum}
    return np.asarray(known[mode](views, axis=(2, 3)))  # type: ignore[operator]


def of_filters(
    pixels: np.ndarray, kernel: np.ndarray, scale: float, offset: float
) -> Iterator[Mistake]:
    """Yield what goes wrong with Pillow's `ImageFilter.Kernel`."""
    if kernel.sum() == 0:
        step = "Pass 1 as the scale where kernel.sum() is 0."
        told = "what Pillow makes of a division by 0"
        yield Mistake("scale", told, step, partial(filtered, pixels, kernel, 0, offset))
    step = "The scale is kernel.sum(), or 1 where that is 0."
    total = float(kernel.sum())
    if total < 0:
        told = "the sums divided by a number above 0: they are below 0, and all is black"
        yield Mistake("scale", told, step, partial(filtered, pixels, kernel, 1, offset))
    for other in (1, 16, 9, float(np.abs(kernel).sum()), abs(total), float(int(total)), -1):
        if other != scale:
            told = f"the sums divided by {other:g}" if other != 1 else "the sums, not divided"
            yield Mistake("scale", told, step, partial(filtered, pixels, kernel, other, offset))
    step = "Pass the weights row after row, as kernel.ravel() gives them."
    for told, turned in (
        ("the kernel mirrored, left for right", kernel[:, ::-1]),
        ("the kernel with rows and columns swapped", kernel.T),
        ("the kernel upside down", kernel[::-1]),
        ("the kernel turned by 180°", kernel[::-1, ::-1]),
    ):
        yield Mistake("kernel", told, step, partial(filtered, pixels, turned, scale, offset))
    if offset:
        step = "Pass `offset` on to ImageFilter.Kernel, after the scale."
        for told, other in (
            ("the picture without the offset", 0),
            ("the picture with a whole number for the offset", int(offset)),
        ):
            if other != offset:
                make = partial(filtered, pixels, kernel, scale, other)
                yield Mistake("offset", told, step, make)
    unchanged = pixels.astype(float)
    step = "`image.filter(...)` returns the new picture: return that one."
    yield Mistake("unchanged", "the picture that was given", step, lambda: unchanged)
