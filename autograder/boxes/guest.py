"""Stands in for `keras.Model.fit` inside a student box: trains, and writes down what was asked."""

from __future__ import annotations

import functools
import hashlib
import weakref
from typing import Any

import numpy as np

_FITS: weakref.WeakKeyDictionary[Any, list[dict[str, Any]]] = weakref.WeakKeyDictionary()
_RECORDS = 50


def install() -> None:
    """Record every later `fit` of every model in this process."""
    import keras

    original = keras.Model.fit

    @functools.wraps(original)
    def fit(self: Any, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        history = original(self, x, y, *args, **kwargs)
        asked = _asked(x, y, args, kwargs)
        asked["history"] = metric_values(history)
        records = _FITS.setdefault(self, [])
        if len(records) < _RECORDS:
            records.append(asked)
        return history

    keras.Model.fit = fit


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


def _asked(x: Any, y: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    names = ("batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    validation = given.get("validation_data")
    held_out = _pair_facts(validation)
    callbacks = given.get("callbacks") or []
    callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    return {
        "epochs": _number(given.get("epochs", 1)),
        "batch_size": _number(given.get("batch_size")),
        "validation_split": _number(given.get("validation_split", 0.0)),
        "validation_data": held_out,
        "shuffle": bool(given.get("shuffle", True)),
        "callbacks": [type(callback).__name__ for callback in callbacks],
        "x": _array_facts(x),
        "y": _array_facts(y),
    }


def _pair_facts(pair: Any) -> list[dict[str, Any] | None] | None:
    if isinstance(pair, (list, tuple)) and len(pair) >= 2:
        return [_array_facts(part) for part in pair[:2]]
    return None


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _array_facts(value: Any) -> dict[str, Any] | None:
    """Return shape, dtype, range and SHA-256 of an array's float32 bytes; None for no array."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    if array.dtype.kind not in "biuf" or array.size == 0:
        return None
    digest = hashlib.sha256(np.ascontiguousarray(array, np.float32).tobytes()).hexdigest()
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "min": float(array.min()),
        "max": float(array.max()),
        "sha256": digest,
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
