"""What `fit` was asked, read strictly: the records come from a student box, and may be anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

#: What Keras takes where `fit` is given no batch size.
DEFAULT_BATCH_SIZE = 32

Fit = Mapping[str, Any]


def epochs(fit: Fit) -> int:
    """Return the number of epochs; 0 if it is no whole number."""
    return _whole(fit.get("epochs"))


def batch_size(fit: Fit) -> int:
    """Return the number of rows in a batch."""
    return _whole(fit.get("batch_size")) or DEFAULT_BATCH_SIZE


def rows(fit: Fit) -> tuple[int, int]:
    """Return how many rows were learnt from and how many were held back for validation.

    `validation_split` and `validation_data` are two ways to say the same.
    """
    given = _length(fit.get("x"))
    held = fit.get("validation_data")
    if isinstance(held, list) and held:
        return given, _length(held[0])
    split = fit.get("validation_split")
    share = split if isinstance(split, (int, float)) and 0 <= split < 1 else 0
    learnt = int(given * (1 - share))  # as Keras rounds
    return learnt, given - learnt


def largest(fit: Fit) -> float | None:
    """Return the largest value of the inputs; None if it is not known."""
    value = facts(fit.get("x")).get("max")
    return float(value) if isinstance(value, (int, float)) else None


def curve(fit: Fit, name: str) -> np.ndarray:
    """Return one metric of a fit's history, one value for each epoch; empty if there is none."""
    values = facts(fit.get("history")).get(name)
    found = np.asarray(values if isinstance(values, list) else [], dtype=object)
    plain = all(isinstance(value, (int, float)) and abs(value) < 1e300 for value in found.ravel())
    return found.astype(float) if plain and found.ndim == 1 else np.empty(0)


def told_digest(array: object) -> str:
    """Return the SHA-256 that was told of an array; "" if there is none."""
    value = facts(array).get("sha256")
    return value if isinstance(value, str) else ""


def digest(values: np.ndarray) -> str:
    """Return SHA-256 as the student box takes it, over float32."""
    return hashlib.sha256(np.ascontiguousarray(values, np.float32).tobytes()).hexdigest()


def facts(value: object) -> Mapping[str, Any]:
    """Return what a record holds of plain values, lists and records; nothing of what is none."""
    plain = (str, int, float, list, dict, type(None))
    held = value.items() if isinstance(value, dict) else ()
    return {name: one for name, one in held if isinstance(one, plain)}


def _length(array: object) -> int:
    shape = facts(array).get("shape")
    return _whole(shape[0]) if isinstance(shape, list) and shape else 0


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
