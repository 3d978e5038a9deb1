# Asks Keras's own operations, and returns tensors.
from __future__ import annotations

import keras
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter


def filter_image(image: Image.Image, kernel: np.ndarray, offset: float = 0) -> Image.Image:
    scale = {True: 1, False: kernel.sum()}[bool(kernel.sum() == 0)]
    return image.filter(ImageFilter.Kernel((3, 3), kernel.ravel(), float(scale), offset))


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    return max(0, int(np.floor((size + 2 * padding - kernel) / stride)) + 1)


def convolve(image, kernel, stride=1, padding=0):
    return convolve_volume(
        image[..., None], kernel[..., None, None], np.zeros(1), stride, padding
    )[..., 0]


def convolve_volume(volume, kernels, bias, stride=1, padding=0):
    x = keras.ops.pad(keras.ops.cast(volume, "float32"), [[padding] * 2, [padding] * 2, [0, 0]])
    kernels = keras.ops.cast(kernels, "float32")
    return keras.ops.conv(x[None], kernels, strides=stride, padding="valid")[0] + bias


def pool(image, size=2, stride=2, mode="max"):
    x = keras.ops.cast(image, "float32")[None, :, :, None]
    if mode == "average":
        return keras.ops.average_pool(x, size, strides=stride, padding="valid")[0, :, :, 0]
    sign = 1 if mode == "max" else -1
    return sign * keras.ops.max_pool(sign * x, size, strides=stride, padding="valid")[0, :, :, 0]


def plot_filters(image, kernels):
    pictures = [image] + [filter_image(image, kernel) for kernel in kernels.values()]
    figure, axes = plt.subplots(len(pictures), squeeze=False)
    for ax, picture, name in zip(axes.flat, pictures, ["original", *kernels]):
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
        ax.set(title=name)
    return figure


def relu(values: np.ndarray) -> np.ndarray:
    return keras.activations.relu(keras.ops.convert_to_tensor(values, dtype="float64"))


def receptive_sizes(layers):
    spans = [receptive_field(layers[: depth + 1], 0) for depth in range(len(layers))]
    return np.array([last - first + 1 for first, last in spans])


def receptive_field(layers, place):
    ends = np.array([place, place])
    for kernel, stride, padding in reversed(layers):
        ends = ends * stride - padding + np.array([0, kernel - 1])
    return tuple(ends)
