"""The host's side of a sandbox: start a zygote, open boxes in it, learn how they ended."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path

import psutil

from autograder.boxes.keeper import NO_WALLS
from autograder.errors import SandboxError
from autograder.records import Isolation, Limits
from autograder.sandbox import cgroups, slots, walls
from autograder.sandbox.box import Box
from autograder.sandbox.library import copy_library
from autograder.sandbox.start import start_process
from autograder.wire import FROM_BOX, Bounds, Channel, readable

_START_TIMEOUT_S = 180.0


class Sandbox:
    """A zygote that has imported Keras once, and the boxes forked from it.

    Starting it takes as long as the import; `start` returns at once and the first `open_box`
    waits. Thread-safe.

    Args:
        backend: Keras's backend inside the boxes.
        require_isolation: Open no box without a full sandbox around it.
        gpu: Let boxes use this machine's GPUs; then no student boxes are opened.

    Attributes:
        versions: The backend and Keras's version, once a box was opened.
        walls: What boxes are walled in by, in words with commas, once a box was opened.
    """

    def __init__(
        self,
        backend: str = "tensorflow",
        *,
        require_isolation: bool = False,
        gpu: bool = False,
    ) -> None:
        self._backend = backend
        self._require_isolation = require_isolation
        self._gpu = gpu
        self._isolation: Isolation | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._scratch: Path | None = None
        self._stderr: Path | None = None
        self._cgroups: cgroups.Place | None = None
        self.versions = ""
        self.walls = ""

    @property
    def backend(self) -> str:
        """Keras's backend inside the boxes."""
        return self._backend

    @property
    def isolation(self) -> Isolation:
        """What boxes are walled in by, or will be where none was opened yet."""
        if self._isolation is None:
            self._isolation = walls.isolation()
        return self._isolation

    def processes(self) -> set[int]:
        """Return the numbers of all processes that it consists of now."""
        if self._process is None:
            return set()
        try:
            zygote = psutil.Process(self._process.pid)
            return {zygote.pid, *(one.pid for one in zygote.children(recursive=True))}
        except psutil.NoSuchProcess:
            return set()

    def start(self) -> None:
        """Start the zygote if it is not running."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        if self._stopped.is_set():
            raise SandboxError("A sandbox that was stopped opens no boxes.")
        self._stop()
        if self._require_isolation and self.isolation is not Isolation.FULL:
            raise SandboxError(
                "Isolation was required. Received: no working bubblewrap on this machine. "
                "Install it, or grade where user namespaces are allowed."
            )
        self._cgroups = cgroups.find()
        if self._cgroups is not None:
            self._cgroups.sweep()
        self._scratch = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._scratch.chmod(0o755)  # the zygote may run as another user
        library = copy_library(self._scratch)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ready = False
        with theirs:
            command = walls.zygote_command(
                self.isolation,
                library,
                self._scratch,
                theirs.fileno(),
                self._backend,
                gpu=self._gpu,
            )
            self._stderr = self._scratch / "zygote.log"
            with self._stderr.open("wb") as log:
                self._process = start_process(
                    command.argv,
                    env=command.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    cwd="/",
                )
        self._isolation = command.isolation
        if self._stopped.is_set():  # meanwhile, when there was no process to kill yet
            self._process.kill()

    def open_box(self, role: str, limits: Limits, bounds: Bounds = FROM_BOX) -> Box:
        """Fork a box.

        Args:
            role: "student", "model" or "self-test".
            limits: What the box may use; its keeper enforces them.
            bounds: What a frame from the box may hold.

        Raises:
            SandboxError: The zygote could not be started or has died.
        """
        if self._gpu and role == "student":
            raise SandboxError("Only a model box may use a GPU. Received: a box for a student.")
        with self._lock:
            self._start()
            self._await_ready()
            assert self._control is not None
            assert self._scratch is not None
            folder, slot = self._plain_place()
            order = {
                "role": role,
                "limits": asdict(limits),
                "folder": str(folder),
                "uid": None if slot is None else slot.uid,
            }
            cgroup = self._cgroup(limits.memory_mib)
            host_end, box_end = socket.socketpair()
            leash, keeper_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            box = Box(Channel(host_end, bounds), leash, folder, slot, cgroup)
            with box_end, keeper_end:
                descriptors = [box_end.fileno(), keeper_end.fileno()]
                descriptors += cgroup.files if cgroup else []
                try:
                    socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
                except OSError as error:
                    last_words = self._last_words()
                    keeper_end.close()
                    box.close()
                    raise SandboxError(f"The zygote is gone: {last_words}") from error
            if cgroup is not None:
                cgroup.close_files()
        return box

    def _plain_place(self) -> tuple[Path | None, slots.Slot | None]:
        """Return the folder and the user of a box that has no namespaces of its own."""
        if self._isolation is Isolation.FULL:
            return None, None
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        if not slots.can_give():
            return folder, None
        slot = slots.take()
        os.chown(folder, slot.uid, slot.uid)
        return folder, slot

    def _cgroup(self, limit_mib: int) -> cgroups.Cgroup | None:
        # Without walls and as the user that made it, a box could write to its own.
        writes = self._isolation is Isolation.NONE and not slots.can_give()
        return None if self._cgroups is None or writes else self._cgroups.make(limit_mib)

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
        told = json.loads(message)
        standing = list(told["walls"])
        if self._isolation is not Isolation.FULL:
            held = {"landlock", "seccomp"} <= set(standing)
            self._isolation = Isolation.LANDLOCK if held else Isolation.NONE
            standing += ["own user"] if slots.can_give() else []
        elif self._require_isolation and "seccomp" not in standing:
            self._stop()
            raise SandboxError(
                "Isolation was required. Received: no filter of system calls on this machine. "
                "Install libseccomp (Debian: libseccomp2), and pyseccomp."
            )
        self.versions, self.walls = str(told["backend"]), ", ".join(standing)
        self._ready = True

    def _last_words(self) -> str:
        try:
            text = self._stderr.read_text(errors="replace") if self._stderr else ""
        except OSError:
            text = ""
        return text.strip()[-2000:] or "(none)"

    def stop(self) -> None:
        """End the zygote and every box in it, for good."""
        self._stopped.set()  # before the lock, which a start may hold for long
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
