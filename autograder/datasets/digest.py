"""The digest of a data set: one number for its arrays, whatever they were read from.

It is the SHA-256 of the arrays' canonical forms, one after the other in the catalog's order. The
canonical form of an array is

- of uint8, int8, int16, int32, float32 and float64: the uncompressed IDX file that holds it. So the
  digest of MNIST is that of its four published files: `cat … | sha256sum`;
- of any other type, which IDX has no code for (bool, uint16, uint32, int64, uint64, float16): a
  line of NumPy's little-endian type code and the sizes, such as `<i8 506` or `|b1 32x32`, ended
  by a newline; then the elements in C order, little-endian. No IDX file begins like this: its
  first byte is zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograder.datasets import idx


def sha256_of(arrays: Iterable[npt.NDArray[Any]]) -> str:
    """Return the digest of these arrays, in hexadecimal.

    Args:
        arrays: Arrays of shapes `(rows, …)`, of the dtypes that `spec.DTYPES` lists.
    """
    sha256 = hashlib.sha256()
    for array in arrays:
        in_idx = array.dtype.name in idx.TYPE_CODES
        sha256.update(idx.header(array) if in_idx else _header(array))
        stored = array.dtype.newbyteorder(">" if in_idx else "<")
        sha256.update(np.ascontiguousarray(array, stored).view(np.uint8).data)
    return sha256.hexdigest()


def _header(array: npt.NDArray[Any]) -> bytes:
    code = array.dtype.newbyteorder("<").str
    return f"{code} {'x'.join(map(str, array.shape))}\n".encode()
