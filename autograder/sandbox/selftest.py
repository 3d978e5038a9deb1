"""Tests each wall of a sandbox by having a box attack it, and looks at what it reached."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from autograder.guest.confine import landlock
from autograder.guest.protocol import TRIED
from autograder.guest.protocol.walls import Attempt, ExitReason, Try
from autograder.guest.wire import ChannelClosed
from autograder.records import Limits
from autograder.sandbox.client import Sandbox
from autograder.sandbox.scratch import make_folder, remove_folder

_LIMITS = Limits(timeout_s=20, cpu_s=20, memory_mib=1500, processes=64, file_mib=4)
_CALLS = ("keyctl", "io_uring_setup", "ptrace", "unshare", "memfd_create")
_MARKER = "AUTOGRADER_DOCTOR"
_GONE_S = 3.0


class State(StrEnum):
    """How a finding turned out.

    A wall is `BROKEN` that should have held, and `MISSING` where this machine does not give it.
    A `FACT` is neither good nor bad.
    """

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what was examined. `remedy` says how to get what is missing."""

    name: str
    state: State
    outcome: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Wall:
    """What must hold, in words; the walls of which any makes it hold; and the attack on it.

    `attempt` returns what was reached in spite of it. Where `by` is empty it holds everywhere.
    """

    name: str
    holds: str
    by: tuple[str, ...]
    attempt: Callable[[], list[str]]


def try_walls(sandbox: Sandbox) -> list[Finding]:
    """Return the outcome of an attack on each wall.

    Raises:
        SandboxError: No box could be opened.
    """
    counted = sandbox.open_box("self-test", _LIMITS).close(0.0).counted
    standing = set(sandbox.walls.split(", "))
    with _Outside() as outside:
        walls = [*_sights(sandbox, outside), *_limits(sandbox, counted=counted)]
        with ThreadPoolExecutor(4) as pool:
            breaches = list(pool.map(lambda wall: wall.attempt(), walls))
        last = _traces(sandbox)  # these look at all processes and files: one after the other
        breaches += [wall.attempt() for wall in last]
    return [
        _judged(wall, reached, standing)
        for wall, reached in zip((*walls, *last), breaches, strict=True)
    ]


def device(sandbox: Sandbox) -> str:
    """Return what a box's backend would train on: "gpu" or "cpu"."""
    return _reached(sandbox, "device")[0]


def _judged(wall: _Wall, reached: list[str], standing: set[str]) -> Finding:
    if not reached:
        return Finding(wall.name, State.OK, wall.holds)
    promised = not wall.by or standing & set(wall.by)
    outcome = f"got at {', '.join(reached)}"
    if promised:
        return Finding(wall.name, State.BROKEN, outcome)
    return Finding(wall.name, State.MISSING, f"{outcome}; it takes {' or '.join(wall.by)}")


def _sights(sandbox: Sandbox, outside: _Outside) -> list[_Wall]:
    """What a box may see and reach."""
    hosts = [os.getpid(), *sandbox.processes()]
    walls = ("namespaces", "landlock")
    own = ("namespaces", "own user")
    signals = (*own, "landlock") if landlock.version() >= landlock.SCOPES_SINCE else own
    written = (str(outside.open), os.path.join(sys.prefix, "pyvenv.cfg"), "/usr/autograder-doctor")

    def connect() -> list[str]:
        return _reached(sandbox, "connect", outside.port) + outside.arrived()

    def ask(attempt: Attempt, *args: object) -> Callable[[], list[str]]:
        return lambda: _reached(sandbox, attempt, *args)

    read = ask("read", str(outside.open), __file__)
    private = ask("read", str(outside.closed))
    return [
        _Wall("files", "cannot read the host's files", walls, read),
        _Wall("private files", "nor those of one user alone", (*own, "landlock"), private),
        _Wall("writing", "cannot write outside", walls, ask("write", *written)),
        _Wall("network", "reaches no port and no network", ("namespaces", "seccomp"), connect),
        _Wall("processes", "sees none of the host or zygote", walls, ask("see", *hosts)),
        _Wall("signals", "can signal none of them", signals, ask("signal", *hosts)),
        _Wall("root", "has none of root's rights", own, ask("root")),
        _Wall("environment", "does not know the host's", (), ask("environment", _MARKER)),
        _Wall(
            "system calls", f"{', '.join(_CALLS)}: refused", ("seccomp",), ask("calls", _numbers())
        ),
    ]


def _limits(sandbox: Sandbox, *, counted: bool) -> list[_Wall]:
    """What a box may use; `counted` says whether a cgroup bounds its memory."""

    def over(
        why: ExitReason, attempt: Attempt, *args: object, **limits: Any
    ) -> Callable[[], list[str]]:
        return lambda: _ended(sandbox, why, attempt, *args, **limits)

    def fill(files: int, mib: int) -> Callable[[], list[str]]:
        return lambda: _reached(sandbox, "fill", files, mib)

    def forks() -> list[str]:
        return _reached(sandbox, "processes", 20, limits=replace(_LIMITS, processes=20))

    memory = over("memory", "memory", 8, 150, memory_mib=1000)
    by = "counted by a cgroup" if counted else "looked at by a keeper"
    return [
        _Wall("memory", f"eight children that pass 1000 MiB end it; {by}", (), memory),
        _Wall("time", "it ends after 0.7 s", (), over("time", "sleep", timeout_s=0.7)),
        _Wall("processor", "it ends after 1 s of it", (), over("time", "spin", cpu_s=1)),
        _Wall("forks", "a fork bomb stops below 20", (), forks),
        _Wall("file size", "a file ends at 4 MiB", (), fill(1, 5)),
        _Wall("disk", "all its files end at 8 MiB", ("namespaces",), fill(12, 1)),
    ]


def _traces(sandbox: Sandbox) -> list[_Wall]:
    """What may remain of a box."""

    def daemon() -> list[str]:
        earlier = sandbox.processes()
        _reached(sandbox, "daemon")
        deadline_s = time.monotonic() + _GONE_S
        while remaining := sandbox.processes() - earlier:
            if time.monotonic() > deadline_s:
                return [f"process {pid}, which outlived its box" for pid in remaining]
            time.sleep(0.02)
        return []

    def leave() -> list[str]:
        name = f"autograder-doctor-{secrets.token_hex(8)}"
        try:
            _reached(sandbox, "leave", name)
            return _reached(sandbox, "leave", name)
        finally:
            for folder in ("/tmp", "/dev/shm"):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, name))

    return [
        _Wall("daemons", "no process outlives its box", (), daemon),
        _Wall("the next box", "finds no file of the one before", ("namespaces", "landlock"), leave),
    ]


def _reached(
    sandbox: Sandbox, attempt: Attempt, *args: object, limits: Limits = _LIMITS
) -> list[str]:
    """Return what a fresh box reached by an attack."""
    with sandbox.open_box("self-test", limits) as box:
        box.channel.send(Try(attempt, args))
        try:
            return list(box.channel.receive(TRIED)[0].got)
        except ChannelClosed:
            return [f"an early end ({box.close()})"]


def _ended(
    sandbox: Sandbox, why: ExitReason, attempt: Attempt, *args: object, **limits: Any
) -> list[str]:
    """Return nothing where a box that overran a limit on purpose was ended for that reason."""
    with sandbox.open_box("self-test", replace(_LIMITS, **limits)) as box:
        box.channel.send(Try(attempt, args))
        with suppress(ChannelClosed):
            box.channel.receive(TRIED)
        facts = box.close()
    return [] if facts.why == why else [f"more than its limit ({facts})"]


def _numbers() -> dict[str, int]:
    """Return the numbers of system calls here; none without libseccomp to look them up."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError, AttributeError):
        return {}
    return {name: int(pyseccomp.resolve_syscall(0, name)) for name in _CALLS}


class _Outside:
    """What a box must not reach: two files, a port, and a variable in the environment."""

    def __init__(self) -> None:
        self._folder = make_folder("doctor")  # who can read is decided by the files
        self.open, self.closed = self._folder / "answers", self._folder / "gradebook"
        for path, mode in ((self.open, 0o666), (self.closed, 0o600)):
            path.touch()
            path.chmod(mode)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))

    def arrived(self) -> list[str]:
        """Return ["UDP"] once a datagram has come."""
        try:
            return ["UDP"] if self._datagrams.recv(1, socket.MSG_DONTWAIT) else []
        except BlockingIOError:
            return []

    def __enter__(self) -> Self:
        os.environ[_MARKER] = "secret"
        return self

    def __exit__(self, *_: object) -> None:
        del os.environ[_MARKER]
        self._server.close()
        self._datagrams.close()
        remove_folder(self._folder)
