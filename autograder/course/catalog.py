"""The course on disk: what `exercises/catalog.toml` says, and where each exercise's files lie."""

from __future__ import annotations

import keyword
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from autograder.course.data_entries import data_entries
from autograder.course.exercise_folder import ExerciseFolder
from autograder.course.rules import check_keys, check_unique
from autograder.course.settings import read_settings
from autograder.datasets.spec import DatasetSpec
from autograder.errors import CourseError
from autograder.records import Exercise, Limits

CATALOG = Path("exercises") / "catalog.toml"
COURSE_VARIABLE = "AUTOGRADER_COURSE"
# Filled when the wheel is built, so that an installed package can grade without a checkout.
PACKAGED_COURSE = Path(__file__).parents[1] / "_course"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
#: How the names of released files of checks begin, which hold no student's work.
RELEASED = ("test_", "checks_")
_TAKEN = ("conftest", "course_checks", "data", "setup")
SLUG_RULE = (
    "a lower-case Python name, such as loops or week2_loops; it begins with neither "
    f"{' nor '.join(RELEASED)}, and is none of {', '.join(_TAKEN)}"
)
_REQUIRED = ("slug", "title", "tasks")
_OPTIONAL = ("data", "limits")


@dataclass(frozen=True, slots=True)
class Course:
    """A course directory and its exercises, in teaching order.

    Attributes:
        root: The directory.
        exercises: What the catalog lists.
        hidden: The folder of the exercises' hidden folders, relative to `root`.
        libraries: What every box has imported when it starts, such as "keras".
        state: The name of the folders that keep what belongs to the course on this machine,
            among a user's state and caches.
        quiet_cell: The source of the released notebooks' first cell; none if empty.
        data: The data sets that exercises use, by name, in the catalog's order.
    """

    root: Path
    exercises: tuple[Exercise, ...]
    hidden: Path = Path("graders")
    libraries: tuple[str, ...] = ()
    state: str = "autograder"
    quiet_cell: str = ""
    data: Mapping[str, DatasetSpec] = field(default_factory=dict, hash=False)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The exercises' names, in teaching order."""
        return tuple(exercise.slug for exercise in self.exercises)

    def exercise(self, slug: str) -> Exercise:
        """Return the exercise called `slug`.

        Raises:
            CourseError: The catalog has none of that name; the text lists those it has.
        """
        for exercise in self.exercises:
            if exercise.slug == slug:
                return exercise
        remedy = f"Add it to {self.root / CATALOG}, or correct the name."
        if self.is_packaged:  # which is not to be edited
            remedy = "Correct the name, or change to the directory of the course that has it."
        raise CourseError(
            f"An exercise must be one of the catalog's: {', '.join(self.slugs)}. "
            f"Received: {slug!r}. {remedy}"
        )

    @property
    def is_packaged(self) -> bool:
        """Whether it is the course inside the installed package, which is for grading alone."""
        return self.root == PACKAGED_COURSE

    @property
    def uses_keras(self) -> bool:
        """Whether the course's tasks are about Keras models."""
        return "keras" in self.libraries

    def folder(self, slug: str) -> ExerciseFolder:
        """The folder of what is hidden about an exercise."""
        return ExerciseFolder(slug, self.root / self.hidden / slug)

    def solution(self, slug: str) -> Path:
        """The authored file."""
        return self.root / "solutions" / slug / f"{slug}.py"

    def stub(self, slug: str) -> Path:
        """The file that a student fills in."""
        return self.root / "exercises" / slug / f"{slug}.py"

    def visible_tests(self, slug: str) -> Path:
        """The checks that a student runs."""
        return self.root / "exercises" / slug / f"test_{slug}.py"

    def sample(self, name: str) -> Path:
        """The bundled sample of the data set called `name`."""
        return self.root / self.data[name].sample_file

    def notebook(self, slug: str) -> Path:
        """nbgrader's source notebook."""
        return self.root / "source" / slug / f"{slug}.ipynb"


def find_course(start: Path | None = None) -> Course:
    """Return the course around `start` (default: the working directory).

    Looks for `exercises/catalog.toml` in `start` and its parents, then in the directory
    that the environment variable AUTOGRADER_COURSE names, then in the installed package.

    Raises:
        CourseError: There is no course, or its catalog is wrong.
    """
    try:
        here = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise CourseError(
            "The working folder must exist. Received: one that was removed. Change to another."
        ) from None
    for folder in (here, *here.parents):
        if (folder / CATALOG).is_file():
            return read_course(folder)
    named = os.environ.get(COURSE_VARIABLE)
    if named:
        return read_course(Path(named).resolve())
    if (PACKAGED_COURSE / CATALOG).is_file():
        return read_course(PACKAGED_COURSE)
    raise CourseError(
        f"A course is a directory that holds {CATALOG}. "
        f"Received: {here}, where neither it nor a parent does. "
        f"Change to the course directory, or set {COURSE_VARIABLE} to it."
    )


def read_course(root: Path) -> Course:
    """Read the catalog of the course directory `root`.

    Raises:
        CourseError: There is no catalog, or an entry of it is wrong.
    """
    path = root / CATALOG
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"A course is a directory that holds {CATALOG}. Received: {root}, which does not. "
            f"Correct {COURSE_VARIABLE}, or create the file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(
            f"The catalog must be TOML in UTF-8. Received: {path}: {error}. Correct that place."
        ) from error
    check_keys(table, ("course", "exercise", "data"), str(path))
    entries = table.get("exercise", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CourseError(
            f"Exercises are written as `[[exercise]]`, with two brackets. "
            f"Received: {path} with another form. Add the second pair of brackets."
        )
    data = data_entries(table.get("data", []), str(path))
    exercises = tuple(
        _exercise(entry, data, f"{path}, exercise {n}") for n, entry in enumerate(entries, 1)
    )
    check_unique([exercise.slug for exercise in exercises], "slug", str(path))
    settings = read_settings(table.get("course", {}), path)
    return Course(root=root, exercises=exercises, data=data, **settings)


def is_slug(name: str) -> bool:
    """Whether an exercise may be called so: its files are modules, and no released ones."""
    is_free = name not in _TAKEN and not name.startswith(RELEASED)
    return bool(_NAME.fullmatch(name)) and not keyword.iskeyword(name) and is_free


def _exercise(entry: Mapping[str, Any], data: Mapping[str, DatasetSpec], where: str) -> Exercise:
    check_keys(entry, (*_REQUIRED, *_OPTIONAL), where)
    for key in _REQUIRED:
        if key not in entry:
            raise CourseError(
                f"An exercise needs {', '.join(_REQUIRED)}. "
                f"Received: {where} without {key!r}. Add it."
            )
    slug = entry["slug"]
    if not isinstance(slug, str) or not is_slug(slug):
        raise CourseError(
            f"A slug is {SLUG_RULE}. "
            f"Received: {where} with slug {slug!r}. Rename the exercise and its folders."
        )
    where = f"{where} ({slug})"
    title = entry["title"]
    if not isinstance(title, str) or not title.strip():
        raise CourseError(f"A title is text. Received: {where} with {title!r}. Write one.")
    tasks = _names(entry["tasks"], "tasks", where)
    if not tasks:
        raise CourseError(
            f"An exercise has at least one task. Received: {where} with none. Add one."
        )
    names = _names(entry.get("data", []), "data", where)
    if unknown := [name for name in names if name not in data]:
        raise CourseError(
            f"`data` names data sets of the catalog, which has {', '.join(data) or 'none'}. "
            f"Received: {where} with {', '.join(unknown)}. Add a `[[data]]` entry, or correct it."
        )
    return Exercise(
        slug=slug,
        title=title,
        tasks=tasks,
        data=names,
        limits=_limits(entry.get("limits", {}), where),
    )


def _names(value: object, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(name, str) and _NAME.fullmatch(name) for name in value
    ):
        raise CourseError(
            f"`{key}` is a list of lower-case names. Received: {where} with {value!r}. Correct it."
        )
    check_unique(value, key, where)
    return tuple(value)


def _limits(value: object, where: str) -> Limits:
    if not isinstance(value, dict):
        raise CourseError(
            "Limits are a table, `[exercise.limits]`. "
            f"Received: {where} with {value!r}. Correct it."
        )
    kinds = {field.name: float if field.type == "float" else int for field in fields(Limits)}
    check_keys(value, tuple(kinds), f"{where}, limits")
    checked: dict[str, Any] = {}
    for name, amount in value.items():
        right_kind = isinstance(amount, (int, float) if kinds[name] is float else int)
        if isinstance(amount, bool) or not right_kind or not 0 < amount < 10**9:
            noun = "number" if kinds[name] is float else "whole number"
            raise CourseError(
                f"The limit `{name}` is a positive {noun}, below a thousand million. "
                f"Received: {where} with {amount!r}. Correct it."
            )
        checked[name] = kinds[name](amount)
    return Limits(**checked)
