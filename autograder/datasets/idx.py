"""The IDX format, in which MNIST and its kin are published: bytes to arrays and back."""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from autograder.errors import DataError

#: The element types that the format knows, by NumPy's name, and the byte that stands for each.
TYPE_CODES = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}

_DTYPES = {code: np.dtype(name) for name, code in TYPE_CODES.items()}
_GZIP_MAGIC = b"\x1f\x8b"


def header(array: npt.NDArray[Any]) -> bytes:
    """Return what stands before the elements: two zeros, type, number of axes, sizes.

    Args:
        array: An array of shape `(rows, …)` and of one of `TYPE_CODES`.
    """
    code = TYPE_CODES[array.dtype.name]
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)


def decode(content: bytes) -> npt.NDArray[Any]:
    """Return the array of one IDX file; it is read-only.

    Args:
        content: An uncompressed IDX file with at least one axis.

    Returns:
        An array of the file's shape, `(rows, …)`, and of the dtype that the file names, one of
        `TYPE_CODES`, in this machine's byte order.

    Raises:
        DataError: The bytes are no such file.
    """
    dtype, axes = (_DTYPES.get(content[2]), content[3]) if len(content) > 3 else (None, 0)
    if content[:2] != b"\0\0" or dtype is None or axes == 0:
        raise DataError(
            "An IDX file starts with 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and the number of "
            f"axes. Received: {content[:4].hex(' ') or 'nothing'}."
        )
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataError(f"An IDX file names its shape. Received: only {len(content)} bytes.")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    size = math.prod(shape) * dtype.itemsize
    if len(content) - start != size:
        raise DataError(
            f"An IDX file of {dtype} of shape {shape} holds {size} bytes after its header. "
            f"Received: {len(content) - start}."
        )
    stored = np.frombuffer(content, dtype.newbyteorder(">"), offset=start).reshape(shape)
    array = stored.astype(dtype, copy=False)
    array.flags.writeable = False
    return array


def encode(array: npt.NDArray[Any]) -> bytes:
    """Return `array` as an uncompressed IDX file.

    Args:
        array: An array of shape `(rows, …)` and of one of `TYPE_CODES`.
    """
    return header(array) + array.astype(array.dtype.newbyteorder(">"), copy=False).tobytes()


def unpacked(content: bytes, bytes_max: int) -> bytes:
    """Return an IDX file, unpacked if it is gzipped.

    Raises:
        DataError: It does not unpack, or has more than `bytes_max` bytes.
    """
    plain = content
    if content[:2] == _GZIP_MAGIC:  # a plain one starts with zeros
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
                plain = stream.read(bytes_max + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"A .gz file must unpack. Received: {error}.") from error
    if len(plain) > bytes_max:
        raise DataError(f"This IDX file has at most {bytes_max} bytes. Received: more.")
    return plain
