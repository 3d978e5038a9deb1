"""Grading on a Dask cluster: on this machine, or wherever a scheduler is.

Submissions travel as content and are named by it: identical ones are graded once, however many
students handed them in, and get their labels afterwards.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Self

from distributed import Client

from autograder.course.catalog import Course
from autograder.course.seed import course_seed
from autograder.datasets import registry
from autograder.edges.cluster import worker
from autograder.edges.cluster.local import LocalWorkers
from autograder.edges.cluster.queue import LOOK_S, Function, TaskQueue
from autograder.edges.cluster.remote import connect, shake_hands
from autograder.edges.cluster.tasks import GradingTask, Settings, task_of
from autograder.edges.cluster.versions import digest_of, facts
from autograder.judging.checks import checks_of
from autograder.records import Report, Status, Submission

_LOG = logging.getLogger("autograder")
_CLOSING_S = 5.0

Progress = Callable[[Report], None]


class ClusterEngine:
    """Grades submissions as `Engine` does, on the workers of a cluster. A context manager.

    Args:
        course: Where the catalog and the bundled data are.
        workers: Processes on this machine; as many as its cores and memory allow for if None.
        scheduler: A scheduler to use instead: its address, or a file, as `connect` takes them.
        require_isolation: Refuse to run untrusted code without a full sandbox.
        data_profile: "full", "sample", or None for the full sets where they are at hand.
        backend: Keras's backend inside the boxes.
        fresh: Run every submission, also where its answers are kept.
        examples: Ask again what was wrong, for pictures, with inputs from another seed.
        function: What the workers run; benchmarks give another one.
        look_s: After so many seconds without a report, look whether there are workers.

    Attributes:
        client: Dask's client of the cluster; None once it is closed.
        local_workers: The processes on this machine; None with a scheduler, and once closed.

    Raises:
        UsageError: The scheduler cannot be reached, or its workers differ from this machine.
    """

    def __init__(
        self,
        course: Course,
        *,
        workers: int | None = None,
        scheduler: str | None = None,
        require_isolation: bool = False,
        data_profile: str | None = None,
        backend: str | None = None,
        fresh: bool = False,
        examples: bool = False,
        function: Function = worker.grade,
        look_s: float = LOOK_S,
    ) -> None:
        self._course = course
        backend = backend or os.environ.get("KERAS_BACKEND", "tensorflow")
        seed = course_seed(course)
        self._settings = Settings(require_isolation, data_profile, backend, fresh, seed, examples)
        ours = facts(course, backend)
        self._facts_digest = digest_of(ours)
        self._lock = threading.Lock()
        self.client: Client | None = None
        self._site_cluster: Any = None
        self._queue: TaskQueue | None = None
        self.local_workers = None if scheduler else LocalWorkers(workers, course.root)
        try:
            if self.local_workers is not None:
                self.client = Client(self.local_workers.cluster, set_as_default=False)
            else:
                assert scheduler is not None
                self.client, self._site_cluster = connect(scheduler)
                shake_hands(self.client, scheduler, ours, backend)
            self._queue = TaskQueue(
                self.client, function, ours, partial(checks_of, course), look_s=look_s
            )
        except BaseException:  # Ctrl-C too leaves no worker running
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what was started here; on a remote cluster, cancel what was submitted."""
        busy = self._queue.close() if self._queue is not None else False
        with self._lock:
            client, self.client = self.client, None
            site_cluster, self._site_cluster = self._site_cluster, None
            local, self.local_workers = self.local_workers, None
        if local is not None and busy:
            local.kill()
        if client is not None:
            with contextlib.suppress(Exception):  # such as a scheduler that is gone
                client.close(timeout=_CLOSING_S)
        if site_cluster is not None:
            with contextlib.suppress(Exception):
                site_cluster.close()
        if local is not None:
            local.close()

    def grade_all(
        self, submissions: Iterable[Submission], progress: Progress | None = None
    ) -> list[Report]:
        """Grade submissions side by side; reports come in the order of the submissions.

        Args:
            submissions: What to grade.
            progress: Called with each report as soon as it is ready, from any thread.
        """
        try:
            futures = [self.submit(submission, progress) for submission in submissions]
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:  # Ctrl-C too: workers must not outlive the command
            self.close()
            raise

    def submit(self, submission: Submission, progress: Progress | None = None) -> Future[Report]:
        """Grade one submission as soon as a worker is free; the report comes in the future."""
        assert self._queue is not None
        labelled: Future[Report] = Future()

        def name(shared: Future[Report]) -> None:
            if shared.cancelled():
                labelled.cancel()
            if not labelled.set_running_or_notify_cancel():
                return
            try:
                report = shared.result()
                # What is shared by all who handed in the same bytes.
                notes = (*submission.notes, *report.notes)
                report = replace(report, path=submission.label, notes=notes)
                _log_our_fault(report)
                if progress is not None:
                    progress(report)
            except BaseException as error:  # noqa: BLE001 - an interrupt too goes to the caller
                labelled.set_exception(error)
            else:
                labelled.set_result(report)

        self._queue.ask(self._task(submission)).add_done_callback(name)
        return labelled

    def _task(self, submission: Submission) -> GradingTask:
        exercise = self._course.exercise(submission.exercise)
        profiles = {
            name: registry.load(name, self._settings.data_profile, course=self._course).profile
            for name in exercise.data
        }
        return task_of(submission, self._settings, profiles, self._facts_digest)


def _log_our_fault(report: Report) -> None:
    for verdict in report.verdicts:
        if verdict.status is Status.INTERNAL:
            _LOG.error("%s: %s", report.path, verdict.trace or verdict.message)
            return
