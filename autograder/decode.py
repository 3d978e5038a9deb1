"""Tagged JSON from a student box as inert host values, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import FrameError


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that does not cross: only its type's name is known, and why it stayed."""

    type: str
    why: str


@dataclass(frozen=True, slots=True)
class History:
    """What `fit` returned: per metric one value an epoch."""

    history: Mapping[str, Any]
    epoch: Sequence[Any]


@dataclass(frozen=True, slots=True)
class ModelData:
    """A Keras model as the student box described it; not yet validated."""

    config: Mapping[str, Any]
    weights: tuple[np.ndarray, ...]
    compiled: Mapping[str, Any] | None
    fits: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A Pillow image: its mode, and its pixels of shape (height, width[, channels])."""

    mode: str
    pixels: np.ndarray


@dataclass(frozen=True, slots=True)
class Axes:
    """One Matplotlib Axes: `lines` hold `x`, `y`, `label` …; `points` hold `xy` of shape (n, 2)."""

    title: str
    xlabel: str
    ylabel: str
    legend: tuple[str, ...]
    lines: tuple[Mapping[str, Any], ...]
    points: tuple[Mapping[str, Any], ...]
    images: tuple[np.ndarray, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A Matplotlib figure: what it shows, and a picture of it; `texts` stand outside its axes."""

    title: str
    axes: tuple[Axes, ...]
    png: bytes
    texts: tuple[str, ...] = ()


def decode(value: Any, arrays: Sequence[np.ndarray]) -> Any:
    """Return the host value of `value`.

    Raises:
        FrameError: A tag is unknown or incomplete.
    """
    try:
        return _decode(value, arrays)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise FrameError(
            f"An answer must be made of known tags ({type(error).__name__})."
        ) from error


def _decode(value: Any, arrays: Sequence[np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    return _TAGS[value["$"]](value, arrays)


def _array(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> np.ndarray:
    index = value["i"]
    if type(index) is not int or not 0 <= index < len(arrays):
        raise ValueError("an index outside the frame")
    return arrays[index]


def _scalar(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> Any:
    array = _array(value, arrays)
    return array.reshape(()).item() if array.size == 1 else array


def _dict(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> dict[Any, Any]:
    pairs = [(_decode(k, arrays), _decode(v, arrays)) for k, v in value["items"]]
    return {k if isinstance(k, (str, int, float, bool, tuple)) else str(k): v for k, v in pairs}


def _float(value: dict[str, Any], _arrays: Sequence[np.ndarray]) -> float:
    return {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}[value["value"]]


def _opaque(value: dict[str, Any], _arrays: Sequence[np.ndarray]) -> Opaque:
    return Opaque(str(value["type"])[:200], str(value["why"])[:1000])


def _history(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> History:
    history = _decode(value["history"], arrays)
    if not isinstance(history, dict):
        raise TypeError("a history must be a dict")
    return History(history, [epoch for epoch in value["epoch"] if type(epoch) is int])


def _model(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> ModelData:
    weights = tuple(_array({"i": index}, arrays) for index in value["weights"])
    config, compiled, fits = value["config"], value["compiled"], value["fits"]
    if not isinstance(config, dict) or not isinstance(compiled, (dict, type(None))):
        raise TypeError("a model's config must be an object")
    if not isinstance(fits, list) or not all(isinstance(fit, dict) for fit in fits):
        raise TypeError("a model's fits must be objects")
    return ModelData(config, weights, compiled, tuple(fits))


def _picture(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> Picture:
    return Picture(str(value["mode"])[:20], _array(value, arrays))


def _figure(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> Figure:
    png = _array(value["png"], arrays).tobytes() if "png" in value else b""
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        png = b""
    axes = tuple(_axes(one, arrays) for one in value["axes"])
    texts = tuple(str(text) for text in value.get("texts", ()))
    return Figure(str(value["title"]), axes, png, texts)


def _axes(value: dict[str, Any], arrays: Sequence[np.ndarray]) -> Axes:
    lines = tuple(
        {**line, "x": _array(line["x"], arrays), "y": _array(line["y"], arrays)}
        for line in value["lines"]
    )
    points = tuple({**one, "xy": _array(one["xy"], arrays)} for one in value["points"])
    images = tuple(_array(image, arrays) for image in value["images"])
    named = ("title", "xlabel", "ylabel", "legend", "lines", "points", "images")
    return Axes(
        str(value["title"]),
        str(value["xlabel"]),
        str(value["ylabel"]),
        tuple(str(text) for text in value["legend"]),
        lines,
        points,
        images,
        {key: item for key, item in value.items() if key not in named},
    )


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
