"""Ends a long run at Ctrl-C, at `kill`, or when its terminal is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: A database that is locked may take longer; then it is interrupted all the same.
_PUT_OFF_S, _MOST_PUT_OFF = 0.02, 100


class Stop:
    """Whether a signal has requested the end of the run, and which one."""

    def __init__(self) -> None:
        self._signal: int | None = None
        self._put_off = 0

    def ask(self, number: int, frame: FrameType | None = None) -> None:
        """Interrupt the main thread, as Ctrl-C does, but not in the middle of the gradebook.

        SQLAlchemy takes an interrupt within it for a broken connection, and prints a trace of it.

        Raises:
            KeyboardInterrupt: Unless it was put off for some milliseconds.
        """
        self._signal = number
        if self._put_off < _MOST_PUT_OFF and _is_within(frame, "sqlalchemy"):
            self._put_off += 1
            # To the main thread alone: another one would not wake it from its sleep.
            main = threading.main_thread().ident
            again = threading.Timer(_PUT_OFF_S, signal.pthread_kill, (main, number))
            again.daemon = True
            again.start()
            return
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


def _is_within(frame: FrameType | None, package: str) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == package:
            return True
        frame = frame.f_back
    return False
