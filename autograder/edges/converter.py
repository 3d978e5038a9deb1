"""nbgrader's autograde loop for a class that is graded in parallel, and in which nothing is lost.

nbgrader has no setting for the class of its converter; but it makes our exporter before its loop
begins, and that makes the converter one of these. What a student's folder holds is copied without
following it, a submission that a killed run left half done is graded again, and one that is
interrupted leaves nothing behind.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, NbGraderException
from sqlalchemy.exc import OperationalError

from autograder.catalog import Course, find_course
from autograder.edges import engines, stopping
from autograder.edges.ahead import Ahead, Source
from autograder.edges.handed_in import PlainFiles, careful_timestamps, source_of
from autograder.edges.once import done_once
from autograder.edges.unfinished import Found, Unfinished
from autograder.errors import AutograderError
from autograder.progress import GradingProgress


class ClassConverter(Autograde, PlainFiles):  # type: ignore[misc]
    """`Autograde` over a whole class at once; `take` makes one of nbgrader's own.

    What `GradeSubmission` reads and sets: `ahead`, `left_out` (files of this student that were not
    copied), and `troubled` (this student has a task without a mark, by our fault).
    """

    force: bool
    ahead: Ahead | None = None
    troubled: bool = False
    _mark: Unfinished | None = None
    _done: int = 0

    @staticmethod
    def take(converter: object) -> None:
        """Make nbgrader's autograde converter one of this class."""
        if type(converter) is Autograde:
            converter.__class__ = ClassConverter

    def convert_notebooks(self) -> None:
        """Grade all matching submissions, while nbgrader goes through them one by one.

        Raises:
            NbGraderException: Some could not be processed; the log tells why.
        """
        careful = careful_timestamps(self.coursedir)
        with stopping.watched() as self._stop, careful, done_once():
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
                    self._done,
                    "without --force " if self.force else "",
                )
                sys.exit(self._stop.status)

    def _convert_all(self) -> None:
        from autograder.edges.nbgrader import GradeSubmission  # which needs this module

        step = GradeSubmission(parent=self.exporter)
        course = find_course(Path(self.coursedir.root))
        is_ours = any(_name(one) == _name(GradeSubmission) for one in self.autograde_preprocessors)
        sources = list(self._sources(course)) if is_ours else []
        submit = partial(engines.submit, course, step.settings)
        with GradingProgress(
            len(sources),
            quiet=not sources,
            jobs=step.settings.jobs or step.settings.workers,
            bar=len(sources) > 1,
            say=self.log.info,
            logger=self.log,
        ) as progress:
            self.ahead = Ahead(submit, sources, progress.done, self._stop.check)
            try:
                super().convert_notebooks()
            except BaseException:  # Ctrl-C too: what is being graded for nobody must end
                unfinished = self.ahead.unfinished
                self.ahead.drop()
                if unfinished:
                    engines.close()
                raise
            finally:
                self.ahead.drop()
                self._leave_mark()

    def _sources(self, course: Course) -> Iterator[Source]:
        """Yield the notebooks that will be graded, in nbgrader's order."""
        pattern = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            for folder in sorted(self.assignments):
                match = re.match(pattern, folder)
                if match is None or not self._will_process(match["assignment"], match["student"]):
                    continue
                try:
                    assignment = gradebook.find_assignment(match["assignment"])
                except MissingEntry:
                    return  # nbgrader says so
                known = {notebook.name for notebook in assignment.notebooks} & set(course.slugs)
                for path in sorted(self.assignments[folder]):
                    if Path(path).stem in known:
                        yield source_of(
                            self.coursedir, match["student"], match["assignment"], Path(path).stem
                        )

    def _will_process(self, assignment_id: str, student_id: str) -> bool:
        """Say what `init_destination` will say, and change nothing."""
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        target = Path(os.path.normpath(self._format_dest(assignment_id, student_id)))
        found = Unfinished(target).look()
        if (
            self.force
            or found is Found.LEFT
            or (found is Found.FAILED and not self._is_marked_by_hand(assignment_id, student_id))
        ):
            return True
        source = self._format_source(assignment_id, student_id)
        wanted = [target]
        if self.coursedir.notebook_id != "*":
            stems = {Path(path).stem for path in self.assignments.get(source, [])}
            wanted = [target / f"{stem}.ipynb" for stem in stems]
        if not all(path.exists() for path in wanted):
            return True
        new = self.coursedir.get_existing_timestamp(source)
        old = self.coursedir.get_existing_timestamp(str(target))
        return bool(new and old and new > old)

    def _is_marked_by_hand(self, assignment_id: str, student_id: str) -> bool:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                submission = gradebook.find_submission(assignment_id, student_id)
            except MissingEntry:
                return False
            return all(
                grade.manual_score is not None
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.auto_score is None
            )

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Take the submission, unless another run has it. One left half done begins anew."""
        self._stop.check()
        self._leave_mark()
        self.left_out, self.troubled = (), False
        if not self._will_process(assignment_id, student_id):
            return bool(super().init_destination(assignment_id, student_id))
        target = os.path.normpath(self._format_dest(assignment_id, student_id))
        mark = Unfinished(Path(target))
        with self._telling_what_is_unwritable():
            found = mark.take()
        if found is Found.TAKEN:
            self.log.warning("Skipping %s: %s", target, found.value)
            return False
        self._mark = mark
        if found is not Found.NEW:
            self.log.warning("Grading %s again: %s", target, found.value)
        force, self.force = self.force, self.force or found is not Found.NEW
        try:
            return bool(super().init_destination(assignment_id, student_id))
        finally:
            self.force = force

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """As nbgrader's, with a sentence where something cannot be written."""
        with self._telling_what_is_unwritable():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """As nbgrader's, with a sentence where something cannot be written."""
        with self._telling_what_is_unwritable():
            super().convert_single_notebook(notebook_filename)

    @contextmanager
    def _telling_what_is_unwritable(self) -> Iterator[None]:
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
        what = "The gradebook" if isinstance(error, OperationalError) else "What is autograded"
        cause = error.orig if isinstance(error, OperationalError) else error
        message = (
            f"{what} must be writable. Received: {cause}. Make room, or correct the folder, and "
            "run the same command again: who is marked stays so, and the others follow."
        )
        self.log.error("%s", message)
        return message

    def run_post_convert_hook(self) -> None:
        """The last step of a submission: what is written is whole."""
        super().run_post_convert_hook()
        mark, self._mark = self._mark, None
        if mark is not None and self.troubled:
            mark.retry_later()
        elif mark is not None:
            mark.finish()
        self._done += 1

    def _leave_mark(self) -> None:
        """The last submission was skipped, or could not be processed."""
        mark, self._mark = self._mark, None
        if mark is not None:
            mark.give_up()


def _name(step: object) -> str:
    """The dotted name of a preprocessor, which a configuration gives as text or class."""
    return step if isinstance(step, str) else f"{step.__module__}.{step.__qualname__}"  # type: ignore[attr-defined]
