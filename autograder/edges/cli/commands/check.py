"""`autograder check`: is the course itself sound?"""

from __future__ import annotations

import argparse
import sys

from autograder.authoring import course_check
from autograder.authoring.course_check import SEEDS
from autograder.edges.cli.commands.exits import BELOW, GRADED, UNUSABLE
from autograder.edges.cli.course import course_to_author


def run(args: argparse.Namespace) -> int:
    """Print every problem; exit 1 if there is one, 2 if a file that it needs is not there."""
    course = course_to_author()
    slugs = [course.exercise(slug).slug for slug in args.slugs]
    problems = course_check.check(course, slugs, _progress, args.seeds or SEEDS)
    for problem in problems:
        print(problem)
    if course_check.file_problems(course, slugs or course.slugs):
        return UNUSABLE
    return BELOW if problems else GRADED


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
