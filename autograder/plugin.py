"""Hidden pytest over one submission's evidence: pytest's outcomes → Verdicts."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import autograder.graders
from autograder.checks import CheckFailed, collect
from autograder.errors import NoEvidence
from autograder.evidence import Evidence
from autograder.records import Check, Status, Verdict

_LOCK = threading.Lock()  # pytest keeps global state: one run at a time in a process
_GRADERS = Path(autograder.graders.__file__).parent
_QUIET = ("terminal", "cacheprovider", "logging", "faulthandler", "junitxml", "capture", "doctest",
          "unittest", "warnings", "setuponly", "stepwise", "pastebin", "nose")  # fmt: skip


class Judge:
    """A pytest plugin that gives graders the evidence and turns their outcomes into verdicts."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.verdicts: dict[str, Verdict] = {}

    @pytest.fixture
    def evidence(self, request: pytest.FixtureRequest) -> Evidence:
        """What the submission answered."""
        return self._evidence.for_task(_check_of(request.node).task)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        report = yield
        check = _check_of(item)
        if call.excinfo is not None:
            status, message = judge(call.excinfo.value)
            trace = "" if status is not Status.INTERNAL else str(call.excinfo.getrepr())
            self.verdicts[check.name] = Verdict(check, status, message, trace)
        elif call.when == "call":
            self.verdicts[check.name] = Verdict(check, Status.PASSED)
        return report


def judge(error: BaseException) -> tuple[Status, str]:
    """Return the status and the student's text for what a grader raised."""
    if isinstance(error, CheckFailed):
        return Status.FAILED, str(error)
    if isinstance(error, NoEvidence):
        return error.status, error.message
    return Status.INTERNAL, "This check could not be judged; that is the course's fault."


def _check_of(item: Any) -> Check:
    found = getattr(item.obj, "check", None)
    assert isinstance(found, Check), f"{item.name} has no @check"
    return found


def verdicts(slug: str, evidence: Evidence) -> tuple[Verdict, ...]:
    """Run the hidden tests of exercise `slug` over `evidence`, in this process.

    Returns:
        One verdict per check, in the grader's order. A check that did not run is INTERNAL.
    """
    plugin = Judge(evidence)
    argv = [str(_GRADERS / f"test_{slug}.py"), "--noconftest", "--assert=plain"]
    argv += ["--import-mode=importlib", "-c", os.devnull, "--rootdir", str(_GRADERS)]
    argv += [word for name in _QUIET for word in ("-p", f"no:{name}")]
    with _LOCK, _without_autoload():
        told = io.StringIO()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            pytest.main(argv, plugins=[plugin])
    trace = told.getvalue()[-4000:]
    lost = "This check did not run; that is the course's fault."
    return tuple(
        plugin.verdicts.get(check.name) or Verdict(check, Status.INTERNAL, lost, trace)
        for check in collect(slug)
    )


@contextlib.contextmanager
def _without_autoload() -> Generator[None]:
    """Keep plugins that happen to be installed out of the judging run."""
    key = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    before = os.environ.get(key)
    os.environ[key] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[key]
        else:
            os.environ[key] = before
