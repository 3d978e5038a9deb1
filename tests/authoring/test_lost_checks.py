"""A hidden check that nothing loses is told; what one loses with all others proves nothing."""

from __future__ import annotations

import pytest
from audited_course import SLUG, STRICT, audited_course

from autograder.authoring.kept_submissions import seed_problems
from autograder.authoring.lost_checks import caught_in, lost_problems
from autograder.records import Check, Isolation, Report, Status, Verdict

IDLE = (
    STRICT
    + """\

@check("mean", points=1, hint="Return a number.")
def test_idle(evidence: Evidence) -> None:
    \"\"\"There is an answer.\"\"\"
    claim(evidence.answered("mean"), "There must be an answer")
"""
)


def report(**statuses: Status) -> Report:
    """Return a report of one task's checks, by their names."""
    verdicts = tuple(
        Verdict(Check(name, "mean", name, 1, "Look."), status) for name, status in statuses.items()
    )
    return Report("wrong_one.py", SLUG, verdicts, Isolation.FULL, {})


@pytest.mark.parametrize(
    ("statuses", "caught"),
    [
        ({"first": Status.FAILED, "second": Status.PASSED}, {"first"}),
        ({"first": Status.TIMED_OUT, "second": Status.PASSED}, {"first"}),
        ({"first": Status.ERRORED, "second": Status.SKIPPED}, set()),
        ({"first": Status.FAILED, "second": Status.SKIPPED}, {"first"}),
        ({"first": Status.INTERNAL, "second": Status.PASSED}, set()),
    ],
)
def test_a_check_catches_what_it_looked_at(statuses, caught):
    """A submission that gives no answer loses every check of its task, and shows of none what for."""
    assert caught_in(report(**statuses)) == caught


def test_a_check_that_neither_files_nor_mutants_lose_is_told(tmp_path):
    """The check is named, and where to write what it catches; those that mutants lose are not."""
    course = audited_course(tmp_path, IDLE)
    (told,) = lost_problems(course, SLUG, {})
    assert told.startswith(
        f"{SLUG}: test_idle is lost by no kept wrong_* submission and by no mutant"
    )
    assert str(course.folder(SLUG).path / "mutants.toml") in told
    kept = {"wrong_none.py": report(test_idle=Status.FAILED)}
    assert lost_problems(course, SLUG, kept) == []


def test_a_solution_that_another_seed_finds_wrong_is_told(tmp_path):
    """Golden inputs alone prove little: the seed, the check and the command to see it are named."""
    course = audited_course(tmp_path)
    path = course.solution(SLUG)
    path.write_text(path.read_text("utf-8").replace("values.sum()", "abs(values.sum())"), "utf-8")
    told = seed_problems(course, [SLUG], 4)
    assert 0 < len(told) < 4
    assert "the solution gets FAILED in test_mean" in told[0]
    assert "AUTOGRADER_SEED='check " in told[0]
