"""How an entry of the store is written down, so that any damage to it is noticed.

An entry is `FORMAT | seal | counts | names of blobs | header | small arrays`. The seal is a SHA-256
over all the rest and over the entry's own name, so that a file that was cut, altered, or put in
another's place is no entry. Arrays above `INLINE_BYTES` are blobs: files of their own, named by
their SHA-256, which many entries share.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from autograder.errors import FrameError
from autograder.guest import wire

#: The version is part of it: an entry of another version is as good as none.
FORMAT = b"KAGSTO01"
INLINE_BYTES = 4096

_COUNTS = struct.Struct("<IQQ")  # blobs, bytes of the header, bytes of all arrays
_SEAL_BYTES = _NAME_BYTES = 32
_SEALED_FROM = len(FORMAT) + _SEAL_BYTES
_NAMES_FROM = _SEALED_FROM + _COUNTS.size
# The host wrote what it reads here; bounds only keep a broken file from costing all memory.
_BOUNDS = wire.Bounds(
    header_bytes=2**30, body_bytes=2**40, arrays=2**22, depth=200, nodes=50_000_000
)

#: Gives the bytes of the blob with a SHA-256 and a size; raises `Damaged` where it is not that.
ReadBlob = Callable[[str, int], memoryview]


class Damaged(Exception):
    """A file of the store is not what was written."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An entry's bytes in order, and those of its blobs by their SHA-256."""

    parts: tuple[bytes | memoryview, ...]
    blobs: dict[str, memoryview]

    @property
    def bytes(self) -> int:
        """How many bytes there are to write, where no blob exists yet."""
        blobs = sum(content.nbytes for content in self.blobs.values())
        return blobs + sum(len(part) for part in self.parts)


def pack(
    kind: str, key: str, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()
) -> Packed:
    """Return an entry as it is written.

    Args:
        kind: The entry's kind.
        key: Its key; the seal is over kind and key too.
        header: What strict JSON holds.
        arrays: Arrays of any shapes, of the dtypes that `wire.DTYPES` lists.

    Raises:
        ValueError, TypeError, FrameError: It could not be read again as it was given.
    """
    plain_arrays = [wire.plain(array) for array in arrays]
    array_types = [{"dtype": array.dtype.str, "shape": list(array.shape)} for array in plain_arrays]
    # Not ASCII alone: so a lone surrogate, which no reader gives back, is refused.
    text = json.dumps({"header": dict(header), "arrays": array_types}, ensure_ascii=False).encode()
    wire.parse_header(text, _BOUNDS)
    bodies = [array.reshape(-1).view(np.uint8).data for array in plain_arrays]
    large = [body for body in bodies if body.nbytes > INLINE_BYTES]
    names = [hashlib.sha256(body).digest() for body in large]
    counts = _COUNTS.pack(len(names), len(text), sum(body.nbytes for body in bodies))
    small = [body for body in bodies if body.nbytes <= INLINE_BYTES]
    sealed: tuple[bytes | memoryview, ...] = (counts, *names, text, *small)
    blobs = {name.hex(): body for name, body in zip(names, large, strict=True)}
    return Packed((FORMAT, _seal(kind, key, sealed), *sealed), blobs)


def unpack(
    kind: str, key: str, data: memoryview, read_blob: ReadBlob
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return header and arrays, which are read-only views of `data` and of the blobs.

    The arrays have the dtypes and shapes that they were packed with.

    Args:
        kind: The kind that the entry was packed under.
        key: The key that it was packed under.
        data: The entry's file.
        read_blob: Gives the content of a blob.

    Raises:
        Damaged: The bytes are not those that were written under this name, or a blob's are not.
    """
    names_end, text_end, array_bytes = _counts(data, data.nbytes)
    seal = bytes(data[len(FORMAT) : _SEALED_FROM])
    if seal != _seal(kind, key, [data[_SEALED_FROM:]]):
        raise Damaged("another seal")
    names, small = _names(data, names_end), data[text_end:]
    try:
        document = wire.parse_header(bytes(data[names_end:text_end]), _BOUNDS)
        array_types = wire.array_list(document.get("arrays"), array_bytes, _BOUNDS)
    except FrameError as error:
        raise Damaged(str(error)) from error
    sizes = [math.prod(shape) * dtype.itemsize for dtype, shape in array_types]
    header = document.get("header")
    if (
        not isinstance(header, dict)
        or sum(size > INLINE_BYTES for size in sizes) != len(names)
        or sum(size for size in sizes if size <= INLINE_BYTES) != small.nbytes
    ):
        raise Damaged("other arrays than it tells of")
    blobs: dict[str, memoryview] = {}
    blob_names, start = iter(names), 0
    arrays = []
    for array_type, size in zip(array_types, sizes, strict=True):
        if size > INLINE_BYTES:
            name = next(blob_names)
            if name not in blobs:
                blobs[name] = read_blob(name, size)
            body = blobs[name]
            if body.nbytes != size:
                raise Damaged("a blob of another size")
        else:
            body, start = small[start : start + size], start + size
        (array,) = wire.cut(body, [array_type])
        array.setflags(write=False)
        arrays.append(array)
    return header, arrays


def blobs_of(file: BinaryIO, size: int) -> frozenset[str]:
    """Return the blobs that an entry needs, from its first bytes alone; its seal is not looked at.

    Args:
        file: The entry, open at its beginning.
        size: Its length in bytes.

    Raises:
        Damaged: The file is no entry of this version.
    """
    beginning = file.read(_NAMES_FROM)
    names_end, _, _ = _counts(beginning, size)
    return frozenset(_names(beginning + file.read(names_end - _NAMES_FROM), names_end))


def _counts(data: bytes | memoryview, size: int) -> tuple[int, int, int]:
    """Return where names end and the header ends, and the size of all arrays in bytes."""
    if len(data) < _NAMES_FROM or bytes(data[: len(FORMAT)]) != FORMAT:
        raise Damaged("no entry of this version")
    count, text_bytes, array_bytes = _COUNTS.unpack_from(data, _SEALED_FROM)
    names_end = _NAMES_FROM + _NAME_BYTES * count
    if names_end + text_bytes > size:
        raise Damaged("shorter than it tells")
    return names_end, names_end + text_bytes, array_bytes


def _names(data: bytes | memoryview, end: int) -> list[str]:
    starts = range(_NAMES_FROM, end, _NAME_BYTES)
    return [bytes(data[start : start + _NAME_BYTES]).hex() for start in starts]


def _seal(kind: str, key: str, sealed: Sequence[bytes | memoryview]) -> bytes:
    digest = hashlib.sha256(f"{kind}/{key}\n".encode())
    for part in sealed:
        digest.update(part)
    return digest.digest()
