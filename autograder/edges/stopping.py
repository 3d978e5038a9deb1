"""Ends a long run when asked to by Ctrl-C, by `kill`, or by a terminal that is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether the run was asked to end, and by which signal."""

    def __init__(self) -> None:
        self._signal: int | None = None

    def ask(self, number: int, _frame: FrameType | None = None) -> None:
        """Interrupt the main thread, as Ctrl-C does."""
        self._signal = number
        raise KeyboardInterrupt

    def check(self) -> None:
        """Interrupt again: raised within a callback of a library, the first one is lost."""
        if self._signal is not None:
            raise KeyboardInterrupt

    @property
    def status(self) -> int:
        """The exit status that a shell gives a process ended by that signal."""
        return 128 + (self._signal or signal.SIGINT)


@contextmanager
def watched() -> Iterator[Stop]:
    """Turn signals that ask for an end into `KeyboardInterrupt`, where nobody else acts on them.

    A Jupyter server has handlers of its own, and only the main thread may set any.
    """
    stop = Stop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _ASKING:
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = handler
                signal.signal(number, stop.ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
