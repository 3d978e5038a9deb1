"""Grades a class ahead of nbgrader's loop, which comes to its students one by one."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, wait
from pathlib import Path
from typing import NamedTuple

from autograder.cells import MAX_FILE_BYTES
from autograder.checks import collect
from autograder.edges.files import read_plain
from autograder.errors import SubmissionError
from autograder.records import Isolation, Report, Status, Submission, Verdict

# What waits to be graded is held in memory; reports are small beside it.
MAX_WAITING_BYTES = 64 * 2**20
_LOOK_S = 0.5

Progress = Callable[[Report], None]
Submit = Callable[[Submission, Progress | None], Future[Report]]


class Source(NamedTuple):
    """A notebook that was handed in: where it lies, how it is named, what it is for."""

    path: Path
    label: str
    exercise: str


class _Begun(NamedTuple):
    digest: bytes
    report: Future[Report]


class Ahead:
    """Submits notebooks in the order in which they will be asked for, and keeps the reports.

    Args:
        submit: Grades a submission; its report comes in the future.
        sources: What will be asked for, in this order.
        progress: Called once for each of `sources` as soon as it is graded, from any thread.
        check: Called now and then while a report is waited for; what it raises ends the wait.
    """

    def __init__(
        self,
        submit: Submit,
        sources: Iterable[Source] = (),
        progress: Progress | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._submit = submit
        self._on_report = progress
        self._check = check
        self._queue = deque(sources)
        self._begun: dict[Source, _Begun] = {}
        self._waiting_bytes = 0
        self._lock = threading.RLock()
        self._feeding = False
        self._dropped = False
        self._feed()

    def report(self, source: Source) -> Report:
        """Return the report on what the file holds now, waiting for it if need be.

        Raises:
            OSError: The file cannot be read.
        """
        with self._lock:
            begun = self._begun.pop(source, None)
            if begun is None and source in self._queue:
                self._queue.remove(source)
        progress = self._progress if begun is None else None
        try:
            content = read_plain(source.path, MAX_FILE_BYTES)
        except SubmissionError as error:
            return _refused(source, error, progress)
        if begun is not None and begun.digest == _digest(content):
            try:
                return self._wait(begun.report)
            except CancelledError:
                pass  # its engine was ended by somebody else
        # Not begun, or the file is another one by now.
        return self._wait(self._submit(_submission(source, content), progress))

    def _wait(self, report: Future[Report]) -> Report:
        while not wait([report], timeout=_LOOK_S).done:
            self._check()
        return report.result()

    def drop(self) -> None:
        """Forget what was not asked for; nothing is begun any more."""
        with self._lock:
            self._dropped = True
            self._queue.clear()
            begun = list(self._begun.values())
            self._begun.clear()
        for one in begun:
            one.report.cancel()

    def _progress(self, report: Report) -> None:
        # What ends because everything ends is no news.
        if self._on_report is not None and not self._dropped:
            self._on_report(report)

    @property
    def unfinished(self) -> bool:
        """Whether something is being graded that nobody will ask for."""
        with self._lock:
            return any(not one.report.done() for one in self._begun.values())

    def _feed(self) -> None:
        """Submit what there is room for. A report that is ready at once calls this again."""
        with self._lock:
            if self._feeding:
                return
            self._feeding = True
            try:
                while self._queue and not self._dropped:
                    if self._waiting_bytes > MAX_WAITING_BYTES:
                        return
                    self._begin(self._queue.popleft())
            finally:
                self._feeding = False

    def _begin(self, source: Source) -> None:
        try:
            content = read_plain(source.path, MAX_FILE_BYTES)
        except (SubmissionError, OSError):
            return  # told when it is asked for
        size = len(content)
        self._waiting_bytes += size

        def graded(_: Future[Report]) -> None:
            with self._lock:
                self._waiting_bytes -= size
                dropped = self._dropped
            if not dropped:
                self._feed()

        future = self._submit(_submission(source, content), self._progress)
        self._begun[source] = _Begun(_digest(content), future)
        future.add_done_callback(graded)


def _refused(source: Source, error: SubmissionError, progress: Progress | None) -> Report:
    """The report on what is no file: nothing of it has run."""
    verdicts = tuple(
        Verdict(check, Status.ERRORED, str(error)) for check in collect(source.exercise)
    )
    report = Report(source.label, source.exercise, verdicts, Isolation.FULL, {})
    if progress is not None:
        progress(report)
    return report


def _submission(source: Source, content: bytes) -> Submission:
    return Submission(source.label, source.exercise, content, source.path.suffix)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
