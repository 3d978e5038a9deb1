"""What surrounds one call into a submission: seeds, time, figures, copies, what is lent."""

from __future__ import annotations

import random
import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

_MOMENT_S = 0.2


class CallTimedOut(BaseException):
    """The call's own time is up. A BaseException, so that `except Exception` lets it through."""


def copy(value: Any) -> Any:
    """Return `value` with its arrays, images and containers copied: nothing done to them lasts."""
    if isinstance(value, np.ndarray) or _is_image(value):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(copy(item) for item in value)
    if type(value) is dict:
        return {key: copy(item) for key, item in value.items()}
    return value


def changed(
    given: tuple[Sequence[Any], Mapping[str, Any]], left: tuple[Sequence[Any], Mapping[str, Any]]
) -> tuple[int | str, ...]:
    """Return which arguments of a call are no longer what they were.

    Args:
        given: The positional and the keyword arguments as they were.
        left: Their copies, which the call was given.

    Returns:
        The places, from 0, and the keywords of those that were changed.
    """
    places = [n for n, pair in enumerate(zip(given[0], left[0], strict=True)) if not _same(*pair)]
    names = [name for name, value in given[1].items() if not _same(value, left[1].get(name))]
    return (*places, *names)


def _same(value: Any, other: Any) -> bool:
    """Say whether a copy is still as the original; what is never copied counts as the same."""
    if isinstance(value, np.ndarray):
        alike = isinstance(other, np.ndarray) and value.dtype == other.dtype
        if not alike or value.shape != other.shape:
            return False
        return bool(value.dtype.hasobject or value.tobytes() == other.tobytes())
    if _is_image(value):
        alike = type(value) is type(other) and (value.mode, value.size) == (other.mode, other.size)
        return alike and value.tobytes() == other.tobytes()
    if type(value) in (list, tuple):
        alike = type(value) is type(other) and len(value) == len(other)
        return alike and all(map(_same, value, other))
    if type(value) is dict:
        alike = type(other) is dict and list(value) == list(other)
        return alike and all(_same(item, other[key]) for key, item in value.items())
    if value is None or isinstance(value, (bool, int, float, str)):
        return type(value) is type(other) and repr(value) == repr(other)  # also for NaN
    return True


def _is_image(value: Any) -> bool:
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def seed_all(seed: int) -> None:
    """Seed whatever a student's code may draw from."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what students' code draws from
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.utils.set_random_seed(seed)


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise `CallTimedOut` in the running code after `seconds`."""

    def ring(_signal: int, _frame: object) -> None:
        raise CallTimedOut

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextmanager
def paused_alarm() -> Iterator[None]:
    """Stop the running alarm's clock meanwhile."""
    left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left_s)


class Budget:
    """The time that several pieces of code have together; time in which alarms rest is free."""

    def __init__(self, seconds: float) -> None:
        self._left_s = seconds

    def share(self, most_s: float) -> float:
        """Return how long the next piece may run: a moment at least."""
        return max(min(most_s, self._left_s), _MOMENT_S)

    def measured(self, action: Callable[[], Any]) -> Callable[[], Any]:
        """Return `action` with its time, by the running alarm, taken off the budget."""

        def run() -> Any:
            before_s = signal.getitimer(signal.ITIMER_REAL)[0]
            try:
                return action()
            finally:
                self._left_s -= before_s - signal.getitimer(signal.ITIMER_REAL)[0]

        return run


@contextmanager
def closed_figures() -> Iterator[None]:
    """Begin and end without an open Matplotlib figure."""
    _close_figures()
    try:
        yield
    finally:
        _close_figures()


def _close_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")  # where it was never loaded nothing is open
    if pyplot is not None:
        pyplot.close("all")


@contextmanager
def lent(module: types.ModuleType, functions: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Let the code of `module` find `functions` in place of its own of those names."""
    own = {name: vars(module)[name] for name in functions if name in vars(module)}
    vars(module).update(functions)
    try:
        yield
    finally:
        for name in functions:
            vars(module).pop(name, None)
        vars(module).update(own)
