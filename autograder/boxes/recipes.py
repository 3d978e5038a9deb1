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

from autograder.boxes.callbacks import tell_callbacks
from autograder.boxes.datasets import is_dataset, tell_dataset
from autograder.boxes.norecipe import NoRecipe

_SNAPSHOT_BYTES = 256 * 2**20
_COUNTS = (
    "batch_size",
    "steps_per_epoch",
    "validation_steps",
    "validation_batch_size",
)


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
        name: _data(given[name], recipe)
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
    callbacks = tell_callbacks(given["callbacks"], model, arguments)
    recipe.header = {
        "model": json.loads(model.to_json()),
        "compile": _compile(model),
        "fit": arguments,
        "data": data,
        "callbacks": callbacks.deciding,
        "weights": [recipe.add(array) for array in model.get_weights()],
        "optimizer_state": [recipe.add(keras.ops.convert_to_numpy(one)) for one in state],
        "snapshots": callbacks.snapshots,
        "batches": callbacks.batches,
        "watched": callbacks.watched,
    }
    if callbacks.snapshots:
        _claim_small([recipe.arrays[place] for place in recipe.header["weights"]], arguments)
    return recipe


def _claim_small(weights: list[np.ndarray], fit: Mapping[str, Any]) -> None:
    """Raise `NoRecipe` where a model of every epoch, with its optimizer, is too much to send."""
    rounds = fit["epochs"] - fit["initial_epoch"]
    if 3 * rounds * sum(one.nbytes for one in weights) > _SNAPSHOT_BYTES:
        raise NoRecipe("a model of every epoch would be too much to send")


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


def _data(value: Any, recipe: Recipe) -> Any:
    if is_dataset(value):
        slices, steps = tell_dataset(value)
        return {"dataset": {"slices": _tree(slices, recipe, cast=False), "steps": steps}}
    return _tree(value, recipe)


def _tree(value: Any, recipe: Recipe, *, cast: bool = True) -> Any:
    """Return nested arrays as JSON that refers to them: lists, `{"dict": …}` and `{"array": n}`."""
    import keras

    if isinstance(value, (list, tuple)):
        return [None if one is None else _tree(one, recipe, cast=cast) for one in value]
    if isinstance(value, dict):
        named = {str(name): _tree(one, recipe, cast=cast) for name, one in value.items()}
        return {"dict": named}
    if not isinstance(value, np.ndarray):
        if not keras.ops.is_tensor(value):
            raise NoRecipe("data that are no arrays")
        value = keras.ops.convert_to_numpy(value)
    if value.dtype.kind not in "biuf" or not value.ndim:
        raise NoRecipe("arrays of no numbers")
    if cast and value.dtype.kind == "f":  # as `fit` itself does it
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
