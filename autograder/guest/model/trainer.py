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
from autograder.guest.model.recorder import recorder, state
from autograder.guest.model.whole_fit import NotWholeError, WholeFit
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
from autograder.guest.protocol.trainings import Train, Trained
from autograder.guest.student.pipelines import build_dataset

#: Programs by what their trainings have in common, for a box that trains more than once.
_WHOLE: dict[bytes, WholeFit | None] = {}
_MOST_WHOLE, _FEWEST_STEPS = 16, 40


def train(request: Train, arrays: Sequence[np.ndarray]) -> tuple[Trained, list[np.ndarray]]:
    """Rebuild the recipe's model, train it, and return what came of it.

    Args:
        request: The recipe.
        arrays: What the recipe refers to.

    Returns:
        What `replay` reads, and its arrays.
    """
    import keras

    data = {
        name: _source(value, arrays)
        for name, value in msgspec.structs.asdict(request.data).items()
        if value is not None
    }
    key = _kind(request, arrays)
    whole = _WHOLE.get(key)
    if whole is not None:
        whole.restart()
    model = _model(request) if whole is None else whole.model
    model.set_weights([arrays[place] for place in request.weights])
    if request.optimizer_state:
        model.optimizer.build(model.trainable_variables)
        for variable, place in zip(model.optimizer.variables, request.optimizer_state, strict=True):
            variable.assign(arrays[place])
    record = recorder(model, snapshots=request.snapshots, batches=request.batches)
    keras.utils.set_random_seed(request.seed)
    began_s = time.monotonic()
    if whole is None and key:
        whole = _whole(key, model, data, request.fit)
    if whole is not None:
        record.record(whole.train(data, request.fit), request.fit.initial_epoch)
    else:
        _fit(request, model, data, record)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    results = state(model)
    extra = len(results) - len(model.weights)
    if request.snapshots:
        results += map(np.stack, zip(*record.snapshots, strict=True))
    trained = Trained(
        epochs=tuple(record.epochs),
        logs=tuple(record.logs),
        learning_rates=tuple(record.rates),
        iterations=tuple(record.iterations),
        steps=record.params.get("steps"),
        weights=len(model.weights),
        state=extra,
        snapshots=request.snapshots,
        batches=record.batches.put(results) if request.batches else None,
        seconds=time.monotonic() - began_s,
        device=device(),
    )
    return trained, results


def _model(request: Train) -> Any:
    import keras

    keras.utils.set_random_seed(request.seed)
    model = keras.models.model_from_json(json.dumps(request.model))
    model.compile(**_compile(request.compile))
    return model


def _fit(request: Train, model: Any, data: Mapping[str, Any], recorder: Any) -> None:
    import keras

    fit = msgspec.structs.asdict(request.fit)
    weights = fit.pop("class_weight")
    callbacks = [_callback(one, request.fit) for one in request.callbacks]
    keras.utils.set_random_seed(request.seed)
    with kept_batches():
        model.fit(
            **data,
            **fit,
            class_weight=None if weights is None else dict(weights),
            callbacks=[recorder, *callbacks],  # first: `replay` lets the others act once more
            verbose=0,
        )


def _kind(request: Train, arrays: Sequence[np.ndarray]) -> bytes:
    """Return what trainings have in common that one compiled program can do; b"" if none can."""
    if request.callbacks or request.snapshots or request.batches:
        return b""
    fit = msgspec.structs.replace(request.fit, epochs=0, initial_epoch=0)
    shapes = [(array.shape, array.dtype.str) for array in arrays]
    return msgspec.json.encode([msgspec.structs.replace(request, fit=fit), shapes])


def _whole(key: bytes, model: Any, data: Mapping[str, Any], fit: FitArguments) -> WholeFit | None:
    whole = None
    try:
        # To compile few steps takes longer than they do, unless there are more such trainings.
        whole = WholeFit(model, data, fit, fewest_steps=0 if key in _WHOLE else _FEWEST_STEPS)
    except NotWholeError:
        pass
    _WHOLE[key] = whole
    while len(_WHOLE) > _MOST_WHOLE:
        del _WHOLE[next(iter(_WHOLE))]
    return whole


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
