"""Makes a submitted notebook fit for nbgrader's own steps, whatever a student did to its cells.

nbgrader 0.9.6 stops a whole class for one copied solution cell: the copy's metadata is emptied
(`DeduplicateIds`), then read as an outdated schema (`CheckCellMetadata`), which ends the run.
What happens here changes only the copy in `autograded/`, which carries the feedback. Marks come
from the file in `submitted/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook, Notebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.cells import MAX_FILE_BYTES
from autograder.edges.converter import ClassConverter
from autograder.edges.files import read_plain, shown
from autograder.errors import SubmissionError
from autograder.notebooks import read_notebook
from autograder.plaintext import one_line

Resources = dict[str, Any]

UNREADABLE = (
    "**This notebook could not be shown as it was submitted.** The cells below are the "
    "exercise's own; under each stands what was found in the submission, and what to do next."
)
MISSING = "# This cell was missing from the submission; it was put back for marking.\n"


class SubmissionExporter(NotebookExporter):
    """Reads a submission; one that nbgrader cannot read becomes a notebook of its grade cells."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        ClassConverter.take(self.parent)

    def from_filename(
        self, filename: str, resources: Resources | None = None, **options: Any
    ) -> tuple[str, Resources]:
        """Convert one notebook, and never let a student's broken file end the conversion."""
        exported: tuple[str, Resources]
        # The second pass reads what the first one wrote: a failure there is not a student's.
        if not getattr(self.parent, "_sanitizing", False):
            exported = super().from_filename(filename, resources, **options)
            return exported
        resources = {} if resources is None else resources
        try:
            exported = self._export(_read(Path(filename)), resources)
        except Exception as reason:  # noqa: BLE001 - whatever a reader of notebooks raises
            self.log.warning(
                "%s cannot be shown (%s: %s); its copy holds the grade cells only.",
                shown(Path(filename)),
                type(reason).__name__,
                one_line(str(reason), 200),
            )
            with _gradebook(resources) as gradebook:
                cells = _missing_grade_cells(_notebook(gradebook, resources), set(), notice="")
            blank = new_notebook(cells=[new_markdown_cell(UNREADABLE), *cells])
            exported = self._export(blank, resources)
        return exported

    def _export(self, notebook: NotebookNode, resources: Resources) -> tuple[str, Resources]:
        exported: tuple[str, Resources]
        exported = self.from_notebook_node(notebook, resources)  # type: ignore[no-untyped-call]
        return exported


def _read(path: Path) -> NotebookNode:
    """Return a student's notebook, read within the bounds that it is graded in."""
    content = read_plain(path, MAX_FILE_BYTES)
    if len(content) > MAX_FILE_BYTES:
        raise SubmissionError(f"more than {MAX_FILE_BYTES // 2**20} MiB")
    text = content.decode("utf-8-sig")
    read_notebook(text)
    return nbformat.reads(text, as_version=4)


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Second step of sanitising: every cell's nbgrader metadata is what the gradebook holds.

    Metadata of unknown or repeated ids is dropped: the last cell of an id keeps it, as in
    nbgrader's `DeduplicateIds`. Grade cells that were deleted are put back at the end.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Restore the metadata of all cells."""
        with _gradebook(resources) as gradebook:
            notebook = _notebook(gradebook, resources)
            known = _known_metadata(notebook)
            kept: set[str] = set()
            for cell in reversed(nb.cells):
                metadata = cell.metadata.pop("nbgrader", None)
                grade_id = metadata.get("grade_id") if isinstance(metadata, dict) else None
                if isinstance(grade_id, str) and grade_id in known and grade_id not in kept:
                    kept.add(grade_id)
                    cell.metadata["nbgrader"] = known[grade_id]
                elif metadata is not None:
                    self.log.warning("Cell id %.80r is unknown or repeated: ignored", grade_id)
            for cell in _missing_grade_cells(notebook, kept, notice=MISSING):
                nb.cells.append(fitting(cell, nb))
        return nb, resources


def fitting(cell: NotebookNode, nb: NotebookNode) -> NotebookNode:
    """The new cell, without an id where the notebook's version has none."""
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        del cell["id"]
    return cell


def _gradebook(resources: Resources) -> Gradebook:
    return Gradebook(resources["nbgrader"]["db_url"])


def _notebook(gradebook: Gradebook, resources: Resources) -> Notebook:
    names = resources["nbgrader"]
    return gradebook.find_notebook(names["notebook"], names["assignment"])


def _known_metadata(notebook: Notebook) -> dict[str, NotebookNode]:
    """nbgrader's metadata of every cell that `generate_assignment` recorded, by id."""
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grades = {cell.name for cell in notebook.grade_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    known = {}
    for cell in notebook.source_cells:
        known[cell.name] = NotebookNode(
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
            known[cell.name]["points"] = points[cell.name]
    return known


def _missing_grade_cells(notebook: Notebook, kept: set[str], notice: str) -> list[NotebookNode]:
    """The recorded code cells that are only graded, never written in, and are not in `kept`."""
    known = _known_metadata(notebook)
    return [
        new_code_cell(notice + cell.source, metadata={"nbgrader": known[cell.name]})
        for cell in notebook.source_cells
        if cell.cell_type == "code"
        and known[cell.name].grade
        and not known[cell.name].solution
        and cell.name not in kept
    ]
