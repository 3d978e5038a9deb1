"""What perceptrons compute: gates, sigmoids, cross-entropy and decision lines, in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
#: What the probe lends: at the first training of a call, and at each later one.
AND_UNIT = [np.array([[4.0], [4.0]]), np.array([-6.0])]
OR_UNIT = [np.array([[6.0], [6.0]]), np.array([-3.0])]


def crossentropy(outputs: np.ndarray, targets: Sequence[int]) -> float:
    """Return the binary cross-entropy of outputs of shape (n,), averaged over the rows."""
    likely = np.abs(np.asarray(targets) - 1 + np.clip(outputs.astype(float), 1e-7, 1 - 1e-7))
    return float(-np.mean(np.log(likely)))


def forward(weights: Sequence[np.ndarray], inputs: np.ndarray = INPUTS) -> np.ndarray:
    """Return a sigmoid network's outputs of its one unit for each row, shape (n,)."""
    signal = inputs.astype(float)
    with np.errstate(over="ignore"):
        for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
            signal = 1 / (1 + np.exp(-(signal @ kernel + bias)))
    return signal[:, 0]


def lines_of(weights: list[np.ndarray]) -> np.ndarray:
    """Return the decision lines of the first layer, shape (units, 3): w1, w2, b."""
    return np.column_stack([weights[0].T, weights[1]]).astype(float)


def same_lines(received: np.ndarray, expected: np.ndarray) -> bool:
    """Say whether two sets of rows are the same, whatever their order and each one's factor."""
    lengths = np.linalg.norm(received, axis=1, keepdims=True)
    if not (lengths > 0).all():
        return False
    unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    near = np.abs(received / lengths @ unit.T) > 1 - 1e-6
    return bool(near.any(axis=0).all() and near.any(axis=1).all())
