"""The model box's training: a validated recipe in; weights, History and snapshots out."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from autograder.guest.model.kept_batches import kept_batches
from autograder.guest.protocol.training_parts import (
    ArrayAt,
    ArrayDict,
    ArrayList,
    Callback,
    CompileArguments,
    FitArguments,
    KerasName,
    KerasObject,
    LearningRateScheduler,
    Pipeline,
    Setting,
    SettingDict,
    SettingList,
    Source,
    Tree,
)
from autograder.guest.protocol.trainings import AllBatchLogs, BatchLogs, Train, Trained
from autograder.guest.student.pipelines import build_dataset
from autograder.guest.wire import widened


def train(request: Train, arrays: Sequence[np.ndarray]) -> tuple[Trained, list[np.ndarray]]:
    """Rebuild the recipe's model, train it, and return what came of it.

    Args:
        request: The recipe.
        arrays: What the recipe refers to.

    Returns:
        What `replay` reads, and its arrays.
    """
    import keras

    keras.utils.set_random_seed(request.seed)
    model = keras.models.model_from_json(json.dumps(request.model))
    model.set_weights([arrays[place] for place in request.weights])
    model.compile(**_compile(request.compile))
    if request.optimizer_state:
        model.optimizer.build(model.trainable_variables)
        for variable, place in zip(model.optimizer.variables, request.optimizer_state, strict=True):
            variable.assign(arrays[place])
    recorder = _recorder(snapshots=request.snapshots, batches=request.batches)
    callbacks = [_callback(one, request.fit) for one in request.callbacks]
    fit = msgspec.structs.asdict(request.fit)
    weights = fit.pop("class_weight")
    data = msgspec.structs.asdict(request.data)
    keras.utils.set_random_seed(request.seed)
    began_s = time.monotonic()
    with kept_batches():
        model.fit(
            **{name: _source(value, arrays) for name, value in data.items() if value is not None},
            **fit,
            class_weight=None if weights is None else dict(weights),
            callbacks=[recorder, *callbacks],  # first: `replay` lets the others act once more
            verbose=0,
        )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    results = _state(model)
    state = len(results) - len(model.weights)
    if request.snapshots:
        results += map(np.stack, zip(*recorder.snapshots, strict=True))
    trained = Trained(
        epochs=tuple(recorder.epochs),
        logs=tuple(recorder.logs),
        learning_rates=tuple(recorder.rates),
        iterations=tuple(recorder.iterations),
        steps=recorder.params.get("steps"),
        weights=len(model.weights),
        state=state,
        snapshots=request.snapshots,
        batches=recorder.batches.put(results) if request.batches else None,
        seconds=time.monotonic() - began_s,
        device=device(),
    )
    return trained, results


def _compile(compiled: CompileArguments) -> dict[str, Any]:
    return {name: _setting(value) for name, value in msgspec.structs.asdict(compiled).items()}


def _setting(value: Setting) -> Any:
    import keras

    match value:
        case SettingList():
            return [_setting(item) for item in value.items]
        case SettingDict():
            return {name: _setting(item) for name, item in value.items.items()}
        case KerasName():
            return value.name
        case KerasObject():
            saved = msgspec.structs.asdict(value)
            return keras.saving.deserialize_keras_object(saved, safe_mode=True)
        case _:
            return value


def _callback(callback: Callback, fit: FitArguments) -> Any:
    import keras

    if isinstance(callback, LearningRateScheduler):
        rates, first = callback.rates, fit.initial_epoch
        return keras.callbacks.LearningRateScheduler(lambda epoch, _rate: rates[epoch - first])
    kind = getattr(keras.callbacks, str(callback.__struct_config__.tag))
    return kind(**msgspec.structs.asdict(callback))


def _source(source: Source, arrays: Sequence[np.ndarray]) -> Any:
    if isinstance(source, Pipeline):
        return build_dataset(_tree(source.slices, arrays), source.steps)
    return _tree(source, arrays)


def _tree(tree: Tree, arrays: Sequence[np.ndarray]) -> Any:
    match tree:
        case ArrayList():
            # A tuple, as validation data must be; Keras takes it for a list elsewhere.
            return tuple(None if item is None else _tree(item, arrays) for item in tree.items)
        case ArrayDict():
            return {name: _tree(item, arrays) for name, item in tree.items.items()}
        case ArrayAt():
            return arrays[tree.place]


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
    """Return copies of the weights, the optimizer's variables, and those of the metrics."""
    import keras

    variables = [*model.weights, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(widened(keras.ops.convert_to_numpy(one))) for one in variables]


def device() -> Literal["gpu", "cpu"]:
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
