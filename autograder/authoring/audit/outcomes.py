"""What came of an audit: outcomes of mutants and variants, and the figures over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.authoring.audit.mutants import Mutant
from autograder.authoring.audit.variants import Variant
from autograder.records import Check, Report, Status


@dataclass(frozen=True, slots=True)
class MutantOutcome:
    """How an exercise's checks judged a mutant.

    Attributes:
        mutant: The mutant.
        lost: The checks of its own task that it lost, with status and message.
        elsewhere: The checks of other tasks that it lost.
        internal: The checks that broke on it, with their traces: the course's own fault.
        points: What it lost in its own task.
        reason: Why it is as right as the solution, for one that `mutants.toml` calls so.
        trained: Whether it was judged after full trainings.
        visible: The visible checks that called it wrong; None where they were not run.
    """

    mutant: Mutant
    lost: Mapping[str, tuple[Status, str]]
    elsewhere: Mapping[str, tuple[Status, str]]
    internal: Mapping[str, str]
    points: int
    reason: str = ""
    trained: bool = False
    visible: tuple[str, ...] | None = None

    @property
    def killed(self) -> bool:
        """Whether it lost a point in its own task."""
        return bool(self.lost)

    @property
    def survived(self) -> bool:
        """Whether it is wrong, and kept all points of its task."""
        return not self.lost and not self.reason

    @property
    def failures(self) -> list[str]:
        """The checks of its task that looked at its answer and found it wrong."""
        return [name for name, (status, _) in self.lost.items() if status is Status.FAILED]


@dataclass(frozen=True, slots=True)
class VariantOutcome:
    """How an exercise's checks judged a right answer in another spelling.

    Attributes:
        variant: The variant.
        lost: The hidden checks that it lost, with status and message.
        visible: The visible checks that called it wrong, with their words; None if not run.
    """

    variant: Variant
    lost: Mapping[str, tuple[Status, str]]
    visible: Mapping[str, str] | None = None

    @property
    def kept(self) -> bool:
        """Whether it kept every point, and no visible check called it wrong."""
        return not self.lost and not self.visible


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit tells about one exercise.

    Attributes:
        slug: The exercise.
        checks: Its hidden checks.
        mutants: What came of the mutants, those that are equivalent included.
        variants: What came of the variants.
        stale: Entries of `mutants.toml` that no longer fit.
        floor: What its score must reach; None if its author set nothing.
        unjudged: Checks that the solution passes after full trainings alone.
        trainings: How many different trainings were run, cut short and in full.
        seconds: How long it took.
    """

    slug: str
    checks: tuple[Check, ...]
    mutants: tuple[MutantOutcome, ...]
    variants: tuple[VariantOutcome, ...]
    stale: tuple[str, ...] = ()
    floor: float | None = None
    unjudged: tuple[str, ...] = ()
    trainings: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    findings: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(_findings(self)))

    @property
    def wrong(self) -> list[MutantOutcome]:
        """The mutants that must lose points."""
        return [one for one in self.mutants if not one.reason]

    @property
    def survivors(self) -> list[MutantOutcome]:
        """The mutants that should have lost points, and did not."""
        return [one for one in self.mutants if one.survived]

    @property
    def score(self) -> float:
        """The part of the mutants that lost points, equivalent ones left out."""
        wrong = self.wrong
        return sum(one.killed for one in wrong) / len(wrong) if wrong else 1.0

    @property
    def kept(self) -> int:
        """How many variants kept everything."""
        return sum(one.kept for one in self.variants)

    def caught_by(self) -> dict[str, tuple[int, int]]:
        """Return for each check how many mutants it caught, and how many of them alone."""
        caught = {check.name: [0, 0] for check in self.checks}
        for outcome in self.wrong:
            for name in outcome.lost:
                caught[name][0] += 1
                caught[name][1] += len(outcome.lost) == 1
        return {name: (number, alone) for name, (number, alone) in caught.items()}

    def several(self) -> list[MutantOutcome]:
        """Return the mutants that failed several checks of their task, each by itself."""
        return [one for one in self.wrong if len(one.failures) > 1]

    @property
    def unshown(self) -> int:
        """How many mutants lost hidden points, and were shown to no visible check."""
        return sum(one.killed and one.visible is None for one in self.wrong)

    def unseen(self) -> list[MutantOutcome]:
        """Return the mutants that lose hidden points, and that no visible check calls wrong."""
        return [one for one in self.wrong if one.killed and one.visible == ()]


def mutant_outcome(
    mutant: Mutant,
    report: Report,
    passed: set[str],
    reason: str = "",
    *,
    trained: bool = False,
    beside: Collection[str] = (),
) -> MutantOutcome:
    """Return how a mutant was judged.

    Args:
        mutant: The mutant.
        report: Its report.
        passed: The checks that the solution passes under the same conditions: others tell nothing.
        reason: Why it is as right as the solution, if it is.
        trained: Whether its trainings were run in full.
        beside: Tasks in which the submission has other mutants.
    """
    lost: dict[str, tuple[Status, str]] = {}
    elsewhere: dict[str, tuple[Status, str]] = {}
    internal: dict[str, str] = {}
    points = 0
    for verdict in report.verdicts:
        if verdict.check.task in beside:
            continue
        if verdict.status is Status.INTERNAL:
            internal[verdict.check.name] = verdict.trace
        elif verdict.status is not Status.PASSED and verdict.check.name in passed:
            own = verdict.check.task == mutant.task
            (lost if own else elsewhere)[verdict.check.name] = (verdict.status, verdict.message)
            points += verdict.check.points if own else 0
    return MutantOutcome(mutant, lost, elsewhere, internal, points, reason, trained)


def lost_by(report: Report, passed: set[str]) -> dict[str, tuple[Status, str]]:
    """Return what a right answer lost of the checks that the solution passes."""
    return {
        verdict.check.name: (verdict.status, verdict.message)
        for verdict in report.verdicts
        if verdict.status is not Status.PASSED and verdict.check.name in passed
    }


def _findings(audit: Audit) -> list[str]:
    """Return one sentence for each thing that is wrong whatever the score is."""
    findings = list(audit.stale)
    for outcome in audit.mutants:
        name = f"{audit.slug}/{outcome.mutant.id}"
        if outcome.internal:
            findings.append(f"{name}: a check broke: {', '.join(outcome.internal)}.")
        if outcome.elsewhere:
            words = _told(outcome.elsewhere)
            findings.append(f"{name}: one mistake costs in its own task alone. It lost {words}.")
        if outcome.reason and outcome.lost:
            findings.append(f"{name}: it is called equivalent, and lost {_told(outcome.lost)}.")
        if outcome.survived and outcome.visible:
            seen = ", ".join(outcome.visible)
            findings.append(f"{name}: {seen} says wrong, and it has all hidden points.")
    for variant in audit.variants:
        name = f"{audit.slug}/{variant.variant.id}"
        if variant.lost:
            findings.append(f"{name}: it is right, and lost {_told(variant.lost)}.")
        elif variant.visible:
            words = "; ".join(f"{check}: {said}" for check, said in variant.visible.items())
            findings.append(
                f"{name}: it has all hidden points, and a visible check says wrong: {words}"
            )
    return findings


def _told(lost: Mapping[str, tuple[Status, str]]) -> str:
    names: Sequence[str] = list(lost)
    status, message = lost[names[0]]
    return f"{', '.join(names)} ({status}: {message})"
