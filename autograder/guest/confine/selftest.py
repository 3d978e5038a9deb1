"""A box that tries its own walls: what a hostile submission would try, and what came of it.

The host names an attempt; the answer lists what the box got at, so an empty list is a good one.
Some attempts never answer, because the box is ended at a limit; then its keeper tells why.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from autograder.guest.model import trainer
from autograder.guest.protocol import TRY
from autograder.guest.protocol.walls import Attempt, Limits, Tried
from autograder.guest.wire import FROM_HOST, Channel, ChannelClosed

_MIB = 2**20
_CLONE_NEWUSER = 0x10000000


def serve(sock: socket.socket, _limits: Limits) -> None:
    """Make the attempts that the host asks for until it hangs up."""
    channel = Channel(sock, FROM_HOST)
    while True:
        try:
            request, _ = channel.receive(TRY)
            channel.send(Tried(tuple(_ATTEMPTS[request.attempt](*request.args))))
        except ChannelClosed:
            return


def _succeeds(action: Callable[..., Any], *args: Any) -> bool:
    try:
        action(*args)
    except (OSError, ValueError, MemoryError):
        return False
    return True


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def _readable(*paths: str) -> list[str]:
    return [path for path in paths if _succeeds(_read, path)]


def _append(path: str) -> None:
    with open(path, "ab") as file:
        file.write(b"x")


def _writable(*paths: str) -> list[str]:
    return [path for path in paths if _succeeds(_append, path)]


def _connected(port: int) -> list[str]:
    """Try the host's port, by a datagram too: whether that arrived, only the host can tell."""

    def tcp() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()

    def udp() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(b"x", ("127.0.0.1", port))

    def link() -> None:
        if {name for _, name in socket.if_nameindex()} <= {"lo"}:
            raise OSError

    _succeeds(udp)
    return [name for name, action in (("TCP", tcp), ("a network", link)) if _succeeds(action)]


def _seen(*pids: int) -> list[str]:
    """Return which of the host's processes are in sight."""
    paths = {f"process {pid}": f"/proc/{pid}/status" for pid in pids}
    return [name for name, path in paths.items() if _succeeds(_read, path)]


def _signalled(*pids: int) -> list[str]:
    reached = [
        f"process {pid}" for pid in pids if pid != os.getpid() and _succeeds(os.kill, pid, 0)
    ]
    if os.getppid() and _succeeds(os.kill, os.getppid(), 0):
        reached.append("its keeper")
    return reached


def _named(variable: str) -> list[str]:
    return [variable] if variable in os.environ else []


def _roots_rights() -> list[str]:
    ids = (*os.getresuid(), *os.getresgid())
    return [f"number {number}" for number in sorted(set(ids)) if number == 0]


def _calls(**numbers: int) -> list[str]:
    """System calls that were carried out, each tried in a process of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    page = ctypes.create_string_buffer(256)
    arguments = {
        "keyctl": (0, -2, 1),  # this process's own keyring
        "io_uring_setup": (1, page),
        "ptrace": (0, 0, 0, 0),  # be traced
        "unshare": (_CLONE_NEWUSER,),
        "memfd_create": (page, 0),
    }

    def call(name: str) -> None:
        if libc.syscall(numbers[name], *arguments[name]) < 0:
            raise OSError(ctypes.get_errno(), name)

    tries: dict[str, Callable[[], Any]] = {
        name: partial(call, name) for name in numbers if numbers[name] >= 0
    }
    tries["shared memory"] = lambda: mmap.mmap(-1, mmap.PAGESIZE).close()
    if hasattr(socket, "AF_VSOCK"):
        tries["vsock"] = lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
    return [name for name, action in tries.items() if _in_a_child(action)]


def _in_a_child(action: Callable[[], Any]) -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if _succeeds(action) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _memory(count: int, mib: int) -> list[str]:
    """Have `count` children hold `mib` each; this box is expected to be ended."""
    for _ in range(count):
        if os.fork() == 0:
            try:
                hold = b"x" * (mib * _MIB)
                time.sleep(60)
            finally:
                del hold
                os._exit(0)
    time.sleep(20)
    return [f"{count * mib} MiB"]


def _forks(limit: int) -> list[str]:
    pids: list[int] = []
    try:
        while len(pids) <= limit:
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            pids.append(pid)
    except OSError:
        return []
    return [f"{len(pids)} processes"]


def _fill(files: int, mib: int) -> list[str]:
    """Write so many files of so many MiB."""
    block = bytes(_MIB)
    try:
        for number in range(files):
            with open(f"file {number}", "wb") as file:
                file.writelines(block for _ in range(mib))
    except OSError:
        return []
    return [f"{files * mib} MiB"]


def _spin() -> list[str]:
    while True:
        pass


def _sleep() -> list[str]:
    time.sleep(30)
    return ["30 s"]


def _daemon() -> list[str]:
    """Leave a process behind that has left this one's session."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    time.sleep(0.1)
    return []


def _leave(name: str) -> list[str]:
    """Leave a file in every folder, and return where one lay already."""
    paths = [f"{folder}/{name}" for folder in (os.getcwd(), "/tmp", "/dev/shm")]
    left = [path for path in paths if os.path.lexists(path)]
    _writable(*paths)
    return left


_ATTEMPTS: dict[Attempt, Callable[..., list[str]]] = {
    "read": _readable,
    "write": _writable,
    "connect": _connected,
    "see": _seen,
    "signal": _signalled,
    "environment": _named,
    "root": _roots_rights,
    "calls": lambda numbers: _calls(**numbers),
    "memory": _memory,
    "processes": _forks,
    "fill": _fill,
    "spin": _spin,
    "sleep": _sleep,
    "daemon": _daemon,
    "leave": _leave,
    "device": lambda: [trainer.device()],
}
