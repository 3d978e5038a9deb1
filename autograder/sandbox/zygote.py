"""The host's side of a sandbox: start a zygote, open boxes in it, learn how they ended."""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import autograder
from autograder.boxes.keeper import NO_WALLS
from autograder.errors import SandboxError
from autograder.records import Isolation, Limits
from autograder.sandbox import walls
from autograder.sandbox.box import Box
from autograder.wire import FROM_BOX, Bounds, Channel, readable

#: What boxes may import of this package. Nothing on this list holds an answer.
_LIBRARY = ("__init__.py", "errors.py", "wire.py", "boxes", "probes")
_START_TIMEOUT_S = 180.0


class Sandbox:
    """A zygote that has imported Keras once, and the boxes forked from it.

    Starting it takes as long as the import; `start` returns at once and the first `open_box`
    waits. Thread-safe.

    Args:
        backend: Keras's backend inside the boxes.
        require_isolation: Open no box without a full sandbox around it.
    """

    def __init__(self, backend: str = "tensorflow", *, require_isolation: bool = False) -> None:
        self._backend = backend
        self._require_isolation = require_isolation
        self._isolation: Isolation | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._scratch: Path | None = None
        self._stderr: Path | None = None
        self.versions = ""

    @property
    def backend(self) -> str:
        """Keras's backend inside the boxes."""
        return self._backend

    @property
    def isolation(self) -> Isolation:
        """What boxes are walled in by, or will be where none was opened yet."""
        return self._isolation or walls.isolation()

    def start(self) -> None:
        """Start the zygote if it is not running."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        if self._stopped:
            raise SandboxError("A sandbox that was stopped opens no boxes.")
        self._stop()
        if self._require_isolation and self.isolation is not Isolation.FULL:
            raise SandboxError(
                "Isolation was required. Received: no working bubblewrap on this machine. "
                "Install it, or grade where user namespaces are allowed."
            )
        self._scratch = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._scratch.chmod(0o755)  # the zygote may run as another user
        library = _copy_library(self._scratch)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = walls.zygote_command(
                self.isolation,
                library,
                self._scratch,
                theirs.fileno(),
                self._backend,
            )
            self._stderr = self._scratch / "zygote.log"
            with self._stderr.open("wb") as log:
                self._process = _start_process(
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
        self._isolation = command.isolation

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
            namespaces = self._isolation is Isolation.FULL
            folder = None if namespaces else Path(tempfile.mkdtemp(dir=self._scratch))
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
                    host_end.close()
                    leash.close()
                    raise SandboxError(f"The zygote is gone: {self._last_words()}") from error
        return Box(Channel(host_end, bounds), leash, folder)

    def _await_ready(self) -> None:
        if self._ready:
            return
        assert self._control is not None
        if not readable(self._control, _START_TIMEOUT_S):
            self._stop()
            raise SandboxError(f"No box was ready within {_START_TIMEOUT_S:.0f} s.")
        try:
            message = self._control.recv(65536)
        except OSError:
            message = b""
        if not message:
            words = self._last_words()
            assert self._process is not None
            no_walls = self._process.wait() == NO_WALLS and self._isolation is Isolation.FULL
            self._stop()
            if not no_walls:
                raise SandboxError(f"A sandbox could not be started. Its last words: {words}")
            self._isolation = Isolation.NONE  # told before anything of a student's has run
            self._start()
            self._await_ready()
            return
        self.versions = str(json.loads(message)["backend"])
        self._ready = True

    def _last_words(self) -> str:
        try:
            text = self._stderr.read_text(errors="replace") if self._stderr else ""
        except OSError:
            text = ""
        return text.strip()[-2000:] or "(none)"

    def stop(self) -> None:
        """End the zygote and every box in it, for good."""
        self._stopped = True  # before the lock, which a start may hold for long
        if (process := self._process) is not None and not self._ready:
            process.kill()
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


def _start_process(argv: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process from a thread that lives as long as it does.

    A sandbox asks to die with its parent, and to the kernel the parent is the thread that started
    it: started from a pool, it would be killed when the pool's thread ends.
    """
    started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

    def parent() -> None:
        try:
            process = subprocess.Popen(argv, **options)
        except OSError as error:
            started.put(error)
        else:
            started.put(process)
            process.wait()

    threading.Thread(target=parent, name="zygote's parent", daemon=True).start()
    process = started.get()
    if isinstance(process, OSError):
        raise SandboxError(f"A sandbox could not be started: {process}") from process
    return process


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
