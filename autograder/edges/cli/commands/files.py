"""Writes results so that a reader never sees half a file."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.errors import UsageError
from autograder.files import replacing


def must_be_writable(path: Path, option: str) -> None:
    """Raise a `UsageError` now, rather than after an hour of grading."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(
            f"{option} must name a file in a folder that exists. Received: {path}. "
            "Create the folder, or correct the path."
        )


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all."""
    if path.exists() and not path.is_file():  # /dev/null, a pipe: nothing to put in its place
        path.write_bytes(content)
        return
    with replacing(path) as file:
        file.write(content)
