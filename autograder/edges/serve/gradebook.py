"""What the server reads in nbgrader's gradebook: due dates, and who is in the course."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.edges.serve.journal import unusable


def due_dates(coursedir: CourseDirectory) -> Mapping[str, float | None]:
    """Return when the last student's time for each assignment is over.

    Who has an extension could read hidden inputs in the feedback of others: so that nobody gets
    any of the final marking before everybody's time is over.

    Raises:
        UsageError: The gradebook cannot be used.
    """
    found: dict[str, float | None] = {}
    with _open(coursedir) as gradebook:
        for assignment in gradebook.assignments:
            due = assignment.duedate
            query = gradebook.db.query(SubmittedAssignment.extension).filter(
                SubmittedAssignment.assignment_id == assignment.id,
                SubmittedAssignment.extension.is_not(None),
            )
            extra = max((row[0] for row in query), default=dt.timedelta())
            found[assignment.name] = (
                None if due is None else (due + extra).replace(tzinfo=dt.UTC).timestamp()
            )
    return found


def students(coursedir: CourseDirectory) -> set[str]:
    """Return the students that the gradebook knows.

    Raises:
        UsageError: The gradebook cannot be used.
    """
    with _open(coursedir) as gradebook:
        return {student.id for student in gradebook.students}


@contextmanager
def _open(coursedir: CourseDirectory) -> Iterator[Gradebook]:
    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        raise unusable(coursedir.db_url, error) from error
