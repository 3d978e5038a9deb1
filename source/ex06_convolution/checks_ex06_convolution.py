"""The checks of ex06_convolution, which its notebook's check cells run: keep this file beside it.

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


def test_filter_image_divides_by_the_sum(student):
    """A blur keeps an even picture as bright as it was."""
    import numpy as np
    from PIL import Image

    pixels = np.full((5, 7), 160, dtype="uint8")
    pixels[2, 3] = 240
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    picture = student.filter_image(Image.fromarray(pixels), kernel)
    assert isinstance(picture, Image.Image), (
        "filter_image returns a Pillow image.\n"
        f"Received: {type(picture).__name__}.\n"
        "Return what `image.filter(...)` gives."
    )
    assert picture.size == (7, 5) and picture.mode == "L", (
        "The picture is as wide and as high as the one given, (7, 5), and grey, of mode L.\n"
        f"Received: {picture.size}, of mode {picture.mode}.\n"
        "Return what `image.filter(...)` gives."
    )
    received = np.asarray(picture)[1:4, 2:5].tolist()
    assert received == [[165, 170, 165], [170, 180, 170], [165, 170, 165]], (
        "Blurred, a pixel of 240 among pixels of 160 becomes 180, and 170 and 165 around it.\n"
        f"Received: {received}.\n"
        "The weights sum to 16: pass `kernel.sum()` as the scale, and the weights row after row."
    )


def test_filter_image_takes_any_weights(student):
    """The scale is the sum of the weights, also where that is a fraction or below 0."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(np.full((3, 3), 160, dtype="uint8"))
    for weight in (0.0625, -1.0):
        kernel = np.full((3, 3), weight)
        picture = student.filter_image(image, kernel)
        is_right = isinstance(picture, Image.Image)
        received = np.asarray(picture).tolist() if is_right else type(picture).__name__
        assert received == [[160] * 3] * 3, (
            f"Nine weights of {weight} sum to {9 * weight}; divided by that, an even picture "
            "stays as it is, here 160.\n"
            f"Received: {received}.\n"
            "Pass `kernel.sum()` as the scale, as it is: not rounded, and with its sign."
        )


def test_filter_image_shows_edges(student):
    """A kernel whose weights sum to 0 has the scale 1; the offset is added."""
    import numpy as np
    from PIL import Image

    pixels = np.zeros((5, 6), dtype="uint8")
    pixels[:, 3:] = 20
    kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    for offset, expected in ((0, [0, 0, 60, 0]), (100, [100, 40, 160, 100])):
        picture = student.filter_image(Image.fromarray(pixels), kernel, offset)
        is_right = isinstance(picture, Image.Image) and picture.size == (6, 5)
        received = np.asarray(picture)[2, 1:5].tolist() if is_right else type(picture).__name__
        assert received == expected, (
            "In a row 0 0 0 20 20 20 the edge kernel gives 0, -60, 60, 0 inside. "
            f"With offset {offset} Pillow shows {expected}.\n"
            f"Received: {received}.\n"
            "The weights sum to 0, so the scale must be 1; `offset` comes after the scale."
        )


def test_output_size_counts_the_places(student):
    """The table of the text: padding counts twice, and a part of a step does not count."""
    import numpy as np

    for case, expected in (
        ((28, 3, 1, 0), 26),
        ((28, 3, 1, 1), 28),
        ((28, 2, 2, 0), 14),
        ((28, 5, 3, 0), 8),
        ((5, 3, 2, 1), 3),
        ((1, 1, 1, 0), 1),
    ):
        size, kernel, stride, padding = case
        received = student.output_size(*case)
        assert isinstance(received, (int, np.integer)) and not isinstance(received, bool), (
            "A number of places is a whole number, an int.\n"
            f"Received: {received!r}.\n"
            "Divide with //, which gives an int, and not with /."
        )
        assert received == expected, (
            f"{size} pixels, kernel {kernel}, stride {stride} and padding {padding} "
            f"give {expected}.\n"
            f"Received: {received}.\n"
            "Write (size + 2 * padding - kernel) // stride + 1, with // for rounding down."
        )


def test_output_size_is_never_below_zero(student):
    """A kernel larger than the padded image has no place at all."""
    import numpy as np

    received = student.output_size(2, 9, 2, 1)
    assert isinstance(received, (int, float, np.number)) and received == 0, (
        "A kernel of 9 does not fit on 2 pixels with padding 1: there are 0 places.\n"
        f"Received: {received}.\n"
        "Return 0 where size + 2 * padding is less than kernel."
    )


def test_convolve_sums_as_written(student):
    """The example of the text; the kernel is not turned."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    image = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    received = numbers(student.convolve(image, np.array([[1, 0], [0, -2]])))
    assert received.shape == (2, 2), (
        "A kernel of 2 by 2 has 2 by 2 places on an image of 3 by 3.\n"
        f"Received: an array of shape {received.shape}.\n"
        "Loop over output_size(...) rows and columns, and return the array of the sums."
    )
    assert not np.array_equal(received, [[3, 2], [0, -1]]), (
        "The kernel is laid on as it is written.\n"
        "Received: the sums of the kernel turned by 180 degrees.\n"
        "Multiply window[a, b] by kernel[a, b]; do not reverse the kernel."
    )
    assert np.array_equal(received, [[-9, -10], [-12, -13]]), (
        "The example of the text gives [[-9, -10], [-12, -13]].\n"
        f"Received: {received.tolist()}.\n"
        "Each result is (window * kernel).sum(): the sum, without a mean or an absolute value."
    )


def test_convolve_flat_image_and_kernel(student):
    """Neither the image nor the kernel need be square."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    image = np.arange(12.0).reshape(2, 6)
    received = numbers(student.convolve(image, np.array([[1.0, 0.0, 0.0]])))
    assert received.shape == (2, 4) and np.array_equal(received, image[:, :4]), (
        "A kernel 1 0 0 of one row picks columns 0 to 3 of an image of 2 rows and 6 columns.\n"
        f"Received: {received.tolist()}.\n"
        "Rows come from shape[0] of image and kernel, columns from shape[1]."
    )


def test_convolve_stride_and_padding(student):
    """Stride moves the window, padding lays zeros on all four sides."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    image = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])
    one = np.array([[1.0]])
    received = numbers(student.convolve(image, one, 2, 0)).tolist()
    assert received == [[1, 3], [9, 11]], (
        "With stride 2 a kernel of one pixel picks every second pixel: [[1, 3], [9, 11]].\n"
        f"Received: {received}.\n"
        "The window of result (i, j) starts at row i * stride and column j * stride."
    )
    received = numbers(student.convolve(image[:1, :2], one, 1, 1)).tolist()
    assert received == [[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]], (
        "Padding 1 lays one ring of zeros around the pixels 1 and 2: 3 rows of 4.\n"
        f"Received: {received}.\n"
        "Use np.pad(image, padding), and let output_size know the padding."
    )


def test_convolve_bytes(student):
    """Pixels of type uint8 give sums below 0, above 255, and with fractions."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    image = np.array([[250, 3, 200]], dtype="uint8")
    for kernel, expected in (
        (np.array([[1, -1]]), [[247, -197]]),
        (np.array([[2, 2]], dtype="uint8"), [[506, 406]]),
        (np.array([[0.5, 0.0]]), [[125, 1.5]]),
    ):
        answer = student.convolve(image, kernel)
        received = numbers(answer).tolist()
        assert received == expected, (
            f"On pixels 250, 3, 200 of type uint8 the kernel {kernel.tolist()} gives {expected}.\n"
            f"Received: {received}.\n"
            "Start with image.astype(float), and collect the sums in np.zeros((rows, columns))."
        )
        kind = str(getattr(answer, "dtype", "float"))
        assert "float" in kind, (
            "The sums are floats, also of whole numbers.\n"
            f"Received: an array of {kind}.\n"
            "Collect the sums in np.zeros((rows, columns)), which holds floats."
        )


def test_convolve_volume_sums_the_channels(student):
    """One filter gives one map: the sum over its channels, and its bias once."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    volume = np.zeros((4, 5, 3))
    volume[:, :, 0], volume[:, :, 1], volume[:, :, 2] = 1, 10, 100
    kernels = np.zeros((1, 1, 3, 2))
    kernels[0, 0, :, 0], kernels[0, 0, :, 1] = 1, [3, 2, 1]
    received = numbers(student.convolve_volume(volume, kernels, np.array([0.5, -7.0])))
    assert received.shape == (4, 5, 2), (
        "Two filters on a volume of (4, 5, 3) give maps of shape (4, 5, 2): filters last.\n"
        f"Received: shape {received.shape}.\n"
        "Make one map for each filter, and join them with np.stack(maps, axis=-1)."
    )
    assert np.allclose(received, [111.5, 116.0]), (
        "Channels of 1, 10 and 100 with weights 1, 1, 1 and bias 0.5 give 111.5; "
        "with weights 3, 2, 1 and bias -7 they give 116.\n"
        f"Received: {received[0, 0].tolist()}.\n"
        "Add up all channels, each times its own weight, and then the filter's bias, once."
    )


def test_convolve_volume_stride_and_padding(student):
    """Stride and padding hold for volumes too, and kernels are laid on as written."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    volume = np.arange(1.0, 13.0).reshape(3, 2, 2)
    kernels = np.zeros((2, 2, 2, 1))
    kernels[0, 1, :, 0] = 1
    received = numbers(student.convolve_volume(volume, kernels, np.zeros(1), 2, 1))
    assert received.shape == (2, 2, 1), (
        "A kernel of 2 by 2, stride 2, padding 1 on a volume of (3, 2, 2) gives (2, 2, 1).\n"
        f"Received: shape {received.shape}.\n"
        "Pass `stride` and `padding` on to each `convolve`."
    )
    assert received[:, :, 0].tolist() == [[0, 0], [11, 0]], (
        "A kernel whose only weights stand at the top right gives 0, 0 and 11, 0 here.\n"
        f"Received: {received[:, :, 0].tolist()}.\n"
        "Take kernels[:, :, c, f] as it is written, and pass `stride` and `padding` on."
    )


def test_relu_keeps_what_is_above_zero(student):
    """Values above 0 stay, all others become 0, in a new float array of the same shape."""
    import numpy as np

    for values, expected in (
        (np.array([[-2.5, 0.0, 0.25], [3.0, -0.5, 300.0]]), [[0, 0, 0.25], [3, 0, 300]]),
        (np.array([-3, 4]), [0, 4]),
    ):
        given = values.copy()
        answer = student.relu(given)
        assert np.array_equal(given, values), (
            "What a function is given stays as it is.\n"
            f"Received: {values.tolist()} changed in place, to {given.tolist()}.\n"
            "Give a new array back: np.maximum(values, 0) is one."
        )
        try:
            received = np.asarray(answer)
        except Exception:
            received = np.empty(0)
        is_alike = received.shape == values.shape and received.dtype.kind in "biuf"
        assert is_alike and np.allclose(received, expected), (
            f"relu of {values.tolist()} is {expected}.\n"
            f"Received: {answer!r}.\n"
            "Take the larger of each value and 0: np.maximum, which is not np.max."
        )
        assert received.dtype.kind == "f", (
            "The result is a float array, also where whole numbers are given.\n"
            f"Received: an array of {received.dtype}.\n"
            "Add `.astype(float)`."
        )


def test_pool_modes(student):
    """The largest, the smallest and the average value of each window."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    image = np.array([[3.0, 1, 0, 2], [8, 4, 5, 1]])
    for mode, expected in (("max", [[8, 5]]), ("min", [[1, 0]]), ("average", [[4, 2]])):
        received = numbers(student.pool(image, 2, 2, mode)).tolist()
        assert received == expected, (
            f'The {mode} of the windows 3 1 / 8 4 and 0 2 / 5 1 is {expected} (mode "{mode}").\n'
            f"Received: {received}.\n"
            "Use np.max, np.min or np.mean of each window, as `mode` says."
        )


def test_pool_windows(student):
    """Windows lie `stride` apart, and what is left over is dropped."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    image = np.arange(15.0).reshape(3, 5)
    for size, stride, expected in (
        (2, 2, [[6, 8]]),
        (2, 1, [[6, 7, 8, 9], [11, 12, 13, 14]]),
        (1, 2, [[0, 2, 4], [10, 12, 14]]),
    ):
        received = numbers(student.pool(image, size, stride, "max")).tolist()
        assert received == expected, (
            f"Windows of {size} by {size}, {stride} apart, on 0 to 14 in 3 rows of 5 have the "
            f"maxima {expected}.\n"
            f"Received: {received}.\n"
            "Start window (i, j) at (i * stride, j * stride), and leave out what does not fit."
        )


def test_pool_keeps_values(student):
    """A maximum can be below 0, and an average of bytes has fractions."""
    import numpy as np

    def numbers(answer):
        """Return an answer as an array of floats; what cannot be one, as an empty array."""
        try:
            return np.asarray(answer, dtype=float)
        except Exception:
            return np.empty(0)

    received = numbers(student.pool(np.array([[-7, -3], [-5, -4]]), 2, 2, "max")).tolist()
    assert received == [[-3]], (
        "The largest of -7, -3, -5, -4 is -3.\n"
        f"Received: {received}.\n"
        "Start from the window's own values, not from 0."
    )
    image = np.array([[1, 2], [2, 2]], dtype="uint8")
    received = numbers(student.pool(image, 2, 2, "average")).tolist()
    assert received == [[1.75]], (
        "The average of 1, 2, 2, 2 is 1.75, also where they are uint8.\n"
        f"Received: {received}.\n"
        "Collect the results in np.zeros((rows, columns)), which holds floats."
    )
    kind = str(getattr(student.pool(image, 2, 2, "max"), "dtype", "float"))
    assert "float" in kind, (
        "The results are floats, also the largest of whole numbers.\n"
        f"Received: an array of {kind}.\n"
        "Collect the results in np.zeros((rows, columns)), which holds floats."
    )


def test_receptive_fields_grow(student):
    """Each layer adds k - 1 jumps to the field; its stride makes the jumps of later layers longer."""
    import numpy as np

    for layers, expected in (
        ([(3, 1, 0), (3, 1, 0)], [3, 5]),
        ([(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)], [3, 4, 8, 10]),
        ([(5, 2, 2), (3, 3, 1), (2, 1, 0)], [5, 9, 15]),
    ):
        answer = student.receptive_sizes(layers)
        try:
            received = np.asarray(answer)
        except Exception:
            received = np.empty(0)
        kernels, strides, _ = np.array(layers).T
        jumps = np.cumprod(strides)
        hint = "Begin with a size of 1 and a jump of 1, and keep one size for each layer."
        for other, told in [
            (1 + np.cumsum(kernels - 1), "A step of a later layer is a jump of several pixels."),
            (1 + np.cumsum((kernels - 1) * jumps), "The size grows before the jump does."),
            (1 + np.cumsum(kernels * jumps // strides), "A window of k adds k - 1 jumps."),
        ]:
            hint = told if received.tolist() == other.tolist() else hint
        assert received.tolist() == expected, (
            f"After the layers {layers} the fields have {expected} pixels, one number a layer.\n"
            f"Received: {answer!r}.\n{hint}"
        )


def test_receptive_fields_have_a_place(student):
    """From the last layer back to the image, the first and the last place are followed."""
    import numpy as np

    window = "Of one layer the first place is place * stride, the last one kernel - 1 further."
    padding = "Take the padding off both places; do not cut them off at 0."
    back = "Begin with the last layer and go back to the first one: `reversed(stack)`."
    for layers, place, expected, hint in (
        ([(3, 2, 0)], 4, (8, 10), window),
        ([(3, 1, 1)], 0, (-1, 1), padding),
        ([(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)], 1, (4, 13), back),
        ([(5, 2, 2), (3, 3, 1), (2, 1, 0)], 1, (2, 16), back),
    ):
        answer = student.receptive_field(layers, place)
        try:
            received = np.asarray(answer)
        except Exception:
            received = np.empty(0)
        assert received.tolist() == list(expected), (
            f"Result {place} of the layers {layers} sees the pixels from {expected[0]} to "
            f"{expected[1]}.\n"
            f"Received: {answer!r}.\n{hint}"
        )


def test_plot_filters_draws_and_names(student):
    """The picture shows the photograph and each filtered version under its name."""
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.figure import Figure
    from PIL import Image

    pixels = np.random.default_rng(6).integers(60, 200, (9, 12)).astype("uint8")
    kernels = {
        "same": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "soft": np.ones((3, 3), dtype=int),
    }
    plt.close("all")
    drawn = student.plot_filters(Image.fromarray(pixels), kernels)
    figure = getattr(drawn, "figure", None)
    figure = figure if isinstance(figure, Figure) else plt.gcf()
    try:
        assert figure.axes, (
            "plot_filters returns the Figure that it drew on.\n"
            f"Received: {type(drawn).__name__}, and no picture.\n"
            "Start with `figure, axes = plt.subplots(1, 1 + len(kernels))`, and return `figure`."
        )
        axes = [ax for ax in figure.axes if ax.images]
        assert len(axes) == 3, (
            "A photograph and two kernels give three Axes with an image in each.\n"
            f"Received: {len(axes)}.\n"
            "Show the photograph and, for each entry of `kernels`, the filtered one."
        )
        for ax, name in zip(axes, ["original", *kernels], strict=True):
            assert name in ax.get_title().lower(), (
                f'The titles are "original", then the names of the kernels, here "{name}".\n'
                f"Received: {ax.get_title()!r}.\n"
                "Call `ax.set_title(name)` for each of the Axes."
            )
        images = [ax.images[0] for ax in axes]
        shown = [image.to_rgba(image.get_array(), bytes=True)[:, :, :3] for image in images]
        for place, name in ((0, "photograph"), (1, 'photograph under the kernel "same"')):
            grey = shown[place].astype(int)
            assert grey.shape[:2] == pixels.shape, (
                f"Place {place} shows the {name}, pixel for pixel: {pixels.shape}.\n"
                f"Received: another image, of shape {grey.shape[:2]}.\n"
                "Call `ax.imshow(picture, cmap='gray', vmin=0, vmax=255)` in the given order."
            )
            assert np.ptp(grey, axis=2).max() <= 2, (
                f"Place {place} shows the {name} in greys.\n"
                f"Received: the colour map {images[place].get_cmap().name!r}.\n"
                "Call `ax.imshow(picture, cmap='gray', vmin=0, vmax=255)`."
            )
            assert np.allclose(grey[:, :, 0], pixels, atol=2), (
                f"Place {place} shows the {name}, grey value for grey value: "
                f"{pixels[0, :3].tolist()} at its top left.\n"
                f"Received: {grey[0, :3, 0].tolist()}.\n"
                "Call `ax.imshow(picture, cmap='gray', vmin=0, vmax=255)` in the given order."
            )
        assert shown[2].shape == shown[1].shape and not np.allclose(shown[2], shown[1]), (
            "Each place shows what its own kernel makes of the photograph.\n"
            "Received: the same image twice, or images of two shapes.\n"
            "Call `filter_image(image, kernel)` inside the loop over `kernels.items()`."
        )
    finally:
        plt.close("all")


CHECKS = {
    "filter_image": (test_filter_image_divides_by_the_sum, test_filter_image_takes_any_weights, test_filter_image_shows_edges,),
    "output_size": (test_output_size_counts_the_places, test_output_size_is_never_below_zero,),
    "convolve": (test_convolve_sums_as_written, test_convolve_flat_image_and_kernel, test_convolve_stride_and_padding, test_convolve_bytes,),
    "convolve_volume": (test_convolve_volume_sums_the_channels, test_convolve_volume_stride_and_padding,),
    "relu": (test_relu_keeps_what_is_above_zero,),
    "pool": (test_pool_modes, test_pool_windows, test_pool_keeps_values,),
    "receptive_field": (test_receptive_fields_grow, test_receptive_fields_have_a_place,),
    "plot_filters": (test_plot_filters_draws_and_names,),
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
