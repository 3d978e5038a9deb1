"""The digest of what a course marks with, so that two reports can be told to be of one course."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autograder.course.catalog import CATALOG, Course


def course_digest(course: Course) -> str:
    """Return the SHA-256 of a course's catalog, probes, graders and calibrations, in hex.

    Kept submissions, mutants, texts and visible checks are no part of it: they mark nobody.
    """
    digest = hashlib.sha256()
    for path in (course.root / CATALOG, *_marking(course)):
        content = path.read_bytes()
        name = path.relative_to(course.root).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _marking(course: Course) -> list[Path]:
    """Return the files of the hidden folders that decide marks, in one order."""
    folders = [course.folder(slug) for slug in course.slugs]
    sources = [path for folder in folders for path in folder.path.glob("*.py")]
    measured = [folder.calibration_path for folder in folders if folder.calibration_path.is_file()]
    return sorted([*sources, *measured])
