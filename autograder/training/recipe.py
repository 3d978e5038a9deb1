"""A training that a student box asks for: judged by what it means, bounded, and keyed.

Its form is declared in `guest.protocol`, whose decoder has refused all others before.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from autograder.errors import ModelError
from autograder.guest.protocol.records import header_of
from autograder.guest.protocol.training_parts import (
    ArrayAt,
    ArrayDict,
    ArrayList,
    CompileArguments,
    KerasName,
    KerasObject,
    LearningRateScheduler,
    Pipeline,
    Ref,
    Setting,
    SettingDict,
    SettingList,
    Source,
)
from autograder.guest.protocol.trainings import Fit, Train
from autograder.models.allowlist import validate
from autograder.models.sizes import measure
from autograder.training.layer_names import has_several_outputs, neutral_names
from autograder.training.work import batches_of, samples_of
from autograder.values import ModelData

_OPTIMIZERS = """
    Adadelta Adafactor Adagrad Adam Adamax AdamW Ftrl Lion Muon Nadam RMSprop SGD
    """.split()
_SCHEDULES = """
    CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay
    PolynomialDecay
    """.split()
_LOSSES = """
    BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalHinge CosineSimilarity Dice Hinge Huber KLDivergence LogCosh MeanAbsoluteError
    MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
    SparseCategoricalCrossentropy SquaredHinge Tversky
    """.split()
_METRICS = """
    AUC Accuracy BinaryAccuracy CategoricalAccuracy F1Score FBetaScore FalseNegatives FalsePositives
    Mean Precision R2Score Recall RootMeanSquaredError SparseCategoricalAccuracy
    SparseTopKCategoricalAccuracy TopKCategoricalAccuracy TrueNegatives TruePositives
    """.split()
_CLASSES = frozenset((*_OPTIMIZERS, *_SCHEDULES, *_LOSSES, *_METRICS, "DTypePolicy"))
_MODULE = re.compile(r"keras(\.(optimizers|losses|metrics|optimizers\.schedules))?")
_NAME = re.compile(r"\w{1,80}")
_SETTINGS = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
_DATA_DEPTH, _CONFIG_DEPTH = 4, 12
_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class Recipe:
    """A validated training.

    Attributes:
        request: What the model box is sent; it refers to `refs` by their place.
        refs: The arrays, by their SHA-256.
        key: The SHA-256 of all that decides the outcome.
        work: Epochs * samples * parameters.
        watched: Whether callbacks of the student's own look on: these may stop it at any time.
        batches: Those of all epochs: a small network takes as long for a batch of four as of forty.
    """

    request: Train
    refs: tuple[Ref, ...]
    key: str
    work: float
    watched: bool
    batches: int = 0


def read_recipe(fit: Fit, seed: int, circumstances: Mapping[str, str]) -> Recipe:
    """Return the recipe of what a student box asked for.

    Args:
        fit: The message; a student may have written it.
        seed: Set before the training, the same for everybody.
        circumstances: What else decides the outcome, such as the versions of the libraries.

    Raises:
        ModelError: It is none that may be trained here.
    """
    refs = fit.refs
    _claim(all(place < len(refs) for place in (*fit.weights, *fit.optimizer_state)), "arrays")
    for source in (fit.data.x, fit.data.y, fit.data.sample_weight, fit.data.validation_data):
        _check_source(source, len(refs))
    rounds = fit.fit.epochs - fit.fit.initial_epoch
    for callback in fit.callbacks:
        if isinstance(callback, LearningRateScheduler):
            _claim(len(callback.rates) >= rounds, "callbacks")
    request = Train(
        model=_model(fit),
        compile=_compile(fit.compile),
        fit=fit.fit,
        data=fit.data,
        callbacks=fit.callbacks,
        weights=fit.weights,
        optimizer_state=fit.optimizer_state,
        snapshots=fit.snapshots,
        batches=fit.batches,
        seed=seed,
    )
    measured = measure(request.model)
    _claim(measured is not None, "model")  # one that is built by its data could be of any size
    assert measured is not None
    work = float(max(1, rounds)) * samples_of(fit.data, refs) * measured.parameters
    batches = max(1, rounds) * batches_of(fit, refs)
    key = _key(request, refs, circumstances)
    return Recipe(request, refs, key, work, fit.watched, batches)


def _key(request: Train, refs: Sequence[Ref], circumstances: Mapping[str, str]) -> str:
    decisive = {
        "request": header_of(request),
        "refs": [msgspec.to_builtins(ref) for ref in refs],
        **circumstances,
    }
    text = json.dumps(decisive, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _claim(holds: bool, what: str) -> None:
    if not holds:
        raise ModelError(f"A training's {what} must be of a known form.")


def _check_source(source: Source | None, count: int, depth: int = 0) -> None:
    """Raise a `ModelError` where data refer to other arrays than the `count` that there are."""
    _claim(depth < _DATA_DEPTH, "data")
    match source:
        case ArrayAt():
            _claim(source.place < count, "arrays")
        case ArrayList():
            for item in source.items:
                _check_source(item, count, depth + 1)
        case ArrayDict():
            for item in source.items.values():
                _check_source(item, count, depth + 1)
        case Pipeline():
            _check_source(source.slices, count, depth)


def _compile(asked: CompileArguments) -> CompileArguments:
    """Return how a model was compiled, if all of it is Keras's own."""
    settings = {name: _setting(getattr(asked, name)) for name in _SETTINGS}
    optimizer = settings["optimizer"]
    if isinstance(optimizer, KerasObject) and "name" in optimizer.config:
        # Keras counts them ("sgd_3"), and nothing that is trained depends on it.
        config = {**optimizer.config, "name": optimizer.class_name.lower()}
        settings["optimizer"] = msgspec.structs.replace(optimizer, config=config)
    return msgspec.structs.replace(asked, **settings)


def _setting(value: Setting, depth: int = 0) -> Setting:
    _claim(depth < _CONFIG_DEPTH, "settings")
    match value:
        case SettingList():
            return SettingList(tuple(_setting(item, depth + 1) for item in value.items))
        case SettingDict():
            named = {name: _setting(item, depth + 1) for name, item in value.items.items()}
            return SettingDict(named)
        case KerasObject():
            _check_class(value.module, value.class_name, value.registered_name)
            config = {name: _config(item, depth + 1) for name, item in value.config.items()}
            return KerasObject(value.module, value.class_name, config)
        case KerasName():
            _claim(bool(_NAME.fullmatch(value.name)), "settings")
    return value


def _check_class(module: Any, name: Any, registered_name: Any) -> None:
    """Raise a `ModelError` for a class that is none of those of Keras that may be asked for."""
    _claim(isinstance(name, str) and name in _CLASSES, "classes")
    _claim(isinstance(module, str) and bool(_MODULE.fullmatch(module)), "classes")
    _claim(registered_name in (None, name), "classes")


def _config(value: Any, depth: int) -> Any:
    """Return a part of the config that Keras gives one of its own objects."""
    _claim(depth < _CONFIG_DEPTH, "settings")
    if isinstance(value, str):
        _claim(bool(_NAME.fullmatch(value)), "settings")
        return value
    if isinstance(value, list):
        _claim(len(value) <= _ITEMS, "settings")
        return [_config(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    _claim(len(value) <= _ITEMS, "settings")
    if "class_name" in value:
        _check_class(value.get("module"), value["class_name"], value.get("registered_name"))
        kept = {name: value[name] for name in ("module", "class_name")}
        return {**kept, "config": _config(value.get("config"), depth + 1), "registered_name": None}
    return {
        name if name == "module" else str(name)[:80]: _config(item, depth + 1)
        for name, item in value.items()
    }


def _model(fit: Fit) -> dict[str, Any]:
    """Return the validated config, with names that do not depend on who wrote it."""
    weights = [fit.refs[place] for place in fit.weights]
    # Only their sizes are looked at; such arrays take no room.
    sizes = tuple(np.broadcast_to(np.zeros((), ref.dtype), ref.shape) for ref in weights)
    config = validate(ModelData(fit.model, sizes, None, ()))
    settings = [getattr(fit.compile, name) for name in _SETTINGS]
    data = [fit.data.x, fit.data.y, fit.data.sample_weight, fit.data.validation_data]
    if has_several_outputs(config) or any(map(_goes_by_names, (*settings, *data))):
        return config
    return neutral_names(config)


def _goes_by_names(value: Source | Setting) -> bool:
    """Whether losses, metrics or data are given by the names of outputs and inputs."""
    match value:
        case ArrayDict() | SettingDict():
            return True
        case ArrayList() | SettingList():
            return any(map(_goes_by_names, value.items))
        case Pipeline():
            return _goes_by_names(value.slices)
    return False
