"""A mistake costs once: functions that a probe lends, and answers given with them."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from autograder.errors import NoEvidence
from autograder.evidence.evidence import Evidence
from autograder.evidence.frames import Answer
from autograder.evidence.transcript import Transcript
from autograder.guest.protocol.answers import ErrorFacts
from autograder.guest.student.call_guard import lent
from autograder.judging.checks import CheckFailed, claim, either
from autograder.records import Status


def submission(source: str) -> Any:
    """Return a module with `source` in it."""
    module = types.ModuleType("ex00")
    exec(source, module.__dict__)
    return module


def test_a_lent_function_is_found_by_the_code_of_the_submission() -> None:
    """Within `lent`, the submission's other functions call what was lent."""
    student = submission("def one():\n    return 0\ndef two():\n    return one() + one()\n")
    with lent(student, {"one": lambda: 1}):
        assert student.two() == 2


def test_the_submissions_own_function_comes_back() -> None:
    """After `lent`, also after an exception, the submission is as it was."""
    student = submission("def one():\n    return 0\n")
    own = student.one
    with pytest.raises(ZeroDivisionError), lent(student, {"one": lambda: 1, "new": lambda: 2}):
        raise ZeroDivisionError
    assert student.one is own
    assert not hasattr(student, "new")


def given(**values: Any) -> Evidence:
    """Return evidence of these answers; an Answer stands for itself."""
    answers = {
        key: value if isinstance(value, Answer) else Answer(key, key, "returned", value)
        for key, value in values.items()
    }
    nothing: Any = None
    return Evidence(Transcript(answers), nothing, {}, {})


def is_two(evidence: Evidence) -> Callable[[str], None]:
    """Return a judge that wants 2."""
    return lambda key: claim(evidence.value(key) == 2, "It must be 2", evidence.value(key))


def test_one_right_answer_is_enough() -> None:
    """The answer given with lent functions counts where the submission's own is wrong."""
    evidence = given(own=1, lent=2)
    either(evidence, ("own", "lent"), is_two(evidence))


def test_without_a_second_answer_the_first_is_told() -> None:
    """What was never asked is no failure of its own."""
    evidence = given(own=1)
    with pytest.raises(CheckFailed, match="Received: 1"):
        either(evidence, ("own", "lent"), is_two(evidence))


def test_a_missing_answer_is_told_as_such() -> None:
    """Where nothing was answered, the student reads why."""
    evidence = given()
    with pytest.raises(NoEvidence, match="Not reached"):
        either(evidence, ("own", "lent"), is_two(evidence))


def test_of_two_wrong_answers_the_students_own_is_told() -> None:
    """The student reads about what they see at home."""
    evidence = given(own=1, lent=3)
    with pytest.raises(CheckFailed, match="Received: 1"):
        either(evidence, ("own", "lent"), is_two(evidence))


def test_a_mistake_is_told_rather_than_an_unwritten_function() -> None:
    """That something is "not written yet" may be true of an earlier task's function only."""
    evidence = given(own=Answer("own", "own", "unwritten"), lent=3)
    with pytest.raises(CheckFailed, match="Received: 3"):
        either(evidence, ("own", "lent"), is_two(evidence))


def test_an_exception_with_lent_functions_does_not_hide_a_mistake() -> None:
    """A submission may not get on with what is lent; then its own answer is told."""
    error = ErrorFacts("TypeError", "no")
    raised = Answer("lent", "lent", "raised", error=error)
    evidence = given(own=1, lent=raised)
    with pytest.raises(CheckFailed, match="Received: 1"):
        either(evidence, ("own", "lent"), is_two(evidence))
    evidence = given(own=Answer("own", "own", "unwritten"), lent=raised)
    with pytest.raises(NoEvidence) as caught:
        either(evidence, ("own", "lent"), is_two(evidence))
    assert caught.value.status is Status.ERRORED
