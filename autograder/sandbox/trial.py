"""Tries each wall of a sandbox by asking a box to break it, and by looking at what came of it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from autograder.boxes import landlock
from autograder.records import Limits
from autograder.sandbox.zygote import Sandbox
from autograder.wire import ChannelClosed

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
    """One line of what was found out. `remedy` says how to get what is missing."""

    name: str
    state: State
    told: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Wall:
    """What is to hold, in words; which walls make it hold, any of them; and the attempt on it.

    `attempt` returns what was got at in spite of it. Where `by` is empty it holds everywhere.
    """

    name: str
    holds: str
    by: tuple[str, ...]
    attempt: Callable[[], list[str]]


def try_walls(sandbox: Sandbox) -> list[Finding]:
    """Return what came of an attempt on each wall.

    Raises:
        SandboxError: No box could be opened.
    """
    counted = sandbox.open_box("self-test", _LIMITS).close(0.0).counted
    standing = set(sandbox.walls.split(", "))
    with _Outside() as outside:
        walls = [*_sights(sandbox, outside), *_limits(sandbox, counted=counted)]
        with ThreadPoolExecutor(4) as pool:
            got = list(pool.map(lambda wall: wall.attempt(), walls))
        last = _traces(sandbox)  # these look at all processes and files: one after the other
        got += [wall.attempt() for wall in last]
    return [
        _judged(wall, broken, standing) for wall, broken in zip((*walls, *last), got, strict=True)
    ]


def device(sandbox: Sandbox) -> str:
    """Return what a box's backend would train on: "gpu" or "cpu"."""
    return _asked(sandbox, "device")[0]


def _judged(wall: _Wall, got: list[str], standing: set[str]) -> Finding:
    if not got:
        return Finding(wall.name, State.OK, wall.holds)
    promised = not wall.by or standing & set(wall.by)
    told = f"got at {', '.join(got)}"
    if promised:
        return Finding(wall.name, State.BROKEN, told)
    return Finding(wall.name, State.MISSING, f"{told}; it takes {' or '.join(wall.by)}")


def _sights(sandbox: Sandbox, outside: _Outside) -> list[_Wall]:
    """What a box may see and reach."""
    hosts = [os.getpid(), *sandbox.processes()]
    walls = ("namespaces", "landlock")
    own = ("namespaces", "own user")
    signals = (*own, "landlock") if landlock.version() >= landlock.SCOPES_SINCE else own
    written = (str(outside.open), os.path.join(sys.prefix, "pyvenv.cfg"), "/usr/autograder-doctor")

    def connect() -> list[str]:
        return _asked(sandbox, "connect", outside.port) + outside.arrived()

    def ask(attempt: str, *args: object) -> Callable[[], list[str]]:
        return lambda: _asked(sandbox, attempt, *args)

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

    def over(why: str, attempt: str, *args: object, **limits: Any) -> Callable[[], list[str]]:
        return lambda: _ended(sandbox, why, attempt, *args, **limits)

    def fill(files: int, mib: int) -> Callable[[], list[str]]:
        return lambda: _asked(sandbox, "fill", files, mib)

    def forks() -> list[str]:
        return _asked(sandbox, "processes", 20, limits=replace(_LIMITS, processes=20))

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
    """What may be left of a box."""

    def daemon() -> list[str]:
        before = sandbox.processes()
        _asked(sandbox, "daemon")
        deadline_s = time.monotonic() + _GONE_S
        while left := sandbox.processes() - before:
            if time.monotonic() > deadline_s:
                return [f"process {pid}, which outlived its box" for pid in left]
            time.sleep(0.02)
        return []

    def leave() -> list[str]:
        name = f"autograder-doctor-{secrets.token_hex(8)}"
        try:
            _asked(sandbox, "leave", name)
            return _asked(sandbox, "leave", name)
        finally:
            for folder in ("/tmp", "/dev/shm"):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, name))

    return [
        _Wall("daemons", "no process outlives its box", (), daemon),
        _Wall("the next box", "finds no file of the one before", ("namespaces", "landlock"), leave),
    ]


def _asked(sandbox: Sandbox, attempt: str, *args: object, limits: Limits = _LIMITS) -> list[str]:
    """Return what a fresh box got at."""
    with sandbox.open_box("self-test", limits) as box:
        box.channel.send({"kind": "try", "attempt": attempt, "args": list(args)})
        try:
            return [str(one) for one in box.channel.receive()[0]["got"]]
        except ChannelClosed:
            return [f"an early end ({box.close()})"]


def _ended(sandbox: Sandbox, why: str, attempt: str, *args: object, **limits: Any) -> list[str]:
    """Return nothing where a box that was told to overrun a limit ended just for it."""
    with sandbox.open_box("self-test", replace(_LIMITS, **limits)) as box:
        box.channel.send({"kind": "try", "attempt": attempt, "args": list(args)})
        with suppress(ChannelClosed):
            box.channel.receive()
        facts = box.close()
    return [] if facts.why == why else [f"more than its limit ({facts})"]


def _numbers() -> dict[str, int]:
    """Return the numbers of system calls here; none where libseccomp is not there to tell them."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError, AttributeError):
        return {}
    return {name: int(pyseccomp.resolve_syscall(0, name)) for name in _CALLS}


class _Outside:
    """What a box is to stay away from: two files, a port, and a variable in the environment."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="autograder-doctor-"))
        self._folder.chmod(0o755)  # who can read is decided by the files
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
        shutil.rmtree(self._folder)
