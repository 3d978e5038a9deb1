"""Takes the outputs out of a notebook that is large because of them; its code is small.

A notebook may hold pictures, printed arrays and widgets of many MiB. They are never read, and so
cost nothing here: the JSON is scanned once, and what is wanted is copied.
"""

from __future__ import annotations

from typing import Any

import msgspec

from autograder.submission.notebook import MAX_CONTAINERS

#: What Python is parsed of at most; a notebook without its outputs, too.
MAX_FILE_BYTES = 20 * 1024 * 1024
#: A notebook with its outputs.
MAX_NOTEBOOK_BYTES = 128 * 1024 * 1024

_NONE = msgspec.Raw(b"null")


class _Cell(msgspec.Struct):
    """What is kept of a cell; fields that are not named here are skipped."""

    cell_type: msgspec.Raw = _NONE
    source: msgspec.Raw = _NONE
    input: msgspec.Raw = _NONE
    metadata: msgspec.Raw = _NONE
    id: msgspec.Raw = _NONE
    attachments: msgspec.Raw = _NONE


class _Sheet(msgspec.Struct):
    cells: list[_Cell] = []


class _Notebook(msgspec.Struct):
    nbformat: msgspec.Raw = _NONE
    nbformat_minor: msgspec.Raw = _NONE
    cells: list[_Cell] | None = None
    worksheets: list[_Sheet] | None = None


def size_limit(suffix: str) -> int:
    """Return how many bytes of a submission's file are read."""
    return MAX_NOTEBOOK_BYTES if suffix.lower() == ".ipynb" else MAX_FILE_BYTES


def without_outputs(content: bytes, suffix: str = ".ipynb") -> bytes:
    """Return a submission as it is, or, where it is too large, a notebook without its outputs.

    What stays too large, or cannot be read, is as it was, but for what is more than a byte too
    long: whoever reads it refuses it.
    """
    is_large = len(content) > MAX_FILE_BYTES
    if suffix.lower() != ".ipynb" or not (is_large or has_many_containers(content)):
        return content[: MAX_FILE_BYTES + 1]
    if len(content) <= MAX_NOTEBOOK_BYTES:
        try:
            lean = msgspec.json.encode(_lean(content.removeprefix(b"\xef\xbb\xbf")))
        except (msgspec.MsgspecError, RecursionError, ValueError):
            lean = content
        if len(lean) <= MAX_FILE_BYTES and not has_many_containers(lean):
            return lean
    return content[: MAX_FILE_BYTES + 1]


def _lean(content: bytes) -> dict[str, Any]:
    notebook = msgspec.json.decode(content, type=_Notebook)
    lean: dict[str, Any] = {"metadata": {}, **_present(notebook)}
    if notebook.cells is not None:
        lean["cells"] = [_lean_cell(cell) for cell in notebook.cells]
    if notebook.worksheets is not None:
        lean["worksheets"] = [
            {"cells": [_lean_cell(cell) for cell in sheet.cells]} for sheet in notebook.worksheets
        ]
    return lean


def _lean_cell(cell: _Cell) -> dict[str, Any]:
    is_code = bytes(cell.cell_type) == b'"code"'
    return {**_present(cell), **({"execution_count": None, "outputs": []} if is_code else {})}


def _present(record: msgspec.Struct) -> dict[str, Any]:
    fields = ((name, getattr(record, name)) for name in record.__struct_fields__)
    return {name: value for name, value in fields if value is not _NONE and value is not None}


def has_many_containers(content: bytes) -> bool:
    """Return whether JSON may unfold to more lists and objects than a notebook may have."""
    return content.count(b"[") + content.count(b"{") > MAX_CONTAINERS
