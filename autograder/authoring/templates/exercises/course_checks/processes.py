"""Processes in which checks run: what they are sent, what they say, how they end."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("worker.py")
_START_S, _FINISH_S = 120.0, 3.0
_STACK_LINE = re.compile(
    r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<name>.+)$', re.MULTILINE
)


class WorkerError(Exception):
    """The process in which checks run does not start."""


class Program:
    """A running `worker.py`: what it is sent, and what it says.

    Args:
        show: Whether its standard error goes to the terminal.
    """

    def __init__(self, *, show: bool = False) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="checks-", ignore_cleanup_errors=True)
        self.errors = Path(self.folder.name) / "errors.txt"
        self.messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        env = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if show else errors,
                env=env,
                start_new_session=os.name == "posix",  # Ctrl-C is for us, who say where it was
            )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                try:
                    self.messages.put(json.loads(line))
                except ValueError:
                    pass  # cut off by an end in the middle of it
        except (OSError, ValueError):
            pass
        self.messages.put(None)

    def send(self, message: dict[str, Any]) -> None:
        """Ask for something."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            pass  # it has ended, which its silence tells

    def next(self, timeout_s: float) -> dict[str, Any]:
        """Return the next message; an empty one if none comes in time, "gone" after the last."""
        try:
            message = (
                self.messages.get(timeout=timeout_s) if timeout_s else self.messages.get_nowait()
            )
            return message or {"event": "gone"}
        except queue.Empty:
            return {"event": "gone"} if self.process.poll() is not None else {}

    def said(self) -> str:
        """Return what it wrote to standard error."""
        return self.errors.read_text(encoding="utf-8", errors="replace").strip()[-2000:]

    def finish(self) -> None:
        """Let the process end in its own way, if it does so soon."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
            self.process.wait(_FINISH_S)
        except (OSError, subprocess.TimeoutExpired):
            pass
        self.end()

    def kill(self) -> None:
        """Kill the process, and all that it has started."""
        if self.process.poll() is None:
            kill_group(self.process.pid)
            self.process.kill()

    def end(self) -> None:
        """End the process, and wait for it."""
        kill_group(self.process.pid)
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                if stream:
                    stream.close()
            except OSError:
                pass
        self.folder.cleanup()


def kill_group(pid: int) -> None:
    """Kill a process and those that it has started, where the system knows groups."""
    try:
        if os.name == "posix":
            os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


class Process:
    """A process that runs the checks of one job.

    Args:
        job: What it is to run, and how.
        program: A program that waits for a job; a new one if None.

    Raises:
        WorkerError: It does not come to run checks.
    """

    def __init__(self, job: dict[str, Any], program: Program | None = None) -> None:
        self.program = program or Program(show=job["show"])
        handle, name = tempfile.mkstemp(suffix=".txt", dir=self.program.folder.name)
        os.close(handle)
        self.stacks = Path(name)
        self.program.send({**job, "stacks": name})
        while (event := self.next(_START_S).get("event")) != "ready":
            self.started(event)
            if event in (None, "gone", "end", "ended"):
                said = self.program.said()
                self.end()
                raise WorkerError(said or "It said nothing.")

    def started(self, event: str | None) -> None:
        """Take a message from before the checks; there is none of interest."""

    def send(self, message: dict[str, Any]) -> None:
        """Ask for something."""
        self.program.send(message)

    def next(self, timeout_s: float) -> dict[str, Any]:
        """Return the next message, as `Program.next` does."""
        return self.program.next(timeout_s)

    def status(self) -> int:
        """Return how the process has ended; a signal is a negative number."""
        return self.program.process.wait()

    def kill(self) -> None:
        """Kill the process, from whichever thread; who reads its messages learns of it."""
        self.program.kill()

    def finish(self) -> None:
        """Let the process end in its own way, if it does so soon."""
        self.program.finish()

    def end(self) -> None:
        """End the process."""
        self.program.end()

    def last_stack(self, path: Path) -> tuple[list[tuple[int, str]], bool]:
        """Return what the interpreter itself last said, while nothing else in it could run.

        Returns:
            Where the file was, outermost first, and whether that waited for a library.
        """
        try:
            text = self.stacks.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return [], False
        dump = re.split(r"^(?:Timeout|Fatal|Windows fatal)", text, flags=re.MULTILINE)[-1]
        own: list[tuple[int, str]] = []
        slow = False
        for match in _STACK_LINE.finditer(dump):  # innermost first, of whichever thread
            file = match["file"]
            if file.endswith(path.name) and not file.endswith(f"test_{path.name}"):
                own.append((int(match["line"]), match["name"]))
            elif not own and ("-packages" in file or file.startswith("<frozen importlib")):
                slow = True
        return own[::-1], slow and bool(own)
