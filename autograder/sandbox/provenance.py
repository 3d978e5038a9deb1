"""What an outcome depends on besides the submission: libraries, machine, and the boxes' code."""

from __future__ import annotations

import functools
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder.sandbox.guest_copy import guest_digest

_LIBRARIES = ("keras", "numpy", "matplotlib", "pillow", "scikit-learn", "scipy", "tensorboard")
#: What decides how a model is built, trained and run.
_MODEL_CODE = ("guest/model/", "guest/student/pipelines.py")


def version_of(package: str) -> str:
    """Return the version of an installed package, or "not installed"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def training_gpus() -> list[str]:
    """Return the devices of the GPUs that models train on; none where AUTOGRADER_GPU is 0."""
    if os.environ.get("AUTOGRADER_GPU") == "0":
        return []
    return sorted(str(path) for path in Path("/dev").glob("nvidia[0-9]*"))


@functools.cache
def training_circumstances(backend: str) -> dict[str, str]:
    """Return what decides a model's answers and trainings besides model and recipe."""
    return {
        "keras": version_of("keras"),
        "backend": f"{backend} {version_of(backend)}",
        "machine": platform.machine(),
        "device": "gpu" if training_gpus() else "cpu",
        "code": guest_digest(*_MODEL_CODE),
    }


@functools.cache
def box_circumstances(backend: str) -> dict[str, str]:
    """Return what decides the answers of a submission besides its code and its inputs."""
    return {
        **training_circumstances(backend),
        **{name: version_of(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "code": guest_digest(),
    }
