"""Provides a course's data sets: in full where they are at hand, else the bundled samples.

`load` never leaves the machine; `fetch` does, and is never called by grading. Either way the
arrays are the published ones, to the last bit: `archive.checked` compares their SHA-256.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from autograder.datasets.archive import Dataset, read, write
from autograder.datasets.sample import draw_sample
from autograder.datasets.sources import IN_COURSE, cached, full_places, missing, routes
from autograder.datasets.spec import PROFILES, DataCourse, DatasetSpec
from autograder.errors import DataError

_PACKAGE = Path(__file__).resolve().parents[1]

Progress = Callable[[str], None]

# Once per process: a full set of tens of megabytes takes its time to read and to hash.
_read_once = lru_cache(maxsize=None)(read)


@dataclass(frozen=True, slots=True)
class Copy:
    """One place where a copy of a data set may lie. `state` is "ok", "missing" or "damaged"."""

    name: str
    profile: str
    source: str
    path: Path
    state: str


def load(name: str, profile: str | None = None, *, course: DataCourse) -> Dataset:
    """Return a data set that is on this machine; nothing is fetched.

    Args:
        name: One of the course's data sets.
        profile: "full", "sample", or None for the full set where it is at hand, else the sample.
        course: Whose data set it is.

    Raises:
        DataError: It is not here, or damaged; the text says which command brings it.
    """
    spec = _spec(name, course)
    if profile not in (None, *PROFILES):
        raise DataError(f'A profile is "full" or "sample". Received: {profile!r}.')
    if profile != "sample":
        damaged = []
        for path in full_places(spec, course).values():
            try:
                return _read_once(spec, "full", path)
            except FileNotFoundError:
                continue
            except DataError as error:
                damaged.append(str(error))
        if profile == "full":
            raise missing(spec, course, damaged)
        for message in damaged:
            warnings.warn(f"{message} The bundled sample is used instead.", stacklevel=2)
    path = course.sample(name)
    try:
        return _read_once(spec, "sample", path)
    except FileNotFoundError:
        raise DataError(
            f"The course carries a sample of {spec.title}. Received: no file {path}. "
            f"Restore it: {restoring(spec, course)}{_drawing(spec, course)}"
        ) from None


def must_carry_the_published(name: str, *, course: DataCourse) -> None:
    """Claim that a full set that lies in the course itself is the catalog's.

    Raises:
        DataError: It is another, or damaged.
    """
    spec = _spec(name, course)
    path = full_places(spec, course).get(IN_COURSE)
    if path is not None and path.exists():
        read(spec, "full", path)


def fetch(name: str, progress: Progress = lambda line: None, *, course: DataCourse) -> Dataset:
    """Return the full data set, and bring it onto this machine first where it is not here.

    Args:
        name: One of the course's data sets.
        progress: Called with one line of text at each step.
        course: Whose data set it is.

    Raises:
        DataError: No source gave it; the text says why, and which commands would help.
    """
    spec = _spec(name, course)
    for source, path in full_places(spec, course).items():
        try:
            dataset = read(spec, "full", path)
        except FileNotFoundError:
            continue
        except DataError as error:
            progress(f"{name}: {error}")
        else:
            progress(f"{name}: full set at hand in {source}, {path}")
            return dataset
    failures = []
    for route, bring in routes(spec, course).items():
        progress(f"{name}: asking {route} …")
        start_s = time.monotonic()
        try:
            dataset = bring()
        except (DataError, FileNotFoundError) as error:
            failures.append(f"{route}: {error}")
            progress(f"{name}: {error}")
            continue
        path = cached(spec, course)
        write(dataset, path)
        progress(
            f"{name}: full set from {route}, SHA-256 as published, kept in {path} "
            f"({time.monotonic() - start_s:.1f} s)"
        )
        return dataset
    raise missing(spec, course, failures)


def status(course: DataCourse) -> list[Copy]:
    """Return every place where a data set may lie; each copy is read and checked."""
    copies = []
    for name, spec in course.data.items():
        places = [("full", source, path) for source, path in full_places(spec, course).items()]
        places.append(("sample", IN_COURSE, course.sample(name)))
        for profile, source, path in places:
            try:
                read(spec, profile, path)
                state = "ok"
            except FileNotFoundError:
                state = "missing"
            except DataError:
                state = "damaged"
            copies.append(Copy(name, profile, source, path, state))
    return copies


def restoring(spec: DatasetSpec, course: DataCourse) -> str:
    """Return the command that brings a bundled sample back, with what lies in its folder."""
    if course.root.resolve().is_relative_to(_PACKAGE):  # no checkout: it is installed so
        return "pip install --force-reinstall keras-course-autograder"
    folder = str(PurePosixPath(spec.sample_file).parent)
    return f"git checkout -- {spec.sample_file if folder == '.' else folder}"


def _drawing(spec: DatasetSpec, course: DataCourse) -> str:
    """Return how an author makes the sample, if the catalog says how it is drawn."""
    if spec.draw is None or course.root.resolve().is_relative_to(_PACKAGE):
        return ""
    return f", or draw it from the full set: autograder data --sample {spec.name}"


def write_sample(name: str, *, course: DataCourse) -> Path:
    """Draw the sample of a data set anew from the full set, and write it into the course.

    Raises:
        DataError: The full set is not here, or the catalog does not say how a sample is drawn.
    """
    full = load(name, "full", course=course)
    path = course.sample(name)
    write(draw_sample(full), path, compressed=True)
    return path


def _spec(name: str, course: DataCourse) -> DatasetSpec:
    if name not in course.data:
        names = ", ".join(course.data) or "none, since this course has no data sets"
        raise DataError(f"A data set is one of {names}. Received: {name!r}.")
    return course.data[name]
