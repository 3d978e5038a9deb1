"""Hidden checks of ex06_convolution. The oracle is NumPy and Pillow, in `autograder.filters`.

What was received is compared with what the usual mistakes give, so that a message can name the
mistake; and what another check asks for is let pass, so that a mistake costs once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from autograder import filter_mistakes, filters
from autograder.checks import array, check, claim, close, either, equal, number
from autograder.decode import Picture
from autograder.evidence import Evidence, describe
from autograder.filter_mistakes import Mistake

_NEAR = 1e-5


def _judge(
    received: np.ndarray,
    expected: np.ndarray,
    rule: str,
    mistakes: Iterator[Mistake],
    elsewhere: Sequence[str] = (),
    tolerance: float = _NEAR,
) -> None:
    """Claim that an array is as expected; else name the mistake.

    Args:
        received: The answer.
        expected: The right one.
        rule: The sentence of the message.
        mistakes: What else might have been received.
        elsewhere: Kinds of mistakes that cost in another check, and not in this one.
        tolerance: Of the largest expected value.
    """
    if filters.same(received, expected, tolerance):
        return
    mistake = filter_mistakes.named(received, mistakes, tolerance)
    if mistake is None:
        atol = tolerance * float(np.abs(expected).max(initial=0)) + 1e-9
        close(received, expected, rule, rtol=0, atol=atol)
    else:
        claim(mistake.kind in elsewhere, rule, mistake.told, mistake.step)


def _sides(shape: Sequence[int]) -> str:
    return " by ".join(map(str, shape))


def _filtered(evidence: Evidence, kind: str, elsewhere: Sequence[str] = ()) -> None:
    for place, (pixels, kernel, offset) in enumerate(evidence.inputs["filters"][kind]):
        value = evidence.value(f"filter_image.{kind}.{place}")
        found = value.pixels if isinstance(value, Picture) else value
        scale = float(kernel.sum()) or 1.0
        added = f" and offset {offset}" if offset else ""
        rule = (
            f"The kernel {kernel.tolist()} must be applied with scale {scale:g}{added} "
            f"to an image of {_sides(pixels.shape)} pixels"
        )
        received = array(found, rule, pixels.shape).astype(float)
        expected = filters.filtered(pixels, kernel, scale, offset)
        mistakes = filter_mistakes.of_filters(pixels, kernel, scale, offset)
        grey_level = 1.01 / max(1.0, float(expected.max()))
        _judge(received, expected, rule, mistakes, elsewhere, grey_level)


@check("filter_image", points=1, hint="The scale is kernel.sum(): 16 for the blur.")
def test_filters_divide_by_the_sum(evidence: Evidence) -> None:
    """A filtered photograph is a grey Pillow image, its sums divided by the sum of the weights."""
    image = evidence.picture("filter_image.scaled.0")
    equal(image.mode, "L", "The filtered image must be grey, of mode 'L', like the one given")
    _filtered(evidence, "scaled")


@check("filter_image", points=1, hint="Give the scale as 1 where the weights sum to 0.")
def test_edges_are_not_divided_by_zero(evidence: Evidence) -> None:
    """A kernel whose weights sum to 0 has the scale 1."""
    _filtered(evidence, "edges")


@check("filter_image", points=1, hint="ImageFilter.Kernel((3, 3), weights, scale, offset)")
def test_offset_is_added_and_the_order_kept(evidence: Evidence) -> None:
    """The offset is added to every pixel, and the weights stand where they stood."""
    _filtered(evidence, "offset", elsewhere=["scale"])


def _size(evidence: Evidence, kind: str, place: int, case: Sequence[int]) -> tuple[float, str]:
    asked = ", ".join(map(str, case))
    rule = f"`output_size({asked})` must be {filters.output_size(*case)}"
    return number(evidence.value(f"output_size.{kind}.{place}"), rule), rule


@check("output_size", points=1, hint="Padding lies at both ends: size + 2 * padding - kernel.")
def test_output_sizes(evidence: Evidence) -> None:
    """A window of k pixels has n + 2p - k + 1 places."""
    for place, case in enumerate(evidence.inputs["sizes"]["plain"]):
        found, rule = _size(evidence, "plain", place, case)
        claim(found == filters.output_size(*case), rule, f"{found:g}")


@check("output_size", points=1, hint="Divide by the stride with //, then add 1.")
def test_output_sizes_round_down(evidence: Evidence) -> None:
    """Where less than a whole step is left, the window does not go: a whole number of places."""
    for place, case in enumerate(evidence.inputs["sizes"]["strided"]):
        found, rule = _size(evidence, "strided", place, case)
        size, kernel, stride, padding = case
        # How the padding counts is the other check's.
        right = [filters.output_size(size + more, kernel, stride) for more in (0, padding)]
        claim(found in (filters.output_size(*case), *right), rule, f"{found:g}")
    value = evidence.value("output_size.strided.0")
    rule = "A number of places must be a whole number, an `int`"
    claim(type(value) is int, rule, describe(value), "Divide with //.")


@check("output_size", points=1, hint="Return 0 where size + 2 * padding < kernel.")
def test_a_kernel_too_large_has_no_place(evidence: Evidence) -> None:
    """A kernel larger than the padded image has no place: 0, never a negative number."""
    for place, case in enumerate(evidence.inputs["sizes"]["none"]):
        found, rule = _size(evidence, "none", place, case)
        claim(found == 0, rule, f"{found:g}")


def _convolved(evidence: Evidence, kind: str, elsewhere: Sequence[str] = ()) -> None:
    for place, case in enumerate(evidence.inputs["convolve"][kind]):
        image, kernel, stride, padding = case
        types = f" in `{image.dtype}`" if image.dtype.kind != "f" else ""
        rule = (
            f"`convolve` must give the sums of a kernel of {_sides(kernel.shape)} over an image of "
            f"{_sides(image.shape)}{types}, stride {stride}, padding {padding}"
        )

        def judge(key: str, case: Any = case, rule: str = rule) -> None:
            received = array(evidence.array(key), rule).astype(float)
            mistakes = filter_mistakes.of_one_channel(*case)
            _judge(received, filters.correlate(*case), rule, mistakes, elsewhere)

        key = f"convolve.{kind}.{place}"
        either(evidence, (key, f"{key}.lent"), judge)


@check("convolve", points=2, hint="Sum window[a, b] * kernel[a, b]: no turning, no mean.")
def test_kernel_is_laid_on_as_written(evidence: Evidence) -> None:
    """Each result is the sum of a window's pixels times the kernel as it is written."""
    _convolved(evidence, "written", elsewhere=["type"])


@check("convolve", points=1, hint="kernel.shape gives its height and its width, in this order.")
def test_kernels_of_any_shape(evidence: Evidence) -> None:
    """Kernels may be even, flat, upright, of one pixel, or as large as the image."""
    others = ["kernel", "padding", "stride", "sum", "type"]
    _convolved(evidence, "shapes", elsewhere=others)


@check("convolve", points=2, hint="The window of result (i, j) starts at (i * stride, j * stride).")
def test_stride_moves_the_window(evidence: Evidence) -> None:
    """Windows lie `stride` pixels apart, down and across, and none sticks out."""
    _convolved(evidence, "stride", elsewhere=["padding", "sum", "type"])


@check("convolve", points=2, hint="np.pad(image, padding) lays zeros on all four sides.")
def test_padding_lays_zeros_around(evidence: Evidence) -> None:
    """Padding p lays p rings of zeros around the image, also more than the kernel is wide."""
    _convolved(evidence, "padding", elsewhere=["sum", "type"])


@check("convolve", points=1, hint="Calculate with image.astype(float), and return floats.")
def test_sums_keep_their_value(evidence: Evidence) -> None:
    """Sums below 0, above 255 and between whole numbers are kept, whatever the image's type."""
    _convolved(evidence, "types", elsewhere=["sum"])


def _maps(value: np.ndarray, expected: np.ndarray, rule: str) -> np.ndarray:
    """Return an answer with its axes in the order asked for: that order is another check's."""
    if value.shape == expected.shape[:2] and expected.shape[2] == 1:
        return value[:, :, np.newaxis]
    if value.shape != expected.shape and sorted(value.shape) == sorted(expected.shape):
        for order in permutations(range(3)):
            moved = value.transpose(order)
            if moved.shape == expected.shape:
                return moved
    claim(
        value.shape == expected.shape,
        rule,
        f"an array of shape {value.shape} where {expected.shape} was expected",
    )
    return value


def _volumes(evidence: Evidence, kind: str, elsewhere: Sequence[str] = ()) -> None:
    for place, case in enumerate(evidence.inputs["volumes"][kind]):
        volume, kernels, _, stride, padding = case
        rule = (
            f"`convolve_volume` must sum {kernels.shape[2]} channels into each of "
            f"{kernels.shape[3]} maps and add its bias (volume {volume.shape}, "
            f"kernels {kernels.shape}, stride {stride}, padding {padding})"
        )

        def judge(key: str, case: Any = case, rule: str = rule) -> None:
            expected = filters.correlate_volume(*case)
            found = array(evidence.array(key), rule).astype(float)
            # A wrong stride or padding shows in the shape: it is named before the shape is judged.
            mistake = filter_mistakes.named(found, filter_mistakes.of_volumes(*case))
            received = found if mistake else _maps(found, expected, rule)
            _judge(received, expected, rule, filter_mistakes.of_volumes(*case), elsewhere)

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


@check("convolve_volume", points=2, hint="Add up the results of all channels, for each filter.")
def test_channels_are_summed(evidence: Evidence) -> None:
    """One filter gives one map: the sum over all channels, each with weights of its own."""
    _volumes(evidence, "channels")


@check("convolve_volume", points=1, hint="Add bias[f] to map f, once.")
def test_bias_is_added_once(evidence: Evidence) -> None:
    """Each filter's bias is added to its map, once."""
    _volumes(evidence, "bias", elsewhere=["channels", "type"])


@check("convolve_volume", points=1, hint="Pass stride and padding on to each `convolve`.")
def test_volumes_with_stride_and_padding(evidence: Evidence) -> None:
    """Stride and padding move the window over every channel alike."""
    _volumes(evidence, "moves", elsewhere=["channels", "type"])


@check("convolve_volume", points=1, hint="Lay kernels[:, :, c, f] on as it is written.")
def test_volume_kernels_are_laid_on_as_written(evidence: Evidence) -> None:
    """The maps are those of Keras's `Conv2D`, whose kernels are laid on as they are written."""
    _volumes(evidence, "written", elsewhere=["channels", "bias", "type"])


def _pooled(evidence: Evidence, kind: str, elsewhere: Sequence[str] = ()) -> None:
    for place, case in enumerate(evidence.inputs["pool"][kind]):
        image, size, stride, mode = case
        types = f" in `{image.dtype}`" if image.dtype.kind != "f" else ""
        rule = (
            f"`pool` must give the {mode} of each whole window of {size} by {size} in an "
            f"image of {_sides(image.shape)}{types}, stride {stride}"
        )

        def judge(key: str, case: Any = case, rule: str = rule) -> None:
            received = array(evidence.array(key), rule).astype(float)
            mistakes = filter_mistakes.of_pooling(*case)
            _judge(received, filters.pooled(*case), rule, mistakes, elsewhere)

        key = f"pool.{kind}.{place}"
        either(evidence, (key, f"{key}.lent"), judge)


@check("pool", points=1, hint='np.max of each window, where mode is "max".')
def test_pools_the_maximum(evidence: Evidence) -> None:
    """The mode "max" gives the largest value of each window."""
    _pooled(evidence, "max")


@check("pool", points=1, hint='np.min of each window, where mode is "min".')
def test_pools_the_minimum(evidence: Evidence) -> None:
    """The mode "min" gives the smallest value of each window."""
    _pooled(evidence, "min")


@check("pool", points=1, hint='np.mean of each window, where mode is "average".')
def test_pools_the_average(evidence: Evidence) -> None:
    """The mode "average" gives the mean of each window."""
    _pooled(evidence, "average")


@check("pool", points=1, hint="The window of result (i, j) starts at (i * stride, j * stride).")
def test_pools_with_another_stride(evidence: Evidence) -> None:
    """Windows may overlap, or leave gaps: they lie `stride` apart, and not `size`."""
    _pooled(evidence, "stride", elsewhere=["mode", "remainder"])


@check("pool", points=1, hint="There are (n - size) // stride + 1 windows, as output_size says.")
def test_pooling_drops_the_remainder(evidence: Evidence) -> None:
    """What is left over at the right and at the bottom is dropped."""
    _pooled(evidence, "rest", elsewhere=["mode", "stride"])


@check("pool", points=1, hint="Do not start from 0, and collect the results as floats.")
def test_pooling_keeps_values(evidence: Evidence) -> None:
    """A maximum may be below 0, and an average of whole numbers has fractions."""
    _pooled(evidence, "values", elsewhere=["mode"])


def _panels(evidence: Evidence, key: str) -> list[tuple[str, np.ndarray]]:
    """Return title and grey values of each picture shown."""
    shown = []
    for axes in evidence.figure(key).axes:
        if axes.images:
            pixels = axes.images[0].astype(float)
            pixels = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] else pixels
            shown.append((axes.title, pixels))
    return shown


def _places(evidence: Evidence) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the title and the grey values that each place must show."""
    photo = evidence.inputs["shown"]["photo"]
    yield "original", photo.astype(float)
    for name, kernel in evidence.inputs["shown"]["kernels"].items():
        yield name, filters.filtered(photo, kernel, float(kernel.sum()) or 1.0)


def _shows(pixels: np.ndarray, expected: np.ndarray) -> bool:
    """Say whether grey values are those expected, from 0 to 255 or from 0 to 1."""
    return any(filters.same(pixels * factor, expected, 0.01) for factor in (1, 255))


@check("plot_filters", points=1, hint="Show filter_image(image, kernel) for each of `kernels`.")
def test_plot_shows_the_filtered_photographs(evidence: Evidence) -> None:
    """The picture shows the photograph, then what each kernel makes of it."""

    def judge(key: str) -> None:
        panels, places = _panels(evidence, key), list(_places(evidence))
        count = len(places)
        rule = f"A photograph and {count - 1} kernels must give {count} images"
        step = "Call `imshow` for the photograph and for each of `kernels`, in Axes of their own."
        equal(len(panels), count, rule, step)
        for place, ((_, pixels), (name, expected)) in enumerate(zip(panels, places, strict=True)):
            what = (
                f'what the kernel "{name}" makes of the photograph' if place else "the photograph"
            )
            claim(
                _shows(pixels, expected),
                f"Place {place} must show {what}",
                "the photograph as it was given"
                if _shows(pixels, places[0][1])
                else f"another image, of shape {pixels.shape}",
                "Keep the order of `kernels`, and show grey values as they are.",
            )

    either(evidence, ("plot_filters", "plot_filters.lent"), judge)


@check("plot_filters", points=1, hint="ax.set_title(name) for each of the Axes.")
def test_plot_names_the_filters(evidence: Evidence) -> None:
    """The titles are "original" and the names of the kernels."""

    def judge(key: str) -> None:
        panels = _panels(evidence, key)
        claim(len(panels) > 1, "The picture must hold images to name", f"{len(panels)} images")
        # How many there must be is the other check's.
        pairs = zip(panels, _places(evidence), strict=False)
        for place, ((title, _), (name, _)) in enumerate(pairs):
            rule = f'The title of place {place} must be "{name}"'
            claim(name in title.lower(), rule, repr(title))

    either(evidence, ("plot_filters", "plot_filters.lent"), judge)
