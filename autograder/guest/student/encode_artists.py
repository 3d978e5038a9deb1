"""What is drawn in one Matplotlib Axes, as data: its lines, points and legends.

Only what can be seen is told, in the coordinates of the data, with its colours as they were drawn.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

MOST = 200  # of each kind
_POINTS = 100_000
_ARRAYS, _BYTES = 3000, 256 * 2**20  # of one figure, below what a frame may hold


class Arrays:
    """The arrays of a frame, to which one figure may add only so much."""

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self._arrays = arrays
        self._left, self._bytes_left = _ARRAYS, _BYTES

    def put(self, array: np.ndarray) -> dict[str, Any]:
        """Add an array, and return what refers to it."""
        self._left -= 1
        self._bytes_left -= array.nbytes
        self._arrays.append(array)
        return {"$": "array", "i": len(self._arrays) - 1}

    def drawn(self, artists: Iterable[Any]) -> Iterator[Any]:
        """Yield the first of the artists that can be seen, as long as there is room."""
        for artist in list(artists)[:MOST]:
            if self._left > 0 and self._bytes_left > 0 and is_visible(artist):
                yield artist


def is_visible(artist: Any) -> bool:
    """Say whether an artist is neither hidden nor wholly transparent."""
    alpha = artist.get_alpha()
    return bool(artist.get_visible() and (np.ndim(alpha) > 0 or alpha is None or alpha > 0))


def lines(axes: Any, arrays: Arrays) -> list[dict[str, Any]]:
    """Return the `Line2D` of an Axes, those of `axline`, `axhline` and `axvline` too."""
    return [_line(line, arrays) for line in arrays.drawn(axes.get_lines())]


def _line(line: Any, arrays: Arrays) -> dict[str, Any]:
    x, y = line.get_xdata(orig=False), line.get_ydata(orig=False)
    if line.get_transform() != line.axes.transData:
        # axline, axvline and axhline: to the screen and back, so that all lines read alike.
        x, y = in_data(line.axes, line.get_transform(), line.get_path().vertices).T
    return {
        "x": arrays.put(floats(x)),
        "y": arrays.put(floats(y)),
        "label": text(line.get_label()),
        "marker": _marker(line.get_marker()),
        "linestyle": str(line.get_linestyle())[:20] if line.get_linewidth() else "None",
        "color": color(line.get_color()),
        "markercolor": color(line.get_markerfacecolor()),
    }


def in_data(axes: Any, transform: Any, vertices: Any) -> np.ndarray:
    """Return vertices in the coordinates of the data."""
    if transform == axes.transData:
        return np.asarray(vertices, float)
    return np.asarray(axes.transData.inverted().transform(transform.transform(vertices)))


def points(axes: Any, arrays: Arrays) -> list[dict[str, Any]]:
    """Return the collections of an Axes by their offsets: what `scatter` draws, and others."""
    return [_points(one, arrays) for one in arrays.drawn(axes.collections)]


def _points(collection: Any, arrays: Arrays) -> dict[str, Any]:
    offsets: np.ndarray = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan)
    places = floats(offsets).reshape(-1, 2)
    return {
        "kind": type(collection).__name__,
        "xy": arrays.put(places),
        "label": text(collection.get_label()),
        "colors": arrays.put(_colors(collection, len(places))),
        "marker": _marker_of(collection),
    }


def _colors(collection: Any, count: int) -> np.ndarray:
    """Return the colour of each point as it was drawn, RGBA, shape `(count, 4)`."""
    for colors in (collection.get_facecolor(), collection.get_edgecolor()):
        given = np.asarray(colors, float)
        if given.ndim == 2 and len(given) and given[:, 3].any():
            each = given[np.arange(count) % len(given)]
            return np.asarray(np.round(each * 255), np.uint8)
    return np.zeros((count, 4), np.uint8)


def _marker(marker: Any) -> str:
    if isinstance(marker, (str, int)):
        return str(marker)[:20]
    return _name_of(marker) or type(marker).__name__[:20]


def _marker_of(collection: Any) -> str:
    """Return the marker of a scatter, such as "o"; nothing for other paths."""
    paths = collection.get_paths()
    return _name_of(paths[0]) if len(paths) else ""


def _name_of(path: Any) -> str:
    return next((name for name, known in _marker_paths() if _same_path(path, known)), "")


def _same_path(path: Any, other: Any) -> bool:
    vertices: Any = getattr(path, "vertices", ())
    same_shape = np.shape(vertices) == other.vertices.shape
    return bool(same_shape and np.allclose(vertices, other.vertices))


@functools.cache
def _marker_paths() -> list[tuple[str, Any]]:
    from matplotlib.lines import Line2D
    from matplotlib.markers import MarkerStyle

    names = [name for name in Line2D.markers if isinstance(name, str) and name.strip()]
    styles = [(name, MarkerStyle(name)) for name in names if name.lower() != "none"]
    return [(name, one.get_path().transformed(one.get_transform())) for name, one in styles]


def legend_entries(legends: Sequence[Any]) -> list[dict[str, str]]:
    """Return what legends say: each text with the look of the sign before it."""
    pairs = [
        pair
        for legend in legends
        if is_visible(legend)
        for pair in zip(legend.get_texts(), legend.legend_handles, strict=False)
    ]
    return [{"text": text(word.get_text()), **_look(sign)} for word, sign in pairs[:MOST]]


def _look(sign: Any) -> dict[str, str]:
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    look = {"kind": type(sign).__name__, "color": "", "marker": "", "linestyle": ""}
    if isinstance(sign, Line2D):
        shade = sign.get_color() if is_drawn(sign.get_linestyle()) else sign.get_markerfacecolor()
        style = str(sign.get_linestyle())[:20]
        look |= {"color": color(shade), "marker": _marker(sign.get_marker()), "linestyle": style}
    elif isinstance(sign, Collection):
        drawn = _colors(sign, 1)[0]
        look |= {"color": color(drawn / 255), "marker": _marker_of(sign)}
    elif isinstance(sign, Patch):
        look |= {"color": color(sign.get_facecolor())}
    return look


def is_drawn(style: object) -> bool:
    """Say whether a line style or a marker is one that can be seen."""
    return str(style) not in ("None", "none", "", " ")


def floats(values: Any) -> np.ndarray:
    """Return coordinates as floats, what is masked as NaN, and no more than enough of them."""
    return np.asarray(np.ma.filled(np.ma.asarray(values, float), np.nan))[:_POINTS]


def number(value: Any) -> float | None:
    """Return a finite number, or None."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if np.isfinite(found) else None


def color(value: Any) -> str:
    """Return a colour such as "#1f77b4"; what is none, such as "auto", as it is."""
    from matplotlib.colors import to_hex

    try:
        return to_hex(value)
    except (TypeError, ValueError):
        return text(value)


def text(value: object) -> str:
    """Return a text that is not too long."""
    return str(value)[:500]
