"""What hidden graders are written with: `@check`, and the claims that they make.

A claim states the rule, then what was received, then the next step. It raises `CheckFailed`, which
a student reads; any other exception in a grader is our own fault and costs nobody a point.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from autograder.course.catalog import Course
from autograder.errors import CourseError, NoEvidence
from autograder.evidence.evidence import Evidence, describe, numbers_of
from autograder.judging import exhibits
from autograder.records import Check, Status
from autograder.text import plain_number

_TEXT_CHARACTERS = 1000
_Test = TypeVar("_Test", bound=Callable[..., None])


class CheckFailed(AssertionError):
    """The submission is wrong, and the text says in what."""


def check(task: str, *, points: int = 0, hint: str = "") -> Callable[[_Test], _Test]:
    """Mark a grader function as a check.

    Args:
        task: The task that it belongs to, by its name in the catalog.
        points: What it is worth, at least one. Points live here and nowhere else.
        hint: The next step for a student who fails it, which every check has.

    Raises:
        CourseError: It has no points, no hint, or the test has no docstring.
    """
    if points < 1 or not hint.strip():
        raise CourseError(
            "A check needs at least one point and a hint. "
            f"Received: {task!r} with points={points!r}, hint={hint!r}. Write both."
        )

    def mark(test: _Test) -> _Test:
        title = (test.__doc__ or "").strip().split("\n")[0].rstrip(".")
        if not title:
            raise CourseError(
                "A check's docstring states its fact. "
                f"Received: {test.__name__} without one. Write one line."
            )
        test.check = Check(test.__name__, task, title, points, hint)  # type: ignore[attr-defined]
        return test

    return mark


def checks_of(course: Course, slug: str) -> tuple[Check, ...]:
    """Return the checks of a course's exercise, in the order of its grader's file.

    Raises:
        CourseError: There is no such grader, it has no checks, or it has a test that is none.
    """
    return collect(course.folder(slug).grader())


@functools.cache
def collect(module: types.ModuleType) -> tuple[Check, ...]:
    """Return the checks of a grader, in the order of its file.

    Raises:
        CourseError: It has no checks, or it has a test that is none.
    """
    name = module.__file__
    tests = {key: value for key, value in vars(module).items() if key.startswith("test_")}
    for key, value in tests.items():
        if not isinstance(getattr(value, "check", None), Check):
            raise CourseError(f"Every hidden test needs a @check. Received: {name}: {key} without.")
    if not tests:
        raise CourseError(f"A grader needs at least one check. Received: none in {name}.")
    in_order = sorted(tests.values(), key=lambda test: test.__code__.co_firstlineno)
    return tuple(test.check for test in in_order)


def claim(holds: object, rule: str, received: object = "", next_step: str = "") -> None:
    """Fail with `rule`, what was received, and the next step, unless `holds`."""
    if not holds:
        rule = _cut(rule)
        text = rule if rule.endswith((".", "?")) else rule + "."
        shown = _cut(str(received))
        if shown:
            text += f" Received: {shown.removesuffix('.')}."
        raise CheckFailed(f"{text} {next_step}".strip())


def _cut(text: str) -> str:
    """Return a text that a student reads to its end, however much was received."""
    return text if len(text) <= _TEXT_CHARACTERS else f"{text[:_TEXT_CHARACTERS]} …"


def either(evidence: Evidence, keys: Sequence[str], judge: Callable[[str], None]) -> None:
    """Claim that one of several answers to the same question is right.

    Args:
        evidence: The answers.
        keys: The answer as it was given, then those given with functions of the course lent for
            the submission's own; the latter are asked only where a probe found need.
        judge: Claims that the answer under a key is right.
    """
    failures: list[CheckFailed | NoEvidence] = []
    for key in keys:
        if failures and not evidence.answered(key):
            continue
        try:
            return judge(key)
        except (CheckFailed, NoEvidence) as failure:
            failures.append(failure)
    # What was wrong says most, what is "not written" least: it may be true of a lent function's
    # namesake alone. Of equals the first is told, for it is what the student sees at home.
    rank = {Status.FAILED: 0, Status.SKIPPED: 2}
    raise min(failures, key=lambda failure: rank.get(getattr(failure, "status", Status.FAILED), 1))


def equal(received: object, expected: object, rule: str, next_step: str = "") -> None:
    """Claim that two plain values are equal."""
    try:
        same = not isinstance(received, np.ndarray) and bool(received == expected)
    except ValueError:  # there are arrays in it
        same = False
    claim(same, rule, received, next_step)


def array(value: object, rule: str, shape: Sequence[int] | None = None) -> np.ndarray:
    """Claim that `value` is an array of finite numbers, of `shape` if given, and return it."""
    values = _numbers(value, rule)
    if shape is not None:
        claim(values.shape == tuple(shape), rule, f"an array of shape {values.shape}")
    if not _finite(values):
        exhibits.count(values)
    return _usable(values, rule)


def _numbers(value: object, rule: str) -> np.ndarray:
    values = numbers_of(value)
    claim(values is not None, rule, describe(value))
    assert values is not None
    return values


def _finite(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all()) if values.dtype.kind == "f" else True


def _usable(values: np.ndarray, rule: str) -> np.ndarray:
    claim(_finite(values), rule, "NaN or infinity among the values")
    return values


def number(value: object, rule: str) -> float:
    """Claim that `value` is one finite number (an array of one element counts) and return it."""
    values = array(value, rule)
    claim(values.size == 1, rule, f"an array of shape {values.shape}")
    return float(values.reshape(()).item())


def close(
    received: object,
    expected: object,
    rule: str,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    next_step: str = "",
) -> None:
    """Claim that numbers agree in shape and value within `atol + rtol * |expected|`."""
    wanted = np.asarray(expected)
    values = _numbers(received, rule)
    if values.shape != wanted.shape or not _finite(values):
        exhibits.compare(values, wanted)
    _usable(values, rule)
    claim(
        values.shape == wanted.shape,
        rule,
        f"shape {values.shape} where {wanted.shape} was expected",
        next_step,
    )
    off = np.abs(values.astype(float) - wanted.astype(float))
    bad = off > atol + rtol * np.abs(wanted.astype(float))
    if bad.any():
        exhibits.compare(values, wanted)
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f" at index {where[0] if len(where) == 1 else where}" if where else ""
        difference = f"{_short(values[where])}{place}, expected {_short(wanted[where])}"
        count = f" ({int(bad.sum())} of {bad.size} values differ)" if bad.size > 1 else ""
        claim(False, rule, difference + count, next_step)


def _short(value: Any) -> str:
    return plain_number(float(value), 6)
