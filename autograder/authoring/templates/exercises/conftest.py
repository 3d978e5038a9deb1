"""Makes `pytest exercises/` a report for a student: what to write, what is wrong, what is done."""

from __future__ import annotations

import inspect
import os
import random
import re
import sys
from pathlib import Path
from typing import Any, Generator

import pytest

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from course_checks import arguments, judge, terminal  # noqa: E402
from course_checks.progress import BROKEN, NOT_WRITTEN, RIGHT, WRONG, Check  # noqa: E402
from course_checks.student_file import (  # noqa: E402
    SEED,
    LazyKeras,
    StudentFile,
    import_keras_lazily,
)

# Figures are drawn in memory, and TensorFlow prints no start-up log.
os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

LETTERS = {WRONG: "W", NOT_WRITTEN: "n", BROKEN: "x"}
FILES: dict[Path, StudentFile] = {}
CHECKS: dict[str, Check] = {}
SUPERVISORS = pytest.StashKey["Any"]()


def _student_path(tests: Path) -> Path:
    return tests.with_name(tests.name[len("test_") :])


def _student_file(tests: Path) -> StudentFile:
    path = _student_path(tests)
    if path not in FILES:
        FILES[path] = StudentFile(path)
    return FILES[path]


def _check(item: pytest.Item) -> Check:
    """What is known of a check before it runs."""
    if item.nodeid not in CHECKS:
        mark = item.get_closest_marker("task")
        try:
            text = inspect.getsource(item.function)  # type: ignore[attr-defined]
        except (AttributeError, OSError, TypeError):
            text = ""
        CHECKS[item.nodeid] = Check(
            exercise=item.path.stem[len("test_") :],
            task=mark.args[0] if mark else item.name,
            functions=tuple(dict.fromkeys(re.findall(r"\bstudent\.(\w+)", text))),
            path=_student_path(item.path),
        )
    return CHECKS[item.nodeid]


@pytest.fixture
def student(request: pytest.FixtureRequest) -> StudentFile:
    """The student's module, which says "not written" for what is still the stub."""
    import_keras_lazily(request.path.parent)
    file = _student_file(request.path)
    file.returned.clear()
    # What a check uses must be written before it starts, and loads what it imports for itself.
    for name in _check(request.node).functions:
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest.ini` bound how long a check may take."""
    arguments.add(parser)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Watch, where `--watch` asks for it, in place of one run."""
    return arguments.watch(config, HERE)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark also where `pytest.ini` is not read; read the paths as they are meant."""
    config.addinivalue_line("markers", "task(name): the task that a check belongs to")
    arguments.correct(config, HERE)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let `-k` find the checks of a task by the task's name."""
    item.extra_keyword_matches.add(_check(item).task)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what will run, so that the table also names what `-x` skipped."""
    checks = {item.nodeid: _check(item) for item in session.items}
    CHECKS.clear()
    CHECKS.update(checks)
    session.config.stash[SUPERVISORS] = arguments.supervisor(session)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a check in another process, which may hang or die."""
    supervisor = item.config.stash.get(SUPERVISORS, None)
    if supervisor is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in judge.supervised(supervisor, item, nextitem, _check(item)):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process in which the checks ran."""
    supervisor = config.stash.get(SUPERVISORS, None)
    if supervisor is not None:
        supervisor.close(at_once=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Give a report its state, and an explanation for a student instead of a traceback."""
    report = yield
    error = call.excinfo.value if report.failed and call.excinfo is not None else None
    judge.judge(report, error, _student_file(item.path), _check(item))
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count and print our own states beside pytest's "passed"."""
    state = getattr(report, "state", RIGHT)
    return (state, LETTERS[state], state.upper()) if state != RIGHT else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each wrong answer, each file that cannot be loaded, and the table of progress."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    order = list(CHECKS)
    known = [report for report in reports if getattr(report, "nodeid", "") in CHECKS]
    known.sort(key=lambda report: order.index(report.nodeid))
    terminal.summary(terminalreporter, CHECKS.values(), known)
