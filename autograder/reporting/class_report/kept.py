"""A report kept in a folder with what belongs to it: JSON, pictures, and the answers' text."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.files import NotPlainFile, read_plain, replacing
from autograder.records import Report
from autograder.reporting.class_report.members import Part
from autograder.reporting.class_report.thumbnails import small
from autograder.reporting.json_report import document, dumps, load

REPORT, ANSWERS, FEEDBACK = "report.json", "answers.txt", "feedback.html"
_TASK = re.compile(r"\w{1,64}")
_MAX_PICTURE_BYTES, _MAX_ANSWER_BYTES = 4 * 2**20, 2**20


def keep(folder: Path, report: Report, answers: str) -> None:
    """Write a report into a folder, in place of an earlier one.

    Args:
        folder: Made where it is not there.
        report: What to keep; pictures are kept small.
        answers: The text of the submission's answers.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forget(folder)
    for task, png in report.pictures.items():
        if _TASK.fullmatch(task):
            _write(folder / f"{task}.png", small(png))
    _write(folder / ANSWERS, answers.encode("utf-8", "replace")[:_MAX_ANSWER_BYTES])
    _write(folder / REPORT, dumps(document([report])).encode())


def forget(folder: Path) -> None:
    """Remove what `keep` wrote, if anything.

    Raises:
        OSError: It cannot be removed.
    """
    for path in (folder / REPORT, folder / ANSWERS, *folder.glob("*.png")):
        path.unlink(missing_ok=True)


def read_kept(path: Path) -> list[Part]:
    """Return what a report's file holds, with the pictures and answers beside it.

    Pictures and answers are of one submission, so that of a file with several they are not read.

    Raises:
        UsageError: The file cannot be read, or is no report of this version.
    """
    entries = load(path)["submissions"]
    if len(entries) != 1:
        return [Part(entry) for entry in entries]
    tasks = dict.fromkeys(check["task"] for check in entries[0]["checks"])
    beside = {
        task: _read(path.with_name(f"{task}.png"), _MAX_PICTURE_BYTES)
        for task in tasks
        if _TASK.fullmatch(task)
    }
    pictures = {task: png for task, png in beside.items() if png}
    answers = _read(path.with_name(ANSWERS), _MAX_ANSWER_BYTES).decode("utf-8", "replace")
    feedback = path.with_name(FEEDBACK)
    return [Part(entries[0], answers, pictures, feedback if feedback.is_file() else None)]


def _write(path: Path, content: bytes) -> None:
    if content:
        with replacing(path) as file:
            file.write(content)


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        content = read_plain(path, limit_bytes)
    except (OSError, NotPlainFile):
        return b""
    return content if len(content) <= limit_bytes else b""
