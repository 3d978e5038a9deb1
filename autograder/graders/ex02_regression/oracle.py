"""The points that `make_data` of ex02_regression must give, and what those that it gave show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judging import Evidence, array, claim, describe, plain_number


def _column(value: object, rule: str) -> np.ndarray:
    """Claim numbers, as a row or as a column, and return them flat."""
    found = array(value, rule)
    claim(max(found.shape, default=0) == found.size > 0, rule, f"an array of shape {found.shape}")
    return found.astype(float).ravel()


def returned_pair(evidence: Evidence, key: str) -> tuple[Any, Any]:
    """Claim that a call of `make_data` returned two values, and return them."""
    value = evidence.value(f"make_data.{key}")
    rule = "`make_data` must return two arrays, (x, y)"
    listed = isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim)
    claim(listed, rule, describe(value))
    claim(len(value) == 2, rule, f"{len(value)} values")
    return value[0], value[1]


def drawn_points(evidence: Evidence, key: str) -> np.ndarray:
    """Return the points of one call of `make_data`, shape (n, 2), in whatever form they came."""
    rule = "`make_data` must return as many y as x"
    x, y = (_column(part, rule) for part in returned_pair(evidence, key))
    claim(x.size == y.size, rule, f"{x.size} and {y.size}")
    points = np.column_stack([x, y])
    claim(
        np.all(np.abs(points) < 1e6), rule, f"values up to {plain_number(np.abs(points).max(), 3)}"
    )
    return points


def expected_points(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and the noise that the text's two draws give, shape (200,) each."""
    generator = np.random.RandomState(seed)
    x = generator.uniform(-2, 2, 200)
    return x, generator.normal(0, 0.5 + x**2 / 3)


@dataclass(frozen=True)
class Scatter:
    """The points of all seeds, each once: where they are, and how wide the noise is there.

    `noise` is what the text's recipe gives, where x is what it gives; else None.
    """

    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray
    noise: np.ndarray | None

    def line(self) -> tuple[np.ndarray, np.ndarray]:
        """Return slope and intercept by weighted least squares, and their standard errors."""
        design = np.column_stack([self.x, np.ones_like(self.x)]) / self.scale[:, None]
        line = np.linalg.lstsq(design, self.y / self.scale, rcond=None)[0]
        return line, np.sqrt(np.diag(np.linalg.pinv(design.T @ design)))

    def exact_line(self) -> np.ndarray | None:
        """Return slope and intercept, if what is left without the recipe's noise is a line."""
        if self.noise is None:
            return None
        rest = self.y - self.noise
        line = np.polyfit(self.x, rest, 1)
        return line if np.abs(np.polyval(line, self.x) - rest).max() < 1e-4 else None


def scatter(evidence: Evidence) -> Scatter:
    """Return the points of all seeds together."""
    points, noises = [], []
    for place, seed in enumerate(evidence.inputs["seeds"]):
        drawn = drawn_points(evidence, str(place))
        x, noise = expected_points(seed)
        if drawn.shape == (200, 2) and np.allclose(drawn[:, 1], x, atol=1e-5):
            drawn = drawn[:, ::-1]  # y before x, which is another check's
        as_told = drawn.shape == (200, 2) and np.allclose(drawn[:, 0], x, atol=1e-5)
        points.append(drawn)
        noises.append(noise if as_told else None)
    every, first = np.unique(np.concatenate(points), axis=0, return_index=True)
    x, y = every.T
    claim(np.ptp(x) > 0.1, "x must be spread from -2 to 2", "all x alike")
    known = [noise for noise in noises if noise is not None]
    every_noise = np.concatenate(known)[first] if len(known) == len(noises) else None
    return Scatter(x, y, 0.5 + x**2 / 3, every_noise)
