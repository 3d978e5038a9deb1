"""Points and status of a report."""

import itertools

import pytest

from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.score import GRAVITY, Score, gravest, score


def report(*verdicts: tuple[str, int, Status]) -> Report:
    made = [
        Verdict(Check(f"test_{i}", task, "A fact", points, "A hint"), status)
        for i, (task, points, status) in enumerate(verdicts)
    ]
    return Report("work.py", "ex04_perceptron", tuple(made), Isolation.FULL, {})


def test_points_add_up_per_task_and_in_all():
    """A check earns all of its points or none; tasks and total are sums of them."""
    scores = score(
        report(("a", 2, Status.PASSED), ("a", 3, Status.FAILED), ("b", 5, Status.PASSED))
    )
    assert scores.total == Score(7, 10, Status.FAILED)
    assert scores.tasks == {
        "a": Score(2, 5, Status.FAILED),
        "b": Score(5, 5, Status.PASSED),
    }


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.PASSED])
def test_only_passed_earns(status):
    """Every status but PASSED earns nothing; INTERNAL has no score at all."""
    total = score(report(("a", 2, status))).total
    assert total.points == (None if status is Status.INTERNAL else 0)
    assert (total.max_points, total.status) == (2, status)


def test_our_fault_hides_the_total_and_its_task_only():
    """One INTERNAL check takes the score of its task and of the submission, not of other tasks."""
    scores = score(report(("a", 2, Status.PASSED), ("b", 3, Status.INTERNAL)))
    assert scores.total == Score(None, 5, Status.INTERNAL)
    assert scores.tasks["a"] == Score(2, 2, Status.PASSED)
    assert scores.tasks["b"].points is None


def test_the_gravest_status_is_the_submissions():
    """Of any two statuses the one that stands first in the order is the submission's."""
    assert set(GRAVITY) == set(Status)
    for graver, milder in itertools.combinations(GRAVITY, 2):
        assert gravest([milder, graver]) is graver


def test_a_report_without_checks_is_no_full_mark():
    """Nothing checked is not everything passed: it is our fault, and there is no score."""
    assert score(report()).total == Score(None, 0, Status.INTERNAL)
