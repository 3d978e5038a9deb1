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

from autograder.records import Contrast, Curve, Exhibit, LayerRow, LayerTable, Reached

#: Sides of an array that is shown; a larger one is thinned out.
MAX_SIDE = 160
MAX_LAYERS, MAX_TEXT, MAX_EPOCHS = 40, 200, 500
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
    """Show two arrays of one shape side by side, if the check fails.

    Args:
        received: What the submission gave.
        expected: What is right.
    """
    ours, theirs = np.asarray(expected), np.asarray(received)
    if _shown.get() is None or ours.shape != theirs.shape or ours.size < 4:
        return
    if ours.dtype.kind not in "biuf" or theirs.dtype.kind not in "biuf":
        return
    ours, theirs = ours.astype(float), theirs.astype(float)
    off = np.abs(ours - theirs)
    if np.isfinite(off).all() and off.any():
        worst = np.unravel_index(int(off.argmax()), off.shape)
        differing = int((off > 1e-6 * np.abs(ours).max(initial=1e-6)).sum())
        received, where = _plane(theirs, worst)
        _show(Contrast(received, _plane(ours, worst)[0], where, differing, ours.size))


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
