"""Images of a picture, panel by panel: in which grid, under which title, in which colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.judging.checks import claim
from autograder.judging.claims.figures import numbers
from autograder.values import Axes, Figure, Grid


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """An Axes that shows an image.

    Attributes:
        axes: The Axes.
        grid: The image that lies uppermost in it.
    """

    axes: Axes
    grid: Grid

    @property
    def title(self) -> str:
        """The title that stands above it."""
        return self.axes.title.strip()

    def seen(self) -> np.ndarray:
        """Return the image's values as they are seen: the first row at the top, left to right."""
        left, right, first, last = numbers(list(self.grid.edges), 4)
        x, y = (numbers(self.axes.facts.get(f"{side}lim"), 2) for side in "xy")
        values = self.grid.values
        if (last - first) * (y[1] - y[0]) > 0:
            values = values[::-1]
        return values[:, ::-1] if (right - left) * (x[1] - x[0]) < 0 else values

    def is_whole(self) -> bool:
        """Say whether the limits of the axes show all of it."""
        edges = numbers(list(self.grid.edges), 4)
        shown = [sorted(numbers(self.axes.facts.get(f"{side}lim"), 2)) for side in "xy"]
        return all(
            low <= min(pair) + 0.5 and high >= max(pair) - 0.5
            for pair, (low, high) in zip((edges[:2], edges[2:]), shown, strict=True)
        )

    def is_cut_off(self) -> bool:
        """Say whether most of the image's values lie outside those that colours are given to."""
        values, low, high = self.grid.values, self.grid.vmin, self.grid.vmax
        if values.ndim != 2 or not values.size or self.grid.norm != "Normalize":
            return False
        if low is None or high is None:
            return False
        least, most = float(values.min()), float(values.max())
        return min(high, most) - max(low, least) < (most - least) / 2

    def greys(self) -> np.ndarray | None:
        """Return the image as it is seen, from 0 (black) to 1 (white); None if it has colours."""
        values = self.seen()
        if values.ndim == 3:
            return _of_colours(values)
        return self._of_values(values)

    def _of_values(self, values: np.ndarray) -> np.ndarray | None:
        grid = self.grid
        shades = [_shade(color) for color in grid.colors]
        if None in shades or not shades or grid.norm not in ("Normalize", "NoNorm"):
            return None
        if grid.vmin is None or grid.vmax is None:
            return None
        with np.errstate(all="ignore"):
            size = (grid.vmax - grid.vmin) or 1.0
            parts = ((values.astype(float) - grid.vmin) / size).clip(0, 1)
        known = np.asarray(shades, float)
        return np.asarray(np.interp(parts, np.linspace(0, 1, len(known)), known))


def _of_colours(values: np.ndarray) -> np.ndarray | None:
    if values.shape[2] not in (3, 4) or not np.allclose(values[..., :3], values[..., :1]):
        return None
    first = values[..., 0]
    greys = first / 255 if first.dtype.kind in "iu" else first.astype(float)
    return np.asarray(greys.clip(0, 1))


def _shade(color: str) -> float | None:
    """Return how bright a colour such as "#808080" is, None if it is no grey."""
    try:
        red, green, blue = bytes.fromhex(color.removeprefix("#"))[:3]
    except ValueError:
        return None
    return red / 255 if max(red, green, blue) - min(red, green, blue) <= 3 else None


def of(figure: Figure) -> list[Panel]:
    """Return the Axes with an image, row by row, from left to right; no colour bars."""
    return [panel for row in rows(figure) for panel in row]


def rows(figure: Figure) -> list[list[Panel]]:
    """Return the rows of Axes with an image, from the top, each from left to right."""
    shown = [
        Panel(axes, axes.grids[-1])
        for axes in figure.axes
        if axes.grids
        and axes.facts.get("hidden") is not True
        and axes.facts.get("colorbar") is not True
    ]
    found: list[list[Panel]] = []
    for panel in sorted(shown, key=lambda one: -_middle(one)[1]):
        height = numbers(panel.axes.facts.get("bounds"), 4)[3]
        if found and abs(_middle(found[-1][0])[1] - _middle(panel)[1]) < height / 2:
            found[-1].append(panel)
        else:
            found.append([panel])
    return [sorted(row, key=lambda one: _middle(one)[0]) for row in found]


def _middle(panel: Panel) -> tuple[float, float]:
    x, y, width, height = numbers(panel.axes.facts.get("bounds"), 4)
    return x + width / 2, y + height / 2


def in_grid(figure: Figure, height: int, width: int, next_step: str = "") -> list[Panel]:
    """Claim that the images lie in a grid, and return them row by row.

    Args:
        figure: The picture.
        height: The number of rows.
        width: The number of images in each.
        next_step: What to do otherwise.
    """
    found = rows(figure)
    count = sum(map(len, found))
    rule = f"The picture must show {height * width} images, each in Axes of its own"
    claim(count == height * width, rule, f"{count}", next_step)
    told = " and ".join(str(len(row)) for row in found)
    rule = f"The images must lie in {height} rows of {width}"
    claim([len(row) for row in found] == [width] * height, rule, f"rows of {told}", next_step)
    return [panel for row in found for panel in row]


def in_greys(panel: Panel, place: str) -> np.ndarray:
    """Claim that an image is drawn in greys, and return them: 0 is black, 1 is white."""
    greys = panel.greys()
    rule = f"{place} must be drawn in greys"
    claim(greys is not None, rule, f"the colour map {panel.grid.cmap!r}", 'Give cmap="gray".')
    assert greys is not None
    return greys
