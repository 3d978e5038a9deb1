"""`autograder accept`: keep the reports of the kept submissions as they come out now."""

from __future__ import annotations

import argparse
import sys

from autograder.authoring import kept_submissions
from autograder.edges.cli.commands.exits import BELOW, GRADED
from autograder.edges.cli.course import course_to_author


def run(args: argparse.Namespace) -> int:
    """Write the golden reports; with `--diff` only say what would change, and exit 1."""
    course = course_to_author()
    slugs = [course.exercise(slug).slug for slug in args.slugs]
    if args.diff:
        lines = kept_submissions.unaccepted(course, slugs, _progress)
        for line in lines:
            print(line)
        return BELOW if lines else GRADED
    kept_submissions.accept(course, slugs, _progress)
    return GRADED


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
