"""Grades submissions side by side, in as many boxes as there are jobs."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from autograder.course.catalog import Course
from autograder.course.inputs import Questions
from autograder.course.state import default_store
from autograder.engine.pipeline import Pipeline
from autograder.errors import AutograderError, SubmissionError
from autograder.evidence.evidence import Evidence
from autograder.judging.checks import checks_of
from autograder.records import OUR_FAULT, Report, Status, Submission, Verdict
from autograder.sandbox.client import Sandbox
from autograder.sandbox.provenance import training_gpus
from autograder.store.store import Store
from autograder.training.service import Trainer, TrainingService

_LOG = logging.getLogger("autograder")


class Engine:
    """Grades submissions. Use it as a context manager; its sandbox starts at the first grade.

    Args:
        course: Where the catalog and the bundled data are.
        jobs: How many submissions are in boxes at a time; the number of cores if None.
        require_isolation: Refuse to run untrusted code without a full sandbox.
        data_profile: "full", "sample", or None for the full sets where they are at hand.
        backend: Keras's backend inside the boxes.
        store: Where answers, trainings and predictions are kept; the course's own if None.
        fresh: Run every submission, also where its answers are kept.
        seed: What hidden inputs are drawn from; the course's secret if None.
        trainer: Gives what trains, such as a cluster, from the engine's own training service.
        sandbox: A sandbox that the caller ends, such as one that several engines share; it must
            have the course's libraries. One of the engine's own if None.
        abridged: How `trainer` cuts trainings short, if it does: answers that rest on such
            trainings are kept apart, and never taken for others.
        one_author: All submissions are one person's, such as an author's own examples: their
            small trainings need not be kept apart, and share boxes.
        examples: Ask again what was wrong, with inputs from another seed, so that pictures can be
            shown without those that were marked.
    """

    def __init__(
        self,
        course: Course,
        *,
        jobs: int | None = None,
        require_isolation: bool = False,
        data_profile: str | None = None,
        backend: str | None = None,
        store: Store | None = None,
        fresh: bool = False,
        seed: bytes | None = None,
        trainer: Callable[[TrainingService], Trainer] | None = None,
        sandbox: Sandbox | None = None,
        abridged: str = "",
        one_author: bool = False,
        examples: bool = False,
    ) -> None:
        self._course = course
        self._jobs = jobs or os.cpu_count() or 1
        backend = backend or os.environ.get("KERAS_BACKEND", "tensorflow")
        walls: Any = {
            "require_isolation": require_isolation,
            "libraries": course.libraries,
            "hidden": (course.root,),
        }
        self._sandbox = sandbox or Sandbox(backend, **walls)
        self._model_sandbox = self._sandbox
        # Only models see a GPU, never a student's code: where there is one, they get a sandbox
        # of their own.
        if sandbox is None and training_gpus():
            self._model_sandbox = Sandbox(backend, gpu=True, **walls)
        self._own_sandboxes = {self._sandbox, self._model_sandbox} if sandbox is None else set()
        self._store = store or default_store(course)
        self._fresh = fresh
        self._service = service = TrainingService(
            self._model_sandbox, self._store, shared=one_author
        )
        self._pipeline = Pipeline(
            course,
            Questions(course, data_profile, seed),
            self._sandbox,
            self._model_sandbox,
            self._store,
            trainer(service) if trainer else service,
            abridged=abridged,
            examples=Questions(course, data_profile, seed, "examples") if examples else None,
        )
        self._closed = False
        self._pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="grade")

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
        """End its own sandbox and all boxes in it; nothing is graded after that."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._service.close()
        for sandbox in self._own_sandboxes:
            sandbox.stop()

    @property
    def sandbox(self) -> Sandbox:
        """Where submissions are run."""
        return self._sandbox

    @property
    def model_sandbox(self) -> Sandbox:
        """Where models are trained and run; the only one that may see a GPU."""
        return self._model_sandbox

    @property
    def store(self) -> Store:
        """Where answers, trainings and predictions are kept."""
        return self._store

    def grade_all(
        self,
        submissions: Iterable[Submission],
        progress: Callable[[Report], None] | None = None,
    ) -> list[Report]:
        """Grade submissions side by side; reports come in the order of the submissions.

        Args:
            submissions: What to grade.
            progress: Called with each report as soon as it is ready, from any thread.
        """
        futures = [self.submit(submission, progress) for submission in submissions]
        try:
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:  # Ctrl-C too: no box outlives its run
            self.close()
            wait([future for future in futures if not future.cancelled()])
            raise

    def submit(
        self, submission: Submission, progress: Callable[[Report], None] | None = None
    ) -> Future[Report]:
        """Grade one submission as soon as a job is free; the report comes in the future."""

        def job() -> Report:
            report = self.grade(submission)
            if progress is not None:
                progress(report)
            return report

        return self._pool.submit(job)

    def grade(self, submission: Submission) -> Report:
        """Grade one submission. Its faults become verdicts; ours become INTERNAL ones."""
        self._course.exercise(submission.exercise)  # an unknown one is the caller's mistake
        for attempt in (1, 2):  # our own faults deserve a second try
            try:
                report = self._pipeline.report(submission, fresh=self._fresh or attempt > 1)
            except SubmissionError as error:
                return self._uniform(submission, Status.ERRORED, str(error))
            except AutograderError as error:
                if not self._closed:
                    _LOG.error("%s: %s", submission.label, error)
                report = self._uniform(submission, Status.INTERNAL, OUR_FAULT, str(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not the student's
                _LOG.exception("%s: attempt %d failed", submission.label, attempt)
                report = self._uniform(submission, Status.INTERNAL, OUR_FAULT, repr(error))
            internal = any(verdict.status is Status.INTERNAL for verdict in report.verdicts)
            if not internal or self._closed:
                break
        return report

    @contextmanager
    def evidence(self, submission: Submission) -> Iterator[Evidence]:
        """Run one submission, and give what it answered, for an author to look at.

        Raises:
            SubmissionError: The submission holds nothing to run.
            AutograderError: It could not be run.
        """
        with self._pipeline.answered(submission, fresh=self._fresh) as answered:
            yield answered.evidence

    def _uniform(
        self, submission: Submission, status: Status, message: str, trace: str = ""
    ) -> Report:
        verdicts = tuple(
            Verdict(check, status, message, trace)
            for check in checks_of(self._course, submission.exercise)
        )
        isolation = self._sandbox.isolation
        label, slug = submission.label, submission.exercise
        return Report(label, slug, verdicts, isolation, {}, submission.notes)
