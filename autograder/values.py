"""What a student's function returned, as inert values on the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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
class LegendEntry:
    """A text of a legend, and how the sign before it looks; what it has not is ""."""

    text: str
    kind: str
    color: str
    marker: str
    linestyle: str


@dataclass(frozen=True, slots=True)
class Grid:
    """An image or a coloured mesh, and how its values become colours.

    Attributes:
        values: Shape `(rows, columns)`, or with 3 or 4 colours on a last axis.
        edges: x before the first column and after the last, y before the first row and after the
            last; None for what is no finite number.
        cmap: The colour map's name.
        colors: Five of its colours, from the lowest value to the highest.
        vmin: The value that gets the first colour.
        vmax: The value that gets the last colour.
        norm: What lies between the two, such as "Normalize" or "LogNorm".
    """

    values: np.ndarray
    edges: tuple[float | None, ...] = ()
    cmap: str = ""
    colors: tuple[str, ...] = ()
    vmin: float | None = None
    vmax: float | None = None
    norm: str = ""


@dataclass(frozen=True, slots=True)
class Axes:
    """One Matplotlib Axes: what can be seen in it, in the coordinates of its data.

    Attributes:
        title: Its title; those at the left and the right follow.
        xlabel: The x axis's name.
        ylabel: The y axis's name.
        legend: The texts of its legend.
        lines: `Line2D`s: `x`, `y`, `label`, `marker`, `linestyle`, `color`, `markercolor`.
        points: Collections: `kind`, `xy` of shape (n, 2), `label`, `marker` (of a scatter), and
            `colors`, RGBA of shape (n, 4).
        images: The values of each image and mesh.
        facts: Scales, limits, ticks, texts and their places; `hidden`, `axis_off`, `colorbar`;
            `bounds` in the figure; `cell`: rows and columns of the grid, then its own rows and
            columns, first and last.
        entries: The legend's entries, each with its look.
        polylines: What `contour`, `hlines`, `vlines` draw: `x`, `y`, `level`, `color`, `label`.
        polygons: What `contourf`, `fill_between`, `fill` colour: `xy`, `low` and `high` (levels),
            `color`, `label`.
        grids: The images, with the colours of their values.
    """

    title: str
    xlabel: str
    ylabel: str
    legend: tuple[str, ...]
    lines: tuple[Mapping[str, Any], ...]
    points: tuple[Mapping[str, Any], ...]
    images: tuple[np.ndarray, ...]
    facts: Mapping[str, Any]
    entries: tuple[LegendEntry, ...] = ()
    polylines: tuple[Mapping[str, Any], ...] = ()
    polygons: tuple[Mapping[str, Any], ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A Matplotlib figure: what it shows, and a picture of it; `texts` stand outside its axes."""

    title: str
    axes: tuple[Axes, ...]
    png: bytes
    texts: tuple[str, ...] = ()
    entries: tuple[LegendEntry, ...] = ()
