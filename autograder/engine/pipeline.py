"""The line from one Submission to its Report; the only module that knows all its stages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from autograder.course.catalog import Course
from autograder.course.inputs import DrawnInputs, Questions
from autograder.errors import CourseError, SubmissionError
from autograder.evidence import transcript
from autograder.evidence.cache import Answers
from autograder.evidence.evidence import Evidence
from autograder.evidence.highlights import failed_cells, picture_texts, pictures
from autograder.evidence.measured import measured
from autograder.evidence.probe_faults import is_suspect, with_faults
from autograder.evidence.transcript import Transcript
from autograder.judging import pytest_judge
from autograder.models.server import ModelServer
from autograder.records import (
    SHOW_ANSWERS,
    Exercise,
    Exhibit,
    Report,
    Status,
    Submission,
    Verdict,
    Workdir,
)
from autograder.sandbox.client import Sandbox
from autograder.store.store import Store
from autograder.submission import stage
from autograder.submission.stage import released_cells
from autograder.training.service import Trainer

_CALL_SEED = 20_210_531
_EXAMPLE_TIMEOUT_S = 60.0
_LOG = logging.getLogger("autograder")


@dataclass(frozen=True, slots=True)
class Answered:
    """A submission that was run.

    Attributes:
        workdir: The cells that ran.
        transcript: What they answered.
        evidence: The same, as a grader asks for it.
    """

    workdir: Workdir
    transcript: Transcript
    evidence: Evidence


class Pipeline:
    """Stages, asks and judges submissions, one at a call; any number of threads may call.

    Args:
        course: Whose exercises are graded.
        questions: Draws the hidden inputs.
        sandbox: Where submissions are run.
        model_sandbox: Where models are rebuilt and asked.
        store: Where answers and predictions are kept.
        trainer: Trains what submissions ask for.
        abridged: How `trainer` cuts trainings short, if it does.
        examples: Draws inputs that are shown in place of hidden ones; None where nothing is.
    """

    def __init__(
        self,
        course: Course,
        questions: Questions,
        sandbox: Sandbox,
        model_sandbox: Sandbox,
        store: Store,
        trainer: Trainer,
        *,
        abridged: str = "",
        examples: Questions | None = None,
    ) -> None:
        self._course = course
        self._questions = questions
        self._sandbox = sandbox
        self._model_sandbox = model_sandbox
        self._store = store
        self._trainer = trainer
        self._abridged = abridged
        self._examples = examples
        self._references: dict[str, tuple[Transcript, bool]] = {}
        self._references_lock = threading.Lock()

    def report(self, submission: Submission, *, fresh: bool) -> Report:
        """Return the report of one submission.

        Args:
            submission: What to grade.
            fresh: Run it also where its answers are kept.

        Raises:
            SubmissionError: It holds nothing to run.
            AutograderError: It could not be run, or not be judged.
        """
        exercise = self._asked(submission)
        with self.answered(submission, fresh=fresh) as answered:
            answers, evidence = answered.transcript, answered.evidence
            judged = pytest_judge.verdicts(self._course.folder(exercise.slug).grader(), evidence)
            if submission.tasks:
                judged = tuple(one for one in judged if one.check.task in exercise.tasks)
            judged = self._with_examples(exercise, answered.workdir, judged)
            return Report(
                submission.label,
                exercise.slug,
                judged,
                answers.isolation,
                {name: dataset.profile for name, dataset in evidence.data.items()},
                (*submission.notes, *answered.workdir.notes, *failed_cells(answers)),
                pictures(answers, exercise),
                f"{self._sandbox.backend} on {', '.join(answers.devices)}"
                if answers.devices
                else "",
                measured(answers, exercise, evidence.accuracies),
                picture_texts(answers, exercise),
            )

    @contextmanager
    def answered(self, submission: Submission, *, fresh: bool) -> Iterator[Answered]:
        """Run one submission, or read what it answered before; its models can be asked meanwhile.

        Args:
            submission: What to run.
            fresh: Run it also where its answers are kept.

        Raises:
            SubmissionError: It holds nothing to run.
            AutograderError: It could not be run.
        """
        exercise = self._course.exercise(submission.exercise)
        workdir = stage.stage(submission, exercise, released_cells(self._course, exercise.slug))
        drawn = self._questions.to(exercise)
        answers = self._transcript(self._asked(submission), workdir, drawn, fresh)
        answers = replace(answers, elsewhere=workdir.elsewhere)
        if is_suspect(answers):
            reference, solved = self._reference(exercise, drawn)
            answers = with_faults(answers, reference, solved=solved)
        with self._evidence(exercise, answers, drawn) as evidence:
            yield Answered(workdir, answers, evidence)

    def _asked(self, submission: Submission) -> Exercise:
        """Return a submission's exercise with those of its tasks that are asked."""
        exercise = self._course.exercise(submission.exercise)
        tasks = tuple(task for task in exercise.tasks if task in submission.tasks)
        return replace(exercise, tasks=tasks) if tasks else exercise

    @contextmanager
    def _evidence(
        self, exercise: Exercise, answers: Transcript, drawn: DrawnInputs
    ) -> Iterator[Evidence]:
        models = ModelServer(self._model_sandbox, self._store)
        try:
            calibration = self._course.folder(exercise.slug).calibration()
            yield Evidence(
                answers,
                models,
                drawn.inputs,
                drawn.data,
                exercise=exercise.slug,
                calibration=calibration,
            )
        finally:
            models.close()

    def _with_examples(
        self, exercise: Exercise, workdir: Workdir, verdicts: tuple[Verdict, ...]
    ) -> tuple[Verdict, ...]:
        """Ask tasks that show hidden answers once more, with inputs that are there to be shown.

        No mark hangs on that: whatever breaks, nothing is shown.
        """
        failed = {one.check.name: one.check.task for one in verdicts if _answers_of(one)}
        if self._examples is None or not failed:
            return verdicts
        tasks = tuple(task for task in exercise.tasks if task in failed.values())
        limits = replace(
            exercise.limits, timeout_s=min(exercise.limits.timeout_s, _EXAMPLE_TIMEOUT_S)
        )
        asked = replace(exercise, tasks=tasks, limits=limits)
        try:
            drawn = self._examples.to(exercise)
            answers = self._transcript(asked, workdir, drawn, fresh=False)
            with self._evidence(exercise, answers, drawn) as evidence:
                grader = self._course.folder(exercise.slug).grader()
                again = pytest_judge.verdicts(grader, evidence)
        except Exception:  # noqa: BLE001 - a probe's, a grader's, or a box's
            _LOG.debug("No examples are shown:", exc_info=True)
            return verdicts
        shown = {one.check.name: _answers_of(one) for one in again if one.check.name in failed}
        return tuple(replace(one, examples=shown.get(one.check.name, ())) for one in verdicts)

    def _reference(self, exercise: Exercise, drawn: DrawnInputs) -> tuple[Transcript, bool]:
        """Return what the solution answers, or the stub where there is none; and whether it is one.

        It is run once, for the first submission whose answers raise the question.

        Raises:
            CourseError: It holds nothing to run.
        """
        with self._references_lock:
            if exercise.slug not in self._references:
                solution = self._course.solution(exercise.slug)
                solved = solution.is_file()
                path = solution if solved else self._course.stub(exercise.slug)
                submission = Submission(path.name, exercise.slug, path.read_bytes(), path.suffix)
                try:
                    workdir = stage.stage(submission, exercise)
                except SubmissionError as error:
                    raise CourseError(f"{path} must run. Received: {error}") from error
                answers = self._transcript(exercise, workdir, drawn, fresh=False)
                self._references[exercise.slug] = answers, solved
            return self._references[exercise.slug]

    def _transcript(
        self, exercise: Exercise, workdir: Workdir, drawn: DrawnInputs, fresh: bool
    ) -> Transcript:
        """Return what a submission answers: from the store, or by running it now."""
        digests = drawn.digest, drawn.probe_digest
        cache = Answers(
            *(self._store, self._sandbox, exercise, workdir, digests, _CALL_SEED), self._abridged
        )
        with cache.lock():  # of several alike at the same time, one is run
            answers = None if fresh else cache.read()
            if answers is None:
                answers = transcript.run(
                    self._sandbox,
                    exercise,
                    workdir,
                    drawn.inputs,
                    _CALL_SEED,
                    self._trainer,
                    probe=drawn.probe,
                )
                cache.write(answers)
        return answers


def _answers_of(verdict: Verdict) -> tuple[Exhibit, ...]:
    """Return what shows a failed check's hidden answers."""
    if verdict.status is not Status.FAILED:
        return ()
    return tuple(one for one in verdict.exhibits if isinstance(one, SHOW_ANSWERS))
