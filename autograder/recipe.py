"""A training that a student box asks for: read strictly, bounded, and keyed by what decides it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.allow import LAYERS, MODELS, validate
from autograder.decode import ModelData
from autograder.errors import ModelError
from autograder.sizes import measure

#: Changed whenever the same recipe would be trained in another way.
FORMAT = 2

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
_CALLBACKS = frozenset(
    ("EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler", "TerminateOnNaN")
)
_COMPILE = frozenset(
    """
    optimizer loss loss_weights metrics weighted_metrics steps_per_execution jit_compile
    """.split()
)
_FIT = frozenset(
    """
    epochs initial_epoch validation_split validation_freq shuffle class_weight batch_size
    steps_per_epoch validation_steps validation_batch_size
    """.split()
)
_DATA = frozenset("x y sample_weight validation_data".split())
_MOST = 10**6
_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class Ref:
    """An array by its SHA-256, which the host checks as soon as it gets the bytes."""

    sha256: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A validated training.

    Attributes:
        request: What the model box is sent; it refers to `refs` by their place.
        refs: The arrays.
        key: The SHA-256 of all that decides the outcome.
        work: Epochs * samples * parameters.
        watched: Whether callbacks of the student's own look on: these may stop it at any time.
    """

    request: Mapping[str, Any]
    refs: tuple[Ref, ...]
    key: str
    work: float
    watched: bool


def read_recipe(header: Mapping[str, Any], seed: int, circumstances: Mapping[str, str]) -> Recipe:
    """Return the recipe that a student box told.

    Args:
        header: The frame's header, parsed strictly; a student may have written it.
        seed: Set before the training, the same for everybody.
        circumstances: What else decides the outcome, such as the versions of the libraries.

    Raises:
        ModelError: It is none that may be trained here.
    """
    refs = tuple(_ref(one) for one in _list(header.get("refs")))
    weights = [_place(one, refs) for one in _list(header.get("weights"))]
    fit = _fit(header.get("fit"))
    data = _fields(header.get("data"), _DATA, complete=False)
    _claim("x" in data, "data")
    request = {
        "model": _model(header, [refs[place] for place in weights]),
        "compile": _settings(_fields(header.get("compile"), _COMPILE)),
        "fit": fit,
        "data": {name: _data(name, value, refs) for name, value in data.items()},
        "callbacks": [_callback(one, fit) for one in _list(header.get("callbacks"))],
        "weights": weights,
        "optimizer_state": [_place(one, refs) for one in _list(header.get("optimizer_state"))],
        "snapshots": header.get("snapshots") is True,
        "batches": header.get("batches") is True,
        "seed": seed,
    }
    measured = measure(request["model"])
    _claim(measured is not None, "model")  # one that is built by its data could be of any size
    assert measured is not None
    samples = _first(request["data"]["x"], refs)
    rounds = max(1, fit["epochs"] - fit["initial_epoch"])
    told = [[ref.sha256, ref.dtype, list(ref.shape)] for ref in refs]
    decisive = {"format": FORMAT, "request": request, "refs": told, **circumstances}
    text = json.dumps(decisive, sort_keys=True, allow_nan=False)
    key = hashlib.sha256(text.encode()).hexdigest()
    work = float(rounds) * samples * measured.parameters
    return Recipe(request, refs, key, work, header.get("watched") is True)


def _claim(holds: bool, what: str) -> None:
    if not holds:
        raise ModelError(f"A training's {what} must be of a known form.")


def _list(value: Any) -> list[Any]:
    _claim(isinstance(value, list) and len(value) <= _ITEMS, "lists")
    return list(value)


def _fields(value: Any, names: frozenset[str], *, complete: bool = True) -> dict[str, Any]:
    _claim(isinstance(value, dict) and value.keys() <= names, "fields")
    _claim(not complete or value.keys() == names, "fields")
    return dict(value)


def _ref(value: Any) -> Ref:
    told = _fields(value, frozenset(("sha256", "dtype", "shape")))
    shape = tuple(_list(told["shape"]))
    _claim(all(type(size) is int and 0 <= size <= 2**31 for size in shape), "shapes")
    digest = told["sha256"]
    _claim(isinstance(digest, str) and bool(re.fullmatch("[0-9a-f]{64}", digest)), "digests")
    _claim(told["dtype"] in _DTYPES, "dtypes")
    return Ref(digest, told["dtype"], shape)


_DTYPES = frozenset(
    ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
)


def _place(value: Any, refs: Sequence[Ref]) -> int:
    _claim(type(value) is int and 0 <= value < len(refs), "arrays")
    return int(value)


def _whole(value: Any, least: int) -> int:
    _claim(type(value) is int and least <= value <= _MOST, "numbers")
    return int(value)


def _real(value: Any) -> float:
    _claim(type(value) in (int, float) and math.isfinite(value), "numbers")
    return float(value)


def _fit(value: Any) -> dict[str, Any]:
    told = _fields(value, _FIT)
    weights = told["class_weight"]
    _claim(isinstance(told["shuffle"], bool), "arguments")
    counts = ("batch_size", "steps_per_epoch", "validation_steps", "validation_batch_size")
    return {
        "epochs": _whole(told["epochs"], 0),
        "initial_epoch": _whole(told["initial_epoch"], 0),
        "validation_freq": _whole(told["validation_freq"], 1),
        "validation_split": _real(told["validation_split"]),
        "shuffle": told["shuffle"],
        "class_weight": None
        if weights is None
        else [[_whole(label, 0), _real(weight)] for label, weight in map(_list, _list(weights))],
        **{name: None if told[name] is None else _whole(told[name], 1) for name in counts},
    }


def _data(name: str, value: Any, refs: Sequence[Ref]) -> Any:
    """Return arrays, or a pipeline over arrays where Keras takes one."""
    if not isinstance(value, dict) or "dataset" not in value:
        return _tree(value, refs)
    _claim(name in ("x", "validation_data") and len(value) == 1, "data")
    told = _fields(value["dataset"], frozenset(("slices", "steps")))
    steps = [_step(one) for one in _list(told["steps"])]
    return {"dataset": {"slices": _tree(told["slices"], refs), "steps": steps}}


def _step(value: Any) -> list[Any]:
    name, *given = _list(value)
    form = _STEPS.get(name) if isinstance(name, str) else None
    _claim(form is not None and len(form) == len(given), "pipeline")
    assert form is not None
    for kind, one in zip(form, given, strict=True):
        _claim(type(one) is kind, "pipeline")
        _claim(kind is bool or -1 <= one <= _MOST, "pipeline")
    return [name, *given]


#: The steps of a pipeline, none of which makes it longer than its arrays, and what each is given.
_STEPS: Mapping[str, tuple[type, ...]] = {
    "take": (int,),
    "skip": (int,),
    "cache": (),
    "shuffle": (int, bool),
    "batch": (int, bool),
    "prefetch": (int,),
}


def _tree(value: Any, refs: Sequence[Ref], depth: int = 0) -> Any:
    _claim(depth < 4, "data")
    if isinstance(value, list):
        return [None if one is None else _tree(one, refs, depth + 1) for one in _list(value)]
    _claim(isinstance(value, dict) and len(value) == 1, "data")
    if "array" in value:
        return {"array": _place(value["array"], refs)}
    named = value.get("dict")
    _claim(isinstance(named, dict) and len(named) <= _ITEMS, "data")
    return {"dict": {str(name): _tree(one, refs, depth + 1) for name, one in named.items()}}


def _first(tree: Any, refs: Sequence[Ref]) -> int:
    """Return the number of rows of the first array in `tree`."""
    while isinstance(tree, (list, dict)):
        if isinstance(tree, dict) and "array" in tree:
            shape = refs[tree["array"]].shape
            return shape[0] if shape else 0
        if isinstance(tree, dict) and "dataset" in tree:
            tree = tree["dataset"]["slices"]
            continue
        inner = tree if isinstance(tree, list) else list(tree["dict"].values())
        tree = inner[0] if inner else None
    return 0


def _settings(value: Any, depth: int = 0) -> Any:
    """Return how a model was compiled, if all of it is Keras's own."""
    _claim(depth < 12, "settings")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        _claim(bool(_NAME.fullmatch(value)), "settings")
        return value
    if isinstance(value, (int, float)):
        return value if isinstance(value, int) else _real(value)
    if isinstance(value, list):
        return [_settings(one, depth + 1) for one in _list(value)]
    _claim(isinstance(value, dict) and len(value) <= _ITEMS, "settings")
    if "class_name" in value:
        _claim(value["class_name"] in _CLASSES, "classes")
        _claim(bool(_MODULE.fullmatch(str(value.get("module")))), "classes")
        _claim(value.get("registered_name") in (None, value["class_name"]), "classes")
        config = _settings(value.get("config"), depth + 1)
        kept = {"module": value["module"], "class_name": value["class_name"], "config": config}
        return {**kept, "registered_name": None}
    return {
        name if name == "module" else str(name)[:80]: _settings(one, depth + 1)
        for name, one in value.items()
    }


def _callback(value: Any, fit: Mapping[str, Any]) -> dict[str, Any]:
    _claim(isinstance(value, dict) and value.get("class") in _CALLBACKS, "callbacks")
    kind = str(value["class"])
    if kind == "LearningRateScheduler":
        rates = [_real(rate) for rate in value.get("rates") or ()][:_MOST]
        _claim(len(rates) >= fit["epochs"] - fit["initial_epoch"], "callbacks")
        return {"class": kind, "rates": rates, "first": fit["initial_epoch"]}
    config = value.get("config")
    _claim(isinstance(config, dict) and len(config) < 10, "callbacks")
    plain = (str, bool, int, float, type(None))
    _claim(all(isinstance(one, plain) for one in config.values()), "callbacks")
    _claim(all(_NAME.fullmatch(name) for name in config), "callbacks")
    return {"class": kind, "config": config}


def _model(header: Mapping[str, Any], weights: Sequence[Ref]) -> dict[str, Any]:
    """Return the validated config, with names that do not depend on who wrote it."""
    config = header.get("model")
    _claim(isinstance(config, dict), "model")
    # Only their sizes are looked at; such arrays take no room.
    sizes = tuple(np.broadcast_to(np.zeros((), one.dtype), one.shape) for one in weights)
    assert isinstance(config, dict)
    found = validate(ModelData(config, sizes, None, ()))
    if _several_outputs(found) or '"dict"' in json.dumps([header["compile"], header["data"]]):
        return found  # losses, metrics or data go by the names
    names: dict[str, str] = {}
    _walk_layers(found, lambda layer: names.setdefault(str(layer["name"]), f"n{len(names)}"))
    renamed = _renamed(found, names)
    assert isinstance(renamed, dict)
    return renamed


def _several_outputs(config: Mapping[str, Any]) -> bool:
    outputs = config.get("config", {}).get("output_layers")
    return isinstance(outputs, dict) or (
        isinstance(outputs, list) and bool(outputs) and not isinstance(outputs[0], str)
    )


def _walk_layers(value: Any, visit: Callable[[Mapping[str, Any]], Any]) -> None:
    """Call `visit` with the config of each layer and model in `value`, from the outside in."""
    if isinstance(value, list):
        for one in value:
            _walk_layers(one, visit)
    elif isinstance(value, dict):
        config = value.get("config")
        if value.get("class_name") in LAYERS | MODELS and isinstance(config, dict):
            visit(config) if "name" in config else None
        for one in value.values():
            _walk_layers(one, visit)


def _renamed(value: Any, names: Mapping[str, str], field: str = "") -> Any:
    """Return `value` with the layers' names replaced, wherever Keras refers to a layer."""
    if isinstance(value, list):
        refers = field in ("keras_history", "input_layers", "output_layers")
        return [
            names.get(one, one) if refers and isinstance(one, str) else _renamed(one, names, field)
            for one in value
        ]
    if not isinstance(value, dict):
        return value
    layer = value.get("class_name") in LAYERS | MODELS
    renamed = {
        name: _renamed(one, names, name if name in _REFERRING else "")
        for name, one in value.items()
    }
    if layer:
        for place in (renamed, renamed.get("config")):
            if isinstance(place, dict) and isinstance(place.get("name"), str):
                place["name"] = names.get(place["name"], place["name"])
    return renamed


_REFERRING = frozenset(("keras_history", "input_layers", "output_layers"))
