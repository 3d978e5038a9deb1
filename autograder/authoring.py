"""What `autograder check` proves about a course before any student sees it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

from autograder import golden, render
from autograder.catalog import Course
from autograder.checks import collect
from autograder.engine import Engine
from autograder.errors import CourseError
from autograder.records import Report, Status, Submission

Progress = Callable[[str], None]

_RIGHT_LEAST, _WRONG_LEAST = 4, 8
_SOLUTIONS = ("solution", "solution as a notebook")


def check(
    course: Course, slugs: Sequence[str], progress: Progress = lambda line: None
) -> list[str]:
    """Return every contradiction between catalog, solutions, graders, stubs and submissions.

    Args:
        course: The course's checkout.
        slugs: The exercises to look at; all of the catalog if empty.
        progress: Called with one line for each step.
    """
    chosen = list(slugs) or list(course.slugs)
    problems = [] if slugs else folder_problems(course)
    problems += file_problems(course, chosen)
    if problems:  # what is not there can neither be rendered nor graded
        return problems
    problems += task_problems(course, chosen)
    progress("renders")
    try:
        stale = render.drift(render.render(course, chosen, points(chosen)))
        problems += [
            f"{path} is not what the solution renders: run `autograder render`." for path in stale
        ]
    except CourseError as error:
        problems.append(str(error))
    for slug in chosen:
        progress(f"{slug}: visible checks")
        problems += visible_problems(course, slug)
    for slug, reports in grade_kept(course, chosen, progress).items():
        problems += hidden_problems(course, slug, reports)
    return problems


def points(slugs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the points of each task, summed over the graders' checks."""
    return {slug: task_points(slug) for slug in slugs}


def task_points(slug: str) -> dict[str, int]:
    """Return the points of each task of one exercise."""
    sums: dict[str, int] = {}
    for one in collect(slug):
        sums[one.task] = sums.get(one.task, 0) + one.points
    return sums


def folder_problems(course: Course) -> list[str]:
    """Return the folders that the catalog does not know, and entries without a folder."""
    problems = []
    for place in ("exercises", "solutions", "source", "tests/submissions"):
        base = course.root / place
        folders = {path.name for path in base.glob("ex*") if path.is_dir()}
        problems += [f"{place}/{name} is not in the catalog." for name in folders - {*course.slugs}]
        problems += [f"{place}/{name} is missing." for name in {*course.slugs} - folders]
    package = Path(__file__).parent
    for place, prefix in (("graders", "test_"), ("probes", "")):
        names = {
            path.stem.removeprefix(prefix) for path in (package / place).glob(f"{prefix}ex*.py")
        }
        problems += [f"{place}/{name} is not in the catalog." for name in names - {*course.slugs}]
        problems += [f"{place}/{name} is missing." for name in {*course.slugs} - names]
    return sorted(problems)


def file_problems(course: Course, slugs: Sequence[str]) -> list[str]:
    """Return the hand-written files that an exercise needs and does not have."""
    package = Path(__file__).parent
    problems = []
    for slug in slugs:
        paths = [course.solution(slug), course.visible_tests(slug)]
        paths += [package / "graders" / f"test_{slug}.py", package / "probes" / f"{slug}.py"]
        problems += [f"{slug}: {path} is missing." for path in paths if not path.is_file()]
    return problems


def task_problems(course: Course, slugs: Sequence[str]) -> list[str]:
    """Return tasks without a hidden check or a question, and checks of unknown tasks."""
    problems = []
    for slug in slugs:
        tasks = course.exercise(slug).tasks
        checked = {one.task for one in collect(slug)}
        problems += [
            f"{slug}: task {task} has no hidden check." for task in tasks if task not in checked
        ]
        problems += [
            f"{slug}: a check is for the unknown task {task}." for task in checked - {*tasks}
        ]
        probe = Path(__file__).parent / "probes" / f"{slug}.py"
        asked = {
            node.name.removeprefix("ask_")
            for node in ast.parse(probe.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("ask_")
        }
        problems += [f"{slug}: the probe has no ask_{task}." for task in tasks if task not in asked]
        problems += [
            f"{slug}: the probe asks for the unknown task {task}." for task in asked - {*tasks}
        ]
    return problems


def visible_problems(course: Course, slug: str) -> list[str]:
    """Run the visible checks: on the stub each fails, on the solution each passes."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "exercises"
        keep = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(course.root / "exercises", copy, ignore=keep)
        passed, total, told = _run_visible(copy, slug)
        if passed or not total:
            problems.append(
                f"{slug}: {passed} of {total} visible checks pass on the untouched stub."
            )
        shutil.copy(course.solution(slug), copy / slug / f"{slug}.py")
        passed, total, told = _run_visible(copy, slug)
        if passed != total or not total:
            problems.append(
                f"{slug}: {passed} of {total} visible checks pass on the solution.\n{told}"
            )
    return problems


def _run_visible(exercises: Path, slug: str) -> tuple[int, int, str]:
    """Return how many visible checks passed, how many there are, and what pytest printed."""
    xml = exercises / "visible.xml"
    xml.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "pytest", slug, f"--junit-xml={xml}", "-p", "no:cacheprovider"]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(argv, cwd=exercises, env=env, capture_output=True, text=True, check=False)
    if not xml.is_file():
        return 0, 0, done.stdout + done.stderr
    tree = ET.parse(xml)  # noqa: S314 - pytest has just written it
    cases = tree.getroot().iter("testcase")
    outcomes = [len(case) == 0 for case in cases]
    return sum(outcomes), len(outcomes), done.stdout[-3000:]


def grade_kept(
    course: Course, slugs: Sequence[str], progress: Progress = lambda line: None
) -> dict[str, dict[str, Report]]:
    """Grade stub, solution and every kept submission; reports by slug and file name."""
    submissions = []
    for slug in slugs:
        paths = [("stub", course.stub(slug)), ("solution", course.solution(slug))]
        # A notebook's other cells count in parts: what the answers need of them must be kept.
        paths.append(("solution as a notebook", course.notebook(slug)))
        paths += [(path.name, path) for path in golden.files(course.root, slug)]
        submissions += [
            Submission(f"{slug}/{name}", slug, path.read_bytes(), path.suffix)
            for name, path in paths
        ]
    with _golden_seed(), Engine(course, data_profile=golden.PROFILE) as engine:
        reports = engine.grade_all(submissions, lambda report: progress(f"graded {report.path}"))
    found: dict[str, dict[str, Report]] = {slug: {} for slug in slugs}
    for report in reports:
        found[report.exercise][report.path.partition("/")[2]] = report
    return found


def hidden_problems(course: Course, slug: str, reports: Mapping[str, Report]) -> list[str]:
    """Return what stub, solution and kept submissions of one exercise got and should not."""
    problems = []
    if earned := sum(verdict.points for verdict in reports["stub"].verdicts):
        problems.append(f"{slug}: the untouched stub earns {earned} hidden points.")
    problems += [
        f"{slug}: the {name} gets {v.status} in {v.check.name}: {v.message}\n{v.trace}"
        for name in _SOLUTIONS
        for v in reports[name].verdicts
        if v.status is not Status.PASSED
    ]
    kept = golden.read(course.root, slug)
    for name, report in reports.items():
        if name in ("stub", *_SOLUTIONS):
            continue
        problems += [f"{slug}/{line}" for line in golden.differences(name, report, kept)]
        full = all(verdict.status is Status.PASSED for verdict in report.verdicts)
        if name.startswith("right_") and not full:
            problems.append(f"{slug}/{name} is right and must get full points.")
        if name.startswith("wrong_") and full:
            problems.append(f"{slug}/{name} is wrong and must lose a point.")
        if not name.startswith(("right_", "wrong_")):
            problems.append(f"{slug}/{name} must be named right_* or wrong_*.")
    for kind, least in (("right_", _RIGHT_LEAST), ("wrong_", _WRONG_LEAST)):
        count = sum(name.startswith(kind) for name in reports)
        if count < least:
            problems.append(f"{slug}: {least} {kind}* submissions are wanted. Received: {count}.")
    missing = sorted(kept.keys() - reports.keys())
    problems += [f"{slug}/{name} has a golden report but no file." for name in missing]
    return problems


def accept(course: Course, slugs: Sequence[str], progress: Progress = lambda line: None) -> None:
    """Write the golden reports of the kept submissions as they come out now."""
    chosen = list(slugs) or list(course.slugs)
    for slug, reports in grade_kept(course, chosen, progress).items():
        kept = [(name, one) for name, one in reports.items() if name not in ("stub", *_SOLUTIONS)]
        golden.write(course.root, slug, kept)


@contextmanager
def _golden_seed() -> Iterator[None]:
    before = os.environ.get("AUTOGRADER_SEED")
    os.environ["AUTOGRADER_SEED"] = golden.SEED
    try:
        yield
    finally:
        if before is None:
            del os.environ["AUTOGRADER_SEED"]
        else:
            os.environ["AUTOGRADER_SEED"] = before
