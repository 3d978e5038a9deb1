"""How an entry of the store is written down, so that whatever happened to it is noticed.

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

from autograder import wire
from autograder.errors import FrameError

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
        """How much there is to write, where no blob is there yet."""
        blobs = sum(content.nbytes for content in self.blobs.values())
        return blobs + sum(len(part) for part in self.parts)


def pack(
    kind: str, key: str, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()
) -> Packed:
    """Return an entry as it is written.

    Raises:
        ValueError, TypeError, FrameError: It could not be read again as it was given.
    """
    sent = [wire.plain(array) for array in arrays]
    listed = [{"dtype": array.dtype.str, "shape": list(array.shape)} for array in sent]
    # Not ASCII alone: so a lone surrogate, which no reader gives back, is refused.
    told = json.dumps({"header": dict(header), "arrays": listed}, ensure_ascii=False)
    text = told.encode()
    wire.parse_header(text, _BOUNDS)
    views = [array.reshape(-1).view(np.uint8).data for array in sent]
    large = [view for view in views if view.nbytes > INLINE_BYTES]
    names = [hashlib.sha256(view).digest() for view in large]
    counts = _COUNTS.pack(len(names), len(text), sum(view.nbytes for view in views))
    small = [view for view in views if view.nbytes <= INLINE_BYTES]
    sealed: tuple[bytes | memoryview, ...] = (counts, *names, text, *small)
    blobs = {name.hex(): view for name, view in zip(names, large, strict=True)}
    return Packed((FORMAT, _seal(kind, key, sealed), *sealed), blobs)


def unpack(
    kind: str, key: str, data: memoryview, read_blob: ReadBlob
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return header and arrays, which are views of `data` and of the blobs.

    Raises:
        Damaged: The bytes are not those that were written under this name, or a blob's are not.
    """
    names_end, text_end, array_bytes = _counts(data, data.nbytes)
    seal = bytes(data[len(FORMAT) : _SEALED_FROM])
    if seal != _seal(kind, key, [data[_SEALED_FROM:]]):
        raise Damaged("another seal")
    names, small = _names(data, names_end), data[text_end:]
    try:
        told = wire.parse_header(bytes(data[names_end:text_end]), _BOUNDS)
        shapes = wire.array_list(told.get("arrays"), array_bytes, _BOUNDS)
    except FrameError as error:
        raise Damaged(str(error)) from error
    sizes = [math.prod(shape) * dtype.itemsize for dtype, shape in shapes]
    header = told.get("header")
    if (
        not isinstance(header, dict)
        or sum(size > INLINE_BYTES for size in sizes) != len(names)
        or sum(size for size in sizes if size <= INLINE_BYTES) != small.nbytes
    ):
        raise Damaged("other arrays than it tells of")
    held: dict[str, memoryview] = {}
    waiting, start = iter(names), 0
    arrays = []
    for told_as, size in zip(shapes, sizes, strict=True):
        if size > INLINE_BYTES:
            name = next(waiting)
            if name not in held:
                held[name] = read_blob(name, size)
            body = held[name]
            if body.nbytes != size:
                raise Damaged("a blob of another size")
        else:
            body, start = small[start : start + size], start + size
        (array,) = wire.cut(body, [told_as])
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
    """Return where names end and the header ends, and the bytes of all arrays."""
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
