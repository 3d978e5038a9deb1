"""Hidden checks of ex05_mnist_mlp. The oracle is NumPy; accuracy is counted on the host."""

from __future__ import annotations

import re

import numpy as np

from autograder import fits
from autograder.checks import (
    array,
    check,
    claim,
    close,
    compiled,
    core_layers,
    equal,
    layers,
    number,
    params,
)
from autograder.classification import (
    accuracy,
    fitted,
    one_hot,
    pixels_in_place,
    reaches_the_threshold,
    scaled_by_255,
    trains_what_is_given,
)
from autograder.decode import Axes, Opaque
from autograder.evidence import Evidence, describe

SLUG = "ex05_mnist_mlp"
#: What `autograder calibrate` measures, with `measure` below.
MEASURED_TASK = "train"
EPOCHS, BATCH_SIZE, VALIDATION = 10, 128, 0.1
CURVES = ("loss", "val_loss", "accuracy", "val_accuracy")


def _prepared(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1, 784).astype("float32") / 255


def _dtype_name(value: object) -> str:
    """Return "uint8" for the string and for NumPy's dtype object alike."""
    text = value.type if isinstance(value, Opaque) else str(value)
    return "uint8" if "uint8" in text.lower() else text


@check("inspect_data", points=1, hint="np.bincount(labels, minlength=10) counts all ten digits.")
def test_facts_about_the_data(evidence: Evidence) -> None:
    """`inspect_data` tells shape, dtype, range, and ten counts, 0 for a missing digit."""
    facts = evidence.value("inspect_data")
    rule = "`inspect_data` must return a dictionary with shape, dtype, min, max and counts"
    claim(isinstance(facts, dict), rule, describe(facts))
    missing = [name for name in ("shape", "dtype", "min", "max", "counts") if name not in facts]
    claim(not missing, rule, f"none of the name {', '.join(missing)}")
    images, labels = evidence.inputs["images"], evidence.inputs["few_labels"]
    shape = array(facts["shape"], 'The "shape" must be that of the images').tolist()
    equal(shape, list(images.shape), 'The "shape" must be that of the images')
    equal(_dtype_name(facts["dtype"]), "uint8", 'The "dtype" must be that of the images')
    for name, expected in (("min", images.min()), ("max", images.max())):
        rule = f'"{name}" must be the {name}imum of all values'
        claim(number(facts[name], rule) == expected, f"{rule}: {expected}", facts[name])
    rule = 'The "counts" must be ten numbers: how many images each digit has'
    close(facts["counts"], np.bincount(labels, minlength=10), rule)


def _digits(evidence: Evidence) -> list[Axes]:
    found = [axes for axes in evidence.figure("plot_digits").axes if axes.images]
    step = "Call `imshow` once for each of the 16 Axes of `plt.subplots(4, 4)`."
    equal(len(found), 16, "The picture must show 16 images, each in Axes of its own", step)
    return found


@check("plot_digits", points=1, hint="for ax, image in zip(axes.flat, images): ax.imshow(image)")
def test_grid_shows_the_first_images(evidence: Evidence) -> None:
    """The grid shows the first 16 images, in their order."""
    for place, axes in enumerate(_digits(evidence)):
        image = evidence.inputs["shown_images"][place].astype(float)
        shown = axes.images[0].astype(float)
        claim(
            shown.shape == (28, 28)
            and any(np.allclose(shown, one, atol=1e-4) for one in (image, image / 255)),
            f"Place {place} of the grid must show images[{place}]",
            f"another image, of shape {shown.shape}",
            "Go through the images in their order, row by row.",
        )


@check("plot_digits", points=1, hint="Call ax.set_title(str(label)) for each of the Axes.")
def test_grid_names_the_digits(evidence: Evidence) -> None:
    """The title of each image is its label."""
    labels = evidence.inputs["shown_labels"]
    for place, axes in enumerate(_digits(evidence)):
        claim(
            str(labels[place]) in re.findall(r"\d+", axes.title),
            f"The title of place {place} must be its label, {labels[place]}",
            repr(axes.title),
        )


@check("prepare_images", points=1, hint="images.reshape(-1, 784) keeps the order, for any number.")
def test_images_become_float32_rows(evidence: Evidence) -> None:
    """Any number of images becomes float32 rows of 784 values, line after line."""
    for name in ("images", "edges", "dark", "one"):
        expected = _prepared(evidence.inputs[name])
        count = len(expected)
        rule = f"{count} images must become an array of shape ({count}, 784)"
        rows = array(evidence.array(f"prepare_images.{name}"), rule, expected.shape)
        equal(str(rows.dtype), "float32", "The prepared values must be float32")
        rule = "A row must hold the lines of its image one after the other"
        pixels_in_place(rows, expected, rule)


@check("prepare_images", points=1, hint="Divide by 255, for every image and every set alike.")
def test_images_are_scaled_by_255(evidence: Evidence) -> None:
    """Pixels are divided by 255, also where no pixel is 0 or 255."""
    for name in ("edges", "dark", "images"):
        rows = array(evidence.array(f"prepare_images.{name}"), "The rows must be numbers")
        scaled_by_255(rows, evidence.inputs[name])  # order and shape are the other check's


def _one_hot(evidence: Evidence, key: str, labels: np.ndarray) -> None:
    rule = f"{len(labels)} labels must become rows of ten numbers, shape ({len(labels)}, 10)"
    one_hot(evidence.array(f"prepare_labels.{key}"), labels, rule)


@check("prepare_labels", points=1, hint="keras.utils.to_categorical, or np.eye(10)[labels].")
def test_labels_are_one_hot(evidence: Evidence) -> None:
    """Each label becomes a row with a 1 in the digit's column and 0 elsewhere."""
    _one_hot(evidence, "all", evidence.inputs["all_labels"])


@check("prepare_labels", points=1, hint="Tell to_categorical how many classes: num_classes=10.")
def test_labels_have_ten_columns(evidence: Evidence) -> None:
    """There are ten columns even where some digits do not occur."""
    _one_hot(evidence, "few", evidence.inputs["few_labels"])
    _one_hot(evidence, "one", evidence.inputs["few_labels"][:1])


@check("build_model", points=2, hint="Dense(512), Dense(512), Dense(10) on an input of 784 values.")
def test_layers_are_512_512_10(evidence: Evidence) -> None:
    """The network is 512-512-10 on 784 inputs: 401,920 + 262,656 + 5,130 parameters."""
    model = evidence.model("build_model")
    layers(model, [("Dense", {"units": units}) for units in (512, 512, 10)])
    equal(model.input_shape, (None, 784), "The input must have shape (None, 784)")
    params(model, 669_706)


@check("build_model", points=1, hint="relu in the hidden layers, softmax in the output layer.")
def test_activations_are_relu_and_softmax(evidence: Evidence) -> None:
    """The hidden layers use relu, the output layer softmax."""
    model = evidence.model("build_model")
    found = [one.activation for one in core_layers(model) if one.class_name == "Dense"]
    claim(len(found) > 1, "The network must have a hidden layer", f"{len(found)} Dense layers")
    *hidden, output = found
    equal(output, "softmax", "The output layer must have the activation softmax")
    claim(
        set(hidden) == {"relu"},
        "Each hidden layer must have the activation relu",
        ", ".join(hidden),
    )


@check("train", points=1, hint="Ten classes, one-hot: loss='categorical_crossentropy'.")
def test_compiles_with_adam_and_cross_entropy(evidence: Evidence) -> None:
    """The model is compiled with Adam, categorical cross-entropy and the metric accuracy."""
    compiled(
        evidence.model("train.model"),
        optimizer="Adam",
        loss="categorical_crossentropy",
        metric="accuracy",
    )


@check("train", points=1, hint="fit(x, y, batch_size=128, epochs=10, validation_split=0.1)")
def test_fits_as_asked(evidence: Evidence) -> None:
    """The fit has 10 epochs, batches of 128, nine tenths to learn from, a tenth to validate."""
    asked = fitted(evidence, "train.model").fits
    total = sum(fits.epochs(fit) for fit in asked)
    equal(total, EPOCHS, f"The training must last {EPOCHS} epochs")
    count = len(evidence.inputs["train_labels"])
    tenth = count * VALIDATION
    for fit in asked:
        equal(fits.batch_size(fit), BATCH_SIZE, f"A batch must have {BATCH_SIZE} images")
        learnt, held = fits.rows(fit)
        claim(
            abs(held - tenth) < 2 and abs(learnt - (count - tenth)) < 2,
            f"Of {count} images a tenth must be held back for validation, and no more",
            f"{learnt} to learn from, {held} to validate",
        )
        claim(
            fits.largest(fit) == 1.0,
            "`fit` must get the images as they are given, from 0 to 1",
            f"values up to {fits.largest(fit)}",
            "They are prepared already: do not scale them again.",
        )


@check("train", points=1, hint="Use the argument `model`, and end with `return model.fit(...)`.")
def test_trains_the_given_model(evidence: Evidence) -> None:
    """`train` trains the model that it is given, and returns the History of it."""
    trains_what_is_given(evidence, "train")


def measure(evidence: Evidence) -> float:
    """Return the trained model's accuracy on the test set, which no student code ever sees."""
    mnist = evidence.data["mnist"]
    model = fitted(evidence, "train.model")
    return accuracy(model, _prepared(mnist.x_test), mnist.y_test)


@check("train", points=3, hint="Compare loss, optimizer, epochs and batch size with the text.")
def test_reads_unseen_digits(evidence: Evidence) -> None:
    """The trained network reads digits that it has never met."""
    reaches_the_threshold(SLUG, evidence.data["mnist"].profile, measure(evidence))


@check("plot_history", points=1, hint="ax.plot(values, label=...), ax.legend(), ax.set_xlabel.")
def test_learning_curves_are_drawn(evidence: Evidence) -> None:
    """All four curves are drawn over the epochs, named in a legend."""
    panels = [axes for axes in evidence.figure("plot_history").axes if axes.lines]
    drawn = [line["y"] for axes in panels for line in axes.lines]
    for name in CURVES:
        values = np.asarray(evidence.inputs["curves"][name])
        claim(
            any(one.shape == values.shape and np.allclose(one, values) for one in drawn),
            f'A curve must show history.history["{name}"], one point for each epoch',
            f"{len(drawn)} curves, none of them this",
        )
    for axes in panels:
        claim(
            len(axes.legend) >= len(axes.lines),
            "A legend must name each curve",
            f"{len(axes.legend)} names for {len(axes.lines)} curves",
            "Give `ax.plot` a `label`, and call `ax.legend()`.",
        )
        name = axes.xlabel
        claim("epoch" in name.lower(), 'The x axis must be labelled "epoch"', repr(name))


@check("evaluate", points=2, hint="model.evaluate(x, y, verbose=0) gives loss and accuracy.")
def test_evaluates_loss_and_accuracy(evidence: Evidence) -> None:
    """`evaluate` returns the loss and the accuracy of the given model on the given data."""
    result = evidence.value("evaluate")
    rule = "`evaluate` must return (loss, accuracy)"
    claim(isinstance(result, (tuple, list)) and len(result) == 2, rule, describe(result))
    received = [number(value, rule) for value in result]
    x, y = (evidence.inputs[name].astype(float) for name in ("judged_x", "judged_y"))
    sums = x @ evidence.inputs["kernel"].astype(float)
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    outputs = powers / powers.sum(axis=1, keepdims=True)
    loss = -np.log((outputs * y).sum(axis=1)).mean()
    accuracy = (outputs.argmax(axis=1) == y.argmax(axis=1)).mean()
    told = f"{received[0]:.4f} and {received[1]:.4f}"
    swapped = np.allclose(received, [accuracy, loss], rtol=1e-3)
    claim(not swapped, "The loss must come first, then the accuracy", told)
    claim(
        np.allclose(received, [loss, accuracy], rtol=1e-3),
        f"The given model has a loss of {loss:.4f} and an accuracy of {accuracy:.4f} here",
        told,
    )
