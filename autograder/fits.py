"""What `fit` was asked, read strictly: the records come from a student box, and may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    value = _facts(fit.get("x")).get("max")
    return float(value) if isinstance(value, (int, float)) else None


def _facts(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _length(facts: object) -> int:
    shape = _facts(facts).get("shape")
    return _whole(shape[0]) if isinstance(shape, list) and shape else 0


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
