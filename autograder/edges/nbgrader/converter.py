"""nbgrader's autograde loop for a class that is graded in parallel, and in which nothing is lost.

nbgrader has no setting for the class of its converter; but it makes our exporter before its loop
begins, and that makes the converter one of these. What a student's folder holds is copied without
following it, a submission that a killed run left half done is graded again, and one that is
interrupted leaves nothing behind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nbgrader.converters import Autograde, NbGraderException
from sqlalchemy.exc import OperationalError

from autograder.course.catalog import Course, find_course
from autograder.course.described import described
from autograder.edges import engines, interrupts
from autograder.edges.nbgrader.class_pages import write_pages
from autograder.edges.nbgrader.pending import PendingSubmissions
from autograder.edges.nbgrader.prefetch import Prefetcher, Source, Submit
from autograder.edges.nbgrader.preprocessors import GradeSubmission
from autograder.edges.nbgrader.provisional import Provisional
from autograder.edges.nbgrader.renamed import adopt_names
from autograder.edges.nbgrader.shared_resources import sharing_resources
from autograder.edges.nbgrader.submitted import PlainFiles, careful_timestamps
from autograder.edges.nbgrader.ungraded import GradingMark, MarkState
from autograder.edges.old_names import new_name
from autograder.errors import AutograderError
from autograder.judging.checks import checks_of
from autograder.reporting.progress import GradingProgress
from autograder.submission.copies import Choice


class Unwritable(NamedTuple):
    """The sentence on what could not be written, and the error of the system or the database."""

    message: str
    cause: BaseException | None


class ClassConverter(Autograde, PlainFiles, PendingSubmissions):  # type: ignore[misc]
    """`Autograde` over a whole class in parallel; `adopt` makes one of nbgrader's own.

    What `GradeSubmission` reads and sets: `prefetcher`, `left_out` (files of this student that were
    not copied), `handed_in` (the files that count, where there was a choice), and `needs_retry`
    (this student has a task without a mark, by our fault).

    What who starts it may set: `submit`, which grades in place of the process's engine, and
    `provisional`, where what is graded is a try before the due date. What it may read afterwards:
    `done`, how many submissions were marked, and `unwritable`, what could not be written.
    """

    submit: Submit | None = None
    provisional: Provisional | None = None
    done: int = 0
    unwritable: Unwritable | None = None

    prefetcher: Prefetcher | None = None
    handed_in: Mapping[Path, Choice] = {}
    needs_retry: bool = False
    _mark: GradingMark | None = None

    @staticmethod
    def adopt(converter: object) -> None:
        """Make nbgrader's autograde converter one of this class."""
        if type(converter) is Autograde:
            converter.__class__ = ClassConverter

    def convert_notebooks(self) -> None:
        """Grade all matching submissions in parallel, while nbgrader goes through them one by one.

        Raises:
            NbGraderException: Some could not be processed; the log says why.
        """
        careful = careful_timestamps(self.coursedir)
        with interrupts.interruptible() as self._stop, careful, sharing_resources():
            try:
                self._convert_all()
            except AutograderError as error:  # before the first student: nothing has changed
                self.log.error("%s", error)
                raise NbGraderException(str(error)) from error
            except OSError as error:  # what could not be written could not be removed either
                raise NbGraderException(self._unwritable(error)) from error
            except KeyboardInterrupt:
                self.log.error(
                    "Stopped. %d submissions were marked and saved by this run; the same command "
                    "%sgoes on with the others.",
                    self.done,
                    "without --force " if self.force else "",
                )
                sys.exit(self._stop.status)

    def _convert_all(self) -> None:
        if not any(_name(step) == _name(GradeSubmission) for step in self.autograde_preprocessors):
            try:  # a site that marks with steps of its own needs no course of ours
                super().convert_notebooks()
            finally:
                self._leave_mark()
            return
        step = GradeSubmission(parent=self.exporter)
        course = find_course(Path(self.coursedir.root))
        self.log.info("Course: %s", described(course, Path(self.coursedir.root)))
        sources = self._sources(course)
        submit = self.submit or partial(engines.submit, course, step.settings)
        with GradingProgress(
            len(sources),
            quiet=not sources,
            jobs=step.settings.jobs or step.settings.workers,
            bar=len(sources) > 1,
            say=self.log.info,
            logger=self.log,
        ) as progress:
            self.prefetcher = Prefetcher(
                submit,
                sources,
                progress.done,
                self._stop.check,
                checks=partial(checks_of, course),
            )
            try:
                try:
                    super().convert_notebooks()
                except NbGraderException:  # of some students; the others are marked
                    self._write_class_pages(course, step.class_reports)
                    raise
                self._write_class_pages(course, step.class_reports)
            except BaseException:  # Ctrl-C too: what is graded without a reader must end
                busy = self.prefetcher.unfinished
                self.prefetcher.drop()
                if busy:
                    engines.close()
                raise
            finally:
                self.prefetcher.drop()
                self._leave_mark()

    def _sources(self, course: Course) -> list[Source]:
        if self.coursedir.notebook_id == "*":  # else nbgrader looked for the one name alone
            folders = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
            self.handed_in = adopt_names(self.assignments, folders, self.coursedir, course)
        return list(self.pending(course))

    def sources(self, course: Course) -> list[Source]:
        """Return the notebooks that `start` would grade, and grade none.

        Raises:
            NbGraderException: There is no notebook.
        """
        self.init_notebooks()
        with careful_timestamps(self.coursedir):
            return self._sources(course)

    def _write_class_pages(self, course: Course, folder: str) -> None:
        if self.done and folder:
            write_pages(course, self.coursedir, folder, self.log)

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Take the submission, unless another run has it. One left half done begins anew."""
        self._stop.check()
        self._leave_mark()
        self.left_out, self.needs_retry = (), False
        if not self.will_process(assignment_id, student_id):
            return bool(super().init_destination(assignment_id, student_id))
        target = os.path.normpath(self._format_dest(assignment_id, student_id))
        mark = GradingMark(Path(target))
        with self._logging_unwritable():
            state = mark.take()
        if state is MarkState.IN_PROGRESS:
            self.log.warning("Skipping %s: %s", target, state.value)
            return False
        self._mark = mark
        if state is not MarkState.NEW:
            self.log.warning("Grading %s again: %s", target, state.value)
        force, self.force = self.force, self.force or state is not MarkState.NEW
        try:
            return bool(super().init_destination(assignment_id, student_id))
        finally:
            self.force = force

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """As nbgrader's, with a sentence where something cannot be written."""
        with self._logging_unwritable():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """As nbgrader's, with a sentence where something cannot be written."""
        with self._logging_unwritable():
            super().convert_single_notebook(notebook_filename)

    @contextmanager
    def _logging_unwritable(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            reason: BaseException | None = error
            while reason is not None and not isinstance(reason, OSError | OperationalError):
                reason = reason.__context__  # nbgrader wraps some of them
            if reason is not None:
                self._unwritable(reason)
            raise

    def _unwritable(self, error: BaseException) -> str:
        subject = "The gradebook" if isinstance(error, OperationalError) else "What is autograded"
        cause = error.orig if isinstance(error, OperationalError) else error
        message = (
            f"{subject} must be writable. Received: {cause}. Make room, or correct the folder, and "
            "run the same command again: who is marked stays so, and the others follow."
        )
        self.log.error("%s", message)
        self.unwritable = Unwritable(message, cause)
        return message

    def run_post_convert_hook(self) -> None:
        """The last step of a submission: what is written is whole."""
        super().run_post_convert_hook()
        mark, self._mark = self._mark, None
        if mark is not None and self.needs_retry:
            mark.retry_later()
        elif mark is not None:
            mark.finish()
        self.done += 1

    def _leave_mark(self) -> None:
        """The last submission was skipped, or could not be processed."""
        mark, self._mark = self._mark, None
        if mark is not None:
            mark.give_up()


def _name(step: object) -> str:
    """The dotted name of a preprocessor, which a configuration gives as text or class."""
    return new_name(step) if isinstance(step, str) else f"{step.__module__}.{step.__qualname__}"  # type: ignore[attr-defined]
