"""What graders of image classifiers claim alike: pixels, labels, trainings, and confusion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.evidence.evidence import Evidence, describe
from autograder.judging import exhibits
from autograder.judging.checks import array, claim
from autograder.judging.claims import training
from autograder.judging.claims.arguments import unchanged
from autograder.judging.thresholds import measured, threshold
from autograder.models.model import Model
from autograder.text import plain_number
from autograder.values import History

CLASSES = 10
ADAM_LEARNING_RATE = 0.001
_NEAR = 1e-3  # a quarter of what lies between two grey values
#: Keras's metrics that an answer may call "accuracy" though they count something else.
_OTHERS = (
    "Accuracy",
    "BinaryAccuracy",
    "TopKCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
)


def with_channel(images: np.ndarray) -> np.ndarray:
    """Return images with a channel axis at the end, from 0 to 1."""
    return images[..., np.newaxis].astype("float32") / 255


def pixels_in_place(received: np.ndarray, expected: np.ndarray, rule: str) -> None:
    """Claim that every value of every image stands where it stood, whatever the scale.

    Values that come from no scaling of all those given are another check's.
    """
    found, wanted = (one.astype(float).ravel() for one in (received, expected))
    if found.shape != wanted.shape or not found.size:
        return
    with np.errstate(all="ignore"):
        scale = np.ptp(found) / np.ptp(wanted)
        rescaled = (found - found.min()) / scale + wanted.min()
        scaled = np.allclose(np.sort(rescaled), np.sort(wanted), atol=2e-3)
        moved = scaled and not np.allclose(rescaled, wanted, atol=2e-3)
    claim(not moved, rule, "the values in another order")


def scaled_by_255(received: np.ndarray, image: np.ndarray) -> None:
    """Claim that all pixels were divided by 255, whatever their order and shape.

    Of more values than there are pixels, or of less, each must be one of those that are expected:
    how many there must be is another check's.
    """
    found = np.sort(received.astype(float).ravel())
    expected = np.sort(with_channel(image).ravel())
    if found.size != expected.size or not np.allclose(found, expected, atol=_NEAR):
        exhibits.compare(received, with_channel(image))
    rule = f"Values from {image.min()} to {image.max()} must become "
    rule += f"{expected[0]:.4f} to {expected[-1]:.4f}"
    claim(found.size, rule, "no value")
    told = f"{found[0]:.4f} to {found[-1]:.4f}"
    if found.size != expected.size:
        after = np.searchsorted(expected, found).clip(1, expected.size - 1)
        near = np.minimum(abs(found - expected[after - 1]), abs(found - expected[after]))
        claim((near < _NEAR).all(), rule, told)
        return
    claim(np.allclose(found[[0, -1]], expected[[0, -1]], atol=_NEAR), rule, told)
    claim(
        np.allclose(found, expected, atol=_NEAR),
        "Every pixel of every image must be divided by 255",
        f"values from {told} as they must be, and between them others",
    )


def is_drawn_as(shown: np.ndarray, image: np.ndarray) -> bool:
    """Say whether what is drawn is an image: raw or scaled, dark on light or light on dark."""
    shown = shown[..., 0] if shown.ndim == 3 and shown.shape[2] == 1 else shown
    if shown.shape != image.shape:
        return False
    with np.errstate(all="ignore"):
        wanted, found = (_stretched(one.astype(float)) for one in (image, shown))
        return any(np.allclose(one, wanted, atol=1e-2) for one in (found, 1 - found))


def _stretched(values: np.ndarray) -> np.ndarray:
    """Return values from 0 to 1; those that are all the same as they are."""
    span = float(np.ptp(values)) if values.size else 0.0
    return (values - values.min()) / span if span else values


def one_hot(value: object, labels: np.ndarray, rule: str) -> None:
    """Claim one row of ten numbers for each label: 1 in its column, 0 elsewhere."""
    rows = array(value, rule, (len(labels), CLASSES))
    right = (rows == np.eye(CLASSES)[labels]).all(axis=1)
    place = int(np.argmin(right))
    claim(
        right.all(),
        f"The label {labels[place]} must become 1 in column {labels[place]} and 0 elsewhere",
        f"the row {' '.join(f'{value:g}' for value in rows[place])}",
    )


def fitted(evidence: Evidence, key: str) -> Model:
    """Return the model under a key, once `fit` was called."""
    model = evidence.model(key)
    claim(model.fits, "`train` must fit the model", "a model that was never fitted")
    return model


def trains_what_is_given(evidence: Evidence, key: str, names: Sequence[str]) -> None:
    """Claim that the answer under a key is the History of the given model, and no more changed.

    Args:
        evidence: The answers.
        key: The call's.
        names: What the arguments are called, in their order.
    """
    answer = evidence.value(key)
    unchanged(evidence, key, names)
    claim(isinstance(answer, History), "`train` must return what `fit` returns", describe(answer))
    claim(
        evidence.value(f"{key}.given") is True,
        "`train` must train the model that it is given",
        "the History of another model",
    )


def returns_whole_history(evidence: Evidence, key: str) -> None:
    """Claim that the History under a key tells of every epoch that its model was trained for."""
    fits = evidence.model(f"{key}.model").fits
    answer = evidence.value(key)
    values = answer.history.get("loss") if isinstance(answer, History) else None
    told = len(values) if isinstance(values, (list, tuple)) else 0
    epochs = sum(map(training.epochs_run, fits))
    claim(
        told == epochs,
        f"The History must hold the loss after each of the {epochs} epochs",
        f"a History of {told}",
        "Train in one call of `fit`, and return what it returns.",
    )


def uses_default_settings(model: Model) -> None:
    """Claim that a model was compiled with Adam as it is by default, and with a loss as it is."""
    settings = training.facts(model.compiled)
    rate = settings.get("learning_rate")
    if settings.get("optimizer") == "Adam" and isinstance(rate, (int, float)):
        claim(
            abs(rate - ADAM_LEARNING_RATE) < 1e-8,
            f"Adam must keep its default learning rate, {ADAM_LEARNING_RATE}",
            plain_number(rate, 6),
            'Compile with optimizer="adam".',
        )
    if settings.get("optimizer") == "Adam":
        training.steps_by_default(model, 'Compile with optimizer="adam".')
    loss = training.facts(settings.get("loss_settings"))
    for name in ("from_logits", "label_smoothing"):
        claim(
            not loss.get(name),
            "The loss must be the cross-entropy of the probabilities and the labels as they are",
            f"{name}={loss.get(name)}",
            f"Leave {name} out.",
        )
    called = [
        one.get("class_name")
        for one in model.metric_configs
        if training.facts(one.get("config")).get("name") in ("accuracy", "acc")
    ]
    others = [name for name in called if name in _OTHERS]
    claim(
        not others,
        "The metric accuracy must be the share of right answers among ten classes",
        ", ".join(others),
        'Compile with metrics=["accuracy"].',
    )


def runs_epochs(fits: Sequence[training.Fit], epochs: int) -> None:
    """Claim how many epochs a model was trained for, in all its fits."""
    run, asked = sum(map(training.epochs_run, fits)), sum(map(training.epochs, fits))
    told = f"{run}" if run == asked else f"{run}, where {asked} were asked for"
    step = "Nothing may stop it before." if run < epochs <= asked else ""
    claim(run == epochs, f"The training must last {epochs} epochs", told, step)


def learns_from_all(fit: training.Fit, images: np.ndarray) -> None:
    """Claim that a fit learns from these images, all of them in each epoch.

    Args:
        fit: What it was asked. How many rows it got, and in which batches, is claimed before.
        images: Those that it must learn from, in any order.
    """
    told, expected = training.total(fit.get("x")), float(images.sum(dtype=np.float64))
    claim(
        told is None or abs(told - expected) < 1e-6 * max(1.0, abs(expected)),
        f"The network must learn from all {len(images)} training images",
        f"{len(images)} rows, but other ones",
    )
    goes_through_all(fit, len(images))


def goes_through_all(fit: training.Fit, count: int) -> None:
    """Claim that each epoch of a fit goes through all of `count` images, which count alike."""
    steps, size = fit.get("steps_per_epoch"), training.batch_size(fit)
    if isinstance(steps, (int, float)) and size > 0:
        rule = f"Each epoch must go through all {count} training images"
        claim(steps == -(-count // size), rule, f"steps_per_epoch={steps}", "Leave it out.")
    training.weighs_alike(fit)


def validates_each_epoch(fit: training.Fit) -> None:
    """Claim that loss and accuracy on the validation set were taken after each epoch."""
    history = training.facts(fit.get("history"))
    values = history.get("val_loss")
    told = len(values) if isinstance(values, list) else 0
    epochs = training.epochs_run(fit)
    claim(
        told == epochs,
        "The network must be validated after each epoch",
        f"{told} times in {epochs} epochs",
        "Leave `validation_freq` out.",
    )


def accuracy(model: Model, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of right answers of a model; they are counted on the host."""
    rule = "The model's output must be ten numbers for each image"
    answers = array(model.predict(x), rule, (len(labels), CLASSES)).argmax(axis=1)
    for fit in model.fits[-1:]:
        names = [name for name in training.facts(fit.get("history")) if "accuracy" in name]
        exhibits.training({name: training.curve(fit, name).tolist() for name in names[:4]})
    return float((answers == labels).mean())


def reaches_the_threshold(evidence: Evidence, name: str, received: float) -> None:
    """Claim that an accuracy on the test set is as high as it was measured to be.

    Args:
        evidence: The answers, with the calibration of their exercise.
        name: The data set, whose profile decides which measurement counts.
        received: The accuracy, from 0 to 1.
    """
    profile = evidence.data[name].profile
    least = threshold(evidence.calibration, evidence.exercise, profile)
    exhibits.reached(
        "Accuracy on the test set",
        received,
        least,
        measured(evidence.calibration, profile),
        holds=received >= least,
    )
    evidence.note_accuracy(received, least)
    claim(
        received >= least,
        f"On the test set the accuracy must be at least {least:.3f}",
        f"{received:.4f}",
    )


def confusion(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the confusion matrix: rows are true, columns predicted."""
    counts = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def scores(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return precision, recall, F1 and support of each class; 0 for 0/0."""
    right, support, answered = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    return {
        "precision": right / np.maximum(answered, 1),
        "recall": right / np.maximum(support, 1),
        "f1-score": 2 * right / np.maximum(answered + support, 1),
        "support": support,
    }
