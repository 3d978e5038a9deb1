"""`autograder data`: which data sets are at hand, and how to get the full ones."""

from __future__ import annotations

import argparse
import sys

from rich import box
from rich.table import Table

from autograder.course.catalog import Course
from autograder.datasets import registry
from autograder.datasets.sample import draw_sample
from autograder.edges.cli.commands.exits import GRADED, UNUSABLE
from autograder.edges.cli.course import course_in_use, course_to_author
from autograder.errors import DataError
from autograder.reporting.terminal import console


def run(args: argparse.Namespace) -> int:
    """Show every place where a set may lie, fetch the full ones first, or draw a sample."""
    course = course_to_author() if args.sample else course_in_use()
    status = GRADED
    if not course.data:
        print(f"{course.root}: this course has no data sets")
        return GRADED
    if args.sample:
        return _write_sample(course, args.sample)
    for name in course.data if args.fetch else ():
        try:
            registry.fetch(name, _report_step, course=course)
        except DataError as error:
            print(f"autograder: {error}", file=sys.stderr)
            status = UNUSABLE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", "profile", "state", "where"):
        table.add_column(column, overflow="fold")
    for copy in registry.status(course):
        table.add_row(copy.name, copy.profile, copy.state, f"{copy.source}: {copy.path}")
    console(sys.stdout).print(table)
    return status


def _write_sample(course: Course, name: str) -> int:
    """Draw a sample anew, write it into the course, and say which digest the catalog needs."""
    full = registry.load(name, "full", course=course)
    drawn = draw_sample(full)
    path = registry.write_sample(name, course=course)
    print(f"written: {path}")
    known = course.data[name].sample_sha256
    if drawn.sha256 != known:
        print(f'The catalog must have it: [data.sample] with sha256 = "{drawn.sha256}"')
    return GRADED


def _report_step(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
