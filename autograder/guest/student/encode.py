"""Python values as JSON and arrays: what a student's function returned, told without pickle.

Tagged objects stand for what JSON has no word for: `{"$": "array", "i": 3}` is the third array of
the frame. `autograder.evidence.decode` reads them on the host; `decode_inputs` here reads what the
host drew.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.guest.student import encode_figure, encode_model, fit_hook
from autograder.guest.student.numpy_of import numpy_of
from autograder.guest.wire import DTYPES, widened

_TEXT_CHARACTERS = 20_000
_ITEMS = 20_000
_DEPTH = 12


def encode(value: Any, arrays: list[np.ndarray], depth: int = 0) -> Any:
    """Return `value` as tagged JSON, appending the arrays that it refers to to `arrays`."""
    if value is None or isinstance(value, (bool, str)):
        return value[:_TEXT_CHARACTERS] if isinstance(value, str) else value
    if type(value) is int:
        return value if abs(value) < 2**63 else _opaque(value, "an integer of over 64 bits")
    if type(value) is float:
        return value if math.isfinite(value) else {"$": "float", "value": repr(value)}
    if isinstance(value, np.ndarray):
        return _array(value, arrays)
    if isinstance(value, np.generic):
        tagged = _array(np.asarray(value), arrays)
        return {**tagged, "$": "scalar"} if tagged["$"] == "array" else tagged
    if depth >= _DEPTH:
        return _opaque(value, f"nested deeper than {_DEPTH} levels")
    if isinstance(value, (list, tuple)):
        if len(value) > _ITEMS:
            return _opaque(value, f"longer than {_ITEMS} items")
        items = [encode(item, arrays, depth + 1) for item in value]
        return items if isinstance(value, list) else {"$": "tuple", "items": items}
    if isinstance(value, Mapping):
        if len(value) > _ITEMS:
            return _opaque(value, f"longer than {_ITEMS} items")
        pairs = [
            [encode(key, arrays, depth + 1), encode(item, arrays, depth + 1)]
            for key, item in value.items()
        ]
        return {"$": "dict", "items": pairs}
    return _library_value(value, arrays)


def _array(value: np.ndarray, arrays: list[np.ndarray]) -> dict[str, Any]:
    plain = widened(np.asarray(value))
    if plain.dtype.newbyteorder("<").str not in DTYPES:
        return _opaque(value, f"an array of dtype {plain.dtype}")
    arrays.append(plain.copy())
    return {"$": "array", "i": len(arrays) - 1}


def _opaque(value: object, why: str = "") -> dict[str, Any]:
    kind = type(value)
    return {"$": "opaque", "type": f"{kind.__module__}.{kind.__qualname__}"[:200], "why": why}


def _library_value(value: Any, arrays: list[np.ndarray]) -> Any:
    keras = sys.modules.get("keras")
    if keras is not None:
        if isinstance(value, keras.Model):
            return encode_model.model(value, arrays)
        if isinstance(value, keras.callbacks.History):
            history = encode(fit_hook.metric_values(value), arrays)
            return {"$": "history", "history": history, "epoch": list(value.epoch)}
        if isinstance(value, keras.KerasTensor):
            return _opaque(value, "a symbolic tensor: it has no values")
        if keras.ops.is_tensor(value) or isinstance(value, keras.Variable):
            return _array(numpy_of(value), arrays)
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(value, pillow.Image):
        tagged = _array(np.asarray(value), arrays)
        picture = {**tagged, "$": "picture", "mode": value.mode}
        return picture if tagged["$"] == "array" else tagged
    if "matplotlib" in sys.modules:
        figure = encode_figure.figure_of(value)
        if figure is not None:
            return encode_figure.encode_figure(figure, arrays)
    return _opaque(value)


def decode_inputs(value: Any, arrays: list[np.ndarray]) -> Any:
    """Rebuild what the host encoded; the host is trusted, so this is not strict."""
    if isinstance(value, list):
        return [decode_inputs(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value["$"]
    if tag in ("array", "scalar"):
        array = arrays[value["i"]]
        return array if tag == "array" else array[()]
    if tag == "float":
        return float(value["value"])
    items = value["items"]
    if tag == "tuple":
        return tuple(decode_inputs(item, arrays) for item in items)
    if tag == "dict":
        return {decode_inputs(k, arrays): decode_inputs(v, arrays) for k, v in items}
    raise ValueError(f"A probe may draw scalars, strings, containers and arrays. Received: {tag}.")
