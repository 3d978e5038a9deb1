"""A training that happened elsewhere, as if it had happened here: weights, History, callbacks.

A callback of the student's own sees every epoch as it was. Where it only looks on, that is all;
where it stops the training, that ends there; where it changes the model, the training goes on here
from that very state, by Keras's own `fit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.boxes.callbacks import callback_list, is_own

#: Keras's own `fit`.
Fit = Callable[..., Any]


def replay(
    model: Any,
    given: Mapping[str, Any],
    answer: Mapping[str, Any],
    arrays: Sequence[np.ndarray],
    fit: Fit,
) -> Any:
    """Give `model` what it learnt, let the callbacks see each epoch, and return the `History`.

    Args:
        model: The model whose `fit` was asked.
        given: The arguments of that `fit`.
        answer: `epochs`, `logs`, `learning_rates` and `iterations`, one of each for every epoch,
            and how many of the arrays are `weights` and optimizer `state`; whether `snapshots` of
            them follow; and where `batches` are told, or None.
        arrays: The weights and the optimizer's state after the training; then the same of every
            epoch, each with the epochs as its first axis; then the logs of all batches.
        fit: Goes on where a callback has changed the model.
    """
    import keras

    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    callbacks = given["callbacks"]
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = keras.callbacks.CallbackList(
            callback_list(callbacks),
            add_history=True,
            add_progbar=False,
            model=model,
            verbose=0,
            epochs=given["epochs"],
            steps=answer["steps"],
        )
    training = _Training(model, answer, arrays)
    model.stop_training = False
    if any(is_own(one) for one in callback_list(given["callbacks"])):
        return _Watched(training, callbacks, given, fit).run()
    training.end()
    callbacks.on_train_begin()
    logs: dict[str, float] = {}
    for number, epoch in enumerate(answer["epochs"]):
        callbacks.on_epoch_begin(epoch)
        logs = training.show(number, callbacks)
        callbacks.on_epoch_end(epoch, dict(logs))
    callbacks.on_train_end(logs)
    training.end()  # whatever a callback restored, these are the weights
    return model.history


class _Training:
    """What happened, epoch by epoch."""

    def __init__(self, model: Any, answer: Mapping[str, Any], arrays: Sequence[np.ndarray]) -> None:
        self.model = model
        self.answer = answer
        self._weights = answer["weights"]
        self._size = answer["weights"] + answer["state"]
        self._arrays = arrays

    def show(self, number: int, callbacks: Any) -> dict[str, float]:
        """Let `callbacks` see the batches of an epoch and its validation; return its logs."""
        answer, optimizer = self.answer, self.model.optimizer
        self._show_batches("train", number, callbacks)
        rate = answer["learning_rates"][number]
        if answer["snapshots"]:
            self._put([one[number] for one in self._arrays[self._size : 2 * self._size]])
        else:
            optimizer.iterations.assign(answer["iterations"][number])
            if rate is not None:
                optimizer.learning_rate = rate
        logs = {name: float(value) for name, value in answer["logs"][number].items()}
        held_out = {
            name.removeprefix("val_"): value
            for name, value in logs.items()
            if name.startswith("val_")
        }
        if held_out:
            callbacks.on_test_begin()
            self._show_batches("test", number, callbacks)
            callbacks.on_test_end(held_out)
        return logs

    def _show_batches(self, which: str, number: int, callbacks: Any) -> None:
        told = self.answer["batches"]
        if told is None:
            return
        ends = told[which]["ends"]
        first = ends[number - 1] if number else 0
        rows = self._arrays[told[which]["array"]][first : ends[number]]
        for batch, row in enumerate(rows.tolist()):
            logs = dict(zip(told[which]["names"], row, strict=True))
            getattr(callbacks, f"on_{which}_batch_begin")(batch)
            getattr(callbacks, f"on_{which}_batch_end")(batch, logs)

    def end(self) -> None:
        """Give the model what it had learnt in the end."""
        self._put(self._arrays[: self._size])

    def _put(self, arrays: Sequence[np.ndarray]) -> None:
        self.model.set_weights(list(arrays[: self._weights]))
        variables = self.model.optimizer.variables
        for variable, value in zip(variables, arrays[self._weights :], strict=True):
            variable.assign(value)


class _Watched:
    """A training that callbacks of the student's own look at, and may take another way."""

    def __init__(
        self, training: _Training, callbacks: Any, given: Mapping[str, Any], fit: Fit
    ) -> None:
        self._training = training
        self._model = training.model
        self._callbacks = callbacks
        self._given = given
        self._fit = fit

    def run(self) -> Any:
        """Return the `History`."""
        model, callbacks = self._model, self._callbacks
        first, end = self._given["initial_epoch"], self._given["epochs"]
        before = _state(model)
        callbacks.on_train_begin()
        if model.stop_training or not _same(before, _state(model)):
            return self._go_on(first, epoch_begun=False)
        logs: dict[str, float] = {}
        for number, epoch in enumerate(self._training.answer["epochs"]):
            callbacks.on_epoch_begin(epoch)
            # Asked to stop before it, Keras trains one batch of an epoch.
            if model.stop_training or not _same(before, _state(model)):
                return self._go_on(epoch, epoch_begun=True)
            logs = self._training.show(number, callbacks)
            before = _state(model)
            callbacks.on_epoch_end(epoch, logs)  # which may write into them, as Keras lets it
            if model.stop_training or epoch + 1 >= end:
                break
            if not _same(before, _state(model)):
                return self._go_on(epoch + 1, epoch_begun=False)
        else:  # it had ended early there, by a callback that saw other logs
            return self._go_on(epoch + 1, epoch_begun=False)
        callbacks.on_train_end(logs)
        return model.history

    def _go_on(self, epoch: int, *, epoch_begun: bool) -> Any:
        """Train from here on, with callbacks that have begun already."""
        begun = _begun(self._callbacks, epoch_begun=epoch_begun)
        arguments = {name: value for name, value in self._given.items() if name != "self"}
        return self._fit(self._model, **{**arguments, "initial_epoch": epoch, "callbacks": begun})


def _begun(callbacks: Any, *, epoch_begun: bool) -> Any:
    """Return the same list of callbacks, which leaves out what it has called already."""
    import keras

    class Begun(keras.callbacks.CallbackList):  # type: ignore[misc]
        """Keras takes a list of this class as it is."""

        def __init__(self) -> None:
            # Not that of the class above: it would tell each callback of its model once more.
            self.__dict__.update(vars(callbacks))
            self.epoch_begun = epoch_begun
            self.stopped = self.model.stop_training

        def on_train_begin(self, _logs: Any = None) -> None:
            self.model.stop_training = self.stopped  # `fit` has taken it back

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if not self.epoch_begun:
                super().on_epoch_begin(epoch, logs)
            self.epoch_begun = False

    return Begun()


def _state(model: Any) -> list[np.ndarray]:
    """Return what a callback must leave alone: the weights, and the optimizer's variables."""
    import keras

    kept = [*model.weights, *model.optimizer.variables]
    return [np.array(keras.ops.convert_to_numpy(one)) for one in kept]


def _same(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    # By their bytes: NaN is the same as NaN.
    return [(a.shape, a.tobytes()) for a in one] == [(b.shape, b.tobytes()) for b in other]
