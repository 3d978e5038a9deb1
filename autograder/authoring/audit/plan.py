"""What an audit tries on an exercise: written and automatic mutants and variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.authoring.audit.entries import NAME
from autograder.authoring.audit.groups import Edited, Edition, Uses, grouped, together, uses_of
from autograder.authoring.audit.mutants import LEAST, LIMIT, Mutant, meaning, sample
from autograder.authoring.audit.source import Solution, read_solution
from autograder.authoring.audit.variants import Variant, spelled
from autograder.authoring.audit.written import Written, read_written
from autograder.course.catalog import Course

_ALONE = frozenset({"in_place"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried on an exercise.

    Attributes:
        slug: The exercise.
        solution: Its solution.
        mutants: Mutants, with the reason why one is equivalent, or "".
        variants: Right answers in other spellings.
        written: What stands in `mutants.toml`.
        uses: Which tasks use one another; None where each mutant is judged by itself.
    """

    slug: str
    solution: Solution
    mutants: tuple[tuple[Mutant, str], ...]
    variants: tuple[Variant, ...]
    written: Written
    uses: Uses | None

    def groups(self, mutants: Sequence[Mutant]) -> dict[str, tuple[Mutant, ...]]:
        """Return which mutants one submission can hold together, by the submission's name."""
        if self.uses is None:
            return {one.id: (one,) for one in mutants}
        # What changes its arguments in place may reach what no name tells.
        alone = {one.id: (one,) for one in mutants if one.operator in _ALONE}
        return alone | grouped(
            (one for one in mutants if one.operator not in _ALONE), self.uses, "mutants"
        )

    def editions(self, mutants: Sequence[tuple[Mutant, str]]) -> dict[str, Edition]:
        """Return the submissions that hold these mutants, by their names."""
        groups = self.groups([mutant for mutant, _ in mutants])
        return {name: self.edition(members) for name, members in groups.items()}

    def edition(self, members: Sequence[Edited]) -> Edition:
        """Return the submission that holds some edits.

        It is asked their tasks, and those that use them: the others answer as the solution does.
        """
        text = together(self.solution, members)
        far = any(isinstance(one, Mutant) and one.operator in _ALONE for one in members)
        if far or self.uses is None:
            return Edition(text)
        return Edition(text, self.uses.asked({one.task for one in members}))


def plan(course: Course, slug: str, limit: int = LIMIT, *, alone: bool = False) -> Plan:
    """Return what is tried on an exercise.

    Args:
        course: The course.
        slug: The exercise.
        limit: How many automatic mutants of each task, at least as many as make enough in all.
        alone: Whether each mutant is judged by itself, not with those of unconnected tasks.

    Raises:
        CourseError: Solution or `mutants.toml` cannot be read.
    """
    solution = read_solution(course, slug)
    name = f"{slug}.py"
    written = read_written(course.folder(slug).path / NAME, solution, name)
    same = {(one.mutant.task, one.means): one for one in written.equivalents}
    mutants: list[tuple[Mutant, str]] = []
    seen: set[tuple[str, str | None]] = set()
    automatic = sample(solution, name, limit, min(LEAST, limit * len(solution.tasks)))
    for mutant in (*written.mutants, *automatic):
        means = (mutant.task, meaning(mutant.source, solution, mutant.task))
        if means not in seen:
            seen.add(means)
            equivalent = same.pop((mutant.task, means[1] or ""), None)
            mutants.append((mutant, equivalent.reason if equivalent else ""))
    # One that is not drawn, or no longer made, is still claimed to be right.
    mutants += [(one.mutant, one.reason) for one in same.values()]
    variants = [*written.variants, *spelled(solution, name)]
    uses = None if alone else uses_of(course, slug, solution)
    return Plan(slug, solution, tuple(mutants), tuple(_apart(variants)), written, uses)


def _apart(variants: Sequence[Variant]) -> Iterator[Variant]:
    seen = set()
    for variant in variants:
        if variant.id not in seen:
            seen.add(variant.id)
            yield variant
