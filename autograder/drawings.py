"""Matplotlib figures as a student box tells them, read strictly and within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: What the box itself cuts off, so that only a forged figure is cut here.
_CHARACTERS = 500
_DRAWN = 200
_POINTS = 100_000
_PNG_BYTES = 4 * 2**20
_PIXELS = 10_000_000

#: Gives the array that tagged JSON refers to, once.
Take = Callable[[Mapping[str, Any]], np.ndarray]


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


def figure(value: Mapping[str, Any], take: Take) -> Figure:
    """Return the figure that tagged JSON tells.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: It is not as the box writes it.
    """
    png = b""
    if "png" in value:
        png = take(value["png"]).tobytes()
    if len(png) > _PNG_BYTES or not png.startswith(b"\x89PNG\r\n\x1a\n"):
        png = b""
    axes = tuple(_axes(one, take) for one in value["axes"][:_DRAWN])
    texts = tuple(_words(value.get("texts", [])))
    return Figure(_word(value["title"]), axes, png, texts)


def _axes(value: Mapping[str, Any], take: Take) -> Axes:
    named = ("title", "xlabel", "ylabel", "legend", "lines", "points", "images")
    facts = {key: item for key, item in value.items() if key not in named}
    return Axes(
        _word(value["title"]),
        _word(value["xlabel"]),
        _word(value["ylabel"]),
        tuple(_words(value["legend"])),
        tuple(_line(line, take) for line in value["lines"][:_DRAWN]),
        tuple(_points(points, take) for points in value["points"][:_DRAWN]),
        tuple(_image(image, take) for image in value["images"][:_DRAWN]),
        {key: _fact(item) for key, item in facts.items()},
    )


def _line(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    x, y = _row(take(value["x"])), _row(take(value["y"]))
    if x.shape != y.shape:
        raise ValueError("a line whose x and y are not as long")
    words = {name: _word(value[name]) for name in ("label", "marker", "linestyle", "color")}
    return {"x": x, "y": y, **words}


def _row(array: np.ndarray) -> np.ndarray:
    if array.ndim != 1:
        raise ValueError("coordinates that are no row")
    return array[:_POINTS].astype(float, copy=False)


def _points(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    places = take(value["xy"])
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError("points that are no pairs")
    words = {name: _word(value[name]) for name in ("kind", "label")}
    return {"xy": places[:_POINTS].astype(float, copy=False), **words}


def _image(value: Mapping[str, Any], take: Take) -> np.ndarray:
    image = take(value)
    if image.ndim not in (2, 3) or image.size > _PIXELS:
        raise ValueError("an image of no ordinary size")
    return image


def _fact(value: Any) -> Any:
    if isinstance(value, list):
        return [_fact(item) for item in value[:_DRAWN]]
    return _word(value) if isinstance(value, (str, dict)) else value


def _word(value: object) -> str:
    return str(value)[:_CHARACTERS]


def _words(value: list[Any]) -> list[str]:
    return [_word(text) for text in value[:_DRAWN]]
