"""Matplotlib figures as data: what a plot shows, and a PNG of it for the feedback."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

_AXES, _ARTISTS, _PNG_BYTES = 40, 200, 4 * 2**20


def figure_of(value: Any) -> Any:
    """Return the Matplotlib figure that `value` is, or belongs to; None for other values."""
    from matplotlib.artist import Artist
    from matplotlib.container import Container
    from matplotlib.figure import Figure

    if isinstance(value, Figure):
        return value
    if isinstance(value, Container) and len(value):
        value = value[0]
    if isinstance(value, Artist):
        return value.get_figure()
    return None


def drawn_figure(value: Any) -> Any:
    """Return the figure behind what a plotting function returned, or the current one.

    A figure, its Axes, an array or list of Axes (as `plt.subplots` gives), a tuple of figure and
    Axes, and `None` after drawing with `plt.plot` are all one and the same answer.
    """
    import matplotlib.pyplot as plt

    candidates = [value]
    if isinstance(value, np.ndarray) and value.dtype == object:
        candidates = list(value.ravel()[:1])
    elif isinstance(value, (list, tuple)):
        candidates = [item.ravel()[0] if isinstance(item, np.ndarray) else item for item in value]
    for candidate in candidates:
        figure = figure_of(candidate)
        if figure is not None:
            return figure
    return plt.gcf() if value is None and plt.get_fignums() else None


def encode_figure(figure: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    """Return a figure as tagged JSON: per axes its labels, lines, points, images; and a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    # Once it is drawn: Matplotlib places annotations and ticks only then.
    axes = [_axes(one, arrays) for one in figure.axes[:_AXES]]
    png = np.frombuffer(buffer.getvalue(), np.uint8)
    texts = [_text(one.get_text()) for one in figure.texts[:_ARTISTS]]
    tagged: dict[str, Any] = {
        "$": "figure",
        "title": _text(figure.get_suptitle()),
        "axes": axes,
        "texts": texts,
    }
    if png.nbytes <= _PNG_BYTES:
        tagged["png"] = _put(png, arrays)
    return tagged


def _axes(axes: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    legend = axes.get_legend()
    grids = _grids(axes)
    xticks, yticks = axes.get_xticklabels()[:_ARTISTS], axes.get_yticklabels()[:_ARTISTS]
    return {
        "title": _text(axes.get_title()),
        "xlabel": _text(axes.get_xlabel()),
        "ylabel": _text(axes.get_ylabel()),
        "xscale": axes.get_xscale(),
        "yscale": axes.get_yscale(),
        "xlim": [float(v) for v in axes.get_xlim()],
        "ylim": [float(v) for v in axes.get_ylim()],
        "legend": [_text(t.get_text()) for t in legend.get_texts()] if legend else [],
        "lines": [_line(line, arrays) for line in axes.get_lines()[:_ARTISTS]],
        "points": [_points(c, arrays) for c in axes.collections[:_ARTISTS]],
        "images": [_put(_image(values), arrays) for values, _ in grids],
        "edges": [edges for _, edges in grids],
        "bars": [[float(v) for v in patch.get_bbox().bounds] for patch in _bars(axes)],
        "texts": [_text(t.get_text()) for t in axes.texts[:_ARTISTS]],
        "places": [_place(t, axes) for t in axes.texts[:_ARTISTS]],
        "cells": [_text(cell.get_text().get_text()) for cell in _cells(axes)],
        "xticklabels": [_text(t.get_text()) for t in xticks],
        "yticklabels": [_text(t.get_text()) for t in yticks],
        "xticks": [_number(t.get_position()[0]) for t in xticks],
        "yticks": [_number(t.get_position()[1]) for t in yticks],
        "visible": bool(axes.get_visible() and axes.axison),
    }


def _line(line: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    x, y = line.get_xdata(orig=False), line.get_ydata(orig=False)
    if line.get_transform() != line.axes.transData:
        # axline, axvline and axhline: to the screen and back, so that all lines read alike.
        screen = line.get_transform().transform(line.get_path().vertices)
        x, y = line.axes.transData.inverted().transform(screen).T
    return {
        "x": _put(_floats(x), arrays),
        "y": _put(_floats(y), arrays),
        "label": _text(line.get_label()),
        "marker": str(line.get_marker()),
        "linestyle": str(line.get_linestyle()),
        "color": _color(line.get_color()),
    }


def _points(collection: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    offsets: np.ndarray = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan)
    return {
        "kind": type(collection).__name__,
        "xy": _put(_floats(offsets).reshape(-1, 2), arrays),
        "label": _text(collection.get_label()),
    }


def _bars(axes: Any) -> list[Any]:
    from matplotlib.patches import Rectangle

    return [patch for patch in axes.patches[:_ARTISTS] if isinstance(patch, Rectangle)]


def _cells(axes: Any) -> list[Any]:
    cells = [cell for table in axes.tables for cell in table.get_celld().values()]
    return cells[:_ARTISTS]


def _place(text: Any, axes: Any) -> list[float | None]:
    """Return where a text stands, in the coordinates of the data."""
    x, y = text.get_unitless_position()
    if text.get_transform() != axes.transData:
        x, y = axes.transData.inverted().transform(text.get_transform().transform((x, y)))
    return [_number(x), _number(y)]


def _number(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


def _grids(axes: Any) -> list[tuple[Any, list[float | None]]]:
    """Return images and coloured meshes (but no colour bar) as values and edges.

    The edges are x before the first column and after the last, y before the first row and after
    the last.
    """
    from matplotlib.collections import QuadMesh

    grids = []
    for image in axes.get_images():
        left, right, bottom, top = image.get_extent()
        rows = (top, bottom) if image.origin == "upper" else (bottom, top)
        grids.append((image.get_array(), [_number(edge) for edge in (left, right, *rows)]))
    for mesh in axes.collections:
        if not isinstance(mesh, QuadMesh) or axes.get_label() == "<colorbar>":
            continue
        corners = np.asarray(mesh.get_coordinates(), float)
        values: Any = np.ma.asarray(mesh.get_array())
        shape = tuple(size - 1 for size in corners.shape[:2])
        if values.size == shape[0] * shape[1]:
            (left, first), (right, last) = corners[0, 0], corners[-1, -1]
            edges = [_number(edge) for edge in (left, right, first, last)]
            grids.append((values.reshape(shape), edges))
    return grids[:_ARTISTS]


def _image(image: Any) -> np.ndarray:
    values = np.ma.filled(np.ma.asarray(image), 0)
    if values.dtype.kind not in "biuf" or values.dtype.itemsize > 8:
        values = values.astype(float)
    return np.asarray(values[:1024, :1024])


def _floats(values: Any) -> np.ndarray:
    return np.asarray(np.ma.filled(np.ma.asarray(values, float), np.nan))[:100_000]


def _color(color: Any) -> str:
    from matplotlib.colors import to_hex

    try:
        return to_hex(color)
    except ValueError:
        return _text(color)


def _text(value: object) -> str:
    return str(value)[:500]


def _put(array: np.ndarray, arrays: list[np.ndarray]) -> dict[str, Any]:
    arrays.append(array)
    return {"$": "array", "i": len(arrays) - 1}
