"""The figures that trained models must reach: measured, and kept beside their measurements.

`autograder calibrate` writes the files; each holds one record for each data profile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.errors import CourseError
from autograder.evidence.evidence import Evidence
from autograder.judging import exhibits
from autograder.judging.checks import claim

#: The profile of what is measured without a data set: its inputs are drawn, the same everywhere.
DRAWN = "sample"


@dataclass(frozen=True, slots=True)
class Metric:
    """What a grader's `measure` returns, as `METRIC` says beside it.

    Attributes:
        name: What a student reads, such as "mean squared error".
        higher_is_better: Whether right submissions have more of it, or less.
        unit: What stands behind the number, such as "°C²".
        decimals: To how many the threshold is rounded, in the submission's favour.
    """

    name: str = "accuracy"
    higher_is_better: bool = True
    unit: str = ""
    decimals: int = 3

    def bound(self, mean: float, sd: float, deviations: float) -> float:
        """Return a threshold that lies so many deviations on the worse side of the mean."""
        scale = 10.0**self.decimals
        if self.higher_is_better:
            return math.floor(scale * (mean - deviations * sd)) / scale
        return math.ceil(scale * (mean + deviations * sd)) / scale

    def reaches(self, value: float, bound: float) -> bool:
        """Whether a figure is as good as a threshold; one that is no number is not."""
        return value >= bound if self.higher_is_better else value <= bound

    def shown(self, value: float, more_decimals: int = 0) -> str:
        """Return a figure as it is written, with its unit."""
        return f"{value:.{self.decimals + more_decimals}f} {self.unit}".rstrip()


ACCURACY = Metric()


def metric_of(grader: object) -> Metric:
    """Return what the `measure` of a grader measures: its METRIC, or the accuracy."""
    metric = getattr(grader, "METRIC", ACCURACY)
    if not isinstance(metric, Metric):
        raise CourseError(
            "METRIC in a grader is a `Metric` of autograder.judging. "
            f"Received: {getattr(grader, '__file__', grader)} with {metric!r}. Correct it."
        )
    return metric


def threshold(calibration: Mapping[str, Any], slug: str, profile: str) -> float:
    """Return the figure that a model of exercise `slug` must reach on the data of `profile`.

    Args:
        calibration: All that is kept about the exercise's thresholds.
        slug: The exercise, for the message.
        profile: "sample" or "full".

    Raises:
        CourseError: It was never measured.
    """
    try:
        return float(calibration["profiles"][profile]["threshold"])
    except KeyError as error:
        raise CourseError(
            f"Every threshold is measured. Received: {slug} with the data profile {profile!r}, "
            f"which is not. Run `autograder calibrate {slug} --data {profile}`."
        ) from error


def reaches_threshold(
    evidence: Evidence,
    received: float,
    metric: Metric = ACCURACY,
    *,
    data: str = "",
    where: str = "the test set",
    next_step: str = "",
) -> None:
    """Claim that a figure is as good as right submissions were measured to be.

    Args:
        evidence: The answers, with the calibration of their exercise.
        received: What `measure` returned.
        metric: What it is: the grader's METRIC.
        data: The data set whose profile decides which measurement counts; none for drawn inputs.
        where: What it was measured on, in the words of the task.
        next_step: What to look at.

    Raises:
        CourseError: It was never measured.
    """
    profile = evidence.data[data].profile if data else DRAWN
    bound = threshold(evidence.calibration, evidence.exercise, profile)
    unit = f" ({metric.unit})" if metric.unit else ""
    name = f"{metric.name[:1].upper()}{metric.name[1:]}{unit} on {where}"
    holds = metric.reaches(received, bound)
    band = measured(evidence.calibration, profile)
    exhibits.reached(name, received, bound, band, holds=holds)
    side = "at least" if metric.higher_is_better else "at most"
    claim(
        holds,
        f"On {where} the {metric.name} must be {side} {metric.shown(bound)}",
        metric.shown(received, 1),
        next_step,
    )


def measured(calibration: Mapping[str, Any], profile: str) -> tuple[float, float] | None:
    """Return the least and the most accurate of the measured right solutions, if they were kept."""
    solution = calibration.get("profiles", {}).get(profile, {}).get("solution", {})
    try:
        return float(solution["least"]), float(solution["most"])
    except (KeyError, TypeError, ValueError):
        return None
