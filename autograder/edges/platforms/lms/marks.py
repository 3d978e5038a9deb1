"""What a gradebook knows of one assignment: each student's marks, and a sentence about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import Assignment, Grade, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory

from autograder.edges.gradebook_class import kept_folder
from autograder.errors import UsageError
from autograder.reporting.class_report.kept import REPORT
from autograder.reporting.json_report import load
from autograder.text import one_line, printable

MESSAGE_CHARACTERS = 240
COMMENT_CHARACTERS = 2000
_GRADE_PREFIX = "test_"


@dataclass(frozen=True, slots=True)
class Mark:
    """A student's marks for one assignment.

    Attributes:
        score: With the penalty for lateness taken off; None where a person still has to mark it.
        tasks: The same for each task.
        waiting: The tasks that a person still has to mark.
        comment: Points per task, and what to look at first; plain text of one line.
    """

    score: float | None
    tasks: Mapping[str, float | None]
    waiting: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AssignmentMarks:
    """An assignment: what it and its tasks are worth, and the marks of those who handed it in."""

    name: str
    max_score: float
    tasks: Mapping[str, float]
    marks: Mapping[str, Mark] = field(default_factory=dict)


def assignment_marks(assignment: Assignment, coursedir: CourseDirectory | None) -> AssignmentMarks:
    """Read the marks of an assignment.

    Args:
        assignment: The gradebook's.
        coursedir: Where autograding keeps its reports, for comments; None for points alone.
    """
    several = len(assignment.notebooks) > 1
    worth = {
        _task(cell.name, notebook.name if several else ""): float(cell.max_score)
        for notebook in assignment.notebooks
        for cell in [*notebook.grade_cells, *notebook.task_cells]
    }
    marks = {
        submission.student.id: _mark(submission, coursedir, several=several)
        for submission in assignment.submissions
    }
    return AssignmentMarks(assignment.name, float(assignment.max_score), worth, marks)


def shown(number: float) -> str:
    """Return points without digits that say nothing: 3, 2.5, 0.33."""
    return f"{round(number, 2):g}" if abs(number) < 1e5 else f"{number:.2f}"


def _mark(submission: SubmittedAssignment, coursedir: Any, *, several: bool) -> Mark:
    tasks: dict[str, float | None] = {}
    waiting = []
    said = []
    for notebook in submission.notebooks:
        first = _first_messages(submission, notebook.name, coursedir)
        for grade in notebook.grades:
            plain = grade.name.removeprefix(_GRADE_PREFIX)
            task = _task(grade.name, notebook.name if several else "")
            if _needs_a_person(grade):
                waiting.append(task)
                tasks[task] = None
                said.append(f"{task}: not marked yet")
                continue
            tasks[task] = float(grade.score)
            message = first.get(plain, "")
            said.append(
                f"{task}: {shown(grade.score)}/{shown(grade.max_score)}"
                + (f" ({message})" if message else "")
            )
    penalty = submission.late_submission_penalty or 0.0
    if penalty:
        said.append(f"late: -{shown(penalty)}")
    score = None if waiting else max(0.0, float(submission.score) - penalty)
    comment = printable("; ".join(said), COMMENT_CHARACTERS)
    return Mark(score, tasks, tuple(waiting), comment)


def _needs_a_person(grade: Grade) -> bool:
    return bool(grade.needs_manual_grade) or (
        grade.auto_score is None and grade.manual_score is None
    )


def _task(name: str, notebook: str) -> str:
    task = name.removeprefix(_GRADE_PREFIX)
    return f"{notebook}: {task}" if notebook else task


def _first_messages(
    submission: SubmittedAssignment, notebook: str, coursedir: CourseDirectory | None
) -> dict[str, str]:
    """Return, per task, the first sentence of its first check that is not right."""
    if coursedir is None:
        return {}
    folder = kept_folder(coursedir, submission.assignment.name, submission.student.id, notebook)
    path = folder / REPORT
    if not path.is_file():
        return {}
    try:
        entries = load(path)["submissions"]
    except UsageError:  # of another version: the points are told all the same
        return {}
    messages: dict[str, str] = {}
    for check in (check for entry in entries for check in entry["checks"]):
        if check["status"] != "PASSED":
            messages.setdefault(check["task"], one_line(check["message"], MESSAGE_CHARACTERS))
    return messages
