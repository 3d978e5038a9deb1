"""`autograder audit`: are an exercise's checks strict enough, and are they fair?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder.authoring.audit import report
from autograder.authoring.audit.audit import audit
from autograder.authoring.audit.document import document, dumps, pages
from autograder.authoring.audit.mutants import LIMIT
from autograder.authoring.audit.outcomes import Audit
from autograder.authoring.audit.plan import Plan, plan
from autograder.course.catalog import Course, find_course
from autograder.edges.cli.commands.exits import BELOW, GRADED
from autograder.edges.cli.commands.files import must_be_writable, write
from autograder.errors import UsageError
from autograder.reporting.terminal import console

_WIDTH = 160


def run(args: argparse.Namespace) -> int:
    """Audit, write and show; return the exit status."""
    if args.json not in (None, "-"):
        must_be_writable(Path(args.json), "--json")
    if args.out is not None:
        _must_be_folder(args.out)
    course = find_course()
    slugs = [course.exercise(slug).slug for slug in args.slugs] or list(course.slugs)
    plans = [_plan(course, slug, args) for slug in slugs]
    stream = sys.stderr if args.json == "-" else sys.stdout
    # A file or a pipe has no width of its own, and diffs are long.
    to = console(stream, None if stream.isatty() else _WIDTH)
    audits = []
    settings = {"jobs": args.jobs, "quiet": args.quiet, "visible": not args.no_visible}
    for audited in audit(course, plans, **settings):
        audits.append(audited)
        if not args.quiet and not args.show:
            report.print_audits([audited], to)
    if len(audits) > 1 and not args.quiet:
        report.print_summary(audits, to)
    _write(args, audits)
    for name in args.show:
        report.show(audits, name, to)
    return _exit_status(audits, args.fail_under)


def _must_be_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"--out must name a folder. Received: {path}: {error.strerror}. Correct the path."
        ) from None


def _write(args: argparse.Namespace, audits: Sequence[Audit]) -> None:
    if args.json == "-":
        print(dumps(document(audits)), end="", flush=True)
    elif args.json:
        write(Path(args.json), dumps(document(audits)).encode())
    if args.out is not None:
        for name, page in pages(audits).items():
            write(args.out / name, page.encode())


def _plan(course: Course, slug: str, args: argparse.Namespace) -> Plan:
    whole = plan(course, slug, args.limit or LIMIT, alone=args.alone)
    if args.task is None:
        return whole
    if args.task not in whole.solution.tasks:
        raise UsageError(
            f"--task names a task: {', '.join(whole.solution.tasks)}. Received: {args.task!r}. "
            "Correct the name."
        )
    return replace(
        whole,
        mutants=tuple(one for one in whole.mutants if one[0].task == args.task),
        variants=tuple(one for one in whole.variants if one.task == args.task),
    )


def _exit_status(audits: Sequence[Audit], fail_under: float | str | None) -> int:
    if fail_under is None:
        return GRADED
    for audited in audits:
        floor = audited.floor if isinstance(fail_under, str) else fail_under
        if floor is None:
            print(
                f"autograder: {audited.slug}: `[audit]` in its mutants.toml names a floor. "
                "Received: none. Write one, or give --fail-under a number.",
                file=sys.stderr,
            )
        if floor is None or audited.score < floor or audited.findings:
            return BELOW
    return GRADED
