"""`autograder grade`: submissions in; tables, JSON, JUnit XML and feedback out."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from autograder import feedback
from autograder.catalog import Course, find_course
from autograder.commands.exits import BELOW, GRADED, INTERNAL, UNUSABLE
from autograder.commands.files import must_be_writable, write
from autograder.errors import UsageError
from autograder.junit import junit_xml
from autograder.progress import GradingProgress
from autograder.records import Report, Status, Submission
from autograder.report import Document, document, dumps
from autograder.score import score
from autograder.submissions import search
from autograder.tables import console, print_document


class Grader(Protocol):
    """What grading needs of the engine."""

    def grade_all(
        self, submissions: Iterable[Submission], progress: Callable[[Report], None] | None = None
    ) -> list[Report]: ...


OpenGrader = Callable[..., AbstractContextManager[Grader]]


def run(args: argparse.Namespace, open_grader: OpenGrader | None = None) -> int:
    """Grade, write and show; return the exit status."""
    _check_outputs(args)
    course = find_course()
    submissions, problems = _find(args, course)
    for problem in problems:
        print(f"autograder: {problem}", file=sys.stderr)
    reports = _grade(args, course, submissions, open_grader) if submissions else []
    made = document(reports)
    _write(args, made, reports)
    if reports and not args.quiet:
        # `--json -` leaves standard output to the JSON alone.
        print_document(made, console(sys.stderr if args.json == "-" else sys.stdout))
    return _exit_status(reports, bool(problems), args.fail_under)


def _check_outputs(args: argparse.Namespace) -> None:
    if args.json not in (None, "-"):
        must_be_writable(Path(args.json), "--json")
    if args.junit:
        must_be_writable(args.junit, "--junit")
    if args.out:
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"--out must name a folder. Received: {args.out}: {error.strerror}. "
                "Correct the path."
            ) from None


def _find(args: argparse.Namespace, course: Course) -> tuple[list[Submission], list[str]]:
    """Return the submissions at all paths, each once, and what kept others from being graded."""
    submissions: dict[tuple[str, str], Submission] = {}
    problems: list[str] = []
    for path in args.paths:
        try:
            found = search(path, course, args.exercise)
        except UsageError as error:
            problems.append(str(error))
            continue
        problems += found.problems
        for note in () if args.quiet else found.notes:
            print(f"autograder: {note}", file=sys.stderr)
        for submission in found.submissions:
            submissions.setdefault((submission.label, submission.exercise), submission)
    return list(submissions.values()), problems


def _grade(
    args: argparse.Namespace,
    course: Course,
    submissions: list[Submission],
    open_grader: OpenGrader | None,
) -> list[Report]:
    if args.data == "full":
        _must_have_full_data(course, submissions)
    opener = open_grader or _opener(args)
    jobs = args.jobs or (args.workers if isinstance(args.workers, int) else None)
    with (
        GradingProgress(len(submissions), quiet=args.quiet, jobs=jobs) as progress,
        opener(
            course,
            jobs=args.jobs,
            require_isolation=args.require_isolation,
            data_profile=args.data,
            fresh=args.fresh,
        ) as grader,
    ):
        return grader.grade_all(submissions, progress.done)


def _opener(args: argparse.Namespace) -> OpenGrader:
    """Return what opens the engine that is asked for: of this process, or of a cluster."""
    asked = args.jobs or args.workers or args.scheduler
    scheduler = args.scheduler if asked else os.environ.get("AUTOGRADER_SCHEDULER")
    if args.scheduler and args.workers:
        raise UsageError(
            "A cluster is started here (--workers) or joined (--scheduler). Received: both. "
            "Leave one out."
        )
    if not args.workers and not scheduler:
        from autograder.engine import Engine

        return Engine
    if args.jobs:
        raise UsageError(
            "On a cluster, each worker grades one submission at a time. Received: --jobs. "
            "Leave it out, or grade without --workers and --scheduler."
        )
    from autograder.edges.cluster import ClusterEngine

    def open_cluster(course: Course, *, jobs: None, **settings: Any) -> ClusterEngine:  # noqa: ARG001
        workers = args.workers if isinstance(args.workers, int) else None
        where = {"scheduler": scheduler} if scheduler else {"workers": workers}
        return ClusterEngine(course, **where, **settings)

    return open_cluster


def _must_have_full_data(course: Course, submissions: list[Submission]) -> None:
    """Raise a `DataError` before grading: later it would be INTERNAL for every submission."""
    from autograder import data

    slugs = {submission.exercise for submission in submissions}
    for name in sorted({name for slug in slugs for name in course.exercise(slug).data}):
        data.load(name, "full", course_root=course.root)


def _write(args: argparse.Namespace, made: Document, reports: list[Report]) -> None:
    text = dumps(made)
    try:
        if args.json == "-":
            print(text, end="", flush=True)
        elif args.json:
            write(Path(args.json), text.encode())
        if args.junit:
            write(args.junit, junit_xml(made))
        if args.out:
            _write_each(args.out, reports)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UsageError(
            f"Results must be writable. Received: {error.filename}: {error.strerror}. "
            "Make room, or correct the path."
        ) from error


def _write_each(folder: Path, reports: list[Report]) -> None:
    """One folder per submission: `report.json`, `feedback.html`, and a PNG per drawing task."""
    taken: set[str] = set()
    for report in reports:
        target = folder / _free_name(f"{report.path}", report.exercise, taken)
        target.mkdir(exist_ok=True)
        write(target / "report.json", dumps(document([report])).encode())
        write(target / "feedback.html", feedback.page_html(report).encode())
        for task, png in report.pictures.items():
            if re.fullmatch(r"\w{1,64}", task):
                write(target / f"{task}.png", png)


def _free_name(path: str, exercise: str, taken: set[str]) -> str:
    """Return a folder name that tells the submission, and that no other one has."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", path.removesuffix(".py").removesuffix(".ipynb"))
    # The end of a long path tells more than its beginning.
    base = stem.strip("_")[-100:].strip("_") or exercise
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def _exit_status(reports: list[Report], problems: bool, fail_under: float | None) -> int:
    totals = [score(report).total for report in reports]
    if any(total.status is Status.INTERNAL for total in totals):
        return INTERNAL
    if problems:
        return UNUSABLE
    if fail_under is not None and any(
        # A ten-thousandth of a point is nobody's failure.
        (total.points or 0) + 1e-4 < fail_under * total.max_points
        for total in totals
    ):
        return BELOW
    return GRADED
