"""A class in a terminal: the table first, then only what was not passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from autograder.records import Status
from autograder.reporting.class_report import counts
from autograder.reporting.class_report.attention import reasons
from autograder.reporting.class_report.counts import CheckCount, Marks
from autograder.reporting.class_report.facts import classes_of, conditions
from autograder.reporting.class_report.members import ClassFacts, Part
from autograder.reporting.class_report.messages import MessageGroup, commonest
from autograder.reporting.score import gravest
from autograder.reporting.terminal import (
    MESSAGE_CHARACTERS,
    bare_table,
    print_document,
    print_submissions,
    status_text,
)
from autograder.text import one_line, printable

_NAMES, _MESSAGES = 8, 10


def print_run(document: dict[str, Any], to: Console, *, full: bool) -> None:
    """Print the report document of a run: of several submissions the class, else each.

    Args:
        document: As `autograder grade --json` writes it.
        to: Where to.
        full: Print every check of every submission too.
    """
    classes = classes_of(Part(entry) for entry in document["submissions"])
    if len(document["submissions"]) == len(classes):  # one of each exercise is no class
        print_document(document, to, full=full)
        return
    for facts in classes:
        print_class(facts, to)
    if full:
        print_submissions(document, to)


def print_class(facts: ClassFacts, to: Console) -> None:
    """Print the table of a class, and what was not passed."""
    to.print(_headline(facts, counts.marks(facts.members)))
    table = bare_table()
    table.add_column("submission", ratio=1, overflow="fold")
    table.add_column("points", justify="right", min_width=6)
    table.add_column("status", no_wrap=True)
    for member in facts.members:
        entries = [part.entry for part in member.parts]
        score = "-" if member.score is None else f"{member.score:g}"
        status = status_text(worst) if (worst := _gravest(entries)) else Text("no report")
        if member.late_s:
            status.append(", late", style="yellow")
        table.add_row(one_line(member.name, 200), f"{score}/{member.max_score:g}", status)
    to.print(table)
    for slug in facts.exercises:
        placed = [
            (place, part.entry)
            for place, member in enumerate(facts.members)
            for part in member.parts
            if part.entry["exercise"] == slug
        ]
        checks = counts.checks(entry for _, entry in placed)
        missed = [check for check in checks if check.passed < check.outcomes.total()]
        if not missed:
            to.print(Text(f"{slug}: everybody passed every check.", style="green"))
            continue
        _print_checks(slug, missed, to)
        _print_messages(facts, commonest(placed), to)
    _print_attention(facts, to)
    _print_remarks(facts, to)
    to.print()


def _headline(facts: ClassFacts, marks: Marks) -> Text:
    handed = f"{len(facts.members)} submissions"
    text = Text.assemble((facts.assignment, "bold"), f"  {handed}")
    if marks.mean is not None and marks.median is not None:
        text.append(f", mean {marks.mean:.0%}, median {marks.median:.0%}")
        text.append(f", all points {marks.bins[-1]}")
    if marks.unmarked:
        text.append(f", not marked {marks.unmarked}", style="bold magenta")
    return text


def _print_checks(slug: str, missed: Sequence[CheckCount], to: Console) -> None:
    table = bare_table()
    table.add_column("passed", justify="right", min_width=7)
    table.add_column(f"not by all, in {slug}", ratio=1, overflow="fold")
    task = None
    for check in missed:
        if task not in (None, check.task):
            table.add_section()
        style = "bold red" if check.nobody else ""
        line = Text.assemble((check.task, "bold"), f"  {printable(check.title)}")
        if check.nobody:
            line.append("  nobody", style="bold red")
        table.add_row(Text(f"{check.passed}/{check.judged}", style=style), line)
        task = check.task
    to.print(table)


def _print_messages(facts: ClassFacts, groups: Sequence[MessageGroup], to: Console) -> None:
    for group in groups[:_MESSAGES]:
        names = [one_line(facts.members[place].name, 60) for place in group.members[:_NAMES]]
        more = len(group.members) - len(names)
        who = ", ".join(names) + (f" and {more} more" if more else "")
        to.print(Text.assemble((f"{len(group.members)} x ", "bold red"), (who, "dim")))
        to.print(_indented(printable(group.example, MESSAGE_CHARACTERS)))
        if group.hint:
            hint = printable(group.hint, MESSAGE_CHARACTERS)
            to.print(_indented(Text.assemble(("Hint: ", "cyan"), (hint, "italic"))))
    if len(groups) > _MESSAGES:
        to.print(_indented(f"{len(groups) - _MESSAGES} rarer messages: --full shows them."))


def _print_attention(facts: ClassFacts, to: Console) -> None:
    needing = [(member.name, why) for member in facts.members if (why := reasons(member))]
    if needing:
        to.print(Text("For a person first", style="bold magenta"))
    for name, why in needing:
        to.print(_indented(f"{one_line(name, 200)}: {' '.join(why)}"))


def _print_remarks(facts: ClassFacts, to: Console) -> None:
    for remark in (*facts.remarks, *conditions(facts)):
        to.print(_indented(Text(remark, style="yellow")))


def _gravest(entries: Sequence[Any]) -> str:
    if not entries:
        return ""
    return gravest(Status(entry["status"]) for entry in entries).value


def _indented(text: str | Text) -> Padding:
    return Padding(Text(text) if isinstance(text, str) else text, (0, 0, 0, 2))
