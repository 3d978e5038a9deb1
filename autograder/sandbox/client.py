"""Boxes for whoever asks: forked from one zygote, which is started when it is first needed."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from autograder.errors import SandboxError
from autograder.guest.protocol import walls
from autograder.guest.protocol.walls import Order
from autograder.guest.wire import FROM_BOX, Bounds, Channel
from autograder.records import Isolation, Limits
from autograder.sandbox import bwrap, cgroups, uid_pool
from autograder.sandbox.box import Box
from autograder.sandbox.zygote import NoNamespacesError, Zygote

#: What boxes of a course about Keras import.
LIBRARIES = ("keras", "matplotlib.pyplot", "sklearn.metrics")


class Sandbox:
    """A zygote that has imported a course's libraries once, and the boxes forked from it.

    Starting it takes as long as the import; `start` does not wait for it, the first `open_box`
    waits. Thread-safe.

    Args:
        backend: Keras's backend inside the boxes.
        require_isolation: Open no box without a full sandbox around it.
        gpu: Let boxes use this machine's GPUs; then no student boxes are opened.
        libraries: The modules that every box has imported when it starts.
        hidden: Folders that no box may see, such as the course's own.

    Attributes:
        versions: The backend and Keras's version, once a box was opened.
        walls: What boxes are walled in by, in words with commas, once a box was opened.
        cgroup_place: Where cgroups for boxes are made, once it was started; None where keepers look
            at the memory of boxes instead.
    """

    def __init__(
        self,
        backend: str = "tensorflow",
        *,
        require_isolation: bool = False,
        gpu: bool = False,
        libraries: Sequence[str] = LIBRARIES,
        hidden: Sequence[Path] = (),
    ) -> None:
        self._backend = backend
        self._require_isolation = require_isolation
        self._gpu = gpu
        self._libraries = tuple(libraries)
        self._hidden = tuple(hidden)
        self._isolation: Isolation | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._ready = False
        self._zygote: Zygote | None = None
        self.cgroup_place: cgroups.Place | None = None
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
            self._isolation = bwrap.isolation()
        return self._isolation

    def processes(self) -> set[int]:
        """Return the numbers of all processes that it consists of now."""
        return set() if self._zygote is None else self._zygote.processes()

    def start(self) -> None:
        """Start the zygote if it is not running."""
        with self._lock:
            self._start()

    def _start(self) -> Zygote:
        if self._zygote is not None and self._zygote.running:
            return self._zygote
        if self._stopped.is_set():
            raise SandboxError("A sandbox that was stopped opens no boxes.")
        self._stop()
        if self._require_isolation and self.isolation is not Isolation.FULL:
            raise SandboxError(
                "Isolation was required. Received: no working bubblewrap on this machine. "
                "Install it, or grade where user namespaces are allowed."
            )
        self.cgroup_place = cgroups.find()
        if self.cgroup_place is not None:
            self.cgroup_place.sweep()
        self._zygote = Zygote(
            self.isolation,
            self._backend,
            gpu=self._gpu,
            libraries=self._libraries,
            hidden=self._hidden,
        )
        self._isolation = self._zygote.isolation
        if self._stopped.is_set():  # meanwhile, when there was no process to kill yet
            self._zygote.kill()
        return self._zygote

    def open_box(self, role: walls.Role, limits: Limits, bounds: Bounds = FROM_BOX) -> Box:
        """Fork a box.

        Args:
            role: What the box does.
            limits: What the box may use; its keeper enforces them.
            bounds: What a frame from the box may hold.

        Raises:
            SandboxError: The zygote could not be started or has died.
        """
        if self._gpu and role == "student":
            raise SandboxError("Only a model box may use a GPU. Received: a box for a student.")
        with self._lock:
            zygote = self._started()
            folder, slot = self._plain_place(zygote)
            order = Order(
                role=role,
                limits=msgspec.convert(limits, walls.Limits, from_attributes=True),
                folder=None if folder is None else str(folder),
                uid=None if slot is None else slot.uid,
            )
            cgroup = self._cgroup(limits.memory_mib)
            host_end, box_end = socket.socketpair()
            leash, keeper_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            box = Box(Channel(host_end, bounds), leash, folder, slot, cgroup)
            with box_end, keeper_end:
                descriptors = [box_end.fileno(), keeper_end.fileno()]
                descriptors += cgroup.files if cgroup else []
                try:
                    zygote.send(order, descriptors)
                except SandboxError:
                    keeper_end.close()
                    box.close()
                    raise
            if cgroup is not None:
                cgroup.close_files()
        return box

    def _plain_place(self, zygote: Zygote) -> tuple[Path | None, uid_pool.Slot | None]:
        """Return the folder and the user of a box that has no namespaces of its own."""
        if self._isolation is Isolation.FULL:
            return None, None
        folder = Path(tempfile.mkdtemp(dir=zygote.folder))
        if not uid_pool.can_give():
            return folder, None
        slot = uid_pool.take()
        os.chown(folder, slot.uid, slot.uid)
        return folder, slot

    def _cgroup(self, limit_mib: int) -> cgroups.Cgroup | None:
        # Without walls and as the user that made it, a box could write to its own.
        writes = self._isolation is Isolation.NONE and not uid_pool.can_give()
        return None if self.cgroup_place is None or writes else self.cgroup_place.make(limit_mib)

    def _started(self) -> Zygote:
        """Return the zygote once it has imported everything."""
        zygote = self._start()
        if self._ready:
            return zygote
        try:
            ready = zygote.await_ready()
        except NoNamespacesError:
            was_full = self._isolation is Isolation.FULL
            self._stop()
            if not was_full:
                raise
            self._isolation = Isolation.NONE  # known before anything of a student's has run
            return self._started()
        except SandboxError:
            self._stop()
            raise
        standing = list(ready.walls)
        if self._isolation is not Isolation.FULL:
            confined = {"landlock", "seccomp"} <= set(standing)
            self._isolation = Isolation.LANDLOCK if confined else Isolation.NONE
            standing += ["own user"] if uid_pool.can_give() else []
        elif self._require_isolation and "seccomp" not in standing:
            self._stop()
            raise SandboxError(
                "Isolation was required. Received: no filter of system calls on this machine. "
                "Install libseccomp (Debian: libseccomp2), and pyseccomp."
            )
        self.versions, self.walls = ready.backend, ", ".join(standing)
        self._ready = True
        return zygote

    def stop(self) -> None:
        """End the zygote and every box in it, for good."""
        self._stopped.set()  # before the lock, which a start may hold for long
        if (zygote := self._zygote) is not None and not self._ready:
            zygote.kill()
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._zygote is not None:
            self._zygote.end()
        self._zygote = None
        self._ready = False
