"""Writes down what comes of a training: logs, learning rates, snapshots, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.guest.model.whole_fit import EpochLogs
from autograder.guest.protocol.trainings import AllBatchLogs, BatchLogs
from autograder.guest.wire import widened


class _Batches:
    """The logs of each batch, of training and of validation, and where each epoch's end."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {"train": [], "test": []}
        self._rows: dict[str, list[list[float]]] = {"train": [], "test": []}
        self._ends: dict[str, list[int]] = {"train": [], "test": []}

    def add(self, which: str, logs: Mapping[str, Any] | None) -> None:
        self._names[which] = list(logs or {})
        self._rows[which].append([float(value) for value in (logs or {}).values()])

    def end_epoch(self) -> None:
        for which, ends in self._ends.items():
            ends.append(len(self._rows[which]))

    def put(self, results: list[np.ndarray]) -> AllBatchLogs:
        """Put the numbers at the end of `results`, and return where they are and what they mean."""
        return AllBatchLogs(self._put("train", results), self._put("test", results))

    def _put(self, which: str, results: list[np.ndarray]) -> BatchLogs:
        names, rows = self._names[which], self._rows[which]
        results.append(np.array(rows, "float64").reshape(len(rows), len(names)))
        return BatchLogs(tuple(names), tuple(self._ends[which]), len(results) - 1)


def recorder(model: Any, *, snapshots: bool, batches: bool) -> Any:
    """Return a callback that writes down a training of `model`.

    Args:
        model: The compiled model.
        snapshots: Keep the state after each epoch.
        batches: Write down each batch too.
    """
    import keras

    class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
        """Writes down each epoch, as it is before another callback acts."""

        def __init__(self) -> None:
            super().__init__()
            self.epochs: list[int] = []
            self.logs: list[dict[str, str | float]] = []
            self.rates: list[float | None] = []
            self.iterations: list[int] = []
            self.snapshots: list[list[np.ndarray]] = []
            self.batches = _Batches()
            self.set_model(model)
            self._before = int(model.optimizer._iterations)  # noqa: SLF001 - those of every batch

        def record(self, whole: EpochLogs, first: int) -> None:
            """Write down what epochs came to that no callback saw."""
            self.set_params({"steps": whole.steps})
            # Of so many batches one iteration is made.
            batches = getattr(self.model.optimizer, "gradient_accumulation_steps", None) or 1
            for number, logs in enumerate(whole.logs, start=1):
                self.epochs.append(first + number - 1)
                self.logs.append({name: _number(value) for name, value in logs.items()})
                self.rates.append(self._rate())
                self.iterations.append((self._before + number * whole.steps) // batches)

        def _rate(self) -> float | None:
            rate = self.model.optimizer._learning_rate  # noqa: SLF001 - a schedule is none
            return float(rate) if isinstance(rate, keras.Variable) else None

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            self.epochs.append(epoch)
            self.logs.append({name: _number(value) for name, value in (logs or {}).items()})
            self.rates.append(self._rate())
            self.iterations.append(int(self.model.optimizer.iterations))
            self.batches.end_epoch()
            if snapshots:
                self.snapshots.append(state(self.model))

    class BatchRecorder(Recorder):
        """Writes down each batch too, for which Keras must wait."""

        def on_train_batch_end(self, _batch: int, logs: Mapping[str, Any] | None = None) -> None:
            self.batches.add("train", logs)

        def on_test_batch_end(self, _batch: int, logs: Mapping[str, Any] | None = None) -> None:
            self.batches.add("test", logs)

    return BatchRecorder() if batches else Recorder()


def _number(value: Any) -> float | str:
    """Return a plain float; NaN and infinities as text, which strict JSON can hold."""
    number = float(value)
    return number if np.isfinite(number) else repr(number)


def state(model: Any) -> list[np.ndarray]:
    """Return copies of the weights, the optimizer's variables, and those of the metrics."""
    import keras

    variables = [*model.weights, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(widened(keras.ops.convert_to_numpy(one))) for one in variables]
