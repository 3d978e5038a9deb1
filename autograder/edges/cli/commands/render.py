"""`autograder render`: stub and notebook from the solution, and the visible-check plugin."""

from __future__ import annotations

import argparse

from autograder.authoring import course_check, render
from autograder.edges.cli.commands.exits import BELOW, GRADED
from autograder.edges.cli.course import course_to_author


def run(args: argparse.Namespace) -> int:
    """Write what is stale, or with `--check` only say what is."""
    course = course_to_author()
    slugs = [course.exercise(slug).slug for slug in args.slugs or course.slugs]
    files = render.render(course, slugs, course_check.points(course, slugs))
    if args.check:
        stale = render.drift(files)
        for path in stale:
            print(f"stale: {path.relative_to(course.root)}")
        if stale:
            print("Generated files must equal what is rendered. Run: autograder render")
        return BELOW if stale else GRADED
    for path in render.write(files):
        print(f"written: {path.relative_to(course.root)}")
    return GRADED
