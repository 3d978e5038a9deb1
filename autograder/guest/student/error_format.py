"""Exceptions as data: type, message, and the student's own line, without the library's frames."""

from __future__ import annotations

import linecache
import re
import traceback

from autograder.guest.protocol.answers import ErrorFacts

_MESSAGE_CHARACTERS, _LINES = 2000, 10**6
# What libraries write around a message: a terminal's codes, the node of a graph, and arguments
# that nobody gave.
_NOISE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\{\{\w+ [^{}]*\}\}\s*|\n[^\n]*=<class 'inspect\._empty'>(?=\n|$)"
)


def describe_error(error: BaseException, filename: str) -> ErrorFacts:
    """Return what a student needs to find the cause of `error`.

    Args:
        error: Whatever student code raised.
        filename: The staged file's name; lines of other files are none of the student's.
    """
    try:
        message = readable(str(error))
    except Exception:  # noqa: BLE001 - a student's own exception class may raise in __str__
        message = "(its message could not be read)"
    frames = traceback.extract_tb(error.__traceback__)
    line = next((one.lineno for one in reversed(frames) if one.filename == filename), None)
    if isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    # A student may raise a SyntaxError of any making.
    if type(line) is not int or not 0 < line <= _LINES:
        line = None
    return ErrorFacts(
        type(error).__name__[:100], message[:_MESSAGE_CHARACTERS], line, _line(filename, line)
    )


def readable(message: str) -> str:
    """Return a library's message without what is not for a person who reads it."""
    return _NOISE.sub("", message)


def _line(filename: str, line: int | None) -> str | None:
    return linecache.getline(filename, line).strip()[:300] if line else None
