"""What a terminal shows of a run: a table per submission, and one over all."""

from __future__ import annotations

import re
from typing import IO, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.plaintext import one_line, printable

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


def print_document(document: dict[str, Any], to: Console) -> None:
    """Print the tables of a report document."""
    entries = document["submissions"]
    for entry in entries:
        to.print(_submission(entry))
        to.print()
    if len(entries) > 1:
        to.print(_summary(entries))


def points(earned: int | None, maximum: int) -> str:
    """Return `7/10`, or `-/10` where there is no score."""
    return f"{'-' if earned is None else earned}/{maximum}"


def _submission(entry: dict[str, Any]) -> Group:
    table = _table()
    table.add_column("task", overflow="fold", max_width=18)
    table.add_column("check", ratio=1, overflow="fold")
    table.add_column("points", justify="right", min_width=6)
    table.add_column("status", min_width=9, max_width=9)
    previous: dict[str, Any] = {}
    for check in entry["checks"]:
        same_task = check["task"] == previous.get("task")
        if previous and not same_task:
            table.add_section()
        # One fault that stopped everything is told once.
        same_message = (
            check["message"] == previous.get("message") != ""
            and check["status"] == previous["status"]
        )
        table.add_row(
            "" if same_task else Text(check["task"], style="bold"),
            _check(check, told=same_message),
            points(check["points"], check["max_points"]),
            _status(check["status"]),
        )
        previous = check
    head = Text.assemble(
        (entry["exercise"], "bold"),
        "  ",
        (points(entry["score"], entry["max_score"]), "bold"),
        " points  ",
        _status(entry["status"]),
        "\n",
        (printable(entry["path"]), "dim"),
    )
    return Group(head, table, *_remarks(entry))


def _table() -> Table:
    return Table(expand=True, pad_edge=False, box=box.SIMPLE_HEAD, border_style="dim")


def _check(check: dict[str, Any], *, told: bool) -> Group | Text:
    title = Text(printable(check["title"]))
    if check["status"] == "PASSED":
        return title
    title.stylize("bold")
    if told:
        return Group(title, Padding(Text("As above.", style="dim"), (0, 0, 0, 2)))
    lines = [Text(printable(check["message"], MESSAGE_CHARACTERS))] if check["message"] else []
    # A hint helps with what the student did, not with what never ran.
    if check["hint"] and check["status"] not in ("SKIPPED", "INTERNAL"):
        hint = printable(check["hint"], MESSAGE_CHARACTERS)
        lines.append(Text.assemble(("Hint: ", "cyan"), (hint, "italic")))
    return Group(title, *(Padding(line, (0, 0, 0, 2)) for line in lines))


def _remarks(entry: dict[str, Any]) -> list[Padding]:
    remarks = [f"Note: {printable(note, MESSAGE_CHARACTERS)}" for note in entry["notes"]]
    samples = sorted(name for name, profile in entry["data"].items() if profile == "sample")
    if samples:
        remarks.append(f"Graded on the bundled sample of {', '.join(samples)}, not the full set.")
    if entry.get("trained_on"):
        remarks.append(f"Trained with {entry['trained_on']}.")
    if entry["isolation"] in _NO_ISOLATION:
        remarks.append(_NO_ISOLATION[entry["isolation"]])
    return [Padding(Text(remark, style="yellow"), (0, 0, 0, 1)) for remark in remarks]


def _status(status: str) -> Text:
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
    table = _table()
    table.add_column("submission", ratio=1, overflow="fold")
    table.add_column("exercise", overflow="fold")
    table.add_column("points", justify="right", min_width=6)
    table.add_column("status", no_wrap=True)
    for entry in entries:
        table.add_row(
            _Path(one_line(entry["path"], 200)),
            entry["exercise"],
            points(entry["score"], entry["max_score"]),
            _status(entry["status"]),
        )
    return table
