"""Thresholds and their measurements; and what `fit` was asked, read from untrusted records."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from repository import COURSE

from autograder.authoring import calibrate, golden
from autograder.authoring.measure import measured_values
from autograder.errors import CourseError
from autograder.judging.claims import training
from autograder.judging.thresholds import ACCURACY, threshold


def calibration(slug: str) -> dict[str, Any]:
    return COURSE.folder(slug).calibration()


MEASURED = [slug for slug in COURSE.slugs if calibration(slug)]
RECORDS = [(slug, profile) for slug in MEASURED for profile in calibration(slug)["profiles"]]


@pytest.mark.parametrize(("slug", "profile"), RECORDS)
def test_a_right_submission_practically_never_fails(slug: str, profile: str) -> None:
    """A threshold lies 4 sd below the mean of right trainings, and below each of them."""
    right = calibration(slug)["profiles"][profile]["solution"]
    least = threshold(calibration(slug), slug, profile)
    assert least <= right["mean"] - calibrate.DEVIATIONS * right["sd"] + 1e-9
    assert least < min(measured_values(right))


@pytest.mark.parametrize(("slug", "profile"), RECORDS)
def test_a_weak_training_loses_points(slug: str, profile: str) -> None:
    """Weak variants stay below the threshold, or fail a check that does not measure accuracy."""
    weak = calibration(slug)["profiles"][profile]["weak"]
    least = threshold(calibration(slug), slug, profile)
    below = {name for name, one in weak.items() if max(measured_values(one)) < least}
    assert weak
    if profile == golden.PROFILE:
        # On the full data even one epoch of a convolutional network reads most digits.
        assert below == set(weak)
    kept = golden.read(COURSE, slug)
    for name in set(weak) - below:
        lost = (kept.get(name) or kept[f"{name}.py"])["not_passed"].values()
        assert any("accuracy" not in message for _, message in lost), name


@pytest.mark.parametrize("slug", MEASURED)
def test_both_profiles_are_measured(slug: str) -> None:
    """A threshold is known for the bundled sample and for the full data, each from several seeds.

    On the full data one training takes minutes.
    """
    profiles = calibration(slug)["profiles"]
    assert set(profiles) == {"sample", "full"}
    assert len(measured_values(profiles["sample"]["solution"])) >= 8
    assert len(measured_values(profiles["full"]["solution"])) >= 3


def test_unmeasured_threshold_names_the_command() -> None:
    """What was never measured has no threshold, and the error says how to measure it."""
    with pytest.raises(CourseError, match="autograder calibrate ex04_perceptron --data full"):
        threshold(calibration("ex04_perceptron"), "ex04_perceptron", "full")


def test_calibrate_refuses_what_it_cannot_measure() -> None:
    """One training has no deviation, and an exercise without `measure` has no accuracy."""
    with pytest.raises(CourseError, match="two trainings or more"):
        calibrate.main("ex05_mnist_mlp", COURSE, seeds=1)
    with pytest.raises(CourseError, match="needs no calibration"):
        calibrate.main("ex04_perceptron", COURSE, seeds=2)


def test_calibrate_writes_what_it_measured(tmp_path: Path) -> None:
    """Two trainings on the sample give the stored accuracies again, and a new record."""
    slug = "ex05_mnist_mlp"
    kept = calibration(slug)["profiles"]["sample"]["solution"]
    for place in ("exercises", "solutions"):
        shutil.copytree(COURSE.root / place, tmp_path / place)
    shutil.copytree(COURSE.folder(slug).path, tmp_path / COURSE.hidden / slug)
    course = replace(COURSE, root=tmp_path)
    course.folder(slug).calibration_path.unlink()
    lines: list[str] = []
    record = calibrate.main(slug, course, 2, "sample", lines.append)
    written = json.loads(course.folder(slug).calibration_path.read_text(encoding="utf-8"))
    assert written == {"metric": asdict(ACCURACY), "profiles": {"sample": record}}
    assert len(lines) == 4
    # Other processors round otherwise, so that the trainings part a little.
    assert record["solution"]["values"] == pytest.approx(measured_values(kept)[:2], abs=0.03)


def test_rows_of_split_and_of_given_validation_data() -> None:
    """A split and validation data of the same size are read as the same training."""
    split = {"x": {"shape": [6000, 784]}, "validation_split": 0.1, "validation_data": None}
    by_hand = {
        "x": {"shape": [5400, 784]},
        "validation_split": 0.0,
        "validation_data": [{"shape": [600, 784]}, {"shape": [600, 10]}],
    }
    assert training.rows(split) == training.rows(by_hand) == (5400, 600)


@pytest.mark.parametrize("junk", [None, "5", True, [], {}, -0.5, {"shape": "x"}, {"shape": ["a"]}])
def test_junk_in_a_record_is_no_number(junk: object) -> None:
    """A record made by hostile code gives zeros or None, never an exception."""
    fit = dict.fromkeys(("x", "epochs", "batch_size", "validation_split", "validation_data"), junk)
    assert training.epochs(fit) == 0
    assert training.batch_size(fit) == training.DEFAULT_BATCH_SIZE
    assert training.rows(fit) == (0, 0)
    assert training.largest(fit) is None
