"""Lets `pytest exercises/` speak to a student: what to write, what is wrong, how far you are."""

from __future__ import annotations

import inspect
import os
import random
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from student_file import SEED, Broken, LazyKeras, NotWritten, StudentFile, import_keras_lazily

# Figures are drawn to memory, and TensorFlow keeps its start-up log to itself.
os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

RIGHT, WRONG, NOT_WRITTEN, BROKEN = "right", "wrong", "not written", "not loaded"
# What the table of progress calls each state ("": no check of the task ran), and its colour.
WORDS = {RIGHT: "right", WRONG: "wrong", NOT_WRITTEN: "to do", "": "not run"}
COLOURS = {RIGHT: "green", WRONG: "red", NOT_WRITTEN: "yellow", "": "yellow"}
LETTERS = {WRONG: "W", NOT_WRITTEN: "n", BROKEN: "x"}

FILES: dict[Path, StudentFile] = {}
COLLECTED: list[tuple[str, str]] = []


def _student_file(tests: Path) -> StudentFile:
    path = tests.with_name(tests.name.removeprefix("test_"))
    if path not in FILES:
        FILES[path] = StudentFile(path)
    return FILES[path]


def _task(item: pytest.Item) -> tuple[str, str]:
    """The exercise and the task that a check belongs to."""
    mark = item.get_closest_marker("task")
    return item.path.stem.removeprefix("test_"), mark.args[0] if mark else item.name


@pytest.fixture
def student(request: pytest.FixtureRequest) -> StudentFile:
    """The student's module, which says "not written" for what is still the stub."""
    import_keras_lazily()
    file = _student_file(request.path)
    # What a check uses must be written before it starts, and loads Keras for itself.
    for name in re.findall(r"\bstudent\.(\w+)", inspect.getsource(request.function)):
        getattr(file, name)
    return file


@pytest.fixture(autouse=True)
def _seeds() -> None:
    """Start each check from the same random numbers; Keras's only once it is loaded."""
    random.seed(SEED)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(SEED)
    keras = sys.modules.get("keras")
    if keras is not None and not isinstance(keras, LazyKeras):
        keras.utils.set_random_seed(SEED)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known also where `pytest.ini` is not read."""
    config.addinivalue_line("markers", "task(name): the task that a check belongs to")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let `-k gates` find the checks of a task."""
    item.extra_keyword_matches.add(_task(item)[1])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what will run, so that the table also names what `-x` left out."""
    COLLECTED.extend(_task(item) for item in session.items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Give a report its state, and words for a student instead of a traceback."""
    report = yield
    report.exercise, report.task = _task(item)
    report.state, report.words = RIGHT, ""
    if report.failed and call.excinfo is not None:
        report.state, report.words = _judge(call.excinfo.value, _student_file(item.path))
        report.longrepr = report.words
    return report


def _judge(error: BaseException, file: StudentFile) -> tuple[str, str]:
    if isinstance(error, NotWritten):
        return NOT_WRITTEN, str(error)
    if isinstance(error, Broken):
        return BROKEN, str(error)
    explanation = file.explain(error)
    if explanation is None:
        return NOT_WRITTEN, "waits for another task of this exercise."
    return WRONG, explanation


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count and print our own states beside pytest's "passed"."""
    state = getattr(report, "state", RIGHT)
    return (state, LETTERS[state], state.upper()) if state != RIGHT else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each wrong answer, each file that cannot be loaded, and the table of progress."""
    paper = Paper(terminalreporter)
    stats = terminalreporter.stats
    files = {report.exercise: report for report in stats.get(BROKEN, [])}
    for exercise, report in files.items():
        paper.block(exercise, report)
    for report in stats.get(WRONG, []):
        paper.block(f"{report.exercise} · {report.task} · {report.head_line}", report)
    tasks: dict[str, dict[str, list[Any]]] = {}
    for exercise, task in COLLECTED:
        tasks.setdefault(exercise, {}).setdefault(task, [])
    for report in (report for reports in stats.values() for report in reports):
        # A check counts once, by its call; its set-up counts only when it failed.
        if hasattr(report, "state") and (report.when == "call" or report.failed):
            tasks.setdefault(report.exercise, {}).setdefault(report.task, []).append(report)
    for exercise, rows in tasks.items():
        if any(rows.values()):  # after `-x` an exercise may have run no check at all
            paper.table(exercise, {task: _task_state(reports) for task, reports in rows.items()})
    paper.lines("")


def _task_state(reports: list[Any]) -> tuple[str, str]:
    """The state of a task is that of its worst check."""
    for state in (BROKEN, WRONG, NOT_WRITTEN):
        found = [report for report in reports if report.state == state]
        if found:
            wrong = f"{len(found)} of {len(reports)} checks, see above"
            return state, wrong if state == WRONG else found[0].words
    return (RIGHT, "") if reports else ("", "")


class Paper:
    """Writes to the terminal, wrapped to its width."""

    def __init__(self, reporter: Any) -> None:
        self.reporter = reporter
        self.width = min(reporter._tw.fullwidth, 100)

    def lines(self, text: str, first: str = "", indent: str = "", **markup: bool) -> None:
        """Write `text` after `first`; what does not fit goes under `indent`."""
        for line in text.split("\n"):
            parts = textwrap.wrap(line, self.width, initial_indent=first, subsequent_indent=indent)
            for part in parts or [first.rstrip()]:
                self.reporter.write_line(part, **markup)
            first = indent

    def block(self, title: str, report: Any) -> None:
        """Write what one report says, and what the student's code printed."""
        self.lines("")
        self.lines(title, red=True, bold=True)
        self.lines(report.words, "  ", "    ")
        if report.capstdout.strip():
            self.lines("  Your code printed:")
            self.lines("\n".join(report.capstdout.rstrip().split("\n")[-10:]), "    ", "    ")

    def table(self, exercise: str, states: dict[str, tuple[str, str]]) -> None:
        """Write the progress of one exercise, a line for each task."""
        right = sum(state == RIGHT for state, _ in states.values())
        self.lines("")
        self.lines(f"{exercise}: {right} of {len(states)} tasks right", bold=True)
        if any(state == BROKEN for state, _ in states.values()):
            self.lines("  wrong    the file cannot be loaded, see above", red=True)
            return
        column = max(map(len, states)) + 2
        for task, (state, words) in states.items():
            head = f"  {WORDS[state]:<9}{task:<{column}}"
            text = words.removeprefix(f"{task}: ")
            self.lines(text, head, " " * len(head), **{COLOURS[state]: True})
