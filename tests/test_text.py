"""Numbers and sums as people write them."""

import pytest

from autograder.text import in_terms, plain_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00001, "0.00001"),
        (1.5e-7, "0.00000015"),
        (0.98123, "0.9812"),
        (138_357_544, "138357544"),
        (-1234567.25, "-1234567"),
        (0, "0"),
        (3e-12, "3e-12"),
        (1e40, "1e+40"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers_have_no_exponent_unless_it_would_be_very_long(value, text):
    """`1e-05` is no number that a beginner reads; nor are forty zeros."""
    assert plain_number(value) == text


def test_digits_of_whole_numbers_are_kept():
    """A count is not rounded to so many digits as a share is."""
    assert plain_number(1234567, 3) == "1234567"


def test_a_sum_has_its_signs_between_its_terms():
    """Not `1.558*x1 -3.650*x2`; and nothing is less than nothing."""
    assert in_terms((1.558, "x1"), (-3.65, "x2"), (0.2, "")) == "1.558*x1 - 3.650*x2 + 0.200"
    assert in_terms((-1, "x"), (-0.0001, "")) == "-1.000*x + 0.000"
