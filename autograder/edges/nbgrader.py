"""nbgrader's autograde steps, with our engine in place of a kernel.

`GradeSubmission` stands for nbgrader's `Execute`, `SaveReport` for its `SaveAutoGrades`. No
student code runs here, and no score is read from a cell's output, where a student could put one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Integer, Unicode

from autograder.catalog import CATALOG, Course, find_course
from autograder.edges import engines
from autograder.edges.ahead import Ahead
from autograder.edges.handed_in import source_of
from autograder.edges.restore import fitting
from autograder.errors import CourseError
from autograder.feedback import task_html, task_text
from autograder.plaintext import printable
from autograder.records import Isolation, Report, Status, Verdict

Resources = dict[str, Any]

GRADE_PREFIX = "test_"
MAX_LEFT_OUT = 20
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
    jobs = Integer(
        None,
        allow_none=True,
        help="How many submissions are graded at once; default: one per core.",
    ).tag(config=True)
    workers = Integer(
        None, allow_none=True, help="Grade in so many processes of a Dask cluster started here."
    ).tag(config=True)
    scheduler = Unicode(
        None, allow_none=True, help="Grade on the Dask cluster of this scheduler, such as tcp://…"
    ).tag(config=True)
    fresh = Bool(
        False, help="Whether to run every submission, also where its answers are kept."
    ).tag(config=True)

    @property
    def settings(self) -> engines.Settings:
        """What the engine is started with."""
        return engines.Settings(
            self.jobs,
            self.workers,
            self.scheduler,
            self.data_profile,
            self.require_isolation,
            self.fresh,
        )

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Grade one submitted notebook and put the feedback into its copy."""
        # The exporter is our parent; the converter, which knows the folders, is the exporter's.
        converter = self.parent.parent
        report = self._report(converter, resources["nbgrader"])
        for cell in nb.cells:
            if cell.cell_type == "code":
                # Outputs are data of the student's: none of them is kept, counted or shown.
                cell.outputs = []
                cell.execution_count = None
        left_out = getattr(converter, "left_out", ())
        if report is not None and (cell := remarks_cell(report, left_out)) is not None:
            nb.cells.insert(0, fitting(cell, nb))
        marks: dict[str, Mark] = {}
        hidden = ClearHiddenTests(parent=self)
        for cell in nb.cells:
            if not marked_by_engine(cell):
                continue
            hidden.preprocess_cell(cell, resources, 0)
            grade_id = cell.metadata.nbgrader["grade_id"]
            task = grade_id.removeprefix(GRADE_PREFIX)
            mark = marks[grade_id] = mark_task(
                report, task, float(cell.metadata.nbgrader["points"])
            )
            if mark.trouble:
                converter.troubled = True
                self.log.error(
                    "No mark for '%s' of %s: %s", grade_id, _label(resources), mark.trouble
                )
            cell.outputs = [_feedback(report, task, mark)]
        resources["autograder"] = marks
        return nb, resources

    def _report(self, converter: Any, names: dict[str, str]) -> Report | None:
        """The engine's report on the submitted file, or None where grading itself failed."""
        coursedir = converter.coursedir
        source = source_of(coursedir, names["student"], names["assignment"], names["notebook"])
        course = find_course(Path(coursedir.root))
        self._check_catalog(course, names)
        try:
            ahead = getattr(converter, "ahead", None)  # a converter of nbgrader's own has none
            return (ahead or Ahead(partial(engines.submit, course, self.settings))).report(source)
        except Exception:  # Whatever broke, it was ours: a person gives the marks.
            self.log.exception("Grading of %s failed; its marks are left to a person.", source.path)
            return None

    def _check_catalog(self, course: Course, names: dict[str, str]) -> None:
        if names["notebook"] not in course.slugs:
            message = (
                f"A notebook is graded by the exercise of its name in "
                f"{course.root / CATALOG}. "
                f"Received: notebook '{names['notebook']}' of assignment '{names['assignment']}'; "
                f"the catalog has {', '.join(course.slugs)}. Rename the notebook, add it to the "
                f"catalog, or grade it with nbgrader's own preprocessors."
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
    if internal := _internal(report, task):
        first = internal[0]
        return Mark(None, f"{first.check.name}: {first.message}\n{first.trace}".rstrip())
    verdicts = [verdict for verdict in report.verdicts if verdict.check.task == task]
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
    if report is None or (mark.score is None and not _internal(report, task)):
        return _display(f"<p><strong>{NOT_GRADED}</strong></p>", NOT_GRADED)
    return _display(task_html(report, task), task_text(report, task))


def remarks_cell(report: Report, left_out: Sequence[str] = ()) -> NotebookNode | None:
    """A cell with what concerns the whole submission, or None if there is nothing to say.

    Args:
        report: The engine's.
        left_out: Files that were handed in too and not copied, and why.
    """
    remarks = [printable(note) for note in report.notes]
    remarks += [f"Not copied: {what}." for what in left_out[:MAX_LEFT_OUT]]
    remarks += [
        f"Graded on the bundled sample of {name}."
        for name, profile in sorted(report.data.items())
        if profile == "sample"
    ]
    if report.isolation is not Isolation.FULL:
        remarks.append(f"Isolation while grading: {report.isolation}, not full.")
    if not remarks:
        return None
    items = "".join(f"<li>{escape(remark)}</li>" for remark in remarks)
    shown = _display(f"<ul>{items}</ul>", "\n".join(remarks))
    return new_code_cell("# Remarks on this submission", outputs=[shown])


def _display(html: str, text: str) -> NotebookNode:
    return new_output("display_data", data={"text/html": html, "text/plain": text})


def _internal(report: Report, task: str) -> list[Verdict]:
    return [v for v in report.verdicts if v.check.task == task and v.status is Status.INTERNAL]


def _label(resources: Resources) -> str:
    names = resources["nbgrader"]
    return f"{names['student']}/{names['assignment']}/{names['notebook']}"
