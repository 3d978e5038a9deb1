"""Grades a class ahead of nbgrader's loop, which comes to its students one by one."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, wait
from pathlib import Path
from typing import NamedTuple

from autograder.errors import SubmissionError
from autograder.records import Check, Isolation, Report, Status, Submission, Verdict
from autograder.submission.modules import modules_beside
from autograder.submission.outputs import size_limit, without_outputs
from autograder.submission.safe_files import read_submitted

# What waits to be graded is held in memory; reports are small beside it.
MAX_WAITING_BYTES = 64 * 2**20
_LOOK_S = 0.5

Progress = Callable[[Report], None]
Submit = Callable[[Submission, Progress | None], Future[Report]]


class Source(NamedTuple):
    """A submitted notebook: its file, its label, its exercise, and notes on how it came.

    `shared` is the folder of the course's own files for the assignment, which count before the
    student's files of the same names; but for those in `own`, which students may change.
    """

    path: Path
    label: str
    exercise: str
    notes: tuple[str, ...] = ()
    shared: Path | None = None
    own: tuple[str, ...] = ()


class _PendingReport(NamedTuple):
    digest: bytes
    report: Future[Report]


class Prefetcher:
    """Submits notebooks in the order in which their reports will be requested, and keeps these.

    Args:
        submit: Grades a submission; its report comes in the future.
        sources: The notebooks that will be requested, in this order.
        progress: Called once for each of `sources` as soon as it is graded, from any thread.
        check: Called twice a second while a report is waited for; what it raises ends the wait.
        checks: Gives the hidden checks of an exercise, for a report on what is no file.
    """

    def __init__(
        self,
        submit: Submit,
        sources: Iterable[Source] = (),
        progress: Progress | None = None,
        check: Callable[[], None] = lambda: None,
        *,
        checks: Callable[[str], Sequence[Check]],
    ) -> None:
        self._submit = submit
        self._on_report = progress
        self._check = check
        self._checks = checks
        self._queue = deque(sources)
        self._pending: dict[Source, _PendingReport] = {}
        self._waiting_bytes = 0
        self._lock = threading.RLock()
        self._feeding = False
        self._dropped = False
        self._feed()

    def report(self, source: Source) -> Report:
        """Return the report on the file's present content, and wait for it where needed.

        Raises:
            OSError: The file cannot be read.
        """
        with self._lock:
            pending = self._pending.pop(source, None)
            if pending is None and source in self._queue:
                self._queue.remove(source)
        progress = self._progress if pending is None else None
        try:
            content = _read(source.path)
        except SubmissionError as error:
            return self._refused(source, error, progress)
        if pending is not None and pending.digest == _digest(content):
            try:
                return self._wait(pending.report)
            except CancelledError:
                pass  # its engine was closed by another thread
        # Not submitted, or the file has changed since.
        return self._wait(self._submit(_submission(source, content), progress))

    def _refused(self, source: Source, error: SubmissionError, progress: Progress | None) -> Report:
        """Return the report on what is no plain file: nothing of it has run."""
        verdicts = tuple(
            Verdict(check, Status.ERRORED, str(error)) for check in self._checks(source.exercise)
        )
        full = Isolation.FULL
        report = Report(source.label, source.exercise, verdicts, full, {}, source.notes)
        if progress is not None:
            progress(report)
        return report

    def _wait(self, report: Future[Report]) -> Report:
        while not wait([report], timeout=_LOOK_S).done:
            self._check()
        return report.result()

    def drop(self) -> None:
        """Forget the reports that were not requested, and submit nothing more."""
        with self._lock:
            self._dropped = True
            self._queue.clear()
            pending = list(self._pending.values())
            self._pending.clear()
        for grading in pending:
            grading.report.cancel()

    def _progress(self, report: Report) -> None:
        # What ends because everything is dropped is not reported.
        if self._on_report is not None and not self._dropped:
            self._on_report(report)

    @property
    def unfinished(self) -> bool:
        """Whether something is still being graded of which no report was requested."""
        with self._lock:
            return any(not grading.report.done() for grading in self._pending.values())

    def _feed(self) -> None:
        """Submit as much as there is room for. A report that is ready already calls this again."""
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
            content = _read(source.path)
        except (SubmissionError, OSError):
            return  # reported when it is requested
        size = len(content)
        self._waiting_bytes += size

        def graded(_: Future[Report]) -> None:
            with self._lock:
                self._waiting_bytes -= size
                dropped = self._dropped
            if not dropped:
                self._feed()

        future = self._submit(_submission(source, content), self._progress)
        self._pending[source] = _PendingReport(_digest(content), future)
        future.add_done_callback(graded)


def submission_of(source: Source) -> Submission:
    """Return what is graded of a source: the same each time, as long as its files are the same.

    Raises:
        SubmissionError: It is no plain file.
        OSError: It cannot be read.
    """
    return _submission(source, _read(source.path))


def _read(path: Path) -> bytes:
    return without_outputs(read_submitted(path, size_limit(path.suffix)), path.suffix)


def _submission(source: Source, content: bytes) -> Submission:
    folders = [folder for folder in (source.shared, source.path.parent) if folder is not None]
    modules = modules_beside(content, folders, [source.exercise])
    if source.own:
        changed = dict(modules_beside(content, folders[::-1], [source.exercise]))
        kept = {name: changed[name] for name in changed if f"{name}.py" in source.own}
        modules = tuple(sorted({**dict(modules), **kept}.items()))
    suffix = source.path.suffix
    return Submission(source.label, source.exercise, content, suffix, source.notes, modules)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
