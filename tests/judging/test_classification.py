"""What graders of image classifiers claim alike, on right and on wrong answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.judging import CheckFailed, History
from autograder.judging.claims import classification

RNG = np.random.default_rng(3)
IMAGES = RNG.integers(7, 249, (6, 28, 28)).astype("uint8")
RIGHT = classification.with_channel(IMAGES)
RULE = "Each pixel must stay in its place"


@pytest.mark.parametrize(
    "moved",
    [RIGHT[::-1], RIGHT[[0, 5, 4, 3, 2, 1]], RIGHT.transpose(0, 2, 1, 3), RIGHT[:, ::-1] * 255],
    ids=["backwards", "after the first", "transposed", "upside down, not scaled"],
)
def test_moved_pixels_are_told_whatever_their_scale(moved: np.ndarray) -> None:
    """The same values in other places are another order, also in images after the first."""
    with pytest.raises(CheckFailed, match="another order"):
        classification.pixels_in_place(moved, RIGHT, RULE)


@pytest.mark.parametrize(
    "values",
    [
        RIGHT,
        RIGHT * 255,
        2 * RIGHT - 1,
        RIGHT / np.linalg.norm(RIGHT, axis=1, keepdims=True),
        RIGHT * 0,
        RIGHT[:0],
    ],
    ids=["right", "not scaled", "-1 to 1", "normalised", "nothing", "empty"],
)
def test_another_scale_is_no_other_order(values: np.ndarray) -> None:
    """How values are scaled is another check's: a normalised column is not told as moved."""
    classification.pixels_in_place(values, RIGHT, RULE)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (RIGHT * 255 / 256, "must become"),
        (np.repeat(RIGHT[:1], 6, axis=0), "."),
        ((RIGHT > 0.5).astype("float32"), "must become"),
        (RIGHT[1:] * 255, "must become"),
        (RIGHT[:0], "no value"),
        (np.where(RIGHT > 0.2, RIGHT, RIGHT.min()), "between them others"),
    ],
)
def test_values_that_are_not_divided_by_255_are_told(values: np.ndarray, told: str) -> None:
    """All pixels are compared, not the least and the largest alone."""
    with pytest.raises(CheckFailed, match=told):
        classification.scaled_by_255(values, IMAGES)


@pytest.mark.parametrize("values", [RIGHT, RIGHT.astype("float16"), RIGHT[::-1], RIGHT[1:]])
def test_scaled_values_are_left_alone(values: np.ndarray) -> None:
    """Their type, their order and how many there are is another check's."""
    classification.scaled_by_255(values, IMAGES)


def fit(asked: int, run: int, **more: Any) -> dict[str, Any]:
    """Return what is told of a fit."""
    return {"epochs": asked, "history": {"loss": [0.5] * run}, **more}


def test_epochs_are_those_that_were_run() -> None:
    """A training that was stopped early has not lasted as long as it was asked for."""
    classification.runs_epochs([fit(10, 10)], 10)
    classification.runs_epochs([fit(1, 1)] * 10, 10)
    classification.runs_epochs([fit(1, 1, history={"loss": ["nan"]})], 1)
    with pytest.raises(CheckFailed, match=r"Received: 3, where 10 were asked for\. Nothing may"):
        classification.runs_epochs([fit(10, 3)], 10)
    with pytest.raises(CheckFailed, match=r"10 epochs\. Received: 12\.$"):
        classification.runs_epochs([fit(12, 12)], 10)
    with pytest.raises(CheckFailed, match="Received: 0"):
        classification.runs_epochs([fit(0, 0), {}, {"history": {"loss": {}}}], 10)


def test_all_images_are_learnt_from() -> None:
    """Other images than those given, or a part of them in each epoch, are told; no order is."""
    told = {"x": {"sum": float(RIGHT[::-1].sum(dtype=float))}, "batch_size": 4}
    classification.learns_from_all(told, RIGHT)
    classification.learns_from_all({**told, "steps_per_epoch": 2}, RIGHT)
    classification.learns_from_all({"x": {"sum": "x"}, "steps_per_epoch": "x"}, RIGHT)
    with pytest.raises(CheckFailed, match="steps_per_epoch=1"):
        classification.learns_from_all({**told, "steps_per_epoch": 1}, RIGHT)
    with pytest.raises(CheckFailed, match="other ones"):
        classification.learns_from_all(told, np.repeat(RIGHT[:1], 6, axis=0))


def compiled_with(settings: Any) -> Any:
    """Return what the claims read of a compiled model."""
    return SimpleNamespace(compiled=settings, optimizer_config={}, metric_configs=())


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "Adam", "learning_rate": 0.002},
        {"loss_settings": {"from_logits": True}},
        {"loss_settings": {"label_smoothing": 0.1}},
    ],
)
def test_settings_that_are_not_the_defaults_are_told(settings: dict[str, Any]) -> None:
    """Another step length, or a loss of something else than the probabilities and the labels."""
    with pytest.raises(CheckFailed):
        classification.uses_default_settings(compiled_with(settings))


@pytest.mark.parametrize(
    "settings",
    [
        None,
        {"optimizer": "Adam", "learning_rate": 0.0010000000474974513, "loss_settings": {}},
        {"optimizer": "Adam", "learning_rate": "x", "loss_settings": [1]},
        {"optimizer": "SGD", "learning_rate": 0.01, "loss_settings": {"from_logits": False}},
    ],
)
def test_default_settings_are_left_alone(settings: Any) -> None:
    """Another optimizer, or none, is another claim's."""
    classification.uses_default_settings(compiled_with(settings))


@pytest.mark.parametrize(
    ("metric", "right"),
    [
        ({"class_name": "BinaryAccuracy", "config": {"name": "accuracy"}}, False),
        ({"class_name": "TopKCategoricalAccuracy", "config": {"name": "acc", "k": 3}}, False),
        ({"class_name": "TopKCategoricalAccuracy", "config": {"name": "top", "k": 3}}, True),
        ({"class_name": "CategoricalAccuracy", "config": {"name": "accuracy"}}, True),
        ({"class_name": ["x"], "config": {"name": "accuracy"}}, True),
        ({"class_name": "BinaryAccuracy", "config": 5}, True),
    ],
)
def test_another_metric_is_no_accuracy(metric: Any, *, right: bool) -> None:
    """What counts something else is told where it is called "accuracy", and only there."""
    model = compiled_with({"optimizer": "Adam", "learning_rate": 0.001})
    model.metric_configs = (metric,)
    if right:
        classification.uses_default_settings(model)
        return
    with pytest.raises(CheckFailed, match="share of right answers"):
        classification.uses_default_settings(model)


class Told:
    """Evidence of one training, and of the History that was returned."""

    def __init__(self, history: object, *fits: dict[str, Any]) -> None:
        self._history = history
        self._model = SimpleNamespace(fits=fits)

    def value(self, key: str) -> object:
        return self._history

    def model(self, key: str) -> SimpleNamespace:
        return self._model


def test_the_history_tells_of_every_epoch() -> None:
    """Of ten fits of one epoch the last History alone is not what was asked for."""
    whole = History({"loss": [0.5] * 10}, [])
    classification.returns_whole_history(Told(whole, fit(10, 10)), "train")
    classification.returns_whole_history(Told(whole, *[fit(1, 1)] * 10), "train")
    with pytest.raises(CheckFailed, match="a History of 1"):
        last = History({"loss": [0.5]}, [])
        classification.returns_whole_history(Told(last, *[fit(1, 1)] * 10), "train")


def test_validation_is_after_each_epoch() -> None:
    """A validation after every second epoch is told."""
    both = {"loss": [0.5] * 4, "val_loss": [0.5] * 4}
    classification.validates_each_epoch({"history": both})
    with pytest.raises(CheckFailed, match="2 times in 4 epochs"):
        classification.validates_each_epoch({"history": {**both, "val_loss": [0.5] * 2}})


def test_an_image_may_be_drawn_scaled_or_light_on_dark() -> None:
    """The same picture is the same image, whatever its numbers; another one is not."""
    image = IMAGES[0]
    for shown in (image, image / 255, 255 - image, image[..., None], 1 - image / 255.0):
        assert classification.is_drawn_as(shown, image)
    for shown in (image.T, image[::-1], IMAGES[1], image > 127, image[:14], np.zeros((28, 28))):
        assert not classification.is_drawn_as(shown, image)
