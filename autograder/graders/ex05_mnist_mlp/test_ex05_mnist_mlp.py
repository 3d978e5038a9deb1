"""Hidden checks of ex05_mnist_mlp. The oracle is NumPy; accuracy is counted on the host."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

import numpy as np

from autograder.judging import (
    CheckFailed,
    Evidence,
    NoEvidence,
    Opaque,
    array,
    check,
    claim,
    classification,
    close,
    compiled,
    computes,
    core_layers,
    curves,
    describe,
    equal,
    figures,
    layers,
    number,
    panels,
    params,
    plain_number,
    training,
)

SLUG = "ex05_mnist_mlp"
#: What `autograder calibrate` measures, with `measure` below.
MEASURED_TASK = "train"
EPOCHS, BATCH_SIZE, VALIDATION = 10, 128, 0.1
CURVES = ("loss", "val_loss", "accuracy", "val_accuracy")


def _prepared(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1, 784).astype("float32") / 255


def _is_dtype(value: object, expected: np.dtype) -> bool:
    """Say whether a value is the name of a type, or NumPy's own object for it."""
    if isinstance(value, Opaque):
        return value.type.lower() == f"numpy.dtypes.{expected}dtype"
    return isinstance(value, str) and value == str(expected)


@check("inspect_data", points=1, hint="np.bincount(labels, minlength=10) counts all ten digits.")
def test_facts_about_the_data(evidence: Evidence) -> None:
    """`inspect_data` tells shape, dtype, range, and ten counts, 0 for a missing digit."""
    for place, given in enumerate(evidence.inputs["facts"]):
        _tells_facts(evidence.value(f"inspect_data.{place}"), given["images"], given["labels"])


def _tells_facts(facts: object, images: np.ndarray, labels: np.ndarray) -> None:
    rule = "`inspect_data` must return a dictionary with shape, dtype, min, max and counts"
    claim(isinstance(facts, dict), rule, describe(facts))
    assert isinstance(facts, dict)
    missing = [name for name in ("shape", "dtype", "min", "max", "counts") if name not in facts]
    claim(not missing, rule, f"none of the name {', '.join(missing)}")
    rule = 'The "shape" must be that of the images'
    equal(array(facts["shape"], rule).tolist(), list(images.shape), rule)
    dtype = facts["dtype"]
    told = describe(dtype)
    claim(
        _is_dtype(dtype, images.dtype),
        f'The "dtype" must be that of the images: "{images.dtype}"',
        told,
    )
    for name, expected in (("min", images.min()), ("max", images.max())):
        rule = f'"{name}" must be the {name}imum of all values'
        found = number(facts[name], rule)
        claim(found == expected, f"{rule}: {expected}", plain_number(found, 6))
    rule = 'The "counts" must be ten numbers: how many images each digit has'
    close(facts["counts"], np.bincount(labels, minlength=10), rule)


def _shows(panel: panels.Panel, images: np.ndarray) -> np.ndarray:
    """Return the places of the images that a panel may show, dark on light or light on dark."""
    return np.flatnonzero([classification.is_drawn_as(panel.seen(), image) for image in images])


@check("plot_digits", points=1, hint="for ax, image in zip(axes.flat, images): ax.imshow(image)")
def test_grid_shows_the_first_images(evidence: Evidence) -> None:
    """The grid shows the first 16 images, in their order, row by row, the right way up."""
    step = "Call `imshow` once for each of the 16 Axes of `plt.subplots(4, 4)`."
    images = evidence.inputs["shown_images"]
    for call in range(2):
        found = panels.in_grid(evidence.figure(f"plot_digits.{call}"), 4, 4, step)
        for place, panel in enumerate(found):
            shape = panel.grid.values.shape
            claim(
                classification.is_drawn_as(panel.seen(), images[place]),
                f"Place {place} of the grid, counted row by row, must show images[{place}]",
                _told(_shows(panel, images), shape),
                "Go through the images in their order, and draw each as it is.",
            )
            claim(panel.is_whole(), "Each image must be seen as a whole", "limits that cut it off")
            told = "vmin and vmax that leave out most grey values"
            claim(not panel.is_cut_off(), "Each image must be seen in its grey values", told)


def _told(places: np.ndarray, shape: tuple[int, ...]) -> str:
    return f"images[{places[0]}]" if places.size else f"another image, of shape {shape}"


@check("plot_digits", points=1, hint="Call ax.set_title(str(label)) for each of the Axes.")
def test_grid_names_the_digits(evidence: Evidence) -> None:
    """The title of each image is its label."""
    images, labels = evidence.inputs["shown_images"], evidence.inputs["shown_labels"]
    found = panels.of(evidence.figure("plot_digits.0"))
    claim(found, "The picture must show images, each under its label", "no image")
    for place, panel in enumerate(found[: len(images)]):
        # Which image stands where is the other check's.
        shown = _shows(panel, images)
        label = labels[shown[0] if shown.size else place]
        claim(
            re.findall(r"\d+", panel.title) == [str(label)],
            f"The title of place {place} must be the label of the image there, {label}",
            repr(panel.title),
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
        classification.pixels_in_place(rows, expected, rule)


@check("prepare_images", points=1, hint="Divide by 255, for every image and every set alike.")
def test_images_are_scaled_by_255(evidence: Evidence) -> None:
    """Pixels are divided by 255, also where no pixel is 0 or 255."""
    for name in ("edges", "dark", "images"):
        rows = array(evidence.array(f"prepare_images.{name}"), "The rows must be numbers")
        classification.scaled_by_255(
            rows, evidence.inputs[name]
        )  # order and shape are the other check's


def _one_hot(evidence: Evidence, key: str, labels: np.ndarray) -> None:
    rule = f"{len(labels)} labels must become rows of ten numbers, shape ({len(labels)}, 10)"
    classification.one_hot(evidence.array(f"prepare_labels.{key}"), labels, rule)


@check("prepare_labels", points=1, hint="keras.utils.to_categorical, or np.eye(10)[labels].")
def test_labels_are_one_hot(evidence: Evidence) -> None:
    """Each label becomes a row with a 1 in the digit's column and 0 elsewhere."""
    _one_hot(evidence, "all", evidence.inputs["all_labels"])


@check("prepare_labels", points=1, hint="Tell to_categorical how many classes: num_classes=10.")
def test_labels_have_ten_columns(evidence: Evidence) -> None:
    """There are ten columns even where some digits do not occur."""
    few = evidence.inputs["few_labels"]
    for key, labels in (("few", few), ("one", few[:1])):
        if _are_one_hot(evidence):
            _one_hot(evidence, key, labels)
            continue
        # What stands in them, and whether they are columns, is the other check's.
        rule = f"{len(labels)} labels must become rows of ten numbers, shape ({len(labels)}, 10)"
        found = array(evidence.array(f"prepare_labels.{key}"), rule)
        right = found.shape in ((len(labels), 10), (10, len(labels)))
        claim(right, rule, f"an array of shape {found.shape}")


def _are_one_hot(evidence: Evidence) -> bool:
    try:
        _one_hot(evidence, "all", evidence.inputs["all_labels"])
    except (CheckFailed, NoEvidence):
        return False
    return True


@check("build_model", points=2, hint="One Dense for each row of the table, on 784 inputs.")
def test_layers_are_those_of_the_table(evidence: Evidence) -> None:
    """The network has the layers of the task's table, with all their parameters, on 784 inputs."""
    model = evidence.model("build_model")
    widths = evidence.inputs["widths"]
    # The activations are the other check's.
    asked = [("Dense", {"units": units, "activation": ...}) for units in widths]
    layers(model, asked)
    equal(model.input_shape, (None, 784), "The input must have shape (None, 784)")
    params(model, sum((size + 1) * units for size, units in itertools.pairwise((784, *widths))))
    computes(model, asked)
    rule = "The network must be returned untrained"
    claim(not model.fits, rule, "a network that was trained", "`train` trains it.")


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
    model = evidence.model("train.model")
    compiled(model, optimizer="Adam", loss="categorical_crossentropy", metric="accuracy")
    classification.uses_default_settings(model)


@check("train", points=1, hint="fit(x, y, batch_size=128, epochs=10, validation_split=0.1)")
def test_fits_as_asked(evidence: Evidence) -> None:
    """The fit has 10 epochs, batches of 128, nine tenths to learn from, a tenth to validate."""
    asked = classification.fitted(evidence, "train.model").fits
    classification.runs_epochs(asked, EPOCHS)
    images, labels = _prepared(evidence.inputs["train_images"]), evidence.inputs["train_labels"]
    one_hot = np.eye(10, dtype="float32")[labels]
    count = len(labels)
    tenth = count * VALIDATION
    for fit in asked:
        equal(training.batch_size(fit), BATCH_SIZE, f"A batch must have {BATCH_SIZE} images")
        learnt, held = training.rows(fit)
        claim(
            abs(held - tenth) < 2 and abs(learnt - (count - tenth)) < 2,
            f"Of {count} images a tenth must be held back for validation, and no more",
            f"{learnt} to learn from, {held} to validate",
        )
        claim(
            training.largest(fit) == 1.0,
            "`fit` must get the images as they are given, from 0 to 1",
            f"values up to {training.largest(fit)}",
            "They are prepared already: do not scale them again.",
        )
        _validates_on_the_last(fit, images, one_hot)


def _validates_on_the_last(fit: training.Fit, images: np.ndarray, one_hot: np.ndarray) -> None:
    """Claim that the last rows are held back, by either way to say so, and all others learnt."""
    learnt, held = training.rows(fit)
    pair = fit.get("validation_data")
    step = "Fit the arrays as they are given, with validation_split=0.1."
    rule = "The last tenth of the images must be held back"
    if isinstance(pair, list) and pair:
        told = [training.told_digest(part) for part in pair[:2]]
        last = [training.digest(part[-held:]) for part in (images, one_hot)]
        claim(told == last, rule, f"{held} other images or labels", step)
        classification.learns_from_all(fit, images[:-held])
    else:
        told = [training.told_digest(fit.get(name)) for name in ("x", "y")]
        given = [training.digest(part) for part in (images, one_hot)]
        claim(told == given, rule, "the last tenth of other arrays, or in another order", step)
        classification.goes_through_all(fit, learnt)
    classification.validates_each_epoch(fit)


@check("train", points=1, hint="Use the argument `model`, and end with `return model.fit(...)`.")
def test_trains_the_given_model(evidence: Evidence) -> None:
    """`train` trains the model that it is given, and returns the History of it."""
    classification.trains_what_is_given(evidence, "train", ("model", "x", "y"))
    classification.returns_whole_history(evidence, "train")


def measure(evidence: Evidence) -> float:
    """Return the trained model's accuracy on the test set, which no student code ever sees."""
    mnist = evidence.data["mnist"]
    model = classification.fitted(evidence, "train.model")
    return classification.accuracy(model, _prepared(mnist.x_test), mnist.y_test)


@check("train", points=3, hint="Compare loss, optimizer, epochs and batch size with the text.")
def test_reads_unseen_digits(evidence: Evidence) -> None:
    """The trained network reads digits that it has never met."""
    classification.reaches_the_threshold(evidence, "mnist", measure(evidence))


@check("plot_history", points=1, hint="ax.plot(values, label=...), ax.legend(), ax.set_xlabel.")
def test_learning_curves_are_drawn(evidence: Evidence) -> None:
    """Two panels show the losses and the accuracies over the epochs, named in legends."""
    figure = evidence.figure("plot_history")
    found = [*curves.drawn(figure), *curves.dots(figure)]
    places = {}
    for name in CURVES:
        values = np.asarray(evidence.inputs["curves"][name])
        rule = f'A curve must show history.history["{name}"], one point for each epoch'
        curve = curves.showing(found, values, rule)[0]
        epochs = np.arange(len(values))
        told = f"{curve.x[0]:g} to {curve.x[-1]:g}"
        step = "Call `ax.plot(range(1, len(values) + 1), values)`."
        claim(
            any(np.allclose(curve.x, epochs + first) for first in (0, 1)),
            f"The curve of {name} must run over the {len(epochs)} epochs, counted from 1 or from 0",
            f"x from {told}",
            step,
        )
        claim(
            curve.is_in_view(), f"All of the curve of {name} must be seen", "limits that cut it off"
        )
        places[name] = curve
    _are_together(places)
    for name, curve in places.items():
        _is_named(name, curve)
        labels = figures.axis_names(figure, curve.axes, "x")
        rule = 'The x axis must be labelled "epoch"'
        claim(any("epoch" in one.lower() for one in labels), rule, repr(curve.axes.xlabel))


def _are_together(places: Mapping[str, curves.Curve]) -> None:
    """Claim that both losses lie in one panel, and both accuracies in another."""
    bounds = {name: curve.axes.facts.get("bounds") for name, curve in places.items()}
    claim(
        bounds["loss"] == bounds["val_loss"] != bounds["accuracy"] == bounds["val_accuracy"],
        "Both losses must be in one panel, and both accuracies in another",
        "the curves in other Axes",
        "Draw loss and val_loss in the first Axes, both accuracies in the second.",
    )


def _is_named(name: str, curve: curves.Curve) -> None:
    """Claim that a legend says which curve this is, and that no word says that it is another."""
    rule = f"A legend must name the curve of {name}"
    step = "Give `ax.plot` a `label`, and call `ax.legend()`."
    claim(curve.names, rule, "no name in a legend", step)
    told = " ".join(curve.names).lower()
    which = "validation" if name.startswith("val_") else "training"
    claim(("val" in told) == (which == "validation"), f"{rule}, as that of the {which}", told, step)
    other = "loss" if name.endswith("accuracy") else "acc"
    own = "acc" if other == "loss" else "loss"
    for text in (told, f"{curve.axes.title} {curve.axes.ylabel}".lower()):
        rule = f"No word may call the curve of {name} something else"
        claim(own in text or other not in text, rule, repr(text.strip()))


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
