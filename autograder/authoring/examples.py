"""Whether an exercise has what its checks are judged by: examples, and a floor for the score."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.authoring.audit.entries import NAME, count_entries, kept_names, read_floor
from autograder.authoring.audit.source import read_solution
from autograder.authoring.audit.written import read_written
from autograder.course.catalog import Course

_RIGHT_LEAST, _WRONG_LEAST = 4, 8


def example_problems(course: Course, slug: str, names: Sequence[str]) -> list[str]:
    """Return what is missing of right and wrong examples, and of the score that an audit holds.

    Args:
        course: The course.
        slug: The exercise.
        names: The names of its kept submissions.
    """
    path = course.folder(slug).path / NAME
    count_of = count_entries(path)
    # Named mutants are among the kept submissions.
    entries = {**count_of, "mutant": count_of["mutant"] - len(kept_names(path))}
    problems = []
    for kind, least, table in (
        ("right_", _RIGHT_LEAST, "variant"),
        ("wrong_", _WRONG_LEAST, "mutant"),
    ):
        count = sum(name.startswith(kind) for name in names) + entries[table]
        if count < least:
            problems.append(
                f"{slug}: {least} {kind}* submissions or [[{table}]] entries of {NAME} "
                f"are wanted. Received: {count}."
            )
    if read_floor(path) is None:
        problems.append(
            f"{slug}: `autograder audit --fail-under` needs a floor for the score. Received: "
            f"{path} without one. Add `[audit]` with `floor = 0.97`."
        )
    return problems


def stale_problems(course: Course, slug: str) -> list[str]:
    """Return a sentence for each entry of `mutants.toml` that no longer fits the solution.

    Raises:
        CourseError: Solution or `mutants.toml` cannot be read.
    """
    path = course.folder(slug).path / NAME
    found = read_written(path, read_solution(course, slug), f"{slug}.py")
    return [f"{slug}: {line}" for line in found.stale]
