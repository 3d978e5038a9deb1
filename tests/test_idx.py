"""IDX files are read as their format says, and anything else is refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from autograder import idx
from autograder.errors import DataError


def test_idx_round_trip_and_layout() -> None:
    """IDX is 00 00 08, the number of axes, big-endian sizes, then the bytes."""
    array = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    content = bytes.fromhex("00000803 00000002 00000003 00000004") + bytes(range(24))
    assert idx.encode(array) == content
    np.testing.assert_array_equal(idx.decode(content), array)


@pytest.mark.parametrize(
    "content", ["", "0000", "00000903", "00000802", "00000803 00000001", "00000801 00000003 0102"]
)
def test_bad_idx_is_refused(content: str) -> None:
    """Empty, foreign, cut-off and too short IDX files are refused with what was received."""
    with pytest.raises(DataError, match=r"IDX file.*Received"):
        idx.decode(bytes.fromhex(content))


def test_gzip_bomb_is_refused() -> None:
    """A small .gz that unpacks to more than the largest published file is refused."""
    bomb = gzip.compress(bytes(idx.FILE_BYTES_MAX + 1), compresslevel=9)
    assert len(bomb) < 100_000
    with pytest.raises(DataError, match="Received: more"):
        idx.gunzip(bomb)
