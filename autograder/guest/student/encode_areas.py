"""Contours, coloured areas and images of one Matplotlib Axes, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.guest.student.encode_artists import (
    MOST,
    Arrays,
    color,
    floats,
    in_data,
    number,
    text,
)

_SIDE = 1024  # pixels of an image


def polylines(axes: Any, arrays: Arrays) -> list[dict[str, Any]]:
    """Return what `contour`, `hlines`, `vlines` and other collections of lines draw."""
    from matplotlib.collections import LineCollection
    from matplotlib.contour import ContourSet

    found = []
    for one in arrays.drawn(axes.collections):
        is_contour = isinstance(one, ContourSet)
        if not (not one.filled if is_contour else isinstance(one, LineCollection)):
            continue
        colors = one.get_edgecolor()
        for place, path in enumerate(one.get_paths()[:MOST]):
            value = number(one.levels[place]) if is_contour and place < len(one.levels) else None
            shade = color(colors[place % len(colors)]) if len(colors) else ""
            for part in _parts(path):
                x, y = in_data(axes, one.get_transform(), part).T
                found.append((x, y, value, shade, text(one.get_label())))
    return [
        {"x": arrays.put(floats(x)), "y": arrays.put(floats(y)), "level": level, "color": shade}
        | {"label": label}
        for x, y, level, shade, label in found[:MOST]
    ]


def polygons(axes: Any, arrays: Arrays) -> list[dict[str, Any]]:
    """Return the areas that `contourf`, `fill_between`, `fill` and `axvspan` colour, but no bars.

    `low` and `high` are the levels between which an area of `contourf` lies.
    """
    from matplotlib.collections import PolyCollection
    from matplotlib.contour import ContourSet

    found = []
    one: Any
    for one in arrays.drawn(axes.collections):
        is_contour = isinstance(one, ContourSet)
        if not (one.filled if is_contour else isinstance(one, PolyCollection)):
            continue
        colors = one.get_facecolor()
        for place, path in enumerate(one.get_paths()[:MOST]):
            within = is_contour and place + 1 < len(one.levels)
            levels = [number(one.levels[place + k]) if within else None for k in (0, 1)]
            shade = color(colors[place % len(colors)]) if len(colors) else ""
            for part in _parts(path):
                vertices = in_data(axes, one.get_transform(), part)
                found.append((vertices, levels, shade, text(one.get_label())))
    for patch in arrays.drawn(axes.patches):
        # To the screen first, where what is round gets corners a fraction of a pixel apart.
        for polygon in patch.get_path().to_polygons(patch.get_transform())[:1]:
            vertices = axes.transData.inverted().transform(polygon)
            shade = color(patch.get_facecolor()) if patch.get_fill() else ""
            found.append((vertices, [None, None], shade, text(patch.get_label())))
    return [
        {"xy": arrays.put(floats(vertices)), "low": low, "high": high, "color": shade}
        | {"label": label}
        for vertices, (low, high), shade, label in found[:MOST]
    ]


def _parts(path: Any) -> list[np.ndarray]:
    """Return the pieces of a path, each the vertices that are joined, shape `(n, 2)`."""
    if path.codes is None:
        return [path.vertices]
    starts = np.flatnonzero(path.codes == path.MOVETO)[1:]
    return np.split(path.vertices, starts)[:MOST] if len(path.vertices) else []


def grids(axes: Any, arrays: Arrays) -> list[dict[str, Any]]:
    """Return images and coloured meshes (but no colour bar), as they are coloured.

    `edges` are x before the first column and after the last, y before the first row and after the
    last; `colors` are those of the lowest value, the highest, and three evenly between them.
    """
    from matplotlib.collections import QuadMesh

    found = []
    for image in arrays.drawn(axes.get_images()):
        left, right, bottom, top = image.get_extent()
        rows = (top, bottom) if image.origin == "upper" else (bottom, top)
        found.append(_grid(image, image.get_array(), (left, right, *rows), arrays))
    for mesh in arrays.drawn(axes.collections):
        if not isinstance(mesh, QuadMesh) or axes.get_label() == "<colorbar>":
            continue
        corners = np.asarray(mesh.get_coordinates(), float)
        values: Any = np.ma.asarray(mesh.get_array())
        shape = tuple(size - 1 for size in corners.shape[:2])
        if values.size == shape[0] * shape[1]:
            (left, first), (right, last) = corners[0, 0], corners[-1, -1]
            edges = (left, right, first, last)
            found.append(_grid(mesh, values.reshape(shape), edges, arrays))
    return found


def _grid(shown: Any, values: Any, edges: Sequence[float], arrays: Arrays) -> dict[str, Any]:
    filled = np.ma.filled(np.ma.asarray(values), 0)
    if filled.dtype.kind not in "biuf" or filled.dtype.itemsize > 8:
        filled = filled.astype(float)
    low, high = shown.get_clim()
    return {
        "values": arrays.put(np.asarray(filled[:_SIDE, :_SIDE])),
        "edges": [number(edge) for edge in edges],
        "cmap": text(shown.get_cmap().name),
        "colors": [color(one) for one in shown.get_cmap()(np.linspace(0, 1, 5))],
        "vmin": number(low),
        "vmax": number(high),
        "norm": type(shown.norm).__name__[:100],
    }
