"""Files of the store: written whole or not at all, for their owner alone, and through no link."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from autograder.entry import Damaged

#: The name of a file that is being written; one that nobody writes is left of a killed process.
UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.new")

_BLOCK_BYTES = 4096
#: A pipe in a file's place must not be waited for, nor a link be followed.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def bytes_on_disk(size: int) -> int:
    """Return about what a file of `size` bytes takes: whole blocks."""
    return -(-size // _BLOCK_BYTES) * _BLOCK_BYTES


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner alone."""
    if not folder.is_dir():
        if folder.parent != folder:
            make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[io.BufferedReader, os.stat_result]]:
    """Open a plain file for reading, by itself and not by a link.

    Raises:
        Damaged: Something else is in its place.
        OSError: It cannot be read, or is not there.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        if path.is_symlink():
            raise Damaged("a link") from None
        raise
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor, not a path
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise Damaged("no file")
        yield file, facts


def read(path: Path, size: int | None = None) -> memoryview:
    """Return a file's bytes, in memory of their own: what happens to the file changes them not.

    Args:
        path: The file.
        size: How long it must be, in bytes; None takes any length.

    Raises:
        Damaged: Something else is in its place, or its length is another.
        OSError: It cannot be read, or is not there.
    """
    with opened(path) as (file, facts):
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
    """Put a file at `path`, whole or not at all; return the bytes that the disk holds more."""
    make_private(path.parent)
    fresh = path.with_name(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.writelines(parts)
            size = file.tell()
        before = size_of(path)
        fresh.replace(path)
    except BaseException:  # Ctrl-C too leaves no half file
        remove(fresh)
        raise
    return bytes_on_disk(size) - bytes_on_disk(before or 0)


def size_of(path: Path) -> int | None:
    """Return the length of a plain file; None where there is none."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def remove(path: Path) -> bool:
    """Remove a file or a link, if it can be; say whether it is gone by this."""
    try:
        path.unlink()
    except OSError:
        return False
    return True


def listed(folder: Path) -> list[Path]:
    """Return what lies in a folder; nothing where there is none."""
    try:
        return [folder / name for name in os.listdir(folder)]  # noqa: PTH208  # half the time
    except FileNotFoundError:
        return []
