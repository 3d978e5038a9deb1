"""The table of a class, for a spreadsheet: a row per student and exercise."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from autograder.reporting.class_report.attention import reasons
from autograder.reporting.class_report.members import ClassFacts, Entry, Member
from autograder.text import printable

_COLUMNS = ("assignment", "student", "exercise", "score", "max_score", "status", "late_s",
            "needs_person", "seconds", "trainings", "task", "task_score", "task_max_score",
            "not_passed")  # fmt: skip


def csv_text(classes: Sequence[ClassFacts]) -> str:
    """Return a row per student, exercise and task; a student without a report has one row.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for facts in classes:
        for member in facts.members:
            writer.writerows([_cell(value) for value in row] for row in _rows(facts, member))
    return out.getvalue()


def _rows(facts: ClassFacts, member: Member) -> list[list[object]]:
    why = " | ".join(reasons(member))
    rows: list[list[object]] = []
    for part in member.parts:
        entry = part.entry
        head = [facts.assignment, member.name, entry["exercise"], *_marks(entry), member.late_s]
        measured = entry.get("measured") or {}
        usage = [measured.get("seconds"), measured.get("trainings")]
        rows += [[*head, why, *usage, *task] for task in _tasks(entry)]
    if rows:
        return rows
    score = member.score, member.max_score
    return [[facts.assignment, member.name, "", *score, "", member.late_s, why, *[""] * 6]]


def _marks(entry: Entry) -> tuple[object, ...]:
    return entry["score"], entry["max_score"], entry["status"]


def _tasks(entry: Entry) -> list[tuple[object, ...]]:
    tasks: dict[str, list[Entry]] = {}
    for check in entry["checks"]:
        tasks.setdefault(check["task"], []).append(check)
    return [
        (
            task,
            None if None in (points := [c["points"] for c in checks]) else sum(points),
            sum(check["max_points"] for check in checks),
            " ".join(check["name"] for check in checks if check["status"] != "PASSED"),
        )
        for task, checks in tasks.items()
    ]


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:g}"
    if not isinstance(value, str):
        return "" if value is None else value
    text = printable(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
