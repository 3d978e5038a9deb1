"""Grading ahead of nbgrader's loop: order, memory, files that change, and the end of it."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from repository import checks

from autograder.edges.interrupts import interruptible
from autograder.edges.nbgrader import prefetch
from autograder.edges.nbgrader.prefetch import Prefetcher, Source
from autograder.records import Isolation, Report, Submission
from autograder.reporting.score import score

SLUG = "ex04_perceptron"
RIGHT = "def and_gate(a, b):\n    return a * b\n"
GATES = RIGHT + "def or_gate(a, b):\n    return max(a, b)\ndef xor_gate(a, b):\n    return a ^ b\n"


class Grader:
    """Grades nothing, and notes what it holds; reports are given when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Submission, Future[Report]]] = []
        self.most_bytes = 0
        self.labels: list[str] = []

    def submit(self, submission, progress=None) -> Future[Report]:
        future: Future[Report] = Future()
        self.waiting.append((submission, future))
        self.labels.append(submission.label)
        held = sum(len(one.content) for one, _ in self.waiting)
        self.most_bytes = max(self.most_bytes, held)
        return future

    def finish_one(self) -> None:
        submission, future = self.waiting.pop(0)
        future.set_result(Report(submission.label, SLUG, (), Isolation.FULL, {}))


def _sources(folder: Path, count: int, size: int = 10) -> list[Source]:
    sources = []
    for number in range(count):
        path = folder / f"{number:03}.py"
        path.write_bytes(b"#" * size)
        sources.append(Source(path, f"s{number:03}", SLUG))
    return sources


def test_everything_is_submitted_before_anything_is_asked_for(tmp_path: Path) -> None:
    """The whole class runs while nbgrader is at its first student, in nbgrader's order."""
    grader = Grader()
    Prefetcher(grader.submit, _sources(tmp_path, 5), checks=checks)
    assert grader.labels == [f"s{number:03}" for number in range(5)]


def test_of_a_large_class_only_what_is_pending_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contents that wait are bounded; each report makes room, and all have their turn."""
    monkeypatch.setattr(prefetch, "MAX_WAITING_BYTES", 3_000)
    grader = Grader()
    sources = _sources(tmp_path, 50, size=1_000)
    one_by_one = Prefetcher(grader.submit, sources, checks=checks)
    assert len(grader.waiting) == 4
    for source in sources:
        grader.finish_one()
        assert one_by_one.report(source).path == source.label
    assert grader.most_bytes <= 4_000
    assert grader.labels == [source.label for source in sources]


def test_reports_that_are_ready_at_once_exhaust_no_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class of 2,000 whose answers are kept, with room for one at a time."""
    monkeypatch.setattr(prefetch, "MAX_WAITING_BYTES", 1)

    def submit(submission, progress=None) -> Future[Report]:
        future: Future[Report] = Future()
        future.set_result(Report(submission.label, SLUG, (), Isolation.FULL, {}))
        return future

    sources = _sources(tmp_path, 2_000)
    at_once = Prefetcher(submit, sources, checks=checks)
    assert [at_once.report(source).path for source in sources] == [s.label for s in sources]


def test_what_is_dropped_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interrupt a report that comes in starts nothing."""
    monkeypatch.setattr(prefetch, "MAX_WAITING_BYTES", 15)
    grader = Grader()
    dropped = Prefetcher(grader.submit, _sources(tmp_path, 10), checks=checks)
    assert dropped.unfinished
    running = grader.waiting[0][1]
    running.set_running_or_notify_cancel()
    dropped.drop()
    grader.finish_one()
    assert all(future.cancelled() for _, future in grader.waiting)
    assert len(grader.labels) == 2


def test_an_interruption_that_a_library_lost_ends_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in a callback of the garbage collector, where what it raises is lost, still counts."""
    (source,) = _sources(tmp_path, 1)
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    with interruptible() as stop:

        def interrupted(phase: str, _facts: object) -> None:
            gc.callbacks.remove(interrupted)
            stop.ask(signal.SIGINT)

        never = Prefetcher(Grader().submit, [source], check=stop.check, checks=checks)
        gc.callbacks.append(interrupted)
        gc.collect()
        assert len(lost) == 1
        began_s = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            never.report(source)
    assert time.monotonic() - began_s < 5


def test_a_file_that_changed_meanwhile_is_graded_anew(tmp_path: Path, engine) -> None:
    """The mark is of what the file holds when nbgrader comes to it."""
    sources = []
    for name, content in (("first", GATES), ("second", RIGHT), ("third", GATES)):
        path = tmp_path / f"{name}.py"
        path.write_text(content)
        sources.append(Source(path, name, SLUG))
    reported: list[str] = []
    lock = threading.Lock()

    def progress(report: Report) -> None:
        with lock:
            reported.append(str(report.path))

    class_of_three = Prefetcher(engine.submit, sources, progress, checks=checks)
    first = class_of_three.report(sources[0])
    sources[1].path.write_text(GATES)
    second = class_of_three.report(sources[1])
    sources[2].path.unlink()
    sources[2].path.symlink_to(sources[0].path)
    third = class_of_three.report(sources[2])
    assert second.verdicts == first.verdicts
    assert score(second).tasks["gates"].points == score(second).tasks["gates"].max_points
    assert score(third).total.points == 0
    assert "Received: a link" in third.verdicts[0].message
    deadline_s = time.monotonic() + 60
    while len(reported) < 3 and time.monotonic() < deadline_s:
        time.sleep(0.05)  # the third was begun as it was, and is told when that ends
    assert sorted(reported) == ["first", "second", "third"]
