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

from autograder.course.catalog import Course
from autograder.course.digest import course_digest
from autograder.edges.cli.commands.exits import BELOW, GRADED, INTERNAL, UNUSABLE
from autograder.edges.cli.commands.files import must_be_writable, write
from autograder.edges.cli.commands.summary import check_target, uses_standard_output, write_summary
from autograder.edges.cli.course import course_in_use
from autograder.errors import UsageError
from autograder.records import Report, Status, Submission
from autograder.reporting import html_report
from autograder.reporting.class_report.terminal import print_run
from autograder.reporting.json_report import Document, document, dumps
from autograder.reporting.junit import junit_xml
from autograder.reporting.progress import GradingProgress
from autograder.reporting.score import score
from autograder.reporting.terminal import console
from autograder.submission.discovery import search


class Grader(Protocol):
    """What grading needs of the engine."""

    def grade_all(
        self, submissions: Iterable[Submission], progress: Callable[[Report], None] | None = None
    ) -> list[Report]: ...


OpenGrader = Callable[..., AbstractContextManager[Grader]]


def run(args: argparse.Namespace, open_grader: OpenGrader | None = None) -> int:
    """Grade, write and show; return the exit status."""
    _check_outputs(args)
    course = course_in_use(quiet=args.quiet)
    submissions, problems = _find(args, course)
    for problem in problems:
        print(f"autograder: {problem}", file=sys.stderr)
    marks = (course.root, course_digest(course))
    reports = _grade(args, course, submissions, open_grader) if submissions else []
    results = document(reports, marks)
    _write(args, results, reports)
    if reports and not args.quiet:
        # `--json -` leaves standard output to the JSON alone; a summary there, to the summary.
        taken = args.json == "-" or uses_standard_output(args.summary)
        print_run(results, console(sys.stderr if taken else sys.stdout), full=args.full)
    return _exit_status(reports, bool(problems), args.fail_under)


def _check_outputs(args: argparse.Namespace) -> None:
    if args.json not in (None, "-"):
        must_be_writable(Path(args.json), "--json")
    if args.junit:
        must_be_writable(args.junit, "--junit")
    check_target(args.summary, args.json)
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
            result = search(path, course, args.exercise)
        except UsageError as error:
            problems.append(str(error))
            continue
        problems += result.problems
        for note in () if args.quiet else result.notes:
            print(f"autograder: {note}", file=sys.stderr)
        for submission in result.submissions:
            submissions.setdefault((submission.label, submission.exercise), submission)
    return list(submissions.values()), problems


def _grade(
    args: argparse.Namespace,
    course: Course,
    submissions: list[Submission],
    open_grader: OpenGrader | None,
) -> list[Report]:
    if open_grader is None:
        _must_be_gradable(course, submissions)
    if open_grader is None or args.data == "full":
        _must_have_data(course, submissions, args.data)
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
            examples=args.out is not None,
        ) as grader,
    ):
        return grader.grade_all(submissions, progress.done)


def _opener(args: argparse.Namespace) -> OpenGrader:
    """Return what opens the chosen engine: of this process, or of a cluster."""
    has_option = args.jobs or args.workers or args.scheduler
    scheduler = args.scheduler if has_option else os.environ.get("AUTOGRADER_SCHEDULER")
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
    from autograder.edges.cluster.engine import ClusterEngine

    def open_cluster(course: Course, *, jobs: None, **settings: Any) -> ClusterEngine:  # noqa: ARG001
        workers = args.workers if isinstance(args.workers, int) else None
        where = {"scheduler": scheduler} if scheduler else {"workers": workers}
        return ClusterEngine(course, **where, **settings)

    return open_cluster


def _must_be_gradable(course: Course, submissions: list[Submission]) -> None:
    """Raise a `CourseError` before grading: later it would be INTERNAL for every submission."""
    from autograder.judging.checks import checks_of

    for slug in sorted({submission.exercise for submission in submissions}):
        checks_of(course, slug)
        course.folder(slug).probe()


def _must_have_data(course: Course, submissions: list[Submission], profile: str | None) -> None:
    """Raise a `DataError` before grading, as above."""
    from autograder.datasets import registry

    slugs = {submission.exercise for submission in submissions}
    for name in sorted({name for slug in slugs for name in course.exercise(slug).data}):
        registry.load(name, profile, course=course)


def _write(args: argparse.Namespace, results: Document, reports: list[Report]) -> None:
    text = dumps(results)
    try:
        if args.json == "-":
            print(text, end="", flush=True)
        elif args.json:
            write(Path(args.json), text.encode())
        if args.junit:
            write(args.junit, junit_xml(results))
        write_summary(args.summary, results)
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
    used_names: set[str] = set()
    for report in reports:
        target = folder / free_name(f"{report.path}", report.exercise, used_names)
        target.mkdir(exist_ok=True)
        write(target / "report.json", dumps(document([report])).encode())
        write(target / "feedback.html", html_report.page_html(report).encode())
        for task, png in report.pictures.items():
            if re.fullmatch(r"\w{1,64}", task):
                write(target / f"{task}.png", png)


def free_name(path: str, exercise: str, used_names: set[str]) -> str:
    """Return a folder name that resembles the submission's path, and is not used yet."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", path.removesuffix(".py").removesuffix(".ipynb"))
    # The end of a long path says more than its beginning.
    base = stem.strip("_")[-100:].strip("_") or exercise
    name, number = base, 2
    while name in used_names:
        name, number = f"{base}-{number}", number + 1
    used_names.add(name)
    return name


def _exit_status(reports: list[Report], problems: bool, fail_under: float | None) -> int:
    totals = [score(report).total for report in reports]
    if any(total.status is Status.INTERNAL for total in totals):
        return INTERNAL
    if problems:
        return UNUSABLE
    if fail_under is not None and any(
        # A rounding error is no failure.
        (total.points or 0) + 1e-4 < fail_under * total.max_points
        for total in totals
    ):
        return BELOW
    return GRADED
