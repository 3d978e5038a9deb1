"""The options of what authors alone run: `check`, `accept`, `try`, `calibrate`, `audit`, `new`."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.edges.cli.option_values import count, score_floor

_AUDIT_EXIT_STATUS = """\
exit status:
  0  audited; with --fail-under, every score reaches its floor and nothing was found
  1  with --fail-under: a score is below, has no floor, or something was found
  2  wrong usage; or a solution or a mutants.toml that cannot be used
  130  interrupted; what was graded is kept, and the next run goes on from there
"""


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder check`."""
    check = commands.add_parser(
        "check",
        help="check the course itself; exit 1 if it is not sound",
        epilog="exit status: 0 sound; 1 something was found; 2 a file of the course cannot be used",
    )
    check.add_argument("slugs", nargs="*", metavar="SLUG", help="default: every exercise")
    check.add_argument(
        "--seeds",
        type=count,
        metavar="N",
        help="grade each solution with hidden inputs of so many more seeds (2)",
    )


def add_accept(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder accept`."""
    accept = commands.add_parser("accept", help="keep the reports of kept submissions as golden")
    accept.add_argument("slugs", nargs="*", metavar="SLUG", help="default: every exercise")
    accept.add_argument(
        "--diff", action="store_true", help="write nothing; exit 1 and say what would change"
    )


def add_try(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder try`."""
    trying = commands.add_parser(
        "try",
        help="run hidden checks over one file, with pytest's traces",
        epilog="Answers are kept: after a change of a check alone, nothing is run again. "
        "exit status: 0 all passed; 1 a check failed; 2 wrong usage",
    )
    trying.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a .py or an .ipynb; or SLUG/NAME of a kept one",
    )
    trying.add_argument("-k", dest="only", metavar="EXPRESSION", help="as of pytest: which checks")
    trying.add_argument("-x", dest="first", action="store_true", help="stop at the first failure")
    trying.add_argument("--pdb", action="store_true", help="open the debugger where one fails")
    trying.add_argument("--data", choices=("full", "sample"), help="default: full where at hand")


def add_preview(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder preview`."""
    preview = commands.add_parser(
        "preview", help="show an exercise as students see it: stub, notebook, feedback"
    )
    preview.add_argument("slug", metavar="SLUG")
    preview.add_argument(
        "--out", type=Path, metavar="FILE", help="where the page is written (SLUG-preview.html)"
    )
    preview.add_argument("--wrong", default="", metavar="NAME", help="the kept wrong submission")
    preview.add_argument("--open", action="store_true", help="open it in a browser")
    preview.add_argument(
        "--watch", action="store_true", help="write it again when a file changes, until Ctrl-C"
    )


def add_calibrate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder calibrate`."""
    calibrate = commands.add_parser("calibrate", help="measure what a threshold should be")
    calibrate.add_argument("slug", metavar="SLUG")
    calibrate.add_argument(
        "--seeds", type=count, default=20, metavar="N", help="trainings of the solution (20)"
    )
    calibrate.add_argument(
        "--data", choices=("full", "sample"), default="sample", help="default: sample"
    )
    calibrate.add_argument(
        "--weak", nargs="*", default=(), metavar="NAME", help="kept submissions to train too"
    )
    what = calibrate.add_mutually_exclusive_group()
    what.add_argument(
        "--reset", action="store_true", help="write the suggested threshold over the present one"
    )
    what.add_argument(
        "--stamp",
        action="store_true",
        help="train nothing: take what was measured, of all data profiles, for the present code's",
    )


def add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder audit`."""
    audit = commands.add_parser(
        "audit",
        help="prove an exercise's checks: wrong edits of the solution must lose points, "
        "other spellings of it must keep them",
        epilog=_AUDIT_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    audit.add_argument("slugs", nargs="*", metavar="SLUG", help="default: every exercise")
    audit.add_argument("--json", metavar="FILE", help="write the findings; - is standard output")
    audit.add_argument("--out", type=Path, metavar="DIR", help="write a page an exercise in HTML")
    audit.add_argument(
        "--fail-under",
        type=score_floor,
        metavar="FRACTION",
        help="exit 1 if an exercise's score is less, 0 to 1, or if there are findings; "
        "without FRACTION, if it is less than the floor that its mutants.toml names",
    )
    audit.add_argument(
        "--show",
        action="append",
        default=[],
        metavar="ID",
        help="print a mutant's or variant's diff and what each check said; may be repeated",
    )
    audit.add_argument(
        "--limit",
        type=count,
        metavar="N",
        help="automatic mutants of a task (10, and more where an exercise has less than 60)",
    )
    audit.add_argument("--task", metavar="TASK", help="only mutants and variants of this task")
    audit.add_argument(
        "--alone",
        action="store_true",
        help="judge each mutant by itself, not with those of tasks that do not use its own",
    )
    audit.add_argument(
        "--no-visible", action="store_true", help="leave the visible checks out, which is faster"
    )
    audit.add_argument("--jobs", type=count, metavar="N", help="default: one per core")
    audit.add_argument("--quiet", action="store_true", help="no table and no progress")


def add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `autograder new`."""
    new = commands.add_parser("new", help="start a course, or an exercise, from templates")
    things = new.add_subparsers(dest="what", required=True, metavar="WHAT")
    course = things.add_parser("course", help="a course of one small exercise that works at once")
    course.add_argument("folder", type=Path, metavar="DIR", help="empty, or not there yet")
    kinds = course.add_mutually_exclusive_group()
    kinds.add_argument(
        "--numpy",
        dest="kind",
        action="store_const",
        const="numpy",
        default="numpy",
        help="of NumPy, SciPy and scikit-learn (the default)",
    )
    kinds.add_argument("--keras", dest="kind", action="store_const", const="keras", help="of Keras")
    course.add_argument("--title", default="", help="default: made of the folder's name")
    exercise = things.add_parser(
        "exercise",
        help="an exercise that passes the course's check, for you to write over",
        epilog="kinds of tasks: array, plot, train, build (a Keras model)",
    )
    exercise.add_argument("slug", metavar="SLUG", help="its name, such as loops")
    exercise.add_argument(
        "--task",
        action="append",
        required=True,
        metavar="KIND[=NAME]",
        help="a task of this kind, named NAME; may be repeated",
    )
    exercise.add_argument("--title", default="", help="default: that of the first task's template")
