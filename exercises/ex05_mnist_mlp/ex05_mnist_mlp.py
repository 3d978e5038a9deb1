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
# # A multi-layer perceptron for MNIST
#
# MNIST is a collection of handwritten digits: small grey pictures, each with the digit that
# its writer meant. To tell which digit a picture shows is a *classification*: each picture belongs
# to one of ten *classes*. Here you teach a network of three layers to do it, and you go the whole
# way: look at the data, prepare it, build, train, judge.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex05_mnist_mlp` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.

# %%
from __future__ import annotations

from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

# A picture has 28 rows of 28 pixels; it shows one of the ten digits 0 to 9.
PIXELS = 28 * 28
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
# ## 1. Look at the data
#
# The data comes in two parts. The network learns from the *training* set. The *test* set is put
# aside until the very end: only pictures that the network has never met can tell whether it reads
# digits or has merely learned its pictures by heart.
#
# So that everything runs at once and offline, this course carries a sample of MNIST: 6,000
# training and 1,000 test images. For all 60,000 and 10,000 use the line with `keras.datasets`
# below (it downloads 11 MB); nothing else changes, but training takes ten times as long.

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

# %% [markdown]
# Before any network: what *is* an image here? An array of whole numbers, one for each pixel, from
# 0 (bare paper) to 255 (full ink). The shape decides what goes into the network, the range
# how to scale it, and the labels how many answers there are. If one digit were much rarer than
# the others, a network could look good while it ignored that digit; so count them.
#
# **Task `inspect_data`.** Collect these facts in a dictionary. For the sample you will see
# the shape `(6000, 28, 28)`, values from 0 to 255, and 600 images of each digit.

# %% inspect_data
def inspect_data(images: np.ndarray, labels: np.ndarray) -> dict[str, object]:
    """Return shape, dtype, min, max and class counts.

    Args:
        images: Grey values, `uint8`, shape `(n, 28, 28)`.
        labels: The digit of each image, whole numbers of any type, shape `(n,)`.

    Returns:
        A dictionary with five entries: `"shape"` of the images (a tuple), `"dtype"` of the images
        (a string, such as `"uint8"`), `"min"` and `"max"` of their values, and `"counts"`: how
        many images there are of each digit 0 to 9, ten numbers, 0 for a digit that is missing.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    for name, fact in inspect_data(train_images, train_labels).items():
        print(f"{name:>7}: {fact}")

# %% [markdown]
# ## 2. See the digits
#
# Numbers about pictures are no pictures. Always look at some of your data, with the labels: a
# mirrored image or labels that slipped by one row are seen at a glance, and never found in a table.
#
# **Task `plot_digits`.** Draw the first 16 images in a 4×4 grid, row by row, each with its label as
# the title. `plt.subplots(4, 4)` gives a figure and an array of 16 Axes, and `ax.imshow(image,
# cmap="gray")` draws one image. It shows small numbers black and large ones white, so you will see
# white ink on black paper; `cmap="gray_r"` turns that around, and is as good. You will use the
# function twice: now with the true digits, and at the end with the network's answers.

# %% plot_digits
def plot_digits(images: np.ndarray, labels: np.ndarray) -> plt.Figure:
    """Draw 16 digits in a 4×4 grid; return the Figure.

    Args:
        images: At least 16 grey images, shape `(n, 28, 28)`.
        labels: A digit for each image, shape `(n,)`.

    Returns:
        The Matplotlib `Figure`: 16 Axes, row by row, each with one image and, as its title, the
        label of that image.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_digits(train_images, train_labels)
    plt.show()

# %% [markdown]
# ## 3. Prepare the images
#
# A `Dense` layer takes a row of numbers, not a square of them. So each image is laid out as one
# row of $28 \cdot 28 = 784$ values, line after line; this is called flattening. The network
# loses sight of which pixels were neighbours. (Convolutional networks, in exercise 7, do not.)
#
# The values must also be small. Keras starts with weights made for inputs near 1. Pixels
# up to 255 would make the first sums hundreds of times too large, and the training would stumble
# along. So divide by 255, the largest value that a pixel *can* have, the same for every image and
# every set: $x = \text{pixel} / 255$, between 0 and 1. Networks calculate with `float32`.
#
# **Task `prepare_images`.** Flatten and scale. Do it for any number of images: do not
# write 60000 anywhere; `reshape(-1, 784)` lets NumPy count the rows.

# %% prepare_images
def prepare_images(images: np.ndarray) -> np.ndarray:
    """Return the images as rows of 784 values, 0 to 1.

    Args:
        images: Grey values from 0 to 255, `uint8`, shape `(n, 28, 28)`, for any `n`.

    Returns:
        The values divided by 255, `float32`, shape `(n, 784)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_train = prepare_images(train_images)
    print("x_train", x_train.shape, x_train.dtype, "from", x_train.min(), "to", x_train.max())

# %% [markdown]
# ## 4. Prepare the labels
#
# The network will not answer "5". It gives ten numbers, a probability for each digit. The right
# answer takes the same form, *one-hot*: 1 at the place of the digit, 0 elsewhere.
#
# | label | one-hot |
# |---|---|
# | 0 | 1 0 0 0 0 0 0 0 0 0 |
# | 5 | 0 0 0 0 0 1 0 0 0 0 |
# | 9 | 0 0 0 0 0 0 0 0 0 1 |
#
# Why not train on the number itself? Then mistaking a 9 for a 1 would count as a larger error
# than mistaking it for an 8. Digits are names here, not amounts.
#
# **Task `prepare_labels`.** Encode the labels one-hot, with `keras.utils.to_categorical` or by
# hand. There are always ten columns, even where the digit 9 does not occur: without being told,
# `to_categorical` makes only as many columns as the largest label needs.

# %% prepare_labels
def prepare_labels(labels: np.ndarray) -> np.ndarray:
    """Return the labels one-hot, in ten columns.

    Args:
        labels: Digits from 0 to 9, `uint8`, shape `(n,)`, for any `n`.

    Returns:
        An array of shape `(n, 10)`: 1 in the column of the digit, 0 in the others.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    y_train = prepare_labels(train_labels)
    for label, row in zip(train_labels[:3], y_train):
        print(label, "becomes", row)

# %% [markdown]
# ## 5. The network
#
# Two hidden layers of 512 units, and an output layer of 10. Each hidden unit weighs all its inputs,
# adds a bias, and passes on what is positive: $\text{relu}(z) = \max(0, z)$. The sigmoid of the
# perceptron, which squeezes every sum between 0 and 1, goes flat for large sums; relu does not, so
# that networks of many layers learn faster with it.
#
# The ten sums $z_0, \dots, z_9$ of the output layer become ten probabilities by a function called
# *softmax*. It makes each sum positive and divides it by the total of all ten:
#
# $$\hat y_k = \frac{e^{z_k}}{\sum_{j=0}^{9} e^{z_j}}, \qquad \sum_k \hat y_k = 1.$$
#
# All ten depend on each other: what one digit gains, the others lose. Ten sigmoids would not do
# that; they could give the same picture 90% for a 3 *and* 90% for an 8.
#
# | layer | weights and biases | parameters |
# |---|---|---|
# | `Dense(512)`, relu | 784 · 512 + 512 | 401,920 |
# | `Dense(512)`, relu | 512 · 512 + 512 | 262,656 |
# | `Dense(10)`, softmax | 512 · 10 + 10 | 5,130 |
# | together | | **669,706** |
#
# **Task `build_model`.** Build it. It is compiled and trained in the next task.

# %% build_model
def build_model() -> keras.Model:
    """Return the untrained 512-512-10 network.

    Returns:
        A `keras.Model`: input `(batch, 784)`, output `(batch, 10)`, 669,706 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    model = build_model()
    model.summary()

# %% [markdown]
# ## 6. Training
#
# For ten classes the *loss*, the measure of how wrong the answers are, is the *categorical*
# cross-entropy (in Keras `loss="categorical_crossentropy"`). Of the ten probabilities only the one
# given to the right digit counts, since $y_k$ is 0 for all others:
#
# $$L = -\sum_k y_k \ln \hat y_k = -\ln \hat y_{\text{right}}.$$
#
# A network that gives each digit the probability 1/10 has a loss of $\ln 10 \approx 2.3$. The
# *optimizer*, which moves the weights so that the loss gets smaller, is *Adam*
# (`optimizer="adam"`): a gradient descent that finds a step length of its own for each weight. Its
# defaults serve well here.
#
# An *epoch* is one pass through the training images; after each *batch* of 128 the weights
# move. `validation_split=0.1` holds back the last tenth of the images: the network
# does not learn from them, and after each epoch Keras measures the loss on them, and the
# *accuracy*: the share of images that the network reads right. (A *metric* such as this is for you
# to read; it is the loss that moves the weights.) The test set stays where it is. Whoever picks the
# best of many networks by the test set has used it up.
#
# **Task `train`.** Compile the model *that you are given* with Adam and its defaults, categorical
# cross-entropy and the metric `"accuracy"`; then fit it in one call: 10 epochs, batches of 128, the
# last tenth for validation. Return what `fit` returns, a `History`. With `verbose=2` you see two
# short lines for each epoch.
# On the sample expect a validation accuracy of about 0.95, on the full set 0.98.

# %% train
def train(model: keras.Model, x: np.ndarray, y: np.ndarray) -> keras.callbacks.History:
    """Return the History of compiling and fitting.

    Args:
        model: An untrained network with input `(batch, 784)` and output `(batch, 10)`. It is
            trained in place; images and labels stay as they are.
        x: Prepared images, `float32` from 0 to 1, shape `(n, 784)`.
        y: One-hot labels, shape `(n, 10)`.

    Returns:
        The `History` that `fit` returns: loss and accuracy after each of the 10 epochs, for
        training and for validation.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    history = train(model, x_train, y_train)

# %% [markdown]
# ## 7. Learning curves
#
# `history.history` is a dictionary with one list for each of `"loss"`, `"accuracy"`,
# `"val_loss"` and `"val_accuracy"`, one value for each epoch. Drawn, they show
# how the training went. While both losses fall, the network learns to read. Where the training loss
# falls on and the validation loss stays or rises, it begins to learn its pictures by heart
# (*overfitting*).
#
# **Task `plot_history`.** Draw the two losses in one panel and the two accuracies in another,
# over the epochs, counted from 1 or from 0. Name the curves in a legend. The name of a validation
# curve has "val" in it, that of a training curve has not (such as "validation" and "training", or
# `val_loss` and `loss`). Write "epoch" below the axes.

# %% plot_history
def plot_history(history: keras.callbacks.History) -> plt.Figure:
    """Draw the learning curves; return the Figure.

    Args:
        history: What `train` returned; any number of epochs.

    Returns:
        The Matplotlib `Figure`: `loss` and `val_loss` in one Axes, `accuracy` and `val_accuracy`
        in another, each with a legend and an x axis labelled "epoch".
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_history(history)
    plt.show()

# %% [markdown]
# With pandas, where it is installed, a first look takes one line: `history.history` is a `dict` of
# lists, which makes a table with a row for each epoch, and a table can draw its columns. All four
# curves then share one panel, with epochs from 0.

# %%
if __name__ == "__main__":
    try:
        import pandas as pd
    except ModuleNotFoundError:
        print("This cell needs pandas: `pip install pandas`.")
    else:
        table = pd.DataFrame(history.history)
        print(table.round(3))
        table.plot(figsize=(8, 4), xlabel="epoch", grid=True)
        plt.show()

# %% [markdown]
# ## 8. The test
#
# Now, once, the test set. The network's answer is the digit with the largest probability, and the
# accuracy is the share of images for which that is the right one.
#
# **Task `evaluate`.** Measure the loss and the accuracy of a trained model with `model.evaluate`;
# `verbose=0` keeps it quiet. Mind the order: loss first. On the sample expect an accuracy of
# about 0.96, on the full set about 0.98, and compare it with the training's: a large gap
# means overfitting.

# %% evaluate
def evaluate(model: keras.Model, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the model's loss and accuracy.

    Args:
        model: A network compiled with a loss and the metric `"accuracy"`.
        x: Prepared images, shape `(n, 784)`.
        y: One-hot labels, shape `(n, 10)`.

    Returns:
        `(loss, accuracy)`: the mean cross-entropy, and the share of right answers, from 0 to 1.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_test, y_test = prepare_images(test_images), prepare_labels(test_labels)
    loss, accuracy = evaluate(model, x_test, y_test)
    print(f"test loss {loss:.3f}, test accuracy {accuracy:.3f}")

# %% [markdown]
# A number is not the end of it. Which digits does the network misread, and what does it take them
# for? Below are 16 of them, each with the network's answer as its title. Some of them you
# would not read either.

# %%
if __name__ == "__main__":
    answers = model.predict(x_test, verbose=0).argmax(axis=1)
    wrong = np.flatnonzero(answers != test_labels)
    plot_digits(test_images[wrong], answers[wrong]).suptitle("Misread, with the network's answers")
    plt.show()
