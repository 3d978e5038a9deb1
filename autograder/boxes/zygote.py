"""The process that imports Keras once and forks a fresh, limited box whenever the host asks.

The host sends one message per box on a socket of packets: the box's `order` as JSON, and
descriptors: the frames' channel for the box, a leash for its keeper, and three files of the box's
cgroup where it has one. When the host is gone, the control socket closes, and the zygote ends with
every box.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

from autograder.boxes import enclosure, kernel
from autograder.boxes.keeper import NO_WALLS, keep

_ORDER_BYTES, _DESCRIPTORS = 65536, 5


def main() -> None:
    """Import what boxes need, tell the host, and fork boxes until it hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    plan = json.loads(sys.argv[2])
    kernel.die_with_parent(signal.SIGKILL)
    if plan["namespaces"] and not enclosure.can_wall_in():
        os._exit(NO_WALLS)
    walls = enclosure.prepare(plan)
    began_s = time.monotonic()
    backend = _import_libraries()
    kernel.hide_memory()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are reaped by the kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to act on
    gc.collect()
    gc.freeze()  # the imported objects stay shared with every fork
    import_s = time.monotonic() - began_s
    ready = {"ready": True, "import_s": import_s, "backend": backend, "walls": walls.names}
    control.send(json.dumps(ready).encode())
    while True:
        message, fds, _, _ = socket.recv_fds(control, _ORDER_BYTES, _DESCRIPTORS)
        if not message:
            os._exit(0)
        _fork_keeper(control, json.loads(message), fds, walls)


def _import_libraries() -> str:
    import keras
    import matplotlib.pyplot as plt  # noqa: F401

    with suppress(ImportError):
        import sklearn.metrics  # noqa: F401

    # What every box runs: compiled once here, not by each of them.
    from autograder.boxes import model, student  # noqa: F401

    return f"{keras.backend.backend()}, Keras {keras.__version__}"


def _fork_keeper(
    control: socket.socket, order: dict[str, Any], descriptors: list[int], walls: enclosure.Walls
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
