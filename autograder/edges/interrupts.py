"""Ends a long run at Ctrl-C, at `kill`, or when its terminal is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether a signal has requested the end of the run, and which one."""

    def __init__(self) -> None:
        self._signal: int | None = None

    def ask(self, number: int, _frame: FrameType | None = None) -> None:
        """Interrupt the main thread, as Ctrl-C does.

        Raises:
            KeyboardInterrupt: Always.
        """
        self._signal = number
        raise KeyboardInterrupt

    def check(self) -> None:
        """Interrupt again: raised within a callback of a library, the first one is lost.

        Raises:
            KeyboardInterrupt: A signal has requested the end.
        """
        if self._signal is not None:
            raise KeyboardInterrupt

    @property
    def status(self) -> int:
        """The exit status that a shell gives a process ended by that signal."""
        return 128 + (self._signal or signal.SIGINT)


@contextmanager
def interruptible() -> Iterator[Stop]:
    """Turn signals that request an end into `KeyboardInterrupt`, where no handler acts on them.

    A Jupyter server has handlers of its own, and only the main thread may set any.
    """
    stop = Stop()
    replaced = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if handler in (signal.SIG_DFL, signal.default_int_handler):
                replaced[number] = handler
                signal.signal(number, stop.ask)
    try:
        yield stop
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
