"""Detects which exercise a file is for: by its name, its folder, or what it defines."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import IntEnum
from pathlib import Path

from autograder.course.catalog import Course
from autograder.errors import SubmissionError
from autograder.submission.cells import read_cells

_DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)

# What JupyterLab, browsers and file managers add to the name of a copy.
_COPY = re.compile(
    r"[-_. ]*(?:(?<![^\W_])(?:copy|kopie|copie|copia)[-_. ]*\d*|\(\d+\))", re.IGNORECASE
)


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


def detect_exercise(
    path: Path, content: bytes, names: Mapping[str, Collection[str]]
) -> tuple[str | None, Sign]:
    """Return the exercise that a file is for, if it can be detected, and by which sign."""
    stem = path.stem.lower()
    if stem in names:
        return stem, Sign.EXACT_NAME
    by_name = named_in(stem, names)
    if by_name:
        return by_name, Sign.NAME
    shared = _shared_names(path, content, names)
    for folder in reversed(path.absolute().parent.parts):
        slug = named_in(folder.lower(), names)
        if slug:
            # A file that defines none of the exercise's names may be a student's helper.
            return slug, Sign.DEFINES if shared[slug] else Sign.FOLDER
    best = max(shared.values(), default=0)
    winners = [slug for slug, count in shared.items() if count == best > 0]
    return (winners[0], Sign.DEFINES) if len(winners) == 1 else (None, Sign.NOTHING)


def named_in(text: str, slugs: Collection[str]) -> str | None:
    """Return the exercise that `text` holds as a word: its slug, or what numbers it at its start.

    The start of a slug without a number is an ordinary word, which other files may be called.
    """
    starts = {slug: slug.split("_")[0] for slug in slugs}
    numbers = {slug: start for slug, start in starts.items() if start[-1:].isdigit()}
    for words in ({slug: slug for slug in slugs}, numbers):
        hits = [
            slug
            for slug, word in words.items()
            if re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text)
        ]
        if hits:
            return hits[0] if len(hits) == 1 else None
    return None


def is_named_as_copy(stem: str) -> bool:
    """Return whether a file's name, without its suffix, is one that a program gives to a copy."""
    return re.search(f"(?:{_COPY.pattern})+$", stem, re.IGNORECASE) is not None


def is_copy_of(stem: str, original: str) -> bool:
    """Return whether a file's name, without its suffix, is that of a copy of `original`."""
    more = stem.removeprefix(original)
    return more != stem and is_named_as_copy(more)


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
    return {slug: len(own.intersection(expected)) for slug, expected in names.items()}
