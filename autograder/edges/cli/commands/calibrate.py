"""`autograder calibrate`: what a threshold should be, measured."""

from __future__ import annotations

import argparse
import json
import sys

from autograder.authoring import calibrate, calibration_state
from autograder.edges.cli.commands.exits import GRADED
from autograder.edges.cli.course import course_to_author


def run(args: argparse.Namespace) -> int:
    """Train many times, and print the record that was written; or stamp what was measured."""
    course = course_to_author()
    if args.stamp:
        for line in calibration_state.stamp(course, course.exercise(args.slug).slug):
            print(line)
        return GRADED
    record = calibrate.main(
        course.exercise(args.slug).slug,
        course,
        seeds=args.seeds,
        profile=args.data,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
        weak=args.weak,
        reset=args.reset,
    )
    print(json.dumps(record, indent=2))
    return GRADED
