"""Matplotlib figures as data: what a plot shows, and a PNG of it for the feedback."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from autograder.guest.student import encode_areas, encode_artists
from autograder.guest.student.encode_artists import Arrays, is_visible, number, text

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
        return value.get_figure(root=True)
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
    room = Arrays(arrays)
    # Once it is drawn: Matplotlib places annotations and ticks, and chooses colours, only then.
    axes = [_axes(one, room) for one in figure.axes[:_AXES]]
    png = np.frombuffer(buffer.getvalue(), np.uint8)
    texts = [text(one.get_text()) for one in figure.texts[:_ARTISTS]]
    tagged: dict[str, Any] = {
        "$": "figure",
        "title": text(figure.get_suptitle()),
        "axes": axes,
        "texts": texts,
        "legend_entries": encode_artists.legend_entries(figure.legends),
    }
    if png.nbytes <= _PNG_BYTES:
        tagged["png"] = room.put(png)
    return tagged


def _axes(axes: Any, arrays: Arrays) -> dict[str, Any]:
    entries = encode_artists.legend_entries(_legends(axes))
    xticks, yticks = axes.get_xticklabels()[:_ARTISTS], axes.get_yticklabels()[:_ARTISTS]
    grids = encode_areas.grids(axes, arrays)
    texts = [one for one in axes.texts[:_ARTISTS] if is_visible(one)]
    return {
        "title": text(_title(axes)),
        "xlabel": text(axes.get_xlabel()),
        "ylabel": text(axes.get_ylabel()),
        "xscale": axes.get_xscale(),
        "yscale": axes.get_yscale(),
        "xlim": [number(v) for v in axes.get_xlim()],
        "ylim": [number(v) for v in axes.get_ylim()],
        "legend": [entry["text"] for entry in entries],
        "legend_entries": entries,
        "lines": encode_artists.lines(axes, arrays),
        "points": encode_artists.points(axes, arrays),
        "polylines": encode_areas.polylines(axes, arrays),
        "polygons": encode_areas.polygons(axes, arrays),
        "grids": grids,
        "bars": [[number(v) for v in patch.get_bbox().bounds] for patch in _bars(axes)],
        "texts": [text(one.get_text()) for one in texts],
        "places": [_place(one, axes) for one in texts],
        "boxed": [one.get_bbox_patch() is not None for one in texts],
        "cells": [text(cell.get_text().get_text()) for cell in _cells(axes)],
        "xticklabels": [text(t.get_text()) for t in xticks],
        "yticklabels": [text(t.get_text()) for t in yticks],
        "xticks": [number(t.get_position()[0]) for t in xticks],
        "yticks": [number(t.get_position()[1]) for t in yticks],
        "visible": bool(axes.get_visible() and axes.axison),
        "hidden": not axes.get_visible(),
        "axis_off": not axes.axison,
        "colorbar": axes.get_label() == "<colorbar>",
        "bounds": [number(v) for v in axes.get_position().bounds],
        "cell": _cell(axes),
    }


def _title(axes: Any) -> str:
    titles = (axes.get_title(loc=loc) for loc in ("center", "left", "right"))
    return " ".join(title for title in titles if title)


def _legends(axes: Any) -> list[Any]:
    """Return an Axes's legend, and those that were kept with `add_artist` when it got another."""
    from matplotlib.legend import Legend

    current = axes.get_legend()
    kept = [one for one in axes.artists if isinstance(one, Legend) and one is not current]
    return [*kept, current] if current else kept


def _cell(axes: Any) -> list[int] | None:
    """Return rows and columns of the grid, then first row, last row, first column, last column."""
    spec = axes.get_subplotspec()
    if spec is None:
        return None
    rows, columns, first, last = spec.get_geometry()
    places = [*divmod(first, columns), *divmod(last, columns)]
    return [int(one) for one in (rows, columns, places[0], places[2], places[1], places[3])]


def _bars(axes: Any) -> list[Any]:
    from matplotlib.patches import Rectangle

    return [
        patch
        for patch in axes.patches[:_ARTISTS]
        if isinstance(patch, Rectangle) and is_visible(patch)
    ]


def _cells(axes: Any) -> list[Any]:
    cells = [cell for table in axes.tables for cell in table.get_celld().values()]
    return cells[:_ARTISTS]


def _place(written: Any, axes: Any) -> list[float | None]:
    """Return where a text stands, in the coordinates of the data."""
    x, y = written.get_unitless_position()
    if written.get_transform() != axes.transData:
        x, y = axes.transData.inverted().transform(written.get_transform().transform((x, y)))
    return [number(x), number(y)]
