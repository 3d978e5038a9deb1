"""Files of the store: written whole or not at all, for their owner alone, and through no link."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

import numpy as np

from autograder.files import NotPlainFile, open_plain, replacing
from autograder.store.entry_format import Damaged

_BLOCK_BYTES = 4096


def bytes_on_disk(size: int) -> int:
    """Return about how many bytes a file of `size` bytes takes on disk: whole blocks."""
    return -(-size // _BLOCK_BYTES) * _BLOCK_BYTES


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner alone."""
    if not folder.is_dir():
        if folder.parent != folder:
            make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def open_stored(path: Path) -> Iterator[tuple[BufferedReader, os.stat_result]]:
    """Open a plain file for reading, by itself and not by a link.

    Raises:
        Damaged: Something else is in its place.
        OSError: It cannot be read, or is not there.
    """
    try:
        file = open_plain(path)
    except NotPlainFile as error:
        raise Damaged(error.kind) from None
    with file:
        yield file, os.fstat(file.fileno())


def read(path: Path, size: int | None = None) -> memoryview:
    """Return a copy of a file's bytes, which later changes of the file do not reach.

    Args:
        path: The file.
        size: The length that it must have, in bytes; None takes any length.

    Raises:
        Damaged: Something else is in its place, or its length is another.
        OSError: It cannot be read, or is not there.
    """
    with open_stored(path) as (file, facts):
        if size not in (None, facts.st_size):
            raise Damaged("another length")
        data = np.empty(facts.st_size, np.uint8)  # not zeroed first, as a bytearray would be
        if facts.st_size and file.readinto(data.data) != facts.st_size:
            raise Damaged("another length")
        return data.data.toreadonly()


def read_named(path: Path, size: int) -> memoryview:
    """Return the bytes of a file whose name is their SHA-256.

    Raises:
        Damaged: The file is not what its name says, or is not there.
        OSError: It cannot be read.
    """
    try:
        data = read(path, size)
    except (FileNotFoundError, NotADirectoryError):
        raise Damaged("a blob that is gone") from None
    if hashlib.sha256(data).hexdigest() != path.name:
        raise Damaged("another content")
    return data


def write(path: Path, parts: Sequence[bytes | memoryview]) -> int:
    """Put a file at `path`, whole or not at all; return by how many bytes it grew on disk.

    Raises:
        OSError: It cannot be written.
    """
    make_private(path.parent)
    with replacing(path, mode=0o600) as file:
        file.writelines(parts)
        size = file.tell()
        old_size = size_of(path)
    return bytes_on_disk(size) - bytes_on_disk(old_size or 0)


def size_of(path: Path) -> int | None:
    """Return the length of a plain file in bytes; None where there is none."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def remove(path: Path) -> bool:
    """Remove a file or a link where that is possible; return whether this removed it."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def list_folder(folder: Path) -> list[Path]:
    """Return the paths in a folder; none where there is no folder.

    Raises:
        OSError: It is there, and cannot be listed.
    """
    try:
        return [folder / name for name in os.listdir(folder)]  # noqa: PTH208  # half the time
    except FileNotFoundError:
        return []
