"""Marks for Blackboard Learn: the comma-delimited file that Work Offline, Upload takes.

Blackboard finds a student by Username, and a column by the number at the end of its heading; so the
roster is its own download, in which the column is. Feedback goes with a file of one column alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.api import Student

from autograder.edges.platforms.lms.exporter import Person, PlatformExporter
from autograder.edges.platforms.lms.marks import AssignmentMarks
from autograder.edges.platforms.lms.roster import Roster

COLUMNS = ("Last Name", "First Name", "Username", "Student ID")
FEEDBACK = ("Grading Notes", "Notes Format", "Feedback to Learner", "Feedback Format")
_FORMAT = "PLAIN_TEXT"


class BlackboardExporter(PlatformExporter):
    """`nbgrader export --exporter autograder.edges.platforms.lms.BlackboardExporter`."""

    default_name: ClassVar[str] = "blackboard.csv"
    required_columns: ClassVar[tuple[str, ...]] = ("Username",)
    usual_columns: ClassVar[tuple[str, ...]] = ("Username", "Student ID")
    dialect: ClassVar[dict[str, Any]] = {"lineterminator": "\r\n", "quoting": csv.QUOTE_ALL}

    def files(
        self, assignments: list[AssignmentMarks], people: list[Person], roster: Roster | None
    ) -> Iterator[tuple[Path, list[list[str]]]]:
        """Yield the one file."""
        header = () if roster is None else roster.header
        columns = [(one, *column) for one in assignments for column in self.columns(one)]
        headings = [_column(header, name) for _, name, _, _ in columns]
        if new := [name for _, name, _, _ in columns if name in headings]:
            self.log.warning(
                "Blackboard makes text columns worth nothing of headings without its number: %s. "
                "Create the columns there, and give its download as `roster`.",
                ", ".join(new),
            )
        has_feedback = len(columns) == 1
        rows = [[*COLUMNS, *headings, *(FEEDBACK if has_feedback else ())]]
        for person in people:
            marks = [(one.marks.get(person.student.id), task) for one, _, task, _ in columns]
            cells = [self.cell(mark, task) for mark, task in marks]
            if has_feedback:
                comment = marks[0][0].comment if marks[0][0] else ""
                cells += ["", _FORMAT, comment, _FORMAT]
            identity = person.row or _identity(person.student)
            rows.append([*[identity.get(name, "") for name in COLUMNS], *cells])
        yield self.target, rows


def _column(header: tuple[str, ...], name: str) -> str:
    """Return Blackboard's heading, such as `Gates [Total Pts: 19 Score] |1234`; else the name."""
    own = re.compile(re.escape(name) + r" \[Total Pts: .*\] \|\d+")
    return next((one for one in header if own.fullmatch(one)), name)


def _identity(student: Student) -> dict[str, str]:
    values = (student.last_name, student.first_name, student.id, student.lms_user_id)
    return dict(zip(COLUMNS, [value or "" for value in values], strict=True))
