"""Watches one box: ends it at a limit or when the host lets go, and tells how it ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import time

from autograder.guest.confine import procfs
from autograder.guest.confine.cgroup_meter import Counted
from autograder.guest.protocol.records import pack
from autograder.guest.protocol.walls import ExitFacts, ExitReason, Limits

#: What the host may say on the leash; anything else, and the leash's end, mean "let go".
PAUSE, RESUME = b"pause", b"resume"
_POLL_S, _POLL_SOON_S = 0.1, 0.01
_TAKEN_KIB_PER_S = 4 * 2**20  # the most that one core was seen to take from the kernel


class Clock:
    """A wall clock that can be stopped while a box waits for something that is not its own."""

    def __init__(self) -> None:
        self._before_s = 0.0
        self._since_s: float | None = time.monotonic()

    def pause(self) -> None:
        self._before_s, self._since_s = self.seconds(), None

    def resume(self) -> None:
        if self._since_s is None:
            self._since_s = time.monotonic()

    def seconds(self) -> float:
        """Return for how long it has run, pauses left out."""
        running_s = 0.0 if self._since_s is None else time.monotonic() - self._since_s
        return self._before_s + running_s


def watch(
    pid: int,
    leash: socket.socket,
    proc_fd: int | None,
    limits: Limits,
    clock: Clock,
    counted: Counted | None,
) -> ExitFacts:
    """Wait for the end of `pid`, and return how it ended.

    Args:
        pid: The box's first process.
        leash: The host's word, and its absence, come through it.
        proc_fd: An open /proc, where there is one.
        limits: What the box may use.
        clock: Tells for how long the box has run.
        counted: The cgroup that bounds its memory; without one its processes are looked at.
    """
    why: ExitReason = "ended"
    peak_kib, cpu_s, status, usage = 0, 0.0, None, None
    limit_kib = limits.memory_mib * 1024
    poller = select.poll()
    poller.register(leash, select.POLLIN | select.POLLHUP)
    began_s, wait_s = time.monotonic(), _POLL_SOON_S
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        if poller.poll(wait_s * 1000):
            why = _obey(leash, clock)
        use = procfs.use_of_descendants(os.getpid(), proc_fd, None if counted else limit_kib)
        cpu_s = max(cpu_s, use.cpu_s)
        if counted is None:
            peak_kib = max(peak_kib, use.resident_kib)
        if why == "ended" and counted is not None:
            why = counted.killed() or why
        elif why == "ended" and peak_kib > limit_kib:
            why = "memory"
        if why == "ended" and (clock.seconds() > limits.timeout_s or cpu_s > limits.cpu_s):
            why = "time"
        if why != "ended":
            kill(pid)
            _, status, usage = os.wait4(pid, 0)
            break
        young = time.monotonic() - began_s < 1
        free_kib = limit_kib - use.resident_kib if counted is None else limit_kib
        wait_s = _POLL_SOON_S if young else _pause_s(free_kib)
    cpu_s = max(cpu_s, usage.ru_utime + usage.ru_stime)
    if why == "ended" and os.WIFSIGNALED(status) and cpu_s > limits.cpu_s - 1:
        why = "time"  # the kernel's own account, by which it kills, is a little ahead of this one
    if counted is None:
        peak_kib = max(peak_kib, usage.ru_maxrss)
    else:
        peak_kib = counted.peak_kib()
        if why == "ended":  # between the last look and the end
            why = counted.killed() or why
    return ExitFacts(
        why=why,
        code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        peak_mib=peak_kib / 1024,
        wall_s=clock.seconds(),
        cpu_s=cpu_s,
        counted=counted is not None,
    )


def _pause_s(free_kib: int) -> float:
    """Return when to look again: before all cores together can have filled what is free."""
    taken_s = free_kib / (_TAKEN_KIB_PER_S * (os.cpu_count() or 1))
    return min(_POLL_S, max(_POLL_SOON_S, taken_s))


def kill(pid: int) -> None:
    """Kill the box and its group; with its own PID namespace every descendant dies with it."""
    for victim in (pid, -pid):
        try:
            os.kill(victim, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def send_facts(leash: socket.socket, facts: ExitFacts) -> None:
    """Send the facts, as the last thing on this leash.

    What is unread when a socket closes makes the kernel withhold what was sent on it: so the host
    can say nothing more, and what it said is read.
    """
    try:
        leash.shutdown(socket.SHUT_RD)
        while leash.recv(64, socket.MSG_DONTWAIT):
            pass
    except OSError:
        pass  # nothing was left, or the host is gone
    try:
        leash.send(pack(facts))
    except OSError:
        pass  # the host is gone; nobody is left to tell


def _obey(leash: socket.socket, clock: Clock) -> ExitReason:
    """Do what the host says, and return why the box ends, or "ended" where it goes on."""
    try:
        word = leash.recv(64)
    except OSError:
        return "let go"
    if word == PAUSE:
        clock.pause()
    elif word == RESUME:
        clock.resume()
    else:
        return "let go"
    return "ended"
