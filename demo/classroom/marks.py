"""The marks that nbgrader exported, as a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Gradebook


class Mark(NamedTuple):
    """What a student has in one exercise."""

    score: float
    max_score: float


Marks = Mapping[tuple[str, str], Mark]


def read_marks(grades: Path) -> Marks:
    """Read nbgrader's export: (student, exercise) to mark."""
    with grades.open(encoding="utf-8", newline="") as lines:
        return {
            (row["student_id"], row["assignment"]): Mark(
                float(row["score"]), float(row["max_score"])
            )
            for row in csv.DictReader(lines)
        }


def unmarked(gradebook: Path) -> list[str]:
    """The grade cells that were left to a person, as `student/exercise/cell`."""
    with Gradebook(f"sqlite:///{gradebook}") as opened:
        return [
            f"{submission.student.id}/{assignment.name}/{grade.name}"
            for assignment in opened.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.needs_manual_grade
        ]


def table(marks: Marks, students: Mapping[str, str], slugs: Sequence[str]) -> str:
    """One line per student; `students` maps a name to what was handed in."""
    head = ["student", "handed in", *slugs, "total"]
    rows = []
    for name, handed_in in students.items():
        of_student = [marks[name, slug] for slug in slugs]
        total = Mark(sum(m.score for m in of_student), sum(m.max_score for m in of_student))
        cells = [f"{m.score:g} / {m.max_score:g}" for m in (*of_student, total)]
        rows.append([name, handed_in, *cells])
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, ["-" * width for width in widths], *rows)
    ]
    return "\n".join(lines)
