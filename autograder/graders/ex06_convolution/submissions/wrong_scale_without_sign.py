# Lets SciPy do the sums, and scales the kernel before Pillow gets it.
import matplotlib.pyplot as plt
import numpy as np
from PIL import ImageFilter
from scipy import ndimage, signal


def filter_image(image, kernel, offset=0):
    total = float(np.sum(kernel))
    return image.filter(
        ImageFilter.Kernel(size=(3, 3), kernel=np.ravel(kernel), scale=abs(total) or 1.0, offset=offset)
    )


def output_size(size, kernel, stride=1, padding=0):
    return len(range(0, size + 2 * padding - kernel + 1, stride))


def convolve(image, kernel, stride=1, padding=0):
    padded = np.pad(np.asarray(image, dtype=np.float64), padding)
    return signal.correlate2d(padded, kernel, mode="valid")[::stride, ::stride]


def convolve_volume(volume, kernels, bias, stride=1, padding=0):
    volume = np.pad(volume, [(padding, padding), (padding, padding), (0, 0)]).astype(float)
    maps = [signal.correlate(volume, kernels[..., f], mode="valid", method="direct")[..., 0] + bias[f]
            for f in range(kernels.shape[3])]
    return np.moveaxis(np.array(maps), 0, 2)[::stride, ::stride]


def pool(image, size=2, stride=2, mode="max"):
    image = image.astype("float64")
    filters = {"max": ndimage.maximum_filter, "min": ndimage.minimum_filter}
    if mode == "average":
        whole = ndimage.uniform_filter(image, size)
    else:
        whole = filters[mode](image, size)
    first = size // 2
    rows, columns = (output_size(side, size, stride) for side in image.shape)
    return whole[first::stride, first::stride][:rows, :columns]


def plot_filters(image, kernels):
    columns = 3
    lines = -(-(len(kernels) + 1) // columns)
    figure = plt.figure()
    for place, name in enumerate(["original", *kernels]):
        ax = figure.add_subplot(lines, columns, place + 1)
        shown = filter_image(image, kernels[name]) if place else image
        ax.matshow(np.asarray(shown) / 255, cmap=plt.cm.gray, vmin=0, vmax=1)
        ax.set_title(name)
    return figure


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
