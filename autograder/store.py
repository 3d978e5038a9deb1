"""What was worked out once and is kept on disk: trainings, answers, predictions.

An entry has a kind, a SHA-256 that tells all it depends on as its key, a JSON header, and arrays.
The store may forget, and never lies: whatever is not just what was written is as if it were not
there. Nor does it stop anybody's work: where nothing can be written, nothing is kept.
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

from autograder import blobs, entry, locks
from autograder.catalog import state_folder
from autograder.entry import Damaged
from autograder.errors import DataError, FrameError
from autograder.shelves import Shelves

FOLDER_VARIABLE = "AUTOGRADER_STORE"

_LOG = logging.getLogger("autograder")
#: Pruning makes room for more than the next entry, so that not every entry prunes.
_FULL_PART = 0.9


@dataclass(frozen=True, slots=True)
class Usage:
    """What one kind takes on disk. A blob that several kinds need counts in each of them."""

    kind: str
    entries: int
    bytes: int
    oldest_use: datetime
    newest_use: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning removed, and the bytes that are left."""

    entries: int
    blobs: int
    bytes: int
    left_bytes: int


class Store:
    """Entries on disk, shared by threads and processes. Nothing is made before it is needed.

    Args:
        folder: Where it lies. Whoever can write there can forge marks, so a folder where others
            than the user and root can is not used.
        max_bytes: What it may take before the least recently used entries go.
    """

    def __init__(self, folder: Path, max_bytes: int = 8 * 2**30) -> None:
        self.max_bytes = max_bytes
        self._shelves = Shelves(folder)
        self._told: set[str] = set()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._shelves.folder

    def get(self, kind: str, key: str) -> tuple[dict[str, Any], list[np.ndarray]] | None:
        """Return the header and the arrays, which cannot be written to; None if there is no entry.

        What is damaged is removed, and counts as none.
        """
        path = self._shelves.entry(kind, key)
        try:
            if not self._usable():
                return None
            found = entry.unpack(kind, key, blobs.read(path), self._shelves.read_blob)
        except Damaged as error:
            _LOG.info("The store's entry %s/%s is damaged (%s); it is removed.", kind, key, error)
            blobs.remove(path)
            return None
        except (OSError, MemoryError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path, follow_symlinks=False)
        return found

    def put(
        self, kind: str, key: str, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()
    ) -> None:
        """Keep an entry, in place of the one before it; one warning where that cannot be done.

        Args:
            kind: A short name, such as "training".
            key: A SHA-256 in hex, of all that the content depends on.
            header: What JSON holds: finite numbers of 64 bits, text, lists, and dicts of text keys.
            arrays: Of the types that `wire.DTYPES` lists.
        """
        path = self._shelves.entry(kind, key)
        try:
            packed = entry.pack(kind, key, header, arrays)
        except (ValueError, TypeError, RecursionError, FrameError) as error:
            told = f"What is kept must be strict JSON and plain arrays. Received: {kind}: {error}."
            self._warn(f"content of {kind}", told)
            return
        try:
            blobs.make_private(self.folder)
            if self._usable() and packed.bytes <= self.max_bytes:
                total = self._shelves.write(path, packed)
                if total > self.max_bytes:
                    self._shelves.prune(int(self.max_bytes * _FULL_PART), None, None)
        except OSError as error:
            self._warn(
                "put",
                f"What was worked out is kept in {self.folder}. Received: {error}. Grading goes on "
                f"without. Make room, make the folder writable, or set {FOLDER_VARIABLE}.",
            )

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        """Keep all other threads and processes from the same lock. It cannot be taken twice."""
        path = self._shelves.lock(kind, key)

        def warn(error: OSError) -> None:
            told = f"Locks between processes are kept in {path.parent}. Received: {error}. "
            told += f"Work may be done twice. Make it writable, or set {FOLDER_VARIABLE}."
            self._warn("lock", told)

        with contextlib.suppress(OSError):  # locking will fail as well, and tell
            blobs.make_private(path.parent)
        with locks.held(path, warn):
            yield

    def kinds(self) -> list[str]:
        """Return the kinds of entries that there have been, be there any now or not."""
        with self._readable():
            return self._shelves.kinds()

    def usage(self) -> list[Usage]:
        """Return what each kind takes.

        Raises:
            DataError: The folder cannot be read.
        """
        with self._readable():
            lying = self._shelves.inventory()
        told = []
        for kind in sorted({one.kind for one in lying.entries}):
            entries = [one for one in lying.entries if one.kind == kind]
            uses = [datetime.fromtimestamp(one.used_ns / 1e9, UTC) for one in entries]
            size = lying.bytes_of(entries)
            told.append(Usage(kind, len(entries), size, min(uses), max(uses)))
        return told

    def bytes_on_disk(self) -> int:
        """Return what all takes together, each blob once."""
        with self._readable():
            return self._shelves.inventory().bytes

    def prune(
        self,
        max_bytes: int | None = None,
        *,
        kind: str | None = None,
        older_than_s: float | None = None,
    ) -> Pruned:
        """Remove entries, the least recently used first, then the blobs that no entry needs.

        Args:
            max_bytes: What may be left; the store's own limit if None and no age is given.
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
            return Pruned(*self._shelves.prune(max_bytes, kind, older_than_s))

    def _usable(self) -> bool:
        usable = self._shelves.is_private()
        if not usable:
            self._warn("private", self._not_private())
        return usable

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            if self.folder.exists() and not self._shelves.is_private():
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
        if topic not in self._told:
            self._told.add(topic)
            _LOG.warning("%s", text)


def default_store(root: Path) -> Store:
    """Return the store of the course at `root`, or the one that AUTOGRADER_STORE names."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Store(Path(given).expanduser() if given else state_folder(root) / "store")
