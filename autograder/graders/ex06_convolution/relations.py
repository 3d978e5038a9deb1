"""What one answer says of another: so a mistake made elsewhere costs nothing here.

A stride picks out results of the same function without a stride; padding is the same as zeros in
the image; a bias is what the results differ by from those without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np

from autograder.judging import CheckFailed, Evidence, NoEvidence, numbers_of


def base_of(evidence: Evidence, key: str) -> np.ndarray | None:
    """Return the answer to the simpler call; None where it was not asked, or tells nothing."""
    try:
        values = numbers_of(evidence.value(f"{key.removesuffix('.lent')}.base"))
    except NoEvidence:
        return None
    if values is None or values.ndim < 2 or not np.isfinite(values).all():
        return None
    # What is the same everywhere, whatever was given, can be laid on anything.
    return values.astype(float) if values.size > 1 and values.max() > values.min() else None


def picks_out(received: np.ndarray, base: np.ndarray, stride: int, shape: tuple[int, ...]) -> bool:
    """Say whether an answer is every `stride`-th row and column of its base.

    The axes of both may be in another order than that of `shape`, which is the right one.
    """
    return any(
        _near(received.transpose(order), base.transpose(order)[::stride, ::stride])
        for order in _orders(received, base, shape)
    )


def differs_by(
    received: np.ndarray, base: np.ndarray, bias: np.ndarray, shape: tuple[int, ...]
) -> bool:
    """Say whether an answer is its base with one number added to each map."""
    return received.shape == base.shape and any(
        _near(received.transpose(order), base.transpose(order) + bias)
        for order in _orders(received, base, shape)
    )


def _orders(
    received: np.ndarray, base: np.ndarray, shape: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    if received.ndim == base.ndim == len(shape):
        for order in permutations(range(received.ndim)):
            if received.transpose(order).shape == shape:
                yield order


def _near(received: np.ndarray, expected: np.ndarray) -> bool:
    largest = float(np.abs(expected).max(initial=0))
    return received.shape == expected.shape and np.allclose(
        received, expected, rtol=0, atol=1e-5 * largest + 1e-9
    )


def holds(claims: Callable[[], object]) -> bool:
    """Say whether claims hold: `claims` is a function that makes them."""
    try:
        claims()
    except (CheckFailed, NoEvidence):
        return False
    return True
