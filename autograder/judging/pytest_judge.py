"""Hidden pytest over one submission's evidence: pytest's outcomes → Verdicts."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import types
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import NoEvidence
from autograder.evidence.evidence import Evidence
from autograder.judging import exhibits
from autograder.judging.checks import CheckFailed, collect
from autograder.records import SHOW_ANSWERS, Check, Exhibit, LayerTable, Status, Verdict

_LOCK = threading.Lock()  # pytest keeps global state: one run at a time in a process
_QUIET = ("terminal", "cacheprovider", "logging", "faulthandler", "junitxml", "capture", "doctest",
          "unittest", "warnings", "setuponly", "stepwise", "pastebin", "nose", "threadexception",
          "unraisableexception")  # fmt: skip
#: What would change the judging run from outside, and what pytest leaves changed.
_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
              "PYTEST_CURRENT_TEST", "PYTEST_VERSION")  # fmt: skip
_LAST_ERROR = ("last_exc", "last_type", "last_value", "last_traceback")


class Judge:
    """A pytest plugin that gives graders the evidence and turns their outcomes into verdicts."""

    def __init__(self, grader: types.ModuleType, evidence: Evidence) -> None:
        self._grader = grader
        self._evidence = evidence
        self.verdicts: dict[str, Verdict] = {}
        self.problems: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: pytest.Collector
    ) -> pytest.Module:
        """Take the grader as it was loaded by path, under a name that no other course has."""
        return loaded(self._grader, module_path, parent)

    @pytest.fixture
    def evidence(self, request: pytest.FixtureRequest) -> Evidence:
        """What the submission answered."""
        return self._evidence.for_task(check_of(request.node).task)

    def pytest_runtest_setup(self) -> None:
        """Take exhibits of the check that begins."""
        exhibits.begin()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Note the verdict; and report what was raised in its place.

        pytest's own report of it quotes the source, and parses the whole grader for each line of
        the trace: ten times the work of judging.
        """
        check = check_of(item)
        if call.excinfo is None:
            if call.when == "call":
                self.verdicts[check.name] = Verdict(
                    check, Status.PASSED, exhibits=_of_a_pass(exhibits.taken())
                )
            return None
        status, message = judge(call.excinfo.value)
        trace = ""
        if status is Status.INTERNAL:
            # What pytest itself goes through before a check helps nobody.
            call.excinfo.traceback = call.excinfo.traceback.filter(_is_not_pytests)
            trace = str(call.excinfo.getrepr())
        shown = exhibits.taken() if status is Status.FAILED else ()
        self.verdicts[check.name] = Verdict(check, status, message, trace, shown)
        assert call.when != "collect"
        return pytest.TestReport(item.nodeid, item.location, {}, "failed", message, call.when)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a grader's file could not be read."""
        if report.failed:
            self.problems.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep why pytest itself broke off."""
        self.problems.append(str(excrepr))


def _of_a_pass(shown: tuple[Exhibit, ...]) -> tuple[Exhibit, ...]:
    """What is shown of a check that passed: what it reached, and nothing that is amiss."""
    return tuple(one for one in shown if not isinstance(one, (*SHOW_ANSWERS, LayerTable)))


def _is_not_pytests(entry: Any) -> bool:
    return not {"_pytest", "pluggy"} & {*Path(entry.path).parts}


def judge(error: BaseException) -> tuple[Status, str]:
    """Return the status and the student's text for what a grader raised."""
    if isinstance(error, CheckFailed):
        return Status.FAILED, str(error)
    if isinstance(error, NoEvidence):
        return error.status, error.message
    return Status.INTERNAL, "This check could not be judged; that is the course's fault."


def check_of(item: Any) -> Check:
    """Return the check that a collected test is."""
    check = getattr(item.obj, "check", None)
    assert isinstance(check, Check), f"{item.name} has no @check"
    return check


def loaded(module: types.ModuleType, path: Path, parent: pytest.Collector) -> pytest.Module:
    """Return pytest's collector of a module that is loaded already."""
    collector: pytest.Module = pytest.Module.from_parent(parent, path=path)
    collector.obj = module
    return collector


def verdicts(grader: types.ModuleType, evidence: Evidence) -> tuple[Verdict, ...]:
    """Run the hidden tests of a loaded grader over `evidence`, in this process.

    Returns:
        One verdict per check, in the grader's order. A check that did not run is INTERNAL.
    """
    plugin = Judge(grader, evidence)
    path = Path(str(grader.__file__))
    argv = [str(path), "--noconftest", "--assert=plain"]
    argv += ["--import-mode=importlib", "-c", os.devnull, "--rootdir", str(path.parent)]
    argv += ["--confcutdir", str(path.parent)]  # else it looks through all folders above, each time
    argv += [word for name in _QUIET for word in ("-p", f"no:{name}")]
    with _LOCK, _global_state_kept():
        pytest.main(argv, plugins=[plugin])
    trace = "\n".join(plugin.problems)[-4000:]
    lost = "This check did not run; that is the course's fault."
    return tuple(
        plugin.verdicts.get(check.name) or Verdict(check, Status.INTERNAL, lost, trace)
        for check in collect(grader)
    )


@contextlib.contextmanager
def _global_state_kept() -> Generator[None]:
    """Keep what is set for another pytest out of the judging run, and the run out of the process.

    Standard output is left alone: other threads write to it meanwhile.
    """
    before = {key: os.environ.pop(key, None) for key in _VARIABLES}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    errors = {name: getattr(sys, name) for name in _LAST_ERROR if hasattr(sys, name)}
    path, folder = list(sys.path), Path.cwd()
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value
        for name in _LAST_ERROR:  # else the last error would keep the evidence alive
            if name in errors:
                setattr(sys, name, errors[name])
            elif hasattr(sys, name):
                delattr(sys, name)
        sys.path[:] = path
        if Path.cwd() != folder:
            os.chdir(folder)
