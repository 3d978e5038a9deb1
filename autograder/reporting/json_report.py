"""The JSON of a run: made from reports, read back, and checked against the schema both times."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from autograder.errors import AutograderError, UsageError
from autograder.records import Measured, Report, Status, Verdict
from autograder.reporting.score import score
from autograder.text import printable

FORMAT_VERSION = 1
SCHEMA = Path(__file__).with_name("schema") / "report.schema.json"
# A report is read back whole. A check takes about 1 KB of it.
MAX_REPORT_BYTES = 256 * 1024 * 1024

Document = dict[str, Any]


def document(reports: Iterable[Report], course: tuple[Path, str] | None = None) -> Document:
    """Return the JSON document of a run.

    Args:
        reports: What was graded.
        course: The folder of the course that marked, and the digest of what it marks with.

    Raises:
        InvalidReport: It would not follow the schema, which is our fault.
    """
    result: Document = {
        "format_version": FORMAT_VERSION,
        "submissions": [_entry(report) for report in reports],
    }
    if course is not None:
        result["course"] = {"path": printable(str(course[0])), "sha256": course[1]}
    validate(result)
    return result


def document_of(entries: Iterable[Mapping[str, Any]]) -> Document:
    """Return the JSON document of entries that come from others."""
    return {"format_version": FORMAT_VERSION, "submissions": list(entries)}


def dumps(value: Document) -> str:
    """Return a document as text, the same for the same document."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def load(path: Path) -> Document:
    """Read a stored document.

    Raises:
        UsageError: The file cannot be read or is no such document.
    """
    try:
        if path.stat().st_size > MAX_REPORT_BYTES:
            raise UsageError(
                f"A stored report has at most {MAX_REPORT_BYTES // 2**20} MiB. "
                f"Received: {path}, which has more. Give a file that `autograder grade` wrote."
            )
        value = json.loads(path.read_text(encoding="utf-8"))
        validate(value)
    except OSError as error:
        raise UsageError(
            f"A stored report must be readable. Received: {path}: {error.strerror}. "
            "Correct the path."
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"A stored report is JSON that `autograder grade --json` wrote. Received: {path}: "
            f"{printable(str(error), 200)}. Grade again."
        ) from None
    except InvalidReport as error:
        raise UsageError(
            f"A stored report follows the schema of this version. Received: {path}: {error}. "
            "Grade again."
        ) from None
    return dict(value)


class InvalidReport(AutograderError):
    """A document does not follow the schema; the text says where."""


def validate(value: object) -> None:
    """Raise `InvalidReport` unless `value` follows the schema."""
    error = load_jsonschema().exceptions.best_match(_validator().iter_errors(value))
    if error is not None:
        raise InvalidReport(f"{error.json_path}: {printable(error.message, 200)}")


@functools.cache
def _validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return load_jsonschema().Draft202012Validator(schema)


def load_jsonschema() -> ModuleType:
    """Import jsonschema when it is needed, without a format that our schema has no use for.

    Where `rfc3987_syntax` is installed, as it is with Jupyter, importing it takes longer than all
    else that grading imports here.
    """
    unused = "rfc3987_syntax"
    missing = unused not in sys.modules
    if missing:
        sys.modules[unused] = None  # type: ignore[assignment] # an import of it fails
    try:
        import jsonschema
    finally:
        if missing:
            del sys.modules[unused]
    return cast("ModuleType", jsonschema)


def _entry(report: Report) -> Document:
    total = score(report).total
    measured = {} if report.measured is None else {"measured": _measured(report.measured)}
    return {
        "path": printable(report.path),
        "exercise": report.exercise,
        "score": total.points,
        "max_score": total.max_points,
        "status": total.status.value,
        "isolation": report.isolation.value,
        "data": dict(sorted(report.data.items())),
        "trained_on": report.trained_on,
        "notes": [printable(note) for note in report.notes],
        "checks": [_check(verdict) for verdict in report.verdicts],
        **measured,
    }


def _measured(measured: Measured) -> Document:
    return {
        "accuracies": [asdict(accuracy) for accuracy in measured.accuracies],
        "curves": {
            task: {
                "epochs": curve.epochs,
                "metrics": {name: list(values) for name, values in curve.metrics.items()},
            }
            for task, curve in measured.curves.items()
        },
        "seconds": measured.seconds,
        "trainings": measured.trainings,
    }


def _check(verdict: Verdict) -> Document:
    """The trace stays out: it is for staff, and this file may reach students."""
    check = verdict.check
    return {
        "name": check.name,
        "task": check.task,
        "title": check.title,
        "points": None if verdict.status is Status.INTERNAL else verdict.points,
        "max_points": check.points,
        "status": verdict.status.value,
        "message": printable(verdict.message),
        "hint": check.hint,
    }
