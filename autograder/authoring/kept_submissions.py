"""Grades an exercise's kept submissions, and compares their reports with the golden ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack

from autograder.authoring import golden
from autograder.authoring.examples import example_problems
from autograder.authoring.kept import kept, names, told
from autograder.course.catalog import Course
from autograder.engine import Engine
from autograder.records import Report, Status, Submission, Verdict
from autograder.sandbox.client import Sandbox

_SOLUTIONS = ("solution", "solution as a notebook")
_SAID = re.compile(r"^E +autograder\.errors\.CourseError: (.+)$", re.MULTILINE)
_RIGHT_STEP = "Correct it, or remove the file and run `autograder accept`."


def grade_kept(
    course: Course,
    slugs: Sequence[str],
    progress: Callable[[str], None] = lambda line: None,
    engine: Engine | None = None,
) -> dict[str, dict[str, Report]]:
    """Grade stub, solution and every kept submission; reports by slug and name.

    Args:
        course: The course.
        slugs: The exercises.
        progress: Called with one line for each report.
        engine: A `golden_engine` that the caller ends; one of its own if None.
    """
    submissions = []
    for slug in slugs:
        paths = [("stub", course.stub(slug)), ("solution", course.solution(slug))]
        # Of a notebook's other cells only imports and definitions are kept: answers need no more.
        paths.append(("solution as a notebook", course.notebook(slug)))
        submissions += [
            Submission(f"{slug}/{name}", slug, path.read_bytes(), path.suffix)
            for name, path in paths
        ]
        submissions += [one.submission(slug) for one in kept(course, slug)]
    with ExitStack() as stack:
        engine = engine or stack.enter_context(golden_engine(course))
        reports = engine.grade_all(submissions, lambda report: progress(f"graded {report.path}"))
    reports_by_slug: dict[str, dict[str, Report]] = {slug: {} for slug in slugs}
    for report in reports:
        reports_by_slug[report.exercise][report.path.partition("/")[2]] = report
    return reports_by_slug


def hidden_problems(course: Course, slug: str, reports: Mapping[str, Report]) -> list[str]:
    """Return the faults in the reports on stub, solution and kept submissions of one exercise."""
    problems = []
    if earned := sum(verdict.points for verdict in reports["stub"].verdicts):
        problems.append(f"{slug}: the untouched stub earns {earned} hidden points.")
    said: set[str] = set()
    for name in _SOLUTIONS:
        for verdict in reports[name].verdicts:
            lost = f"in {verdict.check.name}: {_reason(verdict)}"
            if verdict.status is not Status.PASSED and lost not in said:
                said.add(lost)
                problems.append(f"{slug}: the {name} gets {verdict.status} {lost}")
    golden_reports = golden.read(course, slug)
    lines: list[tuple[str, str]] = []
    for name, report in reports.items():
        if name in ("stub", *_SOLUTIONS):
            continue
        found = golden.differences(name, report, golden_reports)
        lines += [(name, line.removeprefix(name)) for line in found]
        full = all(verdict.status is Status.PASSED for verdict in report.verdicts)
        if name.startswith("right_") and not full:
            lines.append((name, f": what is right must get full points. {_RIGHT_STEP}"))
        if name.startswith("wrong_") and full:
            lines.append((name, ": what is wrong must lose a point. A check must tell why."))
        if not name.startswith(("right_", "wrong_")):
            lines.append((name, ": a kept file must be named right_* or wrong_*."))
    problems += [f"{slug}/{line}" for line in _together(lines)]
    problems += example_problems(course, slug, list(reports))
    missing = sorted(golden_reports.keys() - reports.keys() - names(course, slug))
    gone = ": a golden report without its submission. Run `autograder accept`, which drops it."
    problems += [f"{slug}/{line}" for line in _together([(name, gone) for name in missing])]
    return problems


def _reason(verdict: Verdict) -> str:
    """Return why a check was lost: of what the course itself says the sentence, without a trace."""
    if said := _SAID.findall(verdict.trace):
        return f"{verdict.message} {said[-1]}"
    return f"{verdict.message}\n{verdict.trace}".rstrip()


def _together(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line for each fault, with the names of all submissions that have it."""
    groups: dict[str, list[str]] = {}
    for name, line in lines:
        groups.setdefault(line, []).append(told(name))
    return [", ".join(group) + line for line, group in groups.items()]


def seed_problems(
    course: Course,
    slugs: Sequence[str],
    seeds: int,
    progress: Callable[[str], None] = lambda line: None,
    sandbox: Sandbox | None = None,
) -> list[str]:
    """Return where a solution loses points with hidden inputs of other seeds than the golden one.

    Args:
        course: The course.
        slugs: The exercises.
        seeds: From how many other seeds the inputs are drawn.
        progress: Called with one line for each report.
        sandbox: Where they are run; one of its own if None.
    """
    problems = []
    with ExitStack() as stack:
        for seed in (f"check {number}" for number in range(1, seeds + 1)):
            engine = Engine(
                course,
                data_profile=golden.PROFILE,
                seed=seed.encode(),
                sandbox=sandbox,
                one_author=True,
            )
            stack.enter_context(engine)
            sandbox = engine.sandbox  # which takes seconds to start
            submissions = [
                Submission(f"{slug}, seed {seed!r}", slug, path.read_bytes(), path.suffix)
                for slug, path in ((slug, course.solution(slug)) for slug in slugs)
            ]
            for report in engine.grade_all(submissions, lambda one: progress(f"graded {one.path}")):
                problems += [
                    f"{report.path}: the solution gets {v.status} in {v.check.name}: {_reason(v)}"
                    f"\nSee it: AUTOGRADER_SEED={seed!r} autograder grade "
                    f"{course.solution(report.exercise)}"
                    for v in report.verdicts
                    if v.status is not Status.PASSED
                ]
    return problems


def accept(
    course: Course, slugs: Sequence[str], progress: Callable[[str], None] = lambda line: None
) -> None:
    """Write the golden reports of the kept submissions as they come out now."""
    chosen = list(slugs) or list(course.slugs)
    for slug, reports in grade_kept(course, chosen, progress).items():
        submitted = [
            (name, report) for name, report in reports.items() if name not in ("stub", *_SOLUTIONS)
        ]
        golden.write(course, slug, submitted)


def unaccepted(
    course: Course, slugs: Sequence[str], progress: Callable[[str], None] = lambda line: None
) -> list[str]:
    """Return what `accept` would change: a line for each check of each kept submission."""
    chosen = list(slugs) or list(course.slugs)
    lines = []
    for slug, reports in grade_kept(course, chosen, progress).items():
        golden_reports = golden.read(course, slug)
        for name, report in reports.items():
            if name not in ("stub", *_SOLUTIONS):
                lines += [
                    f"{slug}/{told(name)}{one.removeprefix(name)}"
                    for one in golden.differences(name, report, golden_reports)
                ]
        gone = sorted(golden_reports.keys() - reports.keys() - names(course, slug))
        lines += [f"{slug}/{told(name)}: gone." for name in gone]
    return lines


def golden_engine(course: Course) -> Engine:
    """Return an engine under the conditions of golden reports: their inputs, on the sample."""
    return Engine(
        course,
        data_profile=golden.PROFILE,
        seed=golden.SEED.encode(),
        one_author=True,
    )
