"""The catalog's `[course]` table: what a course is as a whole."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.course.rules import check_keys
from autograder.errors import CourseError

_KEYS = ("hidden", "libraries", "state", "quiet_cell")
_LIBRARY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_STATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def read_settings(table: object, path: Path) -> dict[str, Any]:
    """Return the course's settings by the names of `Course`'s fields; those not given are left out.

    Args:
        table: What stands under `[course]`.
        path: The catalog's file, for messages.

    Raises:
        CourseError: A key is unknown, or its value of another kind.
    """
    where = f"{path}, [course]"
    if not isinstance(table, dict):
        raise CourseError(
            "The course's settings are a table, `[course]`. "
            f"Received: {path} with {table!r}. Correct it."
        )
    check_keys(table, _KEYS, where)
    settings: dict[str, Any] = {}
    if "hidden" in table:
        settings["hidden"] = Path(_inside(table["hidden"], where))
    if "libraries" in table:
        settings["libraries"] = _libraries(table["libraries"], where)
    if "state" in table:
        settings["state"] = _matching(table["state"], _STATE, "state", "a folder's name", where)
    if "quiet_cell" in table:
        text = table["quiet_cell"]
        if not isinstance(text, str):
            raise CourseError(
                "`quiet_cell` is the source of a cell. "
                f"Received: {where} with {text!r}. Correct it."
            )
        settings["quiet_cell"] = text.strip("\n")
    return settings


def _inside(value: object, where: str) -> str:
    """Return a relative path that stays inside the course."""
    path = PurePosixPath(value) if isinstance(value, str) and value else None
    if path is None or path.is_absolute() or ".." in path.parts or path == PurePosixPath():
        raise CourseError(
            "`hidden` is a folder inside the course, written with `/`. "
            f"Received: {where} with {value!r}. Correct it."
        )
    return str(path)


def _libraries(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(name, str) and _LIBRARY.fullmatch(name) for name in value
    ):
        raise CourseError(
            "`libraries` is a list of modules that a box imports when it starts. "
            f"Received: {where} with {value!r}. Correct it."
        )
    return tuple(value)


def _matching(value: object, pattern: re.Pattern[str], key: str, what: str, where: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise CourseError(f"`{key}` is {what}. Received: {where} with {value!r}. Correct it.")
    return value
