"""What lies in a store's folder, and which entries are to be evicted."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.files import UNFINISHED
from autograder.store import entry_format
from autograder.store import files as blobs
from autograder.store.entry_format import Damaged

ENTRIES = "entries"
BLOBS = "blobs"
KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
KEY = re.compile(r"[0-9a-f]{64}")
_OURS = re.compile(rf"{KEY.pattern}|{UNFINISHED.pattern}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's file; `used_ns` is when it was last read or written, since the epoch."""

    path: Path
    kind: str
    bytes: int
    used_ns: int
    blobs: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoreContents:
    """All files of a store; `strays` are what killed writers left behind, and what is no entry."""

    entries: list[Entry]
    blobs: dict[str, tuple[Path, int]]
    strays: list[tuple[Path, int]]

    def bytes_of(self, entries: Iterable[Entry]) -> int:
        """Return how many bytes some entries take on disk; a blob that they share counts once."""
        counted = list(entries)
        blobs = {name for entry in counted for name in entry.blobs}
        return sum(entry.bytes for entry in counted) + sum(self.size(name) for name in blobs)

    @property
    def bytes(self) -> int:
        """How many bytes the store takes on disk."""
        files = (*self.blobs.values(), *self.strays)
        return sum(entry.bytes for entry in self.entries) + sum(size for _, size in files)

    def size(self, blob: str) -> int:
        """Return how many bytes a blob takes on disk; a missing one takes none."""
        return self.blobs[blob][1] if blob in self.blobs else 0

    def excess(
        self, max_bytes: int | None, kind: str | None, older_than_s: float | None
    ) -> list[Entry]:
        """Return the entries to remove: the old ones, then the least recently used above a size.

        Args:
            max_bytes: How many bytes the entries of `kind` may take together with their blobs;
                None for any number.
            kind: The entries that may go; None for all.
            older_than_s: Seconds since the last use from which an entry goes; None keeps it.
        """
        candidates = sorted(
            (entry for entry in self.entries if kind in (None, entry.kind)),
            key=lambda entry: entry.used_ns,
        )
        users = Counter(name for entry in candidates for name in entry.blobs)
        left_bytes = self.bytes_of(candidates)
        too_old_ns = None if older_than_s is None else time.time_ns() - int(older_than_s * 1e9)
        evicted = []
        for entry in candidates:
            too_old = too_old_ns is not None and entry.used_ns <= too_old_ns
            if not too_old and (max_bytes is None or left_bytes <= max_bytes):
                break  # all later ones were used more recently
            evicted.append(entry)
            left_bytes -= entry.bytes
            for name in entry.blobs:
                users[name] -= 1
                left_bytes -= 0 if users[name] else self.size(name)
        return evicted


def read_contents(folder: Path) -> StoreContents:
    """Return what lies in the store at `folder`.

    Raises:
        OSError: Something there cannot be read.
    """
    entries: list[Entry] = []
    blob_files: dict[str, tuple[Path, int]] = {}
    strays: list[tuple[Path, int]] = []
    for kind in blobs.list_folder(folder / ENTRIES):
        for path in _files(kind) if KIND.fullmatch(kind.name) else ():
            entry = _entry(path, kind.name)
            if entry is not None:
                entries.append(entry)
            else:
                strays.append(_sized(path))
    for path in _files(folder / BLOBS):
        size = blobs.size_of(path)
        if KEY.fullmatch(path.name) and size is not None:
            blob_files[path.name] = (path, blobs.bytes_on_disk(size))
        else:
            strays.append(_sized(path))
    return StoreContents(entries, blob_files, strays)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files that the store may have made: what others put here stays as it is."""
    for subfolder in _inside(folder):
        yield from (path for path in _inside(subfolder) if _OURS.fullmatch(path.name))


def _inside(folder: Path) -> list[Path]:
    if folder.is_symlink():
        return []
    try:
        return blobs.list_folder(folder)
    except NotADirectoryError:
        return []


def _entry(path: Path, kind: str) -> Entry | None:
    if not KEY.fullmatch(path.name):
        return None
    try:
        with blobs.open_stored(path) as (file, facts):
            blob_names = entry_format.blobs_of(file, facts.st_size)
    except (Damaged, FileNotFoundError):
        return None
    return Entry(path, kind, blobs.bytes_on_disk(facts.st_size), facts.st_mtime_ns, blob_names)


def _sized(path: Path) -> tuple[Path, int]:
    return path, blobs.bytes_on_disk(blobs.size_of(path) or 0)
