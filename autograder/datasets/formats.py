"""The file formats that data sets come in: bounded by what the catalog says, then read.

A path that ends in `.npz` is a NumPy archive with one member for each array; any other is a folder
of files: for each array an IDX file, gzipped or plain, or what `plain` reads. Another format is
another branch of `read` and `decode`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from autograder.datasets import idx, plain
from autograder.datasets.spec import NPZ, ArraySpec, DatasetSpec
from autograder.errors import DataError

#: What a file may hold besides the elements: headers, and what packing adds to what cannot be
#: packed.
_SLACK_BYTES = 2**16

Arrays = dict[str, npt.NDArray[Any]]


def read(path: Path, spec: DatasetSpec) -> Arrays:
    """Return the arrays of a copy on this machine, by name; nothing of them is checked yet.

    Raises:
        FileNotFoundError: There is none.
        Exception: It is damaged; of any kind, as the readers of zip, npy and gzip have it.
    """
    if path.suffix == NPZ:
        with path.open("rb") as file:
            return _npz(file, spec)
    return {
        array.name: _idx(_packed(path, array), array) if array.idx else plain.read(path, array)
        for array in spec.arrays
    }


def decode(files: Mapping[str, bytes], spec: DatasetSpec) -> Arrays:
    """Return the arrays of files that a client brought: one `.npz`, or each array's IDX file.

    Raises:
        Exception: They are damaged; of any kind, as for `read`.
    """
    for name, content in files.items():
        if name.endswith(NPZ):
            return _npz(io.BytesIO(content), spec)
    return {array.name: _idx(files[array.idx], array) for array in spec.arrays}


def bytes_max(array: ArraySpec) -> int:
    """Return how many bytes a file of this array may have, packed or not."""
    return array.nbytes + array.nbytes // 1000 + _SLACK_BYTES


def _npz(file: IO[bytes], spec: DatasetSpec) -> Arrays:
    with zipfile.ZipFile(file) as archive:
        for array in spec.arrays:
            member = archive.getinfo(f"{array.name}.npy")
            if member.file_size > bytes_max(array):
                raise DataError(f"{member.filename} of {member.file_size} bytes: too large.")
    file.seek(0)
    with np.load(file, allow_pickle=False) as npz:
        return {array.name: _native(npz[array.name]) for array in spec.arrays}


def _idx(content: bytes, array: ArraySpec) -> npt.NDArray[Any]:
    return idx.decode(idx.unpacked(content, bytes_max(array)))


def _packed(folder: Path, array: ArraySpec) -> bytes:
    path = folder / f"{array.idx}.gz"
    if not path.exists() and (folder / array.idx).exists():
        path = folder / array.idx
    if path.stat().st_size > bytes_max(array):
        raise DataError(f"{path.name} of {path.stat().st_size} bytes: too large.")
    return path.read_bytes()


def _native(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("="), copy=False)
