"""Edits of what stands written: numbers, words, truth values, names of functions and of types."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autograder.authoring.audit.operators import vocabulary
from autograder.authoring.audit.source import Edit, Place

#: Keywords whose text is for a reader: left out, it is empty.
_READ = ("label", "name", "title", "xlabel", "ylabel")
_OTHERS = 2


def numbers(place: Place) -> Iterator[Sequence[Edit]]:
    """A number is one more, one less; a fraction is twice, or half as large."""
    for node in place.nodes(ast.Constant):
        value = node.value
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            yield (place.replace(node, str(value + 1)),)
            if value > 0:
                yield (place.replace(node, str(value - 1)),)
        elif isinstance(value, float):
            yield (place.replace(node, repr(value * 2 if value else 1.0)),)
            if value:
                yield (place.replace(node, repr(value / 2)),)


def signs(place: Place) -> Iterator[Sequence[Edit]]:
    """A minus is forgotten."""
    for node in place.nodes(ast.UnaryOp):
        if isinstance(node.op, ast.USub):
            yield (place.replace(node, place.text(node.operand)),)


def words(place: Place) -> Iterator[Sequence[Edit]]:
    """A word is another one of its own vocabulary, or of the same answer; a label is empty."""
    texts = [
        node
        for node in place.nodes(ast.Constant)
        if isinstance(node.value, str) and not isinstance(place.parent(node), ast.Expr)
    ]
    for node in texts:
        for word in _others(place, node, [str(one.value) for one in texts]):
            yield (place.replace(node, _quoted(place, node, word)),)
        if keyword_of(place, node) in _READ and node.value:
            yield (place.replace(node, '""'),)


def _others(place: Place, node: ast.Constant, texts: Sequence[str]) -> list[str]:
    value = str(node.value)
    known = vocabulary.BY_KEYWORD.get(keyword_of(place, node), ())
    if not known:
        known = next((words for words in vocabulary.BY_WORD if value in words), ())
    if not known:
        known = sorted({*texts})
    # Those that follow in the list, so that not all words become the first one.
    start = known.index(value) + 1 if value in known else 0
    turned = [*known[start:], *known[:start]]
    return [word for word in turned if word != value][:_OTHERS]


def _quoted(place: Place, node: ast.Constant, word: str) -> str:
    quote = "'" if place.text(node).startswith("'") else '"'
    return quote + word.encode("unicode_escape").decode().replace(quote, f"\\{quote}") + quote


def truths(place: Place) -> Iterator[Sequence[Edit]]:
    """True is False, and the other way round."""
    for node in place.nodes(ast.Constant):
        if isinstance(node.value, bool):
            yield (place.replace(node, str(not node.value)),)


def functions(place: Place) -> Iterator[Sequence[Edit]]:
    """A function is another one that beginners take for it."""
    for node in place.nodes(ast.Attribute, ast.Name):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        parent = place.parent(node)
        called = isinstance(parent, ast.Call) and parent.func is node
        if isinstance(node, ast.Name) and not (called and name[:1].isupper()):
            continue
        _, end = place.solution.span(node)
        for other in vocabulary.FUNCTIONS.get(name, ()):
            yield (Edit(end - len(name), end, other),)


def types(place: Place) -> Iterator[Sequence[Edit]]:
    """Numbers are kept in a type that is too small, or are not converted."""
    for node in place.nodes(ast.Call):
        if not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "astype" and len(node.args) == 1:
            yield (place.replace(node, place.text(node.func.value)),)
            for name in ("uint8", "float16"):
                yield (place.replace(node.args[0], f'"{name}"'),)
        if node.func.attr in ("zeros", "ones", "full", "empty") and node.args:
            last = node.args[-1]
            for keyword in node.keywords:
                if keyword.arg == "dtype":
                    yield (place.replace(keyword.value, '"uint8"'),)
            if not any(keyword.arg == "dtype" for keyword in node.keywords):
                _, end = place.solution.span(last)
                yield (Edit(end, end, ', dtype="uint8"'),)


def keyword_of(place: Place, node: ast.AST) -> str:
    """Return the nearest keyword that a value is given as; "" if it is given as none."""
    while not isinstance(node, (ast.stmt, ast.Call)):
        parent = place.parent(node)
        if isinstance(parent, ast.keyword):
            return parent.arg or ""
        node = parent
    return ""


OPERATORS = {
    "number": numbers,
    "sign": signs,
    "word": words,
    "truth": truths,
    "function": functions,
    "type": types,
}
