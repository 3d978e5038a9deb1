"""A process's descendants, as /proc tells them: their memory, and their end."""

from __future__ import annotations

import os
import resource
import signal
import time

_ENDING_S = 5.0


def resident_kib(root: int, proc_fd: int | None) -> int:
    """Return the resident memory of `root` and its descendants, in KiB; 0 without /proc."""
    table = _table(proc_fd)
    total, wave = 0, {root}
    while wave:
        total += sum(table[pid][1] for pid in wave if pid in table)
        wave = {pid for pid, (parent, _) in table.items() if parent in wave}
    return total * (resource.getpagesize() // 1024)


def kill_descendants(proc_fd: int | None) -> None:
    """Kill every descendant of this process, which must adopt orphans.

    Those whose own parents have just died come to this process one after the other.
    """
    deadline_s = time.monotonic() + _ENDING_S
    while time.monotonic() < deadline_s:
        for pid, (parent, _) in _table(proc_fd).items():
            if parent == os.getpid():
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return


def _table(proc_fd: int | None) -> dict[int, tuple[int, int]]:
    """Return the parent and the resident pages of every process in sight."""
    table: dict[int, tuple[int, int]] = {}
    if proc_fd is None:
        return table
    for name in os.listdir(proc_fd):
        if not name.isdigit():
            continue
        try:
            fd = os.open(f"{name}/stat", os.O_RDONLY, dir_fd=proc_fd)
        except OSError:
            continue  # it ended while we looked
        try:
            fields = os.read(fd, 4096).rpartition(b")")[2].split()
        except OSError:
            continue
        finally:
            os.close(fd)
        table[int(name)] = int(fields[1]), int(fields[21])
    return table
