"""Rules that tables of the catalog keep: their keys are known and complete, their names unique."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.errors import CourseError


def check_keys(table: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    """Raise a `CourseError` if a table has an unknown key."""
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise CourseError(
            f"The known keys are {', '.join(keys)}. "
            f"Received: {where} with {', '.join(unknown)}. Remove or correct the key."
        )


def check_unique(names: Sequence[str], what: str, where: str) -> None:
    """Raise a `CourseError` if a name stands twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(
            f"Every {what} entry stands once. Received: {where} with {', '.join(twice)} twice. "
            "Remove one."
        )


def check_table(
    value: object, required: Sequence[str], optional: Sequence[str], what: str, where: str
) -> Mapping[str, Any]:
    """Return `value` if it is a table with these keys; `what` names it in messages.

    Raises:
        CourseError: It is none, or a key is missing or unknown.
    """
    if not isinstance(value, dict):
        raise CourseError(
            f"{what} is a table with {', '.join(required)}. Received: {where} as {value!r}. "
            "Correct it."
        )
    check_keys(value, (*required, *optional), where)
    for key in required:
        if key not in value:
            raise CourseError(
                f"{what} needs {', '.join(required)}. Received: {where} without {key!r}. Add it."
            )
    return value
