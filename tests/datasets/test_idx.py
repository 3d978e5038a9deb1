"""IDX files are read as their format says, and anything else is refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from autograder.datasets import idx
from autograder.errors import DataError


def test_idx_round_trip_and_layout() -> None:
    """IDX is 00 00 08, the number of axes, big-endian sizes, then the bytes."""
    array = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    content = bytes.fromhex("00000803 00000002 00000003 00000004") + bytes(range(24))
    assert idx.encode(array) == content
    np.testing.assert_array_equal(idx.decode(content), array)


@pytest.mark.parametrize(
    ("dtype", "values", "content"),
    [
        ("uint8", [1, 255], "00000801 00000002 01ff"),
        ("int8", [1, -1], "00000901 00000002 01ff"),
        ("int16", [1, -2], "00000b01 00000002 0001fffe"),
        ("int32", [1, -2], "00000c01 00000002 00000001fffffffe"),
        ("float32", [1, -2], "00000d01 00000002 3f800000c0000000"),
        ("float64", [1, -2], "00000e01 00000002 3ff0000000000000c000000000000000"),
    ],
)
def test_every_type_of_the_format(dtype: str, values: list[int], content: str) -> None:
    """All six types have the codes of the format, and their elements are big-endian."""
    array = np.array(values, dtype)
    assert idx.encode(array) == bytes.fromhex(content)
    found = idx.decode(bytes.fromhex(content))
    assert found.dtype == array.dtype
    assert found.tolist() == values
    assert not found.flags.writeable


def test_the_order_in_memory_does_not_matter() -> None:
    """A transposed array and a big-endian one are written like their plain copies."""
    array = np.arange(6, dtype=np.float64).reshape(2, 3)
    assert idx.encode(np.asfortranarray(array)) == idx.encode(array)
    assert idx.encode(array.astype(">f8")) == idx.encode(array)


@pytest.mark.parametrize(
    "content",
    [
        *("", "0000", "00000a01 00000001 01", "00000802", "00000800 01", "01000801 00000001 01"),
        *("00000803 00000001", "00000801 00000003 0102", "00000e01 00000001 01020304"),
    ],
)
def test_bad_idx_is_refused(content: str) -> None:
    """Empty, foreign, cut-off and too short IDX files are refused with what was received."""
    with pytest.raises(DataError, match=r"IDX file.*Received"):
        idx.decode(bytes.fromhex(content))


def test_gzip_bomb_is_refused() -> None:
    """A small .gz that unpacks to more than was allowed is refused, and so is a long plain file."""
    bomb = gzip.compress(bytes(50_000_000), compresslevel=9)
    assert len(bomb) < 100_000
    for content in (bomb, bytes(50_000_000)):
        with pytest.raises(DataError, match="Received: more"):
            idx.unpacked(content, 49_999_999)
        assert len(idx.unpacked(content, 50_000_000)) == 50_000_000


def test_damaged_gzip_is_refused() -> None:
    """A cut-off .gz is refused in words."""
    with pytest.raises(DataError, match="must unpack"):
        idx.unpacked(gzip.compress(bytes(1000))[:-4], 1000)
