"""Stands in for `keras.Model.fit` inside a student box: a call out, and a record of what was asked.

Where a recipe can describe a call of `fit`, the host has it trained, and only its outcome comes
back; everything else is trained here, under the box's own limits.
"""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.guest.protocol.trainings import Trained
from autograder.guest.student import fit_capture
from autograder.guest.student.callbacks import callback_list
from autograder.guest.student.fit_replay import replay
from autograder.guest.student.pipelines import is_dataset
from autograder.guest.student.schedules import ScheduleMemory

_FITS: weakref.WeakKeyDictionary[Any, list[dict[str, Any]]] = weakref.WeakKeyDictionary()
_RECORDS = 50
_BATCH_SIZE = 32  # Keras's own


Ask = Callable[[fit_capture.Recipe], tuple[Trained, list[np.ndarray]] | None]


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
        try:
            bound = signature.bind(self, *args, **kwargs)
        except TypeError:
            return original(self, *args, **kwargs)  # which says it best
        bound.apply_defaults()
        given, schedules = bound.arguments, ScheduleMemory()
        recipe = _recipe(self, given, schedules)
        answer = None if recipe is None else ask(recipe)
        if answer is not None and not _is_built(self, given):
            answer = None
        with schedules.recalled(rates_known=answer is not None):
            if answer is None:
                history = original(self, *args, **kwargs)
            else:
                history = replay(self, given, *answer, original)
        asked = fit_facts(given, recipe.digests if recipe else {})
        asked["history"] = metric_values(history)
        records = _FITS.setdefault(self, [])
        if len(records) < _RECORDS:
            records.append(asked)
        return history

    keras.Model.fit = fit


def _recipe(
    model: Any, given: Mapping[str, Any], schedules: ScheduleMemory
) -> fit_capture.Recipe | None:
    """Return a call of `fit` as a recipe; None where it is none."""
    try:
        return fit_capture.recipe_of(model, given, schedules)
    except Exception:  # noqa: BLE001 - whatever is wrong, `fit` itself will say it best
        return None


def _is_built(model: Any, given: Mapping[str, Any]) -> bool:
    """Build what Keras's own `fit` builds at its first batch, and say whether that worked.

    Callbacks ask the metrics which way is better.
    """
    import keras

    rows = given["batch_size"] or _BATCH_SIZE

    def first(array: Any) -> Any:
        return None if array is None else array[:rows]

    x = given["x"]
    try:
        if is_dataset(x):
            batch = x.element_spec
        else:
            data = (x, given["y"], given["sample_weight"])
            batch = keras.tree.map_structure(first, data)
        model._symbolic_build(data_batch=batch)  # noqa: SLF001 - Keras has no other way to ask
    except Exception:  # noqa: BLE001 - then `fit` itself trains
        return False
    return True


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


def fit_facts(arguments: Mapping[str, Any], digests: Mapping[int, str]) -> dict[str, Any]:
    """Return what a `fit` was called with, in facts that graders read."""
    callbacks = callback_list(arguments["callbacks"])
    return {
        "epochs": _number(arguments["epochs"]),
        "batch_size": _number(arguments["batch_size"]),
        "validation_split": _number(arguments["validation_split"]),
        "validation_data": _pair_facts(arguments["validation_data"], digests),
        "shuffle": bool(arguments["shuffle"]),
        "steps_per_epoch": _number(arguments["steps_per_epoch"]),
        "callbacks": [type(callback).__name__ for callback in callbacks],
        "x": _array_facts(arguments["x"], digests),
        "y": _array_facts(arguments["y"], digests),
        "weights": _uneven(arguments),
    }


def _uneven(arguments: Mapping[str, Any]) -> list[str]:
    """Return the arguments of a `fit` that let some rows count for more or less than 1."""
    classes = arguments["class_weight"]
    given = {
        "class_weight": list(classes.values()) if isinstance(classes, Mapping) else classes,
        "sample_weight": arguments["sample_weight"],
    }
    return [name for name, values in given.items() if values is not None and not _all_ones(values)]


def _all_ones(values: Any) -> bool:
    try:
        return bool(np.all(np.asarray(values, dtype=float) == 1))
    except (TypeError, ValueError):
        return False


def _pair_facts(pair: Any, digests: Mapping[int, str]) -> list[dict[str, Any] | None] | None:
    if isinstance(pair, (list, tuple)) and len(pair) >= 2:
        return [_array_facts(part, digests) for part in pair[:2]]
    return None


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _array_facts(value: Any, digests: Mapping[int, str]) -> dict[str, Any] | None:
    """Return shape, dtype, range, sum and SHA-256 of float32 bytes; None for no array.

    Two arrays of the same rows have the same sum, whatever the order of the rows.
    """
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        return None  # a `PyDataset` would be read from its first batch to its last
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
        "sum": float(array.sum(dtype=np.float64)),
        "sha256": digests.get(id(plain)) or fit_capture.sha256(plain),
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
