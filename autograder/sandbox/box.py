"""A box as the host holds it: its channel, and the leash, which ends it and says how it ended."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.guest.confine import limits
from autograder.guest.protocol import EXIT
from autograder.guest.protocol.walls import ExitFacts
from autograder.guest.wire import Channel, readable
from autograder.sandbox.cgroups import Cgroup
from autograder.sandbox.uid_pool import Slot

_GRACE_S = 60.0


class Box:
    """A forked, limited process inside a sandbox, and the channel to it.

    Args:
        channel: The host's end of the channel.
        leash: The host's end of the leash; the keeper holds the other.
        folder: The box's private folder where it has one on the host's disk.
        slot: The user that is the box's own where it has one.
        cgroup: What counts and bounds its memory where it has one.
    """

    def __init__(
        self,
        channel: Channel,
        leash: socket.socket,
        folder: Path | None,
        slot: Slot | None,
        cgroup: Cgroup | None,
    ) -> None:
        self.channel = channel
        self._leash = leash
        self._folder = folder
        self._slot = slot
        self._cgroup = cgroup
        self._facts: ExitFacts | None = None

    def pause(self) -> None:
        """Stop the box's wall clock while it waits for what is not its own work.

        Its processes run on, and its other limits hold.
        """
        self._say(limits.PAUSE)

    def resume(self) -> None:
        """Let the box's wall clock run again."""
        self._say(limits.RESUME)

    def _say(self, word: bytes) -> None:
        try:
            self._leash.send(word)
        except OSError:
            pass  # it has ended, and its facts say how

    def close(self, patience_s: float = 0.5) -> ExitFacts:
        """End the box if it still runs, and return how it ended.

        Args:
            patience_s: How many seconds the box may take to end by itself.
        """
        if self._facts is None:
            self.channel.close()
            if not readable(self._leash, patience_s):
                # A word on the leash would do as well, but unread it would make the kernel
                # withhold the facts that are on their way.
                self._leash.shutdown(socket.SHUT_WR)
            self._facts = self._await_facts()
            self._leash.close()
            if self._slot is not None and self._facts.why == "lost":
                self._slot.end_all()  # its keeper could not
            if self._cgroup is not None:
                self._cgroup.remove()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
            if self._slot is not None:
                self._slot.release()
        return self._facts

    def _await_facts(self) -> ExitFacts:
        if not readable(self._leash, _GRACE_S):
            return ExitFacts("lost")
        try:
            packet = self._leash.recv(4096)
        except OSError:
            packet = b""
        return EXIT.unpack(packet) if packet else ExitFacts("lost")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
