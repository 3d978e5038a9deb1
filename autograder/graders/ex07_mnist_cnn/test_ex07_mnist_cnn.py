"""Hidden checks of ex07_mnist_cnn. The oracle is NumPy; accuracy is counted on the host."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from autograder.judging import (
    CheckFailed,
    Evidence,
    Layer,
    NoEvidence,
    array,
    check,
    claim,
    classification,
    close,
    compare,
    compiled,
    computes,
    core_layers,
    describe,
    equal,
    figures,
    number,
    panels,
    params,
    plain_number,
    show_rows,
    training,
    unchanged,
)

SLUG = "ex07_mnist_cnn"
#: What `autograder calibrate` measures, with `measure` below.
MEASURED_TASK = "train"
EPOCHS, BATCH_SIZE = 4, 128
LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy")
#: The layers in order: class, shape of the output without the batch, parameters.
TABLE = (
    ("Conv2D", (26, 26, 64), 640),
    ("MaxPooling2D", (13, 13, 64), 0),
    ("Conv2D", (11, 11, 128), 73_856),
    ("MaxPooling2D", (5, 5, 128), 0),
    ("Flatten", (3200,), 0),
    ("Dense", (128,), 409_728),
    ("Dense", (64,), 8_256),
    ("Dense", (10,), 650),
)


@check("prepare_images", points=1, hint="images[..., np.newaxis] adds an axis at the end.")
def test_images_get_a_channel_axis(evidence: Evidence) -> None:
    """Any number of images becomes float32 of shape (n, 28, 28, 1), every pixel in its place."""
    for name in ("images", "edges", "dark", "one"):
        expected = classification.with_channel(evidence.inputs[name])
        rule = f"{len(expected)} images must become an array of shape {expected.shape}"
        found = array(evidence.array(f"prepare_images.{name}"), rule)
        step = "The channel axis comes last." if found.shape == _in_front(expected) else ""
        claim(found.shape == expected.shape, rule, f"an array of shape {found.shape}", step)
        equal(str(found.dtype), "float32", "The prepared values must be float32")
        classification.pixels_in_place(
            found, expected, "Each pixel must stay in its row and column"
        )


def _in_front(expected: np.ndarray) -> tuple[int, ...]:
    return (expected.shape[0], 1, 28, 28)


@check("prepare_images", points=1, hint="Divide by 255, for every image and every set alike.")
def test_images_are_scaled_by_255(evidence: Evidence) -> None:
    """Pixels are divided by 255, also where no pixel is 0 or 255."""
    for name in ("edges", "dark", "images"):
        found = array(evidence.array(f"prepare_images.{name}"), "The images must be numbers")
        classification.scaled_by_255(
            found, evidence.inputs[name]
        )  # order and shape are the other check's


@check("split_data", points=2, hint="x[:-held_out] is all but the last rows, x[-held_out:] these.")
def test_last_rows_are_held_out(evidence: Evidence) -> None:
    """The last `held_out` rows validate, all others train, and each image keeps its label."""
    names = ("x_train", "y_train", "x_val", "y_val")
    rule = f"`split_data` must return four arrays: {', '.join(names)}"
    for place, asked in enumerate(evidence.inputs["splits"]):
        value = evidence.value(f"split_data.{place}")
        listed = isinstance(value, (tuple, list))
        told = f"{len(value)} values" if listed else describe(value)
        claim(listed and len(value) == 4, rule, told)
        x, y = asked["x"], asked["y"]
        cut = len(y) - asked["held_out"]
        parts = (x[:cut], y[:cut], x[cut:], y[cut:])
        found = [array(part, rule) for part in value]
        told = ", ".join(str(part.shape) for part in found)
        given = f"With {len(y)} images and held_out={asked['held_out']}"
        claim(
            [part.shape for part in found] == [part.shape for part in parts],
            f"{given}, {', '.join(names)} must have the shapes "
            f"{', '.join(str(part.shape) for part in parts)}",
            told,
            _other_order(found, parts),
        )
        for name, received, expected in zip(names, found, parts, strict=True):
            which = "last" if name.endswith("val") else "first"
            claim(
                np.array_equal(received, expected),
                f"`{name}` must hold the {which} {len(expected)} rows, in their order",
                "other rows",
                "Cut images and labels at the same place; do not shuffle.",
            )


def _other_order(found: list[np.ndarray], parts: tuple[np.ndarray, ...]) -> str:
    if [one.shape for one in found] == [parts[place].shape for place in (0, 2, 1, 3)]:
        return "Each set's images are followed by their own labels."
    if [one.shape for one in found] == [parts[place].shape for place in (2, 3, 0, 1)]:
        return "The larger part is the training set, and it comes first."
    both = len(parts[0]) + len(parts[2])
    if found[0].ndim and len(found[0]) == both:
        return "What is held out must not be in the training set too."
    return ""


def _shape(layer: Layer) -> object:
    return layer.output_shape[1:] if isinstance(layer.output_shape, tuple) else layer.output_shape


@check("build_cnn", points=3, hint="Compare model.summary() with the table, row by row.")
def test_layers_are_those_of_the_table(evidence: Evidence) -> None:
    """Input, layers, shapes and parameters are those of the table, 493,130 parameters in all."""
    model = evidence.model("build_cnn")
    claim(
        model.input_shape is not None,
        "The model must know the shape of its input",
        "a model that is not built yet",
        "Make keras.Input(shape=(28, 28, 1)) its first entry.",
    )
    equal(model.input_shape, (None, 28, 28, 1), "The input must have shape (None, 28, 28, 1)")
    found = core_layers(model)
    # `Reshape` to a row does the same.
    names = ["Flatten" if _is_row(layer) else layer.class_name for layer in found]
    wanted = [class_name for class_name, _, _ in TABLE]
    show_rows(
        (
            f"{name} {_shape(layer)}, {layer.params} parameters"
            for name, layer in zip(names, found, strict=True)
        ),
        (f"{name} {shape}, {count} parameters" for name, shape, count in TABLE),
    )
    rule = f"The layers must be {', '.join(wanted)}, in this order"
    claim(names == wanted, rule, ", ".join(names) or "no layers")
    for layer, (class_name, shape, count) in zip(found, TABLE, strict=True):
        claim(
            _shape(layer) == shape,
            f"The output of the {class_name} layer must have shape {shape} here",
            _shape(layer),
            _reason(layer),
        )
        rule = f"The {class_name} layer with output {shape} must have {count:,} parameters"
        equal(layer.count_params(), count, rule)
        if class_name == "Conv2D":
            size = tuple(layer.config.get("kernel_size", ()))
            equal(size, (3, 3), "The size of the filters must be (3, 3)")
        if class_name == "MaxPooling2D":
            size = tuple(layer.config.get("pool_size", ()))
            equal(size, (2, 2), "The pooling must take the largest of each block of (2, 2)")
    params(model, 493_130)
    computes(model, [_asked(layer) for layer in found])
    rule = "The network must be returned untrained"
    claim(not model.fits, rule, "a network that was trained", "`train` trains it.")


def _asked(layer: Layer) -> tuple[str, dict[str, object]]:
    """Return what is asked of a layer; its activation is the other check's."""
    settings: dict[str, dict[str, object]] = {
        "Conv2D": {"kernel_size": 3, "activation": ...},
        "MaxPooling2D": {"pool_size": 2},
        "Dense": {"activation": ...},
    }
    return layer.class_name, settings.get(layer.class_name, {})


def _is_row(layer: Layer) -> bool:
    shape = _shape(layer)
    return layer.class_name == "Reshape" and isinstance(shape, tuple) and len(shape) == 1


def _reason(layer: Layer) -> str:
    same = layer.config.get("padding") == "same"
    return 'padding="same" adds a rim of zeros: leave it out.' if same else ""


@check("build_cnn", points=1, hint="relu in every layer with weights but the last: softmax there.")
def test_activations_are_relu_and_softmax(evidence: Evidence) -> None:
    """The layers with weights use relu, the output layer softmax."""
    model = evidence.model("build_cnn")
    found = [one for one in core_layers(model) if one.class_name in ("Conv2D", "Dense")]
    claim(len(found) > 1, "The network must have hidden layers", f"{len(found)} layers")
    *hidden, output = found
    equal(output.activation, "softmax", "The output layer must have the activation softmax")
    claim(
        {one.activation for one in hidden} == {"relu"},
        "Each hidden layer with weights must have the activation relu",
        ", ".join(f"{one.class_name} {one.activation}" for one in hidden),
    )


@check("train", points=1, hint="optimizer='adam', loss='sparse_categorical_crossentropy'.")
def test_compiles_with_adam_and_cross_entropy(evidence: Evidence) -> None:
    """The model is compiled with Adam, a cross-entropy of ten classes and the metric accuracy."""
    model = evidence.model("train.model")
    compiled(model, optimizer="Adam", metric="accuracy")
    loss = (model.compiled or {}).get("loss")
    claim(loss in LOSSES, f"The loss must be {' or '.join(LOSSES)}", loss)
    classification.uses_default_settings(model)


@check("train", points=1, hint="fit(x_train, y_train, batch_size=128, epochs=4, …)")
def test_fits_as_asked(evidence: Evidence) -> None:
    """The fit has 4 epochs and batches of 128, over the training set as it was given."""
    asked = classification.fitted(evidence, "train.model").fits
    classification.runs_epochs(asked, EPOCHS)
    images = _learnable(evidence)
    count = len(images)
    for fit in asked:
        equal(training.batch_size(fit), BATCH_SIZE, f"A batch must have {BATCH_SIZE} images")
        learnt = (
            sum(training.rows(fit)) if not fit.get("validation_data") else training.rows(fit)[0]
        )
        rule = f"`fit` must get all {count} training images, and no others"
        equal(learnt, count, rule)
        claim(
            training.largest(fit) == 1.0,
            "`fit` must get the images as they are given, from 0 to 1",
            f"values up to {training.largest(fit)}",
            "They are prepared already: do not scale them again.",
        )
        classification.learns_from_all(fit, images)


def _learnable(evidence: Evidence) -> np.ndarray:
    """Return the images that the probe gives to learn from."""
    images = evidence.inputs["train_images"][: -evidence.inputs["held_out"]]
    return classification.with_channel(images)


@check("train", points=1, hint="fit(…, validation_data=(x_val, y_val))")
def test_validates_on_what_was_held_out(evidence: Evidence) -> None:
    """Each fit validates on the held-out images, and on nothing that it learns from."""
    labels = evidence.inputs["train_labels"][-evidence.inputs["held_out"] :]
    rule = f"The {len(labels)} images that were held out must be the validation set"
    step = "Give `fit` the pair validation_data=(x_val, y_val)."
    for fit in classification.fitted(evidence, "train.model").fits:
        held = fit.get("validation_data")
        if not isinstance(held, list) or len(held) < 2:
            split = training.rows(fit)[1]
            told = f"{split} images cut off the training set" if split else "no validation set"
            raise CheckFailed(f"{rule}. Received: {told}. {step}")
        count = training.rows(fit)[1]
        claim(count == len(labels), rule, f"{count} images", step)
        digest = training.told_digest(held[1])
        # By their labels, as digits or one-hot: what is done to the images is another check's.
        own = {training.digest(labels), training.digest(np.eye(10)[labels])}
        claim(digest in own, rule, f"{count} others", step)
        if training.largest(fit) == 1.0:  # else another check tells that the images were changed
            images = evidence.inputs["train_images"][-len(labels) :]
            told = (
                f"{count} others, or these with values up to {training.facts(held[0]).get('max')}"
            )
            same = training.digest(classification.with_channel(images))
            claim(training.told_digest(held[0]) == same, rule, told, step)
        classification.validates_each_epoch(fit)


@check("train", points=1, hint="Use the argument `model`, and end with `return model.fit(...)`.")
def test_trains_the_given_model(evidence: Evidence) -> None:
    """`train` trains the model that it is given, and returns the History of it."""
    classification.trains_what_is_given(
        evidence, "train", ("model", "x_train", "y_train", "x_val", "y_val")
    )
    classification.returns_whole_history(evidence, "train")


def measure(evidence: Evidence) -> float:
    """Return the trained model's accuracy on the test set, which no student code ever sees."""
    mnist = evidence.data["mnist"]
    model = classification.fitted(evidence, "train.model")
    return classification.accuracy(model, classification.with_channel(mnist.x_test), mnist.y_test)


@check("train", points=3, hint="Compare loss, optimizer, epochs and batch size with the text.")
def test_reads_unseen_digits(evidence: Evidence) -> None:
    """The trained network reads digits that it has never met."""
    classification.reaches_the_threshold(evidence, "mnist", measure(evidence))


def convolved(images: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return relu of the images' convolution without padding, as Keras defines it."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    sums = np.einsum("nhwcij,ijcf->nhwf", windows, kernel.astype(float), optimize=True)
    return np.asarray(np.maximum(0, sums + bias))


def pooled(maps: np.ndarray) -> np.ndarray:
    """Return the largest of each block of four; what is left over at the rim is dropped."""
    count, height, width, channels = maps.shape
    rows, columns = height // 2, width // 2
    blocks = maps[:, : 2 * rows, : 2 * columns].reshape(count, rows, 2, columns, 2, channels)
    return np.asarray(blocks.max(axis=(2, 4)))


@check("count_parameters", points=2, hint="filters * (3 * 3 * channels + 1), units * (inputs + 1)")
def test_parameters_are_counted(evidence: Evidence) -> None:
    """Each layer's weights and biases are counted, from the shape of what comes into it."""
    for place, (layers, shape) in enumerate(evidence.inputs["stacks"]):
        expected = counted(layers, shape)
        rule = f"`count_parameters` must return a number for each of {len(layers)} layers"
        found = array(evidence.value(f"count_parameters.{place}"), rule, (len(layers),)).tolist()
        for depth, (received, right) in enumerate(zip(found, expected, strict=True)):
            before = ", ".join(f"{kind} {size:,}" for kind, size in layers[:depth][-3:])
            told = (
                f"Layer {depth + 1}, {layers[depth][0]} {layers[depth][1]:,}"
                f"{f', behind {before},' if before else ''} must have {right:,} parameters, for "
                f"images of shape {shape}"
            )
            claim(received == right, told, f"{received:,}")
        unchanged(evidence, f"count_parameters.{place}", ("stack", "input_shape"))


def counted(layers: Sequence[tuple[str, int]], shape: tuple[int, int, int]) -> list[int]:
    """Return the parameters of each layer, by the shapes of its weights and biases."""
    counts, sides, channels = list[int](), list(shape[:2]), shape[2]
    for kind, size in layers:
        window = [3, 3] if kind == "conv" else sides
        weights = math.prod([*window, channels, size])
        counts.append(0 if kind == "pool" else weights + size)
        if kind == "pool":
            sides = [side // size for side in sides]
        else:
            sides, channels = (sides if kind == "conv" else [1, 1]), size
    return counts


_IN_ORDER = "Draw kernels[:, :, 0, f] for f = 0, 1, …, row by row, with imshow."


@check("draw_kernels", points=1, hint="layer.get_weights()[0][:, :, 0, f] is kernel f.")
def test_kernels_are_drawn_in_order(evidence: Evidence) -> None:
    """Every kernel of the first Conv2D layer is an image, upright, in its place."""
    for place, (kernels, biases) in enumerate(evidence.inputs["kernels"]):
        count = kernels.shape[-1]
        shown = panels.of(evidence.figure(f"draw_kernels.{place}"))
        rule = f"A layer of {count} filters must give {count} images, each in Axes of its own"
        equal(len(shown), count, rule, "Take `filters` from the shape of the kernels.")
        bounds = [figures.numbers(panel.axes.facts.get("bounds"), 4) for panel in shown]
        places = {tuple(np.round(one[:2], 3).tolist()) for one in bounds}
        claim(len(places) == count, rule, f"images at {len(places)} places", _IN_ORDER)
        for f, panel in enumerate(shown):
            kernel, seen = kernels[:, :, 0, f].astype(float), panel.seen().astype(float)
            rule = f"Image {f + 1} must be kernel {f}, its 3 by 3 weights as they are, upright"
            told = f"an image of shape {seen.shape}"
            claim(seen.shape == kernel.shape, rule, told, _IN_ORDER)
            told = "other weights"
            for name, turned in (("transposed", kernel.T), ("upside down", kernel[::-1])):
                told = f"the kernel {name}" if np.allclose(seen, turned, atol=1e-3) else told
            claim(_are_in_proportion(seen, kernel), rule, told, _IN_ORDER)
            claim(panel.is_whole(), rule, "a part of it", _IN_ORDER)
        left = evidence.array(f"draw_kernels.{place}.left")
        rule = "The model must be left as it is"
        given = np.concatenate([kernels.ravel(), biases])
        claim(np.array_equal(left, given), rule, "other weights in it", "Only read its weights.")


def _are_in_proportion(seen: np.ndarray, kernel: np.ndarray) -> bool:
    """Say whether values are a kernel's weights, which on what scale is the other check's."""
    sizes = np.abs(seen).max(), np.abs(kernel).max()
    return bool(sizes[0] > 0) and np.allclose(seen / sizes[0], kernel / sizes[1], atol=1e-3)


def _are_kernels(shown: Sequence[panels.Panel], kernels: np.ndarray) -> bool:
    """Say whether each image has the weights of a kernel, in whatever order and on any scale."""

    def profiles(arrays: Iterable[np.ndarray]) -> np.ndarray:
        sizes = [np.sort(np.abs(one.astype(float)).ravel()) for one in arrays]
        return np.array([one / max(one[-1], 1e-12) for one in sizes])

    if any(panel.grid.values.size != kernels[..., 0].size for panel in shown):
        return False
    found, wanted = (
        profiles(one.grid.values for one in shown),
        profiles(np.moveaxis(kernels, -1, 0)),
    )
    return all(np.abs(wanted - one).max(axis=1).min() < 1e-3 for one in found)


@check("draw_kernels", points=1, hint="imshow(…, vmin=-m, vmax=m), with one m for all kernels.")
def test_kernels_share_one_scale(evidence: Evidence) -> None:
    """All kernels are drawn on one scale, from minus to plus the largest absolute weight."""
    for place, (kernels, _) in enumerate(evidence.inputs["kernels"]):
        try:
            shown = panels.of(evidence.figure(f"draw_kernels.{place}"))
        except NoEvidence:
            if not place:
                raise
            continue  # a picture that is missing is the other check's
        claim(shown, "The picture must show kernels", "no image")
        spans = [np.abs(panel.grid.values).max(initial=0) for panel in shown]
        largest = max(spans)
        # In whatever order: strong kernels must look stronger than weak ones, by as much.
        strengths = np.sort(np.abs(kernels).max(axis=(0, 1, 2)))
        are_all = len(shown) == len(strengths) and _are_kernels(shown, kernels)
        if are_all:
            alike = np.allclose(np.sort(spans) / largest, strengths / strengths[-1], atol=1e-3)
            rule = "A weak kernel must be drawn as weak as it is beside the others"
            claim(alike, rule, "each kernel on a scale of its own", "Divide none of them.")
        elif len(shown) < len(
            strengths
        ):  # the strongest may be missing, which the other check tells
            largest = max(largest, abs(shown[0].grid.vmax or 0))
        for panel in shown:
            low, high = panel.grid.vmin, panel.grid.vmax
            fits, told = False, "no limits"
            if low is not None and high is not None:
                fits = bool(np.allclose([-low, high], largest, rtol=0.01))
                told = f"{plain_number(low, 3)} to {plain_number(high, 3)}"
            bounds_told = f"from {plain_number(-largest, 3)} to {plain_number(largest, 3)}"
            rule = f"The scale must go {bounds_told} in every image"
            claim(fits, rule, told, "Give vmin=-m and vmax=m, with m = np.abs(kernels).max().")


@check("feature_maps", points=3, hint="keras.Model(model.inputs, [the outputs of both Conv2D])")
def test_maps_are_those_of_both_convolutions(evidence: Evidence) -> None:
    """`feature_maps` returns what both Conv2D layers of the given model make of the images."""
    images, filters = evidence.inputs["seen"], evidence.inputs["filters"]
    wanted = [(len(images), *shape) for shape in ((26, 26, 64), (11, 11, 128))]
    value = evidence.value("feature_maps")
    rule = "`feature_maps` must return two arrays, the maps of both Conv2D layers"
    is_pair = isinstance(value, (tuple, list)) and len(value) == 2
    told = f"{len(value)} values" if isinstance(value, (tuple, list)) else describe(value)
    claim(is_pair, rule, told)
    found = [array(part, rule) for part in value]
    shapes = [part.shape for part in found]
    steps = {
        (13, 13, 64): "That is what the pooling leaves: take the outputs of the Conv2D layers.",
        (11, 11, 128): "The first layer's maps come first.",
    }
    claim(
        shapes == wanted,
        f"The maps of {len(images)} images must have the shapes {wanted[0]} and {wanted[1]}",
        f"{shapes[0]} and {shapes[1]}",
        steps.get(shapes[0][1:], ""),
    )
    first = convolved(images, *filters[:2])
    expected = first, convolved(pooled(first), *filters[2:])
    for name, received, right in zip(("first", "second"), found, expected, strict=True):
        below = (received < -1e-4).any()
        step = "Take the maps after their relu." if below else "Use the `model` that is given."
        rule = f"The maps of the {name} layer must be those of the given model"
        close(received, right, rule, rtol=1e-3, atol=1e-3, next_step=step)


@check("confusion", points=2, hint="matrix[label, answer] += 1 for each image.")
def test_counts_true_in_rows_predicted_in_columns(evidence: Evidence) -> None:
    """Row i, column j counts the images of the digit i that were taken for j, however many."""
    for name in ("every", "many"):
        labels, answers = (evidence.inputs[f"{name}_{what}"] for what in ("labels", "answers"))
        expected = classification.confusion(labels, answers)
        rule = "The confusion matrix must hold counts, shape (10, 10)"
        found = array(evidence.array(f"confusion.{name}"), rule, (10, 10)).astype(float)
        compare(found, expected)
        claim(
            not np.array_equal(found, expected.T),
            "The rows must be true, the columns predicted",
            "the transposed matrix",
            "The label is the first index, the answer the second.",
        )
        rule = f"The counts of {len(labels):,} images must add up to {len(labels):,}"
        kind = evidence.array(f"confusion.{name}").dtype
        step = f"Values of {kind} cannot be as large: use dtype=int." if name == "many" else ""
        with np.errstate(over="ignore"):
            total = found.sum()
        claim(np.isclose(total, len(labels), rtol=1e-9), rule, f"{total:,.0f}", step)
        close(found, expected, "Row i, column j must count the images of i that were taken for j")


@check("confusion", points=1, hint="Start with np.zeros((10, 10)); or pass labels=range(10).")
def test_missing_digits_keep_their_rows(evidence: Evidence) -> None:
    """There are ten rows and columns even where some digits do not occur."""
    labels, answers = evidence.inputs["few_labels"], evidence.inputs["few_answers"]
    rule = f"Also with only {len(np.unique(labels))} different digits the shape must be (10, 10)"
    found = array(evidence.array("confusion.few"), rule, (10, 10))
    # Which way it goes is the other check's, and so is what a place counts.
    expected = classification.confusion(labels, answers)
    empty = (expected + expected.T).sum(axis=1) == 0
    claim(
        not found[empty].any() and not found[:, empty].any() and found[~empty].any(),
        "The rows and columns of digits that do not occur must be 0, at their own places",
        "counts there",
    )


@check("per_class_recall", points=2, hint="matrix.diagonal() / matrix.sum(axis=1)")
def test_recall_is_the_share_of_a_row(evidence: Evidence) -> None:
    """A digit's recall is its right answers by all its images, the sum of its row."""
    for place, matrix in enumerate(evidence.inputs["matrices"]):
        rule = "`per_class_recall` must return ten numbers, one for each digit"
        found = array(evidence.array(f"per_class_recall.{place}"), rule, (10,))
        right = matrix.diagonal()
        recall, precision = right / matrix.sum(axis=1), right / matrix.sum(axis=0)
        claim(
            not np.allclose(found, precision, atol=1e-3),
            "The recall must be the share of a row of the matrix",
            "the share of a column, which is the precision",
        )
        claim(
            not np.allclose(found, 100 * recall, atol=0.1),
            "The recall must be a share from 0 to 1",
            "percentages",
        )
        close(
            found, recall, "A digit's recall must be its right answers by all its images", atol=1e-3
        )
        unchanged(evidence, f"per_class_recall.{place}", ("matrix",))


@check("most_confused", points=2, hint="Set the diagonal of a copy to 0, then take the largest.")
def test_most_frequent_mistake_is_found(evidence: Evidence) -> None:
    """`most_confused` returns (true, predicted) of the largest count off the diagonal."""
    for place, matrix in enumerate(evidence.inputs["matrices"]):
        value = evidence.value(f"most_confused.{place}")
        rule = "`most_confused` must return two digits, (true, predicted)"
        pair = array(value, rule)
        claim(pair.shape == (2,), rule, f"an array of shape {pair.shape}")
        received = [number(one, rule) for one in pair]
        told = f"({received[0]:g}, {received[1]:g})"
        mistakes = matrix - np.diag(matrix.diagonal())
        expected = [int(one) for one in np.unravel_index(mistakes.argmax(), mistakes.shape)]
        claim(
            received[0] != received[1],
            "A mistake must have two different digits",
            told,
            "The diagonal holds the right answers: leave it out.",
        )
        claim(
            received != expected[::-1], "The true digit must come first, then the predicted", told
        )
        claim(
            received == expected,
            f"The largest count off the diagonal, {mistakes.max()}, "
            f"must give ({expected[0]}, {expected[1]})",
            told,
        )
        unchanged(evidence, f"most_confused.{place}", ("matrix",))


def _places_shown(evidence: Evidence, shown: Sequence[panels.Panel]) -> np.ndarray:
    """Return the places of the images that the picture shows as a whole, the right way up."""
    whole = [panel.seen() for panel in shown if panel.is_whole()]
    images = evidence.inputs["shown_images"]
    return np.flatnonzero(
        [any(classification.is_drawn_as(seen, image) for seen in whole) for image in images]
    )


@check("plot_misclassified", points=1, hint="np.flatnonzero(labels != predicted)[0] is one.")
def test_a_misclassified_digit_is_shown(evidence: Evidence) -> None:
    """The picture shows one image whose answer is wrong."""
    for name, answers in evidence.inputs["shown_answers"].items():
        found = panels.of(evidence.figure(f"plot_misclassified.{name}"))
        equal(len(found), 1, "The picture must show one image", "Call `imshow` once.")
        places = _places_shown(evidence, found)
        rule = "The picture must show one of the given images"
        told = "another image, a part of one, or one upside down or mirrored"
        claim(places.size, rule, told, "Draw `images[place]` as it is.")
        told = "vmin and vmax that leave out most grey values"
        claim(not found[0].is_cut_off(), "The image must be seen in its grey values", told)
        wrong = evidence.inputs["shown_labels"] != answers
        told = f"images[{places[0]}], which was recognised"
        claim(wrong[places].any(), "The image shown must be a misclassified one", told)


@check("plot_misclassified", points=1, hint='f"True: {labels[i]}, Predicted: {predicted[i]}"')
def test_title_names_label_and_answer(evidence: Evidence) -> None:
    """The title tells the label and the answer of the image that is shown."""
    for name, answers in evidence.inputs["shown_answers"].items():
        figure = evidence.figure(f"plot_misclassified.{name}")
        shown = panels.of(figure)
        claim(shown, "The picture must show an image, under its title", "no image")
        # Whether a misclassified image is shown is the other check's.
        labels = evidence.inputs["shown_labels"]
        places, wrong = _places_shown(evidence, shown), np.flatnonzero(labels != answers)
        if not np.isin(places, wrong).any():
            places = np.r_[places, wrong]
        title = " ".join([figure.title, *(axes.title for axes in figure.axes)]).strip()
        _names_both(title, [(int(labels[place]), int(answers[place])) for place in places])


def _names_both(title: str, right: Sequence[tuple[int, int]]) -> None:
    """Claim that a title names one of these pairs of label and answer."""
    found = re.search(r"(?i)true\s*:\s*(\d{1,9})\W+predicted\s*:\s*(\d{1,9})", title)
    told = repr(title[:200])
    claim(found, "The title must be in the form True: 9, Predicted: 4", told)
    named = tuple(int(one) for one in found.groups()) if found else ()
    if named not in right:
        claim(named[::-1] not in right, "The label is true, the answer predicted", told)
        wanted = f", where True: {right[0][0]}, Predicted: {right[0][1]} was expected"
        rule = "The title must name the label and the answer of the image that is shown"
        claim(False, rule, told + (wanted if len(right) == 1 else ""))
