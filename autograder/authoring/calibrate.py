"""Measure which figure a right submission reaches: train it often, keep every one.

Each training goes through the same boxes and the same grader as a submission's, with another seed
for the first weights and for the order of the images. What was measured before is kept as long as
it is still what comes out: a long measurement can be made in pieces.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from scipy import stats

from autograder.authoring.kept import kept_one
from autograder.authoring.measure import (
    Bench,
    libraries_of,
    measured_values,
    solution_of,
    summary,
)
from autograder.course.catalog import Course
from autograder.course.exercise_folder import ExerciseFolder
from autograder.errors import CourseError
from autograder.files import replacing
from autograder.judging.thresholds import ACCURACY, Metric, metric_of
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store

Progress = Callable[[str], None]

#: A right submission must practically never fail: the threshold lies this far below the mean.
DEVIATIONS = 4
#: What an interrupted measurement leaves as it was.
_KEPT = ("threshold", "false_fail")


def main(
    slug: str,
    course: Course,
    seeds: int = 20,
    profile: str = "sample",
    progress: Progress = print,
    weak: Sequence[str] = (),
    *,
    reset: bool = False,
) -> dict[str, Any]:
    """Train the reference solution with many seeds and write down what was measured.

    Args:
        slug: The exercise; its grader names what is measured (`MEASURED_TASK`, `measure`, and
            `METRIC` where that is no accuracy).
        course: The course's checkout.
        seeds: How many trainings of the reference solution there shall be, those of an earlier
            run among them; of weak variants a quarter as many.
        profile: "sample" or "full".
        progress: Called with one line for each training.
        weak: Kept submissions that are trained too, by name, such as "wrong_one_epoch"; those
            that were measured before if empty.
        reset: Write the suggested threshold over one that stands there.

    Returns:
        The record of this profile, as it was written beside the grader. A threshold that stands
        there already is kept without `reset`; a new one lies 4 sd on the worse side of the mean,
        rounded in the submission's favour.

    Raises:
        CourseError: The exercise needs no calibration, or `seeds` is less than two.
        UsageError: A weak submission is none that is kept.
    """
    hidden = course.folder(slug)
    must_be_measured(hidden)
    if seeds < 2:
        raise CourseError(f"A deviation needs two trainings or more. Received: {seeds}.")
    calibration = hidden.calibration()
    profiles = calibration.get("profiles", {})
    earlier = profiles.get(profile, {})
    metric = metric_of(hidden.grader())
    names = weak or sorted(earlier.get("weak", {}))
    files = {"solution": solution_of(course, slug)}
    for name in names:
        one = kept_one(course, slug, name, "--weak")
        files[one.stem] = replace(one.submission(slug), label=one.stem)
    before = {"solution": earlier.get("solution", {}), **earlier.get("weak", {})}
    sandbox = Sandbox(
        os.environ.get("KERAS_BACKEND", "tensorflow"),
        libraries=course.libraries,
        hidden=(course.root,),
    )
    measured: dict[str, Any] = {}
    record: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="autograder-") as fresh:  # nothing from memory
        try:
            sandbox.start()
            bench = Bench(sandbox, Store(Path(fresh)), course, slug, profile, progress)
            for name, submission in files.items():
                times = seeds if name == "solution" else max(2, seeds // 4)
                for part in bench.measure(submission, times, before.get(name, {})):
                    measured[name] = part
                    # A training takes minutes: an interruption must not cost those before it.
                    record = _record(course, slug, profile, seeds, {**before, **measured})
                    record = {**{key: earlier[key] for key in _KEPT if key in earlier}, **record}
                    calibration["metric"] = asdict(metric)
                    calibration["profiles"] = {**profiles, profile: record}
                    write_calibration(hidden, calibration)
        finally:
            sandbox.stop()
    old, new = record.get("threshold"), record["suggested"]
    record["threshold"] = new if reset or old is None else old
    values = measured_values(record["solution"])
    record["false_fail"] = false_fail(values, record["threshold"], metric)
    write_calibration(hidden, calibration | {"profiles": {**profiles, profile: record}})
    solution = record["solution"]
    progress(
        f"{slug}, {profile}: {metric.name} with mean {metric.shown(solution['mean'], 1)}, "
        f"sd {solution['sd']:.4g}, from {metric.shown(solution['least'], 1)} to "
        f"{metric.shown(solution['most'], 1)}"
    )
    progress(_decision(metric, old, new, record, reset=reset))
    return record


def _decision(
    metric: Metric, old: float | None, new: float, record: Mapping[str, Any], *, reset: bool
) -> str:
    """Return what became of the threshold, old and new."""
    failing = f"which fails {record['false_fail']['estimate']:.1g} of right submissions"
    shown = metric.shown(record["threshold"])
    if old is None or old == record["threshold"] == new:
        return f"threshold: {shown}, {failing}"
    if reset:
        return f"threshold: {metric.shown(old)} -> {shown}, {failing}"
    return (
        f"threshold: {shown} as it stood, {failing}; the measurements suggest "
        f"{metric.shown(new)}: --reset writes it"
    )


def _record(
    course: Course,
    slug: str,
    profile: str,
    seeds: int,
    measured: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what is written of a profile, but for its threshold: that waits until the end."""
    weak = {name: one for name, one in measured.items() if name != "solution" and one}
    solution = measured["solution"]
    metric = metric_of(course.folder(slug).grader())
    command = ["autograder", "calibrate", slug, "--seeds", str(seeds), "--data", profile]
    return {
        "suggested": metric.bound(solution["mean"], solution["sd"], DEVIATIONS),
        "command": " ".join([*command, *(["--weak", *weak] if weak else [])]),
        "libraries": libraries_of(course),
        "solution": solution,
        "weak": weak,
    }


def false_fail(
    values: Sequence[float], threshold: float, metric: Metric = ACCURACY
) -> dict[str, Any]:
    """Return how often a right submission fails a threshold: counted, and as an estimate.

    The estimate is the part of a further training's predictive distribution that lies on the wrong
    side of the threshold: Student's t with n - 1 degrees of freedom, the trainings taken as normal.

    Args:
        values: The figures of n right trainings.
        threshold: What is asked for.
        metric: What the figures are.
    """
    count = len(values)
    summed = summary(values)
    spread = summed["sd"] * (1 + 1 / count) ** 0.5
    failed = sum(not metric.reaches(value, threshold) for value in values)
    side = 1 if metric.higher_is_better else -1
    if spread:
        distance = side * (threshold - summed["mean"]) / spread
        estimate = float(stats.t.cdf(distance, count - 1))
    else:
        estimate = float(not metric.reaches(summed["mean"], threshold))
    return {"failed": failed, "of": count, "estimate": float(f"{estimate:.2g}")}


def must_be_measured(hidden: ExerciseFolder) -> None:
    """Raise a `CourseError` for an exercise whose grader names nothing that is measured."""
    grader = hidden.grader()
    if not hasattr(grader, "MEASURED_TASK") or not hasattr(grader, "measure"):
        raise CourseError(
            f"What is calibrated stands in the grader, as MEASURED_TASK and measure. "
            f"Received: {hidden.slug}, whose grader has not both: it needs no calibration."
        )


def write_calibration(hidden: ExerciseFolder, record: Mapping[str, Any]) -> None:
    """Write all that is kept about an exercise's thresholds."""
    text = json.dumps(record, indent=1)
    # A list of figures reads better on one line.
    text = re.sub(
        r"\[\s+([^][{}]*?)\s+\]", lambda figures: f"[{' '.join(figures[1].split())}]", text
    )
    with replacing(hidden.calibration_path) as file:
        file.write(f"{text}\n".encode())
