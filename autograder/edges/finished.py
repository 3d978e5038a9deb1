"""Keeps `nbgrader generate_feedback` from showing a submission that is half autograded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.edges.unfinished import Found, Unfinished
from autograder.errors import CourseError

Resources = dict[str, Any]


class FinishedOnly(NbGraderPreprocessor):  # type: ignore[misc]
    """First step of the feedback: a student whose autograding was cut off gets none yet."""

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
        if Unfinished(Path(folder)).look() is Found.LEFT:
            message = (
                f"Feedback is on submissions whose autograding has ended. Received: {folder}, of "
                f"which a run was cut off. Run first: nbgrader autograde {names['assignment']}"
            )
            self.log.error("%s", message)
            raise CourseError(message)
        return nb, resources
