"""What hard neurons answer, how Rosenblatt's rule moves their weights, and slopes, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

#: What neurons for AND, OR and NAND answer to the four rows of bits.
TABLES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0]}

Case = tuple[np.ndarray, np.ndarray, float]


def fires(inputs: np.ndarray, weights: Sequence[float] | np.ndarray, bias: float) -> np.ndarray:
    """Return the answers, 0 or 1, of a neuron with a threshold to each row.

    A sum that is only rounding away from 0 counts as 0.
    """
    return np.asarray(inputs @ np.asarray(weights, float) + bias > 1e-9, dtype=int)


def wired_xor(inputs: np.ndarray, gates: Mapping[str, Sequence[float]]) -> np.ndarray:
    """Return the answers of AND to the answers of OR and NAND."""
    hidden = [fires(inputs, gates[name][:2], gates[name][2]) for name in ("OR", "NAND")]
    return fires(np.column_stack(hidden), gates["AND"][:2], gates["AND"][2])


def corrected(
    weights: np.ndarray, bias: float, row: np.ndarray, target: float, rate: float
) -> tuple[np.ndarray, float]:
    """Return weights and bias after one row, by Rosenblatt's rule."""
    error = float(target) - float(row @ weights + bias > 0)
    return weights + rate * error * row, bias + rate * error


def trained(
    inputs: np.ndarray, targets: np.ndarray, rate: float, epochs: int
) -> tuple[np.ndarray, float, list[int]]:
    """Return weights, bias and the errors of each epoch, of which the last has none if it can."""
    weights, bias, errors = np.zeros(inputs.shape[1]), 0.0, list[int]()
    for _ in range(epochs):
        before = list[float]()
        for row, target in zip(inputs, targets, strict=True):
            before.append(float(target) - float(row @ weights + bias > 0))
            weights, bias = corrected(weights, bias, row, target, rate)
        errors.append(int(np.count_nonzero(before)))
        if not errors[-1]:
            break
    return weights, bias, errors


def gradient(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, bias: float
) -> tuple[np.ndarray, float]:
    """Return the slopes of the mean binary cross-entropy of a sigmoid neuron."""
    errors = 1 / (1 + np.exp(-(inputs @ weights + bias))) - targets
    return inputs.T @ errors / len(errors), float(errors.mean())


def central_differences(factors: np.ndarray, parameters: np.ndarray, step: float) -> np.ndarray:
    """Return the differences of the probe's function: factors times cubes, neighbours' products.

    For a cube they are its slope and the square of the step, times its factor.
    """
    used = factors[: len(parameters)]
    framed = np.pad(parameters, 1)
    return np.asarray(used * (3 * parameters**2 + step**2) + framed[:-2] + framed[2:])
