"""A call of `fit` as data: all that decides its outcome, or nothing where that cannot be told.

A recipe holds the model's config and weights, how it was compiled, the optimizer's state, the
arguments of `fit`, and the arrays by their SHA-256. What it cannot hold (layers, losses or
callbacks of the student's own, generators) is trained where it was asked for.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_SNAPSHOT_BYTES = 256 * 2**20
_COUNTS = (
    "batch_size",
    "steps_per_epoch",
    "validation_steps",
    "validation_batch_size",
)
_STOPPING = "monitor min_delta patience mode baseline restore_best_weights start_from_epoch".split()
_PLATEAU = "monitor factor patience mode min_delta cooldown min_lr".split()


class NoRecipe(Exception):
    """This `fit` cannot be told as data; it is run where it was asked for."""


@dataclass
class Recipe:
    """What crosses to the host: `header` is JSON, and refers to `arrays` by their place.

    `digests` has the SHA-256 of each array by its `id`, while the recipe holds it.
    """

    header: dict[str, Any] = field(default_factory=dict)
    arrays: list[np.ndarray] = field(default_factory=list)
    refs: list[dict[str, Any]] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)

    def add(self, value: Any) -> int:
        """Keep an array once, and return its place."""
        array = np.asarray(value, order="C")  # ascontiguousarray would give a scalar an axis
        digest = sha256(array)
        ref = {"sha256": digest, "dtype": array.dtype.str, "shape": list(array.shape)}
        if ref in self.refs:
            return self.refs.index(ref)
        self.arrays.append(array)
        self.refs.append(ref)
        self.digests[id(array)] = digest
        return len(self.refs) - 1


def sha256(array: np.ndarray) -> str:
    """Return the SHA-256 of an array's bytes in C order."""
    plain = np.asarray(array, order="C")
    return hashlib.sha256(plain.data if plain.ndim else plain.tobytes()).hexdigest()


def recipe_of(model: Any, given: Mapping[str, Any]) -> Recipe:
    """Return the recipe of `model.fit(**given)`; `given` holds every argument of `fit`.

    Raises:
        NoRecipe: It cannot be told as data.
    """
    import keras

    if type(model).__module__.partition(".")[0] != "keras" or model.run_eagerly:
        raise NoRecipe("a model of the student's own kind")
    if not model.compiled or keras.config.dtype_policy().name != keras.config.floatx():
        raise NoRecipe("a model that is not compiled, or of mixed precision")
    if getattr(model, "_initial_epoch", None):
        raise NoRecipe("a training that was interrupted")
    recipe = Recipe()
    data = {
        name: _tree(given[name], recipe)
        for name in ("x", "y", "sample_weight", "validation_data")
        if given[name] is not None
    }
    if not model.built:
        _build(model, given["x"])
    optimizer = model.optimizer
    state = list(optimizer.variables) if optimizer.built else []
    arguments = _arguments(given)
    if arguments["epochs"] <= arguments["initial_epoch"]:
        raise NoRecipe("nothing to train")
    recipe.header = {
        "model": json.loads(model.to_json()),
        "compile": _compile(model),
        "fit": arguments,
        "data": data,
        "callbacks": _callbacks(given["callbacks"], model, arguments),
        "weights": [recipe.add(array) for array in model.get_weights()],
        "optimizer_state": [recipe.add(keras.ops.convert_to_numpy(one)) for one in state],
        "snapshots": _wants_snapshots(given["callbacks"]),
    }
    total = sum(recipe.arrays[place].nbytes for place in recipe.header["weights"])
    rounds = arguments["epochs"] - arguments["initial_epoch"]
    if recipe.header["snapshots"] and 3 * total * rounds > _SNAPSHOT_BYTES:
        raise NoRecipe("a model of every epoch would be too much to send")
    return recipe


def _arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `fit` that are numbers."""
    split = given["validation_split"] or 0.0
    weights = given["class_weight"]
    if not isinstance(split, (int, float)) or not isinstance(given["shuffle"], bool):
        raise NoRecipe("arguments of another kind")
    return {
        "epochs": _count(given["epochs"]),
        "initial_epoch": _count(given["initial_epoch"]),
        "validation_split": float(split),
        "validation_freq": _count(given["validation_freq"]),
        "shuffle": given["shuffle"],
        "class_weight": None
        if weights is None
        else sorted([_count(label), float(weight)] for label, weight in dict(weights).items()),
        **{name: None if given[name] is None else _count(given[name]) for name in _COUNTS},
    }


def _count(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise NoRecipe("an argument that is no whole number") from None


def _tree(value: Any, recipe: Recipe) -> Any:
    """Return nested arrays as JSON that refers to them: lists, `{"dict": …}` and `{"array": n}`."""
    import keras

    if isinstance(value, (list, tuple)):
        return [None if one is None else _tree(one, recipe) for one in value]
    if isinstance(value, dict):
        return {"dict": {str(name): _tree(one, recipe) for name, one in value.items()}}
    if not isinstance(value, np.ndarray):
        if not keras.ops.is_tensor(value):
            raise NoRecipe("data that are no arrays")
        value = keras.ops.convert_to_numpy(value)
    if value.dtype.kind not in "biuf" or not value.ndim:
        raise NoRecipe("arrays of no numbers")
    if value.dtype.kind == "f":  # as `fit` itself does it
        value = value.astype(keras.config.floatx(), copy=False)
    return {"array": recipe.add(value)}


def _build(model: Any, x: Any) -> None:
    """Build a model that was left to find its input shape in the data."""
    if not isinstance(x, np.ndarray):
        raise NoRecipe("a model of unknown inputs")
    try:
        model.build((None, *x.shape[1:]))
    except Exception as error:
        raise NoRecipe("a model that does not fit its data") from error


def _compile(model: Any) -> dict[str, Any]:
    """Return how a model was compiled, in one spelling for all ways to say the same."""
    import keras

    asked = model._compile_config.config  # noqa: SLF001 - Keras has no other way to ask
    return {
        "optimizer": _object(model.optimizer, keras.optimizers),
        "loss": _each(model.loss, lambda one: _object(keras.losses.get(one), keras.losses)),
        "loss_weights": _each(asked.get("loss_weights"), float),
        "metrics": _each(asked.get("metrics"), lambda one: _object(one, keras.metrics)),
        "weighted_metrics": _each(
            asked.get("weighted_metrics"), lambda one: _object(one, keras.metrics)
        ),
        "steps_per_execution": int(asked.get("steps_per_execution") or 1),
        "jit_compile": asked.get("jit_compile"),
    }


def _each(value: Any, told: Callable[[Any], Any]) -> Any:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return [_each(one, told) for one in value]
    if isinstance(value, dict):
        return {"dict": {str(name): _each(one, told) for name, one in value.items()}}
    try:
        return told(value)
    except (TypeError, ValueError) as error:
        raise NoRecipe("a setting that Keras itself does not know") from error


def _object(value: Any, module: Any) -> Any:
    """Return the name or the config of one of Keras's own losses, metrics or optimizers."""
    import keras

    if isinstance(value, str):
        return value
    if inspect.isfunction(value):
        name = value.__name__
        if getattr(module, name, None) is not value:
            raise NoRecipe("a function of the student's own")
        return name
    if type(value) is not getattr(module, type(value).__name__, None):
        raise NoRecipe("a class of the student's own")
    return json.loads(json.dumps(keras.saving.serialize_keras_object(value)))


def callback_list(callbacks: Any) -> list[Any]:
    """Return what was given as `callbacks` as a list."""
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


def _callbacks(given: Any, model: Any, fit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return those callbacks that decide something about the training; the others come after it."""
    import keras

    kinds = keras.callbacks
    told = []
    schedules = 0
    for one in callback_list(given):
        kind = type(one)
        if kind is kinds.EarlyStopping:
            told.append({"class": kind.__name__, "config": _attributes(one, _STOPPING)})
        elif kind is kinds.ReduceLROnPlateau:
            schedules += 1
            told.append({"class": kind.__name__, "config": _attributes(one, _PLATEAU)})
        elif kind is kinds.LearningRateScheduler:
            schedules += 1
            told.append({"class": kind.__name__, "rates": _rates(one, model, fit)})
        elif kind is kinds.TerminateOnNaN:
            told.append({"class": kind.__name__, "config": {}})
        elif not (
            kind in (kinds.History, kinds.CSVLogger)
            or (kind is kinds.ModelCheckpoint and one.save_freq == "epoch")
            or (kind is kinds.TensorBoard and _by_epoch(one))
        ):
            raise NoRecipe(f"the callback {kind.__name__}")
    if schedules > 1:  # the table of one would lean on what another has done
        raise NoRecipe("several callbacks that set the learning rate")
    return told


def _by_epoch(board: Any) -> bool:
    tracing = getattr(board, "_should_trace", True) or board.write_steps_per_second
    return board.update_freq == "epoch" and not tracing


def _wants_snapshots(given: Any) -> bool:
    import keras

    return any(
        isinstance(one, keras.callbacks.ModelCheckpoint)
        or (
            isinstance(one, keras.callbacks.TensorBoard)
            and (one.histogram_freq or one.write_images or one.embeddings_freq)
        )
        for one in callback_list(given)
    )


def _attributes(callback: Any, names: list[str]) -> dict[str, Any]:
    config = {name: getattr(callback, name) for name in names}
    if not all(isinstance(value, (str, bool, int, float, type(None))) for value in config.values()):
        raise NoRecipe("a callback with settings of another kind")
    return config


def _rates(scheduler: Any, model: Any, fit: Mapping[str, Any]) -> list[float]:
    """Return the learning rate of each epoch, asked of the student's schedule."""
    rate = float(model.optimizer.learning_rate)
    rates = []
    for epoch in range(fit["initial_epoch"], min(fit["epochs"], fit["initial_epoch"] + 10_000)):
        try:
            rate = scheduler.schedule(epoch, rate)
        except TypeError:  # the older form, which takes the epoch alone
            rate = scheduler.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise NoRecipe("a schedule that gives no number")
        rates.append(float(rate))
    return rates
