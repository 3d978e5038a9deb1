"""Hidden pytest over evidence: each outcome has its status, and pytest leaves nothing changed."""

import logging
import os
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from repository import COURSE, checks, with_body

from autograder.errors import CourseError, NoEvidence, SandboxError
from autograder.evidence.evidence import Evidence
from autograder.evidence.frames import Answer
from autograder.evidence.transcript import Break, End, Transcript
from autograder.guest.protocol.answers import ErrorFacts
from autograder.guest.protocol.walls import ExitFacts
from autograder.judging import pytest_judge
from autograder.judging.checks import CheckFailed, collect
from autograder.judging.pytest_judge import judge, verdicts
from autograder.models.server import ModelServer
from autograder.records import Isolation, Status
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store

SLUG = "ex04_perceptron"
graders, probe = COURSE.folder(SLUG).grader(), COURSE.folder(SLUG).probe()
ROWS = [(0, 0), (0, 1), (1, 0), (1, 1)]


def evidence(answers: dict[str, Answer] | None = None, **transcript) -> Evidence:
    """Evidence of a submission that answered only what is given; no box is opened."""
    said = Transcript(answers or {}, isolation=Isolation.FULL, **transcript)
    inputs = probe.draw(np.random.default_rng(0), {})
    return Evidence(said, ModelServer(Sandbox(), Store(Path("nowhere"))), inputs, {})


def gates(and_gate: object = None) -> dict[str, Answer]:
    """The answers of right gates, those of `and_gate` replaced where given."""
    found = {}
    for name, function in (("and", min), ("or", max), ("xor", lambda a, b: a ^ b)):
        for a, b in ROWS:
            key = f"gates.{name}_{a}{b}"
            value = and_gate if name == "and" and and_gate is not None else function(a, b)
            found[key] = Answer(key, f"{name}_gate", "returned", value)
    return found


def by_name(found) -> dict[str, pytest_judge.Verdict]:
    return {verdict.check.name: verdict for verdict in found}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CheckFailed("wrong"), Status.FAILED),
        (NoEvidence(Status.TIMED_OUT, "slow"), Status.TIMED_OUT),
        (AssertionError("a detail"), Status.INTERNAL),
        (SandboxError("a detail"), Status.INTERNAL),
        (ZeroDivisionError("a detail"), Status.INTERNAL),
        (pytest.skip.Exception("a detail"), Status.INTERNAL),
    ],
)
def test_what_a_grader_raises_has_its_status(error, status):
    """A claim FAILS, missing evidence has its own status, and anything else is our fault."""
    found, message = judge(error)
    assert found is status
    assert "a detail" not in message


def test_one_verdict_per_check_in_the_order_of_the_file():
    """Every check has its verdict, passed or not, and the checks stand in their order."""
    found = verdicts(graders, evidence(gates()))
    assert [verdict.check for verdict in found] == list(checks(SLUG))
    statuses = [verdict.status for verdict in found]
    assert statuses[:3] == [Status.PASSED] * 3
    assert set(statuses[3:]) == {Status.SKIPPED}


def test_wrong_answers_fail_with_the_claims_text():
    """A wrong answer is FAILED with the claim's sentence and no trace; others are not touched."""
    found = by_name(verdicts(graders, evidence(gates(and_gate=1))))
    wrong = found["test_and_gate"]
    assert wrong.status is Status.FAILED
    assert "Received: [1, 1, 1, 1]" in wrong.message
    assert wrong.trace == ""
    assert found["test_or_gate"].status is Status.PASSED


@pytest.mark.parametrize(
    ("end", "status", "told"),
    [
        (End(Break.TIME, ExitFacts("let go"), "f"), Status.TIMED_OUT, "still running in `f`"),
        (End(Break.CLOSED, ExitFacts("time")), Status.TIMED_OUT, "while its cells were run"),
        (End(Break.CLOSED, ExitFacts("memory", peak_mib=9), "f"), Status.OUT_OF_MEMORY, "9 MiB"),
        (End(Break.CLOSED, ExitFacts("ended", code=0), "f"), Status.ERRORED, "exit status 0"),
        (End(Break.CLOSED, ExitFacts("ended", signal=11), "f"), Status.ERRORED, "SIGSEGV"),
        (
            End(Break.FRAME, ExitFacts("ended"), detail="A frame was bad."),
            Status.ERRORED,
            "A frame was bad.",
        ),
        (End(Break.CLOSED, ExitFacts("lost")), Status.INTERNAL, "course's fault"),
    ],
)
def test_how_a_box_ended_has_its_status(end, status, told):
    """A box that ended early gives every unanswered check its status and its sentence."""
    found = by_name(verdicts(graders, evidence(end=end)))
    assert found["test_and_gate"].status is status
    assert told in found["test_and_gate"].message


@pytest.mark.parametrize(
    ("outcome", "error", "status"),
    [
        ("missing", None, Status.SKIPPED),
        ("unwritten", ErrorFacts("NotImplementedError", ""), Status.SKIPPED),
        ("timed_out", ErrorFacts("CallTimedOut", "It ran for over 1 s."), Status.TIMED_OUT),
        ("raised", ErrorFacts("ValueError", "bad", source="x = 1"), Status.ERRORED),
        ("raised", ErrorFacts("MemoryError", ""), Status.OUT_OF_MEMORY),
    ],
)
def test_a_call_without_a_value_has_its_status(outcome, error, status):
    """A call that is missing, unwritten, late, raised or out of memory is told as that."""
    answers = gates()
    answers["gates.and_00"] = Answer("gates.and_00", "and_gate", outcome, error=error)
    found = by_name(verdicts(graders, evidence(answers)))
    assert found["test_and_gate"].status is status
    assert "`and_gate`" in found["test_and_gate"].message


def test_a_grader_that_raises_is_internal_with_a_trace(monkeypatch):
    """Any other exception in a grader is INTERNAL: the trace is for staff, the text is not."""
    raising = with_body(graders.test_and_gate, lambda evidence: {}["key"])
    monkeypatch.setattr(graders, "test_and_gate", raising)
    found = by_name(verdicts(graders, evidence(gates())))["test_and_gate"]
    assert found.status is Status.INTERNAL
    assert "KeyError" in found.trace
    assert "pluggy" not in found.trace  # from the check on
    assert "KeyError" not in found.message


def test_a_skipped_or_vanished_test_is_internal(monkeypatch):
    """A check that pytest did not run to its end is INTERNAL, not passed."""
    checked = graders.test_and_gate.check
    skipping = with_body(graders.test_and_gate, lambda evidence: pytest.skip("not today"))
    monkeypatch.setattr(graders, "test_and_gate", skipping)
    assert by_name(verdicts(graders, evidence(gates())))["test_and_gate"].status is Status.INTERNAL
    monkeypatch.undo()
    monkeypatch.delattr(graders, "test_and_gate")
    found = by_name(verdicts(graders, evidence(gates())))
    assert found[checked.name].status is Status.INTERNAL
    assert "did not run" in found[checked.name].message
    assert found["test_or_gate"].status is Status.PASSED


def test_a_grader_without_check_is_the_authors_error(monkeypatch):
    """A test function without `@check` would be worth nothing: collecting it says so."""
    collect.cache_clear()
    monkeypatch.setattr(graders, "test_forgotten", lambda evidence: None, raising=False)
    try:
        with pytest.raises(CourseError, match="test_forgotten"):
            checks(SLUG)
    finally:
        collect.cache_clear()


def state() -> dict[str, object]:
    """Return what a nested pytest could have changed in this process."""
    return {
        "cwd": Path.cwd(),
        "path": list(sys.path),
        "environment": dict(os.environ),
        "modules": {name for name in sys.modules if name.startswith("test_")},
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook, sys.meta_path[:]),
        "logging": (logging.root.level, logging.root.handlers[:], logging.raiseExceptions),
        "warnings": warnings.filters[:],
        "last": [getattr(sys, name, None) for name in ("last_exc", "last_value")],
        "bytecode": sys.dont_write_bytecode,
    }


def test_the_process_is_left_as_it_was(capfd, caplog):
    """Folder, path, variables, streams, hooks, logging and warnings are the same afterwards."""
    verdicts(graders, evidence(gates(and_gate=5)))
    before = state()
    verdicts(graders, evidence(gates(and_gate=5)))
    assert state() == before
    logging.getLogger("after").warning("still captured")
    print("still printed")
    assert "still captured" in caplog.text
    assert capfd.readouterr().out == "still printed\n"


def test_settings_for_another_pytest_do_not_matter(monkeypatch):
    """PYTEST_ADDOPTS and PYTEST_PLUGINS of the user's do not reach the judging run."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--exitfirst -k or_gate --no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no.such.plugin")
    found = by_name(verdicts(graders, evidence(gates(and_gate=5))))
    assert found["test_and_gate"].status is Status.FAILED
    assert found["test_or_gate"].status is Status.PASSED
    assert os.environ["PYTEST_PLUGINS"] == "no.such.plugin"


def test_other_threads_keep_their_output(capfd):
    """What another thread prints while a submission is judged reaches standard output."""
    stop = threading.Event()
    printed = 0

    def prints():
        nonlocal printed
        while not stop.is_set():
            print("here")
            printed += 1
            stop.wait(0.001)

    thread = threading.Thread(target=prints, daemon=True)
    thread.start()
    out = sys.stdout
    during, began_s = 0, time.monotonic()
    while during < 3 and time.monotonic() - began_s < 60:  # a busy machine may stop the thread
        before = printed
        verdicts(graders, evidence(gates()))
        during += printed - before
    stop.set()
    thread.join()
    assert during >= 3
    assert sys.stdout is out
    assert capfd.readouterr().out.split() == ["here"] * printed


def test_threads_are_judged_one_after_the_other():
    """Judging from several threads gives each its own verdicts."""
    found: dict[int, list[Status]] = {}

    def one(number: int) -> None:
        got = verdicts(graders, evidence(gates(and_gate=number % 2 * 5 or None)))
        found[number] = [verdict.status for verdict in got[:2]]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, statuses in found.items():
        wrong = Status.FAILED if number % 2 else Status.PASSED
        assert statuses == [wrong, Status.PASSED], number
    assert len(found) == 6
