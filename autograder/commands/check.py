"""`autograder check`: is the course itself sound?"""

from __future__ import annotations

import argparse
import sys

from autograder import authoring
from autograder.catalog import find_course
from autograder.commands.exits import BELOW, GRADED


def run(args: argparse.Namespace) -> int:
    """Print every problem; exit 1 if there is one."""
    course = find_course()
    slugs = [course.exercise(slug).slug for slug in args.slugs]
    problems = authoring.check(course, slugs, lambda line: print(line, file=sys.stderr))
    for problem in problems:
        print(problem)
    return BELOW if problems else GRADED
