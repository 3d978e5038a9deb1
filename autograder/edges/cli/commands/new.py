"""`autograder new`: a course that works at once, or an exercise from templates."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograder.authoring.scaffold.new_course import SLUG, new_course
from autograder.authoring.scaffold.new_exercise import new_exercise
from autograder.course.catalog import Course
from autograder.edges.cli.commands.exits import GRADED
from autograder.edges.cli.course import course_to_author


def run(args: argparse.Namespace) -> int:
    """Write it, and say what to do next."""
    if args.what == "course":
        course = new_course(args.folder, args.kind, args.title, _progress)
        print(f"written: {course.root}")
        _next(course, SLUG, f"cd {args.folder}")
    else:
        course = new_exercise(course_to_author(), args.slug, args.task, args.title, _progress)
        for path in _folders(course, args.slug):
            print(f"written: {path}")
        _next(course, args.slug)
    return GRADED


def _next(course: Course, slug: str, *before: str) -> None:
    solution = course.solution(slug).relative_to(course.root)
    folders = ", ".join(map(str, _folders(course, slug)))
    print("Next:")
    for line in (
        *before,
        "autograder check                   # all is in step",
        f"autograder grade {solution}        # a first mark",
        f"edit what lies in {folders}; then: autograder render, accept, check, audit",
    ):
        print(f"  {line}")


def _folders(course: Course, slug: str) -> list[Path]:
    """Return the folders that an author writes in, from the course's."""
    paths = (course.solution(slug), course.visible_tests(slug), course.folder(slug).probe_path)
    return [path.parent.relative_to(course.root) for path in paths]


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
