"""Makes a submitted notebook fit for nbgrader's own steps, whatever a student did to its cells.

nbgrader 0.9.6 stops a whole class for one copied solution cell: the copy's metadata is emptied
(`DeduplicateIds`), then read as an outdated schema (`CheckCellMetadata`), which ends the run.
What happens here changes only the copy in `autograded/`, which carries the feedback. Marks come
from the file in `submitted/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook, MissingEntry, Notebook, SourceCell
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, NbGraderPreprocessor

from autograder.edges.nbgrader.sanitize import sanitize_markdown
from autograder.text import printable

Resources = dict[str, Any]

MISSING = "This cell was missing from the submission; it was put back for marking."


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Second step of sanitizing: every cell's nbgrader metadata is what the gradebook holds.

    Metadata of unknown or repeated ids is dropped: the last cell of an id keeps it, as in
    nbgrader's `DeduplicateIds`. Grade cells that were deleted are put back at the end.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Restore the metadata of all cells."""
        with gradebook_of(resources) as gradebook:
            notebook = notebook_of(gradebook, resources)
            metadata_by_id = _recorded_metadata(notebook)
            sources = {cell.name: cell for cell in notebook.source_cells}
            unreleased = ClearHiddenTests(parent=self), ClearMarkScheme(parent=self)
            restored: set[str] = set()
            for cell in reversed(nb.cells):
                metadata = cell.metadata.pop("nbgrader", None)
                grade_id = metadata.get("grade_id") if isinstance(metadata, dict) else None
                if (
                    isinstance(grade_id, str)
                    and grade_id in metadata_by_id
                    and grade_id not in restored
                ):
                    restored.add(grade_id)
                    cell.metadata["nbgrader"] = metadata_by_id[grade_id]
                    _restore_text(cell, sources[grade_id], unreleased)
                elif grade_id:  # without one a cell is nobody's, and no mark depends on it
                    self.log.warning("Cell id %.80r is unknown or repeated: ignored", grade_id)
            missing = missing_grade_cells(notebook, restored, notice=MISSING)
            nb.cells += [fitting(cell, nb) for cell in missing]
            if names := [cell.metadata.nbgrader.grade_id for cell in missing if cell.metadata]:
                self.log.warning("Cells that were missing were put back: %s", ", ".join(names))
        return nb, resources


def _restore_text(
    cell: NotebookNode, source: SourceCell, unreleased: Iterable[NbGraderPreprocessor]
) -> None:
    """Give a locked cell its recorded text where no student has changed it.

    It was recorded with hidden tests and marking schemes, released without them, and is sanitized
    now. nbgrader warns of each locked cell that is not as it was recorded; only a student's change
    is worth it.
    """
    if not source.locked or cell.cell_type != source.cell_type or cell.source == source.source:
        return
    released = NotebookNode(cell_type=source.cell_type, source=source.source)
    released.metadata = {"nbgrader": dict(cell.metadata["nbgrader"])}
    for step in unreleased:
        step.preprocess_cell(released, {}, 0)
    text = printable(released.source)
    if cell.cell_type == "markdown":
        text = sanitize_markdown(text, cell.get("attachments"))
    if cell.source.strip() == text.strip():
        cell.source = source.source


def fitting(cell: NotebookNode, nb: NotebookNode) -> NotebookNode:
    """The new cell, without an id where the notebook's version has none."""
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        del cell["id"]
    return cell


def gradebook_of(resources: Resources) -> Gradebook:
    """The gradebook that nbgrader's `resources` name."""
    return Gradebook(resources["nbgrader"]["db_url"])


def notebook_of(gradebook: Gradebook, resources: Resources) -> Notebook:
    """The gradebook's record of the notebook that nbgrader's `resources` name."""
    names = resources["nbgrader"]
    return gradebook.find_notebook(names["notebook"], names["assignment"])


def is_marked_by_hand(coursedir: CourseDirectory, assignment: str, student: str) -> bool:
    """Whether a person has marked all that the engine gave no mark to."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return False
        return all(
            grade.manual_score is not None
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.auto_score is None
        )


def _recorded_metadata(notebook: Notebook) -> dict[str, NotebookNode]:
    """nbgrader's metadata of every cell that `generate_assignment` recorded, by id."""
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grades = {cell.name for cell in notebook.grade_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    metadata_by_id = {}
    for cell in notebook.source_cells:
        metadata_by_id[cell.name] = NotebookNode(
            schema_version=3,
            grade_id=cell.name,
            grade=cell.name in grades,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            locked=cell.locked,
            cell_type=cell.cell_type,
            checksum=cell.checksum,
        )
        if cell.name in points:
            metadata_by_id[cell.name]["points"] = points[cell.name]
    return metadata_by_id


def missing_grade_cells(notebook: Notebook, present: set[str], notice: str) -> list[NotebookNode]:
    """The recorded cells that earn points and are not in `present`, as they were released.

    Those that a person marks are among them: without the cell there would be no place for a mark.
    The notice stands in an answer, and above a task, whose text nbgrader holds to the letter. Cells
    of checks are shown as their verdicts, and need none.
    """
    metadata_by_id = _recorded_metadata(notebook)
    cells = []
    for cell in notebook.source_cells:
        marks = metadata_by_id[cell.name]
        if cell.name in present or not (marks.grade or marks.task):
            continue
        is_code = cell.cell_type == "code"
        head = f"# {notice}\n" if is_code else f"*{notice}*\n\n"
        make = new_code_cell if is_code else new_markdown_cell
        if notice and marks.task:
            cells.append(new_markdown_cell(head.strip()))
        source = (head if notice and not marks.locked else "") + cell.source
        cells.append(make(source, metadata={"nbgrader": marks}))
    return cells
