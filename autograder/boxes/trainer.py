"""The model box's training: a validated recipe in; weights, History and snapshots out."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.boxes.datasets import build_dataset
from autograder.boxes.encode import widened


def train(
    request: Mapping[str, Any], arrays: Sequence[np.ndarray]
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Rebuild the recipe's model, train it, and return what came of it.

    Args:
        request: The recipe; `seed` is set before the training, whatever was drawn before.
        arrays: What the recipe refers to.

    Returns:
        The answer that `replay` reads, and its arrays.
    """
    import keras

    keras.utils.set_random_seed(request["seed"])
    model = keras.models.model_from_json(json.dumps(request["model"]))
    model.set_weights([arrays[place] for place in request["weights"]])
    model.compile(**_compile(request["compile"]))
    if request["optimizer_state"]:
        model.optimizer.build(model.trainable_variables)
        for variable, place in zip(
            model.optimizer.variables, request["optimizer_state"], strict=True
        ):
            variable.assign(arrays[place])
    recorder = _recorder(snapshots=request["snapshots"], batches=request["batches"])
    callbacks = [_callback(one) for one in request["callbacks"]]
    fit = dict(request["fit"])
    weights = fit.pop("class_weight")
    keras.utils.set_random_seed(request["seed"])
    began_s = time.monotonic()
    model.fit(
        **{name: _tree(value, arrays) for name, value in request["data"].items()},
        **fit,
        class_weight=None if weights is None else dict(map(tuple, weights)),
        callbacks=[recorder, *callbacks],  # first: `replay` lets the others act once more
        verbose=0,
    )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    results = _state(model)
    if request["snapshots"]:
        results += map(np.stack, zip(*recorder.snapshots, strict=True))
    state = len(model.optimizer.variables)
    answer = {
        "epochs": recorder.epochs,
        "logs": recorder.logs,
        "learning_rates": recorder.rates,
        "iterations": recorder.iterations,
        "steps": recorder.params.get("steps"),
        "weights": len(model.weights),
        "state": state,
        "snapshots": request["snapshots"],
        "batches": recorder.batches.told(results) if request["batches"] else None,
        "seconds": time.monotonic() - began_s,
        "device": _device(),
    }
    return answer, results


def _compile(asked: Mapping[str, Any]) -> dict[str, Any]:
    import keras

    def revived(value: Any) -> Any:
        if isinstance(value, list):
            return [revived(one) for one in value]
        if isinstance(value, dict):
            if "dict" in value:
                return {name: revived(one) for name, one in value["dict"].items()}
            return keras.saving.deserialize_keras_object(value, safe_mode=True)
        return value

    return {name: revived(value) for name, value in asked.items()}


def _callback(told: Mapping[str, Any]) -> Any:
    import keras

    if told["class"] == "LearningRateScheduler":
        rates, first = told["rates"], told["first"]
        return keras.callbacks.LearningRateScheduler(lambda epoch, _rate: rates[epoch - first])
    return getattr(keras.callbacks, told["class"])(**told["config"])


def _tree(value: Any, arrays: Sequence[np.ndarray]) -> Any:
    if isinstance(value, list):
        # A tuple, as validation data must be; Keras takes it for a list elsewhere.
        return tuple(None if one is None else _tree(one, arrays) for one in value)
    if "dict" in value:
        return {name: _tree(one, arrays) for name, one in value["dict"].items()}
    if "dataset" in value:
        told = value["dataset"]
        return build_dataset(_tree(told["slices"], arrays), told["steps"])
    return arrays[value["array"]]


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

    def told(self, results: list[np.ndarray]) -> dict[str, Any]:
        """Return names and ends; the numbers are put at the end of `results`."""
        told = {}
        for which, rows in self._rows.items():
            names = self._names[which]
            told[which] = {"names": names, "ends": self._ends[which], "array": len(results)}
            results.append(np.array(rows, "float64").reshape(len(rows), len(names)))
        return told


def _recorder(*, snapshots: bool, batches: bool) -> Any:
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

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            self.epochs.append(epoch)
            self.logs.append({name: _number(value) for name, value in (logs or {}).items()})
            rate = self.model.optimizer._learning_rate  # noqa: SLF001 - a schedule is none
            self.rates.append(float(rate) if isinstance(rate, keras.Variable) else None)
            self.iterations.append(int(self.model.optimizer.iterations))
            self.batches.end_epoch()
            if snapshots:
                self.snapshots.append(_state(self.model))

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


def _state(model: Any) -> list[np.ndarray]:
    """Return copies of the weights and of the optimizer's variables."""
    import keras

    variables = [*model.weights, *model.optimizer.variables]
    return [np.array(widened(keras.ops.convert_to_numpy(one))) for one in variables]


def _device() -> str:
    """Return "gpu" where the backend trains on one, else "cpu"."""
    import keras

    backend = importlib.import_module(keras.backend.backend())
    if hasattr(backend, "cuda"):  # torch
        seen = bool(backend.cuda.is_available())
    elif hasattr(backend, "default_backend"):  # jax
        seen = backend.default_backend() == "gpu"
    else:
        seen = bool(backend.config.list_physical_devices("GPU"))
    return "gpu" if seen else "cpu"
