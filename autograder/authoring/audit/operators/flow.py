"""Edits of what is calculated and in which order: operators, conditions, loops, statements."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from autograder.authoring.audit.operators import vocabulary
from autograder.authoring.audit.source import Edit, Place

_ARITHMETIC: dict[type[ast.operator], tuple[str, tuple[str, ...]]] = {
    ast.Add: ("+", ("-", "*")),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("+", "/")),
    ast.Div: ("/", ("*", "//")),
    ast.FloorDiv: ("//", ("/", "*")),
    ast.Mod: ("%", ("//",)),
    ast.Pow: ("**", ("*",)),
    ast.MatMult: ("@", ("*",)),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<")),
    ast.In: ("in", ("not in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
}


def arithmetic(place: Place) -> Iterator[Sequence[Edit]]:
    """Another arithmetic operator, or one of its two sides alone."""
    for node in place.nodes(ast.BinOp):
        known = _ARITHMETIC.get(type(node.op))
        if known is None:
            continue
        for other in known[1]:
            edit = _between(place, node.left, node.right, known[0], other)
            if edit is not None:
                yield (edit,)
        yield (place.replace(node, place.text(node.left)),)
        yield (place.replace(node, place.text(node.right)),)
    for update in place.nodes(ast.AugAssign):
        known = _ARITHMETIC.get(type(update.op))
        if known is not None:
            edit = _between(place, update.target, update.value, known[0] + "=", known[1][0] + "=")
            if edit is not None:
                yield (edit,)


def comparisons(place: Place) -> Iterator[Sequence[Edit]]:
    """Another comparison."""
    for node in place.nodes(ast.Compare):
        sides = [node.left, *node.comparators]
        for number, operator in enumerate(node.ops):
            if type(operator) not in _COMPARISONS:
                continue
            sign, others = _COMPARISONS[type(operator)]
            for other in others:
                edit = _between(place, sides[number], sides[number + 1], sign, other)
                if edit is not None:
                    yield (edit,)


def _between(place: Place, left: ast.AST, right: ast.AST, sign: str, other: str) -> Edit | None:
    """Return the edit of the operator that stands between two nodes."""
    (_, start), (end, _) = place.solution.span(left), place.solution.span(right)
    gap = place.solution.text[start:end]
    match = re.search(rf"(?<![*/=<>!]){re.escape(sign)}(?![*/=<>])", gap)
    if match is None:
        return None
    return Edit(start + match.start(), start + match.end(), other)


def conditions(place: Place) -> Iterator[Sequence[Edit]]:
    """`and` is `or`, `not` is forgotten, a condition always or never holds, branches change."""
    for node in place.nodes(ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        edits = []
        for left, right in zip(node.values, node.values[1:], strict=False):
            (_, start), (end, _) = place.solution.span(left), place.solution.span(right)
            match = re.search(rf"\b{words[0]}\b", place.solution.text[start:end])
            if match:
                edits.append(Edit(start + match.start(), start + match.end(), words[1]))
        yield edits
        for value in node.values:
            yield (place.replace(node, place.text(value)),)
    for negation in place.nodes(ast.UnaryOp):
        if isinstance(negation.op, ast.Not):
            yield (place.replace(negation, place.text(negation.operand)),)
    for choice in place.nodes(ast.IfExp):
        yield place.swap(choice.body, choice.orelse)
        yield (place.replace(choice, place.text(choice.body)),)
        yield (place.replace(choice, place.text(choice.orelse)),)
    for branch in place.nodes(ast.If):
        yield (place.replace(branch.test, "True"),)
        yield (place.replace(branch.test, "False"),)


def ranges(place: Place) -> Iterator[Sequence[Edit]]:
    """A loop begins one later, ends one earlier, or goes one round too far."""
    for node in place.nodes(ast.Call):
        if not (isinstance(node.func, ast.Name) and node.func.id == "range" and node.args):
            continue
        last = node.args[0] if len(node.args) == 1 else node.args[1]
        if len(node.args) == 1:
            yield (place.replace(last, f"1, {place.text(last)}"),)
        yield (place.replace(last, f"{place.text(last)} - 1"),)
        yield (place.replace(last, f"{place.text(last)} + 1"),)


def removed(place: Place) -> Iterator[Sequence[Edit]]:
    """A statement that only does something is forgotten."""
    for node in _deeds(place):
        yield (place.replace(node, "pass"),)
    for loop in place.nodes(ast.For, ast.While):
        yield (place.after(loop.body[-1], "break"),)
    for stop in place.nodes(ast.Break):
        yield (place.replace(stop, "continue"),)


def doubled(place: Place) -> Iterator[Sequence[Edit]]:
    """A statement that only does something stands twice."""
    for node in _deeds(place):
        calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
        if isinstance(node, ast.Expr) and any(_name(one) in vocabulary.IDEMPOTENT for one in calls):
            continue
        if isinstance(node, (ast.Expr, ast.AugAssign)):
            yield (place.after(node, place.text(node)),)


def reordered(place: Place) -> Iterator[Sequence[Edit]]:
    """Two neighbouring calls of the same method of the same object change places."""
    for first, second in _neighbours(place):
        if isinstance(first, ast.Expr) and isinstance(second, ast.Expr):
            calls = [first.value, second.value]
            names = [place.text(call.func) for call in calls if isinstance(call, ast.Call)]
            same = len(names) == 2 and names[0] == names[1]
            if same and names[0].rpartition(".")[2] in vocabulary.ORDERED:
                yield place.swap(first, second)
        elif isinstance(first, ast.Assign) and isinstance(second, ast.Assign):
            drawn = [_stream(one) for one in (first, second)]
            if drawn[0] and drawn[0] == drawn[1]:  # another random stream, if it runs at all
                yield place.swap(first, second)


def early(place: Place) -> Iterator[Sequence[Edit]]:
    """The `return` after a loop slips into it."""
    for first, second in _neighbours(place):
        if isinstance(first, ast.For) and isinstance(second, ast.Return):
            yield (place.after(first.body[-1], place.text(second)),)


def _deeds(place: Place) -> list[ast.stmt]:
    """Return the statements that can be left out without leaving a name undefined."""
    statements: list[ast.stmt] = []
    for node in place.nodes(ast.Expr, ast.AugAssign, ast.Assign, ast.If):
        if isinstance(node, ast.Expr):
            call = node.value
            if not isinstance(call, ast.Call):
                continue
            if _name(call.func) in vocabulary.COSMETIC_CALLS:
                continue
        if isinstance(node, ast.Assign) and not all(
            isinstance(target, (ast.Subscript, ast.Attribute)) for target in node.targets
        ):
            continue
        statements.append(node)
    return statements


def _name(function: ast.expr) -> str:
    """Return the name of the method that is called; "" if it is none."""
    return function.attr if isinstance(function, ast.Attribute) else ""


def _neighbours(place: Place) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    blocks = [list(place.statements)]
    for node in place.nodes(ast.For, ast.While, ast.If, ast.With):
        blocks += [node.body, getattr(node, "orelse", [])]
    for block in blocks:
        yield from pairwise(block)


def _stream(node: ast.Assign) -> str:
    """Return the random generator that an assignment draws from; "" if from none."""
    for call in ast.walk(node.value):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = ast.unparse(call.func.value)
            if owner in ("rng", "np.random", "random") or owner.endswith("rng"):
                return owner
    return ""


OPERATORS = {
    "arithmetic": arithmetic,
    "comparison": comparisons,
    "condition": conditions,
    "range": ranges,
    "removed": removed,
    "doubled": doubled,
    "reordered": reordered,
    "early": early,
}
