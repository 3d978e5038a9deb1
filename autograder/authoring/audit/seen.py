"""Compares what the visible checks say of mutants and variants with what the hidden ones do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from autograder.authoring.audit.groups import grouped, together
from autograder.authoring.audit.hidden import SOLUTION
from autograder.authoring.audit.mutants import Mutant
from autograder.authoring.audit.outcomes import MutantOutcome, VariantOutcome
from autograder.authoring.audit.plan import Plan
from autograder.authoring.audit.visible import Answers, Asked, Progress, Said, VisibleChecks
from autograder.errors import CourseError
from autograder.records import Status

#: A check of another task is run on every variant, and on what survived, if it is this short;
#: mutants of several tasks share a file if the checks of each task are.
_SHORT_S = 1.0
#: Of mutants of a task with longer checks, which lost the same, so many are shown to these checks.
_ALIKE = 4
_NO_END = "the file"


def seen(
    plan: Plan,
    mutants: Sequence[MutantOutcome],
    variants: Sequence[VariantOutcome],
    checks: VisibleChecks,
    progress: Progress,
) -> tuple[tuple[MutantOutcome, ...], tuple[VariantOutcome, ...]]:
    """Return the outcomes with what the visible checks say.

    Args:
        plan: What was tried.
        mutants: What the hidden checks said of the mutants ...
        variants: ... and of the variants.
        checks: The visible checks.
        progress: Called after each file.

    Raises:
        CourseError: The solution's own checks do not come to their end.
    """
    own = checks.ask({SOLUTION: Asked(plan.solution.text)})[SOLUTION]
    if own is None:
        raise CourseError(
            f"The visible checks end on the solution. Received: {plan.slug}, where they do not. "
            f"Run `autograder check {plan.slug}`."
        )
    passed = {name for name, said in own.items() if said.passed}
    short = tuple(sorted(name for name in passed if own[name].seconds < _SHORT_S))

    groups = grouped([one.variant for one in variants], None, "variants")
    asked = {
        name: Asked(together(plan.solution, members), tuple(one.task for one in members), short)
        for name, members in groups.items()
    }
    # What keeps all points must not be called wrong by any check; of the others, it is enough
    # to know whether their own task's checks notice.
    full = [one.mutant for one in mutants if not one.lost]
    alone = {one.id: Asked(one.source, (one.task,), short, stop=True) for one in full}
    shared: dict[str, tuple[Mutant, ...]] = {}
    quick = _quick_tasks(own)
    joined = [one.mutant for one in mutants if _answered(one) and one.mutant.task in quick]
    for name, members in plan.groups(joined).items():
        if len(members) > 1:
            shared[name] = members
            tasks = tuple(one.task for one in members)
            asked[name] = Asked(together(plan.solution, members), tasks)
    in_groups = {one.id for members in shared.values() for one in members}
    alone |= {
        one.mutant.id: Asked(one.mutant.source, (one.mutant.task,), stop=True)
        for one in _some(one for one in mutants if one.mutant.id not in alone.keys() | in_groups)
    }
    answers = checks.ask(asked | alone, progress)
    again = {
        one.id: Asked(one.source, (one.task,), short)
        for name, members in groups.items()
        if _wrong(answers[name], passed)
        for one in members
    }
    again |= {
        one.id: Asked(one.source, (one.task,), stop=True)
        for name, members in shared.items()
        if answers[name] is None  # one of them ended the checks of all
        for one in members
    }
    answers |= checks.ask(again, progress) if again else {}
    for name, members in shared.items():
        for one in members:
            said = answers[name]
            if said is not None:
                answers[one.id] = {check: it for check, it in said.items() if it.task == one.task}
    return (
        tuple(
            replace(one, visible=tuple(_wrong(answers[one.mutant.id], passed)))
            if one.mutant.id in answers
            else one
            for one in mutants
        ),
        tuple(
            replace(one, visible=_wrong(answers.get(one.variant.id, {}), passed))
            for one in variants
        ),
    )


def _some(outcomes: Iterable[MutantOutcome]) -> Iterator[MutantOutcome]:
    """Yield a few of those whose losses are alike: visible checks that train take long."""
    alike: Counter[tuple[str, frozenset[str]]] = Counter()
    for one in outcomes:
        kind = one.mutant.task, frozenset(one.lost)
        alike[kind] += 1
        if alike[kind] <= _ALIKE:
            yield one


def _quick_tasks(own: Mapping[str, Said]) -> set[str]:
    """Return the tasks whose checks are short: those of several fit into one file's time."""
    tasks = {said.task for said in own.values()}
    needed = {
        task: sum(said.seconds for said in own.values() if said.task == task) for task in tasks
    }
    return {task for task in tasks if needed[task] < _SHORT_S}


def _answered(outcome: MutantOutcome) -> bool:
    """Say whether a mutant lost points by what it answered, in time."""
    return bool(outcome.lost) and all(
        status in (Status.FAILED, Status.ERRORED) for status, _ in outcome.lost.values()
    )


def _wrong(answers: Answers, passed: set[str]) -> Mapping[str, str]:
    """Return the checks that say wrong, of those that the solution passes, and their words."""
    if answers is None:
        return {_NO_END: "did not come to its end"}
    return {
        name: said.words for name, said in answers.items() if name in passed and not said.passed
    }
