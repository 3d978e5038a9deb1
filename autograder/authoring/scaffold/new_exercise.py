"""A new exercise from the templates of its tasks: all that it needs to pass the course's check."""

from __future__ import annotations

import keyword
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from autograder.authoring import course_check, kept_submissions, render
from autograder.authoring.scaffold.templates import PARTS, TaskTemplate, read_template, rendered
from autograder.course.catalog import CATALOG, SLUG_RULE, Course, is_slug, read_course
from autograder.errors import CourseError, UsageError

Progress = Callable[[str], None]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def new_exercise(
    course: Course,
    slug: str,
    tasks: Sequence[str],
    title: str = "",
    progress: Progress = lambda line: None,
) -> Course:
    """Write an exercise of template tasks, render it, and keep the reports of its submissions.

    Nothing is left of it if that fails.

    Args:
        course: The course that gets it.
        slug: Its name.
        tasks: What its tasks are about, in order: a kind of template each, or `kind=name`.
        title: Its title; that of its first task's template if empty.
        progress: Called with one line for each step.

    Returns:
        The course with the exercise.

    Raises:
        UsageError: The name, a kind or a task's name is none, or taken.
        CourseError: A file of the exercise is there already.
    """
    _must_be_new(course, slug)
    templates = _named(course, tasks)
    names = list(templates)
    title = title.strip() or next(iter(templates.values())).title
    files = exercise_files(course, slug, title, templates)
    with _all_or_nothing(course, slug):
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        entry = rendered("course/exercise.toml", slug=slug, title=title, tasks=names)
        catalog = course.root / CATALOG
        catalog.write_text(catalog.read_text(encoding="utf-8").rstrip("\n") + "\n" + entry, "utf-8")
        course = read_course(course.root)
        progress("renders")
        render.write(render.render(course, [slug], course_check.points(course, [slug])))
        kept_submissions.accept(course, [slug], progress)
    return course


def exercise_files(
    course: Course, slug: str, title: str, templates: Mapping[str, TaskTemplate]
) -> dict[Path, str]:
    """Return the text of each file that is written by hand in an exercise of these tasks."""
    parts = {
        name: [
            rendered(f"{template.folder}/{name}", task=task).rstrip("\n")
            for task, template in templates.items()
        ]
        for name in PARTS
    }
    each = templates.values()
    folder = course.folder(slug)
    solution = rendered(
        "exercise/solution.py",
        title=title,
        slug=slug,
        imports=_together(template.imports for template in each),
        parts=parts["solution.py"],
    )
    return {
        course.solution(slug): solution,
        course.visible_tests(slug): rendered(
            "exercise/visible.py", slug=slug, parts=parts["visible.py"]
        ),
        folder.probe_path: rendered(
            "exercise/probe.py", slug=slug, tasks=list(templates), parts=parts["probe.py"]
        ),
        folder.grader_path: rendered(
            "exercise/grader.py",
            slug=slug,
            libraries=_together(template.grader_libraries for template in each),
            names=_together(template.judging for template in each),
            parts=parts["grader.py"],
        ),
        folder.path / "mutants.toml": rendered(
            "exercise/mutants.toml", parts=parts["mutants.toml"]
        ),
    }


def _must_be_new(course: Course, slug: str) -> None:
    if not is_slug(slug):
        raise UsageError(f"An exercise's name is {SLUG_RULE}. Received: {slug!r}. Choose another.")
    if slug in course.slugs:
        raise UsageError(
            f"An exercise's name is new. Received: {slug!r}, which the catalog has. Choose another."
        )


def _named(course: Course, tasks: Sequence[str]) -> dict[str, TaskTemplate]:
    """Return the templates by the names of their tasks."""
    templates: dict[str, TaskTemplate] = {}
    for text in tasks:
        kind, _, name = text.partition("=")
        template = read_template(kind, course)
        name = name or template.task
        if not _IDENTIFIER.fullmatch(name) or keyword.iskeyword(name):
            raise UsageError(
                "A task's name is that of its function, in lower case. "
                f"Received: {name!r}. Choose another."
            )
        if name in templates:
            raise UsageError(
                f"A task's name is its own. Received: {name!r} twice. "
                f"Give one another name: --task {kind}=NAME."
            )
        templates[name] = template
    return templates


def _together(groups: Iterable[Sequence[str]]) -> list[str]:
    """Return what several tasks import, each once, in the order that linters want."""
    names = {name for group in groups for name in group}
    return sorted(names, key=lambda name: (name.startswith("from "), name))


@contextmanager
def _all_or_nothing(course: Course, slug: str) -> Iterator[None]:
    """Remove an exercise that could not be finished, and its entry in the catalog."""
    folders = [course.solution(slug).parent, course.stub(slug).parent]
    folders += [course.notebook(slug).parent, course.folder(slug).path]
    for path in folders:
        if path.exists():
            raise CourseError(
                f"A new exercise writes over nothing. Received: {path}, which is there. "
                "Move it away, or choose another name."
            )
    catalog = course.root / CATALOG
    earlier = catalog.read_bytes()
    try:
        yield
    except BaseException:  # an interruption too leaves the course as it was
        catalog.write_bytes(earlier)
        for path in folders:
            shutil.rmtree(path, ignore_errors=True)
        raise
