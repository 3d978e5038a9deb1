"""Tells the notebooks that the engine marks from others in the same assignment."""

from __future__ import annotations

import logging
from typing import Any

from autograder.course.catalog import CATALOG, Course
from autograder.edges.nbgrader.repair import gradebook_of

Resources = dict[str, Any]


def is_exercise(
    course: Course, resources: Resources, log: logging.Logger, *, stock: bool = False
) -> bool:
    """Return whether the engine marks a notebook; what becomes of another is said in the log.

    Args:
        course: Whose exercises the engine marks.
        resources: nbgrader's, with the notebook's names.
        log: Where it is said.
        stock: Whether nbgrader marks the others, rather than a person.
    """
    names = resources["nbgrader"]
    if names["notebook"] in course.slugs:
        return True
    if stock:
        log.info(
            "%s is no exercise of the course: it is run in nbgrader's kernel", label_of(resources)
        )
        return False
    log.warning("%s is no exercise of the course: it is left for a person", label_of(resources))
    with gradebook_of(resources) as gradebook:
        notebooks = {book.name for book in gradebook.find_assignment(names["assignment"]).notebooks}
    if notebooks.isdisjoint(course.slugs):  # more likely a mistake than meant
        where = "the catalog" if course.is_packaged else course.root / CATALOG
        add = "change to a course that has it" if course.is_packaged else "add it to the catalog"
        log.error(
            "A notebook is graded by the exercise of its name in %s. Received: notebook '%s' of "
            "assignment '%s'; the catalog has %s. Rename the notebook, %s, or set "
            'c.GradeSubmission.others = "stock".',
            *(where, names["notebook"], names["assignment"], ", ".join(course.slugs), add),
        )
    return False


def label_of(resources: Resources) -> str:
    """Return how a student's notebook is named in the log."""
    names = resources["nbgrader"]
    return f"{names['student']}/{names['assignment']}/{names['notebook']}"
