"""What surrounds one call into a submission: its time, its figures, its copies, what is lent."""

from __future__ import annotations

import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np


class CallTimedOut(BaseException):
    """The call's own time is up. A BaseException, so that `except Exception` lets it through."""


def copy(value: Any) -> Any:
    """Return `value` with its arrays and images copied, so that nothing done to them lasts."""
    pillow = sys.modules.get("PIL.Image")
    if isinstance(value, np.ndarray) or (pillow and isinstance(value, pillow.Image)):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(copy(item) for item in value)
    return value


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


@contextmanager
def closed_figures() -> Iterator[None]:
    """Begin and end without an open Matplotlib figure."""
    import matplotlib.pyplot as plt

    plt.close("all")
    try:
        yield
    finally:
        plt.close("all")


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
