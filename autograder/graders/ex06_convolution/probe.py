"""What ex06_convolution asks of a submission: filters, windows, volumes, layers, one by one.

A mistake costs once, so each case shows one thing alone. Kernels look the same from all sides, but
where their layout is asked for; images are square, but where rows and columns are; numbers are
small, whole and not below 0, but where their type is. Where an answer does not come out right, it
is asked again with the course's own functions lent for those of earlier tasks (".lent" is added to
the key), and what it should rest on is asked for (".base"): the same without stride, padding or
bias. What is lent was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

_EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
_BLUR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
_SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
_CROSS = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
_RING = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
# It looks different from each side, and sums to 1: no scale changes it.
_UNEVEN = np.array([[0, -1, 0], [2, 1, -2], [1, 0, 0]])


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw parts of a photograph, random images and kernels, strides and paddings."""
    del data
    colour = _photograph(rng)
    grey = colour.mean(axis=2).astype("uint8")
    side = int(rng.integers(17, 21))
    # Between dark and bright, so that a picture stretched to full contrast is another one.
    photo = (50 + grey.astype(float) * 0.55).astype("uint8")
    return {
        "filters": _filters(rng, grey),
        "sizes": _sizes(rng),
        "convolve": {
            "written": [(_small(rng, 7, 11), _uneven(rng), 1, 0)],
            "shapes": _shapes(rng),
            "stride": _strides(rng),
            "padding": _paddings(rng),
            "types": _types(rng, grey[:side, :side]),
        },
        "volumes": _volumes(rng, colour[:side, :side]),
        "pool": _pools(rng),
        "shown": {
            "photo": photo,
            "kernels": {"edge": _EDGE, "blur": _BLUR, "sharpen": _SHARPEN, "ring": _RING},
        },
        "relu": _bent(rng),
        "stacks": _stacks(rng),
    }


def _bent(rng: np.random.Generator) -> list[np.ndarray]:
    """Draw arrays of one to four axes and several types, with values on both sides of 0."""
    return [
        rng.normal(0, 3, (4, 5, 3)),
        rng.normal(0, 900, 9),
        rng.uniform(-1e-3, 1e-3, (2, 3)),
        rng.integers(-99, 100, (6, 7)),
        rng.integers(100, 256, (3, 3)).astype("uint8"),
        rng.normal(0, 1, (2, 3, 4, 2)).astype("float32"),
        rng.uniform(1, 9, (3, 4)),  # nothing is to be done
        np.array([[0.0, -0.5, 0.5], [-7.0, -3.0, -5.0]]),
    ]


def _stacks(rng: np.random.Generator) -> list[tuple[list[tuple[int, int, int]], int]]:
    """Draw (layers, place): kernels, strides and paddings of one to six layers."""
    fixed = [(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)]
    stacks = [([(5, 1, 0)], 0), ([(5, 3, 2)], 4), ([(3, 1, 1), (3, 1, 1)], 0), (fixed, 2)]
    for count in (2, 3, 4, 6):
        kernels, strides, paddings = (
            rng.integers(low, high, count).tolist() for low, high in ((1, 8), (1, 4), (0, 4))
        )
        # A stride of the first layer is felt in the next, and one of the last in no size.
        strides[0], kernels[1] = 2, kernels[1] + 1
        stacks.append((list(zip(kernels, strides, paddings, strict=True)), int(rng.integers(0, 9))))
    return stacks


def _photograph(rng: np.random.Generator) -> np.ndarray:
    """Return a part of one of scikit-learn's photographs, RGB, not square.

    It is read as `sklearn.datasets.load_sample_image` does, which takes a second to import.
    """
    from PIL import Image

    spec = find_spec("sklearn")
    assert spec is not None
    assert spec.origin is not None
    images = Path(spec.origin).parent / "datasets" / "images"
    with Image.open(images / str(rng.choice(["china.jpg", "flower.jpg"]))) as picture:
        whole = np.asarray(picture)
    height, width = int(rng.integers(41, 50)), int(rng.integers(61, 70))
    top, left = int(rng.integers(100, 250)), int(rng.integers(150, 400))
    return np.array(whole[top : top + height, left : left + width])


def _even(kernel: np.ndarray) -> np.ndarray:
    """Return a square kernel that looks the same from all sides."""
    both = kernel + kernel.swapaxes(0, 1)
    even = np.sum([np.rot90(both, turn) for turn in range(4)], axis=0)
    return np.asarray(even / np.abs(even).max())


def _small(rng: np.random.Generator, *shape: int, high: int = 4) -> np.ndarray:
    """Return whole numbers from 1 to `high`, as floats: no type is too small for their sums."""
    return rng.integers(1, high + 1, shape).astype(float)


def _uneven(rng: np.random.Generator) -> np.ndarray:
    """Return a kernel of small whole numbers that looks different from each side."""
    while True:
        kernel = rng.permutation([3, 2, 2, 1, 1, 1, 0, 0, 0]).reshape(3, 3).astype(float)
        others = (kernel.T, kernel[::-1], kernel[:, ::-1], kernel[::-1, ::-1])
        if not any(np.array_equal(kernel, other) for other in others):
            return kernel


def _alike(rng: np.random.Generator, height: int, width: int, high: int = 2) -> np.ndarray:
    """Return a kernel of small whole numbers that looks the same from all sides.

    One that is not square looks the same from all four corners.
    """
    rows, columns = (np.minimum(np.arange(n), n - 1 - np.arange(n)) for n in (height, width))
    corner = _small(rng, rows.max() + 1, columns.max() + 1, high=high)
    if height == width:
        corner = np.maximum(corner, corner.T)
    return np.asarray(corner[np.ix_(rows, columns)])


def _filters(rng: np.random.Generator, grey: np.ndarray) -> dict[str, list[tuple[Any, ...]]]:
    """Draw cases of (pixels, kernel, offset)."""
    noise = rng.integers(0, 256, (9, 14)).astype("uint8")
    blurs = [(grey, _BLUR, 0), (noise, np.ones((3, 3), int), 0), (noise, _RING, 0)]
    single = rng.integers(1, 255, (1, 1)).astype("uint8")
    # Sums of -16, below 1, and not whole; eighths are exact.
    fractions = [(noise, -_BLUR, 0), (noise, _BLUR / 32, 0), (noise, np.full((3, 3), 0.375), 0)]
    fractions.append((noise, _BLUR / 1024, 0))
    return {
        "scaled": [*blurs, (grey, _SHARPEN, 0), (single, _BLUR, 0), *fractions],
        "edges": [(grey, _EDGE, 0), (noise, _CROSS, 0), (noise, _CROSS / 8, 0)],
        "offset": [
            (grey, _UNEVEN, int(rng.integers(20, 60))),
            (noise, _UNEVEN, -30),
            (grey // 3, _UNEVEN, float(rng.integers(20, 60)) + 0.75),
        ],
    }


def _sizes(rng: np.random.Generator) -> dict[str, list[tuple[int, int, int, int]]]:
    """Draw cases of (size, kernel, stride, padding)."""
    plain = [
        (28, 3, 1, 0),
        (28, 3, 1, 1),
        (1, 1, 1, 0),
        (1, 3, 1, 1),
        (6, 6, 1, 0),
        (5, 2, 1, 4),
        (5, 1, 1, 2),
    ]
    for _ in range(4):
        kernel = int(rng.integers(2, 8))
        plain.append((kernel + int(rng.integers(0, 60)), kernel, 1, int(rng.integers(0, 5))))
    strided = [(28, 2, 2, 0), (28, 5, 3, 0), (7, 7, 5, 0), (7, 3, 3, 2), (9, 3, 4, 1), (8, 2, 5, 3)]
    for place in range(8):
        kernel, stride = int(rng.integers(1, 8)), int(rng.integers(2, 6))
        steps, rest = int(rng.integers(0, 20)), int(rng.integers(1, stride))
        padding = int(rng.integers(1, 4)) if place % 2 else 0
        strided.append((kernel + steps * stride + rest, kernel, stride, padding))
    return {
        "plain": plain,
        "strided": strided,
        "none": [(2, 3, 1, 0), (2, 5, 1, 1), (1, 8, 2, 0), (3, 12, 4, 2), (4, 6, 3, 0)],
    }


Case = tuple[np.ndarray, np.ndarray, int, int]


def _shapes(rng: np.random.Generator) -> list[Case]:
    """Draw kernels that are even, flat, upright, of one pixel, or as large as the image."""
    sides = [((2, 2), 1, 0), ((2, 5), 1, 0), ((4, 1), 1, 0), ((1, 1), 1, 0)]
    sides += [((2, 3), 3, 2), ((4, 3), 2, 5)]
    cases = [
        (_small(rng, 8, 8), _alike(rng, height, width), stride, padding)
        for (height, width), stride, padding in sides
    ]
    return [*cases, (_small(rng, 8, 8, high=1), _alike(rng, 8, 8, high=1), 1, 0)]


def _strides(rng: np.random.Generator) -> list[Case]:
    sizes = [(10, 3, 2, 0), (9, 3, 3, 0), (13, 2, 5, 0), (11, 3, 2, 0), (8, 3, 3, 2)]
    return [
        (_small(rng, size, size), _alike(rng, side, side, 3), stride, padding)
        for size, side, stride, padding in sizes
    ]


def _paddings(rng: np.random.Generator) -> list[Case]:
    sizes = [(5, 3, 1, 3), (1, 3, 1, 3), (4, 2, 3, 3), (7, 5, 2, 1)]
    return [
        (_small(rng, size, size), _alike(rng, side, side, high), 1, padding)
        for size, side, padding, high in sizes
    ]


def _types(rng: np.random.Generator, photo: np.ndarray) -> list[Case]:
    bright = rng.choice([0, 1, 127, 128, 254, 255], (7, 7)).astype("uint8")
    whole = rng.integers(-9, 10, (7, 7))
    return [
        (photo, _EDGE, 1, 0),
        (bright, np.full((3, 3), 3, "uint8"), 1, 0),
        (bright, _BLUR / 16, 1, 0),
        (whole, _EDGE / 7, 1, 0),
        (rng.normal(0, 30_000, (7, 7)), _even(rng.normal(0, 2, (3, 3))), 1, 0),
        (rng.normal(0, 3, (7, 7)), _even(rng.normal(0, 2, (3, 3))), 1, 0),
        (whole.astype(float), np.array([[1]]), 1, 1),
    ]


def _volumes(rng: np.random.Generator, photo: np.ndarray) -> dict[str, list[tuple[Any, ...]]]:
    """Draw cases of (volume, kernels, bias, stride, padding)."""

    def case(
        volume: tuple[int, int, int],
        filters: int,
        sides: tuple[int, int] = (3, 3),
        bias: bool = False,
        stride: int = 1,
        padding: int = 0,
    ) -> tuple[Any, ...]:
        channels = volume[2]
        # No two channels and no two filters have the same weights: corners, sides, middle.
        triples = np.array([one for one in np.ndindex(3, 3, 3) if any(one)], float)
        drawn = rng.choice(len(triples), channels * filters, replace=False)
        weights = triples[drawn].reshape(channels, filters, 3)
        places = np.array([[0, 1, 0], [1, 2, 1], [0, 1, 0]])[: sides[0], : sides[1]]
        kernels = np.moveaxis(weights[:, :, places], (2, 3), (0, 1))
        numbers = rng.permutation(np.arange(2.0, 10.0))[:filters] * bias
        return _small(rng, *volume, high=2), kernels, numbers, stride, padding

    def single(volume: np.ndarray, kernel: np.ndarray, bias: float = 0.0) -> tuple[Any, ...]:
        return volume[:, :, None], kernel[:, :, None, None], np.array([bias]), 1, 0

    noise = rng.normal(0, 30_000, (7, 7))
    exact = rng.integers(-9, 10, (6, 6, 2))
    return {
        "layout": [case((6, 9, 3), 4, (2, 3)), case((5, 4, 2), 1), case((8, 5, 1), 2)],
        "channels": [case((6, 6, 3), 2), case((7, 7, 5), 1)],
        "bias": [case((6, 6, 3), 2, bias=True), case((5, 5, 2), 6, bias=True)],
        "moves": [
            case((9, 9, 2), 3, stride=2),
            case((10, 10, 2), 2, stride=3, padding=1),
            case((6, 6, 2), 3, padding=1),
            case((1, 1, 2), 3, padding=1),
            case((4, 4, 2), 2, padding=2),
        ],
        "written": [single(_small(rng, 6, 6), _uneven(rng))],
        "values": [
            single(photo[:, :, 0], _EDGE),
            single(photo[:, :, 1], np.full((3, 3), 3, "uint8")),
            single(noise, _even(rng.normal(0, 2, (3, 3)))),
            single(noise / 9000, _even(rng.normal(0, 2, (3, 3)))),
            single(photo[:8, :8, 2], _even(rng.normal(0, 2, (3, 3))), 0.75),
            (exact, _even(rng.normal(0, 2, (3, 3, 2, 2))), np.zeros(2), 1, 0),
        ],
    }


def _pools(rng: np.random.Generator) -> dict[str, list[tuple[np.ndarray, int, int, str]]]:
    """Draw cases of (image, size, stride, mode)."""

    def whole(height: int, width: int, step: int = 1) -> np.ndarray:
        """Return whole numbers from 1 to 120 that are multiples of `step`."""
        return rng.integers(1, 120 // step + 1, (height, width)).astype(float) * step

    odd = rng.integers(0, 128, (2, 2)) * 2 + np.array([[1, 0], [0, 0]])
    return {
        "max": [(whole(6, 10), 2, 2, "max"), (whole(9, 12), 3, 3, "max")],
        # One window alone: no stride and no remainder is to be minded.
        "min": [(whole(2, 2), 2, 2, "min") for _ in range(4)],
        # Of multiples of 4 the average is whole.
        "average": [(whole(2, 2, 4), 2, 2, "average") for _ in range(4)],
        "stride": [
            (whole(9, 9), 3, 2, "max"),
            (whole(8, 8), 2, 3, "max"),
            (whole(8, 8), 2, 2, "max"),
            (whole(9, 9), 3, 3, "max"),
        ],
        "rest": [
            (whole(7, 7), 3, 3, "max"),
            (whole(5, 5), 2, 2, "max"),
            (whole(8, 8), 3, 2, "max"),
            (whole(1, 1), 1, 2, "max"),
        ],
        "values": [
            (-rng.uniform(1, 99, (2, 2)).round(2), 2, 2, "max"),
            (rng.integers(-99, -1, (2, 2)), 2, 2, "max"),
            (odd.astype("uint8"), 2, 2, "average"),
            (rng.normal(0, 90_000, (2, 2)), 2, 2, "min"),
            (rng.integers(100, 256, (2, 2)).astype("uint8"), 2, 2, "max"),
            # The average has more digits than two.
            (np.array([[0.1, 0.2], [0.3, 0.7]]), 2, 2, "average"),
        ],
    }


# What is lent takes any further arguments, for a student's own function may take some.


def _output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, *_args: Any, **_settings: Any
) -> int:
    return int(max(0, (size + 2 * padding - kernel) // stride + 1))


def _convolve(
    image: Any, kernel: Any, stride: int = 1, padding: int = 0, *_args: Any, **_settings: Any
) -> np.ndarray:
    padded = np.pad(np.asarray(image, float), padding)
    views = np.lib.stride_tricks.sliding_window_view(padded, np.shape(kernel))
    return np.asarray(np.einsum("ijab,ab->ij", views[::stride, ::stride], kernel))


def _convolve_volume(
    volume: np.ndarray, kernels: np.ndarray, bias: np.ndarray, stride: int, padding: int
) -> np.ndarray:
    padded = np.pad(volume.astype(float), ((padding, padding), (padding, padding), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, kernels.shape[:2], axis=(0, 1))
    maps = np.einsum("ijcab,abcf->ijf", views[::stride, ::stride], kernels)
    return np.asarray(maps + bias)


def _pool(image: np.ndarray, size: int, stride: int, mode: str) -> np.ndarray:
    views = np.lib.stride_tricks.sliding_window_view(image, (size, size))[::stride, ::stride]
    how: dict[str, Callable[..., Any]] = {"max": np.max, "min": np.min, "average": np.mean}
    return np.asarray(how[mode](views, axis=(2, 3)))


def _filter_image(image: Any, kernel: Any, offset: float = 0, *_args: Any, **_kw: Any) -> Any:
    from PIL import ImageFilter

    weights = np.ravel(kernel).tolist()
    return image.filter(ImageFilter.Kernel((3, 3), weights, sum(weights) or 1, offset))


def _near(received: Any, expected: np.ndarray) -> bool:
    try:
        return np.shape(received) == expected.shape and np.allclose(received, expected)
    except Exception:  # noqa: BLE001 - a value of any other kind is not near
        return False


def _asked(case: tuple[Any, ...], place: int, defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments to call with: in every second case what is a default is left out."""
    first = len(case) - len(defaults)
    needed = [n + 1 for n, one in enumerate(defaults) if case[first + n] != one]
    return case if place % 2 else case[: first + max(needed, default=0)]


def _ask(
    student: Student,
    name: str,
    cases: Iterable[tuple[Any, ...]],
    key: str,
    defaults: tuple[Any, ...],
    expected: Callable[..., np.ndarray],
    lent: Mapping[str, Callable[..., Any]],
    base: Callable[..., tuple[Any, ...]] | None = None,
) -> None:
    """Ask each case; where the answer is not as expected, again, with functions lent.

    `base` gives the arguments of the simpler call on which such an answer should rest.
    """
    for place, case in enumerate(cases):
        asked = _asked(case, place, defaults)
        value = student.attempt(name, *asked, key=f"{key}.{place}")
        if not _near(value, expected(*case)):
            with student.lent(**lent):
                student.attempt(name, *asked, key=f"{key}.{place}.lent")
                if base:
                    student.attempt(name, *base(*case), key=f"{key}.{place}.base")


def _laid_out(image: np.ndarray, kernel: np.ndarray, stride: int, padding: int) -> Any:
    """Return a convolution with its padding in the image, without a stride."""
    del stride
    return np.pad(image, padding), kernel, 1, 0


def _laid_out_volume(volume: Any, kernels: Any, bias: Any, stride: int, padding: int) -> Any:
    del stride
    frame = ((padding, padding), (padding, padding), (0, 0))
    return np.pad(volume, frame), kernels, bias, 1, 0


def _without_bias(volume: Any, kernels: Any, bias: Any, stride: int, padding: int) -> Any:
    return volume, kernels, 0 * bias, stride, padding


def _at_every_place(image: np.ndarray, size: int, stride: int, mode: str) -> Any:
    del stride
    return image, size, 1, mode


def ask_filter_image(student: Student, inputs: Inputs) -> None:
    """Ask for photographs, noise and a single pixel, filtered."""
    from PIL import Image

    for kind, cases in inputs["filters"].items():
        for place, (pixels, kernel, offset) in enumerate(cases):
            args = (Image.fromarray(pixels), kernel, *([offset] if offset else []))
            student.attempt("filter_image", *args, key=f"filter_image.{kind}.{place}")


def ask_output_size(student: Student, inputs: Inputs) -> None:
    """Ask for many sizes."""
    for kind, cases in inputs["sizes"].items():
        for place, case in enumerate(cases):
            key = f"output_size.{kind}.{place}"
            student.attempt("output_size", *case, key=key)
            if kind == "strided":
                size, kernel, _, padding = case
                student.attempt("output_size", size, kernel, 1, padding, key=f"{key}.base")


def ask_convolve(student: Student, inputs: Inputs) -> None:
    """Ask for one channel: kernels of every shape, strides, paddings, types."""
    lent = {"output_size": _output_size}
    for kind, cases in inputs["convolve"].items():
        base = _laid_out if kind in ("stride", "padding") else None
        _ask(student, "convolve", cases, f"convolve.{kind}", (1, 0), _convolve, lent, base)


def ask_convolve_volume(student: Student, inputs: Inputs) -> None:
    """Ask for volumes of one to five channels, with one to six filters."""
    lent = {"output_size": _output_size, "convolve": _convolve}
    bases = {"moves": _laid_out_volume, "bias": _without_bias}
    for kind, cases in inputs["volumes"].items():
        key, base = f"convolve_volume.{kind}", bases.get(kind)
        _ask(student, "convolve_volume", cases, key, (1, 0), _convolve_volume, lent, base)


def ask_pool(student: Student, inputs: Inputs) -> None:
    """Ask for the three modes, overlapping windows, remainders, values of every kind."""
    lent = {"output_size": _output_size}
    for kind, cases in inputs["pool"].items():
        base = _at_every_place if kind in ("stride", "rest") else None
        _ask(student, "pool", cases, f"pool.{kind}", (2, 2, "max"), _pool, lent, base)


class _Watched(np.ndarray):
    """An array that remembers the copy of it that a call is given."""

    handed: np.ndarray | None = None

    def copy(self, order: Any = "C") -> Any:
        """Return a plain copy, and remember it."""
        self.handed = np.array(self, order=order)
        return self.handed


def ask_relu(student: Student, inputs: Inputs) -> None:
    """Ask for arrays of several shapes and types."""
    for place, values in enumerate(inputs["relu"]):
        watched = values.view(_Watched)
        answer = student.attempt("relu", watched, key=f"relu.{place}")
        if isinstance(answer, np.ndarray) and watched.handed is not None:
            student.keep(f"relu.{place}.shared", bool(np.shares_memory(watched.handed, answer)))


def ask_receptive_field(student: Student, inputs: Inputs) -> None:
    """Ask for the sizes through each stack of layers, and for what one result sees."""
    for place, (layers, result) in enumerate(inputs["stacks"]):
        student.attempt("receptive_sizes", layers, key=f"receptive_field.sizes.{place}")
        student.attempt("receptive_field", layers, result, key=f"receptive_field.place.{place}")


def ask_plot_filters(student: Student, inputs: Inputs) -> None:
    """Ask for a picture of the photograph and four filtered ones, also with a filter lent."""
    from PIL import Image

    photo, kernels = Image.fromarray(inputs["shown"]["photo"]), inputs["shown"]["kernels"]
    student.attempt("plot_filters", photo, kernels, key="plot_filters", _figure=True)
    with student.lent(filter_image=_filter_image):
        student.attempt("plot_filters", photo, kernels, key="plot_filters.lent", _figure=True)
