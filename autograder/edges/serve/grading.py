"""Grades one submission with the engine, in a thread, with inputs of its own draw."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from autograder.course.catalog import Course
from autograder.course.seed import course_seed
from autograder.edges.engines import Settings
from autograder.edges.serve.draws import seed_of
from autograder.edges.serve.journal import Key
from autograder.edges.serve.policy import Work
from autograder.edges.serve.visible import visible_notes
from autograder.engine import Engine
from autograder.errors import AutograderError, SubmissionError
from autograder.records import Report, Status, Submission
from autograder.reporting.reduced import Shown
from autograder.submission.stage import released_cells, stage
from autograder.training.service import Trainer, TrainingService

Progress = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Graded:
    """What the engine made of a submission's notebooks.

    Attributes:
        reports: By the digest of what was graded.
        notes: What was noted before anything was run, and what visible checks say, by the exercise.
    """

    reports: Mapping[str, Report]
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether something failed by our own fault."""
        return any(
            verdict.status is Status.INTERNAL
            for report in self.reports.values()
            for verdict in report.verdicts
        )

    def submit(self, submission: Submission, progress: Progress | None = None) -> Future[Report]:
        """Give the report on what was graded, as an engine does.

        Raises:
            AutograderError: It was not graded: its file has changed meanwhile.
        """
        report = self.reports.get(digest_of(submission))
        if report is None:
            raise AutograderError(f"{submission.label} has changed while it was graded.")
        future: Future[Report] = Future()
        future.set_result(report)
        if progress is not None:
            progress(report)
        return future


class Graders:
    """Engines over one sandbox, whose libraries are imported once.

    Args:
        course: Whose exercises are graded.
        settings: As nbgrader's steps have them; a cluster is not used.
        shown: What is shown of a try: the visible checks are run as well, or pictures are drawn of
            a further draw, where that shows them.
    """

    def __init__(self, course: Course, settings: Settings, shown: Shown = Shown.VERDICTS) -> None:
        self._course = course
        self._settings = settings
        self._shown = shown
        self._lock = threading.Lock()
        self._final: Engine | None = None
        self._closed = False

    def grade(self, work: Work, key: Key, name: str, submissions: Sequence[Submission]) -> Graded:
        """Grade the notebooks of one submission; called from any thread.

        Args:
            work: What it is graded for, which decides the draw.
            key: Its assignment and student.
            name: Its folder in the exchange.
            submissions: Its notebooks.
        """
        engine = self._engine(seed_of(course_seed(self._course), work, *key, name))
        reports, notes = {}, {}
        try:
            for submission in submissions:
                notes[submission.exercise] = self._notes(submission)
                if self._shown is Shown.VISIBLE and engine is not self._final:
                    notes[submission.exercise] += visible_notes(
                        self._course, submission, engine.sandbox
                    )
                reports[digest_of(submission)] = engine.grade(submission)
        finally:
            if engine is not self._final:
                engine.close()  # the sandbox is not its own, and stays
        return Graded(reports, notes)

    def close(self) -> None:
        """End all boxes; what is being graded ends at once, with nothing to show."""
        with self._lock:
            self._closed = True
            if self._final is not None:
                self._final.close()

    def _engine(self, seed: bytes | None) -> Engine:
        settings = self._settings
        same = {
            "require_isolation": settings.require_isolation,
            "data_profile": settings.data_profile,
            "fresh": settings.fresh,
        }
        with self._lock:
            if self._closed:
                raise AutograderError("The server is ending.")
            if self._final is None:
                self._final = Engine(
                    self._course,
                    jobs=1,
                    examples=settings.examples,
                    **same,  # type: ignore[arg-type]
                )
            final = self._final
        if seed is None:
            return final
        trainer = None
        if final.model_sandbox is not final.sandbox:  # there is a GPU, which trains for all

            def trainer(_own: TrainingService) -> Trainer:
                return TrainingService(final.model_sandbox, final.store)

        return Engine(
            self._course,
            jobs=1,
            seed=seed,
            store=final.store,
            sandbox=final.sandbox,
            trainer=trainer,
            examples=settings.examples and self._shown is Shown.ALL,
            **same,  # type: ignore[arg-type]
        )

    def _notes(self, submission: Submission) -> tuple[str, ...]:
        """What is noted of a file that is read, and not run."""
        exercise = self._course.exercise(submission.exercise)
        try:
            staged = stage(submission, exercise, released_cells(self._course, exercise.slug))
        except SubmissionError as error:
            return (*submission.notes, str(error))
        return (*submission.notes, *staged.notes)


def digest_of(submission: Submission) -> str:
    """Return what tells one graded file from another."""
    digest = hashlib.sha256()
    for part in (submission.exercise.encode(), submission.content):
        digest.update(b"%d:" % len(part) + part)
    for name, source in submission.modules:
        digest.update(b"%s:%d:" % (name.encode(), len(source)) + source)
    return digest.hexdigest()


def held_back_s(elapsed_s: float) -> float:
    """Return how long a verdict is kept back, once it is known.

    A submission can take its time, and so tell by the second what it saw. Feedback comes after 1,
    2, 4, 8, … seconds of grading only: that tells next to nothing, and at most doubles the wait.
    """
    step_s = 1.0
    while step_s < elapsed_s:
        step_s *= 2
    return step_s - elapsed_s
