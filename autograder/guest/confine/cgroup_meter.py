"""A box's memory as the kernel counts it in a cgroup, which the host made and bounded."""

from __future__ import annotations

import os

from autograder.guest.protocol.walls import ExitReason

_NEAR_KIB = 8 * 1024  # the kernel counts in batches, some of which it has not used up
_BYTES = 4096


class Counted:
    """The cgroup of one box, by the descriptors of three of its files.

    Args:
        files: What its processes are written into, what tells that the kernel killed one, and
            what tells the most memory that was taken.
        limit_kib: Its limit.
    """

    def __init__(self, files: list[int], limit_kib: int) -> None:
        self._processes, self._events, self._peak = files
        self._limit_kib = limit_kib
        self._most_kib = 0

    def add(self, pid: int) -> bool:
        """Count from now on what a process takes, with all its descendants; say whether it is so.

        It takes the kernel some milliseconds.
        """
        try:
            os.write(self._processes, str(pid).encode())
        except OSError:
            return False
        return True

    def close(self) -> None:
        for fd in (self._processes, self._events, self._peak):
            os.close(fd)

    def peak_kib(self) -> int:
        """Return the most that was taken, as far as it was looked at."""
        taken_kib = int(os.pread(self._peak, _BYTES, 0)) // 1024
        self._most_kib = max(self._most_kib, taken_kib)
        return self._most_kib

    def killed(self) -> ExitReason | None:
        """Return why the kernel killed a process of the box for lack of memory, if it did.

        "memory" where the box had reached its limit; "lost" where the machine, or what the box
        shares a limit with, had no more.
        """
        lines = os.pread(self._events, _BYTES, 0).decode("ascii").splitlines()
        events = {name: int(count) for name, count in (line.split() for line in lines)}
        if not events.get("oom_kill"):
            return None
        if "oom" in events:  # version 2 tells at whose limit
            return "memory" if events["oom"] else "lost"
        return "memory" if self.peak_kib() >= self._limit_kib - _NEAR_KIB else "lost"
