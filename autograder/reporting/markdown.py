"""A report in Markdown: what continuous integration and learning platforms show on a page.

What a student wrote must neither become markup there nor break a table, so it is escaped: `escaped`
for text of many lines, `escaped_line` for a cell.
"""

from __future__ import annotations

import re
from typing import Any

from autograder.reporting.terminal import points
from autograder.text import one_line, printable

# GitHub shows no more than 1 MiB of a step's summary, and then nothing at all.
MAX_SUMMARY_BYTES = 900 * 1024
MESSAGE_CHARACTERS = 240
PATH_CHARACTERS = 160

_MARKS = {
    "PASSED": "✅",
    "FAILED": "❌",
    "ERRORED": "❌",
    "TIMED_OUT": "⌛",
    "OUT_OF_MEMORY": "❌",
    "SKIPPED": "⚪",
    "INTERNAL": "❔",
}
_WORDS = {
    "PASSED": "",
    "ERRORED": "stopped with an error",
    "TIMED_OUT": "took too long",
    "OUT_OF_MEMORY": "used too much memory",
    "SKIPPED": "not checked",
    "INTERNAL": "not marked yet, by our fault",
}
# As entities: a renderer that knows no backslash before them knows these.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_ENTITY = re.compile("[&<>@]")
# Formulas ($), strike-through (~) and tables (|) are extensions that most platforms have.
_SPECIAL = re.compile(r"[\\`*_\[\]#~|!$]")
# What some renderers make a link of, without any mark around it.
_BARE_LINK = re.compile(r"(?i)(:)(?=//)|(?<=www)(\.)|(?<=mailto)(:)|(?<=xmpp)(:)")
# At the start of a line these begin a list, a heading or a rule.
_BLOCK = re.compile(r"^(\d{1,9})?([-+=.)])")


def escaped_line(text: str, limit: int) -> str:
    """Return the first line of a text, at most `limit` characters of it, as Markdown shows it."""
    return _line(one_line(text, limit))


def escaped(text: str, limit: int) -> str:
    """Return a text of several lines, cut to `limit` characters, as Markdown shows it.

    Lines stay lines, and their indentation stays as it is.
    """
    lines = printable(text, limit).expandtabs(4).split("\n")
    return "  \n".join(_line(line) for line in lines)


def summary(document: dict[str, Any]) -> str:
    """Return a report document as Markdown: a table of tasks for each submission.

    Args:
        document: What `json_report.document` makes.

    Returns:
        At most `MAX_SUMMARY_BYTES` in UTF-8; what was left out beyond them is told.
    """
    entries = document["submissions"]
    if not entries:
        return "### Nothing was graded\n\nNo submission was found, or none could be read.\n"
    sections = [_overview(entries)] if len(entries) > 1 else []
    sections += [_section(entry) for entry in entries]
    text, size = "", 0
    for place, section in enumerate(sections):
        size += len(section.encode())
        if size > MAX_SUMMARY_BYTES:
            return f"{text}\n{len(sections) - place} more parts were too long to be shown here.\n"
        text += section
    return text


def _section(entry: dict[str, Any]) -> str:
    lines = [f"### {_head(entry)}", "", escaped_line(entry["path"], PATH_CHARACTERS), ""]
    lines += [f"> {escaped_line(note, MESSAGE_CHARACTERS)}\n" for note in entry["notes"][:20]]
    lines += ["| | task | points | first to look at |", "|---|---|---:|---|"]
    tasks: dict[str, list[dict[str, Any]]] = {}
    for check in entry["checks"]:
        tasks.setdefault(check["task"], []).append(check)
    lines += [_row(task, checks) for task, checks in tasks.items()]
    return "\n".join([*lines, "", *_conditions(entry)]) + "\n"


def _row(task: str, checks: list[dict[str, Any]]) -> str:
    """Return a task's row, with the first sentence that says what is not yet right."""
    internal = [check for check in checks if check["status"] == "INTERNAL"]
    failed = [check for check in checks if check["status"] != "PASSED"]
    first = next(iter(internal or failed), None)
    earned = None if internal else sum(check["points"] for check in checks)
    maximum = sum(check["max_points"] for check in checks)
    status = "PASSED" if first is None else first["status"]
    said = ""
    if first is not None:
        words = _WORDS.get(status, "")
        title = escaped_line(first["title"], MESSAGE_CHARACTERS)
        message = escaped_line(first["message"], MESSAGE_CHARACTERS)
        said = f"**{title}**{words and f' ({words})'}{message and f'<br>{message}'}"
    return f"| {_MARKS[status]} | {escaped_line(task, 80)} | {points(earned, maximum)} | {said} |"


def _overview(entries: list[dict[str, Any]]) -> str:
    lines = ["| | submission | exercise | points |", "|---|---|---|---:|"]
    for entry in entries:
        path = escaped_line(entry["path"], PATH_CHARACTERS)
        worth = points(entry["score"], entry["max_score"])
        exercise = escaped_line(entry["exercise"], 80)
        lines.append(f"| {_MARKS[entry['status']]} | {path} | {exercise} | {worth} |")
    return "\n".join(lines) + "\n\n"


def _head(entry: dict[str, Any]) -> str:
    exercise = escaped_line(entry["exercise"], 80)
    if entry["score"] is None:
        return f"{exercise}: not marked yet, by our fault (of {entry['max_score']} points)"
    return f"{exercise}: {entry['score']} of {entry['max_score']} points"


def _conditions(entry: dict[str, Any]) -> list[str]:
    samples = sorted(name for name, profile in entry["data"].items() if profile == "sample")
    lines = []
    if samples:
        names = escaped_line(", ".join(samples), PATH_CHARACTERS)
        lines += [f"Graded on the bundled sample of {names}, not the full set.", ""]
    if entry["isolation"] != "full":
        isolation = escaped_line(entry["isolation"], 20)
        lines += [f"Isolation while grading: {isolation}, not full.", ""]
    return lines


def _line(line: str) -> str:
    text = line.lstrip(" ")
    indent = "&nbsp;" * (len(line) - len(text))
    return indent + _BLOCK.sub(r"\1\\\2", _escaped(text))


def _escaped(text: str) -> str:
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = _BARE_LINK.sub(r"\\\g<0>", text)
    return _ENTITY.sub(lambda match: _ENTITIES[match.group()], text)
