"""Users without an account, of which each box of root's gets one to itself while it is open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from autograder.errors import SandboxError

#: The user that a sandbox of root's with namespaces runs as; boxes without get those after it.
#: No distribution gives an account these numbers, and systemd leaves them alone.
BOX_UID = 60_706
_LAST_UID = 61_183
_CAP_SETGID, _CAP_SETUID = 1 << 6, 1 << 7


class Slot:
    """A user that no other box on this machine has at the same time.

    Args:
        uid: The user's number, and its group's.
        claim: A bound socket, whose name says that the user is taken for as long as it is open.
    """

    def __init__(self, uid: int, claim: socket.socket) -> None:
        self.uid = uid
        self._claim = claim

    def end_all(self) -> None:
        """Kill whatever still runs as this user."""
        subprocess.run(
            ["/bin/sh", "-c", "kill -9 -1"],
            user=self.uid,
            group=self.uid,
            extra_groups=[],
            stderr=subprocess.DEVNULL,
            check=False,
        )

    def release(self) -> None:
        self._claim.close()


def can_give() -> bool:
    """Return whether this process may start others as users of its choice."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            required = _CAP_SETGID | _CAP_SETUID
            return int(line.split()[1], 16) & required == required
    return False


def take() -> Slot:
    """Return a free user.

    Raises:
        SandboxError: All are taken.
    """
    for uid in range(BOX_UID + 1, _LAST_UID + 1):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            # An abstract name: it is no file, and it is free again when its holder ends.
            claim.bind(f"\0autograder-uid-{uid}")
        except OSError:
            claim.close()
            continue
        return Slot(uid, claim)
    raise SandboxError(
        f"Each open box needs a user of its own, of {BOX_UID + 1} to {_LAST_UID}. "
        "Received: none is free. Grade fewer at once."
    )
