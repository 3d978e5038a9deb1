"""A new course: a catalog, one small exercise, nbgrader's settings, and what to read first."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from autograder import __version__
from autograder.authoring.scaffold.new_exercise import Progress, new_exercise
from autograder.authoring.scaffold.templates import read_template, rendered
from autograder.course.catalog import CATALOG, Course, read_course
from autograder.errors import UsageError

#: The first exercise's name.
SLUG = "ex01_first_steps"
#: Kinds of courses: what boxes have imported, and what the first exercise's task is about.
LIBRARIES: Mapping[str, tuple[str, ...]] = {"numpy": ("numpy",), "keras": ("keras",)}
_FIRST_TASK: Mapping[str, str] = {"numpy": "array", "keras": "build"}


def new_course(
    folder: Path, kind: str, title: str = "", progress: Progress = lambda line: None
) -> Course:
    """Write a course that passes its own check.

    Nothing is left of it if that fails.

    Args:
        folder: Where: a folder that is empty, or not there yet.
        kind: "numpy" or "keras".
        title: Its title; made of the folder's name if empty.
        progress: Called with one line for each step.

    Returns:
        The course.

    Raises:
        UsageError: The folder is in use.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "A new course is written into a folder that is empty or not there yet. "
            f"Received: {folder}, which is in use. Name another."
        )
    was_there = folder.is_dir()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-._") or "course"
    title = title.strip() or name.replace("-", " ").replace("_", " ").capitalize()
    try:
        course = _write(folder, kind, name, title)
        return new_exercise(course, SLUG, [_FIRST_TASK[kind]], progress=progress)
    except BaseException:  # an interruption too leaves nothing behind
        for path in folder.iterdir() if was_there else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not was_there:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(folder: Path, kind: str, name: str, title: str) -> Course:
    catalog = rendered("course/catalog.toml", libraries=LIBRARIES[kind], name=name)
    _put(folder / CATALOG, catalog)
    course = read_course(folder)
    packages = read_template(_FIRST_TASK[kind], course).packages
    words = {"name": name, "title": title, "slug": SLUG, "version": __version__}
    for path, template in (
        ("README.md", "README.md"),
        ("nbgrader_config.py", "nbgrader_config.py"),
        (".gitignore", "gitignore"),
        ("requirements.txt", "requirements.txt"),
        (".github/workflows/course.yml", "workflow.yml"),
        ("exercises/README.md", "exercises.md"),
        (f"{course.hidden.as_posix()}/conftest.py", "graders_conftest.py"),
    ):
        _put(folder / path, rendered(f"course/{template}", packages=packages, **words))
    return course


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
