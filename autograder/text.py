"""Makes text that a student may have written safe to print, log and put into XML."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import PurePath

# Control characters (a terminal obeys them), lone surrogates (no encoder takes them), marks
# that turn the reading direction (they make text look like what it is not), and the two
# code points that XML forbids. Line feed and tab stay.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]"
)


#: How much of a student's path is shown where a file of theirs is only remarked on.
PATH_CHARACTERS = 200


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def plain_number(value: float, digits: int = 4) -> str:
    """Return a number with so many digits, and with no exponent unless it would be very long.

    All digits of whole numbers are kept, and of others those before the point.
    """
    text = f"{value:.{digits}g}"
    if "e" not in text or not 1e-9 <= abs(value) < 1e15:
        return text
    return f"{value:.0f}" if abs(value) >= 1 else f"{Decimal(text):f}"


def in_terms(*terms: tuple[float, str]) -> str:
    """Return a sum as people write it, such as `1.500*x1 - 2.000*x2 + 0.250`.

    Args:
        terms: Of each its factor, and what it is multiplied by; "" for nothing.
    """
    text = ""
    for factor, name in terms:
        size = f"{abs(factor):.3f}"
        minus = factor < 0 and float(size) != 0
        sign = (" - " if minus else " + ") if text else ("-" if minus else "")
        text += sign + size + (f"*{name}" if name else "")
    return text


def printable(text: str, limit: int | None = None) -> str:
    """Return `text` with unsafe characters shown as escapes, cut to `limit` characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return _UNSAFE.sub(_escaped, text)


def printable_path(path: PurePath, limit: int | None = None) -> str:
    """Return a path, whose bytes need be no text, as `printable` does a text."""
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"), limit)


def one_line(text: str, limit: int) -> str:
    """Return the first line of `text` that is not blank, safe to print and at most `limit` long."""
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    if not lines:
        return ""
    return printable(lines[0] + (" …" if len(lines) > 1 else ""), limit)
