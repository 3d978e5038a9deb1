"""`autograder bundle`: all that a learning platform needs to grade an exercise, in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

import autograder
from autograder.course.catalog import Course
from autograder.edges.cli.commands.exits import GRADED
from autograder.edges.cli.commands.files import must_be_writable, write
from autograder.edges.cli.course import course_in_use
from autograder.edges.platforms.gradescope.bundle import archive, bundle
from autograder.errors import UsageError
from autograder.judging.checks import checks_of

CONSTRAINTS = "constraints.txt"


def run(args: argparse.Namespace) -> int:
    """Write the file, and say what to do with it."""
    course = course_in_use()
    slug = course.exercise(args.slug).slug
    out = args.out or Path(f"{slug}-gradescope.zip")
    must_be_writable(out, "--out")
    constraints = args.constraints or _constraints(course)
    files = bundle(
        course,
        slug,
        _read(constraints),
        visibility=args.visibility,
        data=args.data,
        require_isolation=args.require_isolation,
    )
    content = archive(files)
    try:
        write(out, content)
    except OSError as error:
        raise UsageError(
            f"The bundle must be writable. Received: {out}: {error.strerror}. Make room."
        ) from error
    points = sum(check.points for check in checks_of(course, slug))
    print(f"written: {out} ({len(content) / 2**20:.1f} MiB, {len(files)} files)")
    print("It holds hidden checks: give it to nobody but Gradescope.")
    print("Next, on Gradescope:")
    print(f"  a programming assignment of {points} points, with the largest container")
    print("  Configure Autograder: upload the zip, and test it with a submission of your own")
    return GRADED


def _constraints(course: Course) -> Path:
    """Return the pinned packages: the course's own, or those of the checkout that is running."""
    for folder in (course.root, Path(autograder.__file__).parents[1]):
        if (folder / CONSTRAINTS).is_file():
            return folder / CONSTRAINTS
    raise UsageError(
        f"A bundle installs pinned packages. Received: no {CONSTRAINTS} in {course.root}. "
        "Give --constraints FILE, such as what `pip freeze` wrote."
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"--constraints must name a file. Received: {path}: {error.strerror}. Correct the path."
        ) from None
