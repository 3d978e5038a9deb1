"""One data set: the record, its digest, how a copy is read and written, how a sample is drawn."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from autograder import idx
from autograder.errors import DataError
from autograder.idx import Uint8Array

TITLES = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}

# SHA-256 of the four uncompressed IDX files, one after the other, in the order of `idx.FILES`.
SHA256 = {
    ("mnist", "full"): "b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a",
    ("mnist", "sample"): "9517bd99288756cb39c448c50fe9ea0f1d44f93ea86f8b1810e62435219ee34f",
    ("fashion_mnist", "full"): "14410854cf7a289477dcfc7df3f8ec24741e281cdcc425ede0d9a748ca630214",
    ("fashion_mnist", "sample"): "eba3cd4053c97200b159a44fa4ed6527b2eb4733f718ab1ac41e4d78ab28872c",
}

SAMPLE_SEED = 20_170_825
SAMPLE_PER_CLASS = {"train": 600, "test": 100}
CLASSES = 10


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set, as Keras gives it, but read-only.

    `name` is Keras's module ("mnist", "fashion_mnist"), `profile` "full" or "sample".
    Images are `uint8` of shape `(n, 28, 28)`, labels `uint8` of shape `(n,)`.
    """

    name: str
    profile: str
    x_train: Uint8Array
    y_train: Uint8Array
    x_test: Uint8Array
    y_test: Uint8Array

    def __post_init__(self) -> None:
        for part, array in self.arrays.items():
            labels = self.y_train if part.endswith("train") else self.y_test
            shape = (labels.size, 28, 28) if part.startswith("x") else (labels.size,)
            if array.dtype != np.uint8 or array.shape != shape:
                raise DataError(
                    f"`{part}` of {TITLES[self.name]} is uint8 of shape {shape}. "
                    f"Received: {array.dtype} of shape {array.shape}."
                )
            array.flags.writeable = False

    @property
    def arrays(self) -> dict[str, Uint8Array]:
        """The four arrays under Keras's names, in Keras's order."""
        return {part: getattr(self, part) for part in idx.FILES}

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the four uncompressed IDX files, whatever the arrays were read from."""
        return idx.digest(self.arrays.values())


def checked(name: str, profile: str, arrays: Mapping[str, Uint8Array], source: object) -> Dataset:
    """Return the arrays as a `Dataset`, if they are the published ones, to the last bit.

    Raises:
        DataError: they are not; the text names `source`.
    """
    try:
        dataset = Dataset(name, profile, **arrays)
    except DataError as error:
        raise DataError(f"{source} is damaged. {error}") from error
    if dataset.sha256 != SHA256[name, profile]:
        raise DataError(
            f"{source} must be the published {TITLES[name]} ({profile}), "
            f"SHA-256 {SHA256[name, profile]}. Received: {dataset.sha256}."
        )
    return dataset


def read(name: str, profile: str, path: Path) -> Dataset:
    """Return the copy at `path`: an `.npz` file, or a folder of the four IDX files, gzipped.

    Raises:
        FileNotFoundError: there is none.
        DataError: there is one, but it is damaged or another.
    """
    try:
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > 2 * idx.FILE_BYTES_MAX:
                    raise DataError(f"{path} is damaged. Received: members too large.")
            with np.load(path, allow_pickle=False) as npz:
                arrays = {part: npz[part] for part in idx.FILES}
        else:
            packed = {file: (path / f"{file}.gz").read_bytes() for file in idx.FILES.values()}
            arrays = idx.decode_all({file: idx.gunzip(each) for file, each in packed.items()})
    except FileNotFoundError:
        raise
    except Exception as error:
        # Flipped bytes make the readers of zip, npy and gzip raise anything, even TokenError.
        raise DataError(f"{path} is damaged. Received: {error}") from error
    return checked(name, profile, arrays, path)


def write(dataset: Dataset, path: Path, *, compressed: bool = False) -> None:
    """Write `dataset` as an `.npz` with Keras's names: all of it, or nothing.

    Raises:
        DataError: the folder cannot be written.
    """
    # Written beside its place and renamed: a reader never meets half a file.
    half = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            arrays: dict[str, Any] = dataset.arrays
            (np.savez_compressed if compressed else np.savez)(half, **arrays)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{path.parent} must be writable, with 60 MB free. Received: {error}. "
            "Name another folder in the environment variable AUTOGRADER_DATA."
        ) from error


def draw_sample(full: Dataset) -> Dataset:
    """Draw the bundled sample: 600 training and 100 test images of each class, in mixed order.

    `RandomState` and not a `Generator`: NumPy promises that its stream never changes.
    """
    rng = np.random.RandomState(SAMPLE_SEED)
    arrays = {}
    for split, per_class in SAMPLE_PER_CLASS.items():
        images, labels = full.arrays[f"x_{split}"], full.arrays[f"y_{split}"]
        order = rng.permutation(len(labels))
        chosen = [order[labels[order] == label][:per_class] for label in range(CLASSES)]
        rows = rng.permutation(np.concatenate(chosen))
        arrays[f"x_{split}"], arrays[f"y_{split}"] = images[rows], labels[rows]
    return Dataset(full.name, "sample", **arrays)
