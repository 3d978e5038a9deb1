# Gives the pictures no titles.
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter

EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
BLUR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
KERNELS = {"edge": EDGE, "blur": BLUR, "sharpen": SHARPEN}


def filter_image(image, kernel, offset=0):
    scale = float(np.sum(kernel))
    if scale == 0:
        scale = 1
    return image.filter(ImageFilter.Kernel((3, 3), list(kernel.flatten()), scale, offset))


def output_size(size, kernel, stride=1, padding=0):
    padded = size + 2 * padding
    if padded < kernel:
        return 0
    return (padded - kernel) // stride + 1


def convolve(image, kernel, stride=1, padding=0):
    image = np.pad(image.astype(float), padding)
    kh, kw = kernel.shape
    rows = output_size(image.shape[0], kh, stride)
    cols = output_size(image.shape[1], kw, stride)
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            y, x = i * stride, j * stride
            out[i, j] = np.sum(image[y : y + kh, x : x + kw] * kernel)
    return out


def convolve_volume(volume, kernels, bias, stride=1, padding=0):
    maps = []
    for f in range(kernels.shape[-1]):
        total = bias[f]
        for c in range(volume.shape[-1]):
            total = total + convolve(volume[..., c], kernels[..., c, f], stride, padding)
        maps.append(total)
    return np.stack(maps, axis=-1)


def pool(image, size=2, stride=2, mode="max"):
    rows = output_size(image.shape[0], size, stride)
    cols = output_size(image.shape[1], size, stride)
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            window = image[i * stride : i * stride + size, j * stride : j * stride + size]
            if mode == "max":
                out[i, j] = window.max()
            elif mode == "min":
                out[i, j] = window.min()
            else:
                out[i, j] = window.mean()
    return out


def plot_filters(image, kernels):
    fig, axes = plt.subplots(1, len(kernels) + 1, figsize=(12, 3))
    axes[0].imshow(image, cmap="gray", vmin=0, vmax=255)
    for ax, (name, kernel) in zip(axes[1:], kernels.items()):
        ax.imshow(filter_image(image, kernel), cmap="gray", vmin=0, vmax=255)
    return fig


def relu(values):
    return np.maximum(values, 0).astype(float)


def receptive_sizes(layers):
    size, jump, sizes = 1, 1, []
    for kernel, stride, _ in layers:
        size += (kernel - 1) * jump
        jump *= stride
        sizes.append(size)
    return sizes


def receptive_field(layers, place):
    first = last = place
    for kernel, stride, padding in layers[::-1]:
        first = first * stride - padding
        last = last * stride - padding + kernel - 1
    return first, last
