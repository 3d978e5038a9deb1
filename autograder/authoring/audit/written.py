"""What an exercise's `mutants.toml` makes of its solution: mutants, variants, what is stale."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.audit.entries import KINDS, entries_of, floor_of, read_table
from autograder.authoring.audit.mutants import Mutant, meaning
from autograder.authoring.audit.source import Edit, Solution, apply, diff
from autograder.authoring.audit.variants import Variant
from autograder.errors import CourseError


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
    absent: dict[tuple[int, str], list[str]] = {}
    entries: dict[str, list[tuple[Mapping[str, str], str, str]]] = {}
    for kind in KINDS:
        entries[kind] = []
        for number, entry in enumerate(entries_of(table, kind, path), 1):
            kept = f", {entry['name']}" if kind == "mutant" and "name" in entry else ""
            place = f"{kind} {number} ({entry['task']}{kept})"
            where = f"{path}, {place}"
            count = _count(entry, solution, where)
            if count != 1:
                absent.setdefault((count, entry["replace"]), []).append(place)
                continue
            text = _edited(entry, solution, where, stale)
            if text is not None:
                entries[kind].append((entry, text, where))
    for (count, wanted), places in absent.items():
        adapted = "entry" if len(places) == 1 else f"{len(places)} entries"
        stale.append(
            "The text that is replaced stands exactly once in the task's answers. "
            f"Received: {path}, {', '.join(places)}, whose text stands there {count} times: "
            f"{wanted!r}. Adapt the {adapted} to the solution."
        )
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
        floor_of(table, path), tuple(mutants), tuple(variants), tuple(equivalents), tuple(stale)
    )


def _places(entry: Mapping[str, str], solution: Solution) -> list[int]:
    """Return where the text that an entry replaces stands in its task's answers."""
    return [
        region.start + found.start()
        for region in solution.tasks[entry["task"]].regions
        for found in re.finditer(
            re.escape(entry["replace"]), solution.text[region.start : region.end]
        )
    ]


def _count(entry: Mapping[str, str], solution: Solution, where: str) -> int:
    """Return how often the text stands there that an entry replaces; once, if it is the cell."""
    if entry["task"] not in solution.tasks:
        raise CourseError(
            f"A task is one of the catalog's: {', '.join(solution.tasks)}. "
            f"Received: {where}. Correct the name."
        )
    return 1 if "source" in entry else len(_places(entry, solution))


def _edited(
    entry: Mapping[str, str], solution: Solution, where: str, stale: list[str]
) -> str | None:
    """Return the solution with an entry's edit made; None, and a sentence, if it is no edit."""
    text = solution.text
    if "source" in entry:
        task = solution.tasks[entry["task"]]
        edited = apply(text, [Edit(task.start, task.end, entry["source"].strip("\n"))])
    else:
        (place,) = _places(entry, solution)
        edited = apply(text, [Edit(place, place + len(entry["replace"]), entry["with"])])
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
    kept = entry.get("name", "")
    digest = hashlib.sha256(f"{entry['replace']}\0{entry['with']}".encode()).hexdigest()[:8]
    return Mutant(
        f"{entry['task']}.{kept or f'{operator}.{digest}'}",
        entry["task"],
        operator,
        text,
        entry["replace"],
        entry["with"],
        diff(solution.text, text, name),
        entry.get("breaks", ""),
        kept,
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "variant"
