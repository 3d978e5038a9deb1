"""The options that are about other platforms: `bundle`, and where `grade` puts its summary."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.edges.cli.option_values import summary_target

_VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


def add_bundle(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder bundle`."""
    bundle = commands.add_parser("bundle", help="pack an exercise for a learning platform to grade")
    platforms = bundle.add_subparsers(dest="platform", required=True, metavar="PLATFORM")
    gradescope = platforms.add_parser(
        "gradescope",
        help="a zip for Gradescope's autograder",
        description="Write the zip that Gradescope's Configure Autograder takes: setup.sh, "
        "run_autograder, this package as a wheel, and what is hidden about the exercise.",
    )
    gradescope.add_argument("slug", metavar="SLUG")
    gradescope.add_argument(
        "--out", type=Path, metavar="FILE.zip", help="default: SLUG-gradescope.zip"
    )
    gradescope.add_argument(
        "--constraints",
        type=Path,
        metavar="FILE",
        help="the pinned packages that setup.sh installs (default: the course's constraints.txt)",
    )
    gradescope.add_argument(
        "--visibility",
        choices=_VISIBILITIES,
        default="visible",
        help="when students see the checks and their points (default: visible, at once)",
    )
    gradescope.add_argument(
        "--data",
        choices=("full", "sample"),
        default="sample",
        help="data sets to grade with: full ones are fetched by setup.sh (default: sample)",
    )
    gradescope.add_argument(
        "--require-isolation",
        action="store_true",
        help="mark nothing where the container gives no full sandbox",
    )


def add_summary(grade: argparse.ArgumentParser) -> None:
    """Add `--summary` to `autograder grade`."""
    grade.add_argument(
        "--summary",
        type=summary_target,
        metavar="markdown[=FILE]",
        help="write a table of tasks in Markdown; without FILE, it is added to "
        "GITHUB_STEP_SUMMARY where that is set, else it goes to standard output",
    )
