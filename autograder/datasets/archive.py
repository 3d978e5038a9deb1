"""One data set on this machine: the record, how a copy of it is checked, read and written."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from autograder.datasets import formats
from autograder.datasets.digest import sha256_of
from autograder.datasets.spec import DatasetSpec
from autograder.errors import DataError
from autograder.files import replacing


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set: read-only arrays, each an attribute under its name (`data.x_train`).

    Args:
        spec: What the catalog says of it.
        profile: "full" or "sample".
        arrays: Its arrays by name, each of the catalog's dtype and of shape `(rows, …)`: in the
            full set the catalog's, in a sample with fewer rows. Arrays of one split have equally
            many rows.

    Raises:
        DataError: An array is of another type or shape.
    """

    spec: DatasetSpec
    profile: str
    arrays: Mapping[str, npt.NDArray[Any]]

    def __post_init__(self) -> None:
        arrays = {array.name: self.arrays[array.name] for array in self.spec.arrays}
        object.__setattr__(self, "arrays", MappingProxyType(arrays))
        rows = {array.split: len(np.atleast_1d(arrays[array.name])) for array in self.spec.arrays}
        for array in self.spec.arrays:
            received, shape = arrays[array.name], (rows[array.split], *array.shape[1:])
            if received.dtype != array.dtype or received.shape != shape:
                raise DataError(
                    f"`{array.name}` of {self.spec.title} is {array.dtype} of shape {shape}. "
                    f"Received: {received.dtype} of shape {received.shape}."
                )
            received.flags.writeable = False

    def __getattr__(self, name: str) -> npt.NDArray[Any]:
        try:
            array: npt.NDArray[Any] = self.__dict__["arrays"][name]
        except KeyError:
            raise AttributeError(
                f"A data set has the arrays {', '.join(self.__dict__.get('arrays', ()))}. "
                f"Received: {name!r}."
            ) from None
        return array

    @property
    def name(self) -> str:
        """What exercises call it."""
        return self.spec.name

    @cached_property
    def sha256(self) -> str:
        """The digest of the arrays, whatever they were read from."""
        return sha256_of(self.arrays.values())


def checked(
    spec: DatasetSpec, profile: str, arrays: Mapping[str, npt.NDArray[Any]], source: object
) -> Dataset:
    """Return the arrays as a `Dataset`, if they are the published ones, to the last bit.

    Args:
        spec: The data set.
        profile: "full" or "sample".
        arrays: Its arrays by name, of the dtypes and shapes `(rows, …)` that `Dataset` asks for.
        source: Where they come from, for messages.

    Raises:
        DataError: They are not; the text names `source`.
    """
    try:
        dataset = Dataset(spec, profile, arrays)
    except DataError as error:
        raise DataError(f"{source} is damaged. {error}") from error
    if dataset.sha256 != spec.sha256(profile):
        raise DataError(
            f"{source} must be the published {spec.title} ({profile}), "
            f"SHA-256 {spec.sha256(profile)}. Received: {dataset.sha256}."
        )
    for array in spec.arrays if profile == "full" else ():
        if dataset.arrays[array.name].shape != array.shape:
            raise DataError(
                f"The catalog gives the shapes of the full {spec.title}. Received: `{array.name}` "
                f"as {array.shape}, where {source} has {dataset.arrays[array.name].shape}. "
                "Correct the catalog."
            )
    return dataset


def read(spec: DatasetSpec, profile: str, path: Path) -> Dataset:
    """Return the copy at `path`, in one of the formats of `formats`.

    Raises:
        FileNotFoundError: There is none.
        DataError: There is one, but it is damaged or another.
    """
    with _damage_as_data_error(path):
        arrays = formats.read(path, spec)
    return checked(spec, profile, arrays, path)


def decode(spec: DatasetSpec, profile: str, files: Mapping[str, bytes], source: str) -> Dataset:
    """Return what a client brought, by file name.

    Raises:
        DataError: It is damaged or another.
    """
    with _damage_as_data_error(source):
        arrays = formats.decode(files, spec)
    return checked(spec, profile, arrays, source)


@contextlib.contextmanager
def _damage_as_data_error(source: object) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        # Flipped bytes make the readers of zip, npy and gzip raise anything, even TokenError.
        raise DataError(f"{source} is damaged. Received: {error}") from error


def write(dataset: Dataset, path: Path, *, compressed: bool = False) -> None:
    """Write `dataset` as an `.npz` with its arrays' names: all of it, or nothing.

    Raises:
        DataError: The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            arrays: dict[str, Any] = dict(dataset.arrays)
            (np.savez_compressed if compressed else np.savez)(file, **arrays)
    except OSError as error:
        needed_mb = 10 * math.ceil(dataset.spec.nbytes / 10**7)
        raise DataError(
            f"{path.parent} must be writable, with {needed_mb} MB free. Received: {error}. "
            "Name another folder in the environment variable AUTOGRADER_DATA."
        ) from error
