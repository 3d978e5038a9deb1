"""Locks that hold between threads and processes alike, and that end with who holds them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_LOCK_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_POLL_S = 0.005


@dataclass(slots=True)
class _Turn:
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


_turns: dict[str, _Turn] = {}
_turns_guard = threading.Lock()


@contextlib.contextmanager
def held(path: Path, without_file: Callable[[OSError], None]) -> Iterator[None]:
    """Hold the lock `path` against all threads and processes; it cannot be taken twice by one.

    The file is there only while someone holds the lock or waits for it. One that a killed process
    left behind is locked by nobody, and goes with the lock's next use.

    Args:
        path: A file in a folder that exists.
        without_file: Told why, where no file can be locked; then threads alone are kept apart.
    """
    with _in_turn(str(path)):
        descriptor = None
        try:
            descriptor = _lock_named_file(path)
        except OSError as error:
            without_file(error)
        try:
            yield
        finally:
            if descriptor is not None:
                # While it is locked: who waits for this file sees it gone, and makes a new one.
                with contextlib.suppress(OSError):
                    path.unlink()
                _let_go(descriptor)


@contextlib.contextmanager
def gate(path: Path, *, exclusive: bool, patience_s: float = 10.0) -> Iterator[int]:
    """Hold a lock whose file stays, shared or alone; yields the file's descriptor.

    Raises:
        TimeoutError: Others held it for all that time. A stopped process must not stop everybody.
        OSError: The file cannot be made or locked.
    """
    descriptor = os.open(path, _LOCK_FLAGS, 0o600)
    try:
        deadline = time.monotonic() + patience_s
        while not _try_lock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} was locked for {patience_s:g} s")
            time.sleep(_POLL_S)
        yield descriptor
    finally:
        _let_go(descriptor)


def remove_unheld(path: Path) -> None:
    """Remove the file of a lock that nobody holds, as a killed process leaves it behind."""
    try:
        descriptor = os.open(path, _LOCK_FLAGS & ~os.O_CREAT)
    except OSError:
        if path.is_symlink():
            path.unlink(missing_ok=True)
        return
    try:
        if _try_lock(descriptor, fcntl.LOCK_EX) and _is_at(descriptor, path):
            path.unlink()
    finally:
        _let_go(descriptor)


@contextlib.contextmanager
def _in_turn(name: str) -> Iterator[None]:
    with _turns_guard:
        turn = _turns.setdefault(name, _Turn())
        turn.users += 1
    try:
        with turn.lock:
            yield
    finally:
        with _turns_guard:
            turn.users -= 1
            if not turn.users:
                del _turns[name]


def _lock_named_file(path: Path) -> int:
    while True:
        descriptor = os.open(path, _LOCK_FLAGS, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            _let_go(descriptor)
            raise
        _let_go(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether `path` still leads to the open file, and not to a later one of its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _try_lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go(descriptor: int) -> None:
    # Not by closing alone: a child that is being started may hold a copy for a moment.
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)
