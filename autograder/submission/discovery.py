"""Finds the files of a submission, or of a class, and detects which exercise each is for."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course.catalog import RELEASED, Course
from autograder.errors import UsageError
from autograder.files import NotPlainFile, read_plain
from autograder.records import Submission
from autograder.submission.choosing import Candidate, choose_candidates
from autograder.submission.detection import (
    detect_exercise,
    is_named_as_copy,
    names_of_course,
)
from autograder.submission.modules import own_modules
from autograder.submission.outputs import size_limit, without_outputs
from autograder.text import printable, printable_path

SUFFIXES = (".py", ".ipynb")
# submitted/<student>/<exercise>/<file> and one to spare.
MAX_DEPTH = 4
MAX_SUBMISSIONS = 5_000
MAX_ENTRIES = 200_000
MAX_TOTAL_BYTES = 2 * 1024**3

_NO_SUBMISSION = re.compile(
    rf"\..*|(?:{'|'.join(RELEASED)}).*\.py|conftest\.py|__.*__\.py|setup\.py"
)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The submissions below a path; `problems` are about files that a person must decide on."""

    submissions: tuple[Submission, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def find_submissions(path: Path, course: Course, exercise: str | None = None) -> list[Submission]:
    """Return the submissions at `path`, all of them or none.

    Raises:
        UsageError: `path` holds nothing gradable, or something that a person must decide on.
    """
    result = search(path, course, exercise)
    if result.problems:
        raise UsageError("\n".join(result.problems))
    return list(result.submissions)


def search(path: Path, course: Course, exercise: str | None = None) -> SearchResult:
    """Return the submissions at `path`: a `.py` or `.ipynb` file, or a folder that holds some.

    The exercise is `exercise`, or the one that the file's name, the nearest folder's name, or the
    functions in the file point to.

    Raises:
        UsageError: `path` holds nothing gradable.
    """
    if exercise is not None and exercise not in course.slugs:
        raise UsageError(
            f"An exercise is one of {_slugs(course)}. Received: {exercise!r}. Correct --exercise."
        )
    if path.is_symlink():
        raise UsageError(
            f"A submission is a file or a folder, not a link. Received: {printable_path(path)}. "
            "Give the path that the link points to."
        )
    if path.is_dir():
        return _search_folder(path, course, exercise)
    if not path.exists():
        raise UsageError(
            f"A submission is a .py, an .ipynb, or a folder that holds some. Received: "
            f"{printable_path(path)}, which does not exist. Correct the path."
        )
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"A submission is a .py, an .ipynb, or a folder that holds some. Received: "
            f"{printable_path(path)}. Give one of those."
        )
    content = _read(path)
    slug = exercise or detect_exercise(path, content, names_of_course(course))[0]
    if slug is None:
        raise UsageError(_no_exercise(printable_path(path), course))
    return SearchResult((_submission(path, content, slug, course),))


def _search_folder(folder: Path, course: Course, exercise: str | None) -> SearchResult:
    candidates: list[Candidate] = []
    problems: list[str] = []
    total = 0
    names = names_of_course(course)
    folder_name = printable_path(folder)
    for path in _files(folder):
        try:
            content = _read(path)
        except UsageError as error:
            problems.append(str(error))
            continue
        total += len(content)
        if len(candidates) >= MAX_SUBMISSIONS or total > MAX_TOTAL_BYTES:
            raise UsageError(
                f"One folder may hold at most {MAX_SUBMISSIONS} submissions and "
                f"{MAX_TOTAL_BYTES // 2**30} GiB. Received: more in {folder_name}. "
                "Grade its folders one by one."
            )
        candidates.append(Candidate(path, content, *detect_exercise(path, content, names)))
    if not candidates and not problems:
        raise UsageError(
            f"A folder must hold a .py or .ipynb submission, at most {MAX_DEPTH} folders down. "
            f"Received: {folder_name}, which holds none. Correct the path."
        )
    assigned = [candidate for candidate in candidates if candidate.slug is not None]
    unassigned = [candidate for candidate in candidates if candidate.slug is None]
    if exercise is not None:
        # A file without any sign is taken for the exercise only where no other file names it.
        assigned = [candidate for candidate in assigned if candidate.slug == exercise]
        if not assigned:
            assigned, unassigned = (
                [replace(candidate, slug=exercise) for candidate in unassigned],
                [],
            )
    if not assigned and not problems:
        raise UsageError(
            f"A folder must hold a submission for {exercise}. Received: {folder_name}, which "
            "holds none. Correct the path or --exercise."
            if exercise
            else _no_exercise(folder_name, course)
        )
    notes = (
        []
        if exercise
        else [
            f"{printable_path(candidate.path)} was left out: no exercise."
            for candidate in unassigned
        ]
    )
    groups: dict[tuple[Path, str], list[Candidate]] = defaultdict(list)
    for candidate in assigned:
        groups[candidate.path.parent, str(candidate.slug)].append(candidate)
    submissions: list[Submission] = []
    for (_, slug), group in groups.items():
        choice = choose_candidates(course, slug, group)
        notes += choice.notes
        problems += choice.problems
        submissions += [
            _submission(candidate.path, candidate.content, slug, course, choice.told)
            for candidate in choice.chosen
        ]
    return SearchResult(tuple(submissions), tuple(notes), tuple(problems))


def _files(folder: Path, depth: int = 0, budget: list[int] | None = None) -> Iterator[Path]:
    """Yield the files below `folder` that may be submissions, in order, following no link."""
    budget = [MAX_ENTRIES] if budget is None else budget
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(
            f"A folder must be readable. Received: {printable_path(folder)}: {error.strerror}. "
            "Correct its permissions."
        ) from None
    budget[0] -= len(inside)
    if budget[0] < 0:
        raise UsageError(
            f"One path may hold at most {MAX_ENTRIES} files and folders. Received: more. "
            "Grade its folders one by one."
        )
    names = {entry.name for entry in inside}
    if "pyvenv.cfg" in names:  # a virtual environment
        return
    for entry in inside:
        if _NO_SUBMISSION.fullmatch(entry.name) or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH and entry.name not in ("__pycache__", "node_modules"):
                yield from _files(Path(entry.path), depth + 1, budget)
        elif Path(entry.name).suffix.lower() in SUFFIXES:
            yield Path(entry.path)


def _read(path: Path) -> bytes:
    """Return the bytes of a plain file, one more than allowed if it is too large."""
    try:
        content = read_plain(path, size_limit(path.suffix))
    except NotPlainFile:
        raise UsageError(
            f"A submission is a plain file. Received: {printable_path(path)}, which is none. "
            "Remove it."
        ) from None
    except OSError as error:
        raise UsageError(
            f"A submission must be readable. Received: {printable_path(path)}: {error.strerror}. "
            "Correct its permissions."
        ) from None
    return without_outputs(content, path.suffix)


def _submission(
    path: Path, content: bytes, slug: str, course: Course, notes: tuple[str, ...] = ()
) -> Submission:
    if is_named_as_copy(path.stem) and not notes:
        notes = (f"{printable(path.name, 80)} is named as a copy. Is it the file that you meant?",)
    modules = own_modules(path, content, slug, course.slugs)
    return Submission(printable_path(path), slug, content, path.suffix.lower(), notes, modules)


def _slugs(course: Course) -> str:
    return ", ".join(course.slugs)


def _no_exercise(name: str, course: Course) -> str:
    return (
        f"A submission must tell its exercise by its name, its folder or its functions. Received: "
        f"{name}, which does not. Give --exercise with one of {_slugs(course)}."
    )
