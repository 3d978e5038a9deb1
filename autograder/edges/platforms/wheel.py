"""The running package as a wheel, without any course: what a container elsewhere installs.

It is made of the files that are running, be they installed or a checkout's, and of their metadata;
so it needs no build tool and no network, and holds the hidden checks of no exercise.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from importlib import metadata
from pathlib import Path

import autograder
from autograder.errors import CourseError

DISTRIBUTION = "keras-course-autograder"
_PACKAGE = Path(autograder.__file__).parent
# The course lies in the second in an installed package, and in the first in a checkout.
_COURSES = ("graders", "_course")
# The same files give the same bytes, whenever they are packed.
_TIME = (1980, 1, 1, 0, 0, 0)


def wheel() -> tuple[str, bytes]:
    """Return the wheel's file name and its bytes.

    Raises:
        CourseError: The package is not installed, and so has no metadata.
    """
    try:
        installed = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise CourseError(
            f"A bundle holds this package as it is installed. Received: {_PACKAGE}, which is not. "
            "Install it: pip install -e ."
        ) from None
    stem = f"{DISTRIBUTION.replace('-', '_')}-{installed.version}"
    info = f"{stem}.dist-info"
    files = {
        f"autograder/{path.relative_to(_PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(_PACKAGE.rglob("*"))
        if path.is_file()
        and path.relative_to(_PACKAGE).parts[0] not in _COURSES
        and "__pycache__" not in path.parts
    }
    tag = "py3-none-any"
    for name in ("METADATA", "entry_points.txt"):
        files[f"{info}/{name}"] = (installed.read_text(name) or "").encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: {DISTRIBUTION}\nRoot-Is-Purelib: true\nTag: {tag}\n"
    ).encode()
    record = f"{info}/RECORD"
    lines = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    return f"{stem}-{tag}.whl", zipped(files)


def zipped(files: dict[str, bytes], executable: frozenset[str] = frozenset()) -> bytes:
    """Return files as a zip that is the same for the same files.

    Args:
        files: Contents by name, with `/`.
        executable: The names of those that can be run.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix: else the mode is not looked at
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
