"""Whether each hidden check catches something: a check that nothing loses proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

from autograder.authoring.audit import hidden
from autograder.authoring.audit.attribution import mutant_outcomes
from autograder.authoring.audit.entries import NAME
from autograder.authoring.audit.plan import plan
from autograder.course.catalog import Course
from autograder.judging.checks import checks_of
from autograder.records import Check, Report, Status
from autograder.sandbox.client import Sandbox

#: Mutants are graded some at a time, for the first ones often catch all that is left.
_AT_ONCE = 8
T = TypeVar("T")


def lost_problems(
    course: Course, slug: str, reports: Mapping[str, Report], sandbox: Sandbox | None = None
) -> list[str]:
    """Return a line for each hidden check that no kept wrong submission and no mutant loses.

    Mutants are judged only for the tasks of checks that nothing kept loses; what an audit found
    out about them is found again in the store.

    Args:
        course: The course.
        slug: The exercise.
        reports: Those of its kept submissions, by name.
        sandbox: Where mutants are graded; one of its own if None.

    Raises:
        CourseError: Solution or `mutants.toml` cannot be read, or the solution loses a point.
    """
    checks = checks_of(course, slug)
    caught: set[str] = set()
    for name, report in reports.items():
        if name.startswith("wrong_"):
            caught |= caught_in(report)
    left = {check.name: check for check in checks if check.name not in caught}
    if left:
        for name in _caught_in_mutants(course, slug, left, sandbox):
            del left[name]
    return [
        f"{slug}: {check.name} is lost by no kept wrong_* submission and by no mutant, so that "
        f"nothing shows what it catches. Add one to {course.folder(slug).path / NAME}, or remove "
        "the check."
        for check in left.values()
    ]


def caught_in(report: Report) -> set[str]:
    """Return the checks that found a report's answers wrong.

    Not one that was lost with all others of its task, because there was no answer to look at:
    whatever it asks, it would have been.
    """
    passed = {one.check.task for one in report.verdicts if one.status is Status.PASSED}
    return {
        one.check.name
        for one in report.verdicts
        if one.status is Status.FAILED
        or (one.status not in (Status.PASSED, Status.INTERNAL) and one.check.task in passed)
    }


def _caught_in_mutants(
    course: Course, slug: str, left: Mapping[str, Check], sandbox: Sandbox | None
) -> set[str]:
    """Return which of these checks a mutant loses; no more are graded than it takes to know.

    Those that were written come first, and trainings that are cut short before full ones.
    """
    whole = plan(course, slug)
    tasks = {check.task for check in left.values()}
    mutants = [one for one, why in whole.mutants if one.task in tasks and not why]
    written = {one.id for one in whole.written.mutants}
    mutants.sort(key=lambda one: one.id not in written)
    # Of each task the first ones first, so that those of several tasks share a submission.
    seen: Counter[str] = Counter()
    turns = {}
    for one in mutants:
        turns[one.id] = seen[one.task]
        seen[one.task] += 1
    mutants.sort(key=lambda one: turns[one.id])
    caught: set[str] = set()
    with ExitStack() as stack:
        for brief in (True, False):
            bench = hidden.Bench(course, jobs=None, quiet=True, brief=brief, sandbox=sandbox)
            stack.enter_context(bench.engine)
            sandbox = bench.engine.sandbox
            trained = False
            for some in _batched(mutants, _AT_ONCE * len(tasks)):
                open_tasks = {left[name].task for name in left.keys() - caught}
                few = [(one, "") for one in some if one.task in open_tasks]
                grade = partial(bench.grade, slug)
                reports = hidden.graded(whole, whole.editions(few), grade)
                solution = reports[hidden.SOLUTION]
                passed = hidden.passed_by(solution)
                trained = trained or bool(solution.trained_on)
                for outcome in mutant_outcomes(whole, few, reports, passed, grade).values():
                    caught |= left.keys() & outcome.lost.keys()
                # What the solution itself loses in short trainings, they tell nothing about.
                if caught >= left.keys() & passed:
                    break
            if caught == left.keys() or not trained:  # in full they say the same
                break
    return caught


def _batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield items in their order, some at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
