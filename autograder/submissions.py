"""Finds the files of a submission, or of a class, and tells which exercise each is for."""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.catalog import Course
from autograder.cells import MAX_FILE_BYTES
from autograder.errors import UsageError
from autograder.plaintext import printable
from autograder.recognise import Sign, names_of_course, recognise
from autograder.records import Submission

SUFFIXES = (".py", ".ipynb")
# submitted/<student>/<exercise>/<file> and one to spare.
MAX_DEPTH = 4
MAX_SUBMISSIONS = 5_000
MAX_ENTRIES = 200_000
MAX_TOTAL_BYTES = 2 * 1024**3

_NO_SUBMISSION = re.compile(r"\..*|test_.*\.py|conftest\.py|__.*__\.py|setup\.py")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: `problems` are files that someone must decide on."""

    submissions: tuple[Submission, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    content: bytes
    slug: str | None
    sign: Sign


def find_submissions(path: Path, course: Course, exercise: str | None = None) -> list[Submission]:
    """Return the submissions at `path`, all of them or none.

    Raises:
        UsageError: `path` holds nothing gradable, or something that someone must decide on.
    """
    found = search(path, course, exercise)
    if found.problems:
        raise UsageError("\n".join(found.problems))
    return list(found.submissions)


def search(path: Path, course: Course, exercise: str | None = None) -> Found:
    """Return the submissions at `path`: a `.py` or `.ipynb` file, or a folder that holds some.

    The exercise is the one given, or the one that the file's name, the nearest folder's name,
    or the functions in the file tell.

    Raises:
        UsageError: `path` holds nothing gradable.
    """
    if exercise is not None and exercise not in course.slugs:
        raise UsageError(
            f"An exercise is one of {_slugs(course)}. Received: {exercise!r}. Correct --exercise."
        )
    if path.is_symlink():
        raise UsageError(
            f"A submission is a file or a folder, not a link. Received: {shown(path)}. "
            "Give the path that the link points to."
        )
    if path.is_dir():
        return _search_folder(path, course, exercise)
    if not path.exists():
        raise UsageError(
            f"A submission is a .py, an .ipynb, or a folder that holds some. Received: "
            f"{shown(path)}, which does not exist. Correct the path."
        )
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"A submission is a .py, an .ipynb, or a folder that holds some. Received: "
            f"{shown(path)}. Give one of those."
        )
    content = _read(path)
    slug = exercise or recognise(path, content, names_of_course(course))[0]
    if slug is None:
        raise UsageError(_untold(shown(path), course))
    return Found((_submission(path, content, slug),))


def shown(path: Path) -> str:
    """Return `path` as text that any encoder and terminal takes."""
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"))


def _search_folder(folder: Path, course: Course, exercise: str | None) -> Found:
    candidates: list[_Candidate] = []
    problems: list[str] = []
    total = 0
    names = names_of_course(course)
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
                f"{MAX_TOTAL_BYTES // 2**30} GiB. Received: more in {shown(folder)}. "
                "Grade its folders one by one."
            )
        candidates.append(_Candidate(path, content, *recognise(path, content, names)))
    if not candidates and not problems:
        raise UsageError(
            f"A folder must hold a .py or .ipynb submission, at most {MAX_DEPTH} folders down. "
            f"Received: {shown(folder)}, which holds none. Correct the path."
        )
    told = [c for c in candidates if c.slug is not None]
    untold = [c for c in candidates if c.slug is None]
    if exercise is not None:
        # A file that tells nothing is taken for the exercise only where none says its name.
        told = [c for c in told if c.slug == exercise]
        if not told:
            told, untold = [replace(c, slug=exercise) for c in untold], []
    if not told and not problems:
        raise UsageError(
            f"A folder must hold a submission for {exercise}. Received: {shown(folder)}, which "
            "holds none. Correct the path or --exercise."
            if exercise
            else _untold(shown(folder), course)
        )
    notes = [] if exercise else [f"{shown(c.path)} was left out: no exercise." for c in untold]
    groups: dict[tuple[Path, str], list[_Candidate]] = defaultdict(list)
    for candidate in told:
        groups[candidate.path.parent, str(candidate.slug)].append(candidate)
    submissions: list[Submission] = []
    for (_, slug), group in groups.items():
        chosen, more_notes, more_problems = _chosen(slug, group)
        notes += more_notes
        problems += more_problems
        submissions += [_submission(c.path, c.content, slug) for c in chosen]
    return Found(tuple(submissions), tuple(notes), tuple(problems))


def _chosen(slug: str, group: list[_Candidate]) -> tuple[list[_Candidate], list[str], list[str]]:
    """Return which files of one folder are handed in for one exercise, notes, and problems.

    A file with the exercise's exact name stands for the exercise; without one, each file that
    says it is for the exercise is a submission of its own (a class in one folder). A notebook
    beside a script of the same name is for a person to decide: either may be the untouched one.
    """
    best = max(c.sign for c in group)
    enough = best if best is Sign.EXACT_NAME else min(best, Sign.DEFINES)
    chosen = [c for c in group if c.sign >= enough]
    notes = [
        f"{shown(c.path)} was left out: another file in its folder is the one for {slug}."
        for c in group
        if c.sign < enough
    ]
    problems = []
    stems = [c.path.stem for c in chosen]
    for stem in sorted({stem for stem in stems if stems.count(stem) > 1}):
        pair = [shown(c.path) for c in chosen if c.path.stem == stem]
        problems.append(
            f"An exercise is handed in as one file. Received: {' and '.join(pair)}. "
            "Remove the one that does not count, or give the path of the one that does."
        )
        chosen = [c for c in chosen if c.path.stem != stem]
    return chosen, notes, problems


def _files(folder: Path, depth: int = 0, budget: list[int] | None = None) -> Iterator[Path]:
    """Yield the files below `folder` that may be submissions, in order, following no link."""
    budget = [MAX_ENTRIES] if budget is None else budget
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(
            f"A folder must be readable. Received: {shown(folder)}: {error.strerror}. "
            "Correct its permissions."
        ) from None
    budget[0] -= len(found)
    if budget[0] < 0:
        raise UsageError(
            f"One path may hold at most {MAX_ENTRIES} files and folders. Received: more. "
            "Grade its folders one by one."
        )
    names = {entry.name for entry in found}
    if "pyvenv.cfg" in names:  # a virtual environment
        return
    for entry in found:
        if _NO_SUBMISSION.fullmatch(entry.name) or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH and entry.name not in ("__pycache__", "node_modules"):
                yield from _files(Path(entry.path), depth + 1, budget)
        elif Path(entry.name).suffix.lower() in SUFFIXES:
            yield Path(entry.path)


def _read(path: Path) -> bytes:
    """Return the bytes of a plain file, one more than allowed if it is too large."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(
                    f"A submission is a plain file. Received: {shown(path)}, which is none. "
                    "Remove it."
                )
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"A submission must be readable. Received: {shown(path)}: {error.strerror}. "
            "Correct its permissions."
        ) from None


def _submission(path: Path, content: bytes, slug: str) -> Submission:
    return Submission(label=shown(path), exercise=slug, content=content, suffix=path.suffix.lower())


def _slugs(course: Course) -> str:
    return ", ".join(course.slugs)


def _untold(what: str, course: Course) -> str:
    return (
        f"A submission must tell its exercise by its name, its folder or its functions. Received: "
        f"{what}, which does not. Give --exercise with one of {_slugs(course)}."
    )
