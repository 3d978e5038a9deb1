"""What was worked out once and is kept on disk: trainings, answers, predictions.

An entry has a kind, as its key a SHA-256 of all that it depends on, a JSON header, and arrays. The
store may lose an entry, and never gives a wrong one: what is not exactly as it was written counts
as missing. Nor does it stop grading: where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from autograder.errors import DataError, FrameError
from autograder.store import entry_format, locks
from autograder.store import files as blobs
from autograder.store.entry_format import Damaged
from autograder.store.layout import StoreLayout

FOLDER_VARIABLE = "AUTOGRADER_STORE"

_LOG = logging.getLogger("autograder")
#: Pruning makes room for more than the next entry, so that not every entry prunes.
_FULL_PART = 0.9


@dataclass(frozen=True, slots=True)
class Usage:
    """What one kind takes on disk, in bytes. A blob that several kinds need counts in each."""

    kind: str
    entries: int
    bytes: int
    oldest_use: datetime
    newest_use: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning removed, entries, blobs and their bytes, and the bytes that are left."""

    entries: int
    blobs: int
    bytes: int
    left_bytes: int


class Store:
    """Entries on disk, shared by threads and processes. Nothing is made before it is needed.

    Args:
        folder: Where it lies. Who can write there can forge marks; so the folder is not used where
            others than the user and root can.
        max_bytes: What it may take on disk before the least recently used entries are removed.
    """

    def __init__(self, folder: Path, max_bytes: int = 8 * 2**30) -> None:
        self.max_bytes = max_bytes
        self._layout = StoreLayout(folder)
        self._warned: set[str] = set()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._layout.folder

    def get(self, kind: str, key: str) -> tuple[dict[str, Any], list[np.ndarray]] | None:
        """Return the header and the arrays, which are read-only; None if there is no entry.

        The arrays have the dtypes and shapes that they were put with. A damaged entry is removed,
        and counts as missing.

        Raises:
            ValueError: `kind` is no short name, or `key` no SHA-256 in hex.
        """
        path = self._layout.entry(kind, key)
        try:
            if not self._usable():
                return None
            entry = entry_format.unpack(kind, key, blobs.read(path), self._layout.read_blob)
        except Damaged as error:
            _LOG.info("The store's entry %s/%s is damaged (%s); it is removed.", kind, key, error)
            blobs.remove(path)
            return None
        except (OSError, MemoryError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path, follow_symlinks=False)
        return entry

    def put(
        self, kind: str, key: str, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()
    ) -> None:
        """Keep an entry, in place of an earlier one; where that cannot be done, warn once.

        Args:
            kind: A short name, such as "training".
            key: A SHA-256 in hex, of all that the content depends on.
            header: What JSON holds: finite numbers of 64 bits, text, lists, and dicts of text keys.
            arrays: Arrays of any shapes, of the dtypes that `wire.DTYPES` lists.

        Raises:
            ValueError: `kind` is no short name, or `key` no SHA-256 in hex.
        """
        path = self._layout.entry(kind, key)
        try:
            packed = entry_format.pack(kind, key, header, arrays)
        except (ValueError, TypeError, RecursionError, FrameError) as error:
            problem = (
                f"What is kept must be strict JSON and plain arrays. Received: {kind}: {error}."
            )
            self._warn(f"content of {kind}", problem)
            return
        try:
            blobs.make_private(self.folder)
            if self._usable() and packed.bytes <= self.max_bytes:
                total = self._layout.write(path, packed)
                if total > self.max_bytes:
                    self._layout.prune(int(self.max_bytes * _FULL_PART), None, None)
        except OSError as error:
            self._warn(
                "put",
                f"What was worked out is kept in {self.folder}. Received: {error}. Grading goes on "
                f"without. Make room, make the folder writable, or set {FOLDER_VARIABLE}.",
            )

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        """Hold a lock against all other threads and processes. It is not reentrant."""
        path = self._layout.lock(kind, key)

        def warn(error: OSError) -> None:
            problem = f"Locks between processes are kept in {path.parent}. Received: {error}. "
            problem += f"Work may be done twice. Make it writable, or set {FOLDER_VARIABLE}."
            self._warn("lock", problem)

        with contextlib.suppress(OSError):  # locking will fail as well, and warn
            blobs.make_private(path.parent)
        with locks.hold(path, warn):
            yield

    def kinds(self) -> list[str]:
        """Return the kinds of entries that there have ever been.

        Raises:
            DataError: The folder cannot be read.
        """
        with self._readable():
            return self._layout.kinds()

    def usage(self) -> list[Usage]:
        """Return what each kind takes.

        Raises:
            DataError: The folder cannot be read.
        """
        with self._readable():
            contents = self._layout.contents()
        usages = []
        for kind in sorted({entry.kind for entry in contents.entries}):
            entries = [entry for entry in contents.entries if entry.kind == kind]
            uses = [datetime.fromtimestamp(entry.used_ns / 1e9, UTC) for entry in entries]
            size = contents.bytes_of(entries)
            usages.append(Usage(kind, len(entries), size, min(uses), max(uses)))
        return usages

    def bytes_on_disk(self) -> int:
        """Return how many bytes all entries take together, each blob counted once.

        Raises:
            DataError: The folder cannot be read.
        """
        with self._readable():
            return self._layout.contents().bytes

    def prune(
        self,
        max_bytes: int | None = None,
        *,
        kind: str | None = None,
        older_than_s: float | None = None,
    ) -> Pruned:
        """Remove entries, the least recently used first, then the blobs that no entry needs.

        Args:
            max_bytes: The size that may be left; the store's own limit if None and no age is given.
            kind: The entries that may go, and that `max_bytes` is for; None for all.
            older_than_s: Seconds since the last use from which entries go.

        Raises:
            DataError: The folder cannot be read or written.
        """
        if max_bytes is None and older_than_s is None:
            max_bytes = self.max_bytes
        with self._readable():
            if not self.folder.exists():
                return Pruned(0, 0, 0, 0)
            return Pruned(*self._layout.prune(max_bytes, kind, older_than_s))

    def _usable(self) -> bool:
        usable = self._layout.is_private()
        if not usable:
            self._warn("private", self._not_private())
        return usable

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            if self.folder.exists() and not self._layout.is_private():
                raise DataError(self._not_private())
            yield
        except OSError as error:
            raise DataError(
                "The store must be a folder that can be read and written. Received: "
                f"{self.folder}: {error}. Correct its rights, or set {FOLDER_VARIABLE}."
            ) from error

    def _not_private(self) -> str:
        return (
            f"The store must be a folder that nobody else can write to. Received: {self.folder}. "
            f"It is not used. Give it to yourself (chmod 700), or set {FOLDER_VARIABLE}."
        )

    def _warn(self, topic: str, text: str) -> None:
        """Say something once: a class of hundreds meets the same trouble hundreds of times."""
        if topic not in self._warned:
            self._warned.add(topic)
            _LOG.warning("%s", text)
