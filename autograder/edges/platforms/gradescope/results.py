"""What Gradescope reads: `results.json`, in the form of its "Autograder Specifications".

Gradescope adds up the scores that it finds, and has no status for "not marked". So where something
could not be marked through a fault of ours, the file holds no score at all, neither a zero nor what
the other tasks earned, and its text says so.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.records import Report, Status, Verdict
from autograder.reporting.json_report import load_jsonschema
from autograder.reporting.markdown import escaped, escaped_line
from autograder.reporting.score import score

SCHEMA = Path(__file__).with_name("results.schema.json")
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
MAX_PICTURE_BYTES = 256 * 1024
MAX_PICTURES_BYTES = 1024 * 1024
MESSAGE_CHARACTERS = 2000
NOTE_CHARACTERS = 400
MAX_NOTES = 20

NOT_MARKED = (
    "**Not marked yet, by our fault.** The grader itself failed here. This is no zero, and nothing "
    "in your upload has to change: your instructors see this too, and will run it again or mark it."
)

_PNG = b"\x89PNG\r\n\x1a\n"
_WORDS = {
    Status.ERRORED: "Stopped with an error.",
    Status.TIMED_OUT: "Took too long.",
    Status.OUT_OF_MEMORY: "Used too much memory.",
    Status.SKIPPED: "Not checked.",
    Status.INTERNAL: "Not marked yet, by our fault.",
}

Results = dict[str, Any]


def graded(report: Report, seconds: float, visibility: str = "visible") -> Results:
    """Return the results of a report; without any score where a check of it is `INTERNAL`.

    Args:
        report: The engine's.
        seconds: How long grading took.
        visibility: When students see the checks, one of `VISIBILITIES`.
    """
    scores = score(report)
    marked = scores.total.points is not None
    samples = sorted(name for name, profile in report.data.items() if profile == "sample")
    remarks = [escaped(note, NOTE_CHARACTERS) for note in report.notes[:MAX_NOTES]]
    remarks += [f"Graded on the bundled sample of {escaped_line(name, 80)}." for name in samples]
    if not marked:
        remarks.insert(0, NOT_MARKED)
    results = _frame("\n\n".join(remarks), seconds, visibility)
    pictures = _pictures(report.pictures)
    numbers = {task: place for place, task in enumerate(scores.tasks, 1)}
    seen: dict[str, int] = {}
    for verdict in report.verdicts:
        task = verdict.check.task
        seen[task] = seen.get(task, 0) + 1
        picture = pictures.get(task, "") if seen[task] == 1 else ""
        test = _test(verdict, f"{numbers[task]}.{seen[task]}", picture, visibility, marked=marked)
        results["tests"].append(test)
    if marked:
        results["score"] = scores.total.points
    results["extra_data"] = {
        "exercise": report.exercise,
        "marked": marked,
        "max_score": scores.total.max_points,
        "isolation": report.isolation.value,
        "data": dict(sorted(report.data.items())),
        "trained_on": report.trained_on,
    }
    return results


def refused(name: str, reason: str, maximum: int, seconds: float) -> Results:
    """Return the results of an upload that holds nothing to grade: zero, and what to do about it.

    Args:
        name: The exercise's.
        reason: What must be uploaded, and what was; as plain text.
        maximum: What the exercise is worth.
        seconds: How long it took.
    """
    results = _frame("", seconds, "visible")
    results["score"] = 0
    results["tests"].append(
        {
            "name": "Your upload",
            "number": "1",
            "score": 0,
            "max_score": maximum,
            "status": "failed",
            "output": escaped(reason, MESSAGE_CHARACTERS),
            "output_format": "md",
            "visibility": "visible",
        }
    )
    results["extra_data"] = {"exercise": name, "marked": True, "max_score": maximum}
    return results


def not_marked(name: str, seconds: float) -> Results:
    """Return the results where grading failed before there was a report."""
    results = _frame(NOT_MARKED, seconds, "visible")
    results["tests"].append(
        {
            "name": "Not marked yet",
            "number": "1",
            "output": "The grader failed before it looked at your upload.",
            "output_format": "md",
            "visibility": "visible",
        }
    )
    results["extra_data"] = {"exercise": name, "marked": False}
    return results


def dumps(results: Results) -> str:
    """Return results as the text of the file, checked against the schema.

    Raises:
        ValueError: They do not follow it, which is our fault.
    """
    error = load_jsonschema().exceptions.best_match(_validator().iter_errors(results))
    if error is not None:
        raise ValueError(f"results.json, {error.json_path}: {error.message[:200]}")
    return json.dumps(results, indent=2, ensure_ascii=True) + "\n"


def _frame(output: str, seconds: float, visibility: str) -> Results:
    results: Results = {
        "execution_time": round(seconds, 1),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": visibility,
        # Standard output names files and faults of the grader's own.
        "stdout_visibility": "hidden",
        "tests": [],
    }
    return {"output": output, **results} if output else results


def _test(
    verdict: Verdict, number: str, picture: str, visibility: str, *, marked: bool
) -> dict[str, Any]:
    check, status = verdict.check, verdict.status
    parts = []
    if status is not Status.PASSED:
        parts.append(_WORDS.get(status, ""))
        parts.append(escaped(verdict.message, MESSAGE_CHARACTERS))
    if check.hint and status not in (Status.PASSED, Status.SKIPPED, Status.INTERNAL):
        parts.append(f"*Hint:* {escaped(check.hint, MESSAGE_CHARACTERS)}")
    test: dict[str, Any] = {
        "name": f"{check.task}: {_title(check.title)}",
        "number": number,
        "output": "\n\n".join(part for part in [*parts, picture] if part),
        "output_format": "md",
        "visibility": visibility,
    }
    if status is not Status.INTERNAL:
        test["status"] = "passed" if status is Status.PASSED else "failed"
    if marked:
        test |= {"score": verdict.points, "max_score": check.points}
    return test


def _title(title: str) -> str:
    """Return a check's title for a name, which Gradescope shows as text."""
    return title.replace("`", "")


def _pictures(pictures: Mapping[str, bytes]) -> dict[str, str]:
    """Return the Markdown of each task's picture, none larger than what a page can bear."""
    shown, total = {}, 0
    for task, png in pictures.items():
        name = escaped_line(task, 80)
        if not png.startswith(_PNG):
            continue
        if len(png) > MAX_PICTURE_BYTES or total + len(png) > MAX_PICTURES_BYTES:
            shown[task] = f"The picture that {name} drew is too large to be shown here."
            continue
        total += len(png)
        data = base64.b64encode(png).decode("ascii")
        shown[task] = f"![What {name} drew](data:image/png;base64,{data})"
    return shown


@functools.cache
def _validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return load_jsonschema().Draft202012Validator(schema)
