"""Frames between the host and a box: JSON and plain arrays, bounded before they are decoded.

A frame is `MAGIC | header length (u32) | body length (u64) | header | body`, little-endian. The
header is JSON with an `arrays` list of `{"dtype", "shape"}`; the body holds the arrays' bytes one
after the other in C order. Nothing else crosses: no pickle, no path, no archive.
"""

from __future__ import annotations

import json
import math
import re
import select
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import FrameError

MAGIC = b"KAG1"
_PREFIX = struct.Struct("<4sIQ")
# The closing quote is optional, so that text of unclosed strings is read once and not once a quote.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
# An integer of 20 digits has over 64 bits; a float's fraction has up to 21 (0.0001 and 17 more).
_LONG_NUMBER = re.compile(rb"(?<![.\d])\d{20}|\d{40}")
_SURROGATE = re.compile("[\ud800-\udfff]")

#: The only element types that cross, each little-endian or of one byte.
DTYPES = frozenset(
    ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one frame may hold. Sizes in bytes; `depth` and `nodes` count JSON containers."""

    header_bytes: int = 8 * 2**20
    body_bytes: int = 512 * 2**20
    arrays: int = 4096
    dimensions: int = 8
    depth: int = 64
    nodes: int = 500_000


FROM_BOX = Bounds()
FROM_HOST = Bounds(body_bytes=4 * 2**30)


class ChannelClosed(FrameError):
    """The other side is gone: the stream ended between two frames or inside one."""


class Channel:
    """One side of a stream socket that carries frames.

    Args:
        sock: A connected stream socket. It is owned: `close` closes it.
        bounds: What an incoming frame may hold.
    """

    def __init__(self, sock: socket.socket, bounds: Bounds) -> None:
        self._sock = sock
        self._bounds = bounds
        self.received_bytes = 0

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()

    def send(self, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> None:
        """Send one frame; blocks until the other side has taken it."""
        sent = [plain(array) for array in arrays]
        listed = [{"dtype": array.dtype.str, "shape": list(array.shape)} for array in sent]
        text = json.dumps({**header, "arrays": listed}, allow_nan=False).encode()
        body_bytes = sum(array.nbytes for array in sent)
        try:
            self._sock.sendall(_PREFIX.pack(MAGIC, len(text), body_bytes) + text)
            for array in sent:
                if array.nbytes:
                    self._sock.sendall(memoryview(array.data).cast("B"))
        except OSError as error:
            raise ChannelClosed(f"The other side of a channel is gone ({error}).") from error

    def receive(self, timeout_s: float | None = None) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Return the next frame as `(header, arrays)`.

        Args:
            timeout_s: Seconds to wait for the whole frame; `None` waits for ever.

        Raises:
            TimeoutError: The frame was not complete in time.
            ChannelClosed: The other side is gone.
            FrameError: The bytes are no frame, or a frame outside the bounds.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        magic, header_bytes, body_bytes = _PREFIX.unpack(self._read(_PREFIX.size, deadline))
        if magic != MAGIC:
            raise FrameError("A frame must begin with its mark. Received: other bytes.")
        _bound("header", header_bytes, self._bounds.header_bytes, "bytes")
        _bound("body", body_bytes, self._bounds.body_bytes, "bytes")
        header = parse_header(bytes(self._read(header_bytes, deadline)), self._bounds)
        shapes = array_list(header.pop("arrays", None), body_bytes, self._bounds)
        body = self._read(body_bytes, deadline)
        return header, cut(body, shapes)

    def _read(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view, filled = memoryview(data), 0
        while filled < size:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0 or not readable(self._sock, left):
                    raise TimeoutError
            try:
                count = self._sock.recv_into(view[filled:])
            except OSError as error:
                raise ChannelClosed(f"A channel broke ({error}).") from error
            if count == 0:
                raise ChannelClosed("The other side of a channel is gone.")
            filled += count
        self.received_bytes += size
        return data


def readable(sock: socket.socket, timeout_s: float) -> bool:
    """Wait until `sock` has something to read, its end included; say whether it has."""
    poller = select.poll()  # select.select refuses descriptors above 1023
    poller.register(sock, select.POLLIN)
    return bool(poller.poll(max(0.0, timeout_s) * 1000))


def parse_header(text: bytes, bounds: Bounds = FROM_BOX) -> dict[str, Any]:
    """Parse a frame's JSON header strictly: an object, bounded in depth and size, no NaN."""
    unquoted = _STRINGS.sub(b"", text)
    # Counted at once, and only then walked one by one: a walk over millions takes seconds.
    opened, closed = (sum(map(unquoted.count, pair)) for pair in ((b"[", b"{"), (b"]", b"}")))
    _bound("JSON", max(opened, closed), bounds.nodes, "containers")
    depth = deepest = 0
    for bracket in _BRACKETS.findall(unquoted):  # before json.loads, which recurses
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    _bound("JSON", deepest, bounds.depth, "levels")
    if _LONG_NUMBER.search(unquoted):
        raise FrameError("A frame's numbers may have at most 64 bits.")
    try:
        # Decoded here: json.loads itself would also take UTF-16, whose brackets were not counted.
        header = json.loads(text.decode(), parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"A frame's header must be strict JSON ({error}).") from error
    if not isinstance(header, dict):
        raise FrameError("A frame's header must be an object.")
    plain = _writable(header) if b"\\ud" in text.lower() else header
    assert isinstance(plain, dict)
    return plain


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e999 would be read as infinity
        raise ValueError(f"{text[:20]} is no 64-bit float")
    return number


def _writable(value: Any) -> Any:
    """Return `value` without lone surrogates, which no file and no terminal can hold."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _bound(what: str, received: int, limit: int, unit: str) -> None:
    if received > limit:
        raise FrameError(f"A frame's {what} may hold {limit} {unit}. Received: {received}.")


def plain(array: np.ndarray) -> np.ndarray:
    """Return `array` in C order and little-endian; a `FrameError` for types that do not cross."""
    made = np.ascontiguousarray(np.asarray(array))
    if made.shape != np.shape(array):  # ascontiguousarray makes 0-d arrays 1-d
        made = made.reshape(np.shape(array))
    if made.dtype.byteorder == ">" or (made.dtype.byteorder == "=" and not _LITTLE):
        made = made.astype(made.dtype.newbyteorder("<"))
    if made.dtype.str not in DTYPES:
        raise FrameError(f"Only {sorted(DTYPES)} may cross. Received: {made.dtype.str}.")
    return made


_LITTLE = np.dtype("=u2").newbyteorder("=").str.startswith("<")


def array_list(
    listed: object, body_bytes: int, bounds: Bounds
) -> list[tuple[np.dtype, tuple[int, ...]]]:
    """Return the types and shapes that a header lists, which must fill `body_bytes` exactly."""
    if not isinstance(listed, list):
        raise FrameError("A frame must list its arrays.")
    _bound("list", len(listed), bounds.arrays, "arrays")
    shapes, total = [], 0
    for entry in listed:
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape"}:
            raise FrameError("An array must be told as its dtype and shape.")
        dtype, shape = entry["dtype"], entry["shape"]
        if dtype not in DTYPES if isinstance(dtype, str) else True:
            raise FrameError(f"Only {sorted(DTYPES)} may cross. Received: {str(dtype)[:40]}.")
        if (
            not isinstance(shape, list)
            or len(shape) > bounds.dimensions
            or not all(type(size) is int and 0 <= size <= 2**40 for size in shape)
            or math.prod(size for size in shape if size) > 2**40
        ):
            raise FrameError("A shape must be a short list of sizes.")
        total += math.prod(shape) * np.dtype(dtype).itemsize
        if total > body_bytes:
            raise FrameError("A frame's arrays must fill its body exactly.")
        shapes.append((np.dtype(dtype), tuple(shape)))
    if total != body_bytes:
        raise FrameError("A frame's arrays must fill its body exactly.")
    return shapes


def cut(
    body: bytearray | memoryview, shapes: Sequence[tuple[np.dtype, tuple[int, ...]]]
) -> list[np.ndarray]:
    """Return the arrays that lie one after the other in `body`, as views of it."""
    arrays, start = [], 0
    for dtype, shape in shapes:
        count = math.prod(shape)
        flat = np.frombuffer(body, dtype=dtype, count=count, offset=start)
        start += count * dtype.itemsize
        if dtype.kind == "b":  # a bool byte other than 0 and 1 would break NumPy's own promises
            flat = np.frombuffer(body, np.uint8, count, start - count) != 0
        arrays.append(flat.reshape(shape))
    return arrays
