"""A training that happened elsewhere, as if it had happened here: weights, History, callbacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.boxes.recipes import callback_list


def replay(
    model: Any, given: Mapping[str, Any], answer: Mapping[str, Any], arrays: Sequence[np.ndarray]
) -> Any:
    """Give `model` what it learnt, let the callbacks see each epoch, and return the `History`.

    Args:
        model: The model whose `fit` was asked.
        given: The arguments of that `fit`.
        answer: `epochs`, `logs` and `learning_rates`, one of each for every epoch, and how many of
            the arrays are `weights` and optimizer `state`; with `snapshots`, such a set for every
            epoch follows the last one.
        arrays: The weights and the optimizer's state after the training, then the snapshots.
    """
    import keras

    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    size = answer["weights"] + answer["state"]
    last, rest = arrays[:size], arrays[size:]
    callbacks = keras.callbacks.CallbackList(
        callback_list(given["callbacks"]),
        add_history=True,
        add_progbar=False,
        model=model,
        verbose=0,
        epochs=given["epochs"],
        steps=answer["steps"],
    )
    model.stop_training = False
    _put(model, last, answer["weights"])
    callbacks.on_train_begin()
    logs: dict[str, float] = {}
    rows = zip(answer["epochs"], answer["logs"], answer["learning_rates"], strict=True)
    for number, (epoch, told, rate) in enumerate(rows):
        logs = {name: float(value) for name, value in told.items()}
        callbacks.on_epoch_begin(epoch)
        if answer["snapshots"]:
            _put(model, rest[number * size : (number + 1) * size], answer["weights"])
        elif rate is not None:
            model.optimizer.learning_rate = rate
        held_out = {
            name.removeprefix("val_"): value
            for name, value in logs.items()
            if name.startswith("val_")
        }
        if held_out:
            callbacks.on_test_begin()
            callbacks.on_test_end(held_out)
        callbacks.on_epoch_end(epoch, dict(logs))
    callbacks.on_train_end(logs)
    _put(model, last, answer["weights"])  # whatever a callback restored, these are the weights
    return model.history


def _put(model: Any, arrays: Sequence[np.ndarray], weights: int) -> None:
    model.set_weights(list(arrays[:weights]))
    for variable, value in zip(model.optimizer.variables, arrays[weights:], strict=True):
        variable.assign(value)
