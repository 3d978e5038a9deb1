"""Reads submissions for nbgrader's autograding; a broken one costs only its author."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.edges.nbgrader.converter import ClassConverter
from autograder.edges.nbgrader.repair import gradebook_of, missing_grade_cells, notebook_of
from autograder.errors import SubmissionError
from autograder.submission.notebook import read_notebook
from autograder.submission.outputs import MAX_FILE_BYTES, size_limit, without_outputs
from autograder.submission.safe_files import read_submitted
from autograder.text import PATH_CHARACTERS, one_line, printable_path

Resources = dict[str, Any]

UNREADABLE = (
    "**This notebook could not be shown as it was submitted.** The cells below are the "
    "exercise's own; under each stands what was found in the submission, and what to do next."
)


class SubmissionExporter(NotebookExporter):
    """Reads a submission; one that nbgrader cannot read becomes a notebook of its grade cells."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        ClassConverter.adopt(self.parent)

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
            path = Path(filename)
            choice = getattr(self.parent, "handed_in", {}).get(path)
            path = path.with_name(choice.name) if choice else path
            exported = self._export(read_for_display(path), resources)
        except Exception as reason:  # noqa: BLE001 - whatever a reader of notebooks raises
            self.log.warning(
                "%s cannot be shown (%s: %s); its copy holds the grade cells only.",
                printable_path(Path(filename), PATH_CHARACTERS),
                type(reason).__name__,
                one_line(str(reason), 200),
            )
            with gradebook_of(resources) as gradebook:
                cells = missing_grade_cells(notebook_of(gradebook, resources), set(), notice="")
            blank = new_notebook(cells=[new_markdown_cell(UNREADABLE), *cells])
            exported = self._export(blank, resources)
        return exported

    def _export(self, notebook: NotebookNode, resources: Resources) -> tuple[str, Resources]:
        exported: tuple[str, Resources]
        exported = self.from_notebook_node(notebook, resources)  # type: ignore[no-untyped-call]
        return exported


def read_for_display(path: Path) -> NotebookNode:
    """Return a student's notebook, read within the bounds that it is graded in.

    Raises:
        SubmissionError: It is beyond them, or no notebook.
    """
    content = without_outputs(read_submitted(path, size_limit(path.suffix)))
    if len(content) > MAX_FILE_BYTES:
        raise SubmissionError(f"more than {MAX_FILE_BYTES // 2**20} MiB")
    text = content.decode("utf-8-sig")
    read_notebook(text)
    return nbformat.reads(text, as_version=4)
