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
# # A convolutional network for MNIST
#
# A network of `Dense` layers gets a digit as one row of 784 numbers. It does not know which pixels
# are neighbours, and a stroke that it has learned in one corner is new to it in another. A
# convolutional network looks at the picture as a picture: small filters slide over it, and each
# finds its own pattern wherever it stands. Here you build one, look inside it, and then look
# closely at its mistakes.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex07_mnist_cnn` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.

# %%
from __future__ import annotations

from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

# The ten digits 0 to 9.
CLASSES = 10

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
# The data is MNIST, the handwritten digits of exercise 5. So that everything runs at once and
# offline, this course carries a sample of it: 6,000 training and 1,000 test images. For all 60,000
# and 10,000 use the line with `keras.datasets` below (it downloads 11 MB); nothing else changes,
# but training takes ten times as long.

# %%
def load_sample() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the bundled sample, in the form of `keras.datasets.mnist.load_data()`."""
    folders = [Path(folder) for folder in (".", "data", "../data", "exercises/data")]
    for path in (folder / "mnist_sample.npz" for folder in folders):
        if path.is_file():
            with np.load(path) as data:
                return (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])
    raise FileNotFoundError(
        f"mnist_sample.npz lies beside the notebook, or in exercises/data. "
        f"Received: neither, seen from {Path.cwd()}. Run this in the exercise's own folder."
    )


if __name__ == "__main__":
    (train_images, train_labels), (test_images, test_labels) = load_sample()
    # (train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
    print("training images", train_images.shape, " test images", test_images.shape)
    figure, axes = plt.subplots(1, 10, figsize=(10, 1.4), layout="constrained")
    for digit, ax in enumerate(axes):
        ax.imshow(train_images[train_labels == digit][0], cmap="gray")
        ax.set_title(str(digit))
        ax.axis("off")
    plt.show()

# %% [markdown]
# ## 1. Prepare the images
#
# A `Conv2D` layer takes images of shape *(height, width, channels)*. A colour photograph has three
# channels, red, green and blue. MNIST is grey and has one; but that one must be there, as the last
# axis: $(28, 28)$ becomes $(28, 28, 1)$. No value moves; each one only gets a pair of brackets of
# its own.
#
# As in exercise 5, the values go into the network between 0 and 1, as `float32`:
# $x = \text{pixel} / 255$. New is the axis.
#
# **Task `prepare_images`.** Add the channel axis at the end, and scale, for any number of images.
# `images[..., np.newaxis]`, `np.expand_dims(images, -1)` and `images.reshape(-1, 28, 28, 1)` all
# add the axis. A `uint8` array that is divided becomes `float64`, so convert it before.

# %% prepare_images
def prepare_images(images: np.ndarray) -> np.ndarray:
    """Return the images with a channel axis, scaled from 0 to 1.

    Args:
        images: Grey values from 0 to 255, `uint8`, shape `(n, 28, 28)`, for any `n`.

    Returns:
        The values divided by 255, `float32`, shape `(n, 28, 28, 1)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_all = prepare_images(train_images)
    print("x_all", x_all.shape, x_all.dtype, "from", x_all.min(), "to", x_all.max())

# %% [markdown]
# ## 2. Training and validation
#
# While a network learns, you want to know how well it reads digits that it does *not* learn from.
# The test set is not for that: it is used once, at the end. So some of the training images are
# held out: the *validation* set. It must share no image with the training set. A network that is
# validated on what it has learned always looks good.
#
# Of the 60,000 images 5,000 are held out, which is one in twelve; of the sample's 6,000 it is 500.
#
# | | rows | full set | sample |
# |---|---|---|---|
# | training | all but the last `held_out` | 55,000 | 5,500 |
# | validation | the last `held_out` | 5,000 | 500 |
#
# The images of MNIST, and those of the sample, come in random order: each part of them has all ten
# digits. So there is no need to shuffle here: cut. (Of other data you must find that out first.)
#
# **Task `split_data`.** Return four arrays, in this order: `x_train, y_train, x_val, y_val`. A
# negative index counts from the end: `a[:-3]` is all but the last three, `a[-3:]` the last three.

# %% split_data
def split_data(
    x: np.ndarray, y: np.ndarray, held_out: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return all but the last rows for training, the last for validation.

    Args:
        x: Images, shape `(n, 28, 28, 1)`.
        y: The digit of each image, shape `(n,)`.
        held_out: How many rows to hold out for validation, from 1 to `n - 1`.

    Returns:
        `(x_train, y_train, x_val, y_val)`: the first `n - held_out` images and their labels, then
        the last `held_out` images and theirs, all in the order in which they came.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_train, y_train, x_val, y_val = split_data(x_all, train_labels, len(x_all) // 12)
    print("x_train", x_train.shape, " y_train", y_train.shape)
    print("x_val  ", x_val.shape, "  y_val  ", y_val.shape)

# %% [markdown]
# ## 3. The network
#
# **Convolution.** A filter of 3×3 weights slides over the image. At each place it sums the products
# of its weights and the nine pixels below it, adds a bias, and `relu`, $\max(0, z)$, keeps what is
# positive: a *feature map*, bright wherever the filter's pattern is. Without padding a filter of
# width $k$ has $n - k + 1$ places along $n$ pixels, so 28 becomes 26.
#
# **Pooling.** `MaxPooling2D(2)` keeps the largest value of each 2×2 block. 26 becomes 13; 11
# becomes 5, and the last row and column are dropped. Half the size in both directions leaves a
# quarter of the places to the next layer. And a stroke that moves by one pixel often stays within
# its block, and changes less of what follows.
#
# **Channels.** A filter goes through *all* channels of its input. The second layer's filters are
# blocks of 3×3×64 weights, and each gives *one* map. So 128 filters on 64 maps give 128 maps, not
# 64 · 128.
#
# **Parameters** of a `Conv2D` layer: filters × (height · width · input channels + 1). The size of
# the image does not occur in it.
#
# | layer | output | parameters | |
# |---|---|---|---|
# | `Conv2D`, 64 filters 3×3, relu | (26, 26, 64) | 640 | 64 · (3 · 3 · 1 + 1) |
# | `MaxPooling2D`, 2×2 | (13, 13, 64) | 0 | |
# | `Conv2D`, 128 filters 3×3, relu | (11, 11, 128) | 73,856 | 128 · (3 · 3 · 64 + 1) |
# | `MaxPooling2D`, 2×2 | (5, 5, 128) | 0 | |
# | `Flatten` | (3200) | 0 | 5 · 5 · 128 values in a row |
# | `Dense`, 128 units, relu | (128) | 409,728 | 128 · (3200 + 1) |
# | `Dense`, 64 units, relu | (64) | 8,256 | 64 · (128 + 1) |
# | `Dense`, 10 units, softmax | (10) | 650 | 10 · (64 + 1) |
# | together | | **493,130** | |
#
# The convolutions find patterns, the `Dense` layers decide from them. The last one makes ten
# probabilities of its ten sums by *softmax*: each $e^z$ divided by the total of all ten. Note where
# the parameters are: over four fifths of them in one `Dense` layer.
#
# **Task `build_cnn`.** Build it, for an input of shape `(28, 28, 1)`. It is compiled and trained in
# the next task.

# %% build_cnn
def build_cnn() -> keras.Model:
    """Return the untrained convolutional network.

    Returns:
        A `keras.Model`: input `(batch, 28, 28, 1)`, output `(batch, 10)`, 493,130 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    model = build_cnn()
    model.summary()

# %% [markdown]
# ## 4. A network too large to build here
#
# To know how many parameters a network has, nobody needs to build it. VGG-16 was one of the best
# networks for photographs in 2014, and is still in every textbook. It is a plain stack:
#
# - `("conv", filters)`: a `Conv2D` of 3×3, with `padding="same"`, so that its maps are as high and as
#   wide as what came in;
# - `("pool", size)`: a `MaxPooling2D(size)`, which leaves height and width divided by `size`, rounded
#   down;
# - `("dense", units)`: a `Dense` layer. The first one gets all values of the last maps in a row, as
#   `Flatten` lays them out; each other one gets what the one before it gives.
#
# **Task `count_parameters`.** Return the parameters of each layer of such a list, weights and biases,
# for images of any height, width and number of channels. Those of VGG-16, for colour images of
# 224×224, are 138,357,544 together. Count, and do not build: among the networks that you will be
# asked for are some that no machine can hold.

# %%
VGG16 = [
    *[("conv", 64)] * 2,
    ("pool", 2),
    *[("conv", 128)] * 2,
    ("pool", 2),
    *[("conv", 256)] * 3,
    ("pool", 2),
    *[("conv", 512)] * 3,
    ("pool", 2),
    *[("conv", 512)] * 3,
    ("pool", 2),
    *[("dense", 4096)] * 2,
    ("dense", 1000),
]

# %% count_parameters
def count_parameters(
    stack: list[tuple[str, int]], input_shape: tuple[int, int, int]
) -> list[int]:
    """Return the number of parameters of each layer.

    Args:
        stack: `("conv", filters)`, `("pool", size)` and `("dense", units)`, as above, the first
            layer first; behind a `"dense"` come only others.
        input_shape: Height, width and channels of an image.

    Returns:
        One whole number for each layer, 0 for a pooling.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# Where are they? In the first `Dense` layer alone there are three quarters of them, as in your own
# network over four fifths. Convolutions are cheap: their weights serve at all places.

# %%
if __name__ == "__main__":
    counts = count_parameters(VGG16, (224, 224, 3))
    print(f"VGG-16: {sum(counts):,} parameters, {sum(counts) * 4 / 2**20:.0f} MiB as float32")
    names = [f"{kind} {number}" for kind, number in VGG16]
    colours = ["tab:orange" if kind == "dense" else "tab:blue" for kind, _ in VGG16]
    figure, ax = plt.subplots(figsize=(9, 3), layout="constrained")
    ax.bar(range(len(counts)), np.array(counts) / 1e6, color=colours)
    ax.set_xticks(range(len(counts)), names, rotation=60, ha="right")
    ax.set(ylabel="million parameters", title="VGG-16, layer by layer")
    plt.show()

# %% [markdown]
# ## 5. Training
#
# The *loss*, which the training makes small, is the cross-entropy of ten classes, $L = -\ln \hat
# y_{\text{right}}$, where $\hat y_{\text{right}}$ is the probability that the network gives to the
# right digit. Keras has it under two names, for two forms of the labels:
#
# | labels | shape | loss |
# |---|---|---|
# | the digits themselves, `7` | `(n,)` | `"sparse_categorical_crossentropy"` |
# | one-hot, `0 0 0 0 0 0 0 1 0 0` | `(n, 10)` | `"categorical_crossentropy"` |
#
# The numbers come out the same. `train` gets the digits themselves; take the first loss, or
# encode *both* sets of labels and take the second, as you like.
#
# **Task `train`.** Compile the model *that you are given* with Adam and its defaults (the gradient
# descent of exercise 5, with a step length of its own for each weight), the cross-entropy and the
# metric `"accuracy"`; then fit it to the training set in one call: 4 epochs, batches of 128, and
# the validation set as `validation_data=(…, …)`. Return what `fit` returns, a `History`. Four
# epochs are enough here. On the sample expect a validation accuracy of about 0.97, on the full set
# 0.99. The training takes some ten seconds on the sample, and a few minutes on the full set.

# %% train
def train(
    model: keras.Model,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_val: np.ndarray,
    y_val: np.ndarray,
) -> keras.callbacks.History:
    """Return the History of compiling and fitting.

    Args:
        model: An untrained network, input `(batch, 28, 28, 1)`, output `(batch, 10)`. It is
            trained in place; images and digits stay as they are.
        x_train: Images to learn from, `float32` from 0 to 1, shape `(n, 28, 28, 1)`.
        y_train: Their digits, whole numbers from 0 to 9, shape `(n,)`.
        x_val: Images to validate on, shape `(m, 28, 28, 1)`.
        y_val: Their digits, shape `(m,)`.

    Returns:
        The `History` that `fit` returns: loss and accuracy after each of the 4 epochs, for
        training and for validation.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    history = train(model, x_train, y_train, x_val, y_val)
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for ax, name in zip(axes, ["loss", "accuracy"]):
        epochs = range(1, len(history.history[name]) + 1)
        ax.plot(epochs, history.history[name], marker="o", label="training")
        ax.plot(epochs, history.history[f"val_{name}"], marker="o", label="validation")
        ax.set(xlabel="epoch", ylabel=name, xticks=epochs)
        ax.legend()
    plt.show()

# %% [markdown]
# ## 6. Inside the network
#
# What did the filters learn? Those of the first layer see pixels, so that each can be drawn as a
# picture of nine weights: it answers to what looks like it. Where the weight is above 0 it wants
# ink, below 0 it wants paper. A layer keeps its kernels as an array, the first one of
# `layer.get_weights()`, here of shape `(3, 3, 1, filters)`.
#
# To compare them, all must be drawn on **one scale**, which has 0 in its middle: from $-m$ to $m$,
# where $m$ is the largest absolute weight of the whole layer. With `imshow(…, vmin=-m, vmax=m)` and a
# colour map of two colours, such as `cmap="RdBu_r"`, a weak kernel stays pale. Without the limits
# Matplotlib stretches each kernel to the full range, and all look equally strong.
#
# **Task `draw_kernels`.** Draw every kernel of the first `Conv2D` layer of the model that you are
# given, in their order, row by row, each as one image in Axes of its own, upright. It may have
# another number of filters than yours: `figure.add_subplot(rows, columns, place)` counts from 1.

# %% draw_kernels
def draw_kernels(model: keras.Model) -> plt.Figure:
    """Draw the kernels of the first Conv2D layer; return the Figure.

    Args:
        model: A network whose first `Conv2D` layer sees one channel, trained or not. It stays as it
            is.

    Returns:
        The Matplotlib `Figure`: one image for each filter, all on a scale from `-m` to `m`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    draw_kernels(build_cnn()).suptitle("untrained")
    draw_kernels(model).suptitle("trained")
    plt.show()

# %% [markdown]
# In the random kernels neighbouring weights know nothing of each other. In the trained ones they have
# the same colour more often: many kernels have a red side and a blue one, and answer to an edge, and
# some are red nearly everywhere, and answer to ink. Much of the chance that they began with is left.
#
# What the filters *find* shows in the feature maps of a digit. Every layer of a built model knows
# where its result comes out: `layer.output`. A second model with the same input and *that* as its
# output computes the maps:
#
# ```python
# inner = keras.Model(inputs=model.inputs, outputs=[one_layer.output, another_layer.output])
# ```
#
# It shares the layers and their weights with the first model, so there is nothing to train, and
# with two outputs `inner.predict(x)` returns two arrays.
#
# **Task `feature_maps`.** Return the outputs of both `Conv2D` layers (before the pooling) of the
# model that you are given. Choose the layers by their class rather than by their place, for
# `model.layers` begins with an input layer in some models and not in others:
# `isinstance(layer, keras.layers.Conv2D)`.

# %% feature_maps
def feature_maps(model: keras.Model, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs of both Conv2D layers.

    Args:
        model: A network like that of `build_cnn`, with two `Conv2D` layers, trained or not.
        images: Prepared images, `float32`, shape `(n, 28, 28, 1)`.

    Returns:
        The maps of the first `Conv2D` layer, shape `(n, 26, 26, 64)`, and those of the second,
        shape `(n, 11, 11, 128)`, after their `relu`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
def draw_maps(maps: np.ndarray, title: str) -> None:
    """Draw 48 of the maps of one image, shape `(height, width, channels)`."""
    figure, axes = plt.subplots(4, 12, figsize=(9, 3.4), layout="constrained")
    for channel, ax in enumerate(axes.flat):
        # Black is 0 in every map; without vmin it would be the smallest value, whatever that is.
        ax.imshow(maps[:, :, channel], cmap="gray", vmin=0)
        ax.axis("off")
    figure.suptitle(title)
    plt.show()


if __name__ == "__main__":
    x_test = prepare_images(test_images)
    first, second = feature_maps(model, x_test[:1])
    draw_maps(first[0], "First layer: 48 of its 64 maps")
    draw_maps(second[0], "Second layer: 48 of its 128 maps")

# %% [markdown]
# In the maps of the first layer you still see the digit: whole in many, only its upper or its left
# edges in others, dark on grey where a filter answers to the paper. The second layer's maps are
# smaller, and no longer pictures of the digit. Each says where a *combination* of what the first
# layer has found is: it may be an end of a stroke, a bend or a crossing, and often nothing that has
# a name. Where a map is black, the pattern of its filter does not occur.
#
# ## 7. The test
#
# Now the test set. The digit that the network answers with is the place of the largest of its ten
# outputs, `argmax(axis=1)`. On the sample expect about 0.97 right, on the full set 0.99.

# %%
if __name__ == "__main__":
    answers = model.predict(x_test, verbose=0).argmax(axis=1)
    print(f"test accuracy {(answers == test_labels).mean():.4f}")

# %% [markdown]
# Was the trouble worth it? Here is the network of exercise 5, of `Dense` layers alone, trained by
# your own `train` on the same images. Both are asked for the test images as they are, then for the
# same images moved to the right by some pixels, and mirrored.

# %%
def moved(images: np.ndarray, pixels: int) -> np.ndarray:
    """Return images moved to the right; black comes in from the left."""
    return np.pad(images, ((0, 0), (0, 0), (pixels, 0), (0, 0)))[:, :, : images.shape[2]]


def share_right(network: keras.Model, images: np.ndarray) -> float:
    """Return the share of the test images, changed in some way, that a network still reads."""
    return float((network.predict(images, verbose=0).argmax(axis=1) == test_labels).mean())


if __name__ == "__main__":
    mlp = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    train(mlp, x_train, y_train, x_val, y_val)
    figure, axes = plt.subplots(1, 2, figsize=(10, 3), layout="constrained", width_ratios=[1, 2])
    samples = [x_test[0], moved(x_test[:1], 4)[0], x_test[0, :, ::-1]]
    axes[0].imshow(np.hstack(samples), cmap="gray")
    axes[0].set_title("as it is, moved by 4, mirrored")
    axes[0].axis("off")
    for name, network in {"MLP": mlp, "CNN": model}.items():
        right = [share_right(network, moved(x_test, pixels)) for pixels in range(9)]
        axes[1].plot(range(9), right, marker="o", label=name)
        print(f"{name}: as they are {right[0]:.3f}, moved by 3 pixels {right[3]:.3f},", end=" ")
        print(f"mirrored {share_right(network, x_test[:, :, ::-1]):.3f}")
    axes[1].set(xlabel="moved by so many pixels", ylabel="share right", ylim=(0, 1))
    axes[1].legend()
    plt.show()

# %% [markdown]
# Moved by three pixels the CNN still reads some seven digits in ten, the MLP about half. Filters
# find a stroke wherever it stands, and the poolings forgive a pixel or two. But behind them
# `Flatten` gives each place to weights of its own, and so the CNN, too, reads less and less. Mirrored
# digits are other pictures to both: no filter is mirrored with them. Some three or four in ten are
# still read, above all an 8, and many a 0, 1 or 4: they look much the same from both sides. Of 3
# and 5 hardly any is. Whoever wants such digits read must train with such images.
#
# One number says how often the network errs, and nothing about how. The *confusion matrix* does:
# row $i$, column $j$ counts the images of the digit $i$ for which the network answered $j$.
#
# $$C_{ij} = \text{number of images with label } i \text{ and answer } j$$
#
# Right answers stand on the diagonal, everything else is a mistake. Remember which way it goes:
# **rows are true, columns are predicted.** The other way round it is another matrix.
#
# **Task `confusion`.** Count them. There are always ten rows and ten columns, even where a digit
# does not occur among the labels and the answers. A loop over `zip(labels, predicted)` will do, or
# `np.add.at`; so will `confusion_matrix` of `sklearn.metrics`, if you tell it `labels=range(10)`.

# %% confusion
def confusion(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the confusion matrix: rows are true, columns predicted.

    Args:
        labels: The true digits, whole numbers from 0 to 9, shape `(n,)`.
        predicted: The network's answers, whole numbers from 0 to 9, shape `(n,)`.

    Returns:
        Counts of shape `(10, 10)`: row `i`, column `j` is the number of images of the digit `i`
        that were taken for `j`, for any number of images (mind that `uint8` ends at 255).
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    matrix = confusion(test_labels, answers)
    figure, ax = plt.subplots(figsize=(5, 4.6), layout="constrained")
    # The many right answers would outshine the mistakes: colour the mistakes alone.
    mistakes = np.where(np.eye(CLASSES, dtype=bool), 0, matrix)
    ax.imshow(mistakes, cmap="Reds", vmin=0, vmax=1.7 * mistakes.max())
    for (row, column), count in np.ndenumerate(matrix):
        ax.text(column, row, count or "", ha="center", va="center", fontsize=8)
    ax.set(xlabel="predicted", ylabel="true", xticks=range(CLASSES), yticks=range(CLASSES))
    plt.show()

# %% [markdown]
# ## 8. Which digits are hard?
#
# The *recall* of a digit is the share of its images that were recognised: of all images of a 9,
# how many did the network call a 9?
#
# $$\text{recall}_i = \frac{C_{ii}}{\sum_j C_{ij}}$$
#
# The sum runs along the *row*. Along the column it would be the *precision*: of all answers "9",
# how many were right?
#
# **Task `per_class_recall`.** Return the ten recalls. `matrix.diagonal()` and `matrix.sum(axis=…)`
# help: `axis=0` adds up the columns, `axis=1` the rows.

# %% per_class_recall
def per_class_recall(matrix: np.ndarray) -> np.ndarray:
    """Return the recall of each digit.

    Args:
        matrix: A confusion matrix of counts, rows true, columns predicted, shape `(10, 10)`. Each
            digit occurs, so that no row is empty. It stays as it is.

    Returns:
        For each digit the share of its images that were recognised, from 0 to 1, shape `(10,)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    for digit, recall in enumerate(per_class_recall(matrix)):
        print(f"{digit}: {recall:.3f}")

# %% [markdown]
# Which mistake does it make most often? That is the largest number *off* the diagonal; its row is
# what was written, its column what was read. A 4 taken for a 9 and a 9 taken for a 4 are two
# different mistakes.
#
# **Task `most_confused`.** Return the pair. `np.argmax` of a matrix counts through all 100 places;
# `np.unravel_index(place, (10, 10))` makes row and column of it. Do not change the matrix that you
# are given: to set its diagonal to 0, work on a copy.

# %% most_confused
def most_confused(matrix: np.ndarray) -> tuple[int, int]:
    """Return the most frequent mistake, as (true, predicted).

    Args:
        matrix: A confusion matrix of counts, rows true, columns predicted, shape `(10, 10)`. It
            stays as it is.

    Returns:
        `(true, predicted)`: the two different digits with the largest count. If there are several
        such pairs, any of them.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    true, predicted = most_confused(matrix)
    print(f"Most often a {true} was taken for a {predicted}: {matrix[true, predicted]} times.")

# %% [markdown]
# ## 9. See a mistake
#
# Last, look at one. Is it a digit that you would have read? Then the network needs more training,
# or more images like it. If not, it may have reached what can be read.
#
# **Task `plot_misclassified`.** Draw one image whose prediction is wrong, with its label and the
# prediction in the title, in this form: `True: 9, Predicted: 4`. The places of all wrong ones are
# `np.flatnonzero(labels != predicted)`; take any of them.

# %% plot_misclassified
def plot_misclassified(
    images: np.ndarray, labels: np.ndarray, predicted: np.ndarray
) -> plt.Figure:
    """Draw one misclassified digit; return the Figure.

    Args:
        images: Grey images, shape `(n, 28, 28)`.
        labels: The true digit of each, shape `(n,)`.
        predicted: The network's answer for each, shape `(n,)`; at least one is wrong.

    Returns:
        The Matplotlib `Figure`: one image whose answer is wrong, titled like
        `True: 9, Predicted: 4`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_misclassified(test_images, test_labels, answers)
    plt.show()

# %% [markdown]
# ## 10. Another task for the same network
#
# The network knows nothing of digits but what its weights have learned. The same network, trained
# from new weights on Fashion-MNIST, learns to tell ten kinds of clothes; the images are of the same
# size. What does that one make of digits? It has no word for them, and no way to say so: its ten
# probabilities still sum to 1.

# %%
if __name__ == "__main__":
    places = [".", "data", "../data", "exercises/data", "../ex08_fashion_cnn"]
    files = [Path(place) / "fashion_mnist_sample.npz" for place in places]
    found = [path for path in files if path.is_file()]
    if found:
        clothes = "T-shirt trousers pullover dress coat sandal shirt sneaker bag boot".split()
        with np.load(found[0]) as data:
            garments, kinds = prepare_images(data["x_train"]), data["y_train"]
            test_garments, test_kinds = prepare_images(data["x_test"]), data["y_test"]
        other = build_cnn()
        train(other, *split_data(garments, kinds, len(kinds) // 12))
        right = other.predict(test_garments, verbose=0).argmax(axis=1) == test_kinds
        print(f"clothes right: {right.mean():.3f}")
        taken_for = other.predict(x_test, verbose=0)
        figure, axes = plt.subplots(1, 10, figsize=(11, 1.8), layout="constrained")
        for digit, ax in enumerate(axes):
            ax.imshow(test_images[test_labels == digit][0], cmap="gray")
            kinds_of_digit = taken_for[test_labels == digit].argmax(axis=1)
            ax.set_title(clothes[np.bincount(kinds_of_digit).argmax()])
            ax.axis("off")
        figure.suptitle("For what most digits of each kind are taken")
        print(f"mean of the largest probability for a digit: {taken_for.max(axis=1).mean():.2f}")
        plt.show()
    else:
        print("Put fashion_mnist_sample.npz, which comes with exercise 8, beside this file.")

# %% [markdown]
# After four epochs on the sample it knows five clothes in six. And it calls about half of the digits
# sandals, most others trousers, bags or dresses, on average with a probability of some 0.7. How sure
# a network is says little where an image is like nothing that it has learnt.
