"""What a terminal shows of a run: a table per submission, and one of all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import IO, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.text import one_line, printable

MESSAGE_CHARACTERS = 600

_STYLES = {
    "PASSED": "green",
    "FAILED": "red",
    "ERRORED": "red",
    "TIMED_OUT": "red",
    "OUT_OF_MEMORY": "red",
    "SKIPPED": "yellow",
    "INTERNAL": "bold magenta",
}
_NO_ISOLATION = {
    "none": "The student's code was not walled in (isolation: none).",
    "landlock": "The student's code was walled in only in part (isolation: landlock).",
}


def console(stream: IO[str], width: int | None = None) -> Console:
    """Return a console for `stream`: colour on a terminal only, and not with NO_COLOR."""
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


def print_document(document: dict[str, Any], to: Console, *, full: bool = True) -> None:
    """Print the tables of a report document: one of all where there are several, then each."""
    entries = document["submissions"]
    if len(entries) > 1:
        to.print(_summary(entries))
        to.print()
    print_submissions(document, to, full=full or len(entries) < 2)


def print_submissions(document: dict[str, Any], to: Console, *, full: bool = True) -> None:
    """Print the table of each submission of a report document; if not `full`, what was missed."""
    for entry in document["submissions"]:
        missed = [check for check in entry["checks"] if check["status"] != "PASSED"]
        if full or missed or entry["notes"]:
            to.print(_submission(entry if full else {**entry, "checks": missed}))
            to.print()


def points(earned: int | None, maximum: int) -> str:
    """Return `7/10`, or `-/10` where there is no score."""
    return f"{'-' if earned is None else earned}/{maximum}"


def _submission(entry: dict[str, Any]) -> Group:
    table = bare_table()
    table.add_column("task", overflow="fold", max_width=18)
    table.add_column("check", ratio=1, overflow="fold")
    table.add_column("points", justify="right", min_width=6)
    table.add_column("status", min_width=9, max_width=9)
    previous: dict[str, Any] = {}
    for check in entry["checks"]:
        same_task = check["task"] == previous.get("task")
        if previous and not same_task:
            table.add_section()
        # One fault that stopped everything is shown once.
        same_message = (
            check["message"] == previous.get("message") != ""
            and check["status"] == previous["status"]
        )
        table.add_row(
            "" if same_task else Text(check["task"], style="bold"),
            _check(check, repeated=same_message),
            points(check["points"], check["max_points"]),
            status_text(check["status"]),
        )
        previous = check
    path = Text(printable(entry["path"]), style="dim")
    head = Text.assemble(
        (entry["exercise"], "bold"),
        "  ",
        (points(entry["score"], entry["max_score"]), "bold"),
        " points  ",
        status_text(entry["status"]),
    )
    # Notes may say why marks are missing, so that they stand before these.
    shown = [table] if entry["checks"] else []
    return Group(path, *_notes(entry), head, *shown, *_remarks(entry))


def bare_table() -> Table:
    """Return a table as all of a run look."""
    return Table(expand=True, pad_edge=False, box=box.SIMPLE_HEAD, border_style="dim")


def _check(check: dict[str, Any], *, repeated: bool) -> Group | Text:
    title = Text(printable(check["title"]))
    if check["status"] == "PASSED":
        return title
    title.stylize("bold")
    if repeated:
        return Group(title, Padding(Text("As above.", style="dim"), (0, 0, 0, 2)))
    lines = [Text(printable(check["message"], MESSAGE_CHARACTERS))] if check["message"] else []
    # A hint helps with what the student did, not with what never ran.
    if check["hint"] and check["status"] not in ("SKIPPED", "INTERNAL"):
        hint = printable(check["hint"], MESSAGE_CHARACTERS)
        lines.append(Text.assemble(("Hint: ", "cyan"), (hint, "italic")))
    return Group(title, *(Padding(line, (0, 0, 0, 2)) for line in lines))


def _notes(entry: dict[str, Any]) -> list[Padding]:
    return _indented(f"Note: {printable(note, MESSAGE_CHARACTERS)}" for note in entry["notes"])


def _remarks(entry: dict[str, Any]) -> list[Padding]:
    remarks = []
    samples = sorted(name for name, profile in entry["data"].items() if profile == "sample")
    if samples:
        remarks.append(f"Graded on the bundled sample of {', '.join(samples)}, not the full set.")
    if entry.get("trained_on"):
        remarks.append(f"Trained with {entry['trained_on']}.")
    if entry["isolation"] in _NO_ISOLATION:
        remarks.append(_NO_ISOLATION[entry["isolation"]])
    return _indented(remarks)


def _indented(remarks: Iterable[str]) -> list[Padding]:
    return [Padding(Text(remark, style="yellow"), (0, 0, 0, 1)) for remark in remarks]


def status_text(status: str) -> Text:
    """Return a status in its colour."""
    return Text(status.replace("_", " "), style=_STYLES[status])


class _Path:
    """A path that a narrow column breaks after a slash, rather than anywhere."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        longest = max(map(cell_len, self._path.split("/")))
        return Measurement(longest, cell_len(self._path)).with_maximum(options.max_width)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        line = ""
        for part in re.findall(r"[^/]*/|[^/]+", self._path):
            if line and cell_len(line + part) > options.max_width:
                yield Text(line, overflow="fold")
                line = ""
            line += part
        yield Text(line, overflow="fold")


def _summary(entries: list[dict[str, Any]]) -> Table:
    table = bare_table()
    table.add_column("submission", ratio=1, overflow="fold")
    table.add_column("exercise", overflow="fold")
    table.add_column("points", justify="right", min_width=6)
    table.add_column("status", no_wrap=True)
    for entry in entries:
        table.add_row(
            _Path(one_line(entry["path"], 200)),
            entry["exercise"],
            points(entry["score"], entry["max_score"]),
            status_text(entry["status"]),
        )
    return table
