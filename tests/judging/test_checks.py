"""The claims that graders make, and the sentences that students read when one does not hold."""

import math

import numpy as np
import pytest
from repository import checks

from autograder.errors import CourseError
from autograder.evidence.evidence import numbers_of
from autograder.judging.checks import (
    CheckFailed,
    array,
    check,
    claim,
    close,
    equal,
    number,
)
from autograder.values import Opaque


def told(function, *args, **kwargs) -> str:
    """Return the text of the claim that does not hold."""
    with pytest.raises(CheckFailed) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_a_claim_says_rule_received_and_next_step():
    """A text is the rule, what was received, and the next step, each a sentence."""
    assert told(claim, False, "It must be so", 3, "Do this.") == (
        "It must be so. Received: 3. Do this."
    )
    assert told(claim, False, "It must be so.") == "It must be so."
    assert told(claim, False, "Is it so?", "no") == "Is it so? Received: no."
    assert "Received: 0." in told(claim, False, "It must be so", 0)
    claim(holds=True, rule="never told")


def test_what_is_told_is_short_enough_to_read():
    """However long an answer is, the text stays one that a student reads to its end."""
    text = told(equal, ["x"] * 100_000, [], "It must be " + "y" * 5000, "Do this.")
    assert len(text) < 2100
    assert text.endswith("…. Do this.")


@pytest.mark.parametrize(
    "value",
    [np.empty(0), np.zeros(2), [np.zeros(2)], {"a": np.empty(0)}, np.zeros((2, 3))],
    ids=repr,
)
def test_arrays_are_unequal_to_plain_values(value):
    """An array where a plain value was asked for is a wrong answer, and no fault of the course."""
    for expected in ("zip", [1, 2], {"a": 1}, (None, 2)):
        assert "It must be so" in told(equal, value, expected, "It must be so")


def test_long_texts_make_no_large_arrays():
    """A list of texts is told to be no array before NumPy lays it out, each as long as the longest."""
    value = ["x" * 20_000, *[""] * 1_000_000]  # 80 GB as an array
    assert numbers_of(value) is None
    assert "Received: a list." in told(array, value, "It must be numbers")
    assert numbers_of([[1, 2.5], (True, np.int64(3))]).tolist() == [[1, 2.5], [1, 3]]
    assert numbers_of([np.ones(2), [3, 4]]).tolist() == [[1, 1], [3, 4]]


def test_equal_compares_plain_values():
    """Equal values pass, others are told; a value that is no number is just unequal."""
    equal((None, 2), (None, 2), "never told")
    assert (
        told(equal, [0, 2], [0, 1], "It must be [0, 1]") == "It must be [0, 1]. Received: [0, 2]."
    )


@pytest.mark.parametrize(
    ("value", "received"),
    [
        ("text", "'text'"),
        (None, "None"),
        ({"a": 1}, "a dict"),
        ([[1, 2], [3]], "a list"),
        (["a"], "a list"),
        (Opaque("builtins.set", ""), "a set"),
        ([1, math.nan], "NaN or infinity among the values"),
        (math.inf, "NaN or infinity among the values"),
    ],
)
def test_array_refuses_what_is_no_numbers(value, received):
    """Text, ragged lists, other types and values that are not finite are told by name."""
    assert told(array, value, "Numbers are wanted") == f"Numbers are wanted. Received: {received}."


def test_array_takes_lists_and_checks_the_shape():
    """Lists count as arrays; another shape is told."""
    assert array([[1, 2]], "never told", (1, 2)).shape == (1, 2)
    assert array(np.ones(0), "never told").size == 0
    assert "an array of shape (2,)" in told(array, [1, 2], "One row", (1, 2))


def test_number_takes_one_finite_number():
    """A number, a bool and an array of one element are numbers; more of them are not."""
    assert number(3, "never told") == 3.0
    assert number(True, "never told") == 1.0
    assert number(np.array([[2.5]]), "never told") == 2.5
    assert "shape (2,)" in told(number, [1, 2], "One number")
    assert "shape (0,)" in told(number, [], "One number")
    assert "'3'" in told(number, "3", "One number")


def test_close_tells_where_the_first_difference_is():
    """The first wrong value is told with its index, what was expected, and how many differ."""
    assert told(close, [1.0, 2.5, 3.5], [1, 2, 3], "As computed", next_step="Look again.") == (
        "As computed. Received: 2.5 at index 1, expected 2 (2 of 3 values differ). Look again."
    )
    assert "at index (0, 1)" in told(close, [[1, 2]], [[1, 3]], "As computed")
    assert told(close, 2, 1, "As computed") == "As computed. Received: 2, expected 1."


def test_close_tells_shapes():
    """Values of another shape are not compared; both shapes are told."""
    text = told(close, np.ones((4, 1)), np.ones(4), "As computed")
    assert "shape (4, 1) where (4,) was expected" in text


def test_close_allows_rounding_and_no_more():
    """Differences within the tolerances pass; unsigned and bool arrays compare as numbers."""
    close([1.00001], [1], "never told")
    close(np.array([3], "uint8"), [3], "never told")
    close(np.array([True, False]), [1, 0], "never told")
    assert told(close, [1.01], [1], "As computed")
    assert told(close, np.array([0], "uint8"), np.array([1], "uint8"), "As computed")


def test_check_needs_points_hint_and_docstring():
    """A check without a point, a hint or a docstring is the author's error."""
    for points, hint in ((0, "x"), (1, " ")):
        with pytest.raises(CourseError, match="at least one point"):
            check("task", points=points, hint=hint)
    with pytest.raises(CourseError, match="docstring"):
        check("task", points=1, hint="x")(lambda evidence: None)


def test_collect_gives_checks_in_the_order_of_the_file():
    """The checks of an exercise come as written, with title, task and points."""
    first, second = checks("ex04_perceptron")[:2]
    assert (first.name, second.name) == ("test_and_gate", "test_or_gate")
    assert first.title == "AND is 1 only for (1, 1)"
    assert first.points >= 1


def test_collect_names_what_is_missing():
    """An exercise without a grader is the author's error, told by its name."""
    with pytest.raises(CourseError, match=r"a grader. Received: no .*test_ex99_none\.py"):
        checks("ex99_none")
