"""What a student reads about a task: as plain text, and as HTML that is safe to show anywhere.

Messages, paths and notes hold text that a student wrote, and instructors open these pages:
everything is escaped, there is no script, and pictures are PNG bytes of our own making. The
styles stand in the elements, because nbgrader's page has a style sheet of its own; they set
text and ground together, so that a dark theme does not make them unreadable.
"""

from __future__ import annotations

import base64
from html import escape

from autograder.plaintext import printable
from autograder.records import Report, Status, Verdict
from autograder.score import Score, score

_PNG = b"\x89PNG\r\n\x1a\n"
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:14px;line-height:1.45"
_CODE = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px"

# Status: mark, words, colour of the mark, ground of the row.
_LOOKS = {
    Status.PASSED: ("✓", "passed", "#1a7f37", "#f2faf4"),
    Status.FAILED: ("✗", "not yet", "#b42318", "#fef4f3"),
    Status.ERRORED: ("✗", "stopped with an error", "#b42318", "#fef4f3"),
    Status.TIMED_OUT: ("✗", "took too long", "#b42318", "#fef4f3"),
    Status.OUT_OF_MEMORY: ("✗", "used too much memory", "#b42318", "#fef4f3"),
    Status.SKIPPED: ("-", "not checked", "#7a5c00", "#fffaeb"),
    Status.INTERNAL: ("?", "not marked yet, by our fault", "#6b3fa0", "#f8f4fd"),
}


def task_text(report: Report, task: str) -> str:
    """Return the feedback on one task as plain text."""
    verdicts = _verdicts(report, task)
    lines = [f"{task}: {_points(score(report).tasks.get(task))}"]
    for verdict, message, hint in _told_once(verdicts):
        mark, words, _, _ = _LOOKS[verdict.status]
        lines.append(f"{mark} {verdict.check.title} ({_worth(verdict)}, {words})")
        lines += [f"    {line}" for line in message.split("\n") if line]
        if hint:
            lines.append(f"    Hint: {hint}")
    lines += [f"Note: {printable(note)}" for note in _notes(report, task)]
    return "\n".join(lines) + "\n"


def task_html(report: Report, task: str) -> str:
    """Return the feedback on one task as a piece of HTML, with the picture that it drew."""
    total = score(report).tasks.get(task)
    rows = "".join(_row(*told) for told in _told_once(_verdicts(report, task)))
    rows += "".join(
        '<div style="padding:8px 12px;border-top:1px solid #eaeef2;background:#fffaeb;'
        f'color:#1f2328;overflow-wrap:anywhere"><b>Note:</b> {_text(note)}</div>'
        for note in _notes(report, task)
    )
    return (
        f'<div style="{_FONT};max-width:760px;margin:8px 0;border:1px solid #d0d7de;'
        'border-radius:6px;overflow:hidden;background:#ffffff;color:#1f2328">'
        '<div style="padding:8px 12px;background:#f6f8fa;border-bottom:1px solid #d0d7de">'
        f'<b style="{_CODE};color:#1f2328">{escape(task)}</b>'
        f'<b style="float:right">{escape(_points(total))}</b></div>'
        f"{rows}{_picture(report, task)}</div>"
    )


def page_html(report: Report) -> str:
    """Return the feedback on a whole submission as a page that needs nothing else."""
    scores = score(report)
    notes = "".join(f"<li>{_text(note)}</li>" for note in report.notes)
    samples = sorted(name for name, profile in report.data.items() if profile == "sample")
    if samples:
        notes += f"<li>Graded on the bundled sample of {_text(', '.join(samples))}.</li>"
    tasks = "".join(task_html(report, task) for task in scores.tasks)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # A second wall behind the escaping: nothing may be loaded, run or sent.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'\">"
        f"<title>{_text(report.exercise)}</title></head>"
        f'<body style="{_FONT};margin:24px auto;max-width:760px;padding:0 12px;'
        'background:#ffffff;color:#1f2328">'
        f'<h1 style="font-size:22px;margin:0">{_text(report.exercise)}: '
        f"{escape(_points(scores.total))}</h1>"
        f'<p style="color:#59636e;margin:4px 0 12px;{_CODE}">{_text(report.path)}</p>'
        + (f'<ul style="padding-left:20px">{notes}</ul>' if notes else "")
        + f"{tasks}</body></html>\n"
    )


def _verdicts(report: Report, task: str) -> list[Verdict]:
    return [verdict for verdict in report.verdicts if verdict.check.task == task]


def _notes(report: Report, task: str) -> list[str]:
    """Notes on the task's own cell, which staging labels with the task's name."""
    return [note for note in report.notes if f"({task})" in note]


def _told_once(verdicts: list[Verdict]) -> list[tuple[Verdict, str, str]]:
    """Return each verdict with its message and hint, one fault that stopped several told once."""
    told = []
    previous = ""
    for verdict in verdicts:
        message = printable(verdict.message)
        hint = printable(verdict.check.hint)
        if verdict.status is Status.PASSED:
            message = hint = ""
        elif verdict.status in (Status.SKIPPED, Status.INTERNAL):
            hint = ""
        if message and message == previous:
            told.append((verdict, "As above.", ""))
        else:
            told.append((verdict, message, hint))
        previous = message
    return told


def _row(verdict: Verdict, message: str, hint: str) -> str:
    mark, words, colour, ground = _LOOKS[verdict.status]
    head = (
        '<span style="float:right;color:#59636e;padding-left:12px">'
        f"{escape(_worth(verdict))}</span>"
        f'<b style="color:{colour}">{mark}</b> {_text(verdict.check.title)} '
        f'<span style="color:{colour}">({escape(words)})</span>'
    )
    parts = [head]
    if message:
        parts.append(
            '<div style="margin:4px 0 0 18px;white-space:pre-wrap;overflow-wrap:anywhere">'
            f"{_text(message)}</div>"
        )
    if hint:
        parts.append(
            '<div style="margin:4px 0 0 18px;color:#0550ae;overflow-wrap:anywhere">'
            f"<b>Hint:</b> {_text(hint)}</div>"
        )
    return (
        f'<div style="padding:8px 12px;border-top:1px solid #eaeef2;background:{ground};'
        f'color:#1f2328">{"".join(parts)}</div>'
    )


def _picture(report: Report, task: str) -> str:
    png = report.pictures.get(task, b"")
    if not png.startswith(_PNG):
        return ""
    data = base64.b64encode(png).decode("ascii")
    return (
        '<div style="padding:8px 12px;border-top:1px solid #eaeef2;text-align:center;'
        'background:#ffffff">'
        f'<img alt="What {escape(task)} drew" style="max-width:100%" '
        f'src="data:image/png;base64,{data}"></div>'
    )


def _points(total: Score | None) -> str:
    if total is None:
        return "no checks"
    if total.points is None:
        return f"not yet marked (of {total.max_points} points)"
    return f"{total.points} of {total.max_points} {_noun(total.max_points)}"


def _worth(verdict: Verdict) -> str:
    earned = "-" if verdict.status is Status.INTERNAL else verdict.points
    return f"{earned}/{verdict.check.points}"


def _noun(count: int) -> str:
    return "point" if count == 1 else "points"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
