"""Locks between threads and processes alike, which end with their holder."""

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
def hold(path: Path, on_failure: Callable[[OSError], None]) -> Iterator[None]:
    """Hold the lock `path` against all threads and processes. It is not reentrant.

    The file is there only while the lock is held or waited for. One that a killed process left
    behind is not locked, and is removed at the lock's next use.

    Args:
        path: A file in a folder that exists.
        on_failure: Called with the error where no file can be locked; then threads alone are kept
            apart.
    """
    with _in_turn(str(path)):
        descriptor = None
        try:
            descriptor = acquire(path, wait=True)
        except OSError as error:
            on_failure(error)
        try:
            yield
        finally:
            if descriptor is not None:
                # While it is locked: those who wait for it see it removed, and make a new one.
                with contextlib.suppress(OSError):
                    path.unlink()
                release(descriptor)


def acquire(path: Path, *, wait: bool, mode: int = 0o600) -> int | None:
    """Lock the file at `path` against all others, made where there is none.

    The kernel takes the lock back when its process ends, however it ends. The holder may remove
    the file: those who waited for it see that, and lock a new file of its name.

    Args:
        path: A file in a folder that exists.
        wait: Whether to wait while others hold it.
        mode: The rights that a new file gets, less the process's umask.

    Returns:
        The file's descriptor, for `release`; None where others hold it and `wait` is False.

    Raises:
        OSError: The file cannot be made or locked, or a link is in its place.
    """
    while True:
        descriptor = os.open(path, _LOCK_FLAGS, mode)
        acquired = False
        try:
            if wait:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            elif not _try_lock(descriptor, fcntl.LOCK_EX):
                return None
            acquired = _is_at(descriptor, path)
            if acquired:
                return descriptor
        finally:
            if not acquired:
                release(descriptor)


def release(descriptor: int) -> None:
    """End a lock and close its file."""
    # Not by closing alone: a child that is being started may hold a copy for a moment.
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextlib.contextmanager
def gate(path: Path, *, exclusive: bool, patience_s: float = 10.0) -> Iterator[int]:
    """Hold a lock whose file stays, shared or exclusive; yields the file's descriptor.

    Raises:
        TimeoutError: Others held it for `patience_s` seconds: a stopped process must not stop all.
        OSError: The file cannot be made or locked.
    """
    descriptor = os.open(path, _LOCK_FLAGS, 0o600)
    try:
        deadline_s = time.monotonic() + patience_s
        while not _try_lock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{path} was locked for {patience_s:g} s")
            time.sleep(_POLL_S)
        yield descriptor
    finally:
        release(descriptor)


def remove_stale(path: Path) -> None:
    """Remove the file of a lock that nobody holds, which a killed process left behind."""
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
        release(descriptor)


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
