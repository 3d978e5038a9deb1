"""What must be the same on every machine of a cluster for the reports to be the same."""

from __future__ import annotations

import functools
import hashlib
import platform
from collections.abc import Mapping
from pathlib import Path

import autograder
from autograder.course.catalog import CATALOG, Course
from autograder.errors import UsageError
from autograder.sandbox.provenance import version_of

_PACKAGE = Path(autograder.__file__).parent
_LIBRARIES = ("keras", "matplotlib", "numpy", "pillow", "scikit-learn", "scipy")


@functools.cache
def facts(course: Course, backend: str) -> Mapping[str, str]:
    """Return what must be the same on every machine for reports to be the same."""
    exercises = [(CATALOG, course.root / CATALOG)]
    exercises += [(Path(slug), course.stub(slug)) for slug in course.slugs]
    for slug in course.slugs:
        hidden = course.folder(slug).path
        exercises += [
            (path.relative_to(course.root), path)
            for path in sorted((*hidden.glob("*.py"), hidden / "calibration.json"))
        ]
    code = [(path.relative_to(_PACKAGE), path) for path in sorted(_PACKAGE.rglob("*.py"))]
    return {
        "autograder": autograder.__version__,
        "its code": _digest_of_files(
            [(name, path) for name, path in code if name.parts[0] not in ("_course", "graders")]
        ),
        "the course": _digest_of_files(exercises),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version_of(name) for name in (*_LIBRARIES, backend)},
    }


def digest_of(machine_facts: Mapping[str, str]) -> str:
    """Return a digest of the facts."""
    return hashlib.sha256(repr(sorted(machine_facts.items())).encode()).hexdigest()


def different(worker: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Return the text about a worker whose facts are not those of the client."""
    text = ", ".join(
        f"{name} {theirs.get(name, 'missing')} (here {ours.get(name, 'missing')})"
        for name in dict.fromkeys((*ours, *theirs))
        if theirs.get(name) != ours.get(name)
    )
    return (
        "Every machine of a cluster must have the same package, course and libraries. "
        f"Received: worker {worker} with {text}. Install there what is installed here, "
        "and restart that worker."
    )


def missing_package(error: BaseException, worker: str = "") -> UsageError | None:
    """Return the error for a cluster that lacks the package, or None if that is not the fault."""
    cause: BaseException | None = error
    while cause is not None:
        text = f"{type(cause).__name__} {cause}"  # what went through a scheduler may be text alone
        if "ModuleNotFoundError" in text or ("AttributeError" in text and "autograder" in text):
            return UsageError(
                "The scheduler and all workers of a cluster must have this package installed. "
                f"Received: {worker or 'one of them'} with {cause}. Install the same version there."
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _digest_of_files(files: list[tuple[Path, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
