"""What an outcome depends on besides the submission: libraries, machine, and the boxes' code."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_LIBRARIES = ("keras", "numpy", "matplotlib", "pillow", "scikit-learn", "scipy", "tensorboard")
_PACKAGE = Path(__file__).parent
#: The package's code that runs in boxes; it holds no answer, and a sandbox gets no other.
BOX_CODE = ("__init__.py", "errors.py", "wire.py", "boxes", "probes")


def version_of(package: str) -> str:
    """Return the version of an installed package, or "not installed"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def gpus() -> list[str]:
    """Return the devices of this machine's GPUs; none where AUTOGRADER_GPU is 0."""
    if os.environ.get("AUTOGRADER_GPU") == "0":
        return []
    return sorted(str(path) for path in Path("/dev").glob("nvidia[0-9]*"))


@functools.cache
def training_circumstances(backend: str) -> dict[str, str]:
    """Return what decides the outcome of a training besides its recipe."""
    return {
        "keras": version_of("keras"),
        "backend": f"{backend} {version_of(backend)}",
        "machine": platform.machine(),
        "device": "gpu" if gpus() else "cpu",
        "code": _digest(("boxes/trainer.py", "boxes/datasets.py")),
    }


@functools.cache
def box_circumstances(backend: str) -> dict[str, str]:
    """Return what decides the answers of a submission besides its code and its inputs."""
    return {
        **training_circumstances(backend),
        **{name: version_of(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "code": _digest(BOX_CODE),
    }


def _digest(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        path = _PACKAGE / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(f"{file.relative_to(_PACKAGE)}\0".encode())
            digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()
