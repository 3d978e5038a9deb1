"""What a box's code prints goes to a bounded private file, never onto the channel's descriptor."""

from __future__ import annotations

import os
import sys
import tempfile

_FD = -1
_LIMIT_BYTES = 65536


def redirect(limit_kib: int) -> None:
    """Send descriptors 1 and 2 to a private file, of which `take` gives at most `limit_kib`."""
    global _FD, _LIMIT_BYTES  # noqa: PLW0603 - one process has one standard output
    _LIMIT_BYTES = limit_kib * 1024
    with tempfile.TemporaryFile() as file:
        _FD = os.dup(file.fileno())
    os.dup2(_FD, 1)
    os.dup2(_FD, 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def take() -> str:
    """Return what was printed since the last call, cut at the limit with a note, and forget it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # the student closed or replaced it
    try:
        size = os.fstat(_FD).st_size
        data = os.pread(_FD, _LIMIT_BYTES, 0)
        os.ftruncate(_FD, 0)
        os.lseek(_FD, 0, os.SEEK_SET)
    except OSError:
        return ""
    text = data.decode("utf-8", errors="replace")
    if size > len(data):
        text += f"\n[cut: {size} bytes were printed, {len(data)} are kept]"
    return text
