"""nbgrader's autograde steps, with our engine in place of a kernel.

`GradeSubmission` stands for nbgrader's `Execute`, `SaveReport` for its `SaveAutoGrades`. No
student code runs here, and no score is read from a cell's output, where a student could put one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import (
    ClearHiddenTests,
    Execute,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Enum, Integer, Unicode

from autograder.course.catalog import Course, find_course
from autograder.edges import engines
from autograder.edges.nbgrader.class_pages import keep_report
from autograder.edges.nbgrader.feedback_page import CARD_TYPE, OVERVIEW_TYPE
from autograder.edges.nbgrader.marks import Mark, internal, mark_task
from autograder.edges.nbgrader.mixed import is_exercise, label_of
from autograder.edges.nbgrader.prefetch import Prefetcher
from autograder.edges.nbgrader.provisional import Provisional
from autograder.edges.nbgrader.repair import fitting
from autograder.edges.nbgrader.sections import GRADE_PREFIX
from autograder.edges.nbgrader.submitted import source_of
from autograder.judging.checks import checks_of
from autograder.records import Isolation, Report
from autograder.reporting import card_maker, html_report
from autograder.reporting.cards import to_json

Resources = dict[str, Any]

MAX_LEFT_OUT = 20
NOT_GRADED = (
    "The grader itself failed here, so this task has no mark yet. That is no fault of yours: "
    "your instructor has been told, and will mark it."
)
MARKED_BY_HAND = "This notebook is marked by a person."
NOT_SHOWN = "Marks are shown after the due date."


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

    examples = Bool(
        True,
        help="Whether to ask again what was wrong, with inputs from another seed: feedback shows "
        "pictures of these where those that were marked are not shown yet.",
    ).tag(config=True)
    class_reports = Unicode(
        "class_reports",
        help="The folder in the course, for a page on the class per assignment; empty for none.",
    ).tag(config=True)

    others = Enum(
        ("by hand", "stock"),
        default_value="by hand",
        help="What becomes of notebooks that are no exercise of the course: a person marks them, "
        "or nbgrader runs them in its kernel, with your rights and without a sandbox.",
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
            self.examples,
        )

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Grade one submitted notebook and put the feedback into its copy."""
        # The exporter is our parent; the converter, which knows the folders, is the exporter's.
        converter = self.parent.parent
        names = resources["nbgrader"]
        course = find_course(Path(converter.coursedir.root))
        is_ours = is_exercise(course, resources, self.log, stock=self.others == "stock")
        if not is_ours and self.others == "stock":
            resources["autograder_stock"] = True
            nb, resources = Execute(parent=self.parent).preprocess(nb, resources)
            return nb, resources
        report = self._report(converter, course, names) if is_ours else None
        if is_ours:
            keep_report(converter, names, report)
        # What is written into the notebook reaches the student; marks are of the whole report.
        provisional = getattr(converter, "provisional", None)
        shown = provisional.of(report) if provisional and report else report
        for cell in nb.cells:
            if cell.cell_type == "code":
                # Outputs are data of the student's: none of them is kept, counted or shown.
                cell.outputs = []
                cell.execution_count = None
        if shown is not None:
            cell = overview_cell(shown, getattr(converter, "left_out", ()), provisional)
            nb.cells.insert(0, fitting(cell, nb))
        marks: dict[str, Mark] = {}
        hidden = ClearHiddenTests(parent=self)
        for cell in nb.cells:
            if not marked_by_engine(cell):
                continue
            hidden.preprocess_cell(cell, resources, 0)
            grade_id = cell.metadata.nbgrader["grade_id"]
            task = grade_id.removeprefix(GRADE_PREFIX)
            points = float(cell.metadata.nbgrader["points"])
            mark = mark_task(report, task, points) if is_ours else Mark(None)
            marks[grade_id] = mark
            if mark.trouble:
                converter.needs_retry = True
                self.log.error(
                    "No mark for '%s' of %s: %s", grade_id, label_of(resources), mark.trouble
                )
            notice = NOT_GRADED if is_ours else MARKED_BY_HAND
            if provisional and not provisional.has_marks:
                cell.outputs = [_display(html_report.notice_html(NOT_SHOWN), NOT_SHOWN)]
            else:
                cell.outputs = [_feedback(shown, task, mark, notice)]
        resources["autograder"] = marks
        return nb, resources

    def _report(self, converter: Any, course: Course, names: dict[str, str]) -> Report | None:
        """The engine's report on the submitted file, or None where grading itself failed."""
        label = names["student"], names["assignment"], names["notebook"]
        source = source_of(converter, *label)
        try:
            # A converter of nbgrader's own has none.
            prefetcher = getattr(converter, "prefetcher", None)
            if prefetcher is None:
                submit = partial(engines.submit, course, self.settings)
                prefetcher = Prefetcher(submit, checks=partial(checks_of, course))
            return prefetcher.report(source)
        except Exception:  # Whatever broke, it was ours: a person gives the marks.
            self.log.exception("Grading of %s failed; its marks are left to a person.", source.path)
            return None


class SaveReport(SaveAutoGrades):  # type: ignore[misc]
    """Saves the engine's marks, with partial credit; everything else is nbgrader's own way."""

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        if resources.get("autograder_stock") or not marked_by_engine(cell):
            super()._add_score(cell, resources)
            return
        grade_id = cell.metadata.nbgrader["grade_id"]
        grade = self.gradebook.find_grade(
            grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        # Without GradeSubmission before us there are no marks, and no student gets any.
        mark = resources.get("autograder", {}).get(grade_id, Mark(None))
        grade.auto_score = mark.score
        # As in SaveAutoGrades: a mark that a person gave stays, and must be looked at again.
        grade.needs_manual_grade = grade.manual_score is not None or mark.score is None
        self.gradebook.db.commit()


def marked_by_engine(cell: NotebookNode) -> bool:
    """Whether this is a grade cell of checks, not an answer that a person marks."""
    return bool(cell.cell_type == "code" and is_grade(cell) and not is_solution(cell))


def _feedback(report: Report | None, task: str, mark: Mark, notice: str) -> NotebookNode:
    """One output, never an error or a stream: nbgrader reads marks out of those."""
    if report is None or (mark.score is None and not internal(report, task)):
        return _display(html_report.notice_html(notice), notice)
    card = card_maker.card(report, task)
    text = html_report.task_text(report, task)
    # Who marks sees what was marked; the page has the choice.
    html = html_report.task_html(card.without_examples())
    return _display(html, text, CARD_TYPE, card)


def overview_cell(
    report: Report, left_out: Sequence[str] = (), provisional: Provisional | None = None
) -> NotebookNode:
    """A cell with the verdict over all tasks, and what concerns the whole submission.

    Args:
        report: The engine's.
        left_out: Submitted files that were not copied, each with the reason.
        provisional: How it is shown, where it is a try before the due date.
    """
    notes = [f"Not copied: {description}." for description in left_out[:MAX_LEFT_OUT]]
    remarks = []
    if report.isolation is not Isolation.FULL:
        remarks.append(f"Isolation while grading: {report.isolation}, not full.")
    overview, made = (
        card_maker.overview(report, notes, remarks),
        card_maker.cards(report, drawn=False),
    )
    if provisional is not None:
        overview = replace(
            overview, provisional=provisional.sentence, marks_held=not provisional.has_marks
        )
    html = html_report.overview_html(overview, made)
    text = html_report.overview_text(overview, made)
    output = _display(html, text, OVERVIEW_TYPE, overview)
    # nbconvert's templates, formgrader's among them, show no empty cell above it.
    no_source = {"transient": {"remove_source": True}}
    return new_code_cell("", outputs=[output], metadata=no_source)


def _display(html: str, text: str, kind: str = "", value: Any = None) -> NotebookNode:
    """What formgrader shows, what a terminal shows, and the same as data for the page."""
    data: dict[str, Any] = {"text/html": html, "text/plain": text}
    if kind:
        data[kind] = to_json(value)
    return new_output("display_data", data=data)
