"""Reads the JSON of a notebook that anybody may have written, into its cells. Pure.

nbformat's own reader validates and upgrades, and fails with a traceback on what is not quite
a notebook; a student must get a sentence, and a bound must hold before memory is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.errors import SubmissionError

# JSON of 20 MiB may unfold to gigabytes of empty lists; real notebooks hold far fewer.
MAX_CONTAINERS = 500_000
# A cell's outputs are not read, so that only these many cells are ever looked at.
MAX_CELLS = 1_000


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """One cell: "code", "markdown" or "raw", its text, and its nbgrader marks if it has any."""

    kind: str
    source: str
    nbgrader: Mapping[str, Any]


def read_notebook(text: str) -> list[NotebookCell | None]:
    """Return the cells of a notebook in order; None stands for a damaged cell.

    Raises:
        SubmissionError: `text` is no notebook; the message says why and what to do.
    """
    notebook = _json(text)
    version = notebook.get("nbformat")
    if isinstance(version, bool) or version not in (3, 4):
        received = version if isinstance(version, int | float) else "none"
        raise SubmissionError(
            f"A notebook must have nbformat 4 (or 3). Received: {received}. "
            "Open it in JupyterLab, save it, and hand it in again."
        )
    cells = list(_cells(notebook, version))
    if len(cells) > MAX_CELLS:
        raise too_many_cells(len(cells))
    return [_cell(cell, version) for cell in cells]


def too_many_cells(count: int) -> SubmissionError:
    """Return the error for a submission of `count` cells."""
    return SubmissionError(
        f"A submission may have at most {MAX_CELLS} cells. Received: {count}. "
        "Hand in the exercise only."
    )


def _json(text: str) -> dict[str, Any]:
    if text.count("[") + text.count("{") > MAX_CONTAINERS:
        raise SubmissionError(
            f"A notebook may hold at most {MAX_CONTAINERS} lists and objects. Received: more. "
            "Clear the outputs of the notebook (Edit > Clear Outputs of All Cells), save it, and "
            "hand it in again."
        )
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise _invalid(text, error) from None
    except (RecursionError, MemoryError, ValueError):
        raise SubmissionError(
            "A notebook must be JSON of ordinary depth and numbers. Received: what no notebook "
            "program writes. Open it in JupyterLab, save it, and hand it in again."
        ) from None
    if not isinstance(value, dict):
        raise SubmissionError(
            "A notebook must be a JSON object with cells. Received: another kind of JSON. "
            "Hand in the .ipynb file that JupyterLab saved."
        )
    return value


def _invalid(text: str, error: json.JSONDecodeError) -> SubmissionError:
    at_end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    if at_end and text.lstrip().startswith("{"):
        return SubmissionError(
            f"A notebook must be complete. Received: one that ends in the middle, in line "
            f"{text.count(chr(10)) + 1}: it was cut off while it was saved or sent. "
            "Save it again and hand it in again."
        )
    conflict = "<<<<<<<" in text and ">>>>>>>" in text
    return SubmissionError(
        f"A notebook must be valid JSON. Received: {error.msg} in line {error.lineno}, column "
        f"{error.colno}. "
        + ("The file holds the marks of a merge conflict. " if conflict else "")
        + "Open it in JupyterLab, save it, and hand it in again."
    )


def _cells(notebook: Mapping[str, Any], version: int) -> Iterator[Any]:
    groups: list[Any] = [notebook.get("cells")]
    if version == 3:
        sheets = notebook.get("worksheets")
        valid = isinstance(sheets, list) and all(isinstance(sheet, dict) for sheet in sheets)
        groups = [sheet.get("cells") for sheet in sheets] if valid and sheets else [None]
    for cells in groups:
        if not isinstance(cells, list):
            raise SubmissionError(
                "A notebook must hold a list of cells. Received: none. "
                "Hand in the .ipynb file that JupyterLab saved."
            )
        yield from cells


def _cell(cell: Any, version: int) -> NotebookCell | None:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return None
    kind = cell["cell_type"]
    source = cell.get("input" if version == 3 and kind == "code" else "source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return NotebookCell(kind, source, marks if isinstance(marks, dict) else {})
