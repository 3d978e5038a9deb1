"""Automatic mutants: every edit that the operators know, told apart, named, and a fair sample."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograder.authoring.audit.operators import OPERATORS
from autograder.authoring.audit.operators.cosmetic import cosmetic_spans
from autograder.authoring.audit.source import Edit, Place, Solution, TaskSource, apply, diff

#: How many automatic mutants a task has, if it has as many.
LIMIT = 10
#: How many an exercise has in all, if its tasks have as many.
LEAST = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong edit of a solution.

    Attributes:
        id: Task, operator and place, the same as long as the answer is.
        task: The task that must lose a point.
        operator: What made it; "written" for one of `mutants.toml`.
        source: The whole solution with the edit.
        replace: The edited text, which stands once in the task's answers ...
        instead: ... and what stands there instead.
        diff: Both, as a unified diff.
        breaks: The sentence of the task's text that it breaks, where somebody wrote it down.
        kept: Its name as a kept submission; "" if it is none.
    """

    id: str
    task: str
    operator: str
    source: str
    replace: str
    instead: str
    diff: str
    breaks: str = ""
    kept: str = ""


def sample(
    solution: Solution, name: str, limit: int = LIMIT, least: int = LEAST
) -> tuple[Mutant, ...]:
    """Return the automatic mutants that are tried: the same ones as long as the answers are.

    Args:
        solution: The solution.
        name: What to call its file in a diff.
        limit: How many of each task.
        least: How many in all; tasks that have more give more.
    """
    ranked = {task: _ranked(every(solution, task, name)) for task in solution.tasks}
    while limit < max(map(len, ranked.values())):
        if sum(min(limit, len(of_task)) for of_task in ranked.values()) >= least:
            break
        limit += 1
    return tuple(mutant for of_task in ranked.values() for mutant in of_task[:limit])


def every(solution: Solution, task: str, name: str) -> list[Mutant]:
    """Return all automatic mutants of a task, each change of what the answer means once."""
    source = solution.tasks[task]
    seen = {meaning(solution.text, solution, task)}
    mutants: list[Mutant] = []
    for operator, edits in _edits(solution, source):
        text = apply(solution.text, edits)
        means = meaning(text, solution, task)
        if means is None or means in seen:
            continue
        seen.add(means)
        place = _place(solution, source, edits)
        count = sum(one.id.startswith(f"{task}.{operator}.{place}.") for one in mutants) + 1
        replace, instead = _told(solution, source, edits)
        mutants.append(
            Mutant(
                f"{task}.{operator}.{place}.{count}",
                task,
                operator,
                text,
                replace,
                instead,
                diff(solution.text, text, name),
            )
        )
    return mutants


def meaning(text: str, solution: Solution, task: str) -> str | None:
    """Return the tree of a task's cell in an edited solution; None where it is no Python."""
    source = solution.tasks[task]
    end = len(text) - (len(solution.text) - source.end)
    try:
        tree = ast.parse(text[source.start : end])
        compile(tree, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return ast.dump(tree)


def _edits(solution: Solution, source: TaskSource) -> Iterator[tuple[str, list[Edit]]]:
    for region in source.regions:
        place = Place(solution, source, region)
        looks = cosmetic_spans(place)
        for operator, edits_of in OPERATORS.items():
            for edits in edits_of(place):
                if edits and _apart(edits) and not _inside(edits, looks):
                    yield operator, list(edits)


def _apart(edits: Sequence[Edit]) -> bool:
    """Whether edits touch different characters."""
    places = sorted((edit.start, edit.end) for edit in edits)
    return all(earlier[1] <= later[0] for earlier, later in pairwise(places))


def _inside(edits: Sequence[Edit], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether every edit lies in one of some places."""
    return all(
        any(start <= edit.start and edit.end <= end for start, end in spans) for edit in edits
    )


def _place(solution: Solution, source: TaskSource, edits: Sequence[Edit]) -> int:
    """Return the first edited line, counted over the task's answers alone."""
    line = solution.line_of(min(edit.start for edit in edits))
    before = 0
    for region in source.regions:
        first, last = solution.line_of(region.start), solution.line_of(region.end)
        if line <= last:
            return before + line - first + 1
        before += last - first + 1
    return before


def _told(solution: Solution, source: TaskSource, edits: Sequence[Edit]) -> tuple[str, str]:
    """Return the edited lines as they stand once in the answers, and what they become."""
    text = solution.text
    answers = "\n".join(text[region.start : region.end] for region in source.regions)
    first = solution.line_of(min(edit.start for edit in edits))
    last = solution.line_of(max(edit.end for edit in edits))
    region = next(one for one in source.regions if solution.line_of(one.end) >= last)
    least, most = solution.line_of(region.start), solution.line_of(region.end)
    while True:
        start, end = solution.line_start(first), solution.line_start(last + 1) - 1
        start += len(text[start:end]) - len(text[start:end].lstrip())
        start = min(start, *(edit.start for edit in edits))
        if answers.count(text[start:end]) == 1 or (first, last) == (least, most):
            break
        first, last = max(first - 1, least), min(last + 1, most)
    inside = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
    return text[start:end], apply(text[start:end], inside)


def _ranked(mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return mutants so that any first few of them come from as many operators as can be."""
    by_operator: dict[str, list[Mutant]] = {}
    for mutant in sorted(mutants, key=lambda one: _digest(one.id + one.instead)):
        by_operator.setdefault(mutant.operator, []).append(mutant)
    queues = sorted(by_operator.values(), key=lambda queue: _digest(queue[0].task + queue[0].id))
    ranked: list[Mutant] = []
    for turn in range(max(map(len, queues), default=0)):
        ranked += [queue[turn] for queue in queues if turn < len(queue)]
    return ranked


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
