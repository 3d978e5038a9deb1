"""Visible checks: run `pytest ex06_convolution` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("filter_image")
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


@pytest.mark.task("filter_image")
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


@pytest.mark.task("filter_image")
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


@pytest.mark.task("output_size")
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


@pytest.mark.task("output_size")
def test_output_size_is_never_below_zero(student):
    """A kernel larger than the padded image has no place at all."""
    import numpy as np

    received = student.output_size(2, 9, 2, 1)
    assert isinstance(received, (int, float, np.number)) and received == 0, (
        "A kernel of 9 does not fit on 2 pixels with padding 1: there are 0 places.\n"
        f"Received: {received}.\n"
        "Return 0 where size + 2 * padding is less than kernel."
    )


@pytest.mark.task("convolve")
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


@pytest.mark.task("convolve")
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


@pytest.mark.task("convolve")
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


@pytest.mark.task("convolve")
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


@pytest.mark.task("convolve_volume")
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


@pytest.mark.task("convolve_volume")
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


@pytest.mark.task("relu")
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


@pytest.mark.task("pool")
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


@pytest.mark.task("pool")
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


@pytest.mark.task("pool")
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


@pytest.mark.task("receptive_field")
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


@pytest.mark.task("receptive_field")
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


@pytest.mark.task("plot_filters")
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


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
