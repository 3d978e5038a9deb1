"""The first cell of code in every released notebook."""

from __future__ import annotations

from autograder.course.catalog import Course

#: `nbgrader validate` gives a cell 30 seconds. Cells that show something lie under
#: `if __name__ == "__main__":`, and some of them train a model again.
ONLY_CHECKS = """\
# `nbgrader validate` runs the checks, and leaves out what the notebook shows between them.
import os

if os.environ.get("NBGRADER_EXECUTION") == "validate":
    __name__ = "validated"\
"""


def first_cell(course: Course) -> str:
    """Return the source of that cell: the course's own quiet cell, and what validation needs."""
    return f"{course.quiet_cell}\n\n{ONLY_CHECKS}" if course.quiet_cell else ONLY_CHECKS
