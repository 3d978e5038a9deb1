"""Puts a class together: reports, what the course says of their exercises, and answers' texts."""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from autograder.course.catalog import Course
from autograder.errors import CourseError, SubmissionError
from autograder.reporting.class_report.members import (
    ClassFacts,
    Entry,
    ExerciseFacts,
    Part,
    member_of,
)
from autograder.submission.cells import Role, read_cells

_OWN = (Role.WHOLE, Role.PARTS)


def exercise_facts(course: Course | None, slug: str) -> ExerciseFacts:
    """Return what a course says of an exercise; of one that it lacks, the name alone."""
    if course is None or slug not in course.slugs:
        return ExerciseFacts(slug)
    texts = (_text(path) for path in (course.stub(slug), course.solution(slug)))
    try:
        calibration = course.folder(slug).calibration()
    except CourseError:  # a report is no place to mend it; grading tells
        calibration = {}
    return ExerciseFacts(slug, course.exercise(slug).title, "\n".join(texts), calibration)


def answers_of(content: bytes, suffix: str) -> str:
    """Return the text of a submission's own cells; "" where it cannot be read."""
    try:
        contents = read_cells(content, suffix)
    except SubmissionError:
        return ""
    return "\n\n".join(cell.source for cell in contents.cells if cell.role in _OWN)


def classes_of(
    parts: Iterable[Part], course: Course | None = None, pages: Path | None = None
) -> list[ClassFacts]:
    """Return a class per exercise, of reports that are not a gradebook's.

    Args:
        parts: What was handed in; of several for one path and exercise the last one counts.
        course: Whose exercises they are, if it is at hand.
        pages: Where pages will lie, for links to feedback.
    """
    by_exercise: dict[str, dict[str, Part]] = {}
    for part in parts:
        by_exercise.setdefault(part.entry["exercise"], {})[part.entry["path"]] = part
    classes = []
    for slug, by_path in by_exercise.items():
        names = short_names(list(by_path), slug)
        members = tuple(
            member_of(
                names[path],
                [part],
                identities=_identities(path, slug, names[path]),
                link=link_to(part.feedback, pages),
            )
            for path, part in by_path.items()
        )
        classes.append(ClassFacts(slug, members, {slug: exercise_facts(course, slug)}))
    return classes


def entries_of(facts: ClassFacts) -> list[Entry]:
    """Return all reports on a class."""
    return [part.entry for member in facts.members for part in member.parts]


def link_to(file: Path | None, pages: Path | None) -> str:
    """Return where a file lies, as seen from a page in the folder `pages`; "" for nowhere."""
    if file is None or pages is None:
        return ""
    return quote(os.path.relpath(file.resolve(), pages.resolve()))


def conditions(facts: ClassFacts) -> list[str]:
    """Return sentences on what a class was graded with, where that is worth knowing."""
    entries = entries_of(facts)
    samples = {n for e in entries for n, profile in e["data"].items() if profile == "sample"}
    sentences = []
    if samples:
        named = ", ".join(sorted(samples))
        sentences.append(f"Graded on the bundled sample of {named}, not the full set.")
    trained = sorted({entry["trained_on"] for entry in entries if entry.get("trained_on")})
    sentences += [f"Trained with {where}." for where in trained]
    walls = Counter(entry["isolation"] for entry in entries if entry["isolation"] != "full")
    sentences += [
        f"The code of {count} submissions was not walled in as it should be (isolation: {wall})."
        for wall, count in walls.items()
    ]
    return sentences


def short_names(paths: Sequence[str], slug: str) -> Mapping[str, str]:
    """Return per path what tells it from the others: without suffix, and what all have in common.

    Args:
        paths: As reports have them.
        slug: The exercise, whose name says nothing of a student.
    """
    stems = {path: path.removesuffix(".py").removesuffix(".ipynb") for path in paths}
    folders = {os.path.dirname(stem) for stem in stems.values()}  # noqa: PTH120 - only text
    try:
        common = os.path.commonpath(folders) if len(paths) > 1 else ""
    except ValueError:  # absolute and relative ones
        common = ""
    names = {}
    for path, stem in stems.items():
        parts = list(PurePosixPath(stem).parts)[len(PurePosixPath(common).parts) if common else 0 :]
        while len(parts) > 1 and parts[-1] == slug:
            parts.pop()
        names[path] = "/".join(parts) or path
    if len(set(names.values())) < len(names):
        return {path: path for path in paths}
    return names


def _identities(path: str, slug: str, name: str) -> tuple[str, ...]:
    """Return the words of a path that may tell whose it is."""
    words = {path, *name.split("/"), PurePosixPath(path).name}
    return tuple(sorted(word for word in words if word and word != slug))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
