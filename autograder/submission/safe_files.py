"""Reads and copies submitted files, and follows no link that a student put there.

A folder of a student's may hold links to the gradebook, named pipes that block the process that
opens them, or folders named like notebooks. Only plain files are read, through descriptors of the
folders that they were found in, so that nothing can be put in their place meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autograder import files
from autograder.errors import SubmissionError
from autograder.files import PLAIN, NotPlainFile, kind_of, open_plain
from autograder.text import PATH_CHARACTERS, printable, printable_path

MAX_FILES = 2_000
MAX_DEPTH = 16

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES = 2**20


def read_submitted(path: Path, limit_bytes: int) -> bytes:
    """Return the content of a plain file; of a longer one than the limit, one byte more than it.

    Raises:
        SubmissionError: It is something else, such as a link or a folder.
        OSError: It cannot be read.
    """
    try:
        return files.read_plain(path, limit_bytes)
    except NotPlainFile as error:
        raise SubmissionError(
            f"A submission is a plain file. Received: {error.kind} of the name "
            f"{printable(path.name, 80)}. Hand in the notebook itself."
        ) from None


def make_folder(path: Path, *, shared: bool) -> None:
    """Make a folder and those above it that are missing; the group may write to a shared one.

    Raises:
        OSError: It cannot be made.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    for folder in missing if shared else ():
        folder.chmod(0o2775)  # which no umask takes away, and `mkdir` would not set


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
    _visited: int = 0

    def copy(self, source: Path, target: Path) -> None:
        """Copy `source` into the folder `target`, which is made where a file needs it.

        Raises:
            OSError: `target` cannot be written. What cannot be read is only noted.
        """
        try:
            with _opened_folder(source) as folder:
                self._copy_folder(folder, PurePosixPath(), target)
        except _UnreadableError as error:
            self._leave(PurePosixPath(source.name), str(error))

    def _copy_folder(self, folder: int, below: PurePosixPath, target: Path) -> None:
        with _reading(), os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
        for path in (below / name for name in names):
            if path in self.reserved or any(fnmatch(path.name, glob) for glob in self.ignored):
                continue
            self._visited += 1
            if self._visited > MAX_FILES:
                if self._visited == MAX_FILES + 1:
                    self._leave(path, f"more than {MAX_FILES} files and folders")
                return
            try:
                self._copy_entry(folder, path, target)
            except _UnreadableError as error:
                self._leave(path, str(error))

    def _copy_entry(self, folder: int, path: PurePosixPath, target: Path) -> None:
        with _reading():
            kind = kind_of(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode)
        if kind == "a folder":
            if len(path.parts) > MAX_DEPTH:
                raise _UnreadableError(f"more than {MAX_DEPTH} folders deep")
            with _opened_folder(path.name, folder) as inner:
                self._copy_folder(inner, path, target)
        elif kind != PLAIN or any(path in other.parents for other in self.reserved):
            raise _UnreadableError(kind if kind != PLAIN else "a folder of the course's own")
        elif any(fnmatch(path.name, glob) for glob in self.included):
            with _reading():
                original = open_plain(path.name, folder)
            with original:
                self._copy_file(original, path, target)

    def _copy_file(self, original: BinaryIO, path: PurePosixPath, target: Path) -> None:
        size = os.fstat(original.fileno()).st_size
        if size > self.max_file_bytes:
            raise _UnreadableError(f"{_mib(size)}, more than {_mib(self.max_file_bytes)}")
        if self._bytes + size > self.max_total_bytes:
            raise _UnreadableError(f"more than {_mib(self.max_total_bytes)} in all")
        self._bytes += size
        copy = target / path
        make_folder(copy.parent, shared=self.shared)
        copy.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(copy, flags, 0o664 if self.shared else 0o644), "wb") as file:
            if self.shared:
                os.fchmod(file.fileno(), 0o664)  # whatever the umask takes
            left = size  # and not what may be added while we read
            while left > 0 and (chunk := original.read(min(left, _CHUNK_BYTES))):
                file.write(chunk)
                left -= len(chunk)
        self.copied.append(printable_path(path, PATH_CHARACTERS))

    def _leave(self, path: PurePosixPath, why: str) -> None:
        self.left_out.append(f"{printable_path(path, PATH_CHARACTERS)}: {why}")


class _UnreadableError(Exception):
    """Why an entry is left out."""


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except NotPlainFile as error:  # exchanged since we looked
        raise _UnreadableError(error.kind) from None
    except OSError as error:
        raise _UnreadableError(f"cannot be read ({error.strerror})") from None


@contextmanager
def _opened_folder(path: Path | str, folder: int | None = None) -> Iterator[int]:
    with _reading():
        descriptor = os.open(path, _FOLDER, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
