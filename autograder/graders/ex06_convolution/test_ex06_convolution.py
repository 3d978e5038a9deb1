"""Hidden checks of ex06_convolution. The oracle is NumPy and Pillow, in `oracle.py`.

What was received is compared with what the usual mistakes give, so that a message can name the
mistake. What another check asks for is let pass, and an answer that rests on a wrong one is judged
by what it adds to that (`relations.py`), so that a mistake costs once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from autograder.judging import (
    Evidence,
    Picture,
    array,
    check,
    claim,
    close,
    compare,
    describe,
    either,
    equal,
    figures,
    number,
    panels,
    plain_number,
    unchanged,
)

from . import mistakes as filter_mistakes
from . import oracle as filters
from . import relations
from .mistakes import Mistake

_NEAR = 1e-5


def _judge(
    received: np.ndarray,
    expected: np.ndarray,
    rule: str,
    mistakes: Iterator[Mistake],
    elsewhere: Sequence[str] = (),
    rests: bool = False,
) -> None:
    """Claim that an array is as expected; else name the mistake.

    Args:
        received: The answer.
        expected: The right one.
        rule: The sentence of the message.
        mistakes: What else might have been received.
        elsewhere: Kinds of mistakes that cost in another check, and not in this one.
        rests: Whether it is right on its own terms, given a wrong answer that it rests on.
    """
    if filters.same(received, expected, _NEAR) or rests:
        return
    compare(received, expected)
    mistake = filter_mistakes.named(received, mistakes, _NEAR)
    if mistake is None:
        atol = _NEAR * float(np.abs(expected).max(initial=0)) + 1e-9
        close(received, expected, rule, rtol=0, atol=atol)
    else:
        claim(mistake.kind in elsewhere, rule, mistake.told, mistake.step)


def _rests(
    evidence: Evidence,
    key: str,
    received: np.ndarray,
    expected: np.ndarray,
    stride: int,
    bias: np.ndarray | None = None,
) -> bool:
    """Say whether an answer adds the right thing to that of a simpler call."""
    base = relations.base_of(evidence, key)
    if base is None:
        return False
    if bias is not None and bias.any():
        return relations.differs_by(received, base, bias, expected.shape)
    return relations.picks_out(received, base, stride, expected.shape)


def _are_floats(evidence: Evidence, key: str, names: Sequence[str], of: str = "image") -> None:
    """Claim that results are floats, and that arguments of these names are as they were."""
    value, name = evidence.value(key), key.partition(".")[0]
    kind = value.dtype.kind if isinstance(value, np.ndarray) else "f"
    rule = f"`{name}` must return floats, whatever the type of the {of}"
    step = "Collect the results in np.zeros(shape), or return result.astype(float)."
    claim(kind == "f", rule, f"an array of {getattr(value, 'dtype', '')}", step)
    if names:
        unchanged(evidence, key, names)


def _keeps(evidence: Evidence, key: str, names: Sequence[str]) -> None:
    """Claim that no call under `key` changed its arguments."""
    place = 0
    while evidence.answered(f"{key}.{place}"):
        unchanged(evidence, f"{key}.{place}", names)
        place += 1


def _sides(shape: Sequence[int]) -> str:
    return " by ".join(map(str, shape))


def _filtered(
    evidence: Evidence, kind: str, elsewhere: Sequence[str] = (), whole: bool = False
) -> None:
    for place, (pixels, kernel, offset) in enumerate(evidence.inputs["filters"][kind]):
        if whole and (kernel != np.round(kernel)).any():
            continue
        value = evidence.value(f"filter_image.{kind}.{place}")
        found = value.pixels if isinstance(value, Picture) else value
        if isinstance(value, Picture) and value.mode in ("RGB", "RGBA"):
            found = value.pixels[:, :, 0]  # the mode is another check's
        scale = float(kernel.sum()) or 1.0
        added = f" and offset {offset}" if offset else ""
        rule = (
            f"The kernel {kernel.tolist()} must be applied with scale {scale:g}{added} "
            f"to an image of {_sides(pixels.shape)} pixels"
        )
        received = array(found, rule, pixels.shape).astype(float)
        expected = filters.filtered(pixels, kernel, scale, offset)
        # Where a sum lies between two grey values, others may round it the other way.
        off = np.abs(received - expected)
        if off.max() > 1.01 or off.mean() > 0.25:
            compare(received, expected)
            mistakes = filter_mistakes.of_filters(pixels, kernel, scale, offset)
            mistake = filter_mistakes.named(received, mistakes)
            if mistake is None:
                close(received, expected, rule, rtol=0, atol=0.5)
            else:
                claim(mistake.kind in elsewhere, rule, mistake.told, mistake.step)


def _scaled(evidence: Evidence) -> None:
    _filtered(evidence, "scaled")


@check("filter_image", points=1, hint="The scale is kernel.sum(): 16 for the blur.")
def test_filters_divide_by_the_sum(evidence: Evidence) -> None:
    """A filtered photograph is a grey Pillow image, its sums divided by the sum of the weights."""
    image = evidence.picture("filter_image.scaled.0")
    equal(image.mode, "L", "The filtered image must be grey, of mode 'L', like the one given")
    _scaled(evidence)
    for place in range(len(evidence.inputs["filters"]["scaled"])):
        unchanged(evidence, f"filter_image.scaled.{place}", ("image", "kernel", "offset"))


@check("filter_image", points=1, hint="Give the scale as 1 where the weights sum to 0.")
def test_edges_are_not_divided_by_zero(evidence: Evidence) -> None:
    """A kernel whose weights sum to 0 has the scale 1."""
    divided = relations.holds(lambda: _scaled(evidence))
    _filtered(evidence, "edges", elsewhere=[] if divided else ["scale"], whole=not divided)


@check("filter_image", points=1, hint="ImageFilter.Kernel((3, 3), weights, scale, offset)")
def test_offset_is_added_and_the_order_kept(evidence: Evidence) -> None:
    """The offset is added to every pixel, and the weights stand where they stood."""
    _filtered(evidence, "offset", elsewhere=["scale"])


def _size(evidence: Evidence, kind: str, place: int, case: Sequence[int]) -> tuple[float, str]:
    asked = ", ".join(map(str, case))
    rule = f"`output_size({asked})` must be {filters.output_size(*case)}"
    return number(evidence.value(f"output_size.{kind}.{place}"), rule), rule


def _plain_sizes(evidence: Evidence) -> None:
    for place, case in enumerate(evidence.inputs["sizes"]["plain"]):
        found, rule = _size(evidence, "plain", place, case)
        claim(found == filters.output_size(*case), rule, plain_number(found, 6))


@check("output_size", points=1, hint="Padding lies at both ends: size + 2 * padding - kernel.")
def test_output_sizes(evidence: Evidence) -> None:
    """A window of k pixels has n + 2p - k + 1 places."""
    _plain_sizes(evidence)


@check("output_size", points=1, hint="Divide by the stride with //, then add 1.")
def test_output_sizes_round_down(evidence: Evidence) -> None:
    """Where less than a whole step is left, the window does not go: a whole number of places."""
    plain = relations.holds(lambda: _plain_sizes(evidence))
    for place, case in enumerate(evidence.inputs["sizes"]["strided"]):
        found, rule = _size(evidence, "strided", place, case)
        right = [filters.output_size(*case)]
        if not plain:  # then it is judged by what it gives for a stride of 1
            key, stride = f"output_size.strided.{place}.base", case[2]
            base = number(evidence.value(key), "`output_size` must return a number")
            right += [(base - 1) // stride + 1, base // stride]
        claim(found in right, rule, plain_number(found, 6))
    value = evidence.value("output_size.strided.0")
    rule = "A number of places must be a whole number, an `int`"
    claim(type(value) is int, rule, describe(value), "Divide with //.")


@check("output_size", points=1, hint="Return 0 where size + 2 * padding < kernel.")
def test_a_kernel_too_large_has_no_place(evidence: Evidence) -> None:
    """A kernel larger than the padded image has no place: 0, never a negative number."""
    for place, case in enumerate(evidence.inputs["sizes"]["none"]):
        found, rule = _size(evidence, "none", place, case)
        claim(found == 0, rule, plain_number(found, 6))


_Cases = Sequence[tuple[Any, ...]]


def _judged(cases: _Cases, asked: Callable[..., bool]) -> _Cases:
    """Return place and case of those asked; if none is, all: to ask nothing earns nothing."""
    every = list(enumerate(cases))
    return [(place, case) for place, case in every if asked(*case)] or every


_CONVOLVE = ("image", "kernel", "stride", "padding")


def _convolved(
    evidence: Evidence,
    kind: str,
    elsewhere: Sequence[str] = (),
    asked: Callable[..., bool] = lambda *case: True,
) -> None:
    for place, case in _judged(evidence.inputs["convolve"][kind], asked):
        image, kernel, stride, padding = case
        types = f" in `{image.dtype}`" if image.dtype.kind != "f" else ""
        rule = (
            f"`convolve` must give the sums of a kernel of {_sides(kernel.shape)} over an image of "
            f"{_sides(image.shape)}{types}, stride {stride}, padding {padding}"
        )

        def judge(key: str, case: Any = case, rule: str = rule) -> None:
            received, expected = array(evidence.array(key), rule), filters.correlate(*case)
            mistakes = filter_mistakes.of_one_channel(*case)
            rests = _rests(evidence, key, received, expected, case[2])
            _judge(received.astype(float), expected, rule, mistakes, elsewhere, rests)
            if kind == "types":
                _are_floats(evidence, key, _CONVOLVE)

        key = f"convolve.{kind}.{place}"
        either(evidence, (key, f"{key}.lent"), judge)


@check("convolve", points=2, hint="Sum window[a, b] * kernel[a, b]: no turning, no mean.")
def test_kernel_is_laid_on_as_written(evidence: Evidence) -> None:
    """Each result is the sum of a window's pixels times the kernel as it is written."""
    _convolved(evidence, "written", elsewhere=["type"])


@check("convolve", points=1, hint="kernel.shape gives its height and its width, in this order.")
def test_kernels_of_any_shape(evidence: Evidence) -> None:
    """Kernels may be even, flat, upright, of one pixel, or as large as the image."""
    others = ["axes", "kernel", "padding", "stride", "sum", "type"]
    moves = relations.holds(lambda: _strided(evidence))
    frames = relations.holds(lambda: _padded(evidence))

    def asked(_image: object, _kernel: object, stride: int, padding: int) -> bool:
        return (moves or stride == 1) and (frames or padding == 0)

    _convolved(evidence, "shapes", others, asked)


def _strided(evidence: Evidence) -> None:
    _convolved(evidence, "stride", elsewhere=["axes", "padding", "sum", "type"])


@check("convolve", points=2, hint="The window of result (i, j) starts at (i * stride, j * stride).")
def test_stride_moves_the_window(evidence: Evidence) -> None:
    """Windows lie `stride` pixels apart, down and across, and none sticks out."""
    frames = relations.holds(lambda: _padded(evidence))

    def asked(_image: object, _kernel: object, _stride: int, padding: int) -> bool:
        return frames or padding == 0

    _convolved(evidence, "stride", ["axes", "padding", "sum", "type"], asked)


def _padded(evidence: Evidence) -> None:
    _convolved(evidence, "padding", elsewhere=["axes", "sum", "type"])


@check("convolve", points=2, hint="np.pad(image, padding) lays zeros on all four sides.")
def test_padding_lays_zeros_around(evidence: Evidence) -> None:
    """Padding p lays p rings of zeros around the image, also more than the kernel is wide."""
    _padded(evidence)


@check("convolve", points=1, hint="Calculate with image.astype(float), and return floats.")
def test_sums_keep_their_value(evidence: Evidence) -> None:
    """Sums below 0, above 255 and between whole numbers are kept, whatever the image's type."""
    frames = relations.holds(lambda: _padded(evidence))

    def asked(_image: object, _kernel: object, _stride: int, padding: int) -> bool:
        return frames or padding == 0

    _convolved(evidence, "types", ["axes", "sum"], asked)


def _maps(value: np.ndarray, expected: np.ndarray, rule: str) -> np.ndarray:
    """Return an answer with its axes in the order asked for: that order is another check's."""
    if value.shape == expected.shape[:2] and expected.shape[2] == 1:
        value = value[:, :, np.newaxis]
    if value.shape == tuple(side for side in expected.shape if side > 1):
        value = value.reshape(expected.shape)
    orders = []
    if value.ndim == expected.ndim:
        moved = (value.transpose(order) for order in permutations(range(3)))
        orders = [one for one in moved if one.shape == expected.shape]
    told = f"an array of shape {value.shape} where {expected.shape} was expected"
    claim(orders, rule, told)
    return next((one for one in orders if filters.same(one, expected, _NEAR)), orders[0])


_VOLUME = ("volume", "kernels", "bias", "stride", "padding")


def _volumes(
    evidence: Evidence,
    kind: str,
    elsewhere: Sequence[str] = (),
    asked: Callable[..., bool] = lambda *case: True,
) -> None:
    kept = relations.holds(lambda: _keeps(evidence, "convolve.types", _CONVOLVE))
    for place, case in _judged(evidence.inputs["volumes"][kind], asked):
        volume, kernels, _, stride, padding = case
        rule = (
            f"`convolve_volume` must sum {kernels.shape[2]} channels into each of "
            f"{kernels.shape[3]} maps and add its bias (volume {volume.shape}, "
            f"kernels {kernels.shape}, stride {stride}, padding {padding})"
        )

        def judge(key: str, case: Any = case, rule: str = rule) -> None:
            expected = filters.correlate_volume(*case)
            found = array(evidence.array(key), rule).astype(float)
            if _rests(evidence, key, found, expected, case[3], case[2]):
                return
            # A wrong stride or padding shows in the shape: it is named before the shape is judged.
            mistake = filter_mistakes.named(found, filter_mistakes.of_volumes(*case))
            received = found if mistake else _maps(found, expected, rule)
            _judge(received, expected, rule, filter_mistakes.of_volumes(*case), elsewhere)
            if kind == "values":
                _are_floats(evidence, key, _VOLUME if kept else ())

        key = f"convolve_volume.{kind}.{place}"
        either(evidence, (key, f"{key}.lent"), judge)


@check("convolve_volume", points=1, hint="np.stack(maps, axis=-1) puts the filters last.")
def test_maps_are_rows_columns_filters(evidence: Evidence) -> None:
    """The result has the shape (rows, columns, filters), also for one filter or one channel."""
    for place, case in enumerate(evidence.inputs["volumes"]["layout"]):
        volume, kernels, *_ = case
        expected = filters.correlate_volume(*case).shape
        rule = f"A volume {volume.shape} and kernels {kernels.shape} must give maps {expected}"

        c, f = kernels.shape[2:]

        def judge(
            key: str, expected: Any = expected, rule: str = rule, c: int = c, f: int = f
        ) -> None:
            found = array(evidence.array(key), rule).shape
            # Channels that were not summed are the next check's.
            unsummed = [(*expected[:2], *more) for more in ((c * f,), (c, f), (f, c))]
            claim(found == expected or (c > 1 and found in unsummed), rule, f"shape {found}")

        key = f"convolve_volume.layout.{place}"
        either(evidence, (key, f"{key}.lent"), judge)


def _channels(evidence: Evidence) -> None:
    _volumes(evidence, "channels", elsewhere=["type"])


@check("convolve_volume", points=1, hint="Add up the results of all channels, for each filter.")
def test_channels_are_summed(evidence: Evidence) -> None:
    """One filter gives one map: the sum over all channels, each with weights of its own."""
    _channels(evidence)


def _biased(evidence: Evidence) -> None:
    _volumes(evidence, "bias", elsewhere=["channels", "type"])


@check("convolve_volume", points=1, hint="Add bias[f] to map f, once.")
def test_bias_is_added_once(evidence: Evidence) -> None:
    """Each filter's bias is added to its map, once."""
    _biased(evidence)


@check("convolve_volume", points=1, hint="Pass stride and padding on to each `convolve`.")
def test_volumes_with_stride_and_padding(evidence: Evidence) -> None:
    """Stride and padding move the window over every channel alike."""
    _volumes(evidence, "moves", elsewhere=["channels", "type"])


@check("convolve_volume", points=1, hint="Lay kernels[:, :, c, f] on as it is written.")
def test_volume_kernels_are_laid_on_as_written(evidence: Evidence) -> None:
    """The maps are those of Keras's `Conv2D`, whose kernels are laid on as they are written."""
    _volumes(evidence, "written", elsewhere=["channels", "bias", "type"])


@check("convolve_volume", points=1, hint="Add the maps up as floats; leave no sum out.")
def test_maps_keep_their_value(evidence: Evidence) -> None:
    """Sums below 0, above 255 and between whole numbers are kept, whatever the volume's type."""
    summed = relations.holds(lambda: _channels(evidence))
    biased = relations.holds(lambda: _biased(evidence))

    def asked(volume: np.ndarray, _kernels: object, bias: np.ndarray, *_rest: object) -> bool:
        return (summed or volume.shape[2] == 1) and (biased or not bias.any())

    _volumes(evidence, "values", asked=asked)


@check("relu", points=1, hint="np.maximum(values, 0), as floats.")
def test_relu_keeps_what_is_above_zero(evidence: Evidence) -> None:
    """What is above 0 is kept as it is, all else becomes 0: a new float array of that shape."""
    for place, values in enumerate(evidence.inputs["relu"]):
        key = f"relu.{place}"
        rule = f"`relu` must return an array of shape {values.shape}"
        found = array(evidence.array(key), rule, values.shape).astype(float)
        rule = "Values above 0 must be kept, and all others become 0"
        close(found, np.where(values > 0, values, 0).astype(float), rule, rtol=1e-6, atol=0)
        _are_floats(evidence, key, ("values",), of="values")
        shared = evidence.answered(f"{key}.shared") and evidence.value(f"{key}.shared") is True
        rule = "`relu` must give a new array back, also where all values are above 0"
        claim(not shared, rule, "the array that was given", "np.maximum makes a new one.")


_POOL = ("image", "size", "stride", "mode")


def _pooled(
    evidence: Evidence,
    kind: str,
    elsewhere: Sequence[str] = (),
    asked: Callable[..., bool] = lambda *case: True,
) -> None:
    for place, case in _judged(evidence.inputs["pool"][kind], asked):
        image, size, stride, mode = case
        types = f" in `{image.dtype}`" if image.dtype.kind != "f" else ""
        rule = (
            f"`pool` must give the {mode} of each whole window of {size} by {size} in an "
            f"image of {_sides(image.shape)}{types}, stride {stride}"
        )

        def judge(key: str, case: Any = case, rule: str = rule) -> None:
            received, expected = array(evidence.array(key), rule), filters.pooled(*case)
            mistakes = filter_mistakes.of_pooling(*case)
            rests = _rests(evidence, key, received, expected, case[2])
            _judge(received.astype(float), expected, rule, mistakes, elsewhere, rests)
            if kind == "values":
                _are_floats(evidence, key, _POOL)

        key = f"pool.{kind}.{place}"
        either(evidence, (key, f"{key}.lent"), judge)


@check("pool", points=1, hint='np.max of each window, where mode is "max".')
def test_pools_the_maximum(evidence: Evidence) -> None:
    """The mode "max" gives the largest value of each window."""
    _pooled(evidence, "max", elsewhere=["type"])


@check("pool", points=1, hint='np.min of each window, where mode is "min".')
def test_pools_the_minimum(evidence: Evidence) -> None:
    """The mode "min" gives the smallest value of each window."""
    _pooled(evidence, "min", elsewhere=["axes", "type"])


@check("pool", points=1, hint='np.mean of each window, where mode is "average".')
def test_pools_the_average(evidence: Evidence) -> None:
    """The mode "average" gives the mean of each window."""
    _pooled(evidence, "average", elsewhere=["axes", "type"])


def _pool_strides(evidence: Evidence) -> None:
    _pooled(evidence, "stride", elsewhere=["axes", "mode", "remainder", "type"])


@check("pool", points=1, hint="The window of result (i, j) starts at (i * stride, j * stride).")
def test_pools_with_another_stride(evidence: Evidence) -> None:
    """Windows may overlap, or leave gaps: they lie `stride` apart, and not `size`."""
    _pool_strides(evidence)


def _pool_remainders(evidence: Evidence) -> None:
    moves = relations.holds(lambda: _pool_strides(evidence))

    def asked(_image: object, size: int, stride: int, _mode: str) -> bool:
        return moves or size == stride

    _pooled(evidence, "rest", ["axes", "mode", "stride", "type"], asked)


@check("pool", points=1, hint="There are (n - size) // stride + 1 windows, as output_size says.")
def test_pooling_drops_the_remainder(evidence: Evidence) -> None:
    """What is left over at the right and at the bottom is dropped."""
    _pool_remainders(evidence)


@check("pool", points=1, hint="Do not start from 0, and collect the results as floats.")
def test_pooling_keeps_values(evidence: Evidence) -> None:
    """A maximum may be below 0, and an average of whole numbers has fractions."""
    known = {
        mode: relations.holds(lambda mode=mode: _pooled(evidence, mode, ["axes", "type"]))  # type: ignore[misc]
        for mode in ("max", "min", "average")
    }

    def asked(_image: object, _size: int, _stride: int, mode: str) -> bool:
        return known[mode]

    _pooled(evidence, "values", ["axes", "mode", "stride"], asked)


def _stack(layers: Sequence[Sequence[int]]) -> str:
    return f"layers {', '.join(str(tuple(layer)) for layer in layers)}"


@check("receptive_field", points=1, hint="size += (kernel - 1) * jump; then jump *= stride")
def test_receptive_fields_grow(evidence: Evidence) -> None:
    """After each layer the field is larger by k - 1 jumps, and the jump longer by the stride."""
    for place, (layers, _) in enumerate(evidence.inputs["stacks"]):
        expected = filters.receptive_sizes(layers)
        rule = f"The receptive fields after the {_stack(layers)} must have {expected} pixels"
        found = array(evidence.value(f"receptive_field.sizes.{place}"), rule)
        claim(found.tolist() == expected, rule, found.tolist() if found.size < 20 else "others")
        unchanged(evidence, f"receptive_field.sizes.{place}", ("stack",))


@check("receptive_field", points=1, hint="From the last layer back: first * stride - padding.")
def test_receptive_fields_have_a_place(evidence: Evidence) -> None:
    """The first and the last pixel follow from a result, layer by layer, padding included."""
    for place, (layers, result) in enumerate(evidence.inputs["stacks"]):
        expected = filters.receptive_field(layers, result)
        first, last = expected
        rule = (
            f"Result {result} of the {_stack(layers)} must see the pixels from {first} to {last}, "
            f"which is ({first}, {last})"
        )
        found = array(evidence.value(f"receptive_field.place.{place}"), rule, (2,)).tolist()
        claim(found == list(expected), rule, f"({found[0]:g}, {found[1]:g})")
        unchanged(evidence, f"receptive_field.place.{place}", ("stack",))


def _places(evidence: Evidence) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the title and the grey values that each place must show."""
    photo = evidence.inputs["shown"]["photo"]
    yield "original", photo.astype(float)
    for name, kernel in evidence.inputs["shown"]["kernels"].items():
        yield name, filters.filtered(photo, kernel, float(kernel.sum()) or 1.0)


def _shows(panel: panels.Panel, expected: np.ndarray, name: str, photo: np.ndarray) -> None:
    """Claim that a panel shows grey values as they are, wholly and in greys."""
    what = f'what the kernel "{name}" makes of the photograph'
    what = "the photograph" if name == "original" else what
    step = 'Draw with ax.imshow(picture, cmap="gray", vmin=0, vmax=255).'
    greys = 255 * panels.in_greys(panel, f"The image {name!r}")
    rule = f"The place of {name!r} must show {what}, and grey values as they are"
    if greys.shape == expected.shape and not np.allclose(greys, expected, atol=2):
        low, high = panel.grid.vmin, panel.grid.vmax
        values = panel.seen()
        alike = values.ndim == 2 and any(
            np.allclose(values.astype(float) * factor, expected, atol=2) for factor in (1, 255)
        )
        told = f"black at {low:g} and white at {high:g}" if low is not None and high else ""
        if _are_the_limits(panel):
            told = f"other colours than greys from black to white, by {panel.grid.cmap!r}"
        claim(not (alike and told), rule, told, step)
    told = f"another image, of shape {panel.grid.values.shape[:2]}"
    if name != "original" and _is(greys, photo):
        told = "the photograph as it was given"
    step = "Keep the order of `kernels`, and show each image upright."
    claim(_is(greys, expected), rule, told, step)
    claim(_are_the_limits(panel), rule, _limits(panel), "Give vmin=0 and vmax=255.")
    claim(panel.is_whole(), rule, "a part of it", step)


def _are_the_limits(panel: panels.Panel) -> bool:
    """Say whether black and white are at 0 and 255, or at 0 and 1 for values up to 1."""
    values, low, high = panel.grid.values, panel.grid.vmin, panel.grid.vmax
    if values.ndim != 2 or low is None or high is None:
        return True
    top = 1.0 if values.max(initial=0) <= 1 else 255.0
    return abs(low) < 0.001 * top and abs(high - top) < 0.001 * top


def _limits(panel: panels.Panel) -> str:
    return f"black at {panel.grid.vmin} and white at {panel.grid.vmax}"


def _is(greys: np.ndarray | None, expected: np.ndarray) -> bool:
    if greys is None or greys.shape != expected.shape:
        return False
    return np.allclose(greys, expected, atol=2)


@check("plot_filters", points=1, hint="Show filter_image(image, kernel) for each of `kernels`.")
def test_plot_shows_the_filtered_photographs(evidence: Evidence) -> None:
    """The picture shows the photograph, then what each kernel makes of it, in greys."""

    def judge(key: str) -> None:
        shown, places = panels.of(evidence.figure(key)), list(_places(evidence))
        count = len(places)
        rule = f"A photograph and {count - 1} kernels must give {count} images"
        step = "Call `imshow` for the photograph and for each of `kernels`, in Axes of their own."
        equal(len(shown), count, rule, step)
        for panel, (name, expected) in zip(shown, places, strict=True):
            _shows(panel, expected, name, places[0][1])
        unchanged(evidence, key, ("image", "kernels"))

    either(evidence, ("plot_filters", "plot_filters.lent"), judge)


@check("plot_filters", points=1, hint="ax.set_title(name) for each of the Axes.")
def test_plot_names_the_filters(evidence: Evidence) -> None:
    """The titles are "original" and the names of the kernels."""
    places = list(_places(evidence))
    names = [name for name, _ in places]

    def judge(key: str) -> None:
        figure = evidence.figure(key)
        shown = panels.of(figure)
        titles = [panel.title for panel in shown]
        contents = [_shown_in(panel, places) for panel in shown]
        if len(shown) < 2:  # how many show an image is the other check's
            titles = [axes.title for axes in figure.axes if axes.title.strip()]
            contents = [[] for _ in titles]
        claim(len(titles) > 1, "The picture must hold images to name", f"{len(titles)} images")
        for place, name in enumerate(names[: len(titles)]):
            # In which order they must stand is the other check's.
            wanted = {name, *contents[place]}
            rule = f'The title of the place of "{name}" must be "{name}"'
            claim(_bears(titles[place], wanted, names), rule, repr(titles[place]))

    either(evidence, ("plot_filters", "plot_filters.lent"), judge)


def _bears(title: str, wanted: set[str], names: Sequence[str]) -> bool:
    """Say whether a title has one of the names that are wanted, and none besides."""
    borne = {name for name in names if figures.mentions(title, name)}
    return len(borne) == 1 and borne <= wanted


def _shown_in(panel: panels.Panel, places: Sequence[tuple[str, np.ndarray]]) -> list[str]:
    """Return the names of what a panel shows, if it is one of the places."""
    greys = panel.greys()
    shown = None if greys is None else 255 * greys
    return [name for name, expected in places if _is(shown, expected)]
