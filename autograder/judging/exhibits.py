"""What a check shows beside its sentence: arrays side by side, layers, a figure reached.

A claim puts an exhibit out; the judge takes it with the verdict. An exhibit decides nothing, and
what cannot be shown is left out.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from itertools import zip_longest
from typing import ParamSpec

import numpy as np

from autograder.records import (
    Contrast,
    Curve,
    Exhibit,
    LayerRow,
    LayerTable,
    Lines,
    Reached,
    Spread,
)

#: Sides of an array that is shown; a larger one is thinned out.
MAX_SIDE = 160
MAX_LAYERS, MAX_TEXT, MAX_EPOCHS, MAX_LINES = 40, 200, 500, 10
#: Of fewer values each can be looked at by itself; more are counted in so many steps.
LEAST_VALUES, STEPS = 32, 24
_NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)  # a box tells it, and a legend shows it
_LOG = logging.getLogger("autograder")
_P = ParamSpec("_P")
_shown: ContextVar[list[Exhibit] | None] = ContextVar("shown", default=None)


def begin() -> None:
    """Begin a check: nothing is shown yet."""
    _shown.set([])


def taken() -> tuple[Exhibit, ...]:
    """Return what the check has shown, the last one of each kind; and show no more."""
    shown = _shown.get() or []
    _shown.set(None)
    return tuple({type(exhibit): exhibit for exhibit in shown}.values())


def _harmless(show: Callable[_P, None]) -> Callable[_P, None]:
    """Return a function that shows something, or nothing: a picture is no reason to mark nobody."""

    @functools.wraps(show)
    def shows(*arguments: _P.args, **options: _P.kwargs) -> None:
        try:
            show(*arguments, **options)
        except Exception:  # noqa: BLE001 - whatever an answer holds
            _LOG.debug("Not shown:", exc_info=True)

    return shows


@_harmless
def compare(received: object, expected: object) -> None:
    """Show two arrays side by side, if the check fails.

    Many values are counted, whatever their shapes; of one shape, their difference is shown too.

    Args:
        received: What the submission gave.
        expected: What is right.
    """
    ours, theirs = np.asarray(expected), np.asarray(received)
    if _shown.get() is None or not _are_numbers(ours, theirs):
        return
    ours, theirs = ours.astype(float), theirs.astype(float)
    off = np.abs(ours - theirs) if ours.shape == theirs.shape else np.empty(0)
    if off.size >= 4 and np.isfinite(off).all() and off.any():
        worst = np.unravel_index(int(off.argmax()), off.shape)
        differing = int((off > 1e-6 * np.abs(ours).max(initial=1e-6)).sum())
        received, where = _plane(theirs, worst)
        _show(Contrast(received, _plane(ours, worst)[0], where, differing, ours.size))
    _count(theirs, ours)


@_harmless
def count(received: object) -> None:
    """Show how often which values occur in an array, if the check fails.

    Args:
        received: What the submission gave, where nothing is known to hold it against.
    """
    values = np.asarray(received)
    if _shown.get() is not None and _are_numbers(values):
        _count(values.astype(float), None)


@_harmless
def compare_lines(received: object, expected: object) -> None:
    """Show lines beside the right ones, over the square from 0 to 1, if the check fails.

    Args:
        received: What the submission gave: rows `(a, b, c)` of `a*x1 + b*x2 + c = 0`.
        expected: What is right, in the same form.
    """
    sides = []
    for rows in (received, expected):
        values = np.asarray(rows, float)
        if values.ndim != 2 or values.shape[1] != 3 or not np.isfinite(values).all():
            return
        sides.append(tuple(tuple(row) for row in values[:MAX_LINES].tolist()))
    _show(Lines(*sides))


@_harmless
def training(metrics: Mapping[str, Sequence[float]]) -> None:
    """Show how the training went of which a figure was reached.

    Args:
        metrics: One value an epoch of each.
    """
    epochs = max(map(len, metrics.values()))
    curves = {name: tuple(map(float, values)) for name, values in metrics.items()}
    whole = {
        name: values
        for name, values in curves.items()
        if len(values) == epochs and _NAME.fullmatch(name)
    }
    if whole and 1 < epochs <= MAX_EPOCHS:
        _show(Curve(epochs, whole))


@_harmless
def reached(
    name: str,
    value: float,
    least: float,
    band: tuple[float, float] | None = None,
    *,
    holds: bool,
) -> None:
    """Show a figure beside the bound that counts; also where it is good enough.

    Args:
        name: What it is.
        value: What was received.
        least: What is asked for.
        band: Between which two values right solutions were measured.
        holds: Whether it is as good as asked for.
    """
    _show(Reached(name, float(value), float(least), band, bool(holds)))


@_harmless
def show_rows(received: Iterable[str], asked: Iterable[str]) -> None:
    """Show a model's layers beside those that are asked for, in words, if the check fails.

    Args:
        received: The layers in order.
        asked: Those that are asked for, told alike where they are the same.
    """
    pairs = zip_longest(received, asked, fillvalue="none")
    rows = tuple(LayerRow(one[:MAX_TEXT], other[:MAX_TEXT]) for one, other in pairs)[:MAX_LAYERS]
    if any(row.differs for row in rows):
        _show(LayerTable(rows))


def _are_numbers(*arrays: np.ndarray) -> bool:
    return all(array.dtype.kind in "biuf" for array in arrays)


def _count(received: np.ndarray, expected: np.ndarray | None) -> None:
    """Show many values by how often they occur, in steps that both arrays share."""
    if received.size < LEAST_VALUES or (expected is not None and expected.size < LEAST_VALUES):
        return
    usable = [one[np.isfinite(one)] for one in (received, expected) if one is not None]
    every = np.concatenate([one.ravel() for one in usable])
    if not every.size or (expected is not None and np.array_equal(received, expected)):
        return
    low, high = float(every.min()), float(every.max())
    if high - low < STEPS and (every == np.round(every)).all():  # each whole number by itself
        edges = np.arange(low - 0.5, high + 1)
    else:
        edges = np.linspace(low, high, STEPS + 1)
    counts = [tuple(np.histogram(one, edges)[0].tolist()) for one in usable]
    ranges = [(float(one.min()), float(one.max())) if one.size else () for one in usable]
    ours, reach = (counts[1], ranges[1]) if expected is not None else ((), ())
    unusable = received.size - usable[0].size
    _show(Spread(tuple(edges.tolist()), counts[0], ours, (ranges[0], reach), unusable))


def _show(exhibit: Exhibit) -> None:
    shown = _shown.get()
    if shown is not None:
        shown.append(exhibit)


def _plane(values: np.ndarray, worst: tuple[np.intp, ...]) -> tuple[np.ndarray, str]:
    """Return the plane that the worst difference lies in, and which one it is."""
    if values.ndim < 2:
        return _thinned(values.reshape(1, -1)), ""
    rows, columns = _axes(values.shape)
    place = [slice(None) if axis in (rows, columns) else worst[axis] for axis in range(values.ndim)]
    shown = [":" if axis in (rows, columns) else str(worst[axis]) for axis in range(values.ndim)]
    where = f"[{', '.join(shown)}]" if values.ndim > 2 else ""
    return _thinned(values[tuple(place)]), where


def _axes(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the axes that are rows and columns: of a batch with channels those in the middle."""
    if len(shape) == 4 or (len(shape) == 3 and shape[-1] <= 4):
        return len(shape) - 3, len(shape) - 2
    return len(shape) - 2, len(shape) - 1


def _thinned(plane: np.ndarray) -> np.ndarray:
    steps = [max(1, -(-side // MAX_SIDE)) for side in plane.shape]
    return plane[:: steps[0], :: steps[1]].astype(np.float32)
