"""Keras models as data: config, weights, compile settings and what `fit` was asked."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from autograder.guest.student import fit_hook
from autograder.guest.wire import widened


def model(value: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    """Return a model as tagged JSON; one that Keras cannot describe becomes opaque, with a why."""
    try:
        config = json.loads(value.to_json())
    except Exception as error:  # noqa: BLE001 - any custom layer may raise anything here
        kind = type(value)
        why = f"Keras cannot describe it as built-in layers ({type(error).__name__}: {error})"
        return {"$": "opaque", "type": f"{kind.__module__}.{kind.__qualname__}"[:200], "why": why}
    weights = []
    for array in value.get_weights():
        arrays.append(widened(np.asarray(array)))
        weights.append(len(arrays) - 1)
    return {
        "$": "model",
        "config": config,
        "weights": weights,
        "built": bool(value.built),
        "compiled": compile_settings(value),
        "fits": fit_hook.fits_of(value),
    }


def compile_settings(value: Any) -> dict[str, Any] | None:
    """Return optimizer, learning rate, momentum, loss and metrics, by Keras's canonical names.

    None if it was not compiled. `"loss_settings"` are those of a loss that was given as an object,
    such as `from_logits`.
    """
    if not getattr(value, "compiled", False):
        return None
    optimizer: Any = getattr(value, "optimizer", None)
    config = getattr(value, "_compile_config", None)
    asked = getattr(config, "config", None) or {}
    return {
        "optimizer": type(optimizer).__name__,
        "learning_rate": _setting(optimizer, "learning_rate"),
        "momentum": _setting(optimizer, "momentum"),
        "loss": loss_name(value.loss),
        "loss_settings": _loss_settings(value.loss),
        "metrics": _metric_names(asked.get("metrics")),
    }


def _setting(optimizer: Any, name: str) -> float | None:
    try:
        return float(getattr(optimizer, name))
    except (AttributeError, TypeError, ValueError):
        return None


def loss_name(loss: Any) -> Any:
    """Return the snake-case name that Keras gives a loss: `mse` and `MSE()` alike."""
    if isinstance(loss, (list, tuple)):
        return [loss_name(item) for item in loss]
    if isinstance(loss, dict):
        return {str(key): loss_name(item) for key, item in loss.items()}
    import keras

    try:
        resolved = keras.losses.get(loss)
    except ValueError:
        return str(loss)[:100]
    if resolved is None:
        return None
    if isinstance(resolved, keras.losses.Loss):
        return _snake(type(resolved).__name__)
    return _snake(getattr(resolved, "__name__", type(resolved).__name__))


def _loss_settings(loss: Any) -> dict[str, bool | int | float]:
    """Return the numbers among the settings of a loss object; none of a name or a function."""
    try:
        settings = dict(loss.get_config())
    except Exception:  # noqa: BLE001 - a loss of the student's own may raise anything here
        return {}
    return {
        str(name)[:100]: value
        for name, value in settings.items()
        if isinstance(value, (bool, int, float)) and math.isfinite(value) and abs(value) < 2**63
    }


def _metric_names(metrics: Any) -> list[str]:
    if metrics is None:
        return []
    if isinstance(metrics, dict):
        return [item for value in metrics.values() for item in _metric_names(value)]
    if isinstance(metrics, (list, tuple)):
        return [name for item in metrics for name in _metric_names(item)]
    if isinstance(metrics, str):
        return ["accuracy" if metrics == "acc" else _snake(metrics)]
    return [_snake(str(getattr(metrics, "name", None) or getattr(metrics, "__name__", "?")))]


def _snake(name: str) -> str:
    aliases = {"mse": "mean_squared_error", "mae": "mean_absolute_error"}
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return aliases.get(snake, snake)
