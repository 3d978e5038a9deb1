"""Calibrations are made in pieces, lose nothing, and tell how often a right submission fails."""

from __future__ import annotations

import json

import pytest
from scipy import stats
from small_course import small_course

from autograder.authoring import calibrate
from autograder.authoring.calibrate import false_fail

SLUG = "ex01_sums"
SOLUTION = "import numpy as np\n\n\ndef total(values):\n    return np.sum(values)\n"
#: What is measured here is the answer's fraction: it hangs on the seed, and takes no training.
MEASURE = """

MEASURED_TASK = "total"


def measure(evidence: Evidence) -> float:
    return abs(float(evidence.value("total"))) % 1
"""


@pytest.fixture
def course(tmp_path):
    course = small_course(tmp_path)
    with course.folder(SLUG).grader_path.open("a", encoding="utf-8") as file:
        file.write(MEASURE)
    write(course, SOLUTION)
    return course


def write(course, source):
    course.solution(SLUG).parent.mkdir(parents=True, exist_ok=True)
    course.solution(SLUG).write_text(source, encoding="utf-8")


def measured(course, seeds):
    """Return the record, and the seeds that were trained for it."""
    lines: list[str] = []
    record = calibrate.main(SLUG, course, seeds, "sample", lines.append)
    return record, [int(line.split()[2][:-1]) for line in lines if ", seed " in line]


def test_a_calibration_goes_on_where_it_was(course):
    """More trainings of the same code are added to those before; the threshold stays."""
    first, seeds = measured(course, 2)
    assert seeds == [1000, 1001]
    second, seeds = measured(course, 5)
    assert seeds == [1002, 1003, 1004]
    assert second["solution"]["values"][:2] == first["solution"]["values"]
    assert len(second["solution"]["values"]) == second["false_fail"]["of"] == 5
    assert second["threshold"] == first["threshold"]
    assert measured(course, 4)[1] == []


def test_a_comment_costs_no_training(course):
    """Prose, comments and line breaks around the code change nothing of what was measured."""
    measured(course, 3)
    write(course, SOLUTION.replace("return", '"""The sum."""\n    # Of all.\n    return'))
    probe = course.folder(SLUG).probe_path
    probe.write_text(probe.read_text("utf-8") + "\n\n# The end.\n", encoding="utf-8")
    assert measured(course, 4)[1] == [1003]


def test_a_change_that_changes_nothing_costs_one_training(course):
    """Of edited code the first training is repeated; as it comes out the same, the rest counts."""
    first, _ = measured(course, 3)
    write(course, SOLUTION.replace("np.sum(values)", "np.asarray(values).sum()"))
    second, seeds = measured(course, 4)
    assert seeds == [1000, 1003]
    assert second["solution"]["values"][:3] == first["solution"]["values"]


def test_what_comes_out_otherwise_is_measured_anew(course):
    """Figures of other code are not mixed with those of this one."""
    first, _ = measured(course, 3)
    write(course, SOLUTION.replace("np.sum(values)", "np.sum(values) + 0.25"))
    second, seeds = measured(course, 3)
    assert seeds == [1000, 1000, 1001, 1002]
    assert not {*first["solution"]["values"]} & {*second["solution"]["values"]}


def test_an_interruption_costs_no_training_that_was_made(course):
    """What was measured until then is on disk, without a threshold, and is gone on with."""

    def interrupted(line):
        if "seed 1003" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate.main(SLUG, course, 9, "sample", interrupted)
    kept = json.loads(course.folder(SLUG).calibration_path.read_text("utf-8"))
    record = kept["profiles"]["sample"]
    assert len(record["solution"]["values"]) == 3
    assert "threshold" not in record
    assert measured(course, 4)[1] == [1003]


def test_false_fails_are_counted_and_estimated():
    """The estimate is Student's t over the trainings, a little wider for the mean's own error."""
    values = [0.96, 0.97, 0.98, 0.95, 0.99]
    found = false_fail(values, 0.955)
    sd = 0.0158114
    expected = stats.t.cdf((0.955 - 0.97) / (sd * 1.2**0.5), 4)
    assert (found["failed"], found["of"]) == (1, 5)
    assert found["estimate"] == pytest.approx(expected, rel=0.02)
    assert false_fail([0.9, 0.9], 0.8)["estimate"] == 0
