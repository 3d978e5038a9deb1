"""What lies in a store's folder, and what of it is to go."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import blobs, entry
from autograder.entry import Damaged

ENTRIES = "entries"
BLOBS = "blobs"
KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
KEY = re.compile(r"[0-9a-f]{64}")
_OURS = re.compile(rf"{KEY.pattern}|{blobs.UNFINISHED.pattern}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's file; `used_ns` is when it was last read or written, since the epoch."""

    path: Path
    kind: str
    bytes: int
    used_ns: int
    blobs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All files of a store; `strays` are left-overs of killed writers, and what is no entry."""

    entries: list[Entry]
    blobs: dict[str, tuple[Path, int]]
    strays: list[tuple[Path, int]]

    def bytes_of(self, entries: Iterable[Entry]) -> int:
        """Return what some entries take, each blob that several of them need counted once."""
        known = list(entries)
        needed = {name for one in known for name in one.blobs}
        return sum(one.bytes for one in known) + sum(self.size(name) for name in needed)

    @property
    def bytes(self) -> int:
        """What the store takes."""
        others = (*self.blobs.values(), *self.strays)
        return sum(one.bytes for one in self.entries) + sum(size for _, size in others)

    def size(self, blob: str) -> int:
        """Return what a blob takes; a missing one takes nothing."""
        return self.blobs[blob][1] if blob in self.blobs else 0

    def excess(
        self, max_bytes: int | None, kind: str | None, older_than_s: float | None
    ) -> list[Entry]:
        """Return the entries to remove: the old ones, then the least recently used above a size.

        Args:
            max_bytes: What the entries of `kind` may take together with their blobs.
            kind: The entries that may go; None for all.
            older_than_s: Seconds since the last use from which an entry goes; None keeps it.
        """
        looked_at = sorted(
            (one for one in self.entries if kind in (None, one.kind)), key=lambda one: one.used_ns
        )
        users = Counter(name for one in looked_at for name in one.blobs)
        left = self.bytes_of(looked_at)
        oldest_ns = None if older_than_s is None else time.time_ns() - int(older_than_s * 1e9)
        gone = []
        for one in looked_at:
            too_old = oldest_ns is not None and one.used_ns <= oldest_ns
            if not too_old and (max_bytes is None or left <= max_bytes):
                break  # all later ones were used since
            gone.append(one)
            left -= one.bytes
            for name in one.blobs:
                users[name] -= 1
                left -= 0 if users[name] else self.size(name)
        return gone


def take(folder: Path) -> Inventory:
    """Return what lies in the store at `folder`.

    Raises:
        OSError: Something there cannot be read.
    """
    found: list[Entry] = []
    large: dict[str, tuple[Path, int]] = {}
    strays: list[tuple[Path, int]] = []
    for kind in blobs.listed(folder / ENTRIES):
        for path in _files(kind) if KIND.fullmatch(kind.name) else ():
            one = _entry(path, kind.name)
            if one is not None:
                found.append(one)
            else:
                strays.append(_sized(path))
    for path in _files(folder / BLOBS):
        size = blobs.size_of(path)
        if KEY.fullmatch(path.name) and size is not None:
            large[path.name] = (path, blobs.bytes_on_disk(size))
        else:
            strays.append(_sized(path))
    return Inventory(found, large, strays)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files that the store may have made: what others put here stays as it is."""
    for shelf in _inside(folder):
        yield from (path for path in _inside(shelf) if _OURS.fullmatch(path.name))


def _inside(folder: Path) -> list[Path]:
    if folder.is_symlink():
        return []
    try:
        return blobs.listed(folder)
    except NotADirectoryError:
        return []


def _entry(path: Path, kind: str) -> Entry | None:
    if not KEY.fullmatch(path.name):
        return None
    try:
        with blobs.opened(path) as (file, facts):
            needed = entry.blobs_of(file, facts.st_size)
    except (Damaged, FileNotFoundError):
        return None
    return Entry(path, kind, blobs.bytes_on_disk(facts.st_size), facts.st_mtime_ns, needed)


def _sized(path: Path) -> tuple[Path, int]:
    return path, blobs.bytes_on_disk(blobs.size_of(path) or 0)
