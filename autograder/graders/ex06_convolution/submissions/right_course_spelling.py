# As the course text spells things: tensorflow's keras, four plain loops, lists of kernel weights.
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter
from tensorflow import keras

kernelEdge = (-1, -1, -1, -1, 8, -1, -1, -1, -1)
kernelGaussian = (1, 2, 1, 2, 4, 2, 1, 2, 1)


def filter_image(originImg, kernel, offset=0):
    weights = [float(value) for row in kernel for value in row]
    total = sum(weights)
    if total != 0:
        convol = originImg.filter(ImageFilter.Kernel((3, 3), weights, total, offset))
    else:
        convol = originImg.filter(ImageFilter.Kernel((3, 3), weights, 1, offset))
    return convol


def output_size(size, kernel, stride, padding):
    count = 0
    start = -padding
    while start + kernel <= size + padding:
        count += 1
        start += stride
    return count


def convolve(image, kernel, stride=1, padding=0):
    H, W = image.shape
    KH, KW = kernel.shape
    OH = output_size(H, KH, stride, padding)
    OW = output_size(W, KW, stride, padding)
    result = [[0.0] * OW for _ in range(OH)]
    for i in range(OH):
        for j in range(OW):
            for a in range(KH):
                for b in range(KW):
                    y = i * stride + a - padding
                    x = j * stride + b - padding
                    if 0 <= y < H and 0 <= x < W:
                        result[i][j] += float(image[y][x]) * float(kernel[a][b])
    return result


def convolve_volume(volume, kernels, bias, stride=1, padding=0):
    KH, KW, C, F = kernels.shape
    result = None
    for f in range(F):
        for c in range(C):
            one = np.array(convolve(volume[:, :, c], kernels[:, :, c, f], stride, padding))
            if result is None:
                result = np.zeros(one.shape + (F,))
            result[:, :, f] += one
        result[:, :, f] += bias[f]
    return result


def pool(image, size=2, stride=2, mode="max"):
    H, W = image.shape
    result = []
    for y in range(0, H - size + 1, stride):
        line = []
        for x in range(0, W - size + 1, stride):
            values = [float(image[y + a][x + b]) for a in range(size) for b in range(size)]
            if mode == "max":
                line.append(max(values))
            if mode == "min":
                line.append(min(values))
            if mode == "average":
                line.append(sum(values) / len(values))
        result.append(line)
    return result


def plot_filters(image, kernels):
    plt.figure(figsize=(12, 4))
    plt.subplot(1, len(kernels) + 1, 1)
    plt.imshow(np.array(image.convert("RGB")))
    plt.title("Original")
    plt.axis("off")
    for place, name in enumerate(kernels):
        plt.subplot(1, len(kernels) + 1, place + 2)
        plt.imshow(np.array(filter_image(image, kernels[name]).convert("RGB")))
        plt.title("Filter: " + name)
        plt.axis("off")
    return plt.gcf()


if __name__ == "__main__":
    img = Image.fromarray(keras.datasets.mnist.load_data()[0][0][0])
    plot_filters(img, {"edge": np.reshape(kernelEdge, (3, 3))})


def relu(x):
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if x[place] > 0:
            result[place] = x[place]
        else:
            result[place] = 0
    return result


def receptive_sizes(layers):
    result = []
    r = 1
    for i in range(len(layers)):
        j = 1
        for k in range(i):
            j = j * layers[k][1]
        r = r + (layers[i][0] - 1) * j
        result.append(r)
    return result


def receptive_field(layers, place):
    first = place
    last = place
    for i in range(len(layers) - 1, -1, -1):
        k, s, p = layers[i]
        first = s * first - p
        last = s * last - p + k - 1
    return [first, last]
