"""Hidden checks of ex08_fashion_cnn. The oracles are scikit-learn's split and plain NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.judging import (
    CheckFailed,
    Evidence,
    Layer,
    Model,
    array,
    check,
    claim,
    classification,
    compiled,
    computes,
    configured,
    core_layers,
    describe,
    equal,
    figures,
    number,
    numbers_of,
    show_layers,
    training,
)

from . import boxes

SLUG = "ex08_fashion_cnn"
#: What `autograder calibrate` measures, with `measure` below.
MEASURED_TASK = "train"
BATCH_SIZE, PATIENCE = 32, 3
CLASS_NAMES = (
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
)
SCORES = ("precision", "recall", "f1-score", "support")
FORMULAS = {
    "precision": "It is TP / (TP + FP).",
    "recall": "It is TP / (TP + FN).",
    "f1-score": "It is 2 * precision * recall / (precision + recall).",
    "support": "It is TP + FN: how many images of the class there are.",
}


def _prepared(evidence: Evidence, name: str) -> tuple[Any, Any]:
    pair = evidence.value(f"prepare_data.{name}")
    rule = "`prepare_data` must return two arrays, images and labels"
    claim(isinstance(pair, (tuple, list)), rule, describe(pair), "End with `return x, y`.")
    claim(len(pair) == 2, rule, f"{len(pair)} values", "End with `return x, y`.")
    return pair[0], pair[1]


def _told_apart(evidence: Evidence, name: str) -> tuple[Any, Any]:
    """Return images and labels, in whichever order they were returned: that is one check's."""
    first, second = _prepared(evidence, name)
    x, y = numbers_of(first), numbers_of(second)
    is_turned = x is not None and x.ndim == 2 and y is not None and y.ndim > 2
    return (second, first) if is_turned else (first, second)


@check("prepare_data", points=1, hint='images[..., np.newaxis] and .astype("float32").')
def test_images_have_one_channel(evidence: Evidence) -> None:
    """Any number of images becomes float32 with a channel axis, each pixel in its place."""
    for name in ("images", "edges", "dark"):
        expected = classification.with_channel(evidence.inputs[name])
        rule = f"{len(expected)} images must become an array of shape {expected.shape}"
        x = array(_prepared(evidence, name)[0], rule, expected.shape)
        equal(str(x.dtype), "float32", "The prepared images must be float32")
        rule = "Each pixel must stay in its image, row and column"
        classification.pixels_in_place(x, expected, rule)


@check("prepare_data", points=1, hint="Divide by 255, for every image and every set alike.")
def test_images_are_scaled_by_255(evidence: Evidence) -> None:
    """Pixels are divided by 255, also where no pixel is 0 or 255."""
    for name in ("edges", "dark", "images"):
        x = array(_told_apart(evidence, name)[0], "The prepared images must be numbers")
        classification.scaled_by_255(x, evidence.inputs[name])  # order and shape are the other's


@check("prepare_data", points=1, hint="to_categorical(labels, num_classes=10)")
def test_labels_are_one_hot(evidence: Evidence) -> None:
    """Labels become one-hot rows of ten columns, also where classes are missing."""
    names = (("images", "all_labels"), ("edges", "edges_labels"), ("dark", "dark_labels"))
    for images, name in names:
        labels = evidence.inputs[name]
        rule = f"{len(labels)} labels must become an array of shape {(len(labels), 10)}"
        classification.one_hot(_told_apart(evidence, images)[1], labels, rule)


def _parts(evidence: Evidence) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the parts of the images and those of the labels, each in the order given."""
    rule = "`split_data` must return four arrays, x_train, x_val, y_train, y_val"
    value = evidence.value("split_data")
    claim(isinstance(value, (tuple, list)), rule, describe(value))
    claim(len(value) == 4, rule, f"{len(value)} values")
    parts = [array(part, rule) for part in value]
    images = [part for part in parts if part.shape[1:] == (2, 2, 1)]
    labels = [part for part in parts if part.shape[1:] == (10,)]
    shapes = ", ".join(str(part.shape) for part in parts)
    claim(len(images) == len(labels) == 2, rule, f"arrays of the shapes {shapes}")
    return images, labels


def _rows(evidence: Evidence, images: np.ndarray) -> list[int]:
    """Return which rows of the images given these are; -1 for what was not given."""
    given = evidence.inputs["split_x"]
    if len(images) > len(given):
        return [-1] * len(images)
    near = np.array([(np.abs(one - given) < 1e-6).all(axis=(1, 2, 3)) for one in images])
    return [int(row.argmax()) if row.any() else -1 for row in near]


@check("split_data", points=1, hint="test_size=0.3 puts three tenths aside.")
def test_split_is_70_to_30(evidence: Evidence) -> None:
    """Of n rows 30%, rounded up, are for validation, the others for training."""
    _parts(evidence)
    count = len(evidence.inputs["split_x"])
    held = -(-count * 3 // 10)
    wanted = [(count - held, 2, 2, 1), (held, 2, 2, 1), (count - held, 10), (held, 10)]
    shapes = [np.asarray(part).shape for part in evidence.value("split_data")]
    claim(
        shapes == wanted,
        f"Of {count} images x_train, x_val, y_train, y_val must get {', '.join(map(str, wanted))}",
        ", ".join(map(str, shapes)),
        "Mind test_size, and scikit-learn's order: both parts of x, then both of y.",
    )


@check("split_data", points=1, hint="train_test_split(x, y, …) shuffles both in one call.")
def test_images_keep_their_labels(evidence: Evidence) -> None:
    """Every image is in one part, once, and keeps its own label."""
    images, labels = _parts(evidence)
    rows = [_rows(evidence, part) for part in images]
    count = len(evidence.inputs["split_x"])
    claim(
        sorted(rows[0] + rows[1]) == list(range(count)),
        f"Each of the {count} images must be in one of the parts, once",
        f"{len(set(rows[0] + rows[1]))} different images among {len(rows[0] + rows[1])}",
    )
    for row, received in zip(rows, labels, strict=True):
        rule = "Each image must keep its own label"
        claim(len(row) == len(received), rule, f"{len(row)} images with {len(received)} labels")
        wrong = int((received != evidence.inputs["split_y"][row]).any(axis=1).sum())
        told = f"{wrong} of {len(row)} images with another image's label"
        claim(not wrong, rule, told, "Split x and y in one call of train_test_split.")


@check("split_data", points=1, hint="train_test_split(x, y, test_size=0.3, random_state=777)")
def test_split_is_the_one_of_seed_777(evidence: Evidence) -> None:
    """The images are shuffled as scikit-learn does it with random_state=777."""
    images, _ = _parts(evidence)
    first, second = (_rows(evidence, part) for part in images)
    if -1 in first + second:
        return  # images that were not given are another check's
    count = len(evidence.inputs["split_x"])
    # train_test_split's order: validation first, training after it, whatever their sizes.
    wanted = np.random.RandomState(777).permutation(count).tolist()
    unshuffled = sorted(first + second) in (first + second, second + first)
    told = "the images in the order in which they were given" if unshuffled else "another order"
    claim(
        wanted in (second + first, first + second),
        "The rows must be shuffled with random_state=777",
        told,
        "Leave shuffle as it is, and name the seed in the call.",
    )


def _pair(filters: int) -> list[tuple[str, dict[str, Any]]]:
    """Return a convolution and its pooling, with the settings that the text and Keras give them."""
    convolution: dict[str, Any] = {
        "filters": filters,
        "kernel_size": 3,
        "strides": 1,
        "dilation_rate": 1,
    }
    convolution |= {"padding": "same", "groups": 1, "use_bias": True}
    return [
        ("Conv2D", convolution),
        ("MaxPooling2D", {"pool_size": 2, "strides": 2, "padding": "same"}),
    ]


_FRONT = [layer for filters in (16, 32, 64) for layer in _pair(filters)]
_BACK = [
    ("Flatten", {}),
    ("Dense", {"units": 64, "use_bias": True}),
    ("Dense", {"units": 10, "use_bias": True}),
]
_TABLE = [*_FRONT, *_BACK]
_MAPS = ((28, 16, 160), (14, 16, 0), (14, 32, 4640), (7, 32, 0), (7, 64, 18496), (4, 64, 0))
_ENDS_OF_MAPS = ("Flatten", "Reshape", "Dense", "GlobalAveragePooling2D", "GlobalMaxPooling2D")


def _halves(model: Model) -> tuple[list[Layer], list[Layer]]:
    """Return the layers that make maps, and those from the first on that lays them out."""
    found = core_layers(model)
    ends = [place for place, one in enumerate(found) if one.class_name in _ENDS_OF_MAPS]
    place = ends[0] if ends else len(found)
    return found[:place], found[place:]


def _names(found: list[Layer]) -> str:
    return ", ".join(one.class_name for one in found) or "none"


def _makes_the_maps(model: Model) -> None:
    equal(model.input_shape, (None, 28, 28, 1), "The input must have shape (None, 28, 28, 1)")
    front, back = _halves(model)
    show_layers([*front, *back], _TABLE)
    names = [one.class_name for one in front]
    rule = "The network must begin with three pairs of Conv2D and MaxPooling2D, and no other layers"
    claim(names == ["Conv2D", "MaxPooling2D"] * 3, rule, _names(front))
    step = 'A "same" padding keeps 28 rows in a Conv2D, and makes 4 of 7 in a MaxPooling2D.'
    for place, (layer, (_, settings)) in enumerate(zip(front, _FRONT, strict=True), 1):
        configured(layer, settings, place, "Compare it with the table and the text of the task.")
    for place, (layer, (rows, filters, parameters)) in enumerate(zip(front, _MAPS, strict=True), 1):
        name = f"{layer.class_name} number {(place + 1) // 2}"
        shape = (None, rows, rows, filters)
        received = f"{layer.output_shape}, {model.count_params():,} parameters in all"
        rule = f"{name} must give maps of shape {shape}, so that 89,546 parameters come out"
        claim(layer.output_shape == shape, rule, received, step)
        rule = f"{name} must have {parameters:,} parameters"
        claim(layer.params == parameters, rule, layer.params, "Its kernel has size 3.")


def _lays_out(layer: Layer) -> bool:
    """Say whether a layer lays maps out in a row; `Reshape` may do it as well."""
    shape = layer.output_shape
    row = isinstance(shape, tuple) and len(shape) == 2
    return layer.class_name == "Flatten" or (layer.class_name == "Reshape" and row)


def _classifies(model: Model) -> None:
    front, back = _halves(model)
    show_layers([*front, *back], _TABLE)
    rule = "After the maps there must be Flatten, Dense, Dense, and no other layers"
    names = ["Flatten" if _lays_out(one) else one.class_name for one in back]
    step = "Compare the layers with the table."
    if "Flatten" not in names:
        step = "Put a Flatten between the last pooling and the first Dense."
    claim(names == ["Flatten", "Dense", "Dense"], rule, _names(back), step)
    for place, (layer, (_, settings)) in enumerate(zip(back, _BACK, strict=True), len(front) + 1):
        configured(layer, settings, place, "Compare it with the table.")
    last = front[-1].output_shape if front else model.input_shape
    known = isinstance(last, tuple) and all(isinstance(size, int) for size in last[1:])
    claim(known, "There must be maps of known size before the Dense layers", f"{last}")
    size = int(np.prod(last[1:]))
    for layer, width in zip(back[1:], (size, 64), strict=True):
        units = layer.config["units"]
        parameters = (width + 1) * units
        rule = f"Dense({units}) on {width:,} values must have {parameters:,} parameters"
        claim(layer.params == parameters, rule, layer.params, step)


@check("build_cnn", points=2, hint='padding="same" in all three Conv2D and all three MaxPooling2D.')
def test_feature_maps(evidence: Evidence) -> None:
    """Three convolutions of 16, 32, 64 filters, each pooled: 28, 14, 7 and 4 rows."""
    _makes_the_maps(evidence.model("build_cnn"))


@check("build_cnn", points=1, hint="Flatten(), Dense(64), Dense(10) after the last pooling.")
def test_classifier_is_64_10(evidence: Evidence) -> None:
    """All values of the last maps go into Dense layers of 64 and 10 units, all of it untrained."""
    model = evidence.model("build_cnn")
    _classifies(model)
    rule = "The network must be returned as it was built, neither compiled nor trained"
    step = "`train` compiles and trains it."
    claim(not model.fits, rule, "a network that was trained", step)
    claim(model.compiled is None, rule, "a compiled network", step)


@check("build_cnn", points=1, hint="relu in the hidden layers, softmax in the output layer.")
def test_activations_are_relu_and_softmax(evidence: Evidence) -> None:
    """Convolutions and the hidden Dense layer use relu, the output layer softmax."""
    model = evidence.model("build_cnn")
    found = core_layers(model)
    weighing = [one.activation for one in found if one.params and "activation" in one.config]
    claim(len(weighing) > 1, "The network must have a hidden layer", f"{len(weighing)} layers")
    units = [one.config.get("units") for one in found if one.class_name == "Dense"]
    *hidden, output = weighing
    if units != [64, 10]:  # other layers, or in another order: that is another check's
        hidden = [name for name in weighing if name != "softmax"]
        output = "softmax" if weighing.count("softmax") < 2 else "softmax in two layers"
    equal(output, "softmax", "The output layer must have the activation softmax")
    rule = "Each Conv2D and the hidden Dense layer must have the activation relu"
    claim(set(hidden) == {"relu"}, rule, ", ".join(hidden))
    try:
        _makes_the_maps(model)
        _classifies(model)
    except CheckFailed:
        return  # what the other checks say
    _, back = _halves(model)
    asked = [*_FRONT, (back[0].class_name, {}), *_BACK[1:]]
    wanted = [
        (name, {**settings, "activation": "relu"} if name in ("Conv2D", "Dense") else settings)
        for name, settings in asked[:-1]
    ]
    computes(model, [*wanted, (asked[-1][0], {**asked[-1][1], "activation": "softmax"})])


def _drawn(evidence: Evidence) -> list[boxes.Drawn]:
    """Return the layers of the model that the probe draws."""
    first, second, third = evidence.inputs["filters"]
    hidden, outputs = evidence.inputs["units"]
    return [
        boxes.Drawn("looking", "Conv2D", (24, 24, first)),
        boxes.Drawn("looking_again", "Conv2D", (22, 22, second)),
        boxes.Drawn("shrinking", "AveragePooling2D", (11, 11, second)),
        boxes.Drawn("looking_closer", "Conv2D", (8, 8, third)),
        boxes.Drawn("laying_out", "Flatten", (64 * third,)),
        boxes.Drawn("thinking", "Dense", (hidden,)),
        boxes.Drawn("forgetting", "Dropout", (hidden,)),
        boxes.Drawn("answering", "Dense", (outputs,)),
    ]


@check("plot_architecture", points=1, hint="for layer in model.layers: ax.text(x, y, layer.name)")
def test_picture_names_every_layer(evidence: Evidence) -> None:
    """The picture has a box for each layer of the given model, with its name or class, in order."""
    figure = evidence.figure("plot_architecture")
    found, layers = boxes.texts(figure), _drawn(evidence)
    told = boxes.labels(found, layers)
    for layer, label in zip(layers, told, strict=True):
        claim(
            label is not None,
            "The picture must tell each layer's name or class, in a text of its own, "
            f"also of {layer.name!r} ({layer.kind})",
            f"neither, in {len(found)} texts",
            "Take them from the model that is given: layer.name, type(layer).__name__.",
        )
    boxes.claim_boxes(figure, told)
    boxes.claim_order(told)


@check("plot_architecture", points=1, hint="layer.output.shape, a tuple like (None, 28, 28, 16).")
def test_picture_tells_every_output_shape(evidence: Evidence) -> None:
    """The picture tells the output shape of each layer of the given model, in that layer's box."""
    found, layers = boxes.texts(evidence.figure("plot_architecture")), _drawn(evidence)
    labels = boxes.labels(found, layers)
    if any(labels):  # a layer that has no box is the other check's
        layers = [layer for layer, label in zip(layers, labels, strict=True) if label]
    told = Counter(shape for one in found for shape in figures.shapes(one.text))
    needed = Counter(layer.shape for layer in layers)
    for layer in layers:
        claim(
            told[layer.shape] >= needed[layer.shape],
            f"The picture must tell the output shape {(None, *layer.shape)} of {layer.name!r} "
            f"({layer.kind})",
            f"it {told[layer.shape]} times where {needed[layer.shape]} layers have it"
            if told[layer.shape]
            else f"no such text among {len(found)}",
            "Write layer.output.shape of each layer, not its input or its parameters.",
        )
    boxes.claim_shapes(found, boxes.labels(found, layers), layers)


def _trained(evidence: Evidence, name: str) -> tuple[Model, training.Fit]:
    """Return the model that came out of a training, and what its `fit` was asked."""
    evidence.value(f"train.{name}")  # what it raised, if it did
    model = classification.fitted(evidence, f"train.{name}.model")
    return model, model.fits[-1]


@check("train", points=1, hint="Ten classes, one-hot: loss='categorical_crossentropy'.")
def test_compiles_with_adam_and_cross_entropy(evidence: Evidence) -> None:
    """The model is compiled with Adam, categorical cross-entropy and the metric accuracy."""
    model, _ = _trained(evidence, "stopped")
    compiled(model, optimizer="Adam", loss="categorical_crossentropy", metric="accuracy")
    classification.uses_default_settings(model)


@check("train", points=1, hint="fit(…, batch_size=32, epochs=epochs, …)")
def test_batches_and_epochs_as_asked(evidence: Evidence) -> None:
    """Batches have 32 images, and no training is longer than `epochs` says."""
    _, fit = _trained(evidence, "limited")
    equal(training.batch_size(fit), BATCH_SIZE, f"A batch must have {BATCH_SIZE} images")
    epochs = len(training.curve(fit, "loss"))
    equal(epochs, 2, "With `epochs=2` the training must last two epochs")
    _, fit = _trained(evidence, "stopped")
    asked = training.epochs(fit)
    equal(asked, 40, "With `epochs=40` `fit` must be asked for at most 40 epochs")


@check("train", points=2, hint="validation_data=(x_val, y_val), and no validation_split.")
def test_learns_and_validates_on_the_given_images(evidence: Evidence) -> None:
    """The network learns from all training images, and is validated on the given others."""
    model, fit = _trained(evidence, "stopped")
    given = len(evidence.inputs["short_x"])
    learnt, _ = training.rows(fit)
    if fit.get("x") is not None:  # arrays; a data set of tf.data does not tell its rows
        rule = f"The network must learn from the {given} training images, and no others"
        claim(learnt == given, rule, f"{learnt} images to learn from")
        classification.goes_through_all(fit, given)
        largest, rule = training.largest(fit), "`fit` must get the images as they are given"
        claim(
            largest is None or abs(largest - evidence.inputs["short_x"].max()) < 1e-4,
            rule,
            f"values up to {largest}",
            "They are prepared already: do not scale them again.",
        )
        pairs = zip((fit.get("x"), fit.get("y")), ("short_x", "short_y"), strict=True)
        same = [
            training.told_digest(told) == training.digest(evidence.inputs[name])
            for told, name in pairs
        ]
        told = "images of another order than the labels" if same[1] else "labels of another order"
        step = "Fit on x_train and y_train, both as they are."
        claim(same[0] == same[1], "Each training image must keep its own label", told, step)
    losses = training.curve(fit, "val_loss")
    rule = "The validation images must be those that `train` is given, x_val and y_val"
    step = "Fit with validation_data=(x_val, y_val)."
    claim(losses.size, rule, "a training without validation", step)
    classification.validates_each_epoch(fit)
    loss, accuracy = _judged(evidence, model)
    accuracies = training.curve(fit, "val_accuracy")
    if _is_plain(model):
        received, shown = losses, loss
    else:  # its loss is another one, and another check's
        received, shown = accuracies, accuracy
    told = f"{received[-1]:.4f} after the last epoch, on others" if received.size else ""
    near = np.isclose(received, shown, rtol=1e-3, atol=1e-4).any()
    rule += f"; on them the trained network has {shown:.4f}"
    claim(near or not received.size, rule, told, step)


def _is_plain(model: Model) -> bool:
    """Say whether the loss is the cross-entropy, with Keras's own settings."""
    settings = training.facts(model.compiled)
    loss = training.facts(settings.get("loss_settings"))
    changed = any(loss.get(name) for name in ("from_logits", "label_smoothing"))
    return settings.get("loss") == "categorical_crossentropy" and not changed


def _judged(evidence: Evidence, model: Model) -> tuple[float, float]:
    """Return cross-entropy and accuracy of a model on the short training's validation images."""
    x, y = evidence.inputs["held_x"], evidence.inputs["held_y"]
    rule = "The model's output must be ten numbers for each image"
    outputs = array(model.predict(x), rule, (len(x), 10)).astype(float)
    loss = -np.log(np.clip((outputs * y).sum(axis=1), 1e-7, 1)).mean()
    return float(loss), float((outputs.argmax(axis=1) == y.argmax(axis=1)).mean())


@check("train", points=2, hint="EarlyStopping(patience=3, restore_best_weights=True)")
def test_stops_by_itself_with_the_best_weights(evidence: Evidence) -> None:
    """The training ends 3 epochs after its best one, and the model has the weights of that."""
    model, fit = _trained(evidence, "stopped")
    losses = training.curve(fit, "val_loss")
    if not losses.size:  # not validated; that is another check's
        rule = "The training must have the callback EarlyStopping"
        callbacks = figures.words(fit.get("callbacks"))
        claim("EarlyStopping" in callbacks, rule, ", ".join(callbacks) or "no callbacks")
        return
    best = int(losses.argmin()) + 1
    last = min(best + PATIENCE, training.epochs(fit))
    claim(
        losses.size == last,
        f"With the lowest validation loss in epoch {best} the training must end after epoch {last}",
        f"{losses.size} epochs",
        "Add EarlyStopping with monitor='val_loss' and patience=3 to the callbacks.",
    )
    loss, _ = _judged(evidence, model)
    near = np.isclose(losses, loss, rtol=1e-3)
    received = int(np.abs(losses - loss).argmin()) + 1
    claim(
        # A loss that it never had was measured on other images; that is another check's.
        near[best - 1] or not near.any(),
        f"The model must have the weights of its best epoch, number {best}, "
        f"with a validation loss of {losses[best - 1]:.4f}",
        f"those of epoch {received}, with {loss:.4f}",
        "Give EarlyStopping restore_best_weights=True.",
    )


@check("train", points=1, hint="keras.callbacks.TensorBoard(log_dir=log_folder)")
def test_tensorboard_has_a_record(evidence: Evidence) -> None:
    """TensorBoard's event files in the given folder hold the loss of each epoch."""
    for name in ("stopped", "limited"):
        _, fit = _trained(evidence, name)
        epochs = len(training.curve(fit, "loss"))
        runs = evidence.value(f"train.{name}.record")
        runs = runs if isinstance(runs, dict) else {}
        rule = "TensorBoard's event files must lie in the folder `log_folder`"
        claim(runs, rule, "a folder without event files", "Do not name another folder.")
        tags = [tags for tags in runs.values() if isinstance(tags, dict)]
        told = [
            len(figures.words(steps))
            for one in tags
            for tag, steps in one.items()
            if "loss" in str(tag)
        ]
        claim(
            max(told, default=0) >= epochs,
            f"The event files must hold the loss of each of the {epochs} epochs",
            f"{max(told, default=0)} values",
        )


@check("train", points=1, hint="Use the argument `model`, and end with `return model.fit(...)`.")
def test_trains_the_given_model(evidence: Evidence) -> None:
    """`train` trains the model that it is given, and returns the History of it."""
    names = ("model", "x_train", "y_train", "x_val", "y_val", "epochs", "log_folder")
    classification.trains_what_is_given(evidence, "train.limited", names)
    classification.returns_whole_history(evidence, "train.limited")


def measure(evidence: Evidence) -> float:
    """Return the trained model's accuracy on the test set, which no student code ever sees."""
    fashion = evidence.data["fashion_mnist"]
    model, _ = _trained(evidence, "long")
    return classification.accuracy(
        model, classification.with_channel(fashion.x_test), fashion.y_test
    )


@check("train", points=3, hint="Compare loss, optimizer, epochs and batch size with the text.")
def test_knows_unseen_clothes(evidence: Evidence) -> None:
    """The trained network knows clothes that it has never met."""
    classification.reaches_the_threshold(evidence, "fashion_mnist", measure(evidence))


def _counts(evidence: Evidence, name: str) -> np.ndarray:
    """Return the confusion matrix: rows true, columns predicted."""
    answers = evidence.inputs[name]
    return classification.confusion(answers["labels"], answers["predicted"])


def _entries(
    evidence: Evidence, name: str, least: int = len(SCORES)
) -> tuple[list[dict[Any, Any]], list[str]]:
    """Return the ten entries of a report, found by name, or else by number, and their scores.

    Of the scores that the text names, each entry must have `least`: which is one check's.
    """
    report = evidence.value(f"class_report.{name}")
    rule = "`class_report` must return a dictionary with an entry for each of the ten classes"
    claim(isinstance(report, dict), rule, describe(report), "Mind output_dict=True.")
    entries, known = [], list(SCORES)
    for label, class_name in enumerate(CLASS_NAMES):
        # A name that is spelt otherwise is another check's.
        found = [report[key] for key in (class_name, str(label), label) if key in report] or [
            entry for key, entry in report.items() if str(key).casefold() == class_name.casefold()
        ]
        told = f"no entry for {class_name}, among {len(report)} entries"
        claim(found, rule, told, "Name all: labels=range(10), target_names=CLASS_NAMES.")
        entry = found[0]
        told = describe(entry) if not isinstance(entry, dict) else ", ".join(map(str, entry))
        known = [score for score in known if isinstance(entry, dict) and score in entry]
        claim(len(known) >= least, f"Each entry must have {', '.join(SCORES)}", told[:100])
        entries.append(entry)
    return entries, known


@check("class_report", points=1, hint="target_names=CLASS_NAMES")
def test_report_names_the_classes(evidence: Evidence) -> None:
    """The report has an entry for each class under its name."""
    _entries(evidence, "answers")
    report = evidence.value("class_report.answers")
    missing = [name for name in CLASS_NAMES if name not in report]
    claim(
        not missing,
        "The entries must be called by the names of the classes, as in CLASS_NAMES",
        f"none called {missing[0]}, but {', '.join(map(str, report))[:80]}" if missing else "",
    )


@check("class_report", points=2, hint="The true labels come first, and names in label order.")
def test_report_scores_each_class(evidence: Evidence) -> None:
    """Precision, recall, F1 and support of each class are right."""
    entries, known = _entries(evidence, "answers", least=len(SCORES) - 1)
    right = classification.scores(_counts(evidence, "answers"))
    received = {
        score: [number(entry[score], f"{score} must be a number") for entry in entries]
        for score in known
    }
    swapped = {"precision", "recall"} <= set(known) and all(
        np.allclose(received[one], right[other], atol=1e-3)
        for one, other in (("precision", "recall"), ("recall", "precision"))
    )
    claim(
        not swapped,
        "Precision is TP / (TP + FP), recall TP / (TP + FN)",
        "one in the place of the other",
        "Give the true labels first, then the predicted ones.",
    )
    for score in reversed(known):
        step = FORMULAS[score]
        if np.allclose(np.sort(received[score]), np.sort(right[score]), atol=1e-3):
            step = "Keep the names in the order of the labels, 0 first."
        elif score != "support" and np.allclose(received[score], 100 * right[score], atol=0.1):
            step = "It is a share, from 0 to 1."
        for label, class_name in enumerate(CLASS_NAMES):
            wanted, has = float(right[score][label]), received[score][label]
            claim(
                abs(has - wanted) < 1e-3,
                f"The {score} of {class_name} (label {label}) must be {wanted:.4g} here",
                f"{has:.4g}",
                step,
            )


@check("class_report", points=1, hint="labels=range(10) also where a class does not occur.")
def test_report_has_ten_classes_always(evidence: Evidence) -> None:
    """There are ten entries also where classes do not occur, with 0 for 0/0."""
    entries, known = _entries(evidence, "few_answers", least=len(SCORES) - 1)
    right = classification.scores(_counts(evidence, "few_answers"))
    for score in known:
        rule = f"The {score} must be a number for each class, 0 where it would be 0/0"
        received = [number(entry[score], rule) for entry in entries]
        # Which class has which is another check's.
        missing = int((right["support"] == 0).sum())
        zeros = sum(value == 0 for value in received)
        claim(zeros >= missing, rule, f"{zeros} zeros, with {missing} classes that do not occur")


def _heat_map(evidence: Evidence, name: str) -> figures.HeatMap:
    return figures.heat_map(evidence.figure(f"plot_confusion.{name}"))


@check("plot_confusion", points=2, hint="confusion_matrix(labels, predicted): the true ones first.")
def test_rows_are_true_and_columns_predicted(evidence: Evidence) -> None:
    """The heat map shows, in row i and column j, how often class i was taken for class j."""
    heat = _heat_map(evidence, "answers")
    counts = _counts(evidence, "answers")
    rule = "Rows must be the true classes, columns the predicted ones"
    claim(not heat.shows(counts.T), rule, "the matrix turned over, columns true")
    off = np.argwhere(np.abs(heat.values - counts) > 1e-6)
    row, column = (int(one) for one in off[0]) if len(off) else (0, 0)
    claim(
        heat.shows(counts),
        f"{counts[row, column]} images of {CLASS_NAMES[row]} were taken for {CLASS_NAMES[column]}: "
        f"that must be in row {row} and column {column}",
        f"{heat.values[row, column]:g}",
    )
    told = f"x axis {heat.axes.xlabel!r}, y axis {heat.axes.ylabel!r}"
    claim(not heat.is_turned(), rule, told, "The x axis counts the columns.")


@check("plot_confusion", points=1, hint="confusion_matrix(…, labels=range(10))")
def test_heat_map_has_ten_rows_always(evidence: Evidence) -> None:
    """The heat map has ten rows and columns also where classes do not occur."""
    heat = _heat_map(evidence, "few_answers")
    counts = _counts(evidence, "few_answers")
    rule = "A class that does not occur must keep its row and column, with zeros"
    # Which one, and whether it shows the numbers of images at all, is another check's.
    whole, other = _counts(evidence, "answers"), _heat_map(evidence, "answers")
    right = heat.shows(counts) or heat.shows(counts.T)
    right = right or not (other.shows(whole) or other.shows(whole.T))
    told = f"{int((heat.values != counts).sum())} cells with another number"
    claim(right, rule, told)
    for side, edges in (("x", heat.edges[:2]), ("y", heat.edges[2:])):
        limits = figures.numbers(heat.axes.facts.get(f"{side}lim"), 2)
        cut = min(limits) > min(edges) + 0.5 or max(limits) < max(edges) - 0.5
        rule = "All ten rows and columns must be seen"
        claim(not cut, rule, f"a {side} axis from {limits[0]:g} to {limits[1]:g}")


@check("plot_confusion", points=1, hint="ax.set_xticks(range(10), CLASS_NAMES), and so for y.")
def test_heat_map_names_the_classes(evidence: Evidence) -> None:
    """Both axes have the class names at their rows and columns, and a name of their own."""
    heat = _heat_map(evidence, "answers")
    for side in ("x", "y"):
        places = zip(CLASS_NAMES, heat.names_along(side), strict=True)
        for label, (class_name, here) in enumerate(places):
            claim(
                any(_longest(name) == class_name for name in here),
                f"The {side} axis must have {class_name} at place {label}",
                ", ".join(map(repr, here)) or "no name there",
                "Set places and names together, names in the order of the labels.",
            )
    figure = evidence.figure("plot_confusion.answers")
    names = [one for side in "xy" for one in figures.axis_names(figure, heat.axes, side)]
    named = " ".join(names).lower()
    claim(
        "predict" in named and any(word in named for word in ("true", "actual")),
        'The axes must be named "predicted" and "true"',
        f"x axis {heat.axes.xlabel!r}, y axis {heat.axes.ylabel!r}",
    )


def _longest(text: str) -> str:
    """Return the longest class name in a text: "T-shirt/top" also has a "shirt" in it."""
    found = [name for name in CLASS_NAMES if name.casefold() in text.casefold()]
    return max(found, key=len, default="")


@check("plot_confusion", points=1, hint="ax.text(column, row, count) for each cell: x comes first.")
def test_cells_tell_their_numbers(evidence: Evidence) -> None:
    """Each cell has its number of images written in it."""
    heat = _heat_map(evidence, "answers")
    counts = _counts(evidence, "answers")
    # Which way the matrix lies is another check's.
    counts = counts.T if heat.shows(counts.T) else counts
    cells = {place: heat.texts_in(*place) for place in np.ndindex(counts.shape)}
    for (row, column), here in cells.items():
        count = int(counts[row, column])
        claim(
            figures.tells(here, count),
            f"The cell in row {row} and column {column} must have its number of images, {count}, "
            "in it",
            ", ".join(map(repr, here)) or "no text",
            _advice_for_cells(counts, cells),
        )


def _advice_for_cells(counts: np.ndarray, cells: Mapping[tuple[int, ...], list[str]]) -> str:
    """Return the next step for a heat map whose cells do not tell their numbers."""
    empty = sum(not here for here in cells.values())
    if empty == counts.size:
        return "Write it with `ax.text(column, row, count)`."
    if all(figures.tells(here, int(counts[place[::-1]])) for place, here in cells.items()):
        return "In `ax.text(x, y, text)` x is the column and y the row."
    if any("." in text or "%" in text for here in cells.values() for text in here):
        return "Write the numbers of images as confusion_matrix counts them, not their shares."
    return "Go through all rows and columns, and write each count into its own cell."
