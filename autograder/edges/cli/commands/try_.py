"""`autograder try`: one file under the course's hidden checks, with traces for their author."""

from __future__ import annotations

import argparse

import pytest

from autograder.authoring import pytest_debug
from autograder.edges.cli.commands.exits import BELOW, GRADED, UNUSABLE
from autograder.edges.cli.course import course_in_use
from autograder.errors import UsageError

_STATUS = {pytest.ExitCode.OK: GRADED, pytest.ExitCode.TESTS_FAILED: BELOW}


def run(args: argparse.Namespace) -> int:
    """Run pytest over the graders of the course's folder, with what the file answered.

    Raises:
        UsageError: The file is none, or of no exercise.
    """
    course = course_in_use()
    slugs = {submission.exercise for submission in pytest_debug.tried(args.file, course)}
    if not slugs:
        raise UsageError(
            f"A file is tried that answers an exercise. Received: {args.file}, which is of none. "
            f"Name it like one: {', '.join(course.slugs)}."
        )
    argv = [str(course.folder(slug).grader_path) for slug in sorted(slugs)]
    argv += ["--submission", str(args.file), "-p", "no:cacheprovider"]
    argv += ["--import-mode=importlib", "--noconftest", "--rootdir", str(course.root), "-q"]
    argv += ["-k", args.only] if args.only else []
    argv += ["-x"] if args.first else []
    argv += ["--pdb"] if args.pdb else []
    argv += ["--data", args.data] if args.data else []
    return _STATUS.get(pytest.ExitCode(pytest.main(argv, plugins=[pytest_debug])), UNUSABLE)
