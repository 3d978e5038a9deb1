"""Tagged JSON from a student box as inert host values, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.errors import FrameError
from autograder.evidence.figures import figure
from autograder.values import Figure, History, ModelData, Opaque, Picture

#: The box itself cuts these off, so that only a forged answer is cut here.
_TEXT_CHARACTERS = 20_000
#: An answer is compared in memory, several copies of it at once; weights have a bound of their own.
_MOST_NUMBERS = 10_000_000


class _Given:
    """The arrays of a frame; each belongs to one place, so that no text can multiply them."""

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        self._left: list[np.ndarray | None] = list(arrays)

    def take(self, value: Mapping[str, Any]) -> np.ndarray:
        index = value["i"]
        if type(index) is not int or not 0 <= index < len(self._left):
            raise ValueError("an index outside the frame")
        array = self._left[index]
        if array is None:
            raise ValueError("an array that stands elsewhere")
        self._left[index] = None
        return array


def decode(value: Any, arrays: Sequence[np.ndarray]) -> Any:
    """Return the host value of `value`.

    Raises:
        FrameError: A tag is unknown or incomplete.
    """
    try:
        return _decode(value, _Given(arrays))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise FrameError(
            f"An answer must be made of known tags ({type(error).__name__})."
        ) from error


def _decode(value: Any, arrays: _Given) -> Any:
    if isinstance(value, str):
        return value[:_TEXT_CHARACTERS]
    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    return _TAGS[value["$"]](value, arrays)


def _array(value: dict[str, Any], arrays: _Given) -> np.ndarray | Opaque:
    array = arrays.take(value)
    if array.size > _MOST_NUMBERS:
        return Opaque(f"numpy.ndarray of over {_MOST_NUMBERS:,} numbers", "")
    return array


def _scalar(value: dict[str, Any], arrays: _Given) -> Any:
    array = arrays.take(value)
    if array.size != 1:
        raise ValueError("a scalar of several numbers")
    return array.reshape(()).item()


def _dict(value: dict[str, Any], arrays: _Given) -> dict[Any, Any]:
    pairs = [(_decode(k, arrays), _decode(v, arrays)) for k, v in value["items"]]
    return {k if isinstance(k, (str, int, float, bool, tuple)) else str(k): v for k, v in pairs}


def _float(value: dict[str, Any], _arrays: _Given) -> float:
    return {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}[value["value"]]


def _opaque(value: dict[str, Any], _arrays: _Given) -> Opaque:
    return Opaque(str(value["type"])[:200], str(value["why"])[:1000])


def _history(value: dict[str, Any], arrays: _Given) -> History:
    history = _decode(value["history"], arrays)
    if not isinstance(history, dict):
        raise TypeError("a history must be a dict")
    return History(history, [epoch for epoch in value["epoch"] if type(epoch) is int])


def _model(value: dict[str, Any], arrays: _Given) -> ModelData:
    weights = tuple(arrays.take({"i": index}) for index in value["weights"])
    config, compiled, fits = value["config"], value["compiled"], value["fits"]
    if not isinstance(config, dict):
        raise TypeError("a model's config must be an object")
    if not isinstance(fits, list) or not all(isinstance(fit, dict) for fit in fits):
        raise TypeError("a model's fits must be objects")
    return ModelData(config, weights, _compiled(compiled), tuple(fits))


def _compiled(value: dict[str, Any] | None) -> dict[str, Any] | None:
    if value is None:
        return None
    loss, metrics = value["loss"], value["metrics"]
    numbers = {name: value.get(name) for name in ("learning_rate", "momentum")}
    plain = all(isinstance(one, (int, float, type(None))) for one in numbers.values())
    if not plain or not isinstance(metrics, list):
        raise TypeError("a model's settings must be of the known form")
    if not isinstance(loss, (str, list, dict, type(None))):
        raise TypeError("a model's settings must be of the known form")
    settings = value.get("loss_settings", {})
    if not all(isinstance(setting, (int, float)) for setting in settings.values()):
        raise TypeError("a loss's settings must be numbers")
    return {
        "optimizer": str(value["optimizer"])[:200],
        **numbers,
        "loss": loss,
        "loss_settings": {str(name)[:100]: settings[name] for name in list(settings)[:20]},
        "metrics": [str(metric)[:200] for metric in metrics],
    }


def _picture(value: dict[str, Any], arrays: _Given) -> Picture | Opaque:
    pixels = _array(value, arrays)
    if isinstance(pixels, Opaque):
        return pixels
    if pixels.ndim not in (2, 3):
        raise ValueError("a picture without sides")
    return Picture(str(value["mode"])[:20], pixels)


def _figure(value: dict[str, Any], arrays: _Given) -> Figure:
    return figure(value, arrays.take)


_TAGS = {
    "array": _array,
    "scalar": _scalar,
    "tuple": lambda value, arrays: tuple(_decode(item, arrays) for item in value["items"]),
    "dict": _dict,
    "float": _float,
    "opaque": _opaque,
    "history": _history,
    "model": _model,
    "picture": _picture,
    "figure": _figure,
}
