"""Single keys from a terminal; whole lines where there is none."""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import Any, Callable


class Keyboard:
    """Puts each key into a queue.

    Args:
        events: Takes ("key", letter), and ("key", "") at the end of the input.
    """

    def __init__(self, events: queue.Queue[tuple[str, Any]]) -> None:
        self.events = events
        self.restore: Callable[[], None] = lambda: None
        self.single = sys.stdin is not None and sys.stdin.isatty()
        target = self._lines
        if self.single and os.name == "nt":
            target = self._windows
        elif self.single:
            self.single = self._set_terminal()
            target = self._terminal if self.single else self._lines
        threading.Thread(target=target, daemon=True).start()

    def _set_terminal(self) -> bool:
        try:
            import termios
            import tty

            descriptor = sys.stdin.fileno()
            before = termios.tcgetattr(descriptor)
            tty.setcbreak(descriptor)
        except (ImportError, OSError, ValueError):
            return False
        except termios.error:
            return False
        self.restore = lambda: termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        return True

    def _terminal(self) -> None:
        while byte := os.read(sys.stdin.fileno(), 1):
            self.events.put(("key", byte.decode("ascii", "replace").lower()))
        self.events.put(("key", ""))

    def _windows(self) -> None:
        import msvcrt

        while True:
            self.events.put(("key", msvcrt.getwch().lower()))  # type: ignore[attr-defined]

    def _lines(self) -> None:
        for line in sys.stdin or ():
            self.events.put(("key", line.strip().lower()[:1] or " "))
        self.events.put(("key", ""))
