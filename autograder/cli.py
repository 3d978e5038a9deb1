"""The command line: reads the arguments, and starts the command that they name.

Nothing heavy is imported here, so that `autograder --help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.commands.exits import BELOW, INTERNAL, INTERRUPTED, UNUSABLE
from autograder.errors import AutograderError, CourseError, DataError, UsageError

#: What `--workers` without a number means.
FITTING = "fitting"
_EXIT_STATUS = """\
exit status:
  0  graded; or nothing found wrong
  1  a submission is below --fail-under; or the check found something
  2  wrong usage, or input that cannot be read
  3  something failed by our own fault (INTERNAL); no score was given
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    _tolerate_any_text()
    args = _parser().parse_args(_workers_told(sys.argv[1:] if argv is None else argv))
    try:
        command = importlib.import_module(f"autograder.commands.{args.command}")
        status = int(command.run(args))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("autograder: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Who read our output has gone, as `head` does. The interpreter would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BELOW
    except (UsageError, CourseError, DataError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return UNUSABLE
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return INTERNAL


def _parser() -> argparse.ArgumentParser:
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

    check = commands.add_parser("check", help="check the course itself; exit 1 if it is not sound")
    check.add_argument("slugs", nargs="*", metavar="SLUG", help="default: every exercise")

    accept = commands.add_parser("accept", help="keep the reports of tests/submissions as golden")
    accept.add_argument("slugs", nargs="*", metavar="SLUG", help="default: every exercise")

    report = commands.add_parser("report", help="show a stored JSON as tables")
    report.add_argument("file", type=Path, metavar="FILE.json")

    data = commands.add_parser("data", help="show which data sets are at hand")
    data.add_argument("--fetch", action="store_true", help="bring the full sets here")

    _add_cache(commands)

    doctor = commands.add_parser(
        "doctor",
        help="show what this machine can do, and try to break out of a box",
        epilog="exit status: 0 all holds; 1 something is missing; 3 a wall is broken",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")

    calibrate = commands.add_parser("calibrate", help="measure what a threshold should be")
    calibrate.add_argument("slug", metavar="SLUG")
    calibrate.add_argument(
        "--seeds", type=_count, default=20, metavar="N", help="trainings of the solution (20)"
    )
    calibrate.add_argument(
        "--data", choices=("full", "sample"), default="sample", help="default: sample"
    )
    calibrate.add_argument(
        "--weak", nargs="*", default=(), metavar="NAME", help="kept submissions to train too"
    )
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
    grade.add_argument(
        "--out", type=Path, metavar="DIR", help="write JSON, feedback and pictures per submission"
    )
    grade.add_argument(
        "--fail-under",
        type=_fraction,
        metavar="FRACTION",
        help="exit 1 if a submission earns less than this part of its points, 0 to 1",
    )
    grade.add_argument("--jobs", type=_count, metavar="N", help="default: one per core")
    grade.add_argument(
        "--workers",
        type=_workers,
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
    grade.add_argument("--quiet", action="store_true", help="no table and no progress")


def _add_cache(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    cache = commands.add_parser("cache", help="show or prune what is kept of earlier gradings")
    removing = cache.add_mutually_exclusive_group()
    removing.add_argument(
        "--prune", action="store_true", help="remove the least recently used beyond a size or age"
    )
    removing.add_argument("--clear", action="store_true", help="remove all; it is worked out anew")
    cache.add_argument(
        "--max-size",
        type=_bytes,
        metavar="SIZE",
        help="what --prune leaves, such as 2GiB (default: the store's own limit)",
    )
    cache.add_argument(
        "--older-than",
        type=_seconds,
        metavar="AGE",
        help="what --prune removes: unused for 30d, 12h, or 90m",
    )
    cache.add_argument("--kind", metavar="KIND", help="prune or clear this kind alone")


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1. Received: {text!r}")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1024):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 1024. Received: {text!r}")
    return int(text)


def _workers(text: str) -> int | str:
    return text if text == FITTING else _count(text)


def _workers_told(argv: Sequence[str]) -> list[str]:
    """Give a `--workers` without a number the word for it, so that no path is taken for one."""
    told: list[str] = []
    for place, word in enumerate(argv):
        told.append(word)
        following = argv[place + 1] if place + 1 < len(argv) else ""
        if word == "--workers" and "--" not in argv[:place] and not following.isdigit():
            told.append(FITTING)
    return told


def _bytes(text: str) -> int:
    return int(_amount(text, {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}))


def _seconds(text: str) -> float:
    return _amount(text, {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800})


def _amount(text: str, units: Mapping[str, int]) -> float:
    told = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]+)", text, re.ASCII)
    unit = {name.lower(): size for name, size in units.items()}.get(told[2].lower()) if told else 0
    if not told or not unit:
        raise argparse.ArgumentTypeError(
            f"must be a number with one of {', '.join(units)}. Received: {text!r}"
        )
    return float(told[1]) * unit


def _tolerate_any_text() -> None:
    """A name or message that the terminal's encoding lacks is shown escaped, and stops nothing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
