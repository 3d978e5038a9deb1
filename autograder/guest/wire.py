"""Frames between the host and a box: JSON and plain arrays, bounded before they are decoded.

A frame is `MAGIC | header length (u32) | body length (u64) | header | body`, little-endian. The
header is JSON with an `arrays` list of `{"dtype", "shape"}`; the body holds the arrays' bytes one
after the other in C order. Nothing else crosses: no pickle, no path, no archive.
"""

from __future__ import annotations

import json
import math
import select
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from autograder.errors import FrameError
from autograder.guest.protocol.records import Decoder, Dtype, M, Message, header_of
from autograder.guest.strict_json import check_bound, parse_object

MAGIC = b"KAG1"
_PREFIX = struct.Struct("<4sIQ")

#: The only element types that cross, each little-endian or of one byte.
DTYPES: frozenset[str] = frozenset(get_args(Dtype))


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

    def send(self, message: Message, arrays: Sequence[np.ndarray] = ()) -> None:
        """Send a message with arrays; blocks until the other side has taken it.

        Raises:
            ChannelClosed: The other side is gone.
            FrameError: An array is of a type that does not cross.
            ValueError: A number is none that JSON has a word for.
        """
        self.send_header(header_of(message), arrays)

    def receive(
        self, decoder: Decoder[M], timeout_s: float | None = None
    ) -> tuple[M, list[np.ndarray]]:
        """Return the next message and its arrays.

        Args:
            decoder: Reads the messages that may come now.
            timeout_s: Seconds to wait for the whole frame; `None` waits for ever.

        Raises:
            TimeoutError: The frame was not complete in time.
            ChannelClosed: The other side is gone.
            MessageError: The frame holds another message, or none.
            FrameError: The bytes are no frame, or a frame outside the bounds.
        """
        header, arrays = self.receive_header(timeout_s)
        return decoder.decode(header), arrays

    def send_header(self, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> None:
        """Send one frame, whatever its header says."""
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

    def receive_header(
        self, timeout_s: float | None = None
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Return the next frame as `(header, arrays)`, whatever its header says.

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
        check_bound("header", header_bytes, self._bounds.header_bytes, "bytes")
        check_bound("body", body_bytes, self._bounds.body_bytes, "bytes")
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
    return parse_object(text, bounds.depth, bounds.nodes)


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


def widened(array: np.ndarray) -> np.ndarray:
    """Return a bfloat16 array as float32, which holds the same values and may cross."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


_LITTLE = np.dtype("=u2").newbyteorder("=").str.startswith("<")


def array_list(
    listed: object, body_bytes: int, bounds: Bounds
) -> list[tuple[np.dtype, tuple[int, ...]]]:
    """Return the types and shapes that a header lists, which must fill `body_bytes` exactly."""
    if not isinstance(listed, list):
        raise FrameError("A frame must list its arrays.")
    check_bound("list", len(listed), bounds.arrays, "arrays")
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
