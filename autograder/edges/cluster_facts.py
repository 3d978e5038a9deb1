"""What must be the same on every machine of a cluster for the reports to be the same."""

from __future__ import annotations

import functools
import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import autograder
from autograder.catalog import CATALOG, Course
from autograder.errors import UsageError

_PACKAGE = Path(autograder.__file__).parent
_LIBRARIES = ("keras", "matplotlib", "numpy", "pillow", "scikit-learn", "scipy")


@functools.cache
def facts(course: Course, backend: str) -> Mapping[str, str]:
    """Return what must be the same on every machine for reports to be the same."""
    exercises = [(CATALOG, course.root / CATALOG)]
    exercises += [(Path(slug), course.stub(slug)) for slug in course.slugs]
    code = [(path.relative_to(_PACKAGE), path) for path in sorted(_PACKAGE.rglob("*.py"))]
    inside = course.root if course.root.is_relative_to(_PACKAGE) else _PACKAGE / "_course"
    return {
        "autograder": autograder.__version__,
        "its code": _digest_of_files([one for one in code if not one[1].is_relative_to(inside)]),
        "the course": _digest_of_files(exercises),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: _version(name) for name in (*_LIBRARIES, backend)},
    }


def digest_of(found: Mapping[str, str]) -> str:
    """Return a digest of the facts."""
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def different(worker: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Return the text about a worker whose facts are not those of the client."""
    told = ", ".join(
        f"{name} {theirs.get(name, 'missing')} (here {ours.get(name, 'missing')})"
        for name in dict.fromkeys((*ours, *theirs))
        if theirs.get(name) != ours.get(name)
    )
    return (
        "Every machine of a cluster must have the same package, course and libraries. "
        f"Received: worker {worker} with {told}. Install there what is installed here, "
        "and restart that worker."
    )


def missing_package(error: BaseException, worker: str = "") -> UsageError | None:
    """Return the error for a cluster that lacks the package, or None if that is not the fault."""
    cause: BaseException | None = error
    while cause is not None:
        told = f"{type(cause).__name__} {cause}"  # what went through a scheduler may be text alone
        if "ModuleNotFoundError" in told or ("AttributeError" in told and "autograder" in told):
            return UsageError(
                "The scheduler and all workers of a cluster must have this package installed. "
                f"Received: {worker or 'one of them'} with {cause}. Install the same version there."
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _digest_of_files(files: list[tuple[Path, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
