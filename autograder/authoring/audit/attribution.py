"""Tells of submissions that hold several mutants or variants which of them lost what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from autograder.authoring.audit.groups import Edition
from autograder.authoring.audit.mutants import Mutant
from autograder.authoring.audit.outcomes import MutantOutcome, lost_by, mutant_outcome
from autograder.authoring.audit.plan import Plan
from autograder.authoring.audit.variants import Variant
from autograder.records import Report, Status

#: Grades solutions with edits, by their names.
Grade = Callable[[Mapping[str, Edition]], dict[str, Report]]

#: How a check ends for a reason that lies in another task, perhaps, or in nobody's answer.
_SHARED = frozenset({Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.INTERNAL})


def mutant_outcomes(
    plan: Plan,
    mutants: Sequence[tuple[Mutant, str]],
    reports: Mapping[str, Report],
    passed: set[str],
    grade: Grade,
    *,
    trained: bool = False,
) -> dict[str, MutantOutcome]:
    """Return each mutant's outcome by its name.

    Of a group that lost more than wrong answers in its members' own tasks, each is graded alone.
    """
    reasons = {mutant.id: reason for mutant, reason in mutants}
    found: dict[str, MutantOutcome] = {}
    suspects: list[Mutant] = []
    for name, members in plan.groups([mutant for mutant, _ in mutants]).items():
        tasks = {one.task for one in members}
        if len(members) > 1 and not _told_apart(reports[name], tasks, passed):
            suspects += members
            continue
        for one in members:
            found[one.id] = mutant_outcome(
                one,
                reports[name],
                passed,
                reasons[one.id],
                trained=trained,
                beside=tasks - {one.task},
            )
    if suspects:
        alone = grade({one.id: Edition(one.source) for one in suspects})
        for one in suspects:
            found[one.id] = mutant_outcome(
                one, alone[one.id], passed, reasons[one.id], trained=trained
            )
    return {mutant.id: found[mutant.id] for mutant, _ in mutants}


def _told_apart(report: Report, tasks: Collection[str], passed: set[str]) -> bool:
    """Say whether each loss is a wrong answer of one of these tasks, and cost the others nothing.

    Time, memory and the work of trainings are what all tasks of a submission share.
    """
    for verdict in report.verdicts:
        if verdict.status in _SHARED or (
            verdict.status is not Status.PASSED
            and verdict.check.name in passed
            and (verdict.check.task not in tasks or "TrainingRefused" in verdict.trace)
        ):
            return False
    return True


def variant_losses(
    groups: Mapping[str, Sequence[Variant]],
    reports: Mapping[str, Report],
    passed: set[str],
    grade: Grade,
) -> dict[str, dict[str, tuple[Status, str]]]:
    """Return what each variant lost; groups that lost something are graded one by one."""
    lost: dict[str, dict[str, tuple[Status, str]]] = {}
    suspects: list[Variant] = []
    for name, members in groups.items():
        if lost_by(reports[name], passed):
            suspects += members
        else:
            lost |= {variant.id: {} for variant in members}
    if suspects:
        alone = grade({variant.id: Edition(variant.source) for variant in suspects})
        lost |= {variant.id: lost_by(alone[variant.id], passed) for variant in suspects}
    return lost
