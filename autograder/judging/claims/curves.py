"""Curves and dots of a picture, with the names that its legends give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.judging.checks import claim
from autograder.judging.claims import figures
from autograder.text import plain_number
from autograder.values import Axes, Figure, LegendEntry

_COLORS = 50  # of one scatter, as far as they may stand for classes
_ENTRIES = 400  # of all the legends about one Axes

Look = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line of a picture, or the dots of one colour.

    Attributes:
        axes: Where it is drawn.
        x: Where its points are, across; finite.
        y: Where they are, upwards; finite.
        color: Such as "#1f77b4".
        marker: Of each point; "None" where there is none.
        linestyle: What joins the points; "None" where nothing does.
        label: What it was drawn with; "" where that is Matplotlib's own.
        level: Of a contour; None for other lines.
        names: The texts of the legend whose signs look like it.
    """

    axes: Axes
    x: np.ndarray
    y: np.ndarray
    color: str
    marker: str = "None"
    linestyle: str = "None"
    label: str = ""
    level: float | None = None
    names: tuple[str, ...] = ()

    def is_in_view(self, share: float = 0.99) -> bool:
        """Say whether the limits of the axes leave so much of its points to be seen."""
        limits = [sorted(figures.numbers(self.axes.facts.get(f"{side}lim"), 2)) for side in "xy"]
        inside = [
            (values >= low - 1e-9 * abs(low)) & (values <= high + 1e-9 * abs(high))
            for values, (low, high) in zip((self.x, self.y), limits, strict=True)
        ]
        return bool(np.mean(inside[0] & inside[1]) >= share)

    def follows(self, line: Sequence[float], box: Sequence[float], near: float = 0.01) -> bool:
        """Say whether it is the line `a*x + b*y + c = 0`, across a box.

        Args:
            line: a, b and c.
            box: Lowest and highest x, lowest and highest y.
            near: How far its points may be from the line, in units of the axes.
        """
        a, b, c = line
        length = float(np.hypot(a, b))
        if not length or self.x.size < 2:
            return False
        low, high = np.asarray(box, float).reshape(2, 2).T
        points = np.column_stack([self.x, self.y])
        if np.abs(points @ (a, b) + c).max() > near * length:
            return False
        ends = _chord((a, b, c), low, high)
        along = np.array([-b, a]) / length
        wanted, reached = np.sort(ends @ along), np.sort(points @ along)
        slack = 0.1 * float(np.ptp(wanted)) + near
        return bool(reached[0] <= wanted[0] + slack and reached[-1] >= wanted[-1] - slack)


def _chord(line: Sequence[float], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return where a line enters and leaves a box, shape `(n, 2)`; n is 0 if it misses it."""
    a, b, c = line
    crossings = []
    for side in (0, 1):
        mine, other = (a, b) if side == 0 else (b, a)
        for edge in (low[side], high[side]):
            if other:
                point = np.empty(2)
                point[side], point[1 - side] = edge, -(c + mine * edge) / other
                if low[1 - side] - 1e-9 <= point[1 - side] <= high[1 - side] + 1e-9:
                    crossings.append(point)
    return np.asarray(crossings).reshape(-1, 2)


def drawn(figure: Figure) -> list[Curve]:
    """Return every line that can be seen, also those of `contour`, `hlines` and `vlines`."""
    return [curve for axes in _seen(figure) for curve in _named(figure, axes, _lines(axes))]


def dots(figure: Figure) -> list[Curve]:
    """Return every group of dots of one colour and one marker, of `scatter` or of `plot`."""
    return [curve for axes in _seen(figure) for curve in _named(figure, axes, _dots(axes))]


def _seen(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.facts.get("hidden") is not True]


def _lines(axes: Axes) -> Iterator[Curve]:
    for line in axes.lines:
        if figures.is_drawn(line["linestyle"]):
            look = (line["color"], line["marker"], line["linestyle"], _label(line))
            yield from _curve(axes, line["x"], line["y"], look)
    for line in axes.polylines:
        look = (line["color"], "None", "-", _label(line))
        yield from _curve(axes, line["x"], line["y"], look, line["level"])


def _dots(axes: Axes) -> Iterator[Curve]:
    for line in axes.lines:
        if figures.is_drawn(line["marker"]):
            look = (line["markercolor"], line["marker"], line["linestyle"], _label(line))
            yield from _curve(axes, line["x"], line["y"], look)
    for points in axes.points:
        if points["kind"] != "PathCollection":
            continue
        colors, group = np.unique(points["colors"], axis=0, return_inverse=True)
        groups = [group.reshape(-1) == place for place in range(len(colors))][:_COLORS]
        if len(colors) > _COLORS:  # a scale of colours, and no classes
            groups = [np.ones(len(group), bool)]
        for place, chosen in enumerate(groups):
            shade = "#" + bytes(colors[place, :3].tolist()).hex()
            color = shade if len(groups) == len(colors) else ""
            x, y = points["xy"][chosen].T
            yield from _curve(axes, x, y, (color, points["marker"], "None", _label(points)))


def _curve(
    axes: Axes,
    x: np.ndarray,
    y: np.ndarray,
    look: tuple[str, str, str, str],
    level: float | None = None,
) -> Iterator[Curve]:
    finite = np.isfinite(x) & np.isfinite(y)
    if finite.any():
        yield Curve(axes, x[finite], y[finite], *look, level)


def _label(artist: Mapping[str, Any]) -> str:
    label = str(artist["label"])
    return "" if label.startswith("_") else label


def _named(figure: Figure, axes: Axes, found: Iterable[Curve]) -> list[Curve]:
    """Return curves with the names that the legends in reach give to their looks."""
    curves = list(found)
    entries = [entry for one in _together(figure, axes) for entry in one.entries]
    entries = [*entries, *figure.entries][:_ENTRIES]
    looks: dict[Look, list[Curve]] = {}
    for curve in curves:
        looks.setdefault(_look(curve), []).append(curve)
    return [replace(curve, names=_names(curve, looks[_look(curve)], entries)) for curve in curves]


def _names(
    curve: Curve, rivals: Sequence[Curve], entries: Sequence[LegendEntry]
) -> tuple[str, ...]:
    """Return the names of a curve, one of several `rivals` that look the same."""
    alike = [_plain(entry.text) for entry in entries if _looks_like(curve, entry)]
    if len(rivals) > 1:  # no look tells them apart: labels may, or their order
        if curve.label in alike:
            return (curve.label,)
        if len(rivals) == len(alike):
            return (alike[next(n for n, one in enumerate(rivals) if one is curve)],)
    return tuple(alike)


def _plain(text: str) -> str:
    """Return a name without the signs with which Matplotlib sets numbers in a legend."""
    return re.sub(r"\$\\mathdefault\{(.*?)\}\$", r"\1", text).replace("\N{MINUS SIGN}", "-").strip()


def _together(figure: Figure, axes: Axes) -> list[Axes]:
    """Return an Axes and its twins, which lie in the same place."""
    place = axes.facts.get("bounds")
    return [one for one in figure.axes if one is axes or (place and one.facts["bounds"] == place)]


def _looks_like(curve: Curve, entry: LegendEntry) -> bool:
    style, marker = figures.is_drawn(curve.linestyle), figures.is_drawn(curve.marker)
    if entry.color != curve.color or not entry.color:
        return False
    if entry.linestyle and style and entry.linestyle != curve.linestyle:
        return False
    both = figures.is_drawn(entry.marker) and marker
    return entry.marker == curve.marker if both else True


def _look(curve: Curve) -> Look:
    return curve.color, curve.marker, curve.linestyle


def ends(found: Sequence[Curve]) -> str:
    """Say where lines begin and end, for "Received: …"; of many those of the first two."""
    told = [
        "from ({}, {}) to ({}, {})".format(
            *(plain_number(float(v), 3) for v in (one.x[0], one.y[0], one.x[-1], one.y[-1]))
        )
        for one in found[:2]
    ]
    if len(told) < 2:
        return f"a line {told[0]}" if told else "no line"
    more = f", and {len(found) - 2} more" if len(found) > 2 else ""
    return f"lines {' and '.join(told)}{more}"


def showing(
    found: Iterable[Curve], values: np.ndarray, rule: str, next_step: str = "", near: float = 1e-4
) -> list[Curve]:
    """Claim that a curve has `values` as its y, and return those that have."""
    curves, wanted = list(found), np.asarray(values, float)
    right = [
        one
        for one in curves
        if one.y.shape == wanted.shape and np.allclose(one.y, wanted, rtol=near, atol=1e-7)
    ]
    noun = "curve" if len(curves) == 1 else "curves"
    reach = " to ".join(plain_number(float(one)) for one in (wanted.flat[0], wanted.flat[-1]))
    told = f"{len(curves)} {noun}, none of which is the one from {reach}" if curves else "no curve"
    claim(right, rule, told, next_step)
    return right


def running_over(
    found: Sequence[Curve], x: np.ndarray, rule: str, next_step: str = ""
) -> list[Curve]:
    """Claim that one of these curves has `x` as its x, and return those that have."""
    right = [one for one in found if one.x.shape == np.shape(x) and np.allclose(one.x, x)]
    told = ", ".join(f"{value:g}" for value in found[0].x[:3]) if found else "none"
    claim(right, rule, f"{told}, …", next_step)
    return right


def named(
    found: Sequence[Curve], fits: Callable[[str], object], rule: str, next_step: str = ""
) -> list[Curve]:
    """Claim that the legend gives one of these curves a name that fits, and return those."""
    right = [one for one in found if any(fits(name) for name in one.names)]
    told = ", ".join(repr(name) for one in found for name in one.names) or "no name in a legend"
    claim(right, rule, told, next_step)
    return right
