"""Opens plain files and nothing else, and writes files whole or not at all.

Where a student can write, a file's place may hold a link to the gradebook, or a pipe that blocks
the process that opens it. And a process that is killed while it writes must leave no half file for
others to read.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ELOOP
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

#: The name of a file that is being written. One without a writer was left by a killed process.
UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.new")

PLAIN = "a plain file"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class NotPlainFile(Exception):
    """Something else stands in a file's place; `kind` says what, such as "a link"."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def kind_of(mode: int) -> str:
    """Return in words what kind of file has this `st_mode`: `PLAIN`, or "a link" and the like."""
    if stat.S_ISREG(mode):
        return PLAIN
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "no file"


def open_plain(path: Path | str, folder: int | None = None) -> BufferedReader:
    """Open a plain file for reading: itself, not what a link leads to, and without waiting.

    Args:
        path: The file.
        folder: A descriptor of the folder that `path` is relative to; None for the current one.

    Raises:
        NotPlainFile: Something else is in its place, or was put there meanwhile.
        OSError: It cannot be read, or is not there.
    """
    # Looked at first: to open a device may be to start it.
    _must_be_plain(os.stat(path, dir_fd=folder, follow_symlinks=False))
    try:
        descriptor = os.open(path, _READ, dir_fd=folder)
    except OSError as error:
        if error.errno == ELOOP:
            raise NotPlainFile("a link") from None
        raise
    try:
        _must_be_plain(os.fstat(descriptor))
        return os.fdopen(descriptor, "rb")
    except BaseException:  # whatever it is, no descriptor is lost
        os.close(descriptor)
        raise


def read_plain(path: Path, limit_bytes: int) -> bytes:
    """Return the content of a plain file; of a longer one, one byte more than the limit.

    Raises:
        NotPlainFile: Something else is in its place.
        OSError: It cannot be read, or is not there.
    """
    with open_plain(path) as file:
        return file.read(limit_bytes + 1)


@contextmanager
def replacing(path: Path, *, mode: int = 0o666, keep_first: bool = False) -> Iterator[BinaryIO]:
    """Write a file beside `path`, and put it there when the block ends without an exception.

    Readers see the old file or the new one, never half of it; of several writers the last one
    wins whole. What is written is handed to the system, not forced to the disk.

    Args:
        path: Its place, in a folder that exists.
        mode: Who may do what with it, less what the process's umask takes.
        keep_first: Leave a file that is there already, for all that must agree on one content.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(temporary, _CREATE, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        if keep_first:
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
        else:
            temporary.replace(path)
    finally:  # Ctrl-C too leaves no half file
        temporary.unlink(missing_ok=True)


def _must_be_plain(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise NotPlainFile(kind_of(facts.st_mode))
