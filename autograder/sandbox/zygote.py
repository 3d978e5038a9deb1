"""The zygote as the host holds it: its process, its control socket, and its folder."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from autograder.errors import SandboxError
from autograder.guest.confine.keeper import NO_WALLS
from autograder.guest.protocol import READY
from autograder.guest.protocol.records import pack
from autograder.guest.protocol.walls import Order, Ready
from autograder.guest.wire import readable
from autograder.records import Isolation
from autograder.sandbox import bwrap
from autograder.sandbox.guest_copy import copy_guest
from autograder.sandbox.scratch import make_folder, remove_folder
from autograder.sandbox.spawn import start_process

_START_TIMEOUT_S = 180.0


class NoNamespacesError(SandboxError):
    """Bubblewrap started, but the kernel gives boxes no namespaces inside of it."""


class Zygote:
    """A process that imports a course's libraries once, and forks a box at each order.

    Making one starts the process; `await_ready` waits for its imports.

    Args:
        isolation: How it is to be confined.
        backend: Keras's backend inside the boxes.
        gpu: Let boxes use this machine's GPUs.
        libraries: The modules that it imports.
        hidden: Folders that no box may see.

    Attributes:
        folder: The folder of the host's that is this zygote's alone.
        isolation: How its command confines it.

    Raises:
        SandboxError: The system does not start it.
    """

    def __init__(
        self,
        isolation: Isolation,
        backend: str,
        *,
        gpu: bool,
        libraries: Sequence[str],
        hidden: Sequence[Path],
    ) -> None:
        self.folder = make_folder()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                command = bwrap.zygote_command(
                    isolation,
                    copy_guest(self.folder),
                    self.folder,
                    theirs.fileno(),
                    backend,
                    gpu=gpu,
                    libraries=libraries,
                    hidden=hidden,
                )
                self._log = self.folder / "zygote.log"
                with self._log.open("wb") as log:
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
        except BaseException:  # Ctrl-C too: nothing is left behind
            self._control.close()
            remove_folder(self.folder)
            raise
        self.isolation = command.isolation

    @property
    def running(self) -> bool:
        """Whether its process has not ended."""
        return self._process.poll() is None

    def processes(self) -> set[int]:
        """Return the numbers of all processes that it consists of now, its boxes among them."""
        try:
            zygote = psutil.Process(self._process.pid)
            return {zygote.pid, *(child.pid for child in zygote.children(recursive=True))}
        except psutil.NoSuchProcess:
            return set()

    def await_ready(self) -> Ready:
        """Wait until it has imported everything, and return what it says then.

        Raises:
            NoNamespacesError: The kernel gives none, though bubblewrap could be started.
            SandboxError: It has ended, or takes too long.
        """
        if not readable(self._control, _START_TIMEOUT_S):
            raise SandboxError(f"No box was ready within {_START_TIMEOUT_S:.0f} s.")
        try:
            packet = self._control.recv(65536)
        except OSError:
            packet = b""
        if packet:
            return READY.unpack(packet)
        words = self._last_words()
        kind = NoNamespacesError if self._process.wait() == NO_WALLS else SandboxError
        raise kind(f"A sandbox could not be started. Its last words: {words}")

    def send(self, order: Order, descriptors: Sequence[int]) -> None:
        """Have it fork a box.

        Args:
            order: What kind of box.
            descriptors: The box's end of the channel, the keeper's end of the leash, and the files
                of the box's cgroup.

        Raises:
            SandboxError: It has ended.
        """
        try:
            socket.send_fds(self._control, [pack(order)], descriptors)
        except OSError as error:
            raise SandboxError(f"The zygote is gone: {self._last_words()}") from error

    def _last_words(self) -> str:
        try:
            text = self._log.read_text(errors="replace")
        except OSError:
            text = ""
        return text.strip()[-2000:] or "(none)"

    def kill(self) -> None:
        """Kill its process, without waiting for its end."""
        self._process.kill()

    def end(self) -> None:
        """End it and every box in it, and remove its folder."""
        self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        remove_folder(self.folder)
