"""The course that a command is about, said in one line on standard error."""

from __future__ import annotations

import sys

from autograder.course.catalog import CATALOG, COURSE_VARIABLE, Course, find_course
from autograder.course.described import described
from autograder.errors import CourseError


def course_in_use(*, quiet: bool = False) -> Course:
    """Return the course of the working folder, and say which one it is.

    Args:
        quiet: Say it only of the packaged course, which the user neither named nor stands in.

    Raises:
        CourseError: There is no course, or its catalog is wrong.
    """
    course = find_course()
    if not quiet or course.is_packaged:
        print(f"autograder: course: {described(course)}", file=sys.stderr, flush=True)
    return course


def course_to_author() -> Course:
    """Return the course of the working folder, which is to be written, and say which one it is.

    Raises:
        CourseError: As above; or it is the installed one, which holds no solutions.
    """
    course = course_in_use()
    if course.is_packaged:
        raise CourseError(
            "A course is authored in its own directory. Received: the packaged one, which is "
            f"installed for grading alone. Change to the directory that holds {CATALOG}, or set "
            f"{COURSE_VARIABLE} to it."
        )
    return course
