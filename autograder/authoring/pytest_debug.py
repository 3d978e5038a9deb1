"""A pytest plugin for authors: hidden checks over real submissions, with pytest's own traces.

`pytest autograder/graders --submission PATH` runs the submission in a box once, and gives
what it answered to the checks of its exercise; `-k`, `-x`, `--pdb` and the rest work as ever. A
kept submission may be named as `autograder check` names it, `SLUG/NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring.kept import kept_one
from autograder.course.catalog import Course, find_course
from autograder.course.described import described
from autograder.engine import Engine
from autograder.errors import AutograderError, CourseError
from autograder.evidence.evidence import Evidence
from autograder.judging.pytest_judge import check_of, loaded
from autograder.records import Submission
from autograder.submission.discovery import find_submissions

_SUBMISSIONS = pytest.StashKey[list[Submission]]()
_HINT = "Hidden checks ask a submission. Received: none. Give --submission PATH."


class Bench:
    """One engine, and the evidence of each submission, which is run once."""

    def __init__(self, opened: ExitStack, engine: Engine) -> None:
        self._opened = opened
        self._engine = engine
        self._evidence: dict[str, Evidence] = {}

    def evidence(self, submission: Submission) -> Evidence:
        """Return what `submission` answered."""
        if submission.label not in self._evidence:
            evidence = self._opened.enter_context(self._engine.evidence(submission))
            self._evidence[submission.label] = evidence
        return self._evidence[submission.label]


def tried(path: Path, course: Course) -> list[Submission]:
    """Return the submissions at a path, or the kept one that it names.

    Raises:
        UsageError: There is none.
    """
    slug = path.parent.name
    if path.exists() or slug not in course.slugs:
        return find_submissions(path, course)
    # Pytest runs every check that is chosen, whichever tasks the mistake may change.
    one = kept_one(course, slug, path.name, "SLUG/NAME").submission(slug)
    return [replace(one, tasks=())]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say what to run."""
    group = parser.getgroup("hidden checks")
    group.addoption(
        "--submission",
        metavar="PATH",
        action="append",
        type=Path,
        default=[],
        help="a .py, an .ipynb, a folder that holds some, or SLUG/NAME of one that is kept; may be "
        "given more than once",
    )
    group.addoption(
        "--data", choices=("sample", "full"), help="which data to use; the full sets if at hand"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the submissions before anything is collected."""
    paths = config.getoption("--submission")
    if not paths and not config.getoption("--collect-only"):
        raise pytest.UsageError(_HINT)
    try:
        course = find_course()
        submissions = [submission for path in paths for submission in tried(path, course)]
    except AutograderError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_SUBMISSIONS] = submissions


def pytest_report_header() -> str:
    """Say which course the submissions are for."""
    return f"course: {described(find_course())}"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the checks of exercises that no submission is for."""
    slugs = {submission.exercise for submission in config.stash[_SUBMISSIONS]}
    if collection_path.is_dir():
        return True if collection_path.name == "submissions" else None
    slug = collection_path.stem.removeprefix("test_")
    return True if slugs and slug not in slugs else None


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Take a grader as the engine loads it, by path, so that its own imports are found."""
    course = find_course()
    for slug in course.slugs:
        folder = course.folder(slug)
        if module_path == folder.grader_path:
            try:
                return loaded(folder.grader(), module_path, parent)
            except CourseError as error:
                raise parent.CollectError(str(error)) from error
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every check once per submission of its exercise."""
    if "evidence" in metafunc.fixturenames:
        slug = Path(str(metafunc.module.__file__)).stem.removeprefix("test_")
        submissions = [
            submission
            for submission in metafunc.config.stash[_SUBMISSIONS]
            if submission.exercise == slug
        ]
        if submissions:
            labels = [Path(submission.label).stem for submission in submissions]
            metafunc.parametrize("evidence", submissions, ids=labels, indirect=True)


@pytest.fixture(scope="session")
def bench(pytestconfig: pytest.Config) -> Iterator[Bench]:
    """The engine, whose sandbox starts at the first submission."""
    with ExitStack() as opened:
        data = pytestconfig.getoption("--data")
        yield Bench(opened, opened.enter_context(Engine(find_course(), data_profile=data)))


@pytest.fixture
def evidence(request: pytest.FixtureRequest, bench: Bench) -> Evidence:
    """What the submission answered."""
    return bench.evidence(request.param).for_task(check_of(request.node).task)
