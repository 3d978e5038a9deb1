"""What the exporters for learning platforms share: options, marks, roster, and what they tell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.api import Gradebook, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Unicode

from autograder.edges.platforms.lms.marks import AssignmentMarks, Mark, assignment_marks, shown
from autograder.edges.platforms.lms.roster import Roster, listed, read_roster
from autograder.errors import UsageError
from autograder.files import replacing


@dataclass(frozen=True, slots=True)
class Person:
    """A student of the gradebook, with their row of the platform's roster, if there is one."""

    student: Student
    row: dict[str, str]


class PlatformExporter(ExportPlugin):  # type: ignore[misc]
    """Writes a file that a learning platform imports; each platform says in which form.

    A student who handed nothing in, or whose marks wait for a person, has an empty cell: what
    could not be marked is never a zero.
    """

    roster = Unicode(
        "", help="The platform's own export of its students, whose rows and columns are used."
    ).tag(config=True)
    match = Unicode(
        "", help="The roster's column that holds nbgrader's student id, their LMS id or email."
    ).tag(config=True)
    per_task = Bool(False, help="Whether each task has a column too.").tag(config=True)
    missing_as_zero = Bool(
        False, help="Whether who handed nothing in gets a zero instead of an empty cell."
    ).tag(config=True)

    #: The file's name without `--to`.
    default_name: ClassVar[str] = ""
    #: The columns without which a file is no export of the platform's.
    required_columns: ClassVar[Sequence[str]] = ()
    #: The roster's columns that may name a student as nbgrader does, the first one there is taken.
    usual_columns: ClassVar[Sequence[str]] = ()

    def export(self, gradebook: Gradebook) -> None:
        """Write the file, and tell in a sentence who is left out and which marks are missing.

        Raises:
            SystemExit: It cannot be written; the reason was logged.
        """
        try:
            roster = self._roster()
            assignments = self._assignments(gradebook)
            people = self._people(gradebook, roster)
            for path, rows in self.files(assignments, people, roster):
                self._write(path, rows)
                self.log.info("%d students written to %s", self.count(rows), path)
        except UsageError as error:
            self.log.error("%s", error)
            raise SystemExit(1) from None

    def files(
        self, assignments: list[AssignmentMarks], people: list[Person], roster: Roster | None
    ) -> Iterator[tuple[Path, list[list[str]]]]:
        """Yield each file's path and its rows."""
        raise NotImplementedError

    def count(self, rows: list[list[str]]) -> int:
        """Return how many of a file's rows are students."""
        return len(rows) - 1

    @property
    def target(self) -> Path:
        """Where the file goes."""
        return Path(self.to or self.default_name)

    def columns(self, marks: AssignmentMarks) -> list[tuple[str, str | None, float]]:
        """Return an assignment's columns: name, task (None for the total), and points possible."""
        columns: list[tuple[str, str | None, float]] = [(marks.name, None, marks.max_score)]
        if self.per_task:
            columns += [(f"{marks.name}: {task}", task, top) for task, top in marks.tasks.items()]
        return columns

    def cell(self, mark: Mark | None, task: str | None) -> str:
        """Return what stands in a student's cell."""
        if mark is None:
            return "0" if self.missing_as_zero else ""
        score = mark.score if task is None else mark.tasks.get(task)
        return "" if score is None else shown(score)

    def _assignments(self, gradebook: Gradebook) -> list[AssignmentMarks]:
        known = {one.name: one for one in gradebook.assignments}
        names = [str(name) for name in self.assignment] or list(known)
        for name in names:
            if name not in known:
                raise UsageError(
                    "--assignment takes assignments of the gradebook: "
                    f"{listed(list(known)) or 'none yet'}. Received: {name!r}. Correct the name."
                )
        if not names:
            raise UsageError(
                "Marks are exported of what was autograded. Received: a gradebook without any "
                "assignment. Run nbgrader generate_assignment and autograde first."
            )
        coursedir = getattr(self.parent, "coursedir", None)
        read = [assignment_marks(known[name], coursedir) for name in names]
        for one in read:
            waiting = sorted(student for student, mark in one.marks.items() if mark.waiting)
            if waiting:
                self.log.warning(
                    "Not exported, for a person must mark them first: %s of %s. See formgrader's "
                    "manual grading.",
                    one.name,
                    listed(waiting),
                )
        return read

    def _people(self, gradebook: Gradebook, roster: Roster | None) -> list[Person]:
        chosen = {str(name) for name in self.student}
        students = [one for one in gradebook.students if not chosen or one.id in chosen]
        if unknown := sorted(chosen - {one.id for one in students}):
            raise UsageError(
                f"--student takes students of the gradebook. Received: {listed(unknown)}, who are "
                "not in it. Correct the name."
            )
        people, missing = [], []
        for student in sorted(students, key=lambda one: one.id):
            row = {} if roster is None else roster.find(_names(student))
            if row is None:
                missing.append(student.id)
            else:
                people.append(Person(student, row))
        if missing and roster is not None:
            self.log.warning(
                "Not exported, for the roster's %s does not name them: %s.",
                roster.column,
                listed(missing),
            )
        return people

    def _roster(self) -> Roster | None:
        if not self.roster:
            return None
        roster = read_roster(
            Path(self.roster).expanduser(), self.match, self.usual_columns, self.required_columns
        )
        self.log.info("Students are matched by the roster's column %s", roster.column)
        return roster

    def _write(self, path: Path, rows: list[list[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, **self.dialect).writerows(rows)
        try:
            with replacing(path) as file:
                file.write(text.getvalue().encode("utf-8"))
        except OSError as error:
            raise UsageError(
                f"--to must name a file that can be written. Received: {path}: {error.strerror}. "
                "Correct the path, or make room."
            ) from None

    #: How `csv` is to write.
    dialect: ClassVar[dict[str, Any]] = {"lineterminator": "\r\n"}


def _names(student: Student) -> list[str | None]:
    return [student.id, student.lms_user_id, student.email]
