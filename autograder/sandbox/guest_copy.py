"""What of this package a box gets: copied apart from the rest, and what its digest is."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import autograder

_PACKAGE = Path(autograder.__file__).parent
#: Nothing on this list holds an answer.
_GUEST = ("__init__.py", "errors.py", "guest")


@functools.cache
def guest_files() -> Mapping[str, Path]:
    """Return every file that is copied, by its path within the package."""
    files = {}
    for name in _GUEST:
        place = _PACKAGE / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            files[path.relative_to(_PACKAGE).as_posix()] = path
    return files


def copy_guest(scratch: Path) -> Path:
    """Copy what boxes may import, so that no box can reach the rest; return the new library."""
    library = scratch / "library"
    for name, source in guest_files().items():
        target = library / "autograder" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for folder, _, files in os.walk(library):  # the zygote may run as another user
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    return library


@functools.cache
def guest_digest(*parts: str) -> str:
    """Return a SHA-256 of what is copied, or of those files whose paths begin with a part."""
    digest = hashlib.sha256()
    for name, path in guest_files().items():
        if not parts or name.startswith(parts):
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
