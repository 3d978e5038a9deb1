"""Right answers in NumPy: a network of two layers, and a line that is trained with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def outputs(asked: Mapping[str, Any]) -> np.ndarray:
    """Return what the network that was drawn gives for its inputs, shape `(batch, units)`."""
    kernel, bias, last_kernel, last_bias = (array.astype(float) for array in asked["weights"])
    hidden = np.tanh(asked["x"].astype(float) @ kernel + bias)
    result: np.ndarray = hidden @ last_kernel + last_bias
    return result


def descent(asked: Mapping[str, Any], epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """Train a line with momentum, where each epoch is one step over all points.

    Args:
        asked: The points `x` and `y`, shape `(n,)`, the line at the `start`, its `velocity`, and
            the optimizer's `learning_rate` and `momentum`.
        epochs: How many steps to make.

    Returns:
        The lines `(w, b)` before each epoch and after the last, shape `(epochs + 1, 2)`, and their
        mean squared errors, shape `(epochs + 1,)`.
    """
    x, y = asked["x"], asked["y"]
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
