"""nbgrader's autograde steps, with our engine in place of a kernel.

`GradeSubmission` stands for nbgrader's `Execute`, `SaveReport` for its `SaveAutoGrades`. No
student code runs here, and no score is read from a cell's output, where a student could put one.
"""

from __future__ import annotations

import atexit
import threading
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Unicode

from autograder.catalog import CATALOG, Course, find_course
from autograder.cells import MAX_FILE_BYTES
from autograder.engine import Engine
from autograder.errors import CourseError
from autograder.feedback import task_html, task_text
from autograder.records import Report, Status, Submission

Resources = dict[str, Any]

GRADE_PREFIX = "test_"
NOT_GRADED = (
    "The grader itself failed here, so this task has no mark yet. That is no fault of yours: "
    "your instructor has been told, and will mark it."
)


class Mark(NamedTuple):
    """What one grade cell earned; without a score a person has to give it. `trouble`: why."""

    score: float | None
    trouble: str = ""


class GradeSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks the submitted file with the engine, and writes the feedback into the grade cells."""

    data_profile = Unicode(
        None,
        allow_none=True,
        help="Which data to grade with: 'full', 'sample', or the best that is there.",
    ).tag(config=True)
    require_isolation = Bool(
        True, help="Whether to leave marking to a person where student code cannot be walled in."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Grade one submitted notebook and put the feedback into its copy."""
        report = self._report(resources["nbgrader"])
        marks: dict[str, Mark] = {}
        hidden = ClearHiddenTests(parent=self)
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            # Outputs are data of the student's: none of them is kept, counted or shown.
            cell.outputs = []
            cell.execution_count = None
            if not marked_by_engine(cell):
                continue
            hidden._remove_hidden_test_region(cell)
            grade_id = cell.metadata.nbgrader["grade_id"]
            task = grade_id.removeprefix(GRADE_PREFIX)
            mark = marks[grade_id] = mark_task(report, task, float(cell.metadata.nbgrader["points"]))
            if mark.trouble:
                self.log.error("No mark for '%s' of %s: %s", grade_id, _label(resources), mark.trouble)
            cell.outputs = [_feedback(report, task, mark)]
        resources["autograder"] = marks
        return nb, resources

    def _report(self, names: dict[str, str]) -> Report | None:
        """The engine's report on the submitted file, or None where grading itself failed."""
        # The exporter is our parent; the converter, which knows the folders, is the exporter's.
        coursedir = self.parent.parent.coursedir
        submitted = Path(
            coursedir.format_path(
                coursedir.submitted_directory, names["student"], names["assignment"]
            )
        )
        course = find_course(Path(coursedir.root))
        self._check_catalog(course, names)
        path = submitted / f"{names['notebook']}.ipynb"
        try:
            with path.open("rb") as opened:
                content = opened.read(MAX_FILE_BYTES + 1)  # the engine judges one that is too long
            submission = Submission(
                label="/".join((names["student"], names["assignment"], names["notebook"])),
                exercise=names["notebook"],
                content=content,
                suffix=path.suffix,
            )
            return _engines.grade(course, self.data_profile, self.require_isolation, submission)
        except Exception:  # Whatever broke, it was ours: a person gives the marks.
            self.log.exception("Grading of %s failed; its marks are left to a person.", path)
            return None

    def _check_catalog(self, course: Course, names: dict[str, str]) -> None:
        if names["notebook"] not in course.slugs:
            message = (
                f"A notebook is graded by the exercise of its name in "
                f"{course.root / CATALOG}. "
                f"Received: notebook '{names['notebook']}' of assignment '{names['assignment']}'; "
                f"the catalog has {', '.join(course.slugs)}. Rename the notebook, add it to the catalog, "
                f"or grade it with nbgrader's own preprocessors."
            )
            self.log.error(message)
            raise CourseError(message)


class SaveReport(SaveAutoGrades):  # type: ignore[misc]
    """Saves the engine's marks, with partial credit; everything else is nbgrader's own way."""

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        if not marked_by_engine(cell):
            super()._add_score(cell, resources)
            return
        grade_id = cell.metadata.nbgrader["grade_id"]
        grade = self.gradebook.find_grade(
            grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        # Without GradeSubmission before us there are no marks, and nobody gets any.
        mark = resources.get("autograder", {}).get(grade_id, Mark(None))
        grade.auto_score = mark.score
        # As in SaveAutoGrades: a mark that a person gave stays, and is to be looked at again.
        grade.needs_manual_grade = grade.manual_score is not None or mark.score is None
        self.gradebook.db.commit()


def marked_by_engine(cell: NotebookNode) -> bool:
    """Whether this is a grade cell of checks, not an answer that a person marks."""
    return bool(cell.cell_type == "code" and is_grade(cell) and not is_solution(cell))


def mark_task(report: Report | None, task: str, points: float) -> Mark:
    """The mark of one task. `points` is what the notebook says that the task is worth."""
    if report is None:
        return Mark(None, "grading failed, see the error above")
    verdicts = [verdict for verdict in report.verdicts if verdict.check.task == task]
    internal = [verdict for verdict in verdicts if verdict.status is Status.INTERNAL]
    if internal:
        first = internal[0]
        return Mark(None, f"{first.check.name}: {first.message}\n{first.trace}".rstrip())
    worth = sum(verdict.check.points for verdict in verdicts)
    if worth != points:
        return Mark(
            None,
            f"a grade cell is worth the sum of its task's checks. Received: {points:g} in the "
            f"notebook, {worth} in the graders. Run 'autograder render' and "
            f"'nbgrader generate_assignment --force', then release and autograde again",
        )
    return Mark(float(sum(verdict.points for verdict in verdicts)))


def _feedback(report: Report | None, task: str, mark: Mark) -> NotebookNode:
    """One output, never an error or a stream: nbgrader reads marks out of those."""
    if report is None or mark.score is None:
        shown = {"text/plain": NOT_GRADED, "text/html": f"<p><strong>{NOT_GRADED}</strong></p>"}
    else:
        shown = {"text/plain": task_text(report, task), "text/html": task_html(report, task)}
    return new_output("display_data", data=shown)


def _label(resources: Resources) -> str:
    names = resources["nbgrader"]
    return f"{names['student']}/{names['assignment']}/{names['notebook']}"


class _Engines:
    """The process's engines: started at the first grading, kept, stopped when the process ends.

    nbgrader builds new preprocessors for every notebook, and formgrader does so inside a Jupyter
    server, from whichever thread; so the engine lives here, behind a lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[Path, str | None, bool], Engine] = {}

    def grade(
        self,
        course: Course,
        data_profile: str | None,
        require_isolation: bool,
        submission: Submission,
    ) -> Report:
        key = (course.root, data_profile, require_isolation)
        with self._lock:
            engine = self._running.get(key)
            if engine is None:
                engine = Engine(
                    course, data_profile=data_profile, require_isolation=require_isolation
                )
                engine.__enter__()
                self._running[key] = engine
            try:
                return engine.grade(submission)
            except Exception:
                # The next submission gets a fresh engine rather than a broken one.
                self._stop(key)
                raise

    def close(self) -> None:
        with self._lock:
            for key in list(self._running):
                self._stop(key)

    def _stop(self, key: tuple[Path, str | None, bool]) -> None:
        self._running.pop(key).__exit__(None, None, None)


_engines = _Engines()
atexit.register(_engines.close)
