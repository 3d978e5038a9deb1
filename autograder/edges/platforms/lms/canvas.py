"""Marks for Canvas: the CSV that the gradebook's Import takes.

Canvas finds a student by ID, else SIS User ID, else SIS Login ID, else by name, and an assignment
by the number behind its name; a name without one makes a new assignment. It imports no comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from nbgrader.api import Student

from autograder.edges.platforms.lms.exporter import Person, PlatformExporter
from autograder.edges.platforms.lms.marks import AssignmentMarks, shown
from autograder.edges.platforms.lms.roster import Roster

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"


class CanvasExporter(PlatformExporter):
    """`nbgrader export --exporter autograder.edges.platforms.lms.CanvasExporter`."""

    default_name: ClassVar[str] = "canvas.csv"
    required_columns: ClassVar[tuple[str, ...]] = ("Student", "ID", "Section")
    usual_columns: ClassVar[tuple[str, ...]] = ("SIS Login ID", "SIS User ID", "ID")

    def files(
        self, assignments: list[AssignmentMarks], people: list[Person], roster: Roster | None
    ) -> Iterator[tuple[Path, list[list[str]]]]:
        """Yield the one file: a header, the points possible, and a row for each student."""
        header = [] if roster is None else list(roster.header)
        info = header[: header.index("Section") + 1] if header else list(COLUMNS)
        columns = [(one, *column) for one in assignments for column in self.columns(one)]
        rows = [
            [*info, *[_column(header, name) for _, name, _, _ in columns]],
            [POINTS_POSSIBLE, *[""] * (len(info) - 1), *[shown(top) for *_, top in columns]],
        ]
        for person in people:
            identity = person.row or _identity(person.student)
            cells = [
                self.cell(one.marks.get(person.student.id), task) for one, _, task, _ in columns
            ]
            rows.append([*[identity.get(name, "") for name in info], *cells])
        yield self.target, rows

    def count(self, rows: list[list[str]]) -> int:
        """Return how many of the rows are students."""
        return len(rows) - 2


def _column(header: list[str], name: str) -> str:
    """Return Canvas's own heading of an assignment, such as `Gates (1234)`; else its name."""
    own = re.compile(re.escape(name) + r" \(\d+\)")
    return next((one for one in header if own.fullmatch(one)), name)


def _identity(student: Student) -> dict[str, str]:
    names = [name for name in (student.last_name, student.first_name) if name]
    return {
        "Student": ", ".join(names) or student.id,
        "ID": student.lms_user_id or "",
        "SIS Login ID": student.id,
    }
