"""Whether what was measured is still of the present code; a stamp says so without a training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from autograder.authoring.calibrate import must_be_measured, write_calibration
from autograder.authoring.kept import kept
from autograder.authoring.measure import (
    digest_of_measured,
    libraries_of,
    measured_task,
    measured_values,
    solution_of,
)
from autograder.course.catalog import Course
from autograder.datasets.spec import PROFILES
from autograder.errors import CourseError
from autograder.judging.thresholds import DRAWN, metric_of
from autograder.records import Submission


def calibration_problems(course: Course, slug: str) -> list[str]:
    """Return what is wrong with an exercise's thresholds: missing, half measured, or outdated.

    Raises:
        CourseError: The grader or the calibration cannot be read.
    """
    hidden = course.folder(slug)
    calibration = hidden.calibration()
    place = hidden.calibration_path
    if not hasattr(hidden.grader(), "MEASURED_TASK"):
        why = f"{slug}: {place} is for nothing: the grader has no MEASURED_TASK. Remove it."
        return [why] if calibration else []
    must_be_measured(hidden)
    problems = []
    for profile in profiles_of(course, slug):
        command = f"autograder calibrate {slug} --data {profile}"
        record = calibration.get("profiles", {}).get(profile, {})
        if "threshold" not in record:
            what = "a measurement that was broken off" if record else "none"
            problems.append(
                f"{slug}: every data profile has a measured threshold. Received: {what} for "
                f"{profile!r} in {place}, so that grading with it is INTERNAL. Run `{command}`."
            )
            continue
        outdated: dict[str, str] = {}
        for name, submission, part in _measured(course, slug, record):
            if submission is None:
                problems.append(
                    f"{slug}: {place} has a measurement of {name}, which is no kept submission."
                )
            elif part.get("digest") != _digest(course, slug, submission, profile):
                outdated[name] = _changed(course, record, part)
        if outdated:
            what = " and ".join(dict.fromkeys(outdated.values()))
            problems.append(
                f"{slug}: what was measured is of the present code. Received: {place}, "
                f"{profile!r}, {', '.join(outdated)}, whose {what} since. Run `{command}`, which "
                "trains once where nothing else comes out; or, if you know that nothing does, "
                f"`autograder calibrate {slug} --stamp`."
            )
    metric = calibration.get("metric")
    if metric is not None and metric != asdict(metric_of(hidden.grader())):
        problems.append(
            f"{slug}: METRIC of the grader is what was measured. Received: {place} with "
            f"{metric['name']}. Run `autograder calibrate {slug} --reset`."
        )
    return problems


def stamp(course: Course, slug: str) -> list[str]:
    """Take what was measured for measurements of the present code, and return what changed.

    Nothing is trained: that nothing else would come out is the author's word.

    Raises:
        CourseError: The exercise needs no calibration, or has none.
    """
    hidden = course.folder(slug)
    must_be_measured(hidden)
    calibration = hidden.calibration()
    if not calibration.get("profiles"):
        raise CourseError(
            f"What is stamped was measured. Received: no measurement in {hidden.calibration_path}. "
            f"Run `autograder calibrate {slug}`."
        )
    told = []
    calibration["metric"] = asdict(metric_of(hidden.grader()))
    for profile, record in calibration["profiles"].items():
        _renamed(record)
        record["libraries"] = libraries_of(course)
        for name, submission, part in _measured(course, slug, record):
            if submission is None:
                continue  # `check` tells of it
            digest = _digest(course, slug, submission, profile)
            if part.get("digest") != digest:
                told.append(f"{slug}, {profile}, {name}: {part.get('digest')} -> {digest}")
            part["digest"] = digest
    write_calibration(hidden, calibration)
    return told


def _renamed(record: dict[str, Any]) -> None:
    """Bring a record of the time when only accuracies were measured to its present form."""
    for version in ("keras", "tensorflow"):
        record.pop(version, None)
    if "mean_less_4_sd" in record:
        record["suggested"] = record.pop("mean_less_4_sd")
    for part in (record["solution"], *record.get("weak", {}).values()):
        part["values"] = measured_values(part)
        part.pop("accuracies", None)


def profiles_of(course: Course, slug: str) -> tuple[str, ...]:
    """Return the data profiles that an exercise can be graded with."""
    return PROFILES if course.exercise(slug).data else (DRAWN,)


def _measured(
    course: Course, slug: str, record: Mapping[str, Any]
) -> Iterator[tuple[str, Submission | None, dict[str, Any]]]:
    """Yield what was measured: name, submission where it is kept, and record."""
    yield "solution", solution_of(course, slug), record["solution"]
    known = {one.stem: one.submission(slug) for one in kept(course, slug)}
    for name, part in record.get("weak", {}).items():
        yield name, known.get(name), part


def _digest(course: Course, slug: str, submission: Submission, profile: str) -> str:
    hidden = course.folder(slug)
    exercise = measured_task(course.exercise(slug), hidden)
    return digest_of_measured(submission, course, exercise, hidden, profile)


def _changed(course: Course, record: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """Return what may have changed, in words; libraries are known by name."""
    if "digest" not in part:
        return "code was not noted, and may have changed"
    measured_with = record.get("libraries", {})
    others = [
        f"{name} {measured_with[name]} -> {version}"
        for name, version in libraries_of(course).items()
        if measured_with.get(name, version) != version
    ]
    if others:
        return f"libraries have changed ({', '.join(others)})"
    return "code, probe, `measure` or data have changed"
