"""A training that happened elsewhere, as if it had happened here: weights, History, callbacks.

A callback of the student's own sees every epoch as it was. Where it only looks on, that is all;
where it stops the training, that ends there; where it changes the model, the training goes on here
from that very state, by Keras's own `fit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.guest.protocol.trainings import BatchLogs, Trained
from autograder.guest.student.callbacks import callback_list, is_own
from autograder.guest.student.numpy_of import numpy_of

#: Keras's own `fit`.
Fit = Callable[..., Any]


def replay(
    model: Any,
    given: Mapping[str, Any],
    trained: Trained,
    arrays: Sequence[np.ndarray],
    fit: Fit,
) -> Any:
    """Give `model` what it learnt, let the callbacks see each epoch, and return the `History`.

    Args:
        model: The model whose `fit` was asked.
        given: The arguments of that `fit`.
        trained: What came of it.
        arrays: The arrays that it tells of.
        fit: Goes on where a callback has changed the model.
    """
    import keras

    callbacks = given["callbacks"]
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = keras.callbacks.CallbackList(
            callback_list(callbacks),
            add_history=True,
            add_progbar=False,
            model=model,
            verbose=given["verbose"],
            epochs=given["epochs"],
            steps=trained.steps,
        )
    training = _Training(model, trained, arrays)
    model.stop_training = False
    if any(is_own(one) for one in callback_list(given["callbacks"])):
        return _Watched(training, callbacks, given, fit).run()
    callbacks.on_train_begin()
    training.end()
    logs: dict[str, float] = {}
    for number, epoch in enumerate(trained.epochs):
        callbacks.on_epoch_begin(epoch)
        logs = training.show(number, callbacks)
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end(logs)
    training.end()  # whatever a callback restored, these are the weights
    return model.history


class _Training:
    """What happened, epoch by epoch."""

    def __init__(self, model: Any, trained: Trained, arrays: Sequence[np.ndarray]) -> None:
        self.model = model
        self.trained = trained
        self._weights = trained.weights
        self._size = trained.weights + trained.state
        self._arrays = arrays

    def show(self, number: int, callbacks: Any) -> dict[str, float]:
        """Let `callbacks` see the batches of an epoch and its validation; return its logs."""
        trained, optimizer = self.trained, self.model.optimizer
        if trained.batches is not None:
            self._show_batches("train", trained.batches.train, number, callbacks)
        rate = trained.learning_rates[number]
        if trained.snapshots:
            self._put([one[number] for one in self._arrays[self._size : 2 * self._size]])
        else:
            # Where gradients of several batches are added up, `iterations` is worked out from this.
            batches = getattr(optimizer, "gradient_accumulation_steps", None) or 1
            optimizer._iterations.assign(trained.iterations[number] * batches)  # noqa: SLF001
            if rate is not None:
                optimizer.learning_rate = rate
        logs = {name: float(value) for name, value in trained.logs[number].items()}
        held_out = {
            name.removeprefix("val_"): value
            for name, value in logs.items()
            if name.startswith("val_")
        }
        if held_out:
            callbacks.on_test_begin()
            if trained.batches is not None:
                self._show_batches("test", trained.batches.test, number, callbacks)
            callbacks.on_test_end(held_out)
        return logs

    def _show_batches(self, which: str, batches: BatchLogs, number: int, callbacks: Any) -> None:
        first = batches.ends[number - 1] if number else 0
        rows = self._arrays[batches.array][first : batches.ends[number]]
        for batch, row in enumerate(rows.tolist()):
            logs = dict(zip(batches.names, row, strict=True))
            getattr(callbacks, f"on_{which}_batch_begin")(batch)
            getattr(callbacks, f"on_{which}_batch_end")(batch, logs)

    def end(self) -> None:
        """Give the model what it had learnt in the end."""
        self._put(self._arrays[: self._size])

    def _put(self, arrays: Sequence[np.ndarray]) -> None:
        self.model.set_weights(list(arrays[: self._weights]))
        optimizer, metrics = self.model.optimizer.variables, self.model.metrics_variables
        end = self._weights + len(optimizer)
        for variable, value in zip(optimizer, arrays[self._weights : end], strict=True):
            variable.assign(value)
        # Those of the metrics are looked at by few, and no training hangs on them.
        if [tuple(one.shape) for one in metrics] == [one.shape for one in arrays[end:]]:
            for variable, value in zip(metrics, arrays[end:], strict=True):
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
        for number, epoch in enumerate(self._training.trained.epochs):
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
    kept = [*model.weights, *model.optimizer.variables]
    return [np.array(numpy_of(one)) for one in kept]


def _same(arrays: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> bool:
    # By their bytes: NaN is the same as NaN.
    return [(a.shape, a.tobytes()) for a in arrays] == [(b.shape, b.tobytes()) for b in others]
