"""Audits exercises: mutants and variants of the solution, judged by hidden and visible checks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from autograder.authoring.audit import hidden
from autograder.authoring.audit.attribution import Grade
from autograder.authoring.audit.groups import Edition
from autograder.authoring.audit.outcomes import Audit
from autograder.authoring.audit.plan import Plan
from autograder.authoring.audit.seen import seen
from autograder.authoring.audit.visible import VisibleChecks
from autograder.course.catalog import Course
from autograder.judging.checks import checks_of
from autograder.records import Report


def audit(
    course: Course,
    plans: Sequence[Plan],
    *,
    jobs: int | None = None,
    quiet: bool = False,
    visible: bool = True,
) -> Iterator[Audit]:
    """Yield what comes of each plan, as soon as it is there.

    Args:
        course: The course.
        plans: What is tried.
        jobs: How many are graded at once; the number of cores if None.
        quiet: Show no progress.
        visible: Run the visible checks too, where the exercise has some.

    Raises:
        CourseError: A solution does not get every point.
    """
    with ExitStack() as stack:
        benches = _Benches(course, stack, jobs=jobs, quiet=quiet)
        for plan in plans:
            began_s = time.monotonic()
            before = benches.trainings
            judged = hidden.judge(plan, benches.of(plan.slug, brief=True), benches.of(plan.slug))
            after = benches.trainings
            mutants, variants = judged.mutants, judged.variants
            if visible and course.visible_tests(plan.slug).is_file():
                checks = VisibleChecks(course, plan.slug, jobs=jobs)
                mutants, variants = seen(plan, mutants, variants, checks, _told(plan.slug, quiet))
            yield Audit(
                plan.slug,
                checks_of(course, plan.slug),
                mutants,
                variants,
                plan.written.stale,
                plan.written.floor,
                judged.unjudged,
                (after[0] - before[0], after[1] - before[1]),
                time.monotonic() - began_s,
            )


def _told(slug: str, quiet: bool) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if not quiet and (done == total or done % 10 == 0):
            print(f"[{done}/{total}] {slug}: visible checks", file=sys.stderr, flush=True)

    return tell


class _Benches:
    """A bench that cuts trainings short and one that does not, each made when first needed."""

    def __init__(self, course: Course, stack: ExitStack, **settings: Any) -> None:
        self._course = course
        self._stack = stack
        self._settings = settings
        self._made: dict[bool, hidden.Bench] = {}

    @property
    def trainings(self) -> tuple[int, int]:
        """How many different trainings were asked for, cut short and in full."""
        short, full = (
            self._made[key].trainings if key in self._made else 0 for key in (True, False)
        )
        return short, full

    def of(self, slug: str, *, brief: bool = False) -> Grade:
        """Return what grades sources of an exercise."""

        def grade(editions: Mapping[str, Edition]) -> dict[str, Report]:
            if brief not in self._made:
                others = [bench.engine.sandbox for bench in self._made.values()]
                bench = hidden.Bench(
                    self._course,
                    brief=brief,
                    sandbox=others[0] if others else None,
                    **self._settings,
                )
                self._stack.enter_context(bench.engine)
                self._made[brief] = bench
            return self._made[brief].grade(slug, editions)

        return grade
