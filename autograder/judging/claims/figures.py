"""What a student's picture shows, read for graders: words, shapes, curves and heat maps.

All of it comes from a student box: what is not as it should be counts as nothing, and costs
nobody but its student a point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judging.checks import array, claim
from autograder.values import Axes, Figure


def words(value: object) -> list[str]:
    """Return the entries of a list as text; nothing of what is no list."""
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []


def numbers(value: object, count: int) -> list[float]:
    """Return `count` numbers; what is none counts as NaN."""
    given = list(value)[:count] if isinstance(value, (list, tuple)) else []
    given += [None] * (count - len(given))
    return [
        float(one) if isinstance(one, (int, float)) and abs(one) < 1e9 else np.nan for one in given
    ]


def texts(figure: Figure) -> list[str]:
    """Return every text of a figure that is not empty."""
    found = [figure.title, *figure.texts]
    for axes in figure.axes:
        found += [axes.title, axes.xlabel, axes.ylabel, *axes.legend]
        for kind in ("texts", "cells", "xticklabels", "yticklabels"):
            found += words(axes.facts.get(kind))
    return [text for text in found if text.strip()]


def mentions(text: str, name: str) -> int:
    """Return how often a text has a name as a word of its own."""
    return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))


def shapes(text: str) -> list[tuple[int, ...]]:
    """Return the rows of numbers in a text, such as (24, 24, 5) of "(None, 24, 24, 5)"."""
    digits = r"\d{1,6}"
    signs = "[,x*\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}]"
    rows = re.findall(rf"(?<![\d.]){digits}(?:\s*{signs}\s*{digits})*", text, re.IGNORECASE)
    found = [tuple(int(one) for one in re.findall(digits, row)) for row in rows]
    found += [(int(row.replace(",", "")),) for row in re.findall(r"\d{1,3},\d{3}", text)]
    # (1, 24, 24, 5) is what is left of "(-1, 24, 24, 5)" or of one image.
    return [row[1:] if len(row) > 1 and row[0] == 1 else row for row in found]


def curves(figure: Figure) -> Iterator[tuple[np.ndarray, np.ndarray, Mapping[str, Any]]]:
    """Yield x, y and the facts of every line of a picture."""
    for axes in figure.axes:
        for line in axes.lines:
            x, y = (np.asarray(line[name], float).ravel() for name in "xy")
            if x.size == y.size and x.size and np.isfinite(x).all() and np.isfinite(y).all():
                yield x, y, line


def axis_names(figure: Figure, axes: Axes, side: str) -> list[str]:
    """Return what can be read as the name of an axis ("x" or "y").

    That is its label, or that of a twin, of other panels in its column (for x) or row (for y),
    or a text of the whole figure.
    """
    names = [
        one.xlabel if side == "x" else one.ylabel
        for one in figure.axes
        if _lies_along(one, axes, side) and one.facts.get("axis_off") is not True
    ]
    return [name.strip() for name in (*names, *figure.texts) if name.strip()]


def _lies_along(one: Axes, axes: Axes, side: str) -> bool:
    bounds = [numbers(each.facts.get("bounds"), 4) for each in (one, axes)]
    start, size = (0, 2) if side == "x" else (1, 3)
    middles = [each[start] + each[size] / 2 for each in bounds]
    return one is axes or abs(middles[0] - middles[1]) < 0.1 * bounds[1][size]


def is_drawn(style: object) -> bool:
    """Say whether a marker or a line style is one that can be seen."""
    return str(style) not in ("None", "", " ")


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A matrix drawn in colours.

    Attributes:
        axes: Where it is drawn.
        values: What the colours stand for, shape `(n, n)`.
        edges: x before the first column and after the last, y before the first row and after the
            last.
    """

    axes: Axes
    values: np.ndarray
    edges: Sequence[float]

    def shows(self, counts: np.ndarray) -> bool:
        """Say whether it shows counts, or their shares of all or of each row; percents count."""
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        likely = (counts, counts / counts.sum(), shares, 100 * shares)
        return any(np.allclose(self.values, one, rtol=1e-3, atol=1e-6) for one in likely)

    def is_turned(self) -> bool:
        """Say whether the axes are named the other way round: predicted downwards."""
        down, across = self.axes.ylabel.lower(), self.axes.xlabel.lower()
        return "predict" in down and "predict" not in across

    def names_along(self, side: str) -> list[list[str]]:
        """Return, for each column ("x") or row ("y"), the names of the ticks in its middle."""
        names = words(self.axes.facts.get(f"{side}ticklabels"))
        ticks = numbers(self.axes.facts.get(f"{side}ticks"), len(names))
        centres = self._centres(side)
        width = np.abs(np.diff(centres)).max()
        pairs = list(zip(names, ticks, strict=True))
        return [
            [name.strip() for name, tick in pairs if abs(tick - centre) < width / 3]
            for centre in centres
        ]

    def texts_in(self, row: int, column: int) -> list[str]:
        """Return what is written in one cell."""
        given = self.axes.facts.get("places")
        places = [numbers(one, 2) for one in given] if isinstance(given, list) else []
        xs, ys = self._centres("x"), self._centres("y")
        width, height = np.abs(np.diff(xs)).max(), np.abs(np.diff(ys)).max()
        return [
            text.strip()
            for text, (x, y) in zip(words(self.axes.facts.get("texts")), places, strict=False)
            if abs(x - xs[column]) < width / 2 and abs(y - ys[row]) < height / 2
        ]

    def _centres(self, side: str) -> np.ndarray:
        first, last = self.edges[:2] if side == "x" else self.edges[2:]
        count = len(self.values)
        return first + (np.arange(count) + 0.5) * (last - first) / count


def heat_map(figure: Figure) -> HeatMap:
    """Claim that a picture has a heat map of 10 rows and 10 columns, and return it."""
    found = [
        (axes, image, place) for axes in figure.axes for place, image in enumerate(axes.images)
    ]
    rule = "The picture must show a heat map of 10 rows and 10 columns"
    claim(found, rule, "no heat map", "Draw the matrix with `ax.imshow`.")
    square = [one for one in found if one[1].shape == (10, 10)]
    told = ", ".join(str(image.shape) for _, image, _ in found)
    claim(square, rule, f"an image of shape {told}", "Count with labels=range(10).")
    axes, image, place = square[0]
    every = axes.facts.get("edges")
    edges = every[place] if isinstance(every, list) and place < len(every) else None
    return HeatMap(axes, array(image, rule).astype(float), numbers(edges, 4))


def tells(written: Sequence[str], count: int) -> bool:
    """Say whether one of the texts in a cell is its number; a cell of 0 may be empty."""
    found = [float(one) for text in written for one in re.findall(r"\d+(?:\.\d+)?", text)[:1]]
    return count in found or (count == 0 and not found)
