"""Reads `mutants.toml` of an exercise: wrong edits, right spellings, and what is the same.

| table | what it says |
|---|---|
| `[audit]` | `floor`: what the score must reach, 0 to 1 |
| `[[mutant]]` | an edit that must lose a point in its task, and in no other: `task`, `breaks` (the
  sentence of the task's text), `replace` (what stands exactly once in the task's answers), `with` |
| `[[variant]]` | a right answer that must keep all points, visibly and hidden: `task`, `name`, and
  `replace` and `with`, or `source`, the whole cell of the task |
| `[[equivalent]]` | an edit that is as right as the solution: `task`, `replace` and `with` as the
  audit prints them, and `reason` |
| `[unseen]` | kept wrong files that pass all visible checks, each with what hidden ones alone see |
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring.audit.mutants import Mutant, meaning
from autograder.authoring.audit.source import Edit, Solution, apply, diff
from autograder.authoring.audit.variants import Variant
from autograder.course.rules import check_keys
from autograder.errors import CourseError

NAME = "mutants.toml"
_KEYS: Mapping[str, tuple[str, ...]] = {
    "mutant": ("task", "breaks", "replace", "with"),
    "variant": ("task", "name", "replace", "with", "source"),
    "equivalent": ("task", "replace", "with", "reason"),
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "mutant": _KEYS["mutant"],
    "variant": ("task", "name"),
    "equivalent": _KEYS["equivalent"],
}


@dataclass(frozen=True, slots=True)
class Equivalent:
    """An edit that is as right as the solution, and why. `means` is the tree that it makes."""

    mutant: Mutant
    reason: str
    means: str


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in `mutants.toml`.

    Attributes:
        floor: What the exercise's score must reach; None if it says nothing.
        mutants: Wrong edits.
        variants: Right spellings.
        equivalents: Edits that change nothing.
        stale: One sentence for each entry that no longer fits the solution.
    """

    floor: float | None = None
    mutants: tuple[Mutant, ...] = ()
    variants: tuple[Variant, ...] = ()
    equivalents: tuple[Equivalent, ...] = ()
    stale: tuple[str, ...] = ()


def read_floor(path: Path) -> float | None:
    """Return the floor that a `mutants.toml` names; None if it, or the file, is not there.

    Raises:
        CourseError: The file cannot be read, or the floor is no fraction.
    """
    return _floor(read_table(path), path)


def count_entries(path: Path) -> Mapping[str, int]:
    """Return how many entries a `mutants.toml` has of each kind: 0 where there is no such file.

    Raises:
        CourseError: It cannot be read.
    """
    table = read_table(path)
    return {kind: len(_entries(table, kind, path)) for kind in _KEYS}


def read_written(path: Path, solution: Solution, name: str) -> Written:
    """Return what a `mutants.toml` says about a solution; nothing if there is no such file.

    Args:
        path: The file.
        solution: What its edits are of.
        name: What to call the solution's file in a diff.

    Raises:
        CourseError: The file is no TOML, or has other keys or tasks than it may have.
    """
    table = read_table(path)
    stale: list[str] = []
    entries: dict[str, list[tuple[Mapping[str, str], str, str]]] = {}
    for kind in _KEYS:
        entries[kind] = []
        for number, entry in enumerate(_entries(table, kind, path), 1):
            where = f"{path}, {kind} {number} ({entry['task']})"
            text = _edited(entry, solution, where, stale)
            if text is not None:
                entries[kind].append((entry, text, where))
    mutants = [
        _mutant(solution, entry, text, name, "written") for entry, text, _ in entries["mutant"]
    ]
    equivalents = []
    for entry, text, _ in entries["equivalent"]:
        means = meaning(text, solution, entry["task"])
        assert means is not None
        mutant = _mutant(solution, entry, text, name, "equivalent")
        equivalents.append(Equivalent(mutant, entry["reason"], means))
    variants = [
        Variant(
            f"{entry['task']}.{_slug(entry['name'])}",
            entry["task"],
            text,
            diff(solution.text, text, name),
        )
        for entry, text, _ in entries["variant"]
    ]
    return Written(
        _floor(table, path), tuple(mutants), tuple(variants), tuple(equivalents), tuple(stale)
    )


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
    check_keys(table, ("audit", "unseen", *_KEYS), str(path))
    return table


def _floor(table: Mapping[str, Any], path: Path) -> float | None:
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


def _entries(table: Mapping[str, Any], kind: str, path: Path) -> Sequence[Mapping[str, str]]:
    entries = table.get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CourseError(
            f"Entries are written as `[[{kind}]]`, with two brackets. "
            f"Received: {path} with another form. Add the second pair of brackets."
        )
    for number, entry in enumerate(entries, 1):
        where = f"{path}, {kind} {number}"
        check_keys(entry, _KEYS[kind], where)
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
    return entries


def _edited(
    entry: Mapping[str, str], solution: Solution, where: str, stale: list[str]
) -> str | None:
    """Return the solution with an entry's edit made; None, and a sentence, if it does not fit."""
    task = solution.tasks.get(entry["task"])
    if task is None:
        raise CourseError(
            f"A task is one of the catalog's: {', '.join(solution.tasks)}. "
            f"Received: {where}. Correct the name."
        )
    text = solution.text
    if "source" in entry:
        edited = apply(text, [Edit(task.start, task.end, entry["source"].strip("\n"))])
    else:
        wanted = entry["replace"]
        places = [
            region.start + found.start()
            for region in task.regions
            for found in re.finditer(re.escape(wanted), text[region.start : region.end])
        ]
        if len(places) != 1:
            stale.append(
                "The text that is replaced stands exactly once in the task's answers. "
                f"Received: {where}, whose text stands there {len(places)} times: {wanted!r}. "
                "Adapt the entry to the solution."
            )
            return None
        edited = apply(text, [Edit(places[0], places[0] + len(wanted), entry["with"])])
    means = meaning(edited, solution, entry["task"])
    if means is None or means == meaning(text, solution, entry["task"]):
        what = "no Python" if means is None else "the solution itself"
        stale.append(
            f"An edit makes other Python of the solution. Received: {where}, which makes {what}. "
            "Correct the entry."
        )
        return None
    return edited


def _mutant(
    solution: Solution, entry: Mapping[str, str], text: str, name: str, operator: str
) -> Mutant:
    digest = hashlib.sha256(f"{entry['replace']}\0{entry['with']}".encode()).hexdigest()[:8]
    return Mutant(
        f"{entry['task']}.{operator}.{digest}",
        entry["task"],
        operator,
        text,
        entry["replace"],
        entry["with"],
        diff(solution.text, text, name),
        entry.get("breaks", ""),
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "variant"
