"""Stands in for `keras.Model.fit` inside a student box: a call out, and a record of what was asked.

Where a call of `fit` can be told as a recipe, the host has it trained, and only its outcome comes
back; everything else is trained here, under the box's own limits.
"""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.boxes import recipes
from autograder.boxes.callbacks import callback_list
from autograder.boxes.replay import replay

_FITS: weakref.WeakKeyDictionary[Any, list[dict[str, Any]]] = weakref.WeakKeyDictionary()
_RECORDS = 50


Ask = Callable[[recipes.Recipe], tuple[dict[str, Any], list[np.ndarray]] | None]


class TrainingRefused(RuntimeError):
    """A training that is larger than a submission may ask for."""


def install(ask: Ask) -> None:
    """Have every later `fit` of every model in this process trained by the host, and recorded.

    Args:
        ask: Sends a recipe to the host and returns its answer; None where the training is to be
            run here.
    """
    import keras

    original = keras.Model.fit
    signature = inspect.signature(original)

    @functools.wraps(original)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        recipe, history = _elsewhere(self, original, args, kwargs, ask)
        if history is None:
            history = original(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        asked = _asked(given.arguments, recipe.digests if recipe else {})
        asked["history"] = metric_values(history)
        records = _FITS.setdefault(self, [])
        if len(records) < _RECORDS:
            records.append(asked)
        return history

    keras.Model.fit = fit


def _elsewhere(
    model: Any, original: Callable[..., Any], args: Any, kwargs: Any, ask: Ask
) -> tuple[recipes.Recipe | None, Any]:
    """Return the recipe, and the History of a training by the host; None where there is none."""
    try:
        bound = inspect.signature(original).bind(model, *args, **kwargs)
        bound.apply_defaults()
        recipe = recipes.recipe_of(model, bound.arguments)
    except Exception:  # noqa: BLE001 - whatever is wrong, `fit` itself will say it best
        return None, None
    answer = ask(recipe)
    return recipe, None if answer is None else replay(model, bound.arguments, *answer, original)


def fits_of(model: Any) -> list[dict[str, Any]]:
    """Return what each `fit` of `model` was asked, and its history, oldest first."""
    return [_finite(record) for record in _FITS.get(model, [])]


def metric_values(history: Any) -> dict[str, list[float]]:
    """Return a `History`'s metrics; a metric of several numbers, like F1Score, counts as NaN."""

    def number(value: Any) -> float:
        try:
            return float(value)
        except (TypeError, ValueError):
            return float("nan")

    return {str(key): [number(value) for value in vs] for key, vs in history.history.items()}


def _asked(given: Mapping[str, Any], digests: Mapping[int, str]) -> dict[str, Any]:
    callbacks = callback_list(given["callbacks"])
    return {
        "epochs": _number(given["epochs"]),
        "batch_size": _number(given["batch_size"]),
        "validation_split": _number(given["validation_split"]),
        "validation_data": _pair_facts(given["validation_data"], digests),
        "shuffle": bool(given["shuffle"]),
        "callbacks": [type(callback).__name__ for callback in callbacks],
        "x": _array_facts(given["x"], digests),
        "y": _array_facts(given["y"], digests),
    }


def _pair_facts(pair: Any, digests: Mapping[int, str]) -> list[dict[str, Any] | None] | None:
    if isinstance(pair, (list, tuple)) and len(pair) >= 2:
        return [_array_facts(part, digests) for part in pair[:2]]
    return None


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _array_facts(value: Any, digests: Mapping[int, str]) -> dict[str, Any] | None:
    """Return shape, dtype, range and SHA-256 of an array's float32 bytes; None for no array."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    if array.dtype.kind not in "biuf" or array.size == 0:
        return None
    plain = np.asarray(array, np.float32, order="C")
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "min": float(array.min()),
        "max": float(array.max()),
        "sha256": digests.get(id(plain)) or recipes.sha256(plain),
    }


def _finite(value: Any) -> Any:
    """Return `value` with NaN and infinities as strings, which strict JSON can hold."""
    if isinstance(value, float) and value - value != 0:
        return repr(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value
