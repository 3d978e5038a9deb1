"""Processes as /proc tells them: what they use, and their end."""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import dataclass
from typing import NamedTuple

from autograder.guest.confine import libc

_ENDING_S = 5.0
_LOOKED_AT = 32  # processes whose memory is looked at closely, for some ms each


@dataclass(frozen=True, slots=True)
class Use:
    """What processes use together; zero where there is no /proc to tell."""

    resident_kib: int
    cpu_s: float


class _Entry(NamedTuple):
    parent: int
    cpu_ticks: int
    threads: int
    pages: int


def use_of_descendants(root: int, proc_fd: int | None, limit_kib: int | None = None) -> Use:
    """Return what all descendants of `root` use, `root` itself left out.

    Memory that they share is counted once for each, unless they come to more than `limit_kib` so:
    then a closer look divides it among them.
    """
    use, pids = _look(root, proc_fd, limit_kib)
    if limit_kib is None or use.resident_kib <= limit_kib:
        return use
    # Where some ended during the look, their share was counted with each of the others.
    table = _table(proc_fd)
    if all(pid in table and table[pid].pages for pid in pids):
        return use
    return _look(root, proc_fd, limit_kib)[0]


def _look(root: int, proc_fd: int | None, limit_kib: int | None) -> tuple[Use, list[int]]:
    """Return what they use, and which of them held memory."""
    table = _table(proc_fd)
    page_kib = resource.getpagesize() // 1024
    resident_kib: dict[int, int] = {}
    ticks, wave = 0, {root}
    while wave := {pid for pid, entry in table.items() if entry.parent in wave}:
        resident_kib |= {pid: table[pid].pages * page_kib for pid in wave}
        ticks += sum(table[pid].cpu_ticks for pid in wave)
    total_kib = sum(resident_kib.values())
    is_over = limit_kib is not None and total_kib > limit_kib
    if proc_fd is not None and is_over and len(resident_kib) <= _LOOKED_AT:
        total_kib = sum(_share_kib(pid, proc_fd, kib) for pid, kib in resident_kib.items())
    holding = [pid for pid, kib in resident_kib.items() if kib]
    return Use(total_kib, ticks / os.sysconf("SC_CLK_TCK")), holding


def _share_kib(pid: int, proc_fd: int, resident_kib: int) -> int:
    """Return the resident memory of a process with its part of what it shares with others."""
    try:
        fd = os.open(f"{pid}/smaps_rollup", os.O_RDONLY, dir_fd=proc_fd)
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has ended
    except OSError:
        return resident_kib  # it is hidden from us
    try:
        for line in os.read(fd, 8192).splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1])
    except ProcessLookupError:
        return 0
    except OSError:
        pass
    finally:
        os.close(fd)
    return resident_kib


def count_threads(uid: int) -> int:
    """Return how many threads a user runs; 0 where there is no /proc to tell."""
    try:
        proc_fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return 0
    try:
        return sum(entry.threads for entry in _table(proc_fd, uid).values())
    finally:
        os.close(proc_fd)


def kill_all_of(uid: int) -> None:
    """Kill every process of a user that runs nothing but one box; only root can."""
    pid = os.fork()
    if pid == 0:
        try:
            libc.become(uid)
            os.kill(-1, signal.SIGKILL)
        except OSError:
            pass  # nothing of it is left
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def kill_descendants(proc_fd: int | None) -> None:
    """Kill every descendant of this process, which must adopt orphans.

    Those whose own parents have just died come to this process one after the other.
    """
    deadline_s = time.monotonic() + _ENDING_S
    while time.monotonic() < deadline_s:
        for pid, entry in _table(proc_fd).items():
            if entry.parent == os.getpid():
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return


def _table(proc_fd: int | None, uid: int | None = None) -> dict[int, _Entry]:
    """Return what /proc tells of every process in sight, or of one user's alone."""
    table: dict[int, _Entry] = {}
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
            if uid is not None and os.fstat(fd).st_uid != uid:
                continue
            # Behind the name, which may hold anything: the third field and those after it.
            fields = os.read(fd, 4096).rpartition(b")")[2].split()
        except OSError:
            continue
        finally:
            os.close(fd)
        table[int(name)] = _Entry(
            parent=int(fields[1]),
            cpu_ticks=sum(int(field) for field in fields[11:15]),
            threads=int(fields[17]),
            pages=int(fields[21]),
        )
    return table
