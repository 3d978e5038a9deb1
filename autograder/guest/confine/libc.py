"""The few Linux system calls that Python 3.11 has no name for, by ctypes."""

from __future__ import annotations

import ctypes
import functools
import os
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_CHILD_SUBREAPER = 36
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 1, 2, 4, 0x4000, 0x40000
_MS_BIND, _MS_REMOUNT = 0x1000, 0x20


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *args: object) -> None:
    if getattr(_libc(), name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def unshare(flags: int) -> None:
    """Move the calling process out of the namespaces named by `flags`."""
    _call("unshare", flags)


def private_mounts() -> None:
    """Keep later mounts of this mount namespace from reaching any other."""
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)


def mount_tmpfs(target: str, size_mib: int, mode: str = "1777") -> None:
    """Cover `target` with an empty tmpfs of at most `size_mib`."""
    options = f"size={size_mib}m,mode={mode}".encode()
    _call("mount", b"tmpfs", target.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, options)


def seal(target: str) -> None:
    """Make the tmpfs mounted at `target` read-only."""
    flags = _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV
    _call("mount", b"tmpfs", target.encode(), b"tmpfs", flags, None)


def bind(source: str, target: str) -> None:
    """Let `target` show what `source` holds, submounts included."""
    _call("mount", source.encode(), target.encode(), None, _MS_BIND | _MS_REC, None)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _call("prctl", option, value, 0, 0, 0)


def die_with_parent(signal: int) -> None:
    """Have the kernel send `signal` to this process when its parent ends."""
    _prctl(_PR_SET_PDEATHSIG, signal)


def hide_memory(hidden: bool = True) -> None:
    """Forbid other processes of the same uid to trace or read this one, or allow it again."""
    _prctl(_PR_SET_DUMPABLE, 0 if hidden else 1)


def no_new_privileges() -> None:
    """Make set-uid programs and file capabilities powerless from here on."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def adopt_orphans() -> None:
    """Become the parent of any descendant whose own parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def become(uid: int) -> None:
    """Turn root into an ordinary user, with the group of the same number and no other."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities() -> None:
    """Give up every right beyond an ordinary user's, those over the own namespaces included."""
    if sys.platform != "linux":
        return
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            break  # the last one is passed, or there is no right to drop any
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
