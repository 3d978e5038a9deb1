"""Imports a course's libraries once, and forks a fresh, limited box whenever the host asks.

The host sends one message per box on a socket of packets: the box's `Order`, and
descriptors: the frames' channel for the box, a leash for its keeper, and three files of the box's
cgroup where it has one. When the host is gone, the control socket closes, and the zygote ends with
every box.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence

from autograder.guest.confine import confinement, libc
from autograder.guest.confine.keeper import BOXES, NO_WALLS, keep
from autograder.guest.protocol import ORDER, PLAN
from autograder.guest.protocol.records import pack
from autograder.guest.protocol.walls import Order, Ready

_ORDER_BYTES, _DESCRIPTORS = 65536, 5


def main() -> None:
    """Import what boxes need, tell the host, and fork boxes until it hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    plan = PLAN.unpack(sys.argv[2].encode())
    libc.die_with_parent(signal.SIGKILL)
    if plan.namespaces and not confinement.can_wall_in():
        os._exit(NO_WALLS)
    walls = confinement.prepare(plan)
    began_s = time.monotonic()
    backend = _import_libraries(plan.libraries)
    libc.hide_memory()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are reaped by the kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to act on
    gc.collect()
    gc.freeze()  # the imported objects stay shared with every fork
    import_s = time.monotonic() - began_s
    control.send(pack(Ready(import_s, backend, tuple(walls.names))))
    while True:
        message, fds, _, _ = socket.recv_fds(control, _ORDER_BYTES, _DESCRIPTORS)
        if not message:
            os._exit(0)
        _fork_keeper(control, ORDER.unpack(message), fds, walls)


def _import_libraries(names: Sequence[str]) -> str:
    """Import what the course's boxes need, and say which backend that brought."""
    for name in names:
        importlib.import_module(name)
    for name in BOXES.values():  # compiled once here, not by each of them
        importlib.import_module(name)
    keras = sys.modules.get("keras")
    return f"{keras.backend.backend()}, Keras {keras.__version__}" if keras else "no Keras"


def _fork_keeper(
    control: socket.socket, order: Order, descriptors: list[int], walls: confinement.Walls
) -> None:
    if os.fork() == 0:
        status = 1
        try:
            control.close()
            keep(order, descriptors, walls)
            status = 0
        except BaseException:  # SystemExit too: a fork never goes on in its parent's code
            traceback.print_exc()  # into the zygote's log, which the host quotes
            raise
        finally:
            os._exit(status)
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    main()
