"""The first cell of code in every released notebook, and the file of checks beside it."""

from __future__ import annotations

from autograder.course.catalog import Course

#: `nbgrader validate` gives a cell 30 seconds. Cells that show something lie under
#: `if __name__ == "__main__":`, and some of them train a model again.
_TEXT = """\
# `nbgrader validate` runs the checks, and leaves out what the notebook shows between them.
import os
from pathlib import Path

if os.environ.get("NBGRADER_EXECUTION") == "validate":
    __name__ = "validated"
if not Path("{checks}.py").is_file():
    print("The check cells need {checks}.py, which was released beside this notebook.")
    print("Put it into the notebook's folder; in Colab or Kaggle, upload it.")"""


def checks_module(slug: str) -> str:
    """Return the name under which an exercise's notebook imports its checks."""
    return f"checks_{slug}"


def first_cell(course: Course, slug: str) -> str:
    """Return the source of that cell: the course's own quiet cell, and what the checks need."""
    text = _TEXT.format(checks=checks_module(slug))
    return f"{course.quiet_cell}\n\n{text}" if course.quiet_cell else text
