"""Starts a process that dies with this one, from whichever thread."""

from __future__ import annotations

import queue
import subprocess
import threading
from typing import Any

from autograder.errors import SandboxError


def start_process(argv: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process from a thread that lives as long as it does.

    A sandbox asks to die with its parent, and to the kernel the parent is the thread that started
    it: started from a pool, it would be killed when the pool's thread ends.

    Raises:
        SandboxError: The system does not start it.
    """
    started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

    def parent() -> None:
        try:
            process = subprocess.Popen(argv, **options)
        except OSError as error:
            started.put(error)
        else:
            started.put(process)
            process.wait()

    threading.Thread(target=parent, name="zygote's parent", daemon=True).start()
    process = started.get()
    if isinstance(process, OSError):
        raise SandboxError(f"A sandbox could not be started: {process}") from process
    return process
