"""Convolution and pooling, against SciPy, Pillow and Keras; and each mistake told by its name."""

from __future__ import annotations

import numpy as np
import pytest
from repository import COURSE
from scipy import signal

_OF_EX06 = COURSE.folder("ex06_convolution")
_ORACLE, _MISTAKES = _OF_EX06.module("oracle"), _OF_EX06.module("mistakes")
correlate, correlate_volume = _ORACLE.correlate, _ORACLE.correlate_volume
filtered, output_size = _ORACLE.filtered, _ORACLE.output_size
pooled, same = _ORACLE.pooled, _ORACLE.same
named, of_filters = _MISTAKES.named, _MISTAKES.of_filters
of_one_channel, of_pooling = _MISTAKES.of_one_channel, _MISTAKES.of_pooling
of_volumes = _MISTAKES.of_volumes


@pytest.fixture
def rng():
    return np.random.default_rng(6)


SHAPES = [
    ((1, 1), (1, 1), 1, 0),
    ((1, 1), (3, 3), 1, 1),
    ((7, 11), (3, 3), 1, 0),
    ((7, 11), (2, 5), 3, 2),
    ((6, 4), (6, 4), 2, 0),
    ((4, 6), (2, 2), 5, 3),
    ((13, 9), (4, 1), 2, 4),
]


@pytest.mark.parametrize(("image", "kernel", "stride", "padding"), SHAPES)
def test_one_channel_agrees_with_scipy(rng, image, kernel, stride, padding):
    """`correlate` is SciPy's correlate2d of the padded image, every `stride` pixels."""
    x, k = rng.normal(size=image), rng.normal(size=kernel)
    full = signal.correlate2d(np.pad(x, padding), k, mode="valid")
    expected = full[::stride, ::stride]
    assert np.allclose(correlate(x, k, stride, padding), expected)
    sizes = [output_size(n, m, stride, padding) for n, m in zip(image, kernel, strict=True)]
    assert sizes == list(expected.shape)


def test_a_kernel_that_does_not_fit_has_no_place():
    """Where the kernel is larger than the padded image the size is 0, whatever the stride."""
    assert [output_size(2, 5, stride, 1) for stride in (1, 2, 9)] == [0, 0, 0]
    assert output_size(3, 5, 2, 1) == 1


def test_mathematicians_turn_the_kernel(rng):
    """SciPy's convolve2d is told as the turned kernel."""
    x, k = rng.normal(size=(6, 9)), rng.normal(size=(3, 3))
    turned = signal.convolve2d(x, k, mode="valid")
    found = named(turned, of_one_channel(x, k, 1, 0))
    assert found is not None
    assert (found.kind, found.told) == ("kernel", "the sums of the kernel turned by 180°")


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_volumes_agree_with_keras(rng, stride, padding):
    """`correlate_volume` is what Keras's convolution calculates, with the bias added."""
    import keras

    volume, kernels = rng.normal(size=(8, 11, 3)), rng.normal(size=(2, 3, 3, 4))
    bias = rng.normal(size=4)
    padded = np.pad(volume, ((padding, padding), (padding, padding), (0, 0)))
    theirs = keras.ops.conv(padded[None], kernels, strides=stride, padding="valid")
    expected = keras.ops.convert_to_numpy(theirs)[0] + bias
    assert np.allclose(
        correlate_volume(volume, kernels, bias, stride, padding), expected, atol=1e-4
    )


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 3), (1, 1)])
def test_pooling_agrees_with_keras(rng, size, stride):
    """`pooled` is Keras's max and average pooling; the minimum is the maximum of the negative."""
    import keras

    image = rng.normal(size=(7, 10))

    def theirs(values, how):
        done = how(values[None, :, :, None], size, strides=stride, padding="valid")
        return keras.ops.convert_to_numpy(done)[0, :, :, 0]

    largest, mean = keras.ops.max_pool, keras.ops.average_pool
    assert np.allclose(pooled(image, size, stride, "max"), theirs(image, largest), atol=1e-6)
    assert np.allclose(pooled(image, size, stride, "average"), theirs(image, mean), atol=1e-6)
    assert np.allclose(pooled(image, size, stride, "min"), -theirs(-image, largest), atol=1e-6)


def test_pillow_is_a_rounded_sum_with_the_rows_from_the_bottom_up(rng):
    """`filtered` is the sum over the kernel upside down; the rim stays, the range is kept."""
    pixels = rng.integers(0, 256, (9, 12)).astype("uint8")
    kernel = np.array([[1, 2, 0], [0, 1, -1], [3, 0, -2]])
    sums = signal.correlate2d(pixels.astype(float), kernel[::-1], mode="valid")
    expected = pixels.astype(float)
    expected[1:-1, 1:-1] = np.floor(sums / 4 + 10 + 0.5).clip(0, 255)
    assert np.array_equal(filtered(pixels, kernel, 4, 10), expected)


def _photo(rng):
    return rng.integers(0, 256, (9, 14)).astype("uint8")


EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])


def test_the_of_one_channel_are_told_apart(rng):
    """On inputs like a grader's each mistake's result is its own, and none is the right one."""
    image, kernel = 200 * rng.normal(size=(9, 14)), rng.normal(size=(3, 3))
    _all_apart(of_one_channel(image, kernel, 3, 2), correlate(image, kernel, 3, 2))


def test_the_of_volumes_are_told_apart(rng):
    """The same for several channels and filters."""
    volume, kernels = rng.normal(size=(9, 14, 3)), rng.normal(size=(3, 3, 3, 2))
    bias = np.array([1.5, -0.5])
    right = correlate_volume(volume, kernels, bias, 3, 2)
    _all_apart(of_volumes(volume, kernels, bias, 3, 2), right)


@pytest.mark.parametrize(("mode", "sign"), [("max", -1), ("min", 1), ("average", 1)])
def test_the_mistakes_of_pooling_are_told_apart(rng, mode, sign):
    """The same for each mode of pooling; a maximum that starts at 0 shows below 0 alone."""
    image = sign * rng.uniform(1, 9, (8, 12))
    _all_apart(of_pooling(image, 3, 2, mode), pooled(image, 3, 2, mode))


def _all_apart(mistakes, right):
    seen = [("", right)]
    for mistake in mistakes:
        try:
            result = mistake.make()
        except ValueError:
            continue
        alike = {told for told, one in seen if same(result, one)}
        assert alike <= {mistake.told}, mistake.told
        assert mistake.step.endswith(".")
        seen.append((mistake.told, result))
    assert len(seen) > 5


def test_bytes_that_wrap_are_named(rng):
    """An array of `uint8` for the sums, and a product of `uint8`, are told apart."""
    image = _photo(rng)
    sums = correlate(image, EDGE).astype(int).astype("uint8")
    found = named(sums.astype(float), of_one_channel(image, EDGE, 1, 0))
    assert found is not None
    assert "modulo 256: the result" in found.told
    kernel = np.full((2, 2), 3, "uint8")
    views = np.lib.stride_tricks.sliding_window_view(image, (2, 2))
    products = (views * kernel).sum(axis=(2, 3)).astype(float)
    found = named(products, of_one_channel(image, kernel, 1, 0))
    assert found is not None
    assert "products modulo 256" in found.told


def test_a_mirrored_photograph_filter_is_named(rng):
    """What Pillow gives with another scale, another order, or no offset is named."""
    pixels, kernel = _photo(rng), np.array([[-1, 2, 1], [-2, 4, 2], [-1, 2, 1]])
    for made, words in (
        (filtered(pixels, kernel, 1, 40), "not divided"),
        (filtered(pixels, kernel[:, ::-1], 8, 40), "mirrored"),
        (filtered(pixels, kernel, 8, 0), "without the offset"),
    ):
        found = named(made, of_filters(pixels, kernel, 8, 40), tolerance=0)
        assert found is not None
        assert words in found.told
    found = named(filtered(pixels, EDGE, 0, 0), of_filters(pixels, EDGE, 1, 0), tolerance=0)
    assert found is not None
    assert "division by 0" in found.told


def test_nothing_is_named_where_nothing_is_known(rng):
    """A result that no mistake explains has no name."""
    image = rng.normal(size=(5, 5))
    assert named(rng.normal(size=(3, 3)), of_one_channel(image, EDGE, 1, 0)) is None


@pytest.mark.parametrize(
    "layers",
    [
        [(3, 1, 0)],
        [(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)],
        [(5, 2, 2), (3, 3, 1), (2, 1, 0)],
        [(4, 3, 0), (3, 2, 0), (3, 1, 0)],
    ],
)
def test_receptive_fields_are_what_a_result_depends_on(layers):
    """A result far from the rim differs for each pixel of its field, and for no other."""
    pixels, place = 120, 4

    def result(image):
        row = image
        for kernel, stride, padding in layers:
            padded = np.pad(row, padding)
            windows = np.lib.stride_tricks.sliding_window_view(padded, kernel)
            row = windows[::stride].sum(axis=1)
        return row[place]

    seen = [pixel for pixel in range(pixels) if result(np.eye(pixels)[pixel])]
    first, last = _ORACLE.receptive_field(layers, place)
    assert (min(seen), max(seen)) == (first, last)
    assert _ORACLE.receptive_sizes(layers)[-1] == last - first + 1
