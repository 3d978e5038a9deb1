"""Reads `mutants.toml` of an exercise: wrong edits, right spellings, and what is the same.

| table | what it says |
|---|---|
| `[audit]` | `floor`: what the score must reach, 0 to 1 |
| `[[mutant]]` | an edit that must lose a point in its task, and in no other: `task`, `breaks` (the
  sentence of the task's text), `replace` (what stands exactly once in the task's answers), `with`;
  with a `name`, `wrong_…`, it is a kept submission, whose report stands in `golden.json` |
| `[[variant]]` | a right answer that must keep all points, visibly and hidden: `task`, `name`, and
  `replace` and `with`, or `source`, the whole cell of the task |
| `[[equivalent]]` | an edit that is as right as the solution: `task`, `replace` and `with` as the
  audit prints them, and `reason` |
| `[unseen]` | kept wrong submissions that pass all visible checks, each with what hidden ones alone
  see |
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.rules import check_keys
from autograder.errors import CourseError

NAME = "mutants.toml"
KINDS: Mapping[str, tuple[str, ...]] = {
    "mutant": ("task", "name", "breaks", "replace", "with"),
    "variant": ("task", "name", "replace", "with", "source"),
    "equivalent": ("task", "replace", "with", "reason"),
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "mutant": ("task", "breaks", "replace", "with"),
    "variant": ("task", "name"),
    "equivalent": KINDS["equivalent"],
}
_KEPT_NAME = re.compile(r"wrong_[a-z0-9_]+")


def read_floor(path: Path) -> float | None:
    """Return the floor that a `mutants.toml` names; None if it, or the file, is not there.

    Raises:
        CourseError: The file cannot be read, or the floor is no fraction.
    """
    return floor_of(read_table(path), path)


def count_entries(path: Path) -> Mapping[str, int]:
    """Return how many entries a `mutants.toml` has of each kind: 0 where there is no such file.

    Raises:
        CourseError: It cannot be read.
    """
    table = read_table(path)
    return {kind: len(entries_of(table, kind, path)) for kind in KINDS}


def kept_names(path: Path) -> tuple[str, ...]:
    """Return the names of the mutants that are kept submissions, also of stale ones.

    Raises:
        CourseError: The file cannot be read, or a name is none, or stands twice.
    """
    entries = entries_of(read_table(path), "mutant", path)
    return tuple(entry["name"] for entry in entries if "name" in entry)


def read_table(path: Path) -> Mapping[str, Any]:
    """Return a `mutants.toml` whose tables are known; nothing where there is no such file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CourseError(
            f"Mutants are written in TOML and UTF-8. Received: {path}: {error}. Correct that place."
        ) from error
    check_keys(table, ("audit", "unseen", *KINDS), str(path))
    return table


def floor_of(table: Mapping[str, Any], path: Path) -> float | None:
    """Return the floor that a table names; None if it names none."""
    settings = table.get("audit", {})
    if not isinstance(settings, dict):
        raise CourseError(
            f"The audit's settings are a table, `[audit]`. Received: {path} with {settings!r}. "
            "Correct it."
        )
    check_keys(settings, ("floor",), f"{path}, [audit]")
    floor = settings.get("floor")
    if floor is None:
        return None
    if isinstance(floor, bool) or not isinstance(floor, (int, float)) or not 0 <= floor <= 1:
        raise CourseError(
            f"The floor is a fraction from 0 to 1. Received: {path} with {floor!r}. Correct it."
        )
    return float(floor)


def entries_of(table: Mapping[str, Any], kind: str, path: Path) -> Sequence[Mapping[str, str]]:
    """Return the entries of one kind, which have all that they need."""
    entries = table.get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CourseError(
            f"Entries are written as `[[{kind}]]`, with two brackets. "
            f"Received: {path} with another form. Add the second pair of brackets."
        )
    for number, entry in enumerate(entries, 1):
        where = f"{path}, {kind} {number}"
        check_keys(entry, KINDS[kind], where)
        for key, value in entry.items():
            if not isinstance(value, str):
                raise CourseError(f"`{key}` is text. Received: {where} with {value!r}. Quote it.")
        for key in _REQUIRED[kind]:
            if not entry.get(key, "").strip() and not (key == "with" and key in entry):
                raise CourseError(
                    f"A [[{kind}]] needs {', '.join(_REQUIRED[kind])}. "
                    f"Received: {where} without {key!r}. Add it."
                )
        if kind == "variant" and ("source" in entry) == ("replace" in entry and "with" in entry):
            raise CourseError(
                "A [[variant]] has `replace` and `with`, or `source` alone. "
                f"Received: {where} with {', '.join(entry)}. Correct it."
            )
    if kind == "mutant":
        _check_kept(entries, path)
    return entries


def _check_kept(mutants: Sequence[Mapping[str, str]], path: Path) -> None:
    seen: set[str] = set()
    for number, entry in enumerate(mutants, 1):
        name = entry.get("name")
        if name is None:
            continue
        where = f"{path}, mutant {number}"
        if not _KEPT_NAME.fullmatch(name):
            raise CourseError(
                "The `name` of a [[mutant]] is that of a kept submission: `wrong_`, then small "
                f"letters, digits and underscores. Received: {where} with {name!r}. Correct it."
            )
        if name in seen:
            raise CourseError(
                f"A kept submission's name is its own. Received: {where} with {name!r}, as an "
                "earlier one has. Rename one."
            )
        seen.add(name)
