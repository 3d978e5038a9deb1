"""What a student reads at the end of `pytest`: wrong answers, a table of progress, what is next."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any, Iterable

from course_checks import progress
from course_checks.progress import BROKEN, NOT_WRITTEN, RIGHT, WRONG

# What the table of progress calls each state ("": no check of the task ran), and its colour.
STATE_NAMES = {RIGHT: "right", WRONG: "wrong", NOT_WRITTEN: "to do", "": "not run"}
COLOURS = {RIGHT: "green", WRONG: "red", NOT_WRITTEN: "yellow", "": "yellow"}


class TerminalWriter:
    """Writes to the terminal, wrapped to its width."""

    def __init__(self, reporter: Any) -> None:
        self.reporter = reporter
        self.width = min(reporter._tw.fullwidth, 100)

    def lines(self, text: str, first: str = "", indent: str = "", **markup: bool) -> None:
        """Write `text` after `first`; what does not fit goes under `indent`."""
        for line in text.split("\n"):
            parts = textwrap.wrap(line, self.width, initial_indent=first, subsequent_indent=indent)
            for part in parts or [first.rstrip()]:
                self.reporter.write_line(part, **markup)
            first = indent

    def block(self, title: str, report: Any) -> None:
        """Write what one report says, and what the student's code printed."""
        self.lines("")
        self.lines(title, red=True, bold=True)
        self.lines(report.words, "  ", "    ")
        if report.capstdout.strip():
            self.lines("  Your code printed:")
            last = report.capstdout.rstrip().split("\n")[-10:]
            self.lines("\n".join(line[:300] for line in last), "    ", "    ")

    def table(self, exercise: str, states: dict[str, tuple[str, str]]) -> None:
        """Write the progress of one exercise, a line for each task."""
        right = sum(state == RIGHT for state, _ in states.values())
        self.lines("")
        self.lines(f"{exercise}: {right} of {len(states)} tasks right", bold=True)
        if any(state == BROKEN for state, _ in states.values()):
            self.lines("  wrong    the file cannot be loaded, see above", red=True)
            return
        column = max(map(len, states)) + 2
        for task, (state, text) in states.items():
            head = f"  {STATE_NAMES[state]:<9}{task:<{column}}"
            said = text[len(task) + 2 :] if text.startswith(f"{task}: ") else text
            self.lines(said, head, " " * len(head), **{COLOURS[state]: True})


def summary(reporter: Any, checks: Iterable[progress.Check], reports: Iterable[Any]) -> None:
    """Write each wrong answer once, each file that cannot be loaded, the tables, and what is next.

    Args:
        reporter: pytest's terminal reporter.
        checks: The checks that were collected, in order.
        reports: Those of the checks that ran.
    """
    writer = TerminalWriter(reporter)
    found = progress.Progress(checks, reports)
    for exercise, report in found.broken().items():
        writer.block(exercise, report)
    for report, title, folded in found.wrong():
        if not folded:
            writer.block(title, report)
    for exercise, rows in found.exercises():
        writer.table(exercise, rows)
    writer.lines("")
    if sentence := found.next(Path.cwd()):
        writer.lines(f"Next: {sentence}", "", "      ", bold=True)
        writer.lines("")
