"""Marks for Moodle: the CSV that its import of grades takes, with a column of feedback.

Moodle stops at a row whose student it does not know, takes an empty grade for "no grade" in place
of one that is there, and loses grades where feedback is imported without them. So there is one
file for each assignment, and only students with a mark are in it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from nbgrader.api import Student
from traitlets import Bool

from autograder.edges.platforms.lms.exporter import Person, PlatformExporter
from autograder.edges.platforms.lms.marks import AssignmentMarks
from autograder.edges.platforms.lms.roster import Roster

COLUMNS = ("First name", "Last name", "Username", "ID number", "Email address")
_ROSTER_COLUMNS = (*COLUMNS[:2], "Surname", *COLUMNS[2:])
FEEDBACK = "{} (Feedback)"


class MoodleExporter(PlatformExporter):
    """`nbgrader export --exporter autograder.edges.platforms.lms.MoodleExporter`."""

    comments = Bool(True, help="Whether there is a column of feedback.").tag(config=True)

    default_name: ClassVar[str] = "moodle.csv"
    usual_columns: ClassVar[tuple[str, ...]] = ("Username", "ID number", "Email address")

    def files(
        self, assignments: list[AssignmentMarks], people: list[Person], roster: Roster | None
    ) -> Iterator[tuple[Path, list[list[str]]]]:
        """Yield a file for each assignment."""
        header = () if roster is None else roster.header
        wanted = {*_ROSTER_COLUMNS, "" if roster is None else roster.column}
        info = [name for name in header if name in wanted] or list(COLUMNS)
        for one in assignments:
            columns = self.columns(one)
            names = [name for name, _, _ in columns]
            names += [FEEDBACK.format(one.name)] if self.comments else []
            rows = [[*info, *names]]
            for person in people:
                mark = one.marks.get(person.student.id)
                cells = [self.cell(mark, task) for _, task, _ in columns]
                if not cells[0]:
                    continue
                if self.comments:  # which Moodle shows as HTML
                    cells.append(html.escape(mark.comment if mark else "Nothing was handed in."))
                identity = person.row or _identity(person.student)
                rows.append([*[identity.get(name, "") for name in info], *cells])
            target = self.target
            if len(assignments) > 1:
                target = target.with_name(f"{target.stem}-{one.name}{target.suffix}")
            yield target, rows


def _identity(student: Student) -> dict[str, str]:
    values = (student.first_name, student.last_name, student.id, student.lms_user_id, student.email)
    return dict(zip(COLUMNS, [value or "" for value in values], strict=True))
