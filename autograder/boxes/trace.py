"""Exceptions as data: type, message, and the student's own line, without the library's frames."""

from __future__ import annotations

import linecache
import traceback
from typing import Any

_MESSAGE_CHARACTERS = 2000
_FRAMES = 8


def describe_error(error: BaseException, filename: str) -> dict[str, Any]:
    """Return what a student needs to find the cause of `error`.

    Args:
        error: Whatever student code raised.
        filename: The staged file's name; frames of other files are left out.

    Returns:
        `type`, `message`, `line` and `source` of the innermost line of the student's (None when
        none is known), and `frames`, outermost first, as `{"line", "function", "source"}`.
    """
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a student's own exception class may raise in __str__
        message = "(its message could not be read)"
    frames: list[dict[str, Any]] = [
        {"line": frame.lineno, "function": frame.name, "source": _line(filename, frame.lineno)}
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == filename
    ][-_FRAMES:]
    line = frames[-1]["line"] if frames else None
    if isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    return {
        "type": type(error).__name__[:100],
        "message": message[:_MESSAGE_CHARACTERS],
        "line": line,
        "source": _line(filename, line),
        "frames": frames,
    }


def _line(filename: str, line: int | None) -> str | None:
    return linecache.getline(filename, line).strip()[:300] if line else None
