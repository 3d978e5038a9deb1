"""Lets `pytest exercises/` speak to a student: what to write, what is wrong, how far you are."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import random
import sys
import textwrap
import traceback
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

# Figures are drawn to memory, and TensorFlow keeps its start-up log to itself.
os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SEED = 1726
RIGHT, WRONG, NOT_WRITTEN, BROKEN = "right", "wrong", "not written", "file stops"
# How the table of progress calls a state; "" is a task of which no check ran.
WORDS = {RIGHT: "right", WRONG: "wrong", NOT_WRITTEN: "to do", BROKEN: "no run", "": "not run"}
LETTERS = {WRONG: "W", NOT_WRITTEN: "n", BROKEN: "x"}


class NotWritten(Exception):
    """The function is still the stub. Its text tells the student what to write."""


class Broken(Exception):
    """The student's file cannot be loaded, so that no check of it can run."""


class LazyKeras(ModuleType):
    """Stands for `keras` until something of it is used: its import takes several seconds."""

    def __init__(self) -> None:
        super().__init__("keras")
        self.__spec__ = importlib.util.find_spec("keras")

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get("keras") is self:
            del sys.modules["keras"]
            importlib.import_module("keras").utils.set_random_seed(SEED)
        return getattr(sys.modules["keras"], name)


class StudentFile:
    """A student's module: read at once, run only when a written function is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.module: ModuleType | None = None
        self.broken = ""
        self.unwritten: dict[str, str] = {}
        try:
            self.tree = ast.parse(path.read_bytes(), filename=str(path))
        except FileNotFoundError:
            self.broken = f"The file {path.name} is not there.\nPut it back into {path.parent}."
        except (SyntaxError, ValueError) as error:
            self.broken = _syntax_message(path, error)
        else:
            lines = path.read_bytes().splitlines()
            for node in self.tree.body:
                if isinstance(node, ast.FunctionDef) and (todo := _todo(node, lines)):
                    self.unwritten[node.name] = todo

    def __getattr__(self, name: str) -> Any:
        if self.broken:
            raise Broken(self.broken)
        if name in self.unwritten:
            raise NotWritten(f"{name}: {self.unwritten[name]}")
        if self.module is None:
            self._load()
        if not hasattr(self.module, name):
            raise AssertionError(
                f"The file {self.path.name} defines `{name}`.\nReceived: a file without it.\n"
                "Put the function back, under that very name."
            )
        return getattr(self.module, name)

    def _load(self) -> None:
        if "keras" not in sys.modules and importlib.util.find_spec("keras"):
            sys.modules["keras"] = LazyKeras()
        module = ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        sys.modules[self.path.stem] = module
        try:
            exec(compile(self.tree, str(self.path), "exec"), module.__dict__)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.broken = (
                f"The file {self.path.name} stops while it is loaded.\n"
                f"Received: {_describe(error, self.path)}\n"
                "Correct that line. What only tries things out belongs under "
                '`if __name__ == "__main__":`.'
            )
            raise Broken(self.broken) from None
        self.module = module


def _todo(node: ast.FunctionDef, lines: list[bytes]) -> str:
    """Say what is to be written, or return "" when the function seems to be written."""
    docstring = ast.get_docstring(node)
    body = node.body[1:] if docstring else node.body
    for statement in body:
        if isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement):
            if b"YOUR CODE HERE" in lines[statement.lineno - 2]:
                break
            return f"delete `raise NotImplementedError()` in line {statement.lineno}."
    else:
        if not all(isinstance(s, ast.Pass) or ast.unparse(s) == "..." for s in body):
            return ""
    return (docstring or "write this function.").split("\n")[0]


def _syntax_message(path: Path, error: SyntaxError | ValueError) -> str:
    line = getattr(error, "lineno", None) or 0
    text = (getattr(error, "text", None) or "").strip()
    step = "Correct that line or the one above it"
    if text.startswith(("%", "!")):
        step = "Delete the line: it is a notebook command, and this file is plain Python"
    place = f"line {line}: {text}\n" if text else ""
    return f"The file {path.name} is not valid Python.\nReceived: {error.args[0]}\n{place}{step}."


def _describe(error: BaseException, path: Path) -> str:
    """Type and message of an exception, and the student's own line that led to it."""
    text = "\n".join(textwrap.shorten(line, 300) for line in str(error).strip().split("\n")[:12])
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    if not own:
        return said
    inside = "" if own[-1].name == "<module>" else f" of {own[-1].name}"
    return f"{said}\nline {own[-1].lineno}{inside}: {own[-1].line}"


FILES: dict[Path, StudentFile] = {}


def _student_file(test_path: Path) -> StudentFile:
    path = test_path.with_name(f"{test_path.stem.removeprefix('test_')}.py")
    return FILES.setdefault(path, StudentFile(path)) if path not in FILES else FILES[path]


@pytest.fixture
def student(request: pytest.FixtureRequest) -> StudentFile:
    """The student's module, which says "not written" for what is still the stub."""
    return _student_file(request.path)


@pytest.fixture(autouse=True)
def _seeds() -> None:
    """Start each check from the same random numbers."""
    random.seed(SEED)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(SEED)
    if isinstance(keras := sys.modules.get("keras"), ModuleType) and type(keras) is ModuleType:
        keras.utils.set_random_seed(SEED)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "task(name): the task that a check belongs to")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Put what a student needs into the report: state, and words instead of a traceback."""
    outcome = yield
    report = outcome.get_result()
    mark = item.get_closest_marker("task")
    report.exercise = item.path.parent.name
    report.task = mark.args[0] if mark and mark.args else item.name
    report.state, report.words = RIGHT, ""
    if not report.failed or call.excinfo is None:
        return
    file = _student_file(item.path)
    report.state, report.words = _judge(call.excinfo.value, file)
    report.longrepr = report.words


def _judge(error: BaseException, file: StudentFile) -> tuple[str, str]:
    if isinstance(error, NotWritten):
        return NOT_WRITTEN, str(error)
    if isinstance(error, Broken):
        return BROKEN, str(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(file.path)]
    if isinstance(error, NotImplementedError) and own and own[-1].name in file.unwritten:
        return NOT_WRITTEN, f"waits for {own[-1].name}."
    if isinstance(error, AssertionError) and not own and str(error):
        return WRONG, str(error)
    if own:
        rule = f"{own[0].name} runs without an exception."
        step = "Read the exception, and correct your line."
    else:
        rule = "The check can use what your function returns."
        step = f"Look at the value that you return; the check failed at: {frames[-1].line}"
    return WRONG, f"{rule}\nReceived: {_describe(error, file.path)}\n{step}"


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    state = getattr(report, "state", RIGHT)
    return (state, LETTERS[state], state.upper()) if state != RIGHT else None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print each wrong answer and each broken file, then the table of progress."""
    write = Paper(terminalreporter)
    stats = terminalreporter.stats
    shown: set[str] = set()
    for report in stats.get(BROKEN, []) + stats.get(WRONG, []):
        if report.words not in shown or report.state == WRONG:
            title = report.exercise
            if report.state == WRONG:
                title += f" · {report.task} · {report.nodeid.rpartition('::')[2]}"
            write.block(title, report.words, report.capstdout)
        shown.add(report.words)
    session = terminalreporter._session
    write.table(session.items, [r for reports in stats.values() for r in reports])


class Paper:
    """Writes to the terminal, wrapped to its width."""

    def __init__(self, reporter: Any) -> None:
        self.reporter = reporter
        self.width = min(reporter._tw.fullwidth, 100)

    def lines(self, text: str, indent: str, first: str | None = None, **markup: bool) -> None:
        begin = indent if first is None else first
        for line in text.split("\n"):
            wrapped = textwrap.wrap(
                line, self.width, initial_indent=begin, subsequent_indent=indent
            )
            for part in wrapped or [begin.rstrip()]:
                self.reporter.write_line(part, **markup)
            begin = indent

    def block(self, title: str, words: str, printed: str) -> None:
        self.reporter.write_line("")
        self.lines(title, "", red=True, bold=True)
        self.lines(words, "  ")
        if printed.strip():
            self.lines("Your code printed:\n" + "\n".join(printed.strip().split("\n")[-10:]), "  ")

    def table(self, items: list[pytest.Item], reports: list[Any]) -> None:
        tasks: dict[str, dict[str, list[Any]]] = {}
        for item in items:
            mark = item.get_closest_marker("task")
            name = mark.args[0] if mark and mark.args else item.name
            tasks.setdefault(item.path.parent.name, {}).setdefault(name, [])
        for report in reports:
            if report.__class__.__name__ == "TestReport" and (report.when == "call" or report.failed):
                tasks.setdefault(report.exercise, {}).setdefault(report.task, []).append(report)
        for exercise, rows in tasks.items():
            states = {task: _task_state(found) for task, found in rows.items()}
            done = sum(state == RIGHT for state, _ in states.values())
            self.reporter.write_line("")
            self.reporter.write_line(f"{exercise}: {done} of {len(rows)} tasks right", bold=True)
            column = max(map(len, rows)) + 2
            for task, (state, words) in states.items():
                head = f"  {WORDS[state]:<9}{task:<{column}}"
                colour = {RIGHT: "green", WRONG: "red", BROKEN: "red"}.get(state, "yellow")
                self.lines(words.removeprefix(f"{task}: "), " " * len(head), head, **{colour: True})


def _task_state(reports: list[Any]) -> tuple[str, str]:
    """The state of a task is that of its worst check."""
    for state in (BROKEN, WRONG, NOT_WRITTEN):
        found = [report for report in reports if report.state == state]
        if found and state == WRONG:
            return state, f"{len(found)} of {len(reports)} checks, see above"
        if found:
            return state, found[0].words if state == NOT_WRITTEN else "see above"
    return (RIGHT, "") if reports else ("", "")
