"""What the watch mode shows: the one next thing to do, hints in steps, the list."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any

from course_checks import source
from course_checks.progress import BROKEN, NOT_WRITTEN, RIGHT
from course_checks.state import Exercise
from course_checks.terminal import STATE_NAMES

KEYS = "h hint · l list · n next · r run again · q quit"
_STEPS = ("where", "what", "nearly how")
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}


class Screen:
    """Writes to the terminal, coloured and from the top where it can."""

    def __init__(self) -> None:
        is_terminal = sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"
        if is_terminal and os.name == "nt":
            os.system("")  # switches the console's codes on
        self.is_plain = not is_terminal
        self.has_colour = is_terminal and "NO_COLOR" not in os.environ
        encoding = (sys.stdout.encoding or "ascii").lower()
        self.is_unicode = encoding.replace("-", "") in ("utf8", "utf16", "cp65001")

    def draw(self, lines: list[tuple[str, str]]) -> None:
        """Show lines, each with its style, wrapped."""
        width = max(40, min(100, shutil.get_terminal_size().columns))
        out = []
        for text, style in lines:
            indent = " " * (len(text) - len(text.lstrip()))
            parts = textwrap.wrap(text, width, subsequent_indent=indent) or [""]
            for part in parts:
                code = _COLOURS.get(style, "") if self.has_colour else ""
                out.append(f"\x1b[{code}m{part}\x1b[0m" if code else part)
        text = "\n".join(out) + "\n"
        if not self.is_unicode:
            text = text.replace("·", "|").replace("…", "...")
            text = text.encode("ascii", "replace").decode()
        sys.stdout.write(("\n" if self.is_plain else "\x1b[H\x1b[2J\x1b[3J") + text)
        sys.stdout.flush()


def draw(watch: Any) -> None:
    """Show the one next thing, or the list."""
    lines: list[tuple[str, str]] = []
    place = watch.here()
    exercise = place[0] if place else watch.exercises[-1]
    names = exercise.tasks()
    right = sum(watch.state_of(exercise, task) == RIGHT for task in names)
    bar = "#" * right + "-" * (len(names) - right)
    lines.append((f"{exercise.name}  [{bar}] {right} of {len(names)} tasks right", "bold"))
    lines.append(("", ""))
    if watch.is_listing:
        lines += _list(watch)
    elif place is None:
        files = ", ".join(one.path.name for one in watch.exercises)
        lines.append((f"All that is watched here is right. Hand in {files}.", "green"))
    else:
        lines += _now(watch, *place)
    lines.append(("", ""))
    if watch.note:
        lines.append((watch.note, "yellow"))
    lines.append((KEYS, "dim"))
    watch.screen.draw(lines)


def _list(watch: Any) -> list[tuple[str, str]]:
    lines = []
    colours = {RIGHT: "green", "wrong": "red", BROKEN: "red"}
    for exercise in watch.exercises:
        lines.append((exercise.name, "bold"))
        for task in exercise.tasks():
            found = watch.state_of(exercise, task)
            name = "wrong" if found == BROKEN else STATE_NAMES[found]
            lines.append((f"  {name:<8} {task}", colours.get(found, "yellow")))
    return lines


def _now(watch: Any, exercise: Exercise, task: str) -> list[tuple[str, str]]:
    reports = [one for one in exercise.reports() if one.task == task]
    state = watch.state_of(exercise, task)
    found = [one for one in reports if one.state == state]
    is_running = watch.running is not None and exercise.stale(task)
    report = found[0] if found and not (is_running and state == NOT_WRITTEN) else None
    shown = os.path.relpath(exercise.path, Path.cwd())
    if report is None:
        doing = "runs" if watch.running is not None else "waits"
        since = "" if watch.warm is None or watch.saved else " (Keras takes some seconds at first)"
        return [(f"{task} {doing} …{since}", "bold")]
    line = report.line or report.lines.get(_function(exercise, task, report), 0)
    where = f"{shown}:{line}" if line else shown
    if report.state == NOT_WRITTEN:
        lines = [(f"Next: {task}, to do", "bold"), (f"  {where}", "")]
    else:
        lines = [(f"Next: {task}, not right yet", "bold"), (f"  {where}", "")]
    first = watch.progress(exercise)
    before = [name for name in report.uses if name in _wrong_before(first, exercise, task)]
    if before:
        lines.append((f"  It uses {' and '.join(before)}, which is not right: that first.", ""))
    colour = "yellow" if report.state == NOT_WRITTEN else "red"
    parts = report.words.split("\n")
    # The last line names the next step: that is a hint.
    told = parts if report.state in (NOT_WRITTEN, BROKEN) or len(parts) < 3 else parts[:-1]
    lines += [(f"  {part}", colour) for part in told]
    for number, hint in enumerate(_hints(exercise, task, report)[: watch.hints]):
        lines.append(("", ""))
        lines.append((f"  Hint, {_STEPS[number]}:", "bold"))
        lines += [(f"    {part}", "") for part in hint]
    return lines


def _wrong_before(found: Any, exercise: Exercise, task: str) -> list[str]:
    order = exercise.tasks()
    place = order.index(task)
    return [
        name
        for (_, name) in found.faulty
        if found.owner.get((exercise.name, name)) in order[:place]
    ]


def _function(exercise: Exercise, task: str, report: Any) -> str:
    own = [n for one in exercise.listed if one.check.task == task for n in one.check.functions]
    return str(report.missing or (report.direct or own or [""])[0])


def _hints(exercise: Exercise, task: str, report: Any) -> list[list[str]]:
    """Return three hints: where to look, what is asked, nearly how it is done."""
    name = _function(exercise, task, report)
    node = source.functions(exercise.tree).get(name)
    listed = [one for one in exercise.listed if one.check.task == task]
    mine = [one for one in listed if one.name == report.head_line] or listed
    where = [f"In `{name}`" + (f", lines {node.lineno} to {node.end_lineno}." if node else ".")]
    text = f"**Task `{task}`"
    for number, line in enumerate(_lines(exercise.path), 1):
        if text in line:
            where.append(
                f"The task's text is in line {number} and those below it: read it once more."
            )
    what = [one.asks for one in (listed if report.state == NOT_WRITTEN else mine) if one.asks]
    parts = report.words.split("\n")
    steps = list(dict.fromkeys(step for one in mine for step in one.steps))
    if report.state not in (NOT_WRITTEN, BROKEN) and len(parts) > 2:
        return [where, [*what, parts[-1]], [s for s in steps if s != parts[-1]] or [parts[-1]]]
    return [where, what or ["Read the function's docstring."], steps or what]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return []
