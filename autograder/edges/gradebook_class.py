"""A class as nbgrader's gradebook knows it, with the reports that autograding kept beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.catalog import Course
from autograder.errors import UsageError
from autograder.reporting.class_report.facts import exercise_facts, link_to
from autograder.reporting.class_report.kept import REPORT, read_kept
from autograder.reporting.class_report.members import ClassFacts, Member, Part
from autograder.text import one_line, printable

_SQLITE = "sqlite:///"


def kept_folder(coursedir: CourseDirectory, assignment: str, student: str, notebook: str) -> Path:
    """Return where autograding keeps the report on one notebook, out of students' reach."""
    root = Path(coursedir.root).resolve() / ".autograder" / "reports"
    return root / assignment / student / notebook


def classes_of_gradebook(course: Course, names: Sequence[str], pages: Path) -> list[ClassFacts]:
    """Return the classes of assignments; without names, of all that somebody handed in.

    Args:
        course: The course that the command is about.
        names: The assignments.
        pages: Where pages will lie, for links.

    Raises:
        UsageError: There is no gradebook, it cannot be read, or it has no such assignment.
    """
    coursedir = _coursedir(course)
    with reading(coursedir) as gradebook:
        known = {one.name: one for one in gradebook.assignments}
        for name in names:
            if name not in known:
                listed = ", ".join(known) or "none yet"
                raise UsageError(
                    f"--class takes assignments of the gradebook: {printable(listed, 600)}. "
                    f"Received: {name!r}. Correct the name."
                )
        chosen = dict.fromkeys(names) or [name for name, one in known.items() if one.submissions]
        classes = [class_of(gradebook, coursedir, course, name, pages) for name in chosen]
    if not classes:
        raise UsageError(
            f"A class is shown of what was autograded. Received: {coursedir.db_url}, which has "
            "no submission. Run nbgrader autograde first."
        )
    return classes


@contextmanager
def reading(coursedir: CourseDirectory) -> Iterator[Gradebook]:
    """Open the gradebook to read it alone, so that nothing is made or changed.

    Raises:
        UsageError: There is none, or it cannot be read, as while another program writes to it.
    """
    url = coursedir.db_url
    if url.startswith(_SQLITE):
        path = Path(url.removeprefix(_SQLITE))
        if not path.is_file() or not path.stat().st_size:
            found = f"{path}, which is none" if path.exists() else f"no {path}"
            raise UsageError(
                f"The class is read from nbgrader's gradebook. Received: {found}. Change to the "
                "course directory, run nbgrader autograde first, or name stored reports."
            )
        url = f"{_SQLITE}file:{quote(str(path.resolve()))}?mode=ro&uri=true"
    try:
        with Gradebook(url, coursedir.course_id) as gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise UsageError(
            f"The gradebook must be readable, and of this version of nbgrader. "
            f"Received: {coursedir.db_url}: {one_line(str(cause), 200)}. Wait for other programs "
            "to end, or run nbgrader db upgrade."
        ) from None


def class_of(
    gradebook: Gradebook, coursedir: CourseDirectory, course: Course, name: str, pages: Path
) -> ClassFacts:
    """Return the class of one assignment.

    Args:
        gradebook: Open for reading.
        coursedir: Where submissions and feedback lie.
        course: Whose exercises the assignment has.
        name: The assignment.
        pages: Where the page will lie, for links.

    Raises:
        MissingEntry: The gradebook has no such assignment.
    """
    assignment = gradebook.find_assignment(name)
    remarks: list[str] = []
    members = [
        _member(submission, assignment, coursedir, pages, remarks)
        for submission in sorted(assignment.submissions, key=lambda one: one.student.id)
    ]
    waiting = _not_autograded(coursedir, name, {member.name for member in members})
    members += [
        Member(student, max_score=assignment.max_score, reasons=("Handed in, not autograded.",))
        for student in waiting
    ]
    slugs = dict.fromkeys(part.entry["exercise"] for member in members for part in member.parts)
    here = {member.name for member in members}
    lacking = [one.name for one in members if not one.parts and one.name not in waiting]
    if lacking:
        remarks.append(
            f"There is no kept report on {len(lacking)} of these submissions, such as "
            f"{printable(lacking[0], 80)}: run nbgrader autograde --force to have them."
        )
    return ClassFacts(
        name,
        tuple(members),
        {slug: exercise_facts(course, slug) for slug in slugs},
        tuple(sorted(one.id for one in gradebook.students if one.id not in here)),
        tuple(dict.fromkeys(remarks)),
    )


def _member(
    submission: SubmittedAssignment,
    assignment: Assignment,
    coursedir: CourseDirectory,
    pages: Path,
    remarks: list[str],
) -> Member:
    student = submission.student
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    missing = [g.name for g in grades if g.auto_score is None and g.manual_score is None]
    reasons = []
    if submission.needs_manual_grade:
        named = ", ".join(grade.name for grade in grades if grade.needs_manual_grade)
        reasons.append(f"Marks wait for a person: {printable(named, 200)}.")
    parts: list[Part] = []
    for notebook in sorted(assignment.notebooks, key=lambda one: one.name):
        path = kept_folder(coursedir, assignment.name, student.id, notebook.name) / REPORT
        if path.is_file():
            try:
                parts += read_kept(path)
            except UsageError as error:  # of another version: the others are shown
                remarks.append(f"{error}")
    known = (student.first_name, student.last_name, student.email)
    return Member(
        student.id,
        tuple(parts),
        None if missing else float(submission.score),
        float(assignment.max_score),
        float(submission.total_seconds_late),
        tuple(reasons),
        _link(coursedir, student.id, assignment.name, pages),
        tuple(word for word in known if word),
    )


def _link(coursedir: CourseDirectory, student: str, assignment: str, pages: Path) -> str:
    """Return where the feedback lies, as seen from the page; "" where there is none yet."""
    folder = Path(coursedir.format_path(coursedir.feedback_directory, student, assignment))
    feedback = sorted(folder.glob("*.html"))
    return link_to(feedback[0] if feedback else None, pages)


def _not_autograded(coursedir: CourseDirectory, assignment: str, marked: set[str]) -> list[str]:
    """Return students who have a folder of submissions, and no entry in the gradebook."""
    pattern = coursedir.format_path(coursedir.submitted_directory, "*", assignment)
    place = Path(coursedir.format_path(coursedir.submitted_directory, "!", assignment)).parts
    index = place.index("!") if "!" in place else None
    folders = Path("/").glob(str(Path(pattern).resolve().relative_to("/")))
    students = {folder.parts[index] for folder in folders if index is not None and folder.is_dir()}
    return sorted(students - marked)


def _coursedir(course: Course) -> CourseDirectory:
    """Return the directories as nbgrader's own commands, started here, would find them."""
    # With a log of its own it would close all that this process writes logs to.
    app = NbGrader(log=logging.getLogger("autograder"))
    app.initialize([])
    coursedir = app.coursedir
    if not course.is_packaged and "root" not in app.config.get("CourseDirectory", {}):
        coursedir.root = str(course.root)
    return coursedir
