"""The folder of a store: where its files lie, who may write there, and how much there is.

entries/<kind>/<k>/<key>    one file an entry, with its small arrays (`entry_format`)
blobs/<s>/<sha256>          one file a large array, which entries share
locks/<kind>-<key>          there only while a process works on that entry
gate                        writers hold it together, pruning holds it alone
total                       about how many bytes there are
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from autograder.store import eviction, locks
from autograder.store import files as blobs
from autograder.store.entry_format import Damaged, Packed
from autograder.store.eviction import BLOBS, ENTRIES, KEY, KIND, StoreContents

_TOTAL = re.compile(rb"\d{19}\n")
_LOCKS = "locks"


class StoreLayout:
    """The files of the store at `folder`. What the system refuses is an `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100  # links are left to the system
        self._private = False

    def entry(self, kind: str, key: str) -> Path:
        """Return where an entry lies.

        Raises:
            ValueError: Its kind is no short name, or its key no SHA-256 in hex.
        """
        if not KIND.fullmatch(kind) or not KEY.fullmatch(key):
            raise ValueError(f"An entry has a kind and a SHA-256. Received: {kind!r}, {key!r}.")
        return self.folder / ENTRIES / kind / key[:2] / key

    def lock(self, kind: str, key: str) -> Path:
        """Return where an entry's lock lies."""
        return self.folder / _LOCKS / f"{kind}-{self.entry(kind, key).name}"

    def kinds(self) -> list[str]:
        """Return the kinds of entries that there have been."""
        return sorted(path.name for path in blobs.list_folder(self.folder / ENTRIES))

    def is_private(self) -> bool:
        """Say whether the user alone, or root, can write to the folder.

        Raises:
            FileNotFoundError: There is no folder.
        """
        if not self._private:
            facts = self.folder.stat()
            trusted = facts.st_uid in (os.geteuid(), 0)
            self._private = trusted and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return self._private

    def write(self, path: Path, packed: Packed) -> int:
        """Write an entry and those of its blobs that are missing; return the store's size in bytes.

        Raises:
            OSError: They cannot be written.
        """
        written: list[Path] = []
        added = 0
        with self._gate(exclusive=False):
            try:
                for name, content in packed.blobs.items():
                    blob_path = self._blob(name)
                    if blobs.size_of(blob_path) != content.nbytes:
                        added += blobs.write(blob_path, [content])
                        written.append(blob_path)
                added += blobs.write(path, packed.parts)
            except BaseException:  # a full disk must not be filled with what no entry needs
                for blob_path in written:
                    blobs.remove(blob_path)
                raise
        return self._add_to_total(added)

    def read_blob(self, name: str, size: int) -> memoryview:
        """Return a blob's bytes.

        Raises:
            Damaged: It is not what was written, or not there; a damaged file is removed.
            OSError: It cannot be read.
        """
        path = self._blob(name)
        try:
            return blobs.read_named(path, size)
        except Damaged:
            blobs.remove(path)
            raise

    def contents(self) -> StoreContents:
        """Return what lies in the folder.

        Raises:
            OSError: Something there cannot be read.
        """
        return eviction.read_contents(self.folder)

    def prune(
        self, max_bytes: int | None, kind: str | None, older_than_s: float | None
    ) -> tuple[int, int, int, int]:
        """Remove entries (see `StoreContents.excess`), then what no entry needs.

        Returns:
            The number of entries and of blobs removed, and the bytes removed and left.
        """
        with self._gate(exclusive=True):  # so that what no entry needs is no entry half written
            contents = self.contents()
            evicted = {
                entry.path: entry.bytes
                for entry in contents.excess(max_bytes, kind, older_than_s)
                if blobs.remove(entry.path)
            }
            left = [entry for entry in contents.entries if entry.path not in evicted]
            needed = {name for entry in left for name in entry.blobs}
            loose = _remove(file for name, file in contents.blobs.items() if name not in needed)
            removed = sum(evicted.values()) + sum(loose) + sum(_remove(contents.strays))
            self._add_to_total(None, contents.bytes - removed)
        for path in blobs.list_folder(self.folder / _LOCKS):
            locks.remove_stale(path)
        return len(evicted), len(loose), removed, contents.bytes - removed

    def _blob(self, name: str) -> Path:
        return self.folder / BLOBS / name[:2] / name

    def _gate(self, *, exclusive: bool) -> AbstractContextManager[int]:
        return locks.gate(self.folder / "gate", exclusive=exclusive)

    def _add_to_total(self, added: int | None, counted: int = 0) -> int:
        """Keep the running total, so that no `put` needs to look through the whole folder.

        Args:
            added: By how many bytes it grew; None sets the total to `counted`.
            counted: The store's size in bytes, where it was counted.
        """
        with locks.gate(self.folder / "total", exclusive=True) as descriptor:
            text = os.pread(descriptor, 64, 0)
            if added is None:
                total = counted
            elif _TOTAL.fullmatch(text):
                total = max(0, int(text) + added)
            else:
                total = self.contents().bytes
            os.pwrite(descriptor, b"%019d\n" % total, 0)
            os.ftruncate(descriptor, 20)
            return total


def _remove(files: Iterable[tuple[Path, int]]) -> list[int]:
    return [size for path, size in files if blobs.remove(path)]
