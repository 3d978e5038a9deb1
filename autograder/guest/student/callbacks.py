"""The callbacks of a `fit` as data: what decides the training, and what they need to see of it.

Keras's own are known by their kind. One of the student's own is let watch a training that has
happened, epoch by epoch, as long as it only watches: `replay` notices when it acts, and trains on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.guest.protocol.training_parts import (
    Callback,
    EarlyStopping,
    FitArguments,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from autograder.guest.student.schedules import ScheduleMemory
from autograder.guest.student.unsupported import UnsupportedFit

#: Keras's own that act on a training by nothing but their attributes.
_BY_ATTRIBUTES: dict[str, type[EarlyStopping | ReduceLROnPlateau | TerminateOnNaN]] = {
    kind.__name__: kind for kind in (EarlyStopping, ReduceLROnPlateau, TerminateOnNaN)
}
#: What a callback of the student's own would do in the middle of an epoch. It is not there.
_WITHIN_EPOCHS = """
    on_batch_begin on_batch_end on_train_batch_begin on_train_batch_end
    on_test_begin on_test_batch_begin on_test_batch_end
    """.split()


@dataclass
class CallbackNeeds:
    """What a training must know of its callbacks.

    Attributes:
        deciding: Those that act on the training.
        snapshots: Whether the others must see the weights of each epoch.
        batches: Whether they must see the logs of each batch.
        watched: Whether one of them is the student's own.
    """

    deciding: list[Callback] = field(default_factory=list)
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


def describe_callbacks(
    given: Any, model: Any, fit: FitArguments, schedules: ScheduleMemory
) -> CallbackNeeds:
    """Return what the training of `model` must know of the callbacks that `fit` was given.

    Args:
        given: What `fit` was given as `callbacks`.
        model: The model.
        fit: The other arguments.
        schedules: Remembers what learning rate schedules answer.

    Raises:
        UnsupportedFit: One of them must be there while the training happens.
    """
    import keras

    kinds = keras.callbacks
    if isinstance(given, kinds.CallbackList) and type(given) is not kinds.CallbackList:
        raise UnsupportedFit("a list of callbacks of the student's own kind")
    needs = CallbackNeeds()
    for callback in callback_list(given):
        kind = type(callback)
        if is_own(callback):
            _claim_watching(callback)
            needs.watched = needs.snapshots = True
        elif kind is kinds.LearningRateScheduler:
            rate = float(model.optimizer.learning_rate)
            needs.deciding.append(LearningRateScheduler(schedules.rates(callback, rate, fit)))
        elif kind.__name__ in _BY_ATTRIBUTES:
            needs.deciding.append(_attributes(callback))
        elif kind is kinds.ModelCheckpoint and callback.save_freq == "epoch":
            needs.snapshots = True
        elif kind is kinds.TensorBoard and not _times(callback) and _is_regular(callback):
            weights = callback.histogram_freq or callback.write_images or callback.embeddings_freq
            needs.snapshots |= bool(weights)
            needs.batches |= callback.update_freq != "epoch"
        elif kind is kinds.ProgbarLogger:
            needs.batches = True
        elif kind not in (kinds.History, kinds.CSVLogger):
            raise UnsupportedFit(f"the callback {kind.__name__}")
    # Keras's own that stops between two batches: it must see them again to stop once more.
    needs.batches |= any(isinstance(one, TerminateOnNaN) for one in needs.deciding)
    setting = [
        one for one in needs.deciding if isinstance(one, ReduceLROnPlateau | LearningRateScheduler)
    ]
    if len(setting) + needs.watched > 1:  # the table of one would lean on what another has done
        raise UnsupportedFit("several callbacks that may set the learning rate")
    if needs.watched and getattr(model.optimizer, "use_ema", False):
        raise UnsupportedFit("weights that change after the last epoch")
    if needs.batches and model.steps_per_execution != 1:
        raise UnsupportedFit("batches that are not logged one by one")
    return needs


def _claim_watching(callback: Any) -> None:
    """Raise `UnsupportedFit` where a callback wants to be called within epochs."""
    import keras

    for name in _WITHIN_EPOCHS:
        # Inherited and unchanged, both are the same function.
        mine = getattr(getattr(callback, name), "__func__", None)
        if mine is not getattr(keras.callbacks.Callback, name):
            raise UnsupportedFit(f"a callback of the student's own with {name}")


def _times(board: Any) -> bool:
    """Whether a TensorBoard writes down how long this machine takes."""
    return bool(getattr(board, "_should_trace", True) or board.write_steps_per_second)


def _is_regular(board: Any) -> bool:
    """Whether a TensorBoard knows at which batches to write; else it fails at the first."""
    return board.update_freq in ("epoch", "batch") or isinstance(board.update_freq, int)


def _attributes(callback: Any) -> EarlyStopping | ReduceLROnPlateau | TerminateOnNaN:
    record = _BY_ATTRIBUTES[type(callback).__name__]
    return record(**{name: getattr(callback, name) for name in record.__struct_fields__})
