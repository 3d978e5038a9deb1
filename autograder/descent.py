"""A line under gradient descent with momentum, in NumPy: each epoch is one step over all points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def descent(asked: Mapping[str, Any], rows: int, epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines `(w, b)` before each epoch and after the last, and their losses.

    Args:
        asked: The points `x` and `y`, the line at the `start`, its `velocity`, and the optimizer's
            `learning_rate` and `momentum`.
        rows: How many of the points are learnt from.
        epochs: How many steps to make.
    """
    x, y = asked["x"][:rows], asked["y"][:rows]
    inputs = np.column_stack([x, np.ones_like(x)])
    line, velocity = np.array(asked["start"], float), np.array(asked["velocity"], float)
    lines, losses = [line], [float(np.mean((inputs @ line - y) ** 2))]
    for _ in range(epochs):
        slope = 2 * (inputs @ line - y) @ inputs / len(y)
        velocity = asked["momentum"] * velocity - asked["learning_rate"] * slope
        line = line + velocity
        lines.append(line)
        losses.append(float(np.mean((inputs @ line - y) ** 2)))
    return np.array(lines), np.array(losses)
