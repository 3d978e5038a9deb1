"""What `run_autograder` starts inside Gradescope's container: an upload in, `results.json` out.

Whatever happens here, a file is written. Its scores are a student's alone; for a fault of ours it
holds none, and the exit status is not 0.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.course.catalog import Course, find_course
from autograder.edges.platforms.gradescope import results
from autograder.errors import AutograderError, UsageError
from autograder.files import replacing
from autograder.judging.checks import checks_of
from autograder.records import Report, Status, Submission
from autograder.reporting.json_report import document
from autograder.reporting.score import score
from autograder.reporting.terminal import console, print_document
from autograder.submission.discovery import SUFFIXES, search
from autograder.text import printable_path

MARKED = 0
NOT_MARKED = 3
MAX_NAMES = 10
NAME_CHARACTERS = 80

OpenEngine = Callable[..., AbstractContextManager[Any]]


class Refused(Exception):
    """The upload holds nothing that can be graded; the text tells its author what to upload."""


def main(argv: Sequence[str] | None = None, open_engine: OpenEngine | None = None) -> int:
    """Grade an upload, write the results, and return 0; or 3 where it could not be marked.

    Args:
        argv: The words after the program's name.
        open_engine: What opens the engine; the package's own if None.
    """
    args = _parser().parse_args(argv)
    started = time.monotonic()
    try:
        written, status = _graded(args, started, open_engine)
        text = results.dumps(written)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not the student's
        # Standard output is shown to instructors alone.
        print(f"autograder: {error}" if isinstance(error, AutograderError) else "")
        traceback.print_exc(file=sys.stdout)
        text, status = results.dumps(results.not_marked(args.exercise, _since(started))), NOT_MARKED
    with replacing(args.results) as file:
        file.write(text.encode())
    return status


def _graded(
    args: argparse.Namespace, started: float, open_engine: OpenEngine | None
) -> tuple[results.Results, int]:
    """Return the results, and the exit status."""
    course = find_course()
    name = course.exercise(args.exercise).slug
    maximum = sum(check.points for check in checks_of(course, name))
    try:
        submission = _upload(args.submission, course, name)
    except Refused as reason:
        print(f"autograder: {reason}")
        return results.refused(name, str(reason), maximum, _since(started)), MARKED
    report = _report(course, submission, args, open_engine)
    print_document(document([report]), console(sys.stdout, width=120))
    for verdict in report.verdicts:
        if verdict.status is Status.INTERNAL:
            print(f"{verdict.check.name}: {verdict.message}\n{verdict.trace}")
    marked = score(report).total.points is not None
    written = results.graded(report, _since(started), args.visibility)
    return written, MARKED if marked else NOT_MARKED


def _upload(folder: Path, course: Course, name: str) -> Submission:
    """Return what was uploaded for the exercise.

    Raises:
        Refused: There is none, or more than one.
        AutograderError: The folder itself is not there.
    """
    if not folder.is_dir():
        raise AutograderError(f"Uploads are in a folder. Received: {folder}, which is none.")
    rule = f"Upload one file for this exercise, named {name}.ipynb or {name}.py."
    try:
        found = search(folder, course, name)
    except UsageError:
        raise Refused(f"{rule} Received: {_names(folder)}.") from None
    if found.problems or len(found.submissions) != 1:
        named = [Path(one.label).name for one in found.submissions]
        raise Refused(
            f"{rule} Received: {_names(folder)}, of which it is not clear which one counts"
            f"{': ' + ', '.join(named[:MAX_NAMES]) if len(named) > 1 else ''}. "
            "Upload again, with that file alone."
        )
    submission = found.submissions[0]
    label = printable_path(Path(submission.label).relative_to(printable_path(folder)))
    return replace(submission, label=label)


def _names(folder: Path) -> str:
    """Return the names of what was uploaded, those first that could be graded."""
    paths = [path for path in folder.rglob("*") if not path.is_dir()]
    paths.sort(key=lambda path: (path.suffix.lower() not in SUFFIXES, str(path)))
    names = [printable_path(path.relative_to(folder), NAME_CHARACTERS) for path in paths]
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more if names else "no file"


def _report(
    course: Course,
    submission: Submission,
    args: argparse.Namespace,
    open_engine: OpenEngine | None,
) -> Report:
    from autograder.engine import Engine

    opener: OpenEngine = open_engine or Engine
    with opener(
        course, jobs=1, data_profile=args.data, require_isolation=args.require_isolation
    ) as engine:
        reports: list[Report] = engine.grade_all([submission])
    return reports[0]


def _since(started: float) -> float:
    return time.monotonic() - started


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_autograder", description="Grade an upload, and write Gradescope's results.json."
    )
    parser.add_argument("--exercise", required=True, metavar="SLUG")
    parser.add_argument("--submission", required=True, type=Path, metavar="DIR")
    parser.add_argument("--results", required=True, type=Path, metavar="FILE")
    parser.add_argument("--visibility", choices=results.VISIBILITIES, default="visible")
    parser.add_argument("--data", choices=("full", "sample"), default="sample")
    parser.add_argument("--require-isolation", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
