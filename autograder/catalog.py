"""The course on disk: what `exercises/catalog.toml` lists, and where each exercise's files lie."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.records import Exercise, Limits

CATALOG = Path("exercises") / "catalog.toml"
COURSE_VARIABLE = "AUTOGRADER_COURSE"
# Filled when the wheel is built, so that an installed package can grade without a checkout.
PACKAGED_COURSE = Path(__file__).with_name("_course")

_SLUG = re.compile(r"ex\d\d_[a-z0-9_]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_REQUIRED = ("slug", "title", "tasks")
_OPTIONAL = ("data", "limits")


@dataclass(frozen=True, slots=True)
class Course:
    """A course directory and its exercises, in teaching order."""

    root: Path
    exercises: tuple[Exercise, ...]

    @property
    def slugs(self) -> tuple[str, ...]:
        """The exercises' names, in teaching order."""
        return tuple(exercise.slug for exercise in self.exercises)

    def exercise(self, slug: str) -> Exercise:
        """Return the exercise called `slug`, or raise a `CourseError` that lists the slugs."""
        for exercise in self.exercises:
            if exercise.slug == slug:
                return exercise
        raise CourseError(
            f"An exercise must be one of the catalog's: {', '.join(self.slugs)}. "
            f"Received: {slug!r}. Add it to {self.root / CATALOG}, or correct the name."
        )

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
        return self.root / "exercises" / "data" / f"{name}_sample.npz"

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
    here = (start or Path.cwd()).resolve()
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


def state_folder(root: Path) -> Path:
    """Return where what belongs to one copy of the course is kept: its secret and its store.

    It is `.autograder` of the course; for the course inside an installed package, a folder among
    the user's own state.
    """
    if root != PACKAGED_COURSE:
        return root / ".autograder"
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "keras-course"


def read_course(root: Path) -> Course:
    """Read the catalog of the course directory `root`."""
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
    _known(table, ("exercise",), str(path))
    entries = table.get("exercise", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CourseError(
            f"Exercises are written as `[[exercise]]`, with two brackets. "
            f"Received: {path} with another form. Add the second pair of brackets."
        )
    exercises = tuple(
        _exercise(entry, f"{path}, exercise {n}") for n, entry in enumerate(entries, 1)
    )
    _unique([exercise.slug for exercise in exercises], "slug", str(path))
    return Course(root=root, exercises=exercises)


def _exercise(entry: Mapping[str, Any], where: str) -> Exercise:
    _known(entry, (*_REQUIRED, *_OPTIONAL), where)
    for key in _REQUIRED:
        if key not in entry:
            raise CourseError(
                f"An exercise needs {', '.join(_REQUIRED)}. "
                f"Received: {where} without {key!r}. Add it."
            )
    slug = entry["slug"]
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise CourseError(
            f"A slug is `ex`, two digits, `_` and a lower-case name. "
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
    return Exercise(
        slug=slug,
        title=title,
        tasks=tasks,
        data=_names(entry.get("data", []), "data", where),
        limits=_limits(entry.get("limits", {}), where),
    )


def _names(value: object, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(name, str) and _NAME.fullmatch(name) for name in value
    ):
        raise CourseError(
            f"`{key}` is a list of lower-case names. Received: {where} with {value!r}. Correct it."
        )
    _unique(value, key, where)
    return tuple(value)


def _limits(value: object, where: str) -> Limits:
    if not isinstance(value, dict):
        raise CourseError(
            "Limits are a table, `[exercise.limits]`. "
            f"Received: {where} with {value!r}. Correct it."
        )
    kinds = {field.name: float if field.type == "float" else int for field in fields(Limits)}
    _known(value, tuple(kinds), f"{where}, limits")
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


def _known(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise CourseError(
            f"The known keys are {', '.join(keys)}. "
            f"Received: {where} with {', '.join(unknown)}. Remove or correct the key."
        )


def _unique(names: list[str], what: str, where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(
            f"Every {what} entry stands once. Received: {where} with {', '.join(twice)} twice. "
            "Remove one."
        )
