"""Measure which accuracy a right submission reaches: train it often, keep every figure.

Each training goes through the same boxes and the same grader as a submission's, with another seed
for the first weights and for the order of the images.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from math import floor
from pathlib import Path
from typing import Any

import numpy as np

from autograder import data as course_data
from autograder import golden, stage, thresholds, transcript
from autograder.catalog import Course
from autograder.dataset import Dataset
from autograder.errors import CourseError
from autograder.evidence import Evidence
from autograder.models import ModelServer
from autograder.records import Exercise, Submission
from autograder.sandbox.zygote import Sandbox
from autograder.store import Store
from autograder.training import TrainingService

Progress = Callable[[str], None]

FIRST_SEED = 1000
#: A right submission must practically never fail: the threshold lies this far below the mean.
DEVIATIONS = 4


def main(
    slug: str,
    course: Course,
    seeds: int = 20,
    profile: str = "sample",
    progress: Progress = print,
    weak: Sequence[str] = (),
) -> dict[str, Any]:
    """Train the reference solution with many seeds and write down the accuracies.

    Args:
        slug: The exercise; its grader names what is measured (`MEASURED_TASK` and `measure`).
        course: The course's checkout.
        seeds: How often to train the reference solution; weak variants a quarter as often.
        profile: "sample" or "full".
        progress: Called with one line for each training.
        weak: Kept submissions that are trained too, by name, such as "wrong_one_epoch"; those
            that were measured before if empty.

    Returns:
        The record of this profile, as it was written to `autograder/calibration`. A threshold that
        stands there already is kept; a new one is mean - 4 sd, rounded down to three decimals.
    """
    grader = importlib.import_module(f"autograder.graders.test_{slug}")
    if not hasattr(grader, "MEASURED_TASK"):
        raise CourseError(
            f"What is calibrated stands in the grader, as MEASURED_TASK and measure. "
            f"Received: {slug}, whose grader has neither: it needs no calibration."
        )
    if seeds < 2:
        raise CourseError(f"A deviation needs two trainings or more. Received: {seeds}.")
    kept = thresholds.calibration(slug)
    before = kept.get("profiles", {}).get(profile, {})
    exercise = course.exercise(slug)
    data = {
        name: course_data.load(name, profile, course_root=course.root) for name in exercise.data
    }
    folder = golden.folder(course.root, slug)
    files = {"solution": course.solution(slug)}
    files |= {name: folder / f"{name}.py" for name in weak or sorted(before.get("weak", {}))}
    sandbox = Sandbox(os.environ.get("KERAS_BACKEND", "tensorflow"))
    measured = {}
    with tempfile.TemporaryDirectory(prefix="autograder-") as fresh:  # nothing from memory
        try:
            sandbox.start()
            for name, path in files.items():
                times = seeds if name == "solution" else max(2, seeds // 4)
                store = Store(Path(fresh))
                measured[name] = _train(sandbox, store, exercise, path, data, times, progress)
        finally:
            sandbox.stop()
    solution = measured.pop("solution")
    suggested = floor(1000 * (solution["mean"] - DEVIATIONS * solution["sd"])) / 1000
    command = ["autograder", "calibrate", slug, "--seeds", str(seeds), "--data", profile, "--weak"]
    record = {
        "threshold": before.get("threshold", suggested),
        "mean_less_4_sd": suggested,
        "command": " ".join([*command, *measured]),
        "keras": _version("keras"),
        "tensorflow": _version("tensorflow"),
        "solution": solution,
        "weak": measured,
    }
    _write(slug, {**kept, "profiles": {**kept.get("profiles", {}), profile: record}})
    progress(
        f"{slug}, {profile}: mean {solution['mean']:.4f}, sd {solution['sd']:.4f}, "
        f"least {min(solution['accuracies']):.4f}; threshold {record['threshold']:.3f}"
    )
    return record


def _train(
    sandbox: Sandbox,
    store: Store,
    exercise: Exercise,
    path: Path,
    data: Mapping[str, Dataset],
    times: int,
    progress: Progress,
) -> dict[str, Any]:
    """Return the accuracies of one file, trained `times` times."""
    submission = Submission(path.stem, exercise.slug, path.read_bytes(), path.suffix)
    workdir = stage.stage(submission, exercise)
    probe = importlib.import_module(f"autograder.probes.{exercise.slug}")
    grader = importlib.import_module(f"autograder.graders.test_{exercise.slug}")
    # The other tasks have no part in it.
    alone = replace(exercise, tasks=(grader.MEASURED_TASK,))
    accuracies, seconds = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + times):
        began_s = time.monotonic()
        inputs = probe.draw(np.random.default_rng(seed), data)
        trainer = TrainingService(sandbox, store)
        said = transcript.run(sandbox, alone, workdir, inputs, seed, trainer)
        models = ModelServer(sandbox, store)
        try:
            evidence = Evidence(said, models, inputs, data, grader.MEASURED_TASK)
            accuracies.append(round(grader.measure(evidence), 6))
        finally:
            models.close()
        seconds.append(time.monotonic() - began_s)
        progress(f"{path.stem}, seed {seed}: {accuracies[-1]:.4f} ({seconds[-1]:.0f} s)")
    return {
        "mean": round(statistics.mean(accuracies), 6),
        "sd": round(statistics.stdev(accuracies), 6),
        "least": min(accuracies),
        "most": max(accuracies),
        "first_seed": FIRST_SEED,
        "accuracies": accuracies,
        "median_s": round(statistics.median(seconds), 1),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _write(slug: str, record: Mapping[str, Any]) -> None:
    thresholds.FOLDER.mkdir(exist_ok=True)
    path = thresholds.FOLDER / f"{slug}.json"
    text = json.dumps(record, indent=1)
    # A list of figures reads better on one line.
    text = re.sub(
        r"\[\s+([^][{}]*?)\s+\]", lambda figures: f"[{' '.join(figures[1].split())}]", text
    )
    path.write_text(text + "\n", encoding="utf-8")
    thresholds.calibration.cache_clear()
