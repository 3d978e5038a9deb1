"""Which course is used, in words, so that a wrong one is seen before the marks are."""

from __future__ import annotations

from pathlib import Path

from autograder import __version__
from autograder.course.catalog import CATALOG, COURSE_VARIABLE, Course


def described(course: Course, start: Path | None = None) -> str:
    """Return in one line which course this is, and why where it is not the one around `start`.

    Args:
        course: What `find_course(start)` returned.
        start: The folder where the search began (default: the working directory).
    """
    here = (start or Path.cwd()).resolve()
    if course.is_packaged:
        return (
            f"the one packaged with keras-course-autograder {__version__} "
            f"(no {CATALOG} in {here} or above)"
        )
    around = course.root in (here, *here.parents)
    return str(course.root) if around else f"{course.root} (named by {COURSE_VARIABLE})"
