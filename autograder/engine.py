"""The line from Submission to Report, over as many boxes at once as there are jobs."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from autograder import plugin, stage, transcript
from autograder.answers import Answers
from autograder.catalog import Course
from autograder.cells import read_cells
from autograder.checks import collect
from autograder.decode import Figure
from autograder.errors import AutograderError, SubmissionError
from autograder.evidence import Evidence
from autograder.models import ModelServer
from autograder.questions import Drawn, Questions
from autograder.records import Exercise, Report, Status, Submission, Verdict, Workdir
from autograder.regions import QUIET_CELL
from autograder.sandbox.zygote import Sandbox
from autograder.store import Store, default_store
from autograder.training import Trainer, TrainingService
from autograder.transcript import Transcript
from autograder.versions import gpus

_LOG = logging.getLogger("autograder")
_CALL_SEED = 20_210_531
_OUR_FAULT = "This could not be graded; that is the course's fault, and it costs no points."


class Engine:
    """Grades submissions. Use it as a context manager; its sandbox starts at the first grade.

    Args:
        course: Where the catalog and the bundled data are.
        jobs: How many submissions are in boxes at once; the number of cores if None.
        require_isolation: Refuse to run untrusted code without a full sandbox.
        data_profile: "full", "sample", or None for the full sets where they are at hand.
        backend: Keras's backend inside the boxes.
        store: Where answers, trainings and predictions are kept; the course's own if None.
        fresh: Run every submission, also where its answers are kept.
        seed: What hidden inputs are drawn from; the course's secret if None.
        trainer: Gives what trains, such as a cluster, from the engine's own training service.
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
    ) -> None:
        self._course = course
        self._jobs = jobs or os.cpu_count() or 1
        backend = backend or os.environ.get("KERAS_BACKEND", "tensorflow")
        self._sandbox = Sandbox(backend, require_isolation=require_isolation)
        # Only models see a GPU, never a student's code: where there is one, they get a sandbox
        # of their own.
        self._model_sandbox = (
            Sandbox(backend, require_isolation=require_isolation, gpu=True)
            if gpus()
            else self._sandbox
        )
        self._store = store or default_store(course.root)
        self._fresh = fresh
        service = TrainingService(self._model_sandbox, self._store)
        self._trainer: Trainer = trainer(service) if trainer else service
        self._closed = False
        self._pool = ThreadPoolExecutor(self._jobs, thread_name_prefix="grade")
        self._questions = Questions(course, data_profile, seed)

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
        """End the sandbox and all boxes in it; nothing is graded after that."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        for sandbox in {self._sandbox, self._model_sandbox}:
            sandbox.stop()

    def warm(self) -> None:
        """Start the sandboxes without waiting for them."""
        for sandbox in {self._sandbox, self._model_sandbox}:
            sandbox.start()

    def grade_all(
        self,
        submissions: Iterable[Submission],
        progress: Callable[[Report], None] | None = None,
    ) -> list[Report]:
        """Grade submissions side by side; reports come in the order of the submissions.

        Args:
            submissions: What to grade.
            progress: Called with each report as soon as it is there, from any thread.
        """
        futures = [self.submit(submission, progress) for submission in submissions]
        try:
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:
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
        exercise = self._course.exercise(submission.exercise)
        for attempt in (1, 2):  # our own faults deserve a second try
            try:
                fresh = self._fresh or attempt > 1
                with self._asked(submission, exercise, fresh) as (workdir, said, evidence):
                    report = self._report(submission, exercise, workdir, said, evidence)
            except SubmissionError as error:
                return self._uniform(submission, Status.ERRORED, str(error))
            except AutograderError as error:
                if not self._closed:
                    _LOG.error("%s: %s", submission.label, error)
                report = self._uniform(submission, Status.INTERNAL, _OUR_FAULT, str(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not the student's
                _LOG.exception("%s: attempt %d failed", submission.label, attempt)
                report = self._uniform(submission, Status.INTERNAL, _OUR_FAULT, repr(error))
            internal = any(verdict.status is Status.INTERNAL for verdict in report.verdicts)
            if not internal or self._closed:
                break
        return report

    @contextmanager
    def evidence(self, submission: Submission) -> Iterator[Evidence]:
        """Ask one submission, and give what it answered, for an author to look at.

        Raises:
            SubmissionError: The submission holds nothing to run.
            AutograderError: It could not be asked.
        """
        exercise = self._course.exercise(submission.exercise)
        with self._asked(submission, exercise, self._fresh) as (_, _, evidence):
            yield evidence

    @contextmanager
    def _asked(
        self, submission: Submission, exercise: Exercise, fresh: bool
    ) -> Iterator[tuple[Workdir, Transcript, Evidence]]:
        workdir = stage.stage(submission, exercise, self._released_cells(exercise))
        drawn = self._questions.to(exercise)
        said = self._said(exercise, workdir, drawn, fresh)
        models = ModelServer(self._model_sandbox, self._store)
        try:
            yield workdir, said, Evidence(said, models, drawn.inputs, drawn.data)
        finally:
            models.close()

    def _said(self, exercise: Exercise, workdir: Workdir, drawn: Drawn, fresh: bool) -> Transcript:
        """Return what a submission answers: as it was kept, or by running it now."""
        kept = Answers(self._store, self._sandbox, exercise, workdir, drawn.digest, _CALL_SEED)
        with kept.lock():  # of several alike at once, one is run
            found = None if fresh else kept.read()
            if found is None:
                found = transcript.run(
                    self._sandbox, exercise, workdir, drawn.inputs, _CALL_SEED, self._trainer
                )
                kept.write(found)
        return found

    def _report(
        self,
        submission: Submission,
        exercise: Exercise,
        workdir: Workdir,
        said: Transcript,
        evidence: Evidence,
    ) -> Report:
        return Report(
            submission.label,
            exercise.slug,
            plugin.verdicts(exercise.slug, evidence),
            said.isolation,
            {name: one.profile for name, one in evidence.data.items()},
            (*workdir.notes, *_failed_cells(said)),
            _pictures(said, exercise),
            f"{self._sandbox.backend} on {', '.join(said.devices)}" if said.devices else "",
        )

    def _released_cells(self, exercise: Exercise) -> tuple[str, ...]:
        path = self._course.stub(exercise.slug)
        if not path.is_file():
            return ()
        released = [cell.source for cell in read_cells(path.read_bytes(), ".py").cells]
        return (QUIET_CELL, *released)

    def _uniform(
        self, submission: Submission, status: Status, message: str, trace: str = ""
    ) -> Report:
        verdicts = tuple(
            Verdict(check, status, message, trace) for check in collect(submission.exercise)
        )
        isolation = self._sandbox.isolation
        return Report(submission.label, submission.exercise, verdicts, isolation, {})


def _failed_cells(said: Transcript) -> list[str]:
    return [
        f"{label} stopped with {error.get('type')}: {error.get('message')}"
        for label, error in said.failures
    ]


def _pictures(said: Transcript, exercise: Exercise) -> Mapping[str, bytes]:
    """Return one PNG per plotted answer, by the task that it belongs to."""
    found: dict[str, bytes] = {}
    for answer in said.answers.values():
        if isinstance(answer.value, Figure) and answer.value.png:
            task = answer.key.partition(".")[0]
            if task in exercise.tasks:
                found.setdefault(task, answer.value.png)
    return found
