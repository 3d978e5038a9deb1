"""What graders of image classifiers claim alike: pixels, labels, trainings, and confusion."""

from __future__ import annotations

import numpy as np

from autograder.checks import array, claim
from autograder.decode import History
from autograder.evidence import Evidence, describe
from autograder.models import Model
from autograder.thresholds import threshold

CLASSES = 10


def with_channel(images: np.ndarray) -> np.ndarray:
    """Return images with a channel axis at the end, from 0 to 1."""
    return images[..., np.newaxis].astype("float32") / 255


def pixels_in_place(received: np.ndarray, expected: np.ndarray, rule: str) -> None:
    """Claim that the values of the first image are in their order, whatever their scale.

    The largest and the smallest value must stand where they stood.
    """
    one, wanted = received[0], expected[0]
    claim(
        one.argmax() == wanted.argmax() and one.argmin() == wanted.argmin(),
        rule,
        "the values in another order",
    )


def scaled_by_255(received: np.ndarray, image: np.ndarray) -> None:
    """Claim that all pixels were divided by 255, whatever their order and shape."""
    told = f"{received.size} values where {image.size} were given"
    claim(received.size == image.size, "No pixel may be lost or added", told)
    found, expected = np.sort(received.ravel()), np.sort(with_channel(image).ravel())
    claim(
        np.allclose(found, expected, atol=1e-4),
        f"Values from {image.min()} to {image.max()} must become "
        f"{expected[0]:.4f} to {expected[-1]:.4f}",
        f"{found[0]:.4f} to {found[-1]:.4f}",
    )


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


def trains_what_is_given(evidence: Evidence, key: str) -> None:
    """Claim that the answer under a key is the History of the given model."""
    answer = evidence.value(key)
    claim(isinstance(answer, History), "`train` must return what `fit` returns", describe(answer))
    claim(
        evidence.value(f"{key}.given") is True,
        "`train` must train the model that it is given",
        "the History of another model",
    )


def accuracy(model: Model, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of right answers of a model; they are counted on the host."""
    rule = "The model's output must be ten numbers for each image"
    answers = array(model.predict(x), rule, (len(labels), CLASSES)).argmax(axis=1)
    return float((answers == labels).mean())


def reaches_the_threshold(slug: str, profile: str, received: float) -> None:
    """Claim that an accuracy on the test set is as high as it was measured to be."""
    least = threshold(slug, profile)
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
