"""Tells which exercise a file is for: by its name, its folder, or what it defines."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import IntEnum
from pathlib import Path

from autograder.catalog import Course
from autograder.cells import read_cells
from autograder.errors import SubmissionError

_DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)


class Sign(IntEnum):
    """How a file says which exercise it is for, the weakest first."""

    NOTHING = 0
    FOLDER = 1
    DEFINES = 2
    NAME = 3
    EXACT_NAME = 4


def names_of_course(course: Course) -> dict[str, frozenset[str]]:
    """Return, per exercise, its tasks and the names that its stub defines."""
    names = {}
    for exercise in course.exercises:
        try:
            stub = course.stub(exercise.slug).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            stub = ""
        names[exercise.slug] = frozenset(exercise.tasks) | frozenset(_DEFINITION.findall(stub))
    return names


def recognise(
    path: Path, content: bytes, names: Mapping[str, Collection[str]]
) -> tuple[str | None, Sign]:
    """Return the exercise that a file is for, if that can be told, and by which sign."""
    stem = path.stem.lower()
    if stem in names:
        return stem, Sign.EXACT_NAME
    by_name = _slug_in(stem, names)
    if by_name:
        return by_name, Sign.NAME
    shared = _shared_names(path, content, names)
    for folder in reversed(path.absolute().parent.parts):
        slug = _slug_in(folder.lower(), names)
        if slug:
            # A file that defines none of the exercise's names may be a student's helper.
            return slug, Sign.DEFINES if shared[slug] else Sign.FOLDER
    best = max(shared.values(), default=0)
    winners = [slug for slug, count in shared.items() if count == best > 0]
    return (winners[0], Sign.DEFINES) if len(winners) == 1 else (None, Sign.NOTHING)


def _slug_in(text: str, slugs: Collection[str]) -> str | None:
    """Return the exercise that `text` holds as a word: its slug, or only its number (`ex04`)."""
    for words in ({slug: slug for slug in slugs}, {slug: slug.split("_")[0] for slug in slugs}):
        hits = [
            slug
            for slug, word in words.items()
            if re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text)
        ]
        if hits:
            return hits[0] if len(hits) == 1 else None
    return None


def _shared_names(
    path: Path, content: bytes, names: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """Return, per exercise, how many of its names the file defines or carries as cell ids."""
    try:
        cells = read_cells(content, path.suffix.lower()).cells
    except SubmissionError:
        cells = ()
    own = {name for cell in cells for name in _DEFINITION.findall(cell.source)}
    own |= {cell.grade_id.removeprefix("test_") for cell in cells}
    return {slug: len(own.intersection(known)) for slug, known in names.items()}
