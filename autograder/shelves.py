"""The folder of a store: where its files lie, who may write there, and how much there is.

entries/<kind>/<k>/<key>    one file an entry, with its small arrays (`entry`)
blobs/<s>/<sha256>          one file a large array, whoever needs it
locks/<kind>-<key>          there only while someone works on that entry
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

from autograder import blobs, inventory, locks
from autograder.entry import Damaged, Packed
from autograder.inventory import BLOBS, ENTRIES, KEY, KIND, Inventory

_TOTAL = re.compile(rb"\d{19}\n")
_LOCKS = "locks"


class Shelves:
    """The files of the store at `folder`; what goes wrong is an `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100  # links are left to the system
        self._private = False

    def entry(self, kind: str, key: str) -> Path:
        """Return where an entry lies."""
        if not KIND.fullmatch(kind) or not KEY.fullmatch(key):
            raise ValueError(f"An entry has a kind and a SHA-256. Received: {kind!r}, {key!r}.")
        return self.folder / ENTRIES / kind / key[:2] / key

    def lock(self, kind: str, key: str) -> Path:
        """Return where an entry's lock lies."""
        return self.folder / _LOCKS / f"{kind}-{self.entry(kind, key).name}"

    def kinds(self) -> list[str]:
        """Return the kinds of entries that there have been."""
        return sorted(path.name for path in blobs.listed(self.folder / ENTRIES))

    def is_private(self) -> bool:
        """Say whether the user alone, or root, can write to the folder.

        Raises:
            FileNotFoundError: There is no folder.
        """
        if not self._private:
            facts = self.folder.stat()
            mine = facts.st_uid in (os.geteuid(), 0)
            self._private = mine and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return self._private

    def write(self, path: Path, packed: Packed) -> int:
        """Write an entry and those of its blobs that are missing; return the bytes in the store."""
        fresh: list[Path] = []
        added = 0
        with self._gate(exclusive=False):
            try:
                for name, content in packed.blobs.items():
                    place = self._blob(name)
                    if blobs.size_of(place) != content.nbytes:
                        added += blobs.write(place, [content])
                        fresh.append(place)
                added += blobs.write(path, packed.parts)
            except BaseException:  # a full disk must not be filled with what nobody needs
                for place in fresh:
                    blobs.remove(place)
                raise
        return self._add_to_total(added)

    def read_blob(self, name: str, size: int) -> memoryview:
        """Return a blob's bytes; a damaged one is removed, and raises `Damaged`."""
        path = self._blob(name)
        try:
            return blobs.read_named(path, size)
        except Damaged:
            blobs.remove(path)
            raise

    def inventory(self) -> Inventory:
        """Return what lies in the folder."""
        return inventory.take(self.folder)

    def prune(
        self, max_bytes: int | None, kind: str | None, older_than_s: float | None
    ) -> tuple[int, int, int, int]:
        """Remove entries (see `Inventory.excess`), then what no entry needs.

        Returns:
            The number of entries and of blobs removed, and the bytes removed and left.
        """
        with self._gate(exclusive=True):  # so that what no entry needs is no unfinished work
            lying = self.inventory()
            gone = {
                one.path: one.bytes
                for one in lying.excess(max_bytes, kind, older_than_s)
                if blobs.remove(one.path)
            }
            left = [one for one in lying.entries if one.path not in gone]
            needed = {name for one in left for name in one.blobs}
            loose = _remove(file for name, file in lying.blobs.items() if name not in needed)
            removed = sum(gone.values()) + sum(loose) + sum(_remove(lying.strays))
            self._add_to_total(None, lying.bytes - removed)
        for path in blobs.listed(self.folder / _LOCKS):
            locks.remove_unheld(path)
        return len(gone), len(loose), removed, lying.bytes - removed

    def _blob(self, name: str) -> Path:
        return self.folder / BLOBS / name[:2] / name

    def _gate(self, *, exclusive: bool) -> AbstractContextManager[int]:
        return locks.gate(self.folder / "gate", exclusive=exclusive)

    def _add_to_total(self, added: int | None, counted: int = 0) -> int:
        """Keep the running total, so that no `put` needs to look through the whole folder.

        Args:
            added: Bytes more than before; None sets the total to what was counted.
            counted: What was counted.
        """
        with locks.gate(self.folder / "total", exclusive=True) as descriptor:
            text = os.pread(descriptor, 64, 0)
            if added is None:
                total = counted
            elif _TOTAL.fullmatch(text):
                total = max(0, int(text) + added)
            else:
                total = self.inventory().bytes
            os.pwrite(descriptor, b"%019d\n" % total, 0)
            os.ftruncate(descriptor, 20)
            return total


def _remove(files: Iterable[tuple[Path, int]]) -> list[int]:
    return [size for path, size in files if blobs.remove(path)]
