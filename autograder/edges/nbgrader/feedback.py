"""The first steps of `nbgrader generate_feedback`: is it autograded, and which marks are there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from traitlets import List

from autograder.edges.nbgrader.ungraded import GradingMark, MarkState
from autograder.errors import CourseError

Resources = dict[str, Any]


class FinishedOnly(NbGraderPreprocessor):  # type: ignore[misc]
    """First step of the feedback: a student whose autograding was cut off gets none yet."""

    # nbconvert's exporter sets this of every step, and traitlets warns where it cannot.
    display_data_priority = List(["text/html", "text/plain"]).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Let a finished submission through.

        Raises:
            CourseError: It is not finished; nbgrader goes on with the other students.
        """
        # The exporter is our parent; the converter, which knows the folders, is the exporter's.
        coursedir = self.parent.parent.coursedir
        names = resources["nbgrader"]
        folder = coursedir.format_path(
            coursedir.autograded_directory, names["student"], names["assignment"]
        )
        if GradingMark(Path(folder)).look() is MarkState.INTERRUPTED:
            message = (
                f"Feedback is on submissions whose autograding has ended. Received: {folder}, of "
                f"which a run was cut off. Run first: nbgrader autograde {names['assignment']}"
            )
            self.log.error("%s", message)
            raise CourseError(message)
        return nb, resources


class GetMarks(GetGrades):  # type: ignore[misc]
    """As nbgrader's own step; what has no mark yet is told from a 0, and a person's from ours.

    It also notes whether the assignment has a due date, and whether that has passed.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Put marks and comments into the notebook."""
        nb, resources = super().preprocess(nb, resources)
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            due = gradebook.find_assignment(names["assignment"]).duedate
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)  # as the gradebook keeps it
        names["due_set"] = due is not None
        names["due_passed"] = due is not None and due < now
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: Resources) -> None:
        super()._get_score(cell, resources)
        names = self.notebook_id, self.assignment_id, self.student_id
        grade = self.gradebook.find_grade(cell.metadata.nbgrader["grade_id"], *names)
        if grade.auto_score is None and grade.manual_score is None:
            cell.metadata.nbgrader["score"] = None
        cell.metadata.nbgrader["by_hand"] = grade.manual_score is not None
