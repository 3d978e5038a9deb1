"""JSON from a box: bounded before it is parsed, and strict where Python's own reader is lenient."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from autograder.errors import FrameError

# The closing quote is optional, so that text of unclosed strings is read once and not once a quote.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
# An integer of 20 digits has over 64 bits; a float's fraction has up to 21 (0.0001 and 17 more).
_LONG_NUMBER = re.compile(rb"(?<![.\d])\d{20}|\d{40}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_object(text: bytes, depth: int, nodes: int) -> dict[str, Any]:
    """Parse a JSON object: no NaN, no number of over 64 bits, no lone surrogate.

    Args:
        text: UTF-8.
        depth: How many containers may lie inside one another.
        nodes: How many containers there may be.

    Raises:
        FrameError: It is not strict JSON, no object, or outside the bounds.
    """
    unquoted = _STRINGS.sub(b"", text)
    # Counted at once, and only then walked one by one: a walk over millions takes seconds.
    opened, closed = (sum(map(unquoted.count, pair)) for pair in ((b"[", b"{"), (b"]", b"}")))
    check_bound("JSON", max(opened, closed), nodes, "containers")
    level = deepest = 0
    for bracket in _BRACKETS.findall(unquoted):  # before json.loads, which recurses
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    check_bound("JSON", deepest, depth, "levels")
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


def check_bound(what: str, received: int, limit: int, unit: str) -> None:
    """Raise a `FrameError` where a part of a frame is larger than it may be."""
    if received > limit:
        raise FrameError(f"A frame's {what} may hold {limit} {unit}. Received: {received}.")


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
