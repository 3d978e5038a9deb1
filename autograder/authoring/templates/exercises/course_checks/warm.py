"""Processes that have loaded the libraries already: forked, or kept in reserve."""

from __future__ import annotations

import threading
from typing import Any

from course_checks.processes import Process, Program, kill_group


class Forked(Process):
    """A process that a warm program has forked: it starts at once, with all libraries loaded.

    Args:
        job: What it is to run, and how.
        server: The warm program; it goes on when this process has ended.
        free: Held while the process runs, for the program reads one at a time.
    """

    def __init__(self, job: dict[str, Any], server: Program, free: threading.Lock) -> None:
        self.pid = 0
        self.ended: int | None = None
        self.free = free
        free.acquire()  # released by `end`, which a start that fails calls as well
        super().__init__(job, server)

    def next(self, timeout_s: float) -> dict[str, Any]:
        """Return the next message, as `Program.next` does."""
        message = self.program.next(timeout_s)
        if message.get("event") == "forked":
            self.pid = message["pid"]
        elif message.get("event") == "ended":
            self.ended = message["status"]
            return {"event": "gone"}
        return message

    def status(self) -> int:
        """Return how the process has ended."""
        return self.ended or 0

    def kill(self) -> None:
        """Kill the process alone; the program that forked it stays."""
        if self.ended is None and self.pid:
            kill_group(self.pid)

    def finish(self) -> None:
        """End the process: it holds nothing worth waiting for."""
        self.end()

    def end(self) -> None:
        """End the process, and wait until the program is free for another."""
        self.kill()
        while self.ended is None and self.program.process.poll() is None:
            self.next(0.1)
        if self.free.locked():
            self.free.release()


class Warm:
    """Gives processes that have loaded the libraries already.

    Where the system can, they are forked from one that is kept. Else one is made ready in reserve.

    Args:
        libraries: What to load.
        fork: Whether to fork.
    """

    def __init__(self, libraries: list[str], *, fork: bool) -> None:
        self.first = {"warm": libraries, "fork": fork}
        self.fork = fork
        self.free = threading.Lock()
        self.has_loaded = False
        self.waiting = self._program()

    def is_warm(self) -> bool:
        """Return whether the libraries are loaded."""
        if self.waiting.process.poll() is not None:  # who loads them has been killed
            self.waiting = self._program()
        if not self.has_loaded:
            self.has_loaded = self.waiting.next(0).get("event") == "warm"
        return self.has_loaded

    def _program(self) -> Program:
        self.has_loaded = False
        program = Program()
        program.send(self.first)
        return program

    def start(self, job: dict[str, Any]) -> Process:
        """Start a process with a job; while the libraries are loading it is one without them."""
        if not self.is_warm():
            return Process(job)
        if self.fork:
            return Forked(job, self.waiting, self.free)
        process = Process(job, self.waiting)
        self.waiting = self._program()
        return process

    def close(self) -> None:
        """End what waits."""
        self.waiting.end()
