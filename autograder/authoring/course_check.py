"""What `autograder check` proves about a course before any student sees it."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder.authoring import golden, render
from autograder.authoring.calibration_state import calibration_problems
from autograder.authoring.examples import stale_problems
from autograder.authoring.imported_package import package_problems
from autograder.authoring.kept_submissions import (
    golden_engine,
    grade_kept,
    hidden_problems,
    seed_problems,
)
from autograder.authoring.lost_checks import lost_problems
from autograder.authoring.seen_at_home import lost_tasks, unseen_problems
from autograder.authoring.visible_check import visible_problems
from autograder.authoring.visible_plugin import plugin_files
from autograder.course.catalog import Course
from autograder.datasets import registry
from autograder.errors import CourseError
from autograder.judging.checks import checks_of
from autograder.records import Status

Progress = Callable[[str], None]

#: From how many seeds besides the golden one the solutions' hidden inputs are drawn.
SEEDS = 2


def check(
    course: Course,
    slugs: Sequence[str],
    progress: Progress = lambda line: None,
    seeds: int = SEEDS,
) -> list[str]:
    """Return every contradiction between catalog, solutions, graders, stubs and submissions.

    Args:
        course: The course's checkout.
        slugs: The exercises to look at; all of the catalog if empty.
        progress: Called with one line for each step.
        seeds: From how many seeds besides the golden one the solutions' inputs are drawn.

    Raises:
        CourseError: A file of the course cannot be read.
        DataError: The sample of a data set is missing, or not the catalog's.
    """
    chosen = list(slugs) or list(course.slugs)
    problems = package_problems(course)
    problems += [] if slugs else folder_problems(course)
    problems += file_problems(course, chosen)
    if problems:  # what is not there, or another's, can neither be rendered nor graded
        return problems
    for slug in chosen:
        must_be_python(course.solution(slug))
        must_be_python(course.visible_tests(slug))
        for name in course.exercise(slug).data:
            registry.load(name, golden.PROFILE, course=course)
            registry.must_carry_the_published(name, course=course)
    problems += task_problems(course, chosen)
    names_fit = not problems
    for slug in chosen:
        problems += calibration_problems(course, slug) + stale_problems(course, slug)
    progress("renders")
    try:
        problems += render_problems(course, chosen)
    except CourseError as error:
        if names_fit:  # else it says again that a task has no check
            problems.append(str(error))

    def visible(slug: str) -> list[str]:
        progress(f"{slug}: visible checks")
        return visible_problems(course, slug)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # each is a process of its own
        for found in pool.map(visible, chosen):
            problems += found
    sound = []
    with golden_engine(course) as engine:
        for slug, reports in grade_kept(course, chosen, progress, engine).items():
            problems += hidden_problems(course, slug, reports)
            if any(verdict.status is not Status.PASSED for verdict in reports["solution"].verdicts):
                continue  # what it loses, its mutants lose as well, and it with other seeds
            sound.append(slug)
            progress(f"{slug}: what each check catches")
            problems += lost_problems(course, slug, reports, engine.sandbox)
            progress(f"{slug}: visible checks of the kept submissions")
            lost = {name: lost_tasks(report) for name, report in reports.items()}
            problems += unseen_problems(course, slug, lost)
        return problems + seed_problems(course, sound, seeds, progress, engine.sandbox)


def points(course: Course, slugs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the points of each task, summed over the graders' checks."""
    return {slug: task_points(course, slug) for slug in slugs}


def task_points(course: Course, slug: str) -> dict[str, int]:
    """Return the points of each task of one exercise."""
    sums: dict[str, int] = {}
    for check in checks_of(course, slug):
        sums[check.task] = sums.get(check.task, 0) + check.points
    return sums


def render_problems(course: Course, slugs: Sequence[str]) -> list[str]:
    """Return the generated files that are missing or stale.

    Raises:
        CourseError: The exercises cannot be rendered.
    """
    stale = render.drift(render.render(course, slugs, points(course, slugs)))
    shared = plugin_files(course)
    sources = ((path, "package" if path in shared else "solution") for path in stale)
    return [
        f"{path} is not what the {source} renders: run `autograder render`."
        for path, source in sources
    ]


def folder_problems(course: Course) -> list[str]:
    """Return the folders that the catalog does not know, and entries without a folder."""
    problems = []
    places = [("exercises", ".py"), ("solutions", ".py"), ("source", ".ipynb")]
    for place, suffix in (*places, (course.hidden.as_posix(), "")):
        folders = _folders(course.root / place, suffix)
        problems += [f"{place}/{name} is not in the catalog." for name in folders - {*course.slugs}]
        problems += [f"{place}/{name} is missing." for name in {*course.slugs} - folders]
    return sorted(problems)


def _folders(base: Path, suffix: str) -> set[str]:
    """Return the folders in `base` that are an exercise's: each holds a file of its own name."""
    folders = [path for path in base.glob("[!._]*") if path.is_dir()]
    if not suffix:
        return {path.name for path in folders}
    return {path.name for path in folders if (path / f"{path.name}{suffix}").is_file()}


def file_problems(course: Course, slugs: Sequence[str]) -> list[str]:
    """Return the hand-written files that an exercise needs and does not have."""
    problems = []
    for slug in slugs:
        paths = [course.solution(slug), course.visible_tests(slug)]
        paths += [course.folder(slug).grader_path, course.folder(slug).probe_path]
        problems += [f"{slug}: {path} is missing." for path in paths if not path.is_file()]
    return problems


def must_be_python(path: Path) -> None:
    """Raise a `CourseError` with the line of a file that is no Python."""
    try:
        ast.parse(path.read_bytes(), str(path))
    except (OSError, SyntaxError, ValueError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) else ""
        what = error.msg if isinstance(error, SyntaxError) else error
        raise CourseError(
            f"An author's file must be Python. Received: {path}{line}: {what}. Correct that line."
        ) from error


def task_problems(course: Course, slugs: Sequence[str]) -> list[str]:
    """Return tasks without a hidden check or a question, checks of unknown ones, and imports.

    Raises:
        CourseError: A grader or a probe cannot be read.
    """
    problems = []
    for slug in slugs:
        tasks = course.exercise(slug).tasks
        checked = {check.task for check in checks_of(course, slug)}
        grader, probe_path = course.folder(slug).grader_path, course.folder(slug).probe_path
        problems += [
            f"{slug}: task {task} has no hidden check. Write one: {grader}."
            for task in tasks
            if task not in checked
        ]
        problems += [
            f"{slug}: a check is for the unknown task {task}." for task in checked - {*tasks}
        ]
        course.folder(slug).probe()  # that it loads is claimed with its line
        probe = ast.parse(course.folder(slug).probe_source())
        problems += [
            f"{slug}: a probe's file goes into the box alone, and finds of this package "
            f"autograder.guest.probing there. Received: {probe_path}, line "
            f"{line}, which imports {module}. Move what it needs into the probe."
            for line, module in _missing_in_boxes(probe)
        ]
        questions = {
            node.name.removeprefix("ask_")
            for node in probe.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("ask_")
        }
        problems += [
            f"{slug}: the probe has no ask_{task}. Write it: {probe_path}."
            for task in tasks
            if task not in questions
        ]
        problems += [
            f"{slug}: the probe asks for the unknown task {task}." for task in questions - {*tasks}
        ]
    return problems


def _missing_in_boxes(probe: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of what a probe imports and no box has."""
    for node in ast.walk(probe):
        if isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            names = [name] if node.level or name != "autograder.guest" else []
            names += [f"{name}.{one.name}" for one in node.names] if not names else []
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        else:
            continue
        for name in names:
            foreign = name.split(".")[0] in ("autograder", "")
            if foreign and not f"{name}.".startswith("autograder.guest.probing."):
                yield node.lineno, name
