"""`autograder render`: stub and notebook from the authored solution."""

from __future__ import annotations

import argparse

from autograder import authoring, render
from autograder.catalog import find_course
from autograder.commands.exits import BELOW, GRADED


def run(args: argparse.Namespace) -> int:
    """Write what is stale, or with `--check` only say what is."""
    course = find_course()
    slugs = [course.exercise(slug).slug for slug in args.slugs or course.slugs]
    files = render.render(course, slugs, authoring.points(slugs))
    if args.check:
        stale = render.drift(files)
        for path in stale:
            print(f"stale: {path.relative_to(course.root)}")
        if stale:
            print("Generated files must equal what the solutions give. Run: autograder render")
        return BELOW if stale else GRADED
    for path in render.write(files):
        print(f"written: {path.relative_to(course.root)}")
    return GRADED
