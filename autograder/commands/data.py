"""`autograder data`: which data sets are at hand, and how to get the full ones."""

from __future__ import annotations

import argparse
import sys

from rich import box
from rich.table import Table

from autograder import data
from autograder.catalog import find_course
from autograder.commands.exits import GRADED, UNUSABLE
from autograder.dataset import TITLES
from autograder.errors import DataError
from autograder.tables import console


def run(args: argparse.Namespace) -> int:
    """Show every place where a set may lie; with `--fetch` bring the full ones first."""
    course = find_course()
    status = GRADED
    for name in TITLES if args.fetch else ():
        try:
            data.fetch(name, lambda line: print(line, file=sys.stderr, flush=True))
        except DataError as error:
            print(f"autograder: {error}", file=sys.stderr)
            status = UNUSABLE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", "profile", "state", "where"):
        table.add_column(column, overflow="fold")
    for copy in data.status(course.root):
        table.add_row(copy.name, copy.profile, copy.state, f"{copy.source}: {copy.path}")
    console(sys.stdout).print(table)
    return status
