"""Matplotlib figures as a student box tells them, read strictly and within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.values import Axes, Figure, Grid, LegendEntry

#: What the box itself cuts off, so that only a forged figure is cut here.
_CHARACTERS = 500
_DRAWN = 200
_POINTS = 100_000
_PNG_BYTES = 4 * 2**20
_PIXELS = 10_000_000

_NO_FACTS = frozenset(("title", "xlabel", "ylabel", "legend", "legend_entries"))
_NO_FACTS |= {"lines", "points", "polylines", "polygons", "grids"}

#: Gives the array that tagged JSON refers to, once.
Take = Callable[[Mapping[str, Any]], np.ndarray]


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
    entries = tuple(map(_entry, value["legend_entries"][:_DRAWN]))
    return Figure(_word(value["title"]), axes, png, texts, entries)


def _axes(value: Mapping[str, Any], take: Take) -> Axes:
    facts = {_word(key): _fact(item) for key, item in value.items() if key not in _NO_FACTS}
    grids = tuple(_grid(one, take) for one in value["grids"][:_DRAWN])
    return Axes(
        _word(value["title"]),
        _word(value["xlabel"]),
        _word(value["ylabel"]),
        tuple(_words(value["legend"])),
        tuple(_line(line, take) for line in value["lines"][:_DRAWN]),
        tuple(_points(points, take) for points in value["points"][:_DRAWN]),
        tuple(grid.values for grid in grids),
        {**facts, "edges": [list(grid.edges) for grid in grids]},
        tuple(map(_entry, value["legend_entries"][:_DRAWN])),
        tuple(_polyline(one, take) for one in value["polylines"][:_DRAWN]),
        tuple(_polygon(one, take) for one in value["polygons"][:_DRAWN]),
        grids,
    )


def _entry(value: Mapping[str, Any]) -> LegendEntry:
    named = ("text", "kind", "color", "marker", "linestyle")
    return LegendEntry(*(_word(value[name]) for name in named))


def _line(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    named = ("label", "marker", "linestyle", "color", "markercolor")
    return {**_curve(value, take), **{name: _word(value[name]) for name in named}}


def _polyline(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    words = {name: _word(value[name]) for name in ("label", "color")}
    return {**_curve(value, take), "level": _number(value["level"]), **words}


def _curve(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    x, y = _row(take(value["x"])), _row(take(value["y"]))
    if x.shape != y.shape:
        raise ValueError("a line whose x and y are not as long")
    return {"x": x, "y": y}


def _polygon(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    words = {name: _word(value[name]) for name in ("label", "color")}
    levels = {name: _number(value[name]) for name in ("low", "high")}
    return {"xy": _pairs(take(value["xy"])), **levels, **words}


def _row(array: np.ndarray) -> np.ndarray:
    if array.ndim != 1:
        raise ValueError("coordinates that are no row")
    return array[:_POINTS].astype(float, copy=False)


def _points(value: Mapping[str, Any], take: Take) -> dict[str, Any]:
    places, colors = _pairs(take(value["xy"])), take(value["colors"])
    if colors.dtype != np.uint8 or colors.shape != (len(places), 4):
        raise ValueError("points without a colour each")
    words = {name: _word(value[name]) for name in ("kind", "label", "marker")}
    return {"xy": places, "colors": colors, **words}


def _pairs(array: np.ndarray) -> np.ndarray:
    if array.ndim != 2 or array.shape[1] != 2 or len(array) > _POINTS:
        raise ValueError("points that are no pairs")
    return array.astype(float, copy=False)


def _grid(value: Mapping[str, Any], take: Take) -> Grid:
    image = take(value["values"])
    if image.ndim not in (2, 3) or image.size > _PIXELS:
        raise ValueError("an image of no ordinary size")
    return Grid(
        image,
        tuple(_number(edge) for edge in value["edges"][:4]),
        _word(value["cmap"]),
        tuple(_words(value["colors"])),
        _number(value["vmin"]),
        _number(value["vmax"]),
        _word(value["norm"]),
    )


def _number(value: object) -> float | None:
    if value is None or type(value) in (int, float):
        return None if value is None else float(value)  # type: ignore[arg-type]
    raise TypeError("a number that is none")


def _fact(value: Any) -> Any:
    if isinstance(value, list):
        return [_fact(item) for item in value[:_DRAWN]]
    return _word(value) if isinstance(value, (str, dict)) else value


def _word(value: object) -> str:
    return str(value)[:_CHARACTERS]


def _words(value: list[Any]) -> list[str]:
    return [_word(text) for text in value[:_DRAWN]]
