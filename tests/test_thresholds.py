"""Thresholds and their measurements; and what `fit` was asked, read from untrusted records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder import calibrate, fits, golden, thresholds
from autograder.catalog import find_course
from autograder.errors import CourseError

COURSE = find_course(Path(__file__).parent)
MEASURED = sorted(path.stem for path in thresholds.FOLDER.glob("*.json"))
RECORDS = [
    (slug, profile) for slug in MEASURED for profile in thresholds.calibration(slug)["profiles"]
]


@pytest.mark.parametrize(("slug", "profile"), RECORDS)
def test_a_right_submission_practically_never_fails(slug: str, profile: str) -> None:
    """A threshold lies 4 sd below the mean of right trainings, and below each of them."""
    right = thresholds.calibration(slug)["profiles"][profile]["solution"]
    least = thresholds.threshold(slug, profile)
    assert least <= right["mean"] - calibrate.DEVIATIONS * right["sd"] + 1e-9
    assert least < min(right["accuracies"])


@pytest.mark.parametrize(("slug", "profile"), RECORDS)
def test_a_weak_training_loses_points(slug: str, profile: str) -> None:
    """Weak variants stay below the threshold, or fail a check that does not measure accuracy."""
    weak = thresholds.calibration(slug)["profiles"][profile]["weak"]
    least = thresholds.threshold(slug, profile)
    below = {name for name, one in weak.items() if max(one["accuracies"]) < least}
    assert weak
    if profile == golden.PROFILE:
        # On the full data even one epoch of a convolutional network reads most digits.
        assert below == set(weak)
    kept = golden.read(COURSE.root, slug)
    for name in set(weak) - below:
        lost = kept[f"{name}.py"]["not_passed"].values()
        assert any("accuracy" not in message for _, message in lost), name


@pytest.mark.parametrize("slug", MEASURED)
def test_both_profiles_are_measured(slug: str) -> None:
    """A threshold is known for the bundled sample and for the full data, each from several seeds.

    On the full data one training takes minutes.
    """
    profiles = thresholds.calibration(slug)["profiles"]
    assert set(profiles) == {"sample", "full"}
    assert len(profiles["sample"]["solution"]["accuracies"]) >= 8
    assert len(profiles["full"]["solution"]["accuracies"]) >= 3


def test_unmeasured_threshold_names_the_command() -> None:
    """What was never measured has no threshold, and the error says how to measure it."""
    with pytest.raises(CourseError, match="autograder calibrate ex04_perceptron --data full"):
        thresholds.threshold("ex04_perceptron", "full")


def test_calibrate_refuses_what_it_cannot_measure() -> None:
    """One training has no deviation, and an exercise without `measure` has no accuracy."""
    with pytest.raises(CourseError, match="two trainings or more"):
        calibrate.main("ex05_mnist_mlp", COURSE, seeds=1)
    with pytest.raises(CourseError, match="needs no calibration"):
        calibrate.main("ex04_perceptron", COURSE, seeds=2)


def test_calibrate_writes_what_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two trainings on the sample give the stored accuracies again, and a new record."""
    kept = thresholds.calibration("ex05_mnist_mlp")["profiles"]["sample"]["solution"]
    monkeypatch.setattr(thresholds, "FOLDER", tmp_path)
    thresholds.calibration.cache_clear()
    try:
        told: list[str] = []
        record = calibrate.main("ex05_mnist_mlp", COURSE, 2, "sample", told.append)
        written = json.loads((tmp_path / "ex05_mnist_mlp.json").read_text(encoding="utf-8"))
    finally:
        thresholds.calibration.cache_clear()
    assert written == {"profiles": {"sample": record}}
    assert len(told) == 3
    # Other processors round otherwise, so that the trainings part a little.
    assert record["solution"]["accuracies"] == pytest.approx(kept["accuracies"][:2], abs=0.03)


def test_rows_of_split_and_of_given_validation_data() -> None:
    """A split and validation data of the same size are read as the same training."""
    split = {"x": {"shape": [6000, 784]}, "validation_split": 0.1, "validation_data": None}
    by_hand = {
        "x": {"shape": [5400, 784]},
        "validation_split": 0.0,
        "validation_data": [{"shape": [600, 784]}, {"shape": [600, 10]}],
    }
    assert fits.rows(split) == fits.rows(by_hand) == (5400, 600)


@pytest.mark.parametrize("junk", [None, "5", True, [], {}, -0.5, {"shape": "x"}, {"shape": ["a"]}])
def test_junk_in_a_record_is_no_number(junk: object) -> None:
    """A record made by hostile code gives zeros or None, never an exception."""
    fit = dict.fromkeys(("x", "epochs", "batch_size", "validation_split", "validation_data"), junk)
    assert fits.epochs(fit) == 0
    assert fits.batch_size(fit) == fits.DEFAULT_BATCH_SIZE
    assert fits.rows(fit) == (0, 0)
    assert fits.largest(fit) is None
