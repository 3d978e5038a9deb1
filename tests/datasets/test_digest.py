"""The digest is what anybody can compute without this package."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from autograder.datasets import idx
from autograder.datasets.digest import sha256_of
from autograder.datasets.spec import DTYPES


@pytest.mark.parametrize("dtype", idx.TYPE_CODES)
def test_what_idx_can_hold_is_digested_as_its_files(dtype: str) -> None:
    """For the types of IDX, the digest is that of the uncompressed IDX files in a row."""
    arrays = [np.arange(6).astype(dtype).reshape(2, 3), np.arange(4).astype(dtype)]
    assert sha256_of(arrays) == hashlib.sha256(b"".join(map(idx.encode, arrays))).hexdigest()


@pytest.mark.parametrize(
    ("array", "content"),
    [
        (np.array([1, -1], "int64"), b"<i8 2\n" + bytes.fromhex("01" + "00" * 7 + "ff" * 8)),
        (np.array([[1], [2], [3]], "uint16"), b"<u2 3x1\n" + bytes.fromhex("010002000300")),
        (np.array([7], "uint32"), b"<u4 1\n" + bytes.fromhex("07000000")),
        (np.array([7], "uint64"), b"<u8 1\n" + bytes.fromhex("0700000000000000")),
        (np.array([True, False]), b"|b1 2\n" + bytes.fromhex("0100")),
        (np.array([1, -2], "float16"), b"<f2 2\n" + bytes.fromhex("003c00c0")),
    ],
)
def test_other_types_are_digested_as_documented(array: np.ndarray, content: bytes) -> None:
    """For all other types it is a line of type and sizes, then little-endian elements."""
    assert sha256_of([array]) == hashlib.sha256(content).hexdigest()
    assert array.dtype.name not in idx.TYPE_CODES


def test_every_type_has_a_digest_of_its_own() -> None:
    """Equal elements of another type, shape or place have another digest."""
    arrays = [np.ones(4, dtype) for dtype in DTYPES.values()]
    arrays += [array.reshape(2, 2) for array in arrays]
    arrays += [np.ones(8, dtype) for dtype in DTYPES.values()]
    digests = {sha256_of([array]) for array in arrays}
    digests |= {sha256_of([arrays[0], array]) for array in arrays}
    assert len(digests) == 2 * len(arrays)


def test_the_order_in_memory_does_not_matter() -> None:
    """A transposed array and one of another byte order are digested like their plain copies."""
    for dtype in ("int64", "float64"):
        array = np.arange(6).astype(dtype).reshape(2, 3)
        others = [np.asfortranarray(array), array.astype(array.dtype.newbyteorder(">"))]
        assert {sha256_of([other]) for other in others} == {sha256_of([array])}
