"""Golden reports: what each submission kept beside the tests must get, check by check."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.authoring.kept import names
from autograder.course.catalog import Course
from autograder.records import Report, Status

#: Hidden inputs of golden runs are drawn from this seed, so that they are the same everywhere.
SEED = "golden"
#: The data profile of golden runs: the bundled samples, which every machine has.
PROFILE = "sample"
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)


def summary(report: Report) -> dict[str, Any]:
    """Return what is kept of a report: points, and status and message of what was not passed.

    Decimal fractions in messages are masked: their last digits differ between processors.
    """
    not_passed = {
        verdict.check.name: [verdict.status.value, _masked(verdict.message)]
        for verdict in report.verdicts
        if verdict.status is not Status.PASSED
    }
    return {
        "points": sum(verdict.points for verdict in report.verdicts),
        "max_points": sum(verdict.check.points for verdict in report.verdicts),
        "not_passed": not_passed,
        "notes": [_masked(note) for note in report.notes],
    }


def _masked(text: str) -> str:
    def mask(number: re.Match[str]) -> str:
        return "#" if "." in number[0] or "e" in number[0].lower() else number[0]

    return _NUMBER.sub(mask, text)


def folder(course: Course, slug: str) -> Path:
    """Return the folder of an exercise's kept files and golden reports."""
    return course.folder(slug).submissions


def read(course: Course, slug: str) -> dict[str, Any]:
    """Return the golden summaries of an exercise by name; empty if there are none yet."""
    path = folder(course, slug) / "golden.json"
    if not path.is_file():
        return {}
    golden = json.loads(path.read_text(encoding="utf-8"))
    return dict(golden)


def write(course: Course, slug: str, reports: Iterable[tuple[str, Report]]) -> None:
    """Write the golden summaries of an exercise, from reports by name; others stay."""
    golden = read(course, slug)
    golden.update((name, summary(report)) for name, report in reports)
    present = names(course, slug)
    existing = {name: golden[name] for name in sorted(golden) if name in present}
    text = json.dumps(existing, indent=1, ensure_ascii=False) + "\n"
    folder(course, slug).mkdir(parents=True, exist_ok=True)  # named mutants alone need none
    (folder(course, slug) / "golden.json").write_text(text, encoding="utf-8")


def differences(name: str, report: Report, golden: Mapping[str, Any]) -> list[str]:
    """Return one line for each way in which `report` is not the golden one of `name`."""
    expected_summary = golden.get(name)
    if expected_summary is None:
        return [f"{name}: no golden report. Look at its report, then accept it."]
    has = summary(report)
    lines = [
        f"{name}: {key} must be {expected_summary[key]!r}. Received: {has[key]!r}."
        for key in ("points", "max_points", "notes")
        if has[key] != expected_summary[key]
    ]
    for check in sorted(has["not_passed"].keys() | expected_summary["not_passed"].keys()):
        ours, theirs = has["not_passed"].get(check), expected_summary["not_passed"].get(check)
        if ours != theirs:
            received = "PASSED" if ours is None else " ".join(ours)
            expected = "PASSED" if theirs is None else " ".join(theirs)
            lines.append(f"{name}: {check} must be: {expected} Received: {received}")
    return lines
