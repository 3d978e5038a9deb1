"""The IDX format, in which MNIST and Fashion-MNIST were published: bytes to arrays and back.

A data set is four IDX files. `digest` hashes exactly these four, whatever the arrays came from;
so its value can be checked with `cat … | sha256sum` on any copy of the published files.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from autograder.errors import DataError

Uint8Array: TypeAlias = npt.NDArray[np.uint8]

# Keras's array names, in Keras's order, and the published file that holds each.
FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
FILE_BYTES_MAX = 16 + 60_000 * 28 * 28
_UINT8 = 8


def _header(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, _UINT8, len(shape), *shape)


def decode(content: bytes) -> Uint8Array:
    """Return the array of one IDX file; it shares the bytes, and so is read-only.

    Args:
        content: an uncompressed IDX file of unsigned bytes with 1 or 3 axes.

    Returns:
        A `uint8` array, `(n,)` for labels or `(n, height, width)` for images.

    Raises:
        DataError: the bytes are no such file.
    """
    axes = content[3] if len(content) > 3 else 0
    if content[:3] != bytes((0, 0, _UINT8)) or axes not in (1, 3):
        raise DataError(
            "An IDX file of unsigned bytes starts with 00 00 08 and 01 or 03. "
            f"Received: {content[:4].hex(' ') or 'nothing'}."
        )
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataError(f"An IDX file names its shape. Received: only {len(content)} bytes.")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    if len(content) - start != math.prod(shape):
        raise DataError(
            f"An IDX file of shape {shape} holds {math.prod(shape)} values. "
            f"Received: {len(content) - start}."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def decode_all(files: Mapping[str, bytes]) -> dict[str, Uint8Array]:
    """Return `x_train`, `y_train`, `x_test`, `y_test` from the four published files."""
    return {part: decode(files[file]) for part, file in FILES.items()}


def encode(array: Uint8Array) -> bytes:
    """Return `array` as an uncompressed IDX file."""
    return _header(array.shape) + array.tobytes()


def digest(arrays: Iterable[Uint8Array]) -> str:
    """Return the SHA-256 of the arrays' IDX files, one after the other, in hexadecimal."""
    sha256 = hashlib.sha256()
    for array in arrays:
        sha256.update(_header(array.shape))
        sha256.update(np.ascontiguousarray(array).data)
    return sha256.hexdigest()


def gunzip(content: bytes) -> bytes:
    """Unpack a gzipped IDX file, and no more of it than the largest published file holds."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            plain = stream.read(FILE_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"A .gz file must unpack. Received: {error}.") from error
    if len(plain) > FILE_BYTES_MAX:
        raise DataError(
            f"An IDX file has at most {FILE_BYTES_MAX} bytes. Received: more, once unpacked."
        )
    return plain
