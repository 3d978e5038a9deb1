# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Convolution and pooling by hand
#
# A `Dense` layer gets an image as one long row, and does not know which pixels were neighbours.
# Move a digit by two pixels, and to such a layer it is another picture. A convolution
# keeps the neighbourhood: it looks at one small window at a time, and treats every window alike.
# Here you write the layers that make a convolutional network, with nothing but NumPy, and find
# that Keras calculates the very same numbers.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex06_convolution` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.
#
# One rule for all of it: what a function is given belongs to whoever calls it. Give something new
# back, and leave images, kernels and biases as they were.

# %%
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter

# Nine weights each, by the place that they have in the window.
EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
BLUR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
KERNELS = {"edge": EDGE, "blur": BLUR, "sharpen": SHARPEN}

# %% jupyter={"source_hidden": true}
# Run as a script, this file says in a sentence which function is not written yet.
if __name__ == "__main__" and "__file__" in globals():
    import sys
    from pathlib import Path

    sys.path.append(str(Path(__file__).resolve().parents[1]))
    try:
        import course_checks.script
    except ModuleNotFoundError:
        pass


# %% [markdown]
# ## 1. A filter on a photograph
#
# A *kernel* (or *filter*) is a small table of weights. Lay it on the image, multiply each weight by
# the pixel under it, add up: that is one pixel of the result. Then move on by one pixel. What the
# result shows depends on the weights alone:
#
# | kernel | what it does | sum of its weights |
# |---|---|---|
# | edge | 8 times the pixel less its eight neighbours: 0 where all are equal | 0 |
# | blur | a mean in which near pixels count more (a small Gaussian bell) | 16 |
# | sharpen | what makes a pixel differ from its neighbours is added to it | 1 |
#
# The photograph is one that scikit-learn carries with it, made grey: 427 rows of 640 pixels,
# each from 0 (black) to 255 (white).

# %%
def draw_kernels(kernels: dict[str, np.ndarray]) -> None:
    """Draw each kernel as a table of its weights, red above 0 and blue below."""
    _, axes = plt.subplots(1, len(kernels), figsize=(7, 2.5), layout="constrained")
    for ax, (name, kernel) in zip(axes, kernels.items()):
        largest = np.abs(kernel).max()
        ax.imshow(kernel, cmap="RdBu_r", vmin=-1.4 * largest, vmax=1.4 * largest)
        for (row, column), weight in np.ndenumerate(kernel):
            ax.text(column, row, f"{weight}", ha="center", va="center", fontsize=14)
        ax.set(title=f"{name}, sum {kernel.sum()}", xticks=[], yticks=[])


if __name__ == "__main__":
    from sklearn.datasets import load_sample_image

    colour_photo = Image.fromarray(load_sample_image("china.jpg"))
    photo = colour_photo.convert("L")
    print("grey photograph:", photo.width, "wide,", photo.height, "high, mode", photo.mode)
    draw_kernels(KERNELS)
    plt.show()

# %% [markdown]
# Pillow applies such a kernel with
#
#     image.filter(ImageFilter.Kernel((3, 3), weights, scale, offset))
#
# `weights` is a sequence of nine numbers, row after row. Each sum is divided by `scale`, `offset`
# is added, and the result is rounded and cut off at 0 and 255, for a pixel can hold no more.
#
# - The weights of the blur sum to 16. Without a division the result would be 16 times too bright:
#   the scale is the **sum of the weights**.
# - The weights of the edge kernel sum to **0**, and one cannot divide by 0. Pillow does not
#   complain; it shows a black picture. So in this case the scale must be given as **1**.
# - Edges give sums below 0 too, which become 0. With an offset of 128 most of them can be seen.
#
# Two habits of Pillow: it leaves the outermost pixels as they were, since there the kernel
# would stick out, and it lays the rows of the kernel on from the bottom up. For kernels that
# look the same upside down, like all of ours, that changes nothing. Leave both habits to Pillow.
#
# **Task `filter_image`.** Apply any 3×3 kernel with Pillow, with the scale as above: its weights
# may be fractions, and they may sum to less than 0. The kernel is an array of shape `(3, 3)`;
# `kernel.ravel()` has its nine numbers in a row. Hand them to Pillow in this order, also where a
# kernel is not the same upside down: do not turn or flip it to make up for Pillow's habit.

# %% filter_image
def filter_image(image: Image.Image, kernel: np.ndarray, offset: float = 0) -> Image.Image:
    """Return the image, filtered by Pillow with a 3×3 kernel.

    Args:
        image: A grey photograph (mode `"L"`).
        kernel: The weights, shape `(3, 3)`. Their sum is the scale; where it is 0, the scale is 1.
        offset: Grey value that is added to each pixel of the result; it may be a fraction.

    Returns:
        A Pillow image of the same size and mode.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# The picture below shows a part of the photograph, its edges, and its edges again with an offset:
# what is flat is black in the one and grey in the other.

# %%
if __name__ == "__main__":
    box = (130, 60, 370, 240)
    part = photo.crop(box)
    shown = {
        "photograph": part,
        "edges": filter_image(part, EDGE),
        "edges, offset 128": filter_image(part, EDGE, 128),
    }
    _, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    for ax, (title, picture) in zip(axes, shown.items()):
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
        ax.set(title=title, xticks=[], yticks=[])
    plt.show()

# %% [markdown]
# ## 2. How many places are there?
#
# Now without Pillow. Three numbers say where a window may lie:
#
# - the **kernel**: how many pixels the window covers. The pixels that one result depends on are
#   called its *receptive field*. In the first layer of a network they are those under the window;
#   in a later layer they are more (section 7);
# - the **stride**: how many pixels the window moves on at each step;
# - the **padding**: how many rings of zeros are laid around the image first, so that its rim is
#   not lost. Each ring adds *two* pixels to a row, one at each end.
#
# Along one direction, an image of $n$ pixels, padding $p$, a kernel of $k$ pixels and stride $s$
# give
#
# $$m = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# places. First the window lies at the very start; $n + 2p - k$ pixels are left to move on
# over, $s$ at a time. $\lfloor\ \rfloor$ rounds down: where less than a whole step is left, the
# window does not go there. Where the kernel is larger than the padded image, there is no
# place at all, and $m = 0$.
#
# | $n$ | $k$ | $s$ | $p$ | $m$ | |
# |---|---|---|---|---|---|
# | 28 | 3 | 1 | 0 | 26 | two pixels are lost |
# | 28 | 3 | 1 | 1 | 28 | "same": nothing is lost |
# | 28 | 2 | 2 | 0 | 14 | half as large: a usual pooling |
# | 28 | 5 | 3 | 0 | 8 | $23 / 3 = 7.67$: two pixels at the end are never seen |
#
# **Task `output_size`.** Write this formula. `//` divides whole numbers and rounds down.

# %% output_size
def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many places a window has along one direction.

    Args:
        size: Pixels of the image in this direction, without padding, at least 1.
        kernel: Pixels of the kernel in this direction, at least 1.
        stride: Pixels from one place to the next, at least 1.
        padding: Zeros laid on at *each* end, 0 or more.

    Returns:
        The number of places, a whole number; 0 where the kernel does not fit.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# The picture shows three ways to lay a 3×3 window on 5×5 pixels. The first two windows are
# coloured, and each dot is the middle of a window: as many dots, as many results.

# %%
def draw_windows(ax: plt.Axes, size: int, kernel: int, stride: int, padding: int) -> None:
    """Draw an image with its padding, the first two windows, and the middle of each window."""
    whole = size + 2 * padding
    for row, column in np.ndindex(whole, whole):
        inside = min(row, column) >= padding and max(row, column) < size + padding
        ax.add_patch(plt.Rectangle((column, row), 1, 1, fc="white" if inside else "0.85", ec="0.6"))
        if not inside:
            ax.text(column + 0.15, row + 0.35, "0", color="0.4", fontsize=9)
    for place, colour in enumerate(["tab:blue", "tab:orange"]):
        corner = (place * stride + 0.06 * (1 - place), 0.06 * (1 - place))
        side = kernel - 0.12 * (1 - place)
        ax.add_patch(plt.Rectangle(corner, side, side, fc=colour, alpha=0.25))
        ax.add_patch(plt.Rectangle(corner, side, side, fill=False, ec=colour, lw=2.5))
    middles = np.arange(output_size(size, kernel, stride, padding)) * stride + kernel / 2
    ax.scatter(*np.meshgrid(middles, middles), color="black", s=22, zorder=3)
    ax.set(xlim=(-0.1, whole + 0.1), ylim=(whole + 0.1, -0.1), aspect="equal")
    ax.axis("off")
    ax.set_title(f"stride {stride}, padding {padding}:\n{len(middles)}×{len(middles)} results")


if __name__ == "__main__":
    for size, kernel, stride, padding in [(28, 3, 1, 0), (28, 3, 1, 1), (28, 2, 2, 0), (28, 5, 3, 0)]:
        print(f"{size} pixels, kernel {kernel}, stride {stride}, padding {padding}:", end=" ")
        print(output_size(size, kernel, stride, padding))
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.8), layout="constrained")
    draw_windows(axes[0], 5, 3, stride=1, padding=0)
    draw_windows(axes[1], 5, 3, stride=2, padding=0)
    draw_windows(axes[2], 5, 3, stride=2, padding=1)
    plt.show()

# %% [markdown]
# ## 3. Convolution of one channel
#
# Let $\tilde x$ be the image with its padding, and $w$ the kernel, $k_h$ rows by $k_w$ columns.
# One result for each place of the window:
#
# $$y_{ij} = \sum_{a=0}^{k_h - 1} \sum_{b=0}^{k_w - 1} \tilde x_{si + a,\; sj + b} \, w_{ab}$$
#
# For example, with stride 1 and no padding:
#
# $$\begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{pmatrix} \quad\text{with}\quad
# \begin{pmatrix} 1 & 0 \\ 0 & -2 \end{pmatrix} \quad\text{gives}\quad
# \begin{pmatrix} 1 - 10 & 2 - 12 \\ 4 - 16 & 5 - 18 \end{pmatrix} =
# \begin{pmatrix} -9 & -10 \\ -12 & -13 \end{pmatrix}$$
#
# **A matter of names.** In mathematics a convolution turns the kernel by 180° first: $w_{k_h - 1 -
# a,\, k_w - 1 - b}$ in place of $w_{ab}$. Then the order of the two factors does not matter.
# Without the turn the operation is called *cross-correlation*. Neural networks use that one, and
# call it convolution all the same: their weights are learned, and the turned kernel would be
# learned just as well. So here the kernel **is laid on as it is written**.
#
# **A matter of types.** Pixels are `uint8`: whole numbers from 0 to 255. In an array of that type
# $-9$ has no room: where a sum or a difference comes out so, NumPy keeps 247 without a word, the
# remainder modulo 256. Calculate with `float`, and give a `float` array back.
#
# **Task `convolve`.** Write the formula. `np.pad(image, 1)` lays one ring of zeros around an array;
# two loops over $i$ and $j$ are enough, for the window is a slice, and NumPy multiplies and sums
# it at once. Image and kernel need not be square, and the kernel's sides may be even.

# %% convolve
def convolve(
    image: np.ndarray, kernel: np.ndarray, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Return the sums of a kernel over one channel.

    Args:
        image: One channel, any numeric type, shape `(height, width)`.
        kernel: The weights, any numeric type, shape `(kernel_height, kernel_width)`.
        stride: Pixels from one window to the next, both down and across.
        padding: Rings of zeros around the image.

    Returns:
        The results, `float`, shape `(rows, columns)`: as many as `output_size` says for the height
        and for the width.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Your own function and Pillow's must agree on the edges, apart from the rim and the range of
# a pixel. With a kernel for upright edges you see what laying it on *as it is written* means: where
# the image gets brighter to the right, the sum is above 0 (red). The lines along the left and right
# rim are the padding: to a filter its zeros are a black frame.

# %%
if __name__ == "__main__":
    pixels = np.asarray(part)
    edges = convolve(pixels, EDGE)
    theirs = np.asarray(filter_image(part, EDGE))[1:-1, 1:-1]
    print("results", edges.shape, "from", edges.min(), "to", edges.max())
    print("the same as Pillow's, cut off at 0 and 255:", np.array_equal(edges.clip(0, 255), theirs))

    upright = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    shown = {
        "stride 1": convolve(pixels, upright, padding=1),
        "stride 4": convolve(pixels, upright, stride=4, padding=1),
    }
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for ax, (title, result) in zip(axes, shown.items()):
        drawn = ax.imshow(result, cmap="RdBu_r", vmin=-600, vmax=600)
        ax.set_title(f"brighter to the right, {title}: {result.shape[0]}×{result.shape[1]}")
    figure.colorbar(drawn, ax=axes, label="sum")
    plt.show()

# %% [markdown]
# ## 4. Volumes
#
# A colour photograph has three channels, a hidden layer often has hundreds. One filter then holds a
# table of weights *for each channel*. Its sums over all channels are added to one number, and a
# bias $\beta$ is added to that:
#
# $$y_{ijf} = \beta_f + \sum_{c} \sum_{a} \sum_{b} \tilde x_{si + a,\; sj + b,\; c} \, w_{a b c f}$$
#
# However many channels go in, **one filter gives one map**. $F$ filters give $F$ maps, which are
# the channels of the result. Keras keeps the order *height, width, channels*: the volume is `(H, W,
# C)`, the weights are `(kernel_height, kernel_width, C, F)`, the biases `(F,)`, the result `(H',
# W', F)`. So a layer of 64 filters of 3×3 on a grey image has $3 \cdot 3 \cdot 1 \cdot 64 + 64 =
# 640$ parameters.
#
# **Task `convolve_volume`.** For each filter: convolve each channel with the filter's weights for
# it, add up, add the bias *once*. `np.stack(maps, axis=-1)` puts maps side by side on a last axis.

# %% convolve_volume
def convolve_volume(
    volume: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray,
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    """Return one map for each filter, as `Conv2D` does.

    Args:
        volume: Several channels, any numeric type, shape `(height, width, channels)`.
        kernels: The weights, shape `(kernel_height, kernel_width, channels, filters)`.
        bias: One number for each filter, shape `(filters,)`.
        stride: Pixels from one window to the next, both down and across.
        padding: Rings of zeros around each channel.

    Returns:
        The maps, `float`, shape `(rows, columns, filters)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Two filters on the colour photograph. The first takes the upright edges of all three channels
# together. The second looks for a colour: the mean of nine reds less the mean of nine blues. Then
# the same weights go into Keras's own layer, and the difference is no more than rounding.

# %%
if __name__ == "__main__":
    volume = np.asarray(colour_photo.crop(box)) / 255
    kernels = np.zeros((3, 3, 3, 2))
    kernels[:, :, :, 0] = upright[:, :, np.newaxis]
    kernels[:, :, 0, 1], kernels[:, :, 2, 1] = 1 / 9, -1 / 9
    bias = np.zeros(2)
    maps = convolve_volume(volume, kernels, bias, padding=1)

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    axes[0].imshow(volume)
    axes[1].imshow(maps[:, :, 0], cmap="RdBu_r", vmin=-6, vmax=6)
    axes[2].imshow(maps[:, :, 1], cmap="RdBu_r", vmin=-0.8, vmax=0.8)
    for ax, title in zip(axes, ["three channels", "filter 0: upright edges", "filter 1: red or blue"]):
        ax.set(title=title, xticks=[], yticks=[])
    plt.show()

# %%
if __name__ == "__main__":
    import keras

    layer = keras.layers.Conv2D(2, 3, padding="same")
    layer.build((None, None, None, 3))
    layer.set_weights([kernels, bias])
    theirs = keras.ops.convert_to_numpy(layer(volume[np.newaxis]))[0]
    print("maps", maps.shape, " of Conv2D", theirs.shape)
    print(f"largest difference: {np.abs(maps - theirs).max():.1e}")

# %% [markdown]
# ## 5. ReLU
#
# Sums of sums are sums: two convolutions in a row are no more than one with a larger kernel. So each
# is followed by a function that is no sum. The usual one is the *rectified linear unit*, ReLU. It
# has no weights, keeps what is above 0, and puts 0 in the place of all else:
#
# $$\text{relu}(z) = \max(0, z)$$
#
# A sum above 0 says how clearly the filter's pattern is there. How clearly it is *not* there is not
# passed on to the layers behind, and becomes 0.
#
# **Task `relu`.** Write it for arrays of any shape, and give a new `float` array back.

# %% relu
def relu(values: np.ndarray) -> np.ndarray:
    """Return the values above 0, and 0 for the others.

    Args:
        values: Any numbers, any numeric type, any shape; stay as they are.

    Returns:
        For each value the larger one of it and 0, `float`, in the same shape.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Of the upright edges, those that get brighter to the right are left.

# %%
if __name__ == "__main__":
    sums = convolve(pixels, upright)
    z = np.linspace(-600, 600, 121)
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    axes[0].plot(z, relu(z))
    axes[0].set(xlabel="z", ylabel="relu(z)", title="bent at 0")
    for ax, (title, values) in zip(axes[1:], {"sums": sums, "after ReLU": relu(sums)}.items()):
        drawn = ax.imshow(values, cmap="RdBu_r", vmin=-600, vmax=600)
        ax.set(title=title, xticks=[], yticks=[])
    figure.colorbar(drawn, ax=axes[1:])
    plt.show()

# %% [markdown]
# ## 6. Pooling
#
# What a filter has found counts more than the exact pixel where it was found. *Pooling* puts one
# number in the place of each window: the largest, the smallest, or the average one. There is
# nothing to learn in it. The maps become smaller, the layers after it have less to do, and what
# moves within its window gives the same maximum as before.
#
# The windows are `size` by `size` pixels and lie `stride` apart; usually both are 2. There is no
# padding: **a window must lie wholly within the image**. What is left over at the right and at the
# bottom is dropped, so that there are `output_size(n, size, stride)` windows in each direction.
# Beware of a maximum that starts at 0: the largest of $-7, -3, -5, -4$ is $-3$.
#
# **Task `pool`.** Write it for one channel and the three modes.

# %% pool
def pool(image: np.ndarray, size: int = 2, stride: int = 2, mode: str = "max") -> np.ndarray:
    """Return one number for each window.

    Args:
        image: One channel, any numeric type, shape `(height, width)`.
        size: The height and width of a window, in pixels.
        stride: Pixels from one window to the next, both down and across.
        mode: `"max"`, `"min"` or `"average"`.

    Returns:
        The largest, smallest or average value of each window that lies wholly within the image,
        `float`, shape `(rows, columns)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# First on 5×5 numbers: windows of 2×2, each in a colour of its own; the last row and column are
# left over. Then on the photograph, with windows of 6×6: the maximum keeps what is bright, the
# minimum what is dark.

# %%
def draw_numbers(ax: plt.Axes, values: np.ndarray, groups: np.ndarray, title: str) -> None:
    """Draw a table of numbers; equal groups have equal colours, group -1 has none."""
    colours = np.ma.masked_less(groups, 0)
    ax.imshow(colours, cmap="Pastel1", vmin=0, vmax=8)
    for (row, column), value in np.ndenumerate(values):
        shade = "0.6" if groups[row, column] < 0 else "black"
        ax.text(column, row, f"{value:g}", ha="center", va="center", color=shade, fontsize=12)
    ax.set(title=title, xticks=[], yticks=[])
    ax.set(xlim=(-0.5, groups.shape[1] - 0.5), ylim=(groups.shape[0] - 0.5, -0.5))


if __name__ == "__main__":
    table = np.array(
        [[3, 1, 0, 2, 9], [8, 4, 5, 1, 9], [2, 2, 7, 3, 9], [0, 6, 4, 4, 9], [9, 9, 9, 9, 9]]
    )
    windows = np.full((5, 5), -1)
    windows[:4, :4] = np.kron([[0, 1], [2, 4]], np.ones((2, 2), dtype=int))
    figure, axes = plt.subplots(2, 4, figsize=(11, 5.2), layout="constrained")
    draw_numbers(axes[0, 0], table, windows, "5×5 numbers")
    axes[1, 0].imshow(pixels, cmap="gray", vmin=0, vmax=255)
    axes[1, 0].set(title=f"{pixels.shape[0]}×{pixels.shape[1]} pixels", xticks=[], yticks=[])
    for column, mode in enumerate(["max", "min", "average"], start=1):
        draw_numbers(axes[0, column], pool(table, 2, 2, mode), windows[:4:2, :4:2], mode)
        pooled = pool(pixels, 6, 6, mode)
        axes[1, column].imshow(pooled, cmap="gray", vmin=0, vmax=255)
        title = f"{mode}: {pooled.shape[0]}×{pooled.shape[1]}"
        axes[1, column].set(title=title, xticks=[], yticks=[])
    plt.show()

# %% [markdown]
# ## 7. What a deep layer sees
#
# A result of the first layer depends on the pixels under its window. A result of the second layer
# depends on first results, and through them on more pixels: the *receptive field* grows from layer
# to layer. Take one direction, and for each layer, be it a convolution or a pooling, its kernel $k$,
# stride $s$ and padding $p$.
#
# **How large.** Let $r$ be the pixels in the field of a result, and $j$ the *jump*: how many pixels
# lie from the field of one result to that of the next. In the image itself $r = 1$ and $j = 1$. A
# layer's window reaches over $k - 1$ jumps more than one result, so with each layer
#
# $$r \leftarrow r + (k - 1)\, j, \qquad \text{then} \quad j \leftarrow j \, s.$$
#
# | layer | $k$ | $s$ | $r$ | $j$ |
# |---|---|---|---|---|
# | image | | | 1 | 1 |
# | convolution 3×3 | 3 | 1 | 3 | 1 |
# | pooling 2×2 | 2 | 2 | 4 | 2 |
# | convolution 3×3 | 3 | 1 | 8 | 2 |
# | pooling 2×2 | 2 | 2 | 10 | 4 |
#
# Two small kernels see as far as a large one, with fewer weights: 3×3 after 3×3 reach 5×5 pixels.
#
# **Where.** Result $i$ of a layer looks at the places from $s\,i - p$ to $s\,i - p + k - 1$ of what
# came into that layer. So begin with the result, and go back layer by layer, with the first place
# and with the last, until you are at the image. Places that lie in the padding count as well: those
# before the first pixel have numbers below 0.
#
# **Task `receptive_field`.** Write both, for layers as a list of $(k, s, p)$, the first layer first.

# %% receptive_field
def receptive_sizes(stack: list[tuple[int, int, int]]) -> list[int]:
    """Return the size of the receptive field after each layer.

    Args:
        stack: `(kernel, stride, padding)` of each layer, one or more, the first layer first.

    Returns:
        For each layer how many pixels, along one direction, a result of it depends on.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def receptive_field(stack: list[tuple[int, int, int]], place: int) -> tuple[int, int]:
    """Return the first and the last pixel that a result depends on.

    Args:
        stack: `(kernel, stride, padding)` of each layer, one or more, the first layer first.
        place: Which result of the last layer, along one direction, from 0.

    Returns:
        `(first, last)`: places in the image, from 0; in its padding they are below 0, or past its
        end.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Above: 18 pixels in a row, and what two convolutions and two poolings make of them. Coloured is all
# that one result depends on. Below: a photograph, and how much of it one result sees after two, four,
# six and eight such layers.

# %%
def draw_field(ax: plt.Axes, layers: list[tuple[int, int, int]], pixels: int, place: int) -> None:
    """Draw the results of each layer as a row of dots, and colour what one of them depends on."""
    shift, jump = 0.0, 1
    for depth in range(len(layers) + 1):
        x = shift + jump * np.arange(pixels)
        first, last = receptive_field(layers[depth:], place) if depth < len(layers) else (place, place)
        seen = (np.arange(pixels) >= first) & (np.arange(pixels) <= last)
        ax.scatter(x, np.full(pixels, depth), c=np.where(seen, "tab:orange", "0.8"), s=70)
        ax.text(-1, depth, f"{seen.sum()} of {pixels}", ha="right", va="center")
        if depth < len(layers):
            kernel, stride, padding = layers[depth]
            shift += jump * ((kernel - 1) / 2 - padding)
            jump *= stride
            pixels = output_size(pixels, kernel, stride, padding)
    ax.set(xlim=(-4, x.max() + 8), yticks=[], xticks=[])
    ax.axis("off")


if __name__ == "__main__":
    stack = [(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)]
    print("field after each layer:", receptive_sizes(stack))
    print("result 1 of the last layer sees the pixels", receptive_field(stack, 1))
    figure, axes = plt.subplots(2, 1, figsize=(8, 7), layout="constrained", height_ratios=[1, 2])
    draw_field(axes[0], stack, 18, 1)
    deep = [(3, 1, 1), (2, 2, 0)] * 4
    axes[1].imshow(pixels, cmap="gray", vmin=0, vmax=255)
    for depth, colour in zip([2, 4, 6, 8], ["yellow", "orange", "red", "magenta"]):
        jump = 2 ** (depth // 2)
        (top, bottom), (left, right) = (
            receptive_field(deep[:depth], side // 2 // jump) for side in pixels.shape
        )
        size = (right - left + 1, bottom - top + 1)
        corner = (left - 0.5, top - 0.5)
        label = f"{depth} layers: {receptive_sizes(deep[:depth])[-1]} pixels"
        axes[1].add_patch(plt.Rectangle(corner, *size, fill=False, ec=colour, lw=2, label=label))
    axes[1].legend(loc="upper left")
    axes[1].axis("off")
    plt.show()

# %% [markdown]
# ## 8. The filters side by side
#
# **Task `plot_filters`.** Draw the photograph and, beside it, what each kernel makes of it, in Axes
# of their own and in this order, from left to right, or row by row. The title of the first is
# "original", of each other the name of its kernel. Show grey values with `ax.imshow(picture,
# cmap="gray", vmin=0, vmax=255)`: without `cmap` Matplotlib colours them, and without the two
# limits it stretches each picture to full contrast.

# %% plot_filters
def plot_filters(image: Image.Image, kernels: dict[str, np.ndarray]) -> plt.Figure:
    """Draw the photograph and its filtered versions; return the Figure.

    Args:
        image: A grey photograph (mode `"L"`).
        kernels: Kernels of shape `(3, 3)` by their names, one or more.

    Returns:
        The Matplotlib `Figure`: an Axes with the photograph, titled "original", then one for each
        kernel with the filtered photograph (`filter_image`, no offset), titled with its name.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_filters(photo, KERNELS)
    plot_filters(photo.crop((170, 120, 260, 185)), KERNELS)
    plt.show()

# %% [markdown]
# These three kernels were thought out by people. A convolutional network begins with random ones
# and *learns* the weights that serve its task; its first layer often ends with kernels for
# edges and colours much like yours.
