"""The host's side of a sandbox: start a zygote, open boxes in it, learn how they ended."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import autograder
from autograder.errors import SandboxError
from autograder.records import Isolation, Limits
from autograder.sandbox import walls
from autograder.wire import FROM_BOX, Bounds, Channel

#: What boxes may import of this package. Nothing on this list holds an answer.
_LIBRARY = ("__init__.py", "errors.py", "wire.py", "boxes", "probes")
_START_TIMEOUT_S = 180.0
_GRACE_S = 15.0


@dataclass(frozen=True, slots=True)
class ExitFacts:
    """How a box ended, told by its keeper. `why`: ended, let go, memory, time or lost."""

    why: str
    code: int | None = None
    signal: int | None = None
    peak_mib: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0


class Box:
    """A forked, limited process inside a sandbox, and the channel to it."""

    def __init__(self, channel: Channel, leash: socket.socket, folder: Path | None) -> None:
        self.channel = channel
        self._leash = leash
        self._folder = folder
        self._facts: ExitFacts | None = None

    def close(self) -> ExitFacts:
        """End the box if it still runs, and return how it ended."""
        if self._facts is None:
            self.channel.close()
            if not select.select([self._leash], [], [], 0.5)[0]:
                try:
                    self._leash.send(b"let go")
                except OSError:
                    pass  # it has just ended by itself; the facts are on the way
            self._facts = self._await_facts()
            self._leash.close()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
        return self._facts

    def _await_facts(self) -> ExitFacts:
        if not select.select([self._leash], [], [], _GRACE_S)[0]:
            return ExitFacts("lost")
        try:
            message = self._leash.recv(4096)
        except OSError:
            message = b""
        return ExitFacts(**json.loads(message)) if message else ExitFacts("lost")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Sandbox:
    """A zygote that has imported Keras once, and the boxes forked from it.

    Starting it takes as long as the import; `start` returns at once and the first `open_box`
    waits. Thread-safe.

    Args:
        backend: Keras's backend inside the boxes.
    """

    def __init__(self, backend: str = "tensorflow") -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._scratch: Path | None = None
        self._stderr: Path | None = None
        self.isolation = Isolation.NONE
        self.versions = ""

    def start(self) -> None:
        """Start the zygote if it is not running."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._stop()
        self._scratch = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._scratch.chmod(0o755)  # the zygote may run as another user
        library = _copy_library(self._scratch)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = walls.zygote_command(library, self._scratch, theirs.fileno(), self._backend)
            self._stderr = self._scratch / "zygote.log"
            with self._stderr.open("wb") as log:
                self._process = subprocess.Popen(
                    command.argv,
                    env=command.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    cwd="/",
                )
        self._control, self._ready = ours, False
        self._namespaces = command.namespaces
        self.isolation = command.isolation

    def open_box(self, role: str, limits: Limits, bounds: Bounds = FROM_BOX) -> Box:
        """Fork a box.

        Args:
            role: "student" or "model".
            limits: What the box may use; its keeper enforces them.
            bounds: What a frame from the box may hold.

        Raises:
            SandboxError: The zygote could not be started or has died.
        """
        with self._lock:
            self._start()
            self._await_ready()
            assert self._control is not None
            assert self._scratch is not None
            folder = None if self._namespaces else Path(tempfile.mkdtemp(dir=self._scratch))
            order = {"role": role, "limits": asdict(limits), "folder": str(folder)}
            host_end, box_end = socket.socketpair()
            leash, keeper_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with box_end, keeper_end:
                try:
                    socket.send_fds(
                        self._control,
                        [json.dumps(order).encode()],
                        [box_end.fileno(), keeper_end.fileno()],
                    )
                except OSError as error:
                    raise SandboxError(f"The zygote is gone: {self._last_words()}") from error
        return Box(Channel(host_end, bounds), leash, folder)

    def _await_ready(self) -> None:
        if self._ready:
            return
        assert self._control is not None
        deadline = time.monotonic() + _START_TIMEOUT_S
        if not select.select([self._control], [], [], deadline - time.monotonic())[0]:
            raise SandboxError(f"No box was ready within {_START_TIMEOUT_S:.0f} s.")
        try:
            message = self._control.recv(65536)
        except OSError:
            message = b""
        if not message:
            words = self._last_words()
            self._stop()
            raise SandboxError(f"A sandbox could not be started. Its last words: {words}")
        self.versions = str(json.loads(message)["backend"])
        self._ready = True

    def _last_words(self) -> str:
        try:
            text = self._stderr.read_text(errors="replace") if self._stderr else ""
        except OSError:
            text = ""
        return text.strip()[-2000:] or "(none)"

    def stop(self) -> None:
        """End the zygote and every box in it."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._scratch is not None:
            for target in self._scratch.glob("bind*"):
                target.rmdir()  # never rmtree: were a bind seen here, it would be the interpreter
            shutil.rmtree(self._scratch, ignore_errors=True)
        self._control = self._process = self._scratch = None
        self._ready = False


def _copy_library(scratch: Path) -> Path:
    """Copy what boxes may import, so that no box can reach the rest of the package."""
    package = Path(autograder.__file__).parent
    target = scratch / "library" / "autograder"
    target.mkdir(parents=True)
    for name in _LIBRARY:
        source = package / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(source, target / name, ignore=ignore)
        else:
            shutil.copy(source, target / name)
    for folder, _, files in os.walk(scratch / "library"):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    return scratch / "library"
