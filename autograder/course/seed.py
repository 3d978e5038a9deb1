"""The course's secret, from which hidden inputs are drawn: made once, and kept from others."""

from __future__ import annotations

import os
import secrets

from autograder.course.catalog import Course
from autograder.course.state import state_folder
from autograder.errors import AutograderError
from autograder.files import replacing

_BYTES_LEAST = 16


def course_seed(course: Course) -> bytes:
    """Return the course's secret, from which hidden inputs are drawn; made at first use.

    It is `AUTOGRADER_SEED` where that is set, else kept as `seed` in the course's `state_folder`.

    Raises:
        AutograderError: It cannot be kept or read.
    """
    if seed_text := os.environ.get("AUTOGRADER_SEED"):
        return seed_text.encode()
    path = state_folder(course) / "seed"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(path, mode=0o600, keep_first=True) as file:  # all processes draw alike
                file.write(secrets.token_hex(32).encode())
        seed = path.read_bytes().strip()
        if len(seed) < _BYTES_LEAST:
            raise OSError(f"a file of {len(seed)} bytes; delete it, and it will be made anew")
        return seed
    except OSError as error:
        raise AutograderError(
            f"The course's secret must be kept in {path}. Received: {error}. "
            "Make the folder writable, or set AUTOGRADER_SEED."
        ) from error
