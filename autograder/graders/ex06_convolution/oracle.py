"""Convolution, pooling and Pillow's filters in NumPy: closed forms over all windows at once.

`tests/exercises/test_ex06_oracle.py` compares them with SciPy, Pillow and Keras. Whatever type an
array has, it is calculated with as float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageFilter

#: How a window becomes one number, by mode.
POOLS: dict[str, Callable[..., np.ndarray]] = {
    "max": np.max,
    "min": np.min,
    "average": np.mean,
    "sum": np.sum,
}


def same(received: np.ndarray, expected: np.ndarray, tolerance: float = 1e-5) -> bool:
    """Say whether two arrays agree, within `tolerance` of the largest expected value."""
    if received.shape != expected.shape:
        return False
    largest = float(np.abs(expected).max(initial=0))
    if not np.isfinite(largest):
        return False
    return np.allclose(received, expected, rtol=0, atol=tolerance * largest + 1e-9)


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many places a window has along one direction; 0 where it does not fit."""
    return max(0, (size + 2 * padding - kernel) // stride + 1)


def receptive_sizes(layers: Sequence[tuple[int, int, int]]) -> list[int]:
    """Return how many pixels a result of each layer sees, from the first of them to the last."""
    fields = [receptive_field(layers[: depth + 1], 0) for depth in range(len(layers))]
    return [last - first + 1 for first, last in fields]


def receptive_field(layers: Sequence[tuple[int, int, int]], place: int) -> tuple[int, int]:
    """Return the first and the last pixel that a result of the last layer sees."""
    seen = {place}
    for kernel, stride, padding in layers[::-1]:
        seen = {stride * one - padding + step for one in seen for step in (0, kernel - 1)}
    return min(seen), max(seen)


def correlate(
    image: np.ndarray, kernel: np.ndarray, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Return the sums of `kernel`, as it is written, over one channel."""
    volume, kernels = image[:, :, None], kernel[:, :, None, None]
    return correlate_volume(volume, kernels, np.zeros(1), stride, padding)[:, :, 0]


def correlate_volume(
    volume: np.ndarray, kernels: np.ndarray, bias: np.ndarray, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Return one map for each filter.

    Args:
        volume: Shape `(height, width, channels)`.
        kernels: Shape `(kernel_height, kernel_width, channels, filters)`.
        bias: Shape `(filters,)`.
        stride: Pixels from one window to the next.
        padding: Rings of zeros.

    Returns:
        Shape `(rows, columns, filters)`, float64.
    """
    return np.asarray(sums(framed(volume, (padding,) * 4), kernels, stride, stride) + bias)


def framed(volume: np.ndarray, frame: tuple[int, ...], mode: str = "constant") -> np.ndarray:
    """Return a volume with a frame of zeros: `frame` is above, below, left, right."""
    above, below, left, right = frame
    widths = [(above, below), (left, right), (0, 0)]
    return np.asarray(np.pad(volume.astype(float), widths, mode=mode))  # type: ignore[call-overload]


def sums(volume: np.ndarray, kernels: np.ndarray, down: int, across: int) -> np.ndarray:
    """Return one map for each filter, of windows `down` and `across` apart."""
    views = windows(volume, kernels.shape[:2], down, across)
    return np.asarray(np.einsum("ijcab,abcf->ijf", views, kernels.astype(float)))


def windows(volume: np.ndarray, sides: tuple[int, ...], down: int, across: int) -> np.ndarray:
    """Return all windows, shape `(rows, columns, channels, *sides)`.

    Raises:
        ValueError: The window is larger than the volume.
    """
    views = np.lib.stride_tricks.sliding_window_view(volume, sides, axis=(0, 1))
    return np.asarray(views[::down, ::across])


def pooled(image: np.ndarray, size: int, stride: int, mode: str) -> np.ndarray:
    """Return one number for each window that lies wholly within the image.

    Args:
        image: Shape `(height, width)`.
        size: The window's sides.
        stride: Pixels from one window to the next.
        mode: "max", "min", "average", or "sum".
    """
    views = windows(image[:, :, None].astype(float), (size, size), stride, stride)
    return np.asarray(POOLS[mode](views[:, :, 0], axis=(2, 3)))


def filtered(pixels: np.ndarray, kernel: np.ndarray, scale: float, offset: float = 0) -> np.ndarray:
    """Return what Pillow makes of a grey image with a kernel of 3 by 3 weights, as float."""
    weights = kernel.ravel().tolist()
    done = Image.fromarray(pixels).filter(ImageFilter.Kernel((3, 3), weights, scale, offset))
    return np.asarray(done, dtype=float)
