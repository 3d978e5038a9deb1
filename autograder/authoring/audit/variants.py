"""Automatic variants: the same answers in other spellings, which must keep every point.

Each spelling rewrites the tree of a task's cell; what is written is the tree as Python prints it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograder.authoring.audit.source import Edit, Solution, apply, diff
from autograder.authoring.audit.spellings import activations, answers, drawings, networks

#: Rewrites the tree of a task's cell in place; `asks` is the text of the task, for what it rules
#: out. False where the spelling does not fit.
Spelling = Callable[[ast.Module, str], bool]

SPELLINGS: Mapping[str, Spelling] = {
    **answers.SPELLINGS,
    **networks.SPELLINGS,
    **activations.SPELLINGS,
    **drawings.SPELLINGS,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A right answer in another spelling.

    Attributes:
        id: Task and spelling.
        task: The task whose cell is spelled in another way.
        source: The whole solution with that cell.
        diff: What changed, as a unified diff.
    """

    id: str
    task: str
    source: str
    diff: str


def spelled(solution: Solution, name: str) -> tuple[Variant, ...]:
    """Return the automatic variants of all tasks."""
    variants: list[Variant] = []
    for task, source in solution.tasks.items():
        cell = solution.text[source.start : source.end]
        plain = ast.parse(cell)
        seen = {ast.dump(plain)}
        for spelling, rewrite in SPELLINGS.items():
            tree = copy.deepcopy(plain)
            if not rewrite(tree, source.asks):
                continue
            ast.fix_missing_locations(tree)
            text = ast.unparse(tree)
            try:
                means = ast.dump(ast.parse(text))
                compile(text, "<variant>", "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            if means not in seen:
                seen.add(means)
                whole = apply(solution.text, [Edit(source.start, source.end, text)])
                changes = diff(ast.unparse(plain), text, name)
                variants.append(Variant(f"{task}.{spelling}", task, whole, changes))
    return tuple(variants)
