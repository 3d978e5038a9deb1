"""What a box is walled in by: namespaces and mounts, or Landlock; rights given up; limits."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.guest.confine import landlock, libc, procfs, seccomp
from autograder.guest.protocol.walls import Limits, Order, Plan

_FOLDER, _TMP, _SHM, _NVIDIA = "/submission", "/tmp", "/dev/shm", "/proc/driver/nvidia"
_DEVICES = ("/dev/urandom", "/dev/random", "/proc/self")
_FACTS = ("cpuinfo", "meminfo", "stat", "version")
#: The tmpfs at /dev/shm, by which processes share memory.
SHARED_MIB = 64
#: Open files of one process: each may hold back some 0.2 MiB of the kernel's memory.
OPEN_FILES = 256
_STACK_MIB = 64


@dataclass(frozen=True, slots=True)
class Walls:
    """What every box of a zygote is given, prepared once.

    Attributes:
        namespaces: Each box gets its own user, PID, mount, IPC and network namespace.
        rules: The filter of system calls; None where there is none.
        readable: What Landlock lets a box without namespaces read; None where it cannot help.
        listed: Folders of which such a box may read the names.
    """

    namespaces: bool
    rules: Any | None
    readable: tuple[str, ...] | None = None
    listed: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The walls that stand, each in a word."""
        standing = {
            "namespaces": self.namespaces,
            "landlock": self.readable is not None,
            "seccomp": self.rules is not None,
        }
        return [name for name, stands in standing.items() if stands]


def prepare(plan: Plan) -> Walls:
    """Find out which of the walls that are planned this machine gives."""
    namespaces = plan.namespaces
    rules = seccomp.build(sockets=namespaces, uncounted_memory=plan.gpu)
    if namespaces or not landlock.version():
        return Walls(namespaces, rules)
    readable = [path for top in plan.readable for path in apart_from(top, plan.hidden)]
    kept = (*readable, *_DEVICES, *(f"/proc/{name}" for name in _FACTS))
    return Walls(namespaces, rules, kept, plan.readable)


def apart_from(folder: str, hidden: Sequence[str]) -> list[str]:
    """Return `folder`, or what it holds besides what is `hidden`, by whichever name."""
    real = os.path.realpath(folder)
    if real in hidden:
        return []
    if not any(path.startswith(f"{real}/") for path in hidden):
        return [folder]
    entries = sorted(entry.path for entry in os.scandir(real))
    # What leads back to where something is hidden, as lib64 does to lib, is reached without it.
    entries = [path for path in entries if not (os.path.islink(path) and _holds(path, hidden))]
    return [path for entry in entries for path in apart_from(entry, hidden)]


def _holds(path: str, hidden: Sequence[str]) -> bool:
    real = os.path.realpath(path)
    return any(f"{one}/".startswith(f"{real}/") for one in hidden)


def can_wall_in() -> bool:
    """Try, in a child, all that needs the kernel's leave to give a box namespaces."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            leave_namespaces()
            inner = os.fork()
            if inner == 0:
                _cover_folders(1)
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
        except BaseException:  # noqa: BLE001 - the status says it; the traceback says why
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def leave_namespaces() -> None:
    """Move into a new user, mount, IPC and network namespace; children into a new PID namespace."""
    uid, gid = os.getuid(), os.getgid()
    libc.hide_memory(False)  # a hidden process may not write its own /proc/self/uid_map
    libc.unshare(
        libc.CLONE_NEWUSER
        | libc.CLONE_NEWPID
        | libc.CLONE_NEWNS
        | libc.CLONE_NEWIPC
        | libc.CLONE_NEWNET
    )
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    libc.hide_memory()


def enter(order: Order, walls: Walls) -> None:
    """Wall in the calling process, which is to become a box, for good."""
    libc.die_with_parent(signal.SIGKILL)
    limits, uid, folder = order.limits, order.uid, order.folder
    if walls.namespaces:
        folder = _FOLDER
        _cover_folders(limits.file_mib * 2)
    assert folder is not None  # without namespaces the host gives one
    os.setsid()  # a signal to its whole process group must not reach its keeper
    _limit(limits, shared_uid=not walls.namespaces and uid is None)
    if uid is not None:
        libc.become(uid)
        libc.die_with_parent(signal.SIGKILL)  # the kernel forgets it with a change of user
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = folder  # the zygote may have found another
    libc.drop_capabilities()  # with them it could unmount what covers the zygote's own /proc
    libc.no_new_privileges()
    if walls.readable is not None:
        landlock.restrict(walls.readable, walls.listed, (folder, os.devnull))
    if walls.rules is not None:
        walls.rules.load()
    if walls.namespaces:
        libc.hide_memory(False)  # nobody but its keeper sees it, who adds up its memory


def _cover_folders(size_mib: int) -> None:
    """Give the box folders of its own in place of those that it would share."""
    cover(_FOLDER, size_mib, mode="0700")
    cover(_TMP, size_mib)
    cover(_SHM, SHARED_MIB)
    _cover_proc()


def cover(folder: str, size_mib: int, mode: str = "1777") -> None:
    """Empty `folder` but for what is mounted below it, such as an interpreter kept in /tmp."""
    below = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in _mounts_below(folder)}
    libc.mount_tmpfs(folder, size_mib, mode)
    for path, descriptor in below.items():
        os.makedirs(path)
        libc.bind(f"/proc/self/fd/{descriptor}", path)
        os.close(descriptor)


def _mounts_below(folder: str) -> list[str]:
    """Return the mount points below `folder`, outermost only."""
    with open("/proc/self/mountinfo", "rb") as file:
        fields = [line.split()[4] for line in file]
    kept: list[str] = []
    for path in sorted(
        os.fsdecode(field.decode("unicode_escape").encode("latin1")) for field in fields
    ):
        if path.startswith(f"{folder}/") and not any(path.startswith(f"{top}/") for top in kept):
            kept.append(path)
    return kept


def _cover_proc() -> None:
    """Hide every process, the zygote's above all; keep the few facts that libraries look up.

    A box may not mount a proc of its own, and TensorFlow ends a process that has no /proc/self/exe
    and cmdline.
    """
    names = [f"/proc/{name}" for name in (*_FACTS, "self/cmdline", "self/status")]
    if os.path.exists("/dev/nvidiactl"):  # in a GPU's sandbox only
        names += [os.path.join(top, name) for top, _, held in os.walk(_NVIDIA) for name in held]
    kept = {}
    for name in names:
        with open(name, "rb") as file:
            kept[name] = file.read()
    libc.mount_tmpfs("/proc", 4, mode="0555")
    for name, data in kept.items():
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(data)
    os.symlink(sys.executable, "/proc/self/exe")
    libc.seal("/proc")


def _limit(limits: Limits, *, shared_uid: bool) -> None:
    """Set what the kernel limits by itself.

    Args:
        limits: What the box may use.
        shared_uid: Whether processes of others count towards the same number of processes.
    """
    mib = 2**20
    others = procfs.count_threads(os.getuid()) if shared_uid else 0
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits.memory_mib * mib),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file_mib * mib),
        (resource.RLIMIT_NPROC, limits.processes + others),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _set(kind, value, value)
    soft, _ = resource.getrlimit(resource.RLIMIT_STACK)
    _set(resource.RLIMIT_STACK, soft, _STACK_MIB * mib)
    if sys.platform == "linux":
        _set(resource.RLIMIT_MSGQUEUE, 0, 0)  # POSIX queues hold memory that nothing counts


def _set(kind: int, soft: int, hard: int) -> None:
    _, before = resource.getrlimit(kind)
    hard = hard if before == resource.RLIM_INFINITY else min(hard, before)
    soft = hard if soft == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(kind, (soft, hard))
