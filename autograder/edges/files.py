"""Reads and copies what students handed in, and follows nothing that they put there.

A folder of a student's may hold links to the gradebook, named pipes that block whoever opens
them, or folders named like notebooks. Only plain files are read, through descriptors of the
folders that they were found in, so that nothing can be put in their place meanwhile.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from autograder.errors import SubmissionError
from autograder.plaintext import printable

MAX_FILES = 2_000
MAX_DEPTH = 16

_PLAIN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES = 2**20


def read_plain(path: Path, limit: int) -> bytes:
    """Return the content of a plain file, at most `limit` bytes and one more if it is longer.

    Raises:
        SubmissionError: It is something else, such as a link or a folder.
        OSError: It cannot be read.
    """
    kind = _kind(os.lstat(path).st_mode)
    if kind == "plain":
        descriptor = os.open(path, _PLAIN)
        with os.fdopen(descriptor, "rb") as file:
            kind = _kind(os.fstat(descriptor).st_mode)
            if kind == "plain":
                return file.read(limit + 1)
    raise SubmissionError(
        f"A submission is a plain file. Received: {kind} of the name {printable(path.name, 80)}. "
        "Hand in the notebook itself."
    )


@dataclass
class Copying:
    """Copies the plain files of one folder, within bounds, and notes what it leaves out.

    Args:
        ignored: Globs on names that are passed over silently, as nbgrader does.
        included: Globs of which a file's name must match one.
        reserved: Paths below the folder where the course's own files will lie.
        max_file_bytes: Larger files are left out.
        max_total_bytes: What is beyond this in sum is left out.
        shared: Whether the group may write to copies.
    """

    ignored: Collection[str]
    max_file_bytes: int
    max_total_bytes: int
    included: Collection[str] = ("*",)
    reserved: Collection[PurePosixPath] = ()
    shared: bool = False
    copied: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _bytes: int = 0
    _seen: int = 0

    def copy(self, source: Path, target: Path) -> None:
        """Copy `source` into the folder `target`, which is made where a file needs it.

        Raises:
            OSError: `target` cannot be written. What cannot be read is only noted.
        """
        try:
            with _opened(source, _FOLDER) as folder:
                self._copy_folder(folder, PurePosixPath(), target)
        except _UnreadableError as error:
            self._leave(PurePosixPath(source.name), str(error))

    def _copy_folder(self, folder: int, below: PurePosixPath, target: Path) -> None:
        with _reading(), os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
        for path in (below / name for name in names):
            if path in self.reserved or any(fnmatch(path.name, glob) for glob in self.ignored):
                continue
            self._seen += 1
            if self._seen > MAX_FILES:
                if self._seen == MAX_FILES + 1:
                    self._leave(path, f"more than {MAX_FILES} files and folders")
                return
            try:
                self._copy_entry(folder, path, target)
            except _UnreadableError as error:
                self._leave(path, str(error))

    def _copy_entry(self, folder: int, path: PurePosixPath, target: Path) -> None:
        with _reading():
            kind = _kind(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode)
        if kind == "a folder":
            if len(path.parts) > MAX_DEPTH:
                raise _UnreadableError(f"more than {MAX_DEPTH} folders deep")
            with _opened(path.name, _FOLDER, folder) as inner:
                self._copy_folder(inner, path, target)
        elif kind != "plain" or any(path in other.parents for other in self.reserved):
            raise _UnreadableError(kind if kind != "plain" else "a folder of the course's own")
        elif any(fnmatch(path.name, glob) for glob in self.included):
            with _opened(path.name, _PLAIN, folder) as descriptor:
                self._copy_file(descriptor, path, target)

    def _copy_file(self, descriptor: int, path: PurePosixPath, target: Path) -> None:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):  # exchanged since we looked
            raise _UnreadableError(_kind(facts.st_mode))
        if facts.st_size > self.max_file_bytes:
            raise _UnreadableError(f"{_mib(facts.st_size)}, more than {_mib(self.max_file_bytes)}")
        if self._bytes + facts.st_size > self.max_total_bytes:
            raise _UnreadableError(f"more than {_mib(self.max_total_bytes)} in all")
        self._bytes += facts.st_size
        copy = target / path
        copy.parent.mkdir(mode=0o2775 if self.shared else 0o755, parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(copy, flags, 0o664 if self.shared else 0o644), "wb") as file:
            left = facts.st_size  # and not what may be added while we read
            while left > 0 and (chunk := os.read(descriptor, min(left, _CHUNK_BYTES))):
                file.write(chunk)
                left -= len(chunk)
        self.copied.append(shown(path))

    def _leave(self, path: PurePosixPath, why: str) -> None:
        self.left_out.append(f"{shown(path)}: {why}")


def shown(path: PurePosixPath | Path) -> str:
    """Return a student's file name as text that a terminal and a page can show."""
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"), 200)


class _UnreadableError(Exception):
    """Why an entry is left out."""


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _UnreadableError(f"cannot be read ({error.strerror})") from None


@contextmanager
def _opened(path: Path | str, flags: int, folder: int | None = None) -> Iterator[int]:
    with _reading():
        descriptor = os.open(path, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "plain"
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "no file"


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
