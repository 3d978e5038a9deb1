"""`autograder serve`: grades submissions as soon as they are in nbgrader's exchange."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import warnings
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

from rich import box
from rich.table import Table

from autograder.edges.cli.commands.exits import GRADED, INTERNAL
from autograder.edges.serve.gradebook import due_dates
from autograder.edges.serve.journal import Journal
from autograder.edges.serve.server import Server
from autograder.edges.serve.steps import Steps
from autograder.reporting.terminal import console
from autograder.text import printable

_STATES = ("new", "tried", "final", "late", "failed", "person", "ignored")


def run(args: argparse.Namespace) -> int:
    """Serve, or show what is served."""
    log, nbgrader = _logs(verbose=args.verbose)
    steps = Steps(nbgrader)
    _keep_log(nbgrader, steps.folder)
    due_dates(steps.coursedir)  # nbgrader makes its own tables first
    journal = Journal(steps.coursedir.db_url, steps.coursedir.course_id)
    try:
        if args.status:
            _show(journal)
            return GRADED
        server = Server(steps, journal, log)

        def stop(_number: int, _frame: FrameType | None) -> None:
            server.stop()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        log.info("Serving %s; submissions come to %s", steps.course.root, steps.inbound)
        whole = server.run(once=args.once)
        log.info("Ended.")
        return INTERNAL if args.once and not whole else GRADED
    finally:
        journal.close()


def _logs(*, verbose: bool) -> tuple[logging.Logger, logging.Logger]:
    """Return our log, and nbgrader's, which the terminal shows only if it is asked for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    # Of nbgrader's own queries, on each of its steps.
    warnings.filterwarnings("ignore", module=r"nbgrader\.")
    ours, theirs = logging.getLogger("autograder"), logging.getLogger("nbgrader.serve")
    for log in (ours, theirs) if verbose else (ours,):
        log.addHandler(handler)
    for log in (ours, theirs):
        log.propagate = False
        log.setLevel(logging.INFO)
    return ours, theirs


def _keep_log(log: logging.Logger, folder: Path) -> None:
    """Keep what nbgrader says of its failures, tracebacks among it, beside the journal."""
    logging.raiseExceptions = False  # a full disk is told by what it stops
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "nbgrader.log"
    handler = RotatingFileHandler(path, maxBytes=2**20, backupCount=1, delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)


def _show(journal: Journal) -> None:
    facts = journal.facts()
    count = {state: sum(one["state"] == state for one in facts) for state in _STATES}
    print(", ".join(f"{number} {state}" for state, number in count.items() if number) or "nothing")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("place", "student", "assignment", "state", "remark"):
        table.add_column(column, overflow="fold")
    place = 0
    for one in facts:
        place += one["state"] == "new"
        if one["state"] in ("new", "failed", "person", "ignored"):
            number = f"{place}" if one["state"] == "new" else ""
            shown = (one[name] for name in ("student", "assignment", "state", "remark"))
            table.add_row(number, *(printable(text, 200) for text in shown))
    if table.row_count:
        console(sys.stdout).print(table)
