"""`autograder calibrate`: what a threshold should be, measured."""

from __future__ import annotations

import argparse
import json
import sys

from autograder import calibrate
from autograder.catalog import find_course
from autograder.commands.exits import GRADED


def run(args: argparse.Namespace) -> int:
    """Train many times, and print the record that was written."""
    record = calibrate.main(
        args.slug,
        find_course(),
        seeds=args.seeds,
        profile=args.data,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
        weak=args.weak,
    )
    print(json.dumps(record, indent=2))
    return GRADED
