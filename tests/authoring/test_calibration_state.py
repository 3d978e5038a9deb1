"""A calibration is of the present code, for every data profile; and it says so without a training."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from small_course import small_course

from autograder.authoring import measure
from autograder.authoring.calibration_state import calibration_problems, stamp
from autograder.edges.cli.main import main
from autograder.errors import CourseError
from autograder.judging import Metric
from autograder.judging.checks import CheckFailed
from autograder.judging.thresholds import ACCURACY, reaches_threshold

SLUG = "ex01_sums"
SOLUTION = "import numpy as np\n\n\ndef total(values):\n    return np.sum(values)\n"
MEASURE = """

MEASURED_TASK = "total"


def measure(evidence: Evidence) -> float:
    return abs(float(evidence.value("total"))) % 1
"""
PART = {"mean": 0.9, "sd": 0.01, "least": 0.89, "most": 0.91, "first_seed": 1000, "median_s": 1.0}
OLD = {
    "threshold": 0.86,
    "mean_less_4_sd": 0.86,
    "keras": "3.0",
    "tensorflow": "2.0",
    "solution": {**PART, "accuracies": [0.89, 0.91]},
}


@pytest.fixture
def course(tmp_path):
    """A measured exercise, with a calibration of the time when nothing was tied to code."""
    course = small_course(tmp_path)
    hidden = course.folder(SLUG)
    with hidden.grader_path.open("a", encoding="utf-8") as file:
        file.write(MEASURE)
    course.solution(SLUG).parent.mkdir(parents=True)
    course.solution(SLUG).write_text(SOLUTION, encoding="utf-8")
    hidden.calibration_path.write_text(json.dumps({"profiles": {"sample": OLD}}), encoding="utf-8")
    return course


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_stamp_ties_measurements_to_the_present_code(course):
    """Untied ones are told; stamped ones are not, and keep their figures and their threshold."""
    (told,) = calibration_problems(course, SLUG)
    assert "whose code was not noted" in told
    assert f"autograder calibrate {SLUG} --stamp" in told
    assert len(stamp(course, SLUG)) == 1
    assert calibration_problems(course, SLUG) == []
    kept = course.folder(SLUG).calibration()
    record = kept["profiles"]["sample"]
    assert kept["metric"] == asdict(ACCURACY)
    assert (record["threshold"], record["suggested"]) == (0.86, 0.86)
    assert record["solution"]["values"] == [0.89, 0.91]
    assert not {"keras", "accuracies", "mean_less_4_sd"} & {*record, *record["solution"]}
    assert stamp(course, SLUG) == []


def test_what_changes_the_code_outdates_a_calibration_and_formatting_does_not(course):
    """Solution, probe and `measure` count as code: comments and docstrings are none."""
    stamp(course, SLUG)
    hidden = course.folder(SLUG)
    edit(course.solution(SLUG), "    return", '    """The sum."""\n\n    # Of all.\n    return')
    edit(hidden.probe_path, "import Datasets", "import  Datasets")
    edit(hidden.grader_path, "def measure", "\ndef measure")
    assert calibration_problems(course, SLUG) == []
    for path, old, new in (
        (course.solution(SLUG), "np.sum(values)", "np.sum(values) + 0"),
        (hidden.probe_path, "size=7", "size=8"),
        (hidden.grader_path, "% 1", "% 2"),
    ):
        edit(path, old, new)
        (told,) = calibration_problems(course, SLUG)
        assert "code, probe, `measure` or data have changed" in told
        edit(path, new, old)
    assert calibration_problems(course, SLUG) == []


def test_other_libraries_are_told_by_name(course, monkeypatch):
    """Where a library is another, its versions then and now are shown."""
    stamp(course, SLUG)
    monkeypatch.setattr(measure, "version_of", lambda name: "99.0")
    (told,) = calibration_problems(course, SLUG)
    assert "libraries have changed (numpy " in told
    assert "-> 99.0" in told


@pytest.mark.parametrize("kept", ["{}", '{"profiles": {"sample": {"solution": {}}}}'])
def test_a_profile_without_a_threshold_is_a_finding_before_grading(course, kept):
    """One that was never measured, or whose measurement was broken off: nobody meets INTERNAL."""
    course.folder(SLUG).calibration_path.write_text(kept, encoding="utf-8")
    (told,) = calibration_problems(course, SLUG)
    assert "grading with it is INTERNAL" in told
    assert f"Run `autograder calibrate {SLUG} --data sample`" in told


def test_a_calibration_that_nothing_asks_for_is_told(course):
    """An exercise whose grader measures nothing needs none."""
    edit(course.folder(SLUG).grader_path, "MEASURED_TASK", "SOME_TASK")
    (told,) = calibration_problems(course, SLUG)
    assert "is for nothing" in told
    with pytest.raises(CourseError, match="needs no calibration"):
        stamp(course, SLUG)


def test_another_metric_is_told(course):
    """A threshold of an accuracy says nothing about an error."""
    stamp(course, SLUG)
    grader = course.folder(SLUG).grader_path
    edit(grader, "import Evidence", "import Evidence, Metric")
    edit(grader, 'MEASURED_TASK = "total"', 'MEASURED_TASK = "total"\nMETRIC = Metric("error")')
    (told,) = calibration_problems(course, SLUG)
    assert "METRIC of the grader is what was measured" in told


def test_the_command_stamps(course, monkeypatch, capsys):
    """`autograder calibrate SLUG --stamp` prints what changed, and trains nothing."""
    monkeypatch.chdir(course.root)
    assert main(["calibrate", SLUG, "--stamp"]) == 0
    assert f"{SLUG}, sample, solution: None -> " in capsys.readouterr().out
    assert calibration_problems(course, SLUG) == []


class _Measured:
    """As much of an evidence as a threshold is read from."""

    exercise = SLUG

    def __init__(self, threshold):
        self.data = {}
        self.calibration = {"profiles": {"sample": {"threshold": threshold}}}


def test_thresholds_of_any_metric():
    """An error must be at most, a share at least, what was measured; unit and rounding are shown."""
    error = Metric("mean squared error", higher_is_better=False, unit="°C²", decimals=2)
    assert error.bound(1.0, 0.101, 4) == 1.41
    assert ACCURACY.bound(0.95, 0.01004, 4) == 0.909
    reaches_threshold(_Measured(1.41), 1.40, error)
    with pytest.raises(CheckFailed) as caught:
        reaches_threshold(_Measured(1.41), 1.5, error, where="new days")
    assert str(caught.value) == (
        "On new days the mean squared error must be at most 1.41 °C². Received: 1.500 °C²."
    )
    for metric in (error, ACCURACY):
        with pytest.raises(CheckFailed):
            reaches_threshold(_Measured(1.41), float("nan"), metric)
