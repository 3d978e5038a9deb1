"""What ex06_convolution asks of a submission: filters, windows, volumes and pooling, one by one.

Most cases have kernels that look the same from all sides, so that a kernel laid on the wrong way
round costs where it is asked for and nowhere else. Where an answer does not come out right, it is
asked again with the course's own functions lent for those of earlier tasks, under the key with
".lent" added: so a mistake costs once. What is lent was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

_EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
_BLUR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
_SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
_CROSS = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
_RING = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
_UPRIGHT = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
# The same upside down, for there Pillow has its own way, but not left for right.
_LEANING = np.array([[-1, 2, 1], [-2, 4, 2], [-1, 2, 1]])


def draw(rng: np.random.Generator, data: Mapping[str, Any]) -> dict[str, Any]:
    """Draw parts of a photograph, random images and kernels, strides and paddings."""
    del data
    colour = _photograph(rng)
    grey = colour.mean(axis=2).astype("uint8")
    height, width = int(rng.integers(17, 21)), int(rng.integers(23, 28))
    small = grey[:height, :width]
    return {
        "filters": _filters(rng, grey),
        "sizes": _sizes(rng),
        "convolve": {
            "written": _written(rng, small),
            "shapes": _shapes(rng),
            "stride": _strides(rng),
            "padding": _paddings(rng),
            "types": _types(rng, small[:, :height]),
        },
        "volumes": _volumes(rng, colour),
        "pool": _pools(rng),
        "shown": {
            "photo": grey,
            "kernels": {"edge": _EDGE, "blur": _BLUR, "sharpen": _SHARPEN, "ring": _RING},
        },
    }


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
    """Return a square kernel that looks the same from all sides, its largest weight 1."""
    both = kernel + kernel.swapaxes(0, 1)
    even = np.sum([np.rot90(both, turn) for turn in range(4)], axis=0)
    return np.asarray(even / np.abs(even).max())


def _turnable(kernel: np.ndarray) -> np.ndarray:
    """Return a kernel of any shape that looks the same from all four corners."""
    return np.asarray(kernel + kernel[::-1] + kernel[:, ::-1] + kernel[::-1, ::-1])


def _filters(rng: np.random.Generator, grey: np.ndarray) -> dict[str, list[tuple[Any, ...]]]:
    """Draw cases of (pixels, kernel, offset)."""
    noise = rng.integers(0, 256, (9, 14)).astype("uint8")
    blurs = [(grey, _BLUR, 0), (noise, np.ones((3, 3), int), 0), (noise, _RING, 0)]
    single = rng.integers(1, 255, (1, 1)).astype("uint8")
    return {
        "scaled": [*blurs, (grey, _SHARPEN, 0), (single, _BLUR, 0)],
        "edges": [(grey, _EDGE, 0), (noise, _CROSS, 0)],
        "offset": [(grey, _LEANING, int(rng.integers(20, 60))), (noise, _LEANING, -30)],
    }


def _sizes(rng: np.random.Generator) -> dict[str, list[tuple[int, int, int, int]]]:
    """Draw cases of (size, kernel, stride, padding)."""
    plain = [(28, 3, 1, 0), (28, 3, 1, 1), (1, 1, 1, 0), (1, 3, 1, 1), (6, 6, 1, 0), (5, 2, 1, 4)]
    for _ in range(4):
        kernel = int(rng.integers(2, 8))
        plain.append((kernel + int(rng.integers(0, 60)), kernel, 1, int(rng.integers(0, 5))))
    strided = [(28, 2, 2, 0), (28, 5, 3, 0), (7, 7, 5, 0), (7, 3, 3, 2)]
    for _ in range(8):
        kernel, stride = int(rng.integers(1, 8)), int(rng.integers(2, 6))
        steps, rest = int(rng.integers(0, 20)), int(rng.integers(1, stride))
        strided.append((kernel + steps * stride + rest, kernel, stride, 0))
    return {
        "plain": plain,
        "strided": strided,
        "none": [(2, 3, 1, 0), (2, 5, 1, 1), (1, 8, 2, 0), (3, 12, 4, 2)],
    }


Case = tuple[np.ndarray, np.ndarray, int, int]


def _written(rng: np.random.Generator, photo: np.ndarray) -> list[Case]:
    """Draw kernels that look different from each side: (image, kernel, stride, padding).

    These and `_shapes` alone have images that are not square: where rows and columns are mixed up,
    nothing else is lost.
    """
    return [
        (rng.normal(0, 3, (7, 11)), rng.uniform(1, 9, (3, 3)).round(1), 1, 0),
        (photo.astype(float), _UPRIGHT, 1, 0),
    ]


def _shapes(rng: np.random.Generator) -> list[Case]:
    cases = [((2, 2), 1, 0), ((2, 5), 1, 0), ((4, 1), 1, 0), ((1, 1), 1, 0), ((7, 10), 1, 0)]
    cases += [((2, 3), 3, 2), ((4, 3), 2, 5)]
    return [
        (rng.normal(0, 3, (7, 10)), _turnable(rng.normal(0, 2, sides)), stride, padding)
        for sides, stride, padding in cases
    ]


def _strides(rng: np.random.Generator) -> list[Case]:
    def case(size: int, side: int, stride: int, padding: int = 0) -> Case:
        kernel = _even(rng.uniform(1, 5, (side, side)))
        return rng.uniform(1, 9, (size, size)), kernel, stride, padding

    return [case(10, 3, 2), case(9, 3, 3), case(13, 2, 5), case(11, 3, 2), case(8, 3, 3, 2)]


def _paddings(rng: np.random.Generator) -> list[Case]:
    def case(size: int, side: int, padding: int) -> Case:
        kernel = _even(rng.uniform(1, 5, (side, side)))
        return rng.uniform(1, 9, (size, size)), kernel, 1, padding

    return [case(5, 3, 1), case(1, 3, 1), case(4, 2, 3), case(7, 5, 2)]


def _types(rng: np.random.Generator, photo: np.ndarray) -> list[Case]:
    bright = rng.choice([0, 1, 127, 128, 254, 255], (7, 7)).astype("uint8")
    whole = rng.integers(-9, 10, (7, 7))
    return [
        (photo, _EDGE, 1, 0),
        (bright, np.full((3, 3), 3, "uint8"), 1, 0),
        (bright, _BLUR / 16, 1, 0),
        (whole, _EDGE / 7, 1, 0),
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
        kernels = rng.uniform(1, 5, (*sides, volume[2], filters))
        kernels *= rng.choice([-1, 1], (volume[2], filters))
        kernels = _even(kernels) if sides[0] == sides[1] else _turnable(kernels)
        numbers = rng.uniform(2, 9, filters) * (1 if bias else 0)
        return rng.uniform(1, 9, volume), kernels, numbers, stride, padding

    uneven = rng.uniform(-5, 5, (3, 3, 3, 2)), rng.uniform(-2, 2, 2)
    part = photo[:12, :17]
    return {
        "layout": [case((6, 9, 3), 4, (2, 3)), case((5, 4, 2), 1), case((8, 5, 1), 2)],
        "channels": [
            case((5, 8, 3), 2),
            case((7, 6, 5), 1),
            (part, _even(rng.uniform(1, 5, (3, 3, 3, 2))), np.zeros(2), 1, 0),
        ],
        "bias": [case((5, 8, 3), 2, bias=True), case((4, 7, 2), 6, bias=True)],
        "moves": [
            case((9, 14, 2), 3, stride=2),
            case((5, 8, 3), 2, padding=1),
            case((1, 1, 2), 3, padding=1),
        ],
        "written": [(rng.normal(0, 3, (6, 9, 3)), *uneven, 1, 0)],
    }


def _pools(rng: np.random.Generator) -> dict[str, list[tuple[np.ndarray, int, int, str]]]:
    """Draw cases of (image, size, stride, mode)."""

    def positive(height: int, width: int) -> np.ndarray:
        return rng.uniform(1, 99, (height, width)).round(2)

    modes = {
        mode: [(positive(6, 10), 2, 2, mode), (positive(9, 12), 3, 3, mode)]
        for mode in ("max", "min", "average")
    }
    below = -positive(6, 8)
    dark = rng.integers(-99, -1, (4, 6))
    odd = rng.integers(0, 128, (6, 4)) * 2 + np.tile([[1, 0], [0, 0]], (3, 2))
    return {
        **modes,
        "stride": [(positive(9, 11), 3, 2, "max"), (positive(8, 11), 2, 3, "max")],
        "rest": [
            (positive(7, 11), 3, 3, "max"),
            (positive(5, 4), 2, 2, "max"),
            (positive(3, 8), 3, 2, "max"),
            (positive(1, 1), 1, 2, "max"),
        ],
        "values": [
            (below, 2, 2, "max"),
            (dark, 2, 2, "max"),
            (odd.astype("uint8"), 2, 2, "average"),
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


def _ask(
    student: Any,
    name: str,
    cases: Iterable[tuple[Any, ...]],
    key: str,
    expected: Callable[..., np.ndarray],
    lent: Mapping[str, Callable[..., Any]],
) -> None:
    """Ask each case, and where the answer is not as expected, ask again with functions lent."""
    for place, case in enumerate(cases):
        value = student.attempt(name, *case, key=f"{key}.{place}")
        if not _near(value, expected(*case)):
            with student.lent(**lent):
                student.attempt(name, *case, key=f"{key}.{place}.lent")


def ask_filter_image(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for photographs, noise and a single pixel, filtered."""
    from PIL import Image

    for kind, cases in inputs["filters"].items():
        for place, (pixels, kernel, offset) in enumerate(cases):
            args = (Image.fromarray(pixels), kernel, *([offset] if offset else []))
            student.attempt("filter_image", *args, key=f"filter_image.{kind}.{place}")


def ask_output_size(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for many sizes."""
    for kind, cases in inputs["sizes"].items():
        for place, case in enumerate(cases):
            student.attempt("output_size", *case, key=f"output_size.{kind}.{place}")


def ask_convolve(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for one channel: kernels of every shape, strides, paddings, types."""
    lent = {"output_size": _output_size}
    for kind, cases in inputs["convolve"].items():
        _ask(student, "convolve", cases, f"convolve.{kind}", _convolve, lent)


def ask_convolve_volume(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for volumes of one to five channels, with one to six filters."""
    lent = {"output_size": _output_size, "convolve": _convolve}
    for kind, cases in inputs["volumes"].items():
        key = f"convolve_volume.{kind}"
        _ask(student, "convolve_volume", cases, key, _convolve_volume, lent)


def ask_pool(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for the three modes, overlapping windows, remainders, values of every kind."""
    lent = {"output_size": _output_size}
    for kind, cases in inputs["pool"].items():
        _ask(student, "pool", cases, f"pool.{kind}", _pool, lent)


def ask_plot_filters(student: Any, inputs: Mapping[str, Any]) -> None:
    """Ask for a picture of the photograph and four filtered ones; lend what is wrong."""
    from PIL import Image

    photo, kernels = Image.fromarray(inputs["shown"]["photo"]), inputs["shown"]["kernels"]
    student.attempt("plot_filters", photo, kernels, key="plot_filters", _figure=True)
    lend = False
    for name, kernel in kernels.items():
        picture = student.attempt("filter_image", photo, kernel, key=f"plot_filters.{name}")
        lend = lend or not _near(picture, np.asarray(_filter_image(photo, kernel)))
    if lend:
        with student.lent(filter_image=_filter_image):
            student.attempt("plot_filters", photo, kernels, key="plot_filters.lent", _figure=True)
