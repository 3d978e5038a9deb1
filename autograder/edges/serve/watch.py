"""Tells of changes in the exchange as the system tells of them; its reader also looks by itself."""

from __future__ import annotations

import logging
import threading
from pathlib import Path


class Watch:
    """Sets an event soon after something new is in a folder, where the system tells of it.

    It does not tell of what other machines write over a network, and may not tell at all.

    Args:
        folder: The folder; what lies deeper is not told of.
        changed: The event.
        log: Where it is said once, if nothing will be told.
    """

    def __init__(self, folder: Path, changed: threading.Event, log: logging.Logger) -> None:
        self._folder = folder
        self._changed = changed
        self._log = log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        try:
            import watchfiles

            for _ in watchfiles.watch(
                self._folder,
                stop_event=self._stop,
                recursive=False,
                debounce=200,
                step=20,
                rust_timeout=500,
                raise_interrupt=False,
            ):
                self._changed.set()
        except Exception as error:  # noqa: BLE001 - whatever it is, scanning finds the same
            self._log.warning(
                "The system does not tell of new submissions in %s (%s); they are looked for.",
                self._folder,
                error,
            )
