"""The submissions that are kept beside the checks: whole files, and named mutants.

Golden reports, `check`, previews, calibrations and benchmarks all take them from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.audit.entries import NAME, kept_names
from autograder.authoring.audit.groups import uses_of
from autograder.authoring.audit.source import read_solution
from autograder.authoring.audit.written import read_written
from autograder.course.catalog import Course
from autograder.errors import CourseError, UsageError
from autograder.records import Submission


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept submission.

    Attributes:
        name: "right_…" or "wrong_…": a file's name with its suffix, or that of a mutant, which
            has none.
        place: The file that it is, or that it stands in.
        content: What is handed in.
        suffix: What kind of file that is.
        tasks: Those that are asked of it; all where none is named.
    """

    name: str
    place: Path
    content: bytes
    suffix: str
    tasks: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """Its name without a suffix."""
        return self.name.removesuffix(self.suffix)

    @property
    def is_mutant(self) -> bool:
        """Whether it is the solution with an edit of `mutants.toml`, and has its cells."""
        return self.place.name == NAME

    def submission(self, slug: str) -> Submission:
        """Return it as handed in for an exercise."""
        label = f"{slug}/{self.name}"
        return Submission(label, slug, self.content, self.suffix, tasks=self.tasks)


def kept(course: Course, slug: str) -> list[Kept]:
    """Return an exercise's kept submissions, by name; not those mutants that are stale.

    Of a mutant those tasks are asked which its edit may change: the others are the solution's.

    Raises:
        CourseError: Solution or `mutants.toml` cannot be read, or a mutant has a file's name.
    """
    folder = course.folder(slug)
    paths = [path for suffix in (".py", ".ipynb") for path in folder.submissions.glob(f"*{suffix}")]
    found = [Kept(path.name, path, path.read_bytes(), path.suffix) for path in paths]
    path = folder.path / NAME
    named = kept_names(path)
    for file in found:
        if file.stem in named:
            raise CourseError(
                f"A kept submission is a file or an entry of {NAME}. Received: {file.place}, and "
                f"{file.stem!r} in {path}. Remove one."
            )
    if named:
        solution = read_solution(course, slug)
        uses = uses_of(course, slug, solution)
        found += [
            Kept(one.kept, path, one.source.encode(), ".py", uses.asked({one.task}))
            for one in read_written(path, solution, f"{slug}.py").mutants
            if one.kept
        ]
    return sorted(found, key=lambda one: one.name)


def kept_one(course: Course, slug: str, name: str, option: str, kind: str = "") -> Kept:
    """Return the kept submission that an option names, with or without its suffix.

    Args:
        course: The course.
        slug: The exercise.
        name: The submission's name.
        option: The option, for the error message.
        kind: Only a "right" or a "wrong" one is taken, if it says so.

    Raises:
        UsageError: There is none of that name.
    """
    every = [one for one in kept(course, slug) if one.name.startswith(kind)]
    for one in every:
        if name in (one.name, one.stem):
            return one
    raise UsageError(
        f"{option} names a kept{f' {kind}' if kind else ''} submission of {slug}: "
        f"{', '.join(one.stem for one in every) or 'there is none'}. "
        f"Received: {name!r}. Correct it."
    )


def names(course: Course, slug: str) -> set[str]:
    """Return the names of an exercise's kept submissions, also of stale mutants."""
    folder = course.folder(slug)
    files = {path.name for path in folder.submissions.glob("*") if path.suffix in (".py", ".ipynb")}
    return files | {*kept_names(folder.path / NAME)}


def told(name: str) -> str:
    """Return a kept submission's name as a message has it, which sends an author to its place."""
    return name if name.endswith((".py", ".ipynb")) else f"{name} of {NAME}"
