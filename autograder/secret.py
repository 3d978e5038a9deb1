"""The course's secret, from which hidden inputs are drawn: made once, kept, read by nobody else."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from autograder.catalog import state_folder
from autograder.errors import AutograderError

_BYTES_LEAST = 16


def course_seed(root: Path) -> bytes:
    """Return the course's secret, from which hidden inputs are drawn; made at first use.

    It is `AUTOGRADER_SEED` where that is set, else kept as `seed` in the course's `state_folder`.
    """
    if given := os.environ.get("AUTOGRADER_SEED"):
        return given.encode()
    path = state_folder(root) / "seed"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix="seed.") as fresh:  # mode 0600
                fresh.write(secrets.token_hex(32).encode())
                fresh.flush()
                try:
                    os.link(fresh.name, path)  # whoever is first wins, for every process alike
                except FileExistsError:
                    pass
        seed = path.read_bytes().strip()
        if len(seed) < _BYTES_LEAST:
            raise OSError(f"a file of {len(seed)} bytes; delete it, and it will be made anew")
        return seed
    except OSError as error:
        raise AutograderError(
            f"The course's secret must be kept in {path}. Received: {error}. "
            "Make the folder writable, or set AUTOGRADER_SEED."
        ) from error
