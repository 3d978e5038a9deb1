"""Digests of what outcomes depend on, so that they can be keys of the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.guest.student.encode import encode


def digest_of(inputs: Mapping[str, Any]) -> str:
    """Return a SHA-256, in hex, of what a probe drew.

    Args:
        inputs: What the probe's `draw` returned: JSON's types, and arrays of any shapes and of the
            dtypes that cross to a box.
    """
    arrays: list[np.ndarray] = []
    tagged = encode(dict(inputs), arrays)
    digest = hashlib.sha256(json.dumps(tagged, sort_keys=True).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
