"""Chooses which files of one folder are handed in for an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.catalog import Course
from autograder.submission.copies import choose, count_written
from autograder.submission.detection import Sign, is_copy_of
from autograder.submission.stage import released_cells
from autograder.text import printable_path


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be handed in, with the exercise that it seems to be for, and why so."""

    path: Path
    content: bytes
    slug: str | None
    sign: Sign


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files that are handed in for one exercise.

    Attributes:
        chosen: These files.
        notes: On files that were left out, for whoever grades.
        problems: On what a person must decide.
        told: On files that were left out, for the students themselves too.
    """

    chosen: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def choose_candidates(course: Course, slug: str, group: Sequence[Candidate]) -> Chosen:
    """Return which files of one folder are handed in for one exercise.

    A file with the exercise's exact name stands for the exercise, unless nothing is written in it
    and something is in a copy of it; without one, each file that says it is for the exercise is a
    submission of its own (a class in one folder). A notebook beside a script of the same name is
    for a person to decide: either may be the untouched one.
    """
    best = max(candidate.sign for candidate in group)
    enough = best if best is Sign.EXACT_NAME else min(best, Sign.DEFINES)
    chosen = [candidate for candidate in group if candidate.sign >= enough]
    told: tuple[str, ...] = ()
    if best is Sign.EXACT_NAME and len(chosen) == 1:
        chosen, told = _original_or_copy(course, slug, chosen[0], group)
    notes = [
        f"{printable_path(candidate.path)} was left out: "
        f"another file in its folder is the one for {slug}."
        for candidate in group
        if candidate.sign < enough or (told and candidate not in chosen)
    ]
    problems = []
    stems = [candidate.path.stem for candidate in chosen]
    for stem in sorted({stem for stem in stems if stems.count(stem) > 1}):
        pair = [
            printable_path(candidate.path) for candidate in chosen if candidate.path.stem == stem
        ]
        problems.append(
            f"An exercise is handed in as one file. Received: {' and '.join(pair)}. "
            "Remove the one that does not count, or give the path of the one that does."
        )
        chosen = [candidate for candidate in chosen if candidate.path.stem != stem]
    return Chosen(tuple(chosen), (*notes, *told), tuple(problems), told)


def _original_or_copy(
    course: Course, slug: str, original: Candidate, group: Sequence[Candidate]
) -> tuple[list[Candidate], tuple[str, ...]]:
    """Return the file of the exact name or a copy of it, and what its author is told."""
    stem = original.path.stem
    copies = {c.path.name: c for c in group if is_copy_of(c.path.stem, stem)}
    files = {original.path.name: original, **copies}
    exercise, released = course.exercise(slug), released_cells(course, slug)

    def written(name: str) -> int:
        return count_written(files[name].content, files[name].path.suffix, exercise, released)

    choice = choose(original.path.name, list(files), written)
    assert choice is not None
    return [files[choice.name]], choice.notes
