"""The commands and their options, as `argparse` parses them and `--help` shows them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from autograder.edges.cli.author_arguments import (
    add_accept,
    add_audit,
    add_calibrate,
    add_check,
    add_new,
    add_preview,
    add_try,
)
from autograder.edges.cli.option_values import (
    FITTING,
    OWN_FLOOR,
    age_s,
    count,
    fraction,
    size_bytes,
    worker_count,
)
from autograder.edges.cli.platform_arguments import add_bundle, add_summary
from autograder.edges.cli.serve_arguments import add_serve

_NUMBER = re.compile(r"-?[.\d]")
_EXIT_STATUS = """\
exit status:
  0  graded; or nothing found wrong
  1  a submission is below --fail-under; or the check found something
  2  wrong usage, or input that cannot be read
  3  something failed by our own fault (INTERNAL); no score was given
"""


def command_parser() -> argparse.ArgumentParser:
    """Return what parses a whole command line."""
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Grades exercises in sandboxes, and renders them from their one source.",
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_grade(commands)

    render = commands.add_parser("render", help="write stub and notebook from the solution")
    render.add_argument("slugs", nargs="*", metavar="SLUG", help="default: every exercise")
    render.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")

    add_check(commands)
    add_audit(commands)
    add_new(commands)

    add_accept(commands)
    add_try(commands)
    add_preview(commands)
    add_bundle(commands)
    _add_report(commands)
    add_serve(commands)

    data = commands.add_parser("data", help="show which data sets are at hand")
    what = data.add_mutually_exclusive_group()
    what.add_argument("--fetch", action="store_true", help="bring the full sets here")
    what.add_argument(
        "--sample", metavar="NAME", help="draw a set's sample anew, for authors; says its SHA-256"
    )

    _add_cache(commands)

    doctor = commands.add_parser(
        "doctor",
        help="show what this machine can do, and try to break out of a box",
        epilog="exit status: 0 all holds; 1 something is missing; 3 a wall is broken",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")

    add_calibrate(commands)
    return parser


def _add_grade(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    grade = commands.add_parser(
        "grade",
        help="grade submissions",
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a .py, an .ipynb, or a folder of them"
    )
    grade.add_argument(
        "--exercise", metavar="SLUG", help="default: told by name, folder or functions"
    )
    grade.add_argument("--json", metavar="FILE", help="write the reports; - is standard output")
    grade.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    add_summary(grade)
    grade.add_argument(
        "--out", type=Path, metavar="DIR", help="write JSON, feedback and pictures per submission"
    )
    grade.add_argument(
        "--fail-under",
        type=fraction,
        metavar="FRACTION",
        help="exit 1 if a submission earns less than this part of its points, 0 to 1",
    )
    grade.add_argument("--jobs", type=count, metavar="N", help="default: one per core")
    grade.add_argument(
        "--workers",
        type=worker_count,
        metavar="N",
        help="grade in N processes instead, on a Dask cluster of this machine; "
        "without N, as many as its cores and memory allow for",
    )
    grade.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="grade on the Dask cluster of this scheduler, such as tcp://10.0.0.1:8786; or of the "
        "file that it wrote; or of a .py whose connect() gives a Dask client or cluster "
        "(default: AUTOGRADER_SCHEDULER, if set)",
    )
    grade.add_argument("--data", choices=("full", "sample"), help="default: full where at hand")
    grade.add_argument(
        "--fresh",
        action="store_true",
        help="run every submission again, also where its answers are kept from before",
    )
    grade.add_argument(
        "--require-isolation", action="store_true", help="refuse to grade without a full sandbox"
    )
    grade.add_argument(
        "--full", action="store_true", help="of several, print every check of each submission too"
    )
    grade.add_argument("--quiet", action="store_true", help="no table and no progress")


def _add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = commands.add_parser(
        "report",
        help="show stored reports as tables, or a class at a glance",
        description="Shows a stored JSON as tables. With --class, shows a class at a glance: of "
        "the gradebook, or of stored reports where some are named.",
        epilog="exit status: 0 shown; 2 wrong usage, or input that cannot be read; "
        "3 something is INTERNAL",
    )
    report.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE.json",
        help="what `grade --json` wrote; or with --class, a folder that `grade --out` wrote",
    )
    report.add_argument(
        "--class",
        nargs="*",
        dest="assignments",
        metavar="ASSIGNMENT",
        help="show the class; default: every assignment that somebody handed in",
    )
    report.add_argument(
        "--html", type=Path, metavar="DIR", help="write a page an assignment into this folder"
    )
    report.add_argument(
        "--csv",
        action="store_true",
        help="write a table beside each page; without --html, print one to standard output",
    )
    report.add_argument(
        "--anonymous", action="store_true", help="no name anywhere: numbers, and no pictures"
    )
    report.add_argument(
        "--full", action="store_true", help="of several, print every check of each submission too"
    )


def _add_cache(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    cache = commands.add_parser("cache", help="show or prune what is kept of earlier gradings")
    removing = cache.add_mutually_exclusive_group()
    removing.add_argument(
        "--prune", action="store_true", help="remove the least recently used beyond a size or age"
    )
    removing.add_argument("--clear", action="store_true", help="remove all; it is worked out anew")
    cache.add_argument(
        "--max-size",
        type=size_bytes,
        metavar="SIZE",
        help="what --prune leaves, such as 2GiB (default: the store's own limit)",
    )
    cache.add_argument(
        "--older-than",
        type=age_s,
        metavar="AGE",
        help="what --prune removes: unused for 30d, 12h, or 90m",
    )
    cache.add_argument("--kind", metavar="KIND", help="prune or clear this kind alone")


def name_defaults(argv: Sequence[str]) -> list[str]:
    """Return the words of a command line, with its default after an option without a number.

    So no path is taken for the number of `--workers` or `--fail-under`.
    """
    words: list[str] = []
    for place, word in enumerate(argv):
        words.append(word)
        following = argv[place + 1] if place + 1 < len(argv) else ""
        if "--" in argv[:place]:
            continue
        if word == "--workers" and not following.isdigit():
            words.append(FITTING)
        if word == "--fail-under" and "audit" in argv[:1] and not _NUMBER.match(following):
            words.append(OWN_FLOOR)
    return words
