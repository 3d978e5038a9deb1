"""Forks one box, stays beside it, and tells the host how it ended.

The keeper is a fork of the zygote. It leaves the zygote's namespaces, forks the box as the first
process of a new PID namespace, and kills it (and so every descendant) at a limit, when the host
lets go of the leash, or when the box has ended.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import traceback

from autograder.guest.confine import confinement, libc, procfs
from autograder.guest.confine import limits as watch
from autograder.guest.confine.cgroup_meter import Counted
from autograder.guest.protocol.walls import Order, Role

#: The exit status of a zygote that cannot make the namespaces of a box.
NO_WALLS = 77
#: What each kind of box runs: its `serve`.
BOXES: dict[Role, str] = {
    "student": "autograder.guest.student.student",
    "model": "autograder.guest.model.worker",
    "self-test": "autograder.guest.confine.selftest",
}


def keep(order: Order, descriptors: list[int], walls: confinement.Walls) -> None:
    """Fork the box that `order` describes and stay until it has ended.

    Args:
        order: What the host wants.
        descriptors: The box's end of its channel; the keeper's end of the leash, on which one
            packet with the `ExitFacts` is sent; and three of the box's cgroup where it has one.
        walls: What the box is walled in by.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    libc.die_with_parent(signal.SIGKILL)
    channel_fd, leash_fd, *files = descriptors
    leash = socket.socket(fileno=leash_fd)
    limits = order.limits
    counted = Counted(files, limits.memory_mib * 1024) if files else None
    counted_fd, counting_fd = os.pipe()  # closed by the keeper once the box is counted
    os.setsid()
    libc.adopt_orphans()
    proc_fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY) if os.path.isdir("/proc") else None
    if walls.namespaces:
        confinement.leave_namespaces()
    clock = watch.Clock()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            leash.close()
            os.close(counting_fd)
            if counted is not None:
                counted.close()
            if proc_fd is not None:
                os.close(proc_fd)
            _serve(order, channel_fd, counted_fd, walls)
            status = 0
        except BaseException:  # SystemExit too: a fork never goes on in its parent's code
            traceback.print_exc()  # into the zygote's log, which the host quotes
            raise
        finally:
            os._exit(status)
    os.close(channel_fd)
    os.close(counted_fd)
    if counted is not None and not counted.add(pid):
        counted = None
    os.close(counting_fd)
    facts = watch.watch(pid, leash, proc_fd, limits, clock, counted)
    watch.kill(pid)
    if order.uid is not None:
        procfs.kill_all_of(order.uid)
    procfs.kill_descendants(proc_fd)
    watch.send_facts(leash, facts)


def _serve(order: Order, channel_fd: int, counted_fd: int, walls: confinement.Walls) -> None:
    confinement.enter(order, walls)
    os.read(counted_fd, 1)
    os.close(counted_fd)
    # They need what only a zygote has imported.
    box = importlib.import_module(BOXES[order.role])
    box.serve(socket.socket(fileno=channel_fd), order.limits)
