"""The callbacks of a `fit` as data: what decides the training, and what they need to see of it.

Keras's own are known by their kind. One of the student's own is let watch a training that has
happened, epoch by epoch, as long as it only watches: `replay` notices when it acts, and trains on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.boxes.norecipe import NoRecipe

#: Keras's own that act on a training, and the settings that they do it by.
_DECIDING: dict[str, list[str]] = {
    "EarlyStopping": """
        monitor min_delta patience mode baseline restore_best_weights start_from_epoch
        """.split(),
    "ReduceLROnPlateau": "monitor factor patience mode min_delta cooldown min_lr".split(),
    "LearningRateScheduler": [],
    "TerminateOnNaN": [],
}
_SCHEDULES = ("ReduceLROnPlateau", "LearningRateScheduler")
#: What a callback of the student's own would do in the middle of an epoch. It is not there.
_WITHIN_EPOCHS = """
    on_batch_begin on_batch_end on_train_batch_begin on_train_batch_end
    on_test_begin on_test_batch_begin on_test_batch_end
    """.split()


@dataclass
class Told:
    """What a training must know of its callbacks.

    Attributes:
        deciding: Those that act on the training, by class and config.
        snapshots: Whether the others must see the weights of each epoch.
        batches: Whether they must see the logs of each batch.
        watched: Whether one of them is the student's own.
    """

    deciding: list[dict[str, Any]] = field(default_factory=list)
    snapshots: bool = False
    batches: bool = False
    watched: bool = False


def callback_list(given: Any) -> list[Any]:
    """Return what was given as `callbacks` as a flat list, as Keras makes it."""
    import keras

    if isinstance(given, keras.callbacks.CallbackList):
        return list(given.callbacks)
    return list(keras.tree.flatten(given)) if given else []


def is_own(callback: Any) -> bool:
    """Whether a callback runs code of the student's."""
    import keras

    kind = type(callback)
    return kind.__module__.partition(".")[0] != "keras" or kind is keras.callbacks.LambdaCallback


def tell_callbacks(given: Any, model: Any, fit: Mapping[str, Any]) -> Told:
    """Return what the training of `model` must know of the callbacks that `fit` was given.

    Raises:
        NoRecipe: One of them must be there while the training happens.
    """
    import keras

    kinds = keras.callbacks
    if isinstance(given, kinds.CallbackList) and type(given) is not kinds.CallbackList:
        raise NoRecipe("a list of callbacks of the student's own kind")
    told = Told()
    for one in callback_list(given):
        kind = type(one)
        if is_own(one):
            _claim_watching(one)
            told.watched = told.snapshots = True
        elif kind.__name__ in _DECIDING:
            told.deciding.append(_decide(one, model, fit))
        elif kind is kinds.ModelCheckpoint and one.save_freq == "epoch":
            told.snapshots = True
        elif kind is kinds.TensorBoard and not _times(one):
            weights = one.histogram_freq or one.write_images or one.embeddings_freq
            told.snapshots |= bool(weights)
            told.batches |= one.update_freq != "epoch"
        elif kind not in (kinds.History, kinds.CSVLogger):
            raise NoRecipe(f"the callback {kind.__name__}")
    # Keras's own that stops between two batches: it must see them again to stop once more.
    told.batches |= any(one["class"] == "TerminateOnNaN" for one in told.deciding)
    schedules = sum(one["class"] in _SCHEDULES for one in told.deciding)
    if schedules + told.watched > 1:  # the table of one would lean on what another has done
        raise NoRecipe("several callbacks that may set the learning rate")
    if told.watched and getattr(model.optimizer, "use_ema", False):
        raise NoRecipe("weights that change after the last epoch")
    if told.batches and model.steps_per_execution != 1:
        raise NoRecipe("batches that are not told one by one")
    return told


def _decide(callback: Any, model: Any, fit: Mapping[str, Any]) -> dict[str, Any]:
    name = type(callback).__name__
    if name == "LearningRateScheduler":
        return {"class": name, "rates": _rates(callback, model, fit)}
    return {"class": name, "config": _attributes(callback, _DECIDING[name])}


def _claim_watching(callback: Any) -> None:
    """Raise `NoRecipe` where a callback wants to be called within epochs."""
    import keras

    for name in _WITHIN_EPOCHS:
        # Inherited and unchanged, both are the same function.
        mine = getattr(getattr(callback, name), "__func__", None)
        if mine is not getattr(keras.callbacks.Callback, name):
            raise NoRecipe(f"a callback of the student's own with {name}")


def _times(board: Any) -> bool:
    """Whether a TensorBoard writes down how long this machine takes."""
    return bool(getattr(board, "_should_trace", True) or board.write_steps_per_second)


def _attributes(callback: Any, names: list[str]) -> dict[str, Any]:
    config = {name: getattr(callback, name) for name in names}
    if not all(isinstance(value, (str, bool, int, float, type(None))) for value in config.values()):
        raise NoRecipe("a callback with settings of another kind")
    return config


def _rates(scheduler: Any, model: Any, fit: Mapping[str, Any]) -> list[float]:
    """Return the learning rate of each epoch, asked of the student's schedule."""
    rate = float(model.optimizer.learning_rate)
    rates = []
    for epoch in range(fit["initial_epoch"], min(fit["epochs"], fit["initial_epoch"] + 10_000)):
        try:
            rate = scheduler.schedule(epoch, rate)
        except TypeError:  # the older form, which takes the epoch alone
            rate = scheduler.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise NoRecipe("a schedule that gives no number")
        rates.append(float(rate))
    return rates
