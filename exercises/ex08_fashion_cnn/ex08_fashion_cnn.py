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
# # A convolutional network for Fashion-MNIST
#
# Fashion-MNIST has the form of MNIST, but its pictures show ten kinds of clothes, shoes and bags,
# taken from a shop's catalogue. It is much harder: a shirt and a coat differ by a collar and
# some buttons, seen in 28 by 28 pixels. Here you train a convolutional network for it with care:
# with a validation set of its own, a training that stops by itself, and a record of that training;
# then you look closely at what it confuses.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code, and have it checked
# at once: you read what is wrong and what to do next. In an `.ipynb` file that you were given, run
# the folded cell under your answer. For a `.py` file, also when you see it as a notebook, run
# `pytest ex08_fashion_cnn` in a terminal, in the folder that holds the exercises. Cells
# under `if __name__ == "__main__":` show you what you have made; leave them as they are.

# %%
from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import train_test_split

# What the labels 0 to 9 stand for, in this order.
CLASS_NAMES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]
CLASSES = len(CLASS_NAMES)

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
# ## 1. The pictures
#
# So that everything runs at once and offline, this course carries a sample of Fashion-MNIST: 6,000
# training and 1,000 test images. For all 60,000 and 10,000 use the line with `keras.datasets`
# below (it downloads 30 MB); nothing else changes, but training takes ten times as long.

# %%
def load_sample() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the bundled sample, in the form of `keras.datasets.fashion_mnist.load_data()`."""
    folders = [Path(folder) for folder in (".", "data", "../data", "exercises/data")]
    for path in (folder / "fashion_mnist_sample.npz" for folder in folders):
        if path.is_file():
            with np.load(path) as data:
                return (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])
    raise FileNotFoundError(
        f"fashion_mnist_sample.npz lies beside the notebook, or in exercises/data. "
        f"Received: neither, seen from {Path.cwd()}. Run this in the exercise's own folder."
    )


if __name__ == "__main__":
    (train_images, train_labels), (test_images, test_labels) = load_sample()
    # (train_images, train_labels), (test_images, test_labels) = keras.datasets.fashion_mnist.load_data()
    print("training images", train_images.shape, " test images", test_images.shape)

    figure, axes = plt.subplots(2, 5, figsize=(9, 4.2), layout="constrained")
    for label, ax in enumerate(axes.flat):
        ax.imshow(train_images[train_labels == label][0], cmap="gray")
        ax.set_title(f"{label}: {CLASS_NAMES[label]}")
        ax.axis("off")
    plt.show()

# %% [markdown]
# ## 2. Prepare the data
#
# You know both parts of it; here one function does them. Images become what a `Conv2D` layer takes
# (exercise 7): `(n, 28, 28)` becomes `(n, 28, 28, 1)`, with an axis of *channels* at its end, by
# `images[..., np.newaxis]` or `reshape`; and each pixel is divided by 255. Labels become one-hot
# rows of ten numbers (exercise 5):
#
# $$x = \text{pixel} / 255, \qquad y_k = 1 \text{ for the class } k \text{ of the image, else } 0.$$
#
# **Task `prepare_data`.** Do both, for any number of images. There are ten columns
# also where a class does not occur: tell `keras.utils.to_categorical` so with `num_classes`.
# For the sample you will see the shapes `(6000, 28, 28, 1)` and `(6000, 10)`.

# %% prepare_data
def prepare_data(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return images with a channel axis, and one-hot labels.

    Args:
        images: Grey values from 0 to 255, `uint8`, shape `(n, 28, 28)`, for any `n`.
        labels: The class of each image, 0 to 9, `uint8`, shape `(n,)`.

    Returns:
        `(x, y)`: the images divided by 255, `float32`, shape `(n, 28, 28, 1)`; and the labels
        one-hot, shape `(n, 10)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_all, y_all = prepare_data(train_images, train_labels)
    print("x", x_all.shape, x_all.dtype, "from", x_all.min(), "to", x_all.max())
    print("label", train_labels[0], "becomes", y_all[0])

# %% [markdown]
# ## 3. Training and validation
#
# While a network trains you will want to know how it does on images that it does not learn from:
# to see whether it overfits, and to stop in time. The test set must not be used for that. Whatever
# decides something about the training is part of the training, and the test would no longer be
# one. So a part of the *training* images is put aside for validation: here three tenths.
#
# Which ones? The last ones are right only if the file is known to be in random order, as MNIST's is
# (exercise 7). Of most data you do not know that; a file may be sorted by class, and then the last
# three tenths are three classes that the network never learns. It is safer to shuffle, and
# scikit-learn's `train_test_split` does. Images and labels must be shuffled *together*, in one
# call, or each image gets another one's label. And the shuffle is random, unless you name a seed:
# with `random_state=777` everybody who repeats your work gets the same split as you. It returns
# four arrays: both parts of the first argument, then both parts of the second.
#
# | | training | validation |
# |---|---|---|
# | sample, 6,000 | 4,200 | 1,800 |
# | full set, 60,000 | 42,000 | 18,000 |
#
# **Task `split_data`.** Split with `train_test_split`, `test_size=0.3` and `random_state=777`.

# %% split_data
def split_data(
    x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training and validation parts, 70% and 30%.

    Args:
        x: Images, shape `(n, height, width, 1)`.
        y: The one-hot label of each image, shape `(n, 10)`.

    Returns:
        `(x_train, x_val, y_train, y_val)`, in scikit-learn's order, shuffled with the seed 777;
        row i of `y_train` belongs to row i of `x_train`, and so for validation.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_train, x_val, y_train, y_val = split_data(x_all, y_all)
    print("training", x_train.shape, y_train.shape, " validation", x_val.shape, y_val.shape)

# %% [markdown]
# ## 4. The network
#
# Three times the same pair: a convolution that looks for patterns, and a pooling that halves the
# picture. From pair to pair a result depends on a larger part of the picture, so that the patterns
# can be larger and of more kinds: each convolution has twice as many filters as the one before, on
# maps of half the size. (Which patterns they are is left to the training. Edges first, then what
# edges make up, is what one often finds, and no rule.)
#
# A filter of size 3 has $3 \cdot 3$ weights for each channel that it reads, and one bias. With
# $f$ filters on $c$ channels a `Conv2D` layer holds
#
# $$(3 \cdot 3 \cdot c + 1) \cdot f \text{ parameters.}$$
#
# `padding="same"` lays a border of zeros around the picture, so that a convolution keeps its size.
# A `MaxPooling2D` keeps the largest of each 2 by 2 values. From $n$ rows it makes
# $\lceil n / 2 \rceil$ with `padding="same"`, but $\lfloor n / 2 \rfloor$ without: of 7 rows
# the seventh would be thrown away, and 3 be left instead of 4.
#
# | layer | output | parameters |
# |---|---|---|
# | `Conv2D`, 16 filters, relu | 28 · 28 · 16 | (9 · 1 + 1) · 16 = 160 |
# | `MaxPooling2D` | 14 · 14 · 16 | 0 |
# | `Conv2D`, 32 filters, relu | 14 · 14 · 32 | (9 · 16 + 1) · 32 = 4,640 |
# | `MaxPooling2D` | 7 · 7 · 32 | 0 |
# | `Conv2D`, 64 filters, relu | 7 · 7 · 64 | (9 · 32 + 1) · 64 = 18,496 |
# | `MaxPooling2D` | 4 · 4 · 64 | 0 |
# | `Flatten` | 1,024 | 0 |
# | `Dense`, 64 units, relu | 64 | (1,024 + 1) · 64 = 65,600 |
# | `Dense`, 10 units, softmax | 10 | (64 + 1) · 10 = 650 |
# | together | | **89,546** |
#
# A network of `Dense` layers, 512-512-10, has 669,706 parameters, over seven times as many. A
# filter is used at every place of the picture, and its 3 by 3 weights are paid for once.
#
# **Task `build_cnn`.** Build it: kernels of size 3 without gaps (no `dilation_rate`), pools of 2 by
# 2 with steps of 2, `padding="same"` in all six, and no layers besides those of the table. Do not
# compile or train it yet.

# %% build_cnn
def build_cnn() -> keras.Model:
    """Return the untrained network: three convolutions, two Dense layers.

    Returns:
        A `keras.Model`: input `(batch, 28, 28, 1)`, output `(batch, 10)`, 89,546 parameters.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    model = build_cnn()
    model.summary()

# %% [markdown]
# ## 5. A picture of the network
#
# A table of layers is exact, a picture is seen at a glance. Keras has `keras.utils.plot_model`, but
# that needs two things which do not come with Keras: the package `pydot` and the program Graphviz.
# Where one of them is missing it draws nothing: in a notebook it prints what is missing, in a
# script it raises an `ImportError`. So you draw the picture yourself, with nothing but Matplotlib:
# a box for each layer, from the input side to the output side, and in it what the layer is and the
# shape of what it gives.
#
# All that you need, the model tells you. `model.layers` lists the layers; of a layer, `layer.name`
# is its name, `type(layer).__name__` its class, and `layer.output.shape` a tuple such as `(None,
# 28, 28, 16)`: `None` stands for the number of images, which is free. To draw a box with text,
# `ax.text(x, y, text, bbox={"facecolor": "white"})` will do.
#
# **Task `plot_architecture`.** Draw it, for any model of this kind: all text comes from
# the model that is given. The boxes stand in the order of the layers, and each tells the shape of
# its own layer. How they look is up to you.

# %% plot_architecture
def plot_architecture(model: keras.Model) -> plt.Figure:
    """Draw the layers as a column of boxes; return the Figure.

    Args:
        model: A built model, layer after layer in one line.

    Returns:
        The Matplotlib `Figure`: for each layer of `model.layers`, in their order, a box with text
        that tells the layer's name or class, and its output shape (with or without the batch).
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_architecture(model)
    plt.show()

# %% [markdown]
# Where both are installed (`pip install pydot`, and Graphviz from its own site or the system's
# packages), this is what `plot_model` draws.

# %%
if __name__ == "__main__":
    if shutil.which("dot") and find_spec("pydot"):
        with TemporaryDirectory() as folder:
            path = f"{folder}/model.png"
            keras.utils.plot_model(model, to_file=path, show_shapes=True, dpi=60)
            picture = plt.imread(path)
        plt.figure(figsize=(picture.shape[1] / 90, picture.shape[0] / 90), layout="constrained")
        plt.imshow(picture)
        plt.axis("off")
        plt.show()
    else:
        print("This cell needs Graphviz (the program `dot`) and pydot.")

# %% [markdown]
# ## 6. Training
#
# How many epochs? Too few, and the network has not learnt enough; too many, and it learns its
# pictures by heart. Let the validation loss decide: it is measured after each epoch, and while it
# still falls, the network still learns something that holds for other pictures too.
#
# A *callback* is an object that `fit` calls at set moments, such as the end of each epoch. Two of
# Keras's own serve here; `fit(..., callbacks=[first, second])` takes them in a list:
#
# - `keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)` ends
#   the training when the validation loss has not been lower than its best for 3 epochs, and gives
#   the model back the weights of its best epoch. Without `restore_best_weights` it would keep
#   those of the last, which are worse by then.
# - `keras.callbacks.TensorBoard(log_dir=...)` writes the loss and the metrics of each epoch to event
#   files in a folder, from which the program TensorBoard draws curves while the training goes on.
#   To see them, run `tensorboard --logdir logs` beside the notebook and open the address that it
#   prints. Give each training a folder of its own, or their curves are mixed.
#
# **Task `train`.** Compile the model *that you are given* with Adam, categorical cross-entropy
# (`loss="categorical_crossentropy"`) and the metric `"accuracy"`, each with the settings that Keras
# gives it (all three are those of exercise 5). Fit it on `x_train, y_train`, in batches of 32, for
# at most `epochs` epochs, with both callbacks, and with `validation_data=(x_val, y_val)`. (No
# `validation_split`: that would take images away from `x_train`, when others have been put aside.)
# Return what `fit` returns, a `History`.
#
# On the sample expect 9 to 20 epochs of one or two seconds, and a best validation accuracy of about
# 0.85; on the full set about ten times as long for each epoch, and 0.90.

# %% train
def train(
    model: keras.Model,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_val: np.ndarray,
    y_val: np.ndarray,
    epochs: int = 30,
    log_folder: str = "logs/fashion",
) -> keras.callbacks.History:
    """Return the History of a training that stops by itself.

    Args:
        model: An untrained network with input `(batch, 28, 28, 1)` and output `(batch, 10)`. It is
            the one that is trained, and has the weights of its best epoch in the end. Images and
            labels stay as they are.
        x_train: Prepared images to learn from, `float32` from 0 to 1, shape `(n, 28, 28, 1)`.
        y_train: Their one-hot labels, shape `(n, 10)`.
        x_val: Prepared images to validate on, shape `(m, 28, 28, 1)`.
        y_val: Their one-hot labels, shape `(m, 10)`.
        epochs: The largest number of epochs.
        log_folder: Where TensorBoard's event files go.

    Returns:
        The `History` that `fit` returns: loss and accuracy after each epoch, for training and for
        validation.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    history = train(model, x_train, y_train, x_val, y_val)

# %% [markdown]
# The curves, drawn here too. Where the validation loss is lowest, the network is best: the weights
# of that epoch are the ones that it now has. To the right of the mark the training loss still
# falls, and the validation loss gets no lower: overfitting begins.

# %%
if __name__ == "__main__":
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    best = int(np.argmin(history.history["val_loss"])) + 1
    for ax, name in zip(axes, ["loss", "accuracy"]):
        shown = range(1, len(history.history[name]) + 1)
        ax.plot(shown, history.history[name], marker="o", label="training")
        ax.plot(shown, history.history[f"val_{name}"], marker="o", label="validation")
        ax.axvline(best, color="grey", linestyle="--", label=f"best epoch, {best}")
        ax.set(xlabel="epoch", ylabel=name)
        ax.legend()
    plt.show()

# %% [markdown]
# ## 7. The test, class by class
#
# Now the test set, once. The network's answer to an image is the class with the largest of its
# ten probabilities; the accuracy is the share of right answers. On the sample expect about 0.85,
# on the full set about 0.90.
#
# One number hides much. Of each class, count the images of the class that were found (*true
# positives*, TP), those taken for something else (*false negatives*, FN), and the images of other
# classes that were taken for this one (*false positives*, FP). Then
#
# $$\text{precision} = \frac{TP}{TP + FP}, \qquad \text{recall} = \frac{TP}{TP + FN}, \qquad
# F_1 = \frac{2 \cdot \text{precision} \cdot \text{recall}}{\text{precision} + \text{recall}}.$$
#
# Precision: if the network says "Shirt", how often is it one? Recall: of all shirts, how many are
# found? $F_1$ is high only when both are. The *support* is the number of images of the class,
# $TP + FN$. Where a quotient would be 0/0, it counts as 0.
#
# **Task `class_report`.** Return these four for each class *by its name*. You may count by hand,
# or use scikit-learn's `classification_report` with `output_dict=True`; the names go into
# `target_names`, in the order of the labels. It must also work where a class does not occur:
# tell it all labels, `labels=range(10)`. (`zero_division=0` keeps it from warning about 0/0.)
#
# Expect an $F_1$ above 0.9 for trousers, sandals, bags and boots, and by far the lowest, between
# 0.5 and 0.7, for shirts.

# %% class_report
def class_report(labels: np.ndarray, predicted: np.ndarray) -> dict[str, dict[str, float]]:
    """Return precision, recall, F1 and support of each class.

    Args:
        labels: The true classes, 0 to 9, shape `(n,)`.
        predicted: The network's answers, 0 to 9, shape `(n,)`.

    Returns:
        A dictionary with the ten entries of `CLASS_NAMES`, each a dictionary with `"precision"`,
        `"recall"`, `"f1-score"` (all from 0 to 1) and `"support"` (a number of images).
        Further entries, such as scikit-learn's averages, do no harm.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    x_test, y_test = prepare_data(test_images, test_labels)
    predicted = model.predict(x_test, verbose=0).argmax(axis=1)
    print(f"test accuracy {(predicted == test_labels).mean():.3f}\n")
    print(f"{'class':<12} precision  recall  f1-score  support")
    for name, facts in class_report(test_labels, predicted).items():
        if name in CLASS_NAMES:
            print(
                f"{name:<12} {facts['precision']:9.3f} {facts['recall']:7.3f} "
                f"{facts['f1-score']:9.3f} {facts['support']:8.0f}"
            )

# %% [markdown]
# ## 8. What is taken for what
#
# The confusion matrix says where the errors go: its cell in row $i$ and column $j$ is the number of
# images *of* class $i$ that were taken *for* class $j$. You have counted one by hand in exercise 7;
# here scikit-learn's `confusion_matrix` may do that, and the picture is what matters. Right answers
# are on the diagonal. A row adds up to the support of its class: a pale diagonal cell means low
# recall, and the dark cells beside it in the row are the reason. In colours it is a *heat map*.
#
# **Task `plot_confusion`.** Draw it with `ax.imshow`: rows true, columns predicted, in the order of
# the labels, ten of each even where a class does not occur. Put the class names on both axes
# (`ax.set_xticks(range(10), CLASS_NAMES)` sets places and names together), write "predicted" below
# the x axis and "true" beside the y axis, and the number into each cell: `ax.text(x, y, text)`,
# where x counts the columns and y the rows.
#
# You will see a dark diagonal, and four classes that are taken for each other: T-shirts, pullovers,
# coats and shirts.

# %% plot_confusion
def plot_confusion(labels: np.ndarray, predicted: np.ndarray) -> plt.Figure:
    """Draw the confusion matrix as a heat map; return the Figure.

    Args:
        labels: The true classes, 0 to 9, shape `(n,)`.
        predicted: The network's answers, 0 to 9, shape `(n,)`.

    Returns:
        The Matplotlib `Figure`: a heat map of 10 rows (true) and 10 columns (predicted), with the
        class names at both axes, the axes named "predicted" and "true", and in each cell its
        number of images (a cell of 0 may stay empty).
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %%
if __name__ == "__main__":
    plot_confusion(test_labels, predicted)
    plt.show()

# %% [markdown]
# Ten of the errors, with what the picture is and what it was taken for. Would you have known?

# %%
if __name__ == "__main__":
    wrong = np.flatnonzero(predicted != test_labels)[:10]
    figure, axes = plt.subplots(2, 5, figsize=(9, 4.6), layout="constrained")
    for ax, place in zip(axes.flat, wrong):
        ax.imshow(test_images[place], cmap="gray")
        is_a, taken_for = CLASS_NAMES[test_labels[place]], CLASS_NAMES[predicted[place]]
        ax.set_title(f"{is_a},\ntaken for {taken_for}", fontsize=9)
    for ax in axes.flat:
        ax.axis("off")
    plt.show()
