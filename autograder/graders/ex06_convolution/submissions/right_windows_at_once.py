# Takes all windows at once, with helpers of its own.
from __future__ import annotations

from math import floor

import matplotlib.pyplot as plt
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import ImageFilter


def _scale(kernel):
    return kernel.sum() or 1


def _windows(image, height, width, stride):
    return sliding_window_view(image, (height, width))[::stride, ::stride]


def filter_image(image, kernel, offset=0):
    k = ImageFilter.Kernel((3, 3), kernel.reshape(-1).tolist(), scale=_scale(kernel), offset=offset)
    return image.copy().filter(k)


def output_size(size, kernel, stride=1, padding=0):
    if kernel > size + 2 * padding:
        return 0
    return floor((size + 2 * padding - kernel) / stride) + 1


def convolve(image, kernel, stride=1, padding=0):
    big = np.zeros((image.shape[0] + 2 * padding, image.shape[1] + 2 * padding))
    big[padding : padding + image.shape[0], padding : padding + image.shape[1]] = image
    return np.einsum("ijab,ab->ij", _windows(big, *kernel.shape, stride), kernel)


def convolve_volume(volume, kernels, bias, stride=1, padding=0):
    big = np.pad(volume.astype("float32"), ((padding,) * 2, (padding,) * 2, (0, 0)))
    views = sliding_window_view(big, kernels.shape[:2], axis=(0, 1))[::stride, ::stride]
    return np.tensordot(views, kernels, axes=([3, 4, 2], [0, 1, 2])) + bias


def pool(image, size=2, stride=2, mode="max"):
    views = _windows(image, size, size, stride)
    return {"max": views.max, "min": views.min, "average": views.mean}[mode](axis=(2, 3)).astype(float)


def plot_filters(image, kernels):
    fig, axes = plt.subplots(2, 3, layout="constrained")
    names = ["original"] + list(kernels)
    for ax in axes.flat:
        ax.axis("off")
    for ax, name in zip(axes.flat, names):
        ax.imshow(image if name == "original" else filter_image(image, kernels[name]), cmap="gray", vmin=0, vmax=255)
        ax.set_title(name)
    return fig


def relu(values):
    return np.where(values <= 0, 0.0, values)


def receptive_sizes(layers):
    sizes, jump = [1], 1
    for kernel, stride, *_ in layers:
        sizes += [sizes[-1] + (kernel - 1) * jump]
        jump *= stride
    return sizes[1:]


def receptive_field(layers, place):
    first, size = place, 1
    for kernel, stride, padding in reversed(layers):
        first, size = first * stride - padding, (size - 1) * stride + kernel
    return first, first + size - 1
