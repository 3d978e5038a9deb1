"""Where the repository lies, the course in it, and what its catalog says of data sets."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course.catalog import read_course
from autograder.judging import Check, Evidence
from autograder.judging.checks import checks_of

ROOT = Path(__file__).resolve().parents[2]
COURSE = read_course(ROOT)
#: The catalog's `[[data]]` entries, as they stand there: MNIST and Fashion-MNIST.
DATA_ENTRIES = (
    "[[data]]"
    + (ROOT / "exercises" / "catalog.toml").read_text(encoding="utf-8").partition("[[data]]")[2]
)


def copy_hidden(target: Path) -> None:
    """Copy the exercises' hidden folders into another course, without kept submissions."""
    leave = shutil.ignore_patterns("__pycache__", "submissions")
    shutil.copytree(ROOT / COURSE.hidden, target / COURSE.hidden, ignore=leave)


def checks(slug: str) -> tuple[Check, ...]:
    """Return the hidden checks of one of the course's exercises."""
    return checks_of(COURSE, slug)


def with_body(test: Callable[..., None], body: Callable[[Evidence], Any]) -> Callable[..., None]:
    """Return a hidden check of the same name, task and points that does something else."""

    @functools.wraps(test)
    def changed(evidence: Evidence) -> None:
        body(evidence)

    return changed


def evidence_of(slug: str, *given: Any) -> Evidence:
    """Return evidence of one of the course's exercises, with its calibration."""
    calibration = COURSE.folder(slug).calibration()
    return Evidence(*given, exercise=slug, calibration=calibration)
