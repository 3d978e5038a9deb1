"""The templates of courses and tasks, and what each task needs from its exercise's files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from autograder.course.catalog import Course
from autograder.errors import UsageError

_FOLDER = Path(__file__).parents[1] / "templates"
# What a template writes is source for its author, and no page: nothing is to be escaped.
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701
    trim_blocks=True,
    keep_trailing_newline=True,
)
#: What a task can be about, and the sentence that `--help` has for it.
KINDS: Mapping[str, str] = {
    "array": "a function from array to array",
    "plot": "a Matplotlib figure",
    "train": "a training, of scikit-learn or Keras as the course has it",
    "build": "a Keras model",
}
#: The files of a task's template that are parts of its exercise's files.
PARTS = ("solution.py", "probe.py", "grader.py", "visible.py", "mutants.toml")


@dataclass(frozen=True, slots=True)
class TaskTemplate:
    """A task's template.

    Attributes:
        folder: Its place among the templates.
        title: What an exercise of this task alone is called.
        task: The task's name where the author gives none.
        imports: What its solution imports, a statement each.
        grader_libraries: What its checks import beside the judging.
        judging: What its checks import from `autograder.judging`.
        packages: What students install for it.
    """

    folder: str
    title: str
    task: str
    imports: Sequence[str]
    grader_libraries: Sequence[str]
    judging: Sequence[str]
    packages: Sequence[str]


def rendered(template: str, **words: Any) -> str:
    """Return a template's text, filled in.

    Args:
        template: Its path among the templates, without `.j2`.
        words: What it asks for.
    """
    return _ENVIRONMENT.get_template(f"{template}.j2").render(**words)


def read_template(kind: str, course: Course) -> TaskTemplate:
    """Return the template of a kind of task, as it fits the course.

    Raises:
        UsageError: There is no such kind, or the course has not the library for it.
    """
    if kind not in KINDS:
        raise UsageError(
            f"A task is of one of these kinds: {', '.join(KINDS)}. Received: {kind!r}. "
            "Choose one; `--task KIND=NAME` gives the task a name of its own."
        )
    folder = f"tasks/{kind}"
    if kind == "build":
        folder += "_keras"
    if kind == "train":
        folder += "_keras" if course.uses_keras else "_sklearn"
    table = tomllib.loads((_FOLDER / folder / "task.toml").read_text(encoding="utf-8"))
    needs = table.pop("needs", None)
    if needs and needs not in course.libraries:
        raise UsageError(
            f"A task of the kind {kind!r} needs {needs} among the course's libraries. "
            f"Received: {', '.join(course.libraries) or 'none'}. "
            f'Add "{needs}" to `libraries` in the catalog, or choose another kind.'
        )
    return TaskTemplate(folder, **table)
