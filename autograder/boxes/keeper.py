"""Walls in one box, watches its limits, and tells the host how it ended.

The keeper is a fork of the zygote. It leaves the zygote's namespaces, forks the box as the first
process of a new PID namespace, and kills it (and so every descendant) at a limit, when the host
lets go of the leash, or when the box has ended.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import traceback
from typing import Any

from autograder.boxes import kernel, processes, watch

#: The exit status of a zygote that cannot make the namespaces of a box.
NO_WALLS = 77
_FOLDER, _TMP, _SHM = "/submission", "/tmp", "/dev/shm"


def keep(order: dict[str, Any], channel_fd: int, leash_fd: int, namespaces: bool) -> None:
    """Fork the box that `order` describes and stay until it has ended.

    Args:
        order: `role` ("student" or "model"), `limits` (the fields of `records.Limits`), and
            `folder`, the box's private folder where there are no namespaces to make one.
        channel_fd: The box's end of its channel.
        leash_fd: The keeper's end of the leash; one JSON packet with the exit facts is sent on it.
        namespaces: Whether the box gets its own user, PID, mount, IPC and network namespaces.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel.die_with_parent(signal.SIGKILL)
    leash = socket.socket(fileno=leash_fd)
    limits = order["limits"]
    os.setsid()
    kernel.adopt_orphans()
    proc_fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY) if os.path.isdir("/proc") else None
    if namespaces:
        _leave_namespaces()
    clock = watch.Clock()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            leash.close()
            if proc_fd is not None:
                os.close(proc_fd)
            _enter(order, channel_fd, namespaces)
            status = 0
        except BaseException:
            traceback.print_exc()  # into the zygote's log, which the host quotes
            raise
        finally:
            os._exit(status)
    os.close(channel_fd)
    facts = watch.watch(pid, leash, proc_fd, limits, clock)
    watch.kill(pid)
    processes.kill_descendants(proc_fd)
    watch.tell(leash, json.dumps(facts).encode())


def can_wall_in() -> bool:
    """Try, in a child, all that needs the kernel's leave to wall in a box."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _leave_namespaces()
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


def _leave_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    kernel.hide_memory(False)  # a hidden process may not write its own /proc/self/uid_map
    kernel.unshare(
        kernel.CLONE_NEWUSER
        | kernel.CLONE_NEWPID
        | kernel.CLONE_NEWNS
        | kernel.CLONE_NEWIPC
        | kernel.CLONE_NEWNET
    )
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    kernel.hide_memory()


def _enter(order: dict[str, Any], channel_fd: int, namespaces: bool) -> None:
    kernel.die_with_parent(signal.SIGKILL)
    limits, folder = order["limits"], _FOLDER
    if namespaces:
        _cover_folders(limits["file_mib"] * 2)
    else:
        folder = order["folder"]
        os.setsid()
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    _limit(limits)
    kernel.no_new_privileges()
    from autograder.boxes import model, student  # after the fork: never needed by the zygote

    serve = {"student": student.serve, "model": model.serve}[order["role"]]
    serve(socket.socket(fileno=channel_fd), limits)


def _cover_folders(size_mib: int) -> None:
    """Give the box folders of its own in place of those that it would share."""
    _cover(_FOLDER, size_mib, mode="0700")
    _cover(_TMP, size_mib)
    _cover(_SHM, 64)
    _cover_proc()


def _cover(folder: str, size_mib: int, mode: str = "1777") -> None:
    """Empty `folder` but for what is mounted below it, such as an interpreter kept in /tmp."""
    below = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in _mounts_below(folder)}
    kernel.mount_tmpfs(folder, size_mib, mode)
    for path, descriptor in below.items():
        os.makedirs(path)
        kernel.bind(f"/proc/self/fd/{descriptor}", path)
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
    kept = {}
    for name in ("cpuinfo", "meminfo", "stat", "version", "self/cmdline", "self/status"):
        with open(f"/proc/{name}", "rb") as file:
            kept[name] = file.read()
    kernel.mount_tmpfs("/proc", 4, mode="0555")
    os.mkdir("/proc/self")
    for name, data in kept.items():
        with open(f"/proc/{name}", "wb") as file:
            file.write(data)
    os.symlink(sys.executable, "/proc/self/exe")
    kernel.seal("/proc")


def _limit(limits: dict[str, Any]) -> None:
    mib = 2**20
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits["memory_mib"] * mib),
        (resource.RLIMIT_CPU, int(limits["cpu_s"])),
        (resource.RLIMIT_FSIZE, limits["file_mib"] * mib),
        (resource.RLIMIT_NPROC, limits["processes"]),
    ):
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))
