"""Landlock: a process gives up files, ports and signals for good; no namespaces are needed for it.

It stands in for bubblewrap where namespaces are forbidden, as they are in many containers.
"""

from __future__ import annotations

import ctypes
import functools
import os
import stat
import sys
from collections.abc import Callable, Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_READ_DIR = 1 << 3
_READ = 1 << 0 | 1 << 2 | _READ_DIR  # execute, read a file, list a folder
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # of all rights, those that a file has
_ALL_BY_VERSION = (0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1)
_TCP, _TCP_SINCE = 0b11, 4  # bind and connect
_SCOPES = 0b11  # abstract sockets and signals stay among the restricted
#: The first version that keeps a process from signalling others.
SCOPES_SINCE = 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what packing implies, said aloud for newer Pythons
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return which version of Landlock this kernel has; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    try:
        return _syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str], listed: Iterable[str], writable: Iterable[str]) -> None:
    """Leave to this process, and to all that it starts, nothing but what is named here.

    Args:
        readable: Files and folders that may be read and executed, with all beneath them.
        listed: Folders of which the names may be read, with those of all folders beneath them.
        writable: Files and folders in which everything may be done.
    """
    known = version()
    every = (1 << 16) - 1 if known >= len(_ALL_BY_VERSION) else _ALL_BY_VERSION[known]
    ruleset = _Ruleset(
        every,
        _TCP if known >= _TCP_SINCE else 0,
        _SCOPES if known >= SCOPES_SINCE else 0,
    )
    # An older kernel takes the longer record as long as what it does not know is zero.
    fd = _syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        for paths, rights in ((readable, _READ), (listed, _READ_DIR), (writable, every)):
            for path in paths:
                _allow(fd, path, rights)
        _syscall(_RESTRICT_SELF, fd, 0)
    finally:
        os.close(fd)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there, or not for this user, needs no leave
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _OF_FILES
        if rights:  # a file has no names to list
            rule = _Beneath(rights, parent)
            _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


@functools.cache
def _caller() -> Callable[..., int]:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return call


def _syscall(number: int, *args: object) -> int:
    words = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    result = int(_caller()(ctypes.c_long(number), *words))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"landlock: {os.strerror(code)}")
    return result
