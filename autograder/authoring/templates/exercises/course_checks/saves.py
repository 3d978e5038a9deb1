"""Sees when a student saves a file: with `watchfiles` where it is installed, else by looking."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path
from typing import Any

_LOOK_S = 0.1


class Saves:
    """Puts each file that has changed into a queue.

    Args:
        files: The files.
        events: Takes ("saved", file).
    """

    def __init__(self, files: list[Path], events: queue.Queue[tuple[str, Any]]) -> None:
        self.files = files
        self.events = events
        self.seen = {path: _stamp(path) for path in files}
        try:
            import watchfiles  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            self.how = "looks at the files ten times a second"
            threading.Thread(target=self._look, daemon=True).start()
        else:
            self.how = "watchfiles"
            threading.Thread(target=self._watch, args=(watchfiles,), daemon=True).start()

    def _watch(self, watchfiles: Any) -> None:
        folders = sorted({str(path.parent) for path in self.files})
        try:
            for _ in watchfiles.watch(*folders, debounce=50, step=10, rust_timeout=1000,
                                      yield_on_timeout=True, raise_interrupt=False):  # fmt: skip
                self._tell()
        except Exception:  # whatever it is that a file system without notifications raises
            self._look()

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_S)
            self._tell()

    def _tell(self) -> None:
        for path in self.files:
            stamp = _stamp(path)
            if stamp != self.seen[path]:
                self.seen[path] = stamp
                self.events.put(("saved", path))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
