"""A data set is what the catalog says, to the last bit; damage of any kind is told."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.course.catalog import Course
from autograder.datasets import registry
from autograder.datasets.archive import Dataset, read, write
from autograder.errors import DataError


@pytest.fixture
def mnist(course: Course) -> Dataset:
    """The bundled sample of MNIST."""
    return registry.load("mnist", "sample", course=course)


def test_arrays_are_attributes(wines: Course, wine_arrays: dict[str, np.ndarray]) -> None:
    """Each array is an attribute and an entry of `arrays`, in the catalog's order, read-only."""
    found = registry.load("wines", "full", course=wines)
    assert list(found.arrays) == ["x_train", "y_train", "x_test", "y_test"]
    for name, array in wine_arrays.items():
        assert getattr(found, name) is found.arrays[name]
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].dtype == array.dtype
        with pytest.raises(ValueError, match="read-only"):
            found.arrays[name][0] = 1
    with pytest.raises(TypeError):
        found.arrays["x_train"] = wine_arrays["x_train"]
    with pytest.raises(AttributeError, match=r"x_train, y_train.*Received: 'x_valid'"):
        found.x_valid  # noqa: B018
    assert (found.name, found.profile) == ("wines", "full")


def test_a_copy_of_a_data_set_is_one(wines: Course) -> None:
    """Looking arrays up by attribute does not confuse `copy`, which asks before there are any."""
    found = registry.load("wines", "full", course=wines)
    assert copy.copy(found).sha256 == found.sha256


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("x_train", lambda x: x.astype("float32"), r"is float64 of shape \(150, 13\).*float32"),
        ("x_train", lambda x: x.astype("int64"), "is float64"),
        (
            "x_train",
            lambda x: x[:, :12],
            r"is .*\(150, 13\)\. Received: float64 of shape \(150, 12\)",
        ),
        ("x_train", lambda x: x[:-1], r"is .*\(150, 13\)\. Received: float64 of shape \(149, 13\)"),
        ("y_test", lambda y: y[0], r"is .*\(1, 13\)\. Received: float64 of shape \(28, 13\)"),
        (
            "y_test",
            lambda y: y[:, None],
            r"is int64 of shape \(28,\)\. Received: int64 of shape \(28, 1\)",
        ),
    ],
)
def test_another_type_or_shape_is_refused(
    wines: Course,
    wine_arrays: dict[str, np.ndarray],
    name: str,
    change: Callable[[np.ndarray], np.ndarray],
    words: str,
) -> None:
    """An array of another type, width or number of rows is refused with both said."""
    with pytest.raises(DataError, match=rf"`\w+` of Wines {words}"):
        Dataset(wines.data["wines"], "full", {**wine_arrays, name: change(wine_arrays[name])})


def test_right_format_but_wrong_content_is_refused(bare: Path, mnist: Dataset) -> None:
    """One changed pixel in a well-formed file is noticed."""
    arrays = {name: array.copy() for name, array in mnist.arrays.items()}
    arrays["x_test"][999, 14, 14] ^= 1
    write(Dataset(mnist.spec, "sample", arrays), bare / "changed.npz")
    with pytest.raises(DataError, match="must be the published MNIST"):
        read(mnist.spec, "sample", bare / "changed.npz")


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_every_bit_of_a_table_counts(
    wines: Course, wine_arrays: dict[str, np.ndarray], name: str
) -> None:
    """The lowest bit of one number, and the sign of a zero, make it another data set."""
    array = wine_arrays[name].copy()
    array.view(np.uint8).flat[0] ^= 1
    np.savez(wines.root / "tables" / "wines.npz", **{**wine_arrays, name: array})
    with pytest.raises(DataError, match=r"must be the published Wines \(full\)"):
        read(wines.data["wines"], "full", wines.root / "tables" / "wines.npz")


def test_other_byte_order_is_the_same_data(
    wines: Course, wine_arrays: dict[str, np.ndarray]
) -> None:
    """A file that another machine wrote with its bytes the other way round is read as it is."""
    path = wines.root / "tables" / "wines.npz"
    np.savez(path, **{name: a.astype(a.dtype.newbyteorder(">")) for name, a in wine_arrays.items()})
    assert read(wines.data["wines"], "full", path).x_train.dtype == np.dtype("float64")


def test_a_catalog_with_other_shapes_is_told(write_wines: Callable[..., Course]) -> None:
    """Where the digest is right but the catalog's shape is not, the catalog is named."""
    changes = ("[150, 13]", "[160, 13]"), ("[150]", "[160]")
    course = write_wines(*changes)
    with pytest.raises(DataError, match=r"`x_train` as \(160, 13\).*\(150, 13\)\. Correct the cat"):
        read(course.data["wines"], "full", course.root / "tables" / "wines.npz")


def test_damage_of_any_kind_is_a_data_error(bare: Path, mnist: Dataset) -> None:
    """Flipped bytes and cut ends give a DataError or the right arrays, and nothing else."""
    write(mnist, bare / "whole.npz")
    _damage(bare / "whole.npz", mnist, 20)


def test_damage_of_a_table_is_a_data_error(wines: Course) -> None:
    """The same for a table: of all its flipped bytes, no one goes unnoticed in the data."""
    path = wines.root / "tables" / "wines.npz"
    _damage(path, read(wines.data["wines"], "full", path), 200)


def _damage(path: Path, dataset: Dataset, count: int) -> None:
    whole = path.read_bytes()
    rng = random.Random(20170825)
    # Headers are where a flipped byte confuses a reader most: aim at the start and the end too.
    places = [*range(0, 160, 4), *range(len(whole) - 320, len(whole), 4)]
    places += [rng.randrange(len(whole)) for _ in range(count)]
    refused = 0
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            found = read(dataset.spec, dataset.profile, path)
        except DataError:
            refused += 1
        else:
            assert found.sha256 == dataset.spec.sha256(dataset.profile)
    assert refused > count // 2
    for length in (0, 1, 30, 1000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="is damaged"):
            read(dataset.spec, dataset.profile, path)


def test_unwritable_folder_is_named(bare: Path, mnist: Dataset) -> None:
    """Where the cache cannot be written, the text names the folder, the need and the way out."""
    (bare / "file").write_text("in the way")
    words = r"file/cache must be writable, with 60 MB free.*AUTOGRADER_DATA"
    with pytest.raises(DataError, match=words):
        write(mnist, bare / "file" / "cache" / "mnist.npz")


def test_written_whole_or_not_at_all(bare: Path, mnist: Dataset) -> None:
    """Writing leaves exactly one file, equal to what was given, and no temporary beside it."""
    write(mnist, bare / "new" / "mnist.npz", compressed=True)
    assert [path.name for path in (bare / "new").iterdir()] == ["mnist.npz"]
    assert read(mnist.spec, "sample", bare / "new" / "mnist.npz").sha256 == mnist.sha256
