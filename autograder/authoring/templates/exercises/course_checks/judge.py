"""Turns what became of a check into a report for a student."""

from __future__ import annotations

import re
from typing import Any, Iterator

import pytest

from course_checks import source, words
from course_checks.progress import BROKEN, NOT_WRITTEN, RIGHT, WRONG, Check
from course_checks.reasons import KERAS, REASONS
from course_checks.student_file import Broken, NotWritten, Stopped, StudentFile
from course_checks.supervisor import Stop, Supervisor, culprit, stop_words


def judge(report: Any, error: BaseException | None, file: StudentFile, check: Check) -> None:
    """Give a report of pytest's its state, and words in place of a traceback.

    Args:
        report: The report.
        error: What a failed check raised.
        file: The student's file.
        check: The check.
    """
    report.exercise, report.task = check.exercise, check.task
    report.state, report.words, report.cause, report.line = RIGHT, "", "", 0
    report.missing = ""
    report.direct = list(check.functions)
    report.uses = sorted(
        set(check.functions).union(*(source.used_by(file.tree, name) for name in check.functions))
    )
    report.lines = {name: node.lineno for name, node in file.functions.items()}
    if error is None:
        return
    _explain(report, error, file)
    report.longrepr = report.words
    # A check that finds nothing written ends before its call; who watches reports, such as an
    # editor, counts calls alone.
    report.when = "call" if report.when == "setup" else report.when


def _explain(report: Any, error: BaseException, file: StudentFile) -> None:
    frame = words.innermost(error, file.path)
    report.line = frame.lineno if frame else 0
    if isinstance(error, NotWritten):
        report.state, report.words = NOT_WRITTEN, str(error)
        report.missing, report.line = report.words.partition(":")[0], 0
    elif isinstance(error, Broken):
        report.state, report.words = BROKEN, str(error)
        if missing := re.search(r"No module named '([^']+)'", report.words):
            report.cause = f"missing {missing[1]}"
    elif isinstance(error, Stopped):
        report.state, report.words, report.cause = WRONG, str(error), f"stopped {error.name}"
    elif isinstance(error, NotImplementedError) and frame and frame.name in file.unwritten:
        report.state = NOT_WRITTEN
        report.words = f"waits for another task of this exercise: first write `{frame.name}`."
        report.missing, report.line = frame.name, 0
    else:
        report.state = WRONG
        report.words = _wrong(error, file, frame is not None)
        if isinstance(error, ModuleNotFoundError):
            report.cause = f"missing {error.name}"
        elif frame:
            report.cause = f"{type(error).__name__} in line {frame.lineno}"


def _wrong(error: BaseException, file: StudentFile, is_own: bool) -> str:
    """Say what is wrong; what a function did not return comes before what follows from it."""
    if is_own or isinstance(error, ModuleNotFoundError):
        return words.raised(error, file.path)
    if name := file.without_result():
        return words.no_result(name, file.functions[name])
    if isinstance(error, AssertionError) and str(error):
        return str(error)
    given = [f"`{name}` gave {words.kind(values[-1])}" for name, values in file.returned.items()]
    # What Python says of a check's own line is no reason of the student's; what Keras says may be.
    known = words.reason_of(words.message_of(error), "", KERAS if given else REASONS)
    if not given:
        rule, step = known or ("A check can call your function.", "Compare its `def` line.")
        return words.three(rule, words.message_of(error), step)
    rule, step = known or (
        "A check can use what your function returns.",
        "Look at the task's text: what is to be returned, and in which shape?",
    )
    received = f"{', '.join(given)}; using it ends in {words.message_of(error)}"
    return words.three(rule, received, step)


def supervised(
    supervisor: Supervisor, item: pytest.Item, following: pytest.Item | None, check: Check
) -> Iterator[Any]:
    """Yield the reports of a check that runs in another process; one of our own if it was ended."""
    next_id = following.nodeid if following else ""
    for told in supervisor.run(item.nodeid, next_id, check):
        if isinstance(told, Stop):
            yield _stopped(told, item, check)
        else:
            yield item.config.hook.pytest_report_from_serializable(config=item.config, data=told)


def _stopped(stop: Stop, item: pytest.Item, check: Check) -> Any:
    name, lines = culprit(stop.stacks, check)
    report: Any = pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome="failed",
        longrepr="",
        when="call",
        duration=stop.seconds,
    )
    judge(report, None, StudentFile(check.path), check)
    report.state = BROKEN if name == "<module>" else WRONG
    report.words = report.longrepr = stop_words(stop, check)
    report.cause = f"stopped {name}"
    report.line = lines[-1] if lines else 0
    return report
