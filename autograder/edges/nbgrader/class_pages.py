"""What autograding leaves for those who teach: each report, and a page on the class.

Neither is a mark, so that nothing that goes wrong here may keep a student from one.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from autograder.course.catalog import Course
from autograder.edges.gradebook_class import class_of, kept_folder, reading
from autograder.edges.nbgrader.submitted import source_of
from autograder.errors import AutograderError, SubmissionError
from autograder.records import Report
from autograder.reporting.class_report.facts import answers_of
from autograder.reporting.class_report.kept import forget, keep
from autograder.reporting.class_report.written import write_class
from autograder.submission.outputs import size_limit
from autograder.submission.safe_files import read_submitted


def keep_report(converter: Any, names: dict[str, str], report: Report | None) -> None:
    """Keep the report on one notebook where students cannot reach it; None removes an old one.

    Args:
        converter: nbgrader's, which knows the folders.
        names: Student, assignment and notebook, as nbgrader's resources have them.
        report: The engine's.
    """
    label = names["student"], names["assignment"], names["notebook"]
    coursedir = converter.coursedir
    folder = kept_folder(coursedir, names["assignment"], names["student"], names["notebook"])
    try:
        if report is None:
            forget(folder)
            return
        path = source_of(converter, *label).path
        keep(folder, report, _answers(path))
    except (OSError, AutograderError) as error:
        converter.log.warning("The report on %s was not kept for the class: %s", label, error)


def write_pages(
    course: Course, coursedir: CourseDirectory, folder: str, log: logging.Logger
) -> None:
    """Write the page and the table of the assignment that is being autograded.

    Args:
        course: Whose exercises it has.
        coursedir: The course's folders.
        folder: Where to, relative to the course.
        log: Where it is said.
    """
    pages = Path(coursedir.root) / folder
    try:
        with reading(coursedir) as gradebook:
            facts = class_of(gradebook, coursedir, course, coursedir.assignment_id, pages)
        page = write_class(facts, pages, with_csv=True)
    except Exception as error:  # noqa: BLE001 - the marks are saved, and the page can be made later
        log.warning(
            "The page on the class was not written (%s: %s). Run: autograder report --class %s "
            "--html %s",
            *(type(error).__name__, error, coursedir.assignment_id, folder),
        )
        return
    log.info("The class at a glance: %s", page.resolve().as_uri())


def _answers(path: Path) -> str:
    try:
        content = read_submitted(path, size_limit(path.suffix))
    except (SubmissionError, OSError):
        return ""
    return answers_of(content, path.suffix)
