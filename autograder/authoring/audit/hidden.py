"""Grades mutants and variants as submissions, trainings cut short first, and in full where needed.

The engine's store keeps every answer, so that a run that was broken off goes on where it was, and
a second one is cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.authoring import golden
from autograder.authoring.audit.attribution import Grade, mutant_outcomes, variant_losses
from autograder.authoring.audit.brief import NAME, Brief, Counting
from autograder.authoring.audit.groups import Edition, grouped
from autograder.authoring.audit.mutants import Mutant
from autograder.authoring.audit.outcomes import MutantOutcome, VariantOutcome
from autograder.authoring.audit.plan import Plan
from autograder.authoring.audit.variants import Variant
from autograder.course.catalog import Course
from autograder.engine import Engine
from autograder.errors import CourseError
from autograder.records import Limits, Report, Status, Submission
from autograder.reporting.progress import GradingProgress
from autograder.sandbox.client import Sandbox
from autograder.training.service import Trainer, TrainingService

_CALL_S, _ALL_S = 40.0, 240.0
#: The name of the solution's own report.
SOLUTION = "solution"


@dataclass(frozen=True, slots=True)
class Judged:
    """What hidden checks said. `unjudged` are those that the solution passes in full alone."""

    mutants: tuple[MutantOutcome, ...]
    variants: tuple[VariantOutcome, ...]
    unjudged: tuple[str, ...]


class Bench:
    """Grades sources of one course, with short limits, and counts the trainings.

    Args:
        course: The course.
        jobs: How many are graded at once.
        quiet: Show no progress.
        brief: Cut long trainings short.
        sandbox: Another engine's, which the caller ends; one of its own if None.
    """

    def __init__(
        self,
        course: Course,
        *,
        jobs: int | None,
        quiet: bool,
        brief: bool,
        sandbox: Sandbox | None = None,
    ) -> None:
        self._jobs = jobs
        self._quiet = quiet
        self._counting: Counting | None = None
        limited = replace(
            course,
            exercises=tuple(replace(one, limits=short(one.limits)) for one in course.exercises),
        )

        def trainer(service: TrainingService) -> Trainer:
            self._counting = Counting(service)
            return Brief(self._counting) if brief else self._counting

        self.engine = Engine(
            limited,
            jobs=jobs,
            data_profile=golden.PROFILE,
            seed=golden.SEED.encode(),
            trainer=trainer,
            abridged=NAME if brief else "",
            sandbox=sandbox,
            one_author=True,
        )

    @property
    def trainings(self) -> int:
        """How many different trainings were asked for."""
        return len(self._counting.keys) if self._counting else 0

    def grade(self, slug: str, editions: Mapping[str, Edition]) -> dict[str, Report]:
        """Return a report for each solution with edits, by its name."""
        submissions = [
            Submission(f"{slug}/{name}", slug, one.text.encode(), ".py", tasks=one.tasks)
            for name, one in editions.items()
        ]
        with GradingProgress(len(submissions), quiet=self._quiet, jobs=self._jobs) as progress:
            reports = self.engine.grade_all(submissions, progress.done)
        return dict(zip(editions, reports, strict=True))


def short(limits: Limits) -> Limits:
    """Return limits under which a mutant that hangs does not hold up the others."""
    return replace(
        limits,
        timeout_s=min(limits.timeout_s, _ALL_S),
        call_timeout_s=min(limits.call_timeout_s, _CALL_S),
        cpu_s=min(limits.cpu_s, int(_ALL_S)),
    )


def passed_by(report: Report) -> set[str]:
    """Return the checks that a report passed."""
    return {one.check.name for one in report.verdicts if one.status is Status.PASSED}


def graded(plan: Plan, editions: Mapping[str, Edition], grade: Grade) -> dict[str, Report]:
    """Return the reports on the solution, by the name "solution", and on editions of it.

    Where some tasks are asked alone, the solution is asked these alone as well. If it passes there
    what it passes among all, so it is with its editions; if not, they are asked all tasks.
    """
    asked = dict.fromkeys(one.tasks for one in editions.values() if one.tasks)
    alone = {tasks: f"{SOLUTION}: {', '.join(tasks)}" for tasks in asked}
    solutions = {name: Edition(plan.solution.text, tasks) for tasks, name in alone.items()}
    reports = grade({SOLUTION: Edition(plan.solution.text), **solutions})
    every = reports[SOLUTION].verdicts
    whole = {
        tasks
        for tasks, name in alone.items()
        if {one.check.name: one.status for one in reports[name].verdicts}
        != {one.check.name: one.status for one in every if one.check.task in tasks}
    }
    return reports | grade(
        {
            name: replace(one, tasks=()) if one.tasks in whole else one
            for name, one in editions.items()
        }
    )


def judge(plan: Plan, brief: Grade, full: Grade) -> Judged:
    """Return what the hidden checks of an exercise say.

    Args:
        plan: What is tried.
        brief: Grades with trainings cut short.
        full: Grades with full trainings.

    Raises:
        CourseError: The solution itself does not get every point.
    """
    slug, mutants, variants = plan.slug, plan.mutants, plan.variants
    groups = grouped(variants, None, "variants")
    reports = graded(plan, {**plan.editions(mutants), **_editions(plan, groups)}, brief)
    passed = passed_by(reports[SOLUTION])
    checks = {verdict.check.name: verdict.check for verdict in reports[SOLUTION].verdicts}
    outcomes = mutant_outcomes(plan, mutants, reports, passed, brief)
    lost = variant_losses(groups, reports, passed, brief)

    unjudged = tuple(name for name in checks if name not in passed)
    trains = bool(reports[SOLUTION].trained_on)
    if unjudged and not trains:
        _claim_full(slug, reports[SOLUTION])
    again: list[tuple[Mutant, str]] = []
    full_groups: dict[str, tuple[Variant, ...]] = {}
    if trains:
        # What lost a point after a short training is decided; the rest may after a full one.
        again = [pair for pair in mutants if not outcomes[pair[0].id].lost]
        late = {checks[name].task for name in unjudged}
        full_groups = grouped([one for one in variants if one.task in late], None, "variants")
    if again or unjudged:
        in_full = graded(plan, {**plan.editions(again), **_editions(plan, full_groups)}, full)
        _claim_full(slug, in_full[SOLUTION])
        every = passed_by(in_full[SOLUTION])
        outcomes |= mutant_outcomes(plan, again, in_full, every, full, trained=True)
        for variant, more in variant_losses(full_groups, in_full, every, full).items():
            lost[variant] |= more
    return Judged(
        tuple(outcomes.values()),
        tuple(VariantOutcome(one, lost[one.id]) for one in variants),
        unjudged,
    )


def _claim_full(slug: str, report: Report) -> None:
    wrong = [one for one in report.verdicts if one.status is not Status.PASSED]
    if wrong:
        raise CourseError(
            f"The solution gets every point before its mutants are judged. Received: {slug}, "
            f"{wrong[0].check.name}: {wrong[0].status}: {wrong[0].message} "
            f"{wrong[0].trace}".rstrip()
            + f" Run `autograder check {slug}`."
        )


def _editions(plan: Plan, groups: Mapping[str, Sequence[Variant]]) -> dict[str, Edition]:
    return {name: plan.edition(members) for name, members in groups.items()}
