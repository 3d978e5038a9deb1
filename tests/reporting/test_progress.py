"""What is shown while submissions are graded; the bar itself is tested with nbgrader's command."""

from __future__ import annotations

import re
import threading

import pytest

from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.progress import GradingProgress


def _report(path: str, status: Status) -> Report:
    check = Check("test_fact", "gates", "A fact", 3, "A hint.")
    return Report(path, "ex04_perceptron", (Verdict(check, status),), Isolation.FULL, {})


def test_without_a_terminal_each_submission_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Place, name, points and status, on standard error; a name cannot forge a second line."""
    with GradingProgress(3, quiet=False) as progress:
        progress.done(_report("ada.py", Status.PASSED))
        progress.done(_report("ben\n[3/3] eve.py", Status.FAILED))
        progress.done(_report("cleo.py", Status.INTERNAL))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[1/3] ada.py: 3/3 PASSED"
    assert lines[1].startswith("[2/3] ben")
    assert lines[2] == "[3/3] cleo.py: -/3 INTERNAL"
    assert len(lines) == 3


def test_lines_go_where_they_are_wanted_and_quiet_is_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """nbgrader's log takes them; nothing is written to standard error as well."""
    said: list[str] = []
    with GradingProgress(1, quiet=False, say=said.append) as progress:
        progress.done(_report("ada.py", Status.PASSED))
    with GradingProgress(1, quiet=True, say=said.append) as progress:
        progress.done(_report("ben.py", Status.PASSED))
    assert said == ["[1/1] ada.py: 3/3 PASSED"]
    assert capsys.readouterr().err == ""


def test_no_line_is_lost_between_threads() -> None:
    """Reports come from many threads, and each has a place of its own."""
    said: list[str] = []
    with GradingProgress(200, quiet=False, say=said.append) as progress:
        threads = [
            threading.Thread(
                target=lambda: [progress.done(_report("x", Status.PASSED)) for _ in range(50)]
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [line.split("]")[0] for line in said] == [f"[{n}/200" for n in range(1, 201)]


def test_a_bar_is_cut_nowhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 80 columns elapsed and left stand apart, and every kind of ending is counted in full."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    with GradingProgress(1000, quiet=False, jobs=16) as progress:
        for status in Status:
            progress.done(_report("ada.py", status))
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", capsys.readouterr().err).replace("\r", "\n")
    lines = shown.splitlines()
    (bar,) = {line.rstrip() for line in lines if "7/1000" in line}
    assert re.fullmatch(r"grading \S+ +7/1000 16 running, 0:00:0\d elapsed, [-\d:]{7} left", bar)
    assert "1 timed out, 1 out of memory" in shown and "…" not in shown
    assert max(map(len, lines)) <= 80
