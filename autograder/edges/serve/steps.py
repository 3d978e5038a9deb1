"""nbgrader's own steps on one student's submission: collect, autograde, feedback, release."""

from __future__ import annotations

import errno
import glob
import logging
import shutil
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde, GenerateFeedback, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from autograder.course.catalog import Course, find_course
from autograder.edges.nbgrader.class_pages import write_pages
from autograder.edges.nbgrader.collect import Collect
from autograder.edges.nbgrader.converter import ClassConverter
from autograder.edges.nbgrader.feedback_page import FeedbackExporter
from autograder.edges.nbgrader.prefetch import Submit, submission_of
from autograder.edges.nbgrader.preprocessors import GradeSubmission
from autograder.edges.nbgrader.provisional import Provisional
from autograder.edges.serve.journal import Key, unusable
from autograder.edges.serve.settings import Serve
from autograder.errors import SubmissionError, UsageError
from autograder.records import Submission
from autograder.reporting.reduced import Shown

#: What is wrong with the machine, and with no submission.
_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENFILE)
_SQLITE = "sqlite:///"


def _is_of_the_machine(error: BaseException | None) -> bool:
    """Whether everybody's submission would fail, and not this one alone."""
    if isinstance(error, OSError):
        return error.errno in _OF_THE_MACHINE
    return "locked" not in f"{error}"  # another program writes the gradebook at this moment


class StepFailed(Exception):
    """A step of nbgrader's did not come to its end, for this submission; the text says why."""


class Steps:
    """nbgrader, as its commands find it configured here.

    Args:
        log: Where nbgrader logs.

    Raises:
        UsageError: What is configured would not keep hidden what is to be hidden.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._app = NbGrader(log=log)
        self._app.initialize([])
        self._app.start()
        self._log = log
        # The class's page is made when there is time, and not for each student.
        self._class_reports: str = GradeSubmission(parent=self._app).class_reports
        self._app.update_config(Config({"GradeSubmission": {"class_reports": ""}}))
        self.settings = Serve(parent=self._app)
        self.coursedir = self._coursedir("*", "")
        self.course: Course = find_course(Path(self.coursedir.root))
        self._check()
        self.grading = GradeSubmission(parent=self._app).settings
        if self.grading.workers or self.grading.scheduler:
            log.warning(
                "The server grades in boxes on this machine, and on no cluster: "
                "c.GradeSubmission.workers and scheduler are left aside. c.Serve.jobs says how "
                "many submissions are run at once."
            )

    def write_class_page(self, assignment: str) -> None:
        """Write the page on the class that autograding an assignment ends with, if it is wanted."""
        if self._class_reports:
            coursedir = self._coursedir("*", assignment)
            write_pages(self.course, coursedir, self._class_reports, self._log)

    def _check(self) -> None:
        url = self.coursedir.db_url
        if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).is_file():
            raise UsageError(
                f"Submissions are marked in nbgrader's gradebook. Received: no "
                f"{url.removeprefix(_SQLITE)}. Change to the course directory, or run nbgrader "
                "generate_assignment first."
            )
        if not self.coursedir.course_id:
            raise UsageError(
                "A course has an id in nbgrader's exchange. Received: none. Set "
                "c.CourseDirectory.course_id in nbgrader_config.py."
            )
        exporter = GenerateFeedback(coursedir=self.coursedir, parent=self._app).exporter_class
        hides = self.settings.shown_before_due != Shown.ALL
        if hides and not issubclass(exporter, FeedbackExporter):
            raise UsageError(
                "What is hidden before the due date is hidden by this course's own feedback page. "
                f"Received: c.GenerateFeedback.exporter_class is {exporter.__name__}. Set it to "
                "autograder.edges.nbgrader.feedback_page.FeedbackExporter, or set "
                'c.Serve.shown_before_due = "all".'
            )
        if not issubclass(self._app.exchange.collect, Collect):
            raise UsageError(
                "Submissions are collected without following a student's links. Received: "
                f"c.ExchangeFactory.collect is {self._app.exchange.collect.__name__}. Set it to "
                "autograder.edges.nbgrader.collect.Collect."
            )

    @property
    def folder(self) -> Path:
        """Where the server keeps files of its own, in the course directory."""
        return Path(self.coursedir.root).resolve() / ".autograder" / "serve"

    @property
    def inbound(self) -> Path:
        """The exchange's folder of submissions."""
        return Path(str(self._collector("*", "").root), self.coursedir.course_id, "inbound")

    @property
    def check_owner(self) -> bool:
        """Whether a submission's folder must belong to the account of its student."""
        return bool(self._collector("*", "").check_owner)

    def collect(self, key: Key, name: str) -> None:
        """Take a submission from the exchange into `submitted/`, in place of an earlier one.

        Raises:
            StepFailed: It cannot be taken.
            OSError: It cannot be written.
        """
        coursedir = self._coursedir(key[1], key[0])
        collector = self._collector(key[1], key[0])
        collector.chosen = name
        shutil.rmtree(
            coursedir.format_path(coursedir.submitted_directory, key[1], key[0]),
            ignore_errors=True,
        )
        self._start(collector)

    def submissions(self, key: Key) -> list[Submission]:
        """Return what will be graded of a collected submission.

        Raises:
            StepFailed: It has no notebook.
        """
        converter = self._autograde(key)
        try:
            sources = converter.sources(self.course)
        except NbGraderException as error:
            raise StepFailed(f"{error}") from error
        found = []
        for source in sources:
            try:
                found.append(submission_of(source))
            except (SubmissionError, OSError):
                continue  # nbgrader's own step reports on it, and nothing of it is run
        return found

    def autograde(self, key: Key, submit: Submit, provisional: Provisional | None) -> bool:
        """Mark a collected submission; return whether every task has a mark.

        Args:
            key: Whose it is.
            submit: Gives the engine's report.
            provisional: How it is shown, if it is a try.

        Raises:
            StepFailed: It could not be marked.
            UsageError: Something cannot be written.
        """
        converter = self._autograde(key)
        converter.submit = submit
        converter.provisional = provisional
        try:
            self._start(converter)
        except StepFailed as error:
            failed = converter.unwritable
            if failed and _is_of_the_machine(failed.cause):
                raise UsageError(failed.message) from error
            raise
        if not converter.done:
            raise StepFailed("another program is marking it")
        return not converter.needs_retry

    def release(self, key: Key) -> None:
        """Make the feedback page of a marked submission, and put it into the exchange.

        Raises:
            StepFailed: It could not be made, or not be released.
        """
        coursedir = self._coursedir(key[1], key[0])
        maker = GenerateFeedback(coursedir=coursedir, parent=self._app)
        maker.force = True
        self._start(maker)
        self._start(self._app.exchange.ReleaseFeedback(coursedir=coursedir, parent=self._app))

    def release_from(self, folder: str, key: Key) -> None:
        """Put pages that lie in another folder of the course's into the exchange.

        Args:
            folder: In place of `feedback/`, in the same structure.
            key: Whose they are.

        Raises:
            StepFailed: They could not be released.
        """
        coursedir = self._coursedir(key[1], key[0])
        coursedir.feedback_directory = folder
        self._start(self._app.exchange.ReleaseFeedback(coursedir=coursedir, parent=self._app))

    def _autograde(self, key: Key) -> ClassConverter:
        converter = Autograde(coursedir=self._coursedir(key[1], key[0]), parent=self._app)
        ClassConverter.adopt(converter)
        converter.force = True
        return converter  # type: ignore[no-any-return]

    def _collector(self, student: str, assignment: str) -> Any:
        coursedir = self._coursedir(student, assignment)
        return self._app.exchange.Collect(coursedir=coursedir, parent=self._app)

    def _coursedir(self, student: str, assignment: str) -> CourseDirectory:
        coursedir = CourseDirectory(parent=self._app)
        # nbgrader takes a student for a pattern; whoever is called `*` is one student here.
        coursedir.student_id = "*" if student == "*" else glob.escape(student)
        coursedir.assignment_id = assignment
        return coursedir

    def _start(self, step: Any) -> None:
        try:
            step.start()
        except (NbGraderException, ExchangeError) as error:
            raise StepFailed(f"{type(step).__name__}: {error}") from error
        except SQLAlchemyError as error:
            if _is_of_the_machine(error):
                raise unusable(self.coursedir.db_url, error) from error
            raise StepFailed(f"{type(step).__name__}: {error}") from error
        except SystemExit as error:  # nbgrader's way to end its commands
            raise StepFailed(f"{type(step).__name__} ended") from error
        except OSError as error:
            if _is_of_the_machine(error):
                raise
            raise StepFailed(f"{type(step).__name__}: {error}") from error
        except UsageError:
            raise
        except Exception as error:  # whatever it is, others are graded
            raise StepFailed(f"{type(step).__name__}: {error!r}") from error
