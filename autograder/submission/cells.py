"""Reads the bytes of a submission into code cells, and says which are the student's answers.

Nothing here runs or parses Python. Every bound is checked before the work that it bounds.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from autograder.errors import SubmissionError
from autograder.submission.notebook import MAX_CELLS, read_notebook, too_many_cells
from autograder.submission.outputs import MAX_FILE_BYTES, without_outputs

MAX_SCRIPT_LINES = 20_000

# jupytext's `# %%`, and the `# In[3]:` that nbconvert writes when it exports a script.
_MARKER = re.compile(r"#\s*%%+(?:\s(?P<head>.*))?$|#\s*In\[[\d ]*\]:\s*$")
_TEXT_CELL = re.compile(r"\[(markdown|md|raw)\]")
_ENCODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]{1,40})")
_ENCODINGS = frozenset(
    """
    ascii big5 cp1250 cp1251 cp1252 cp932 euc_jp euc_kr gb18030 gb2312 gbk iso8859-1 iso8859-15
    iso8859-2 iso8859-5 koi8-r mac-roman shift_jis
    """.split()
)
# The check cell of a task carries the task's name with this before it.
CHECK_PREFIX = "test_"
_GRADE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class Role(Enum):
    """What becomes of a cell."""

    WHOLE = "kept whole"
    PARTS = "imports, definitions and constants are kept, and what an answer needs"
    LOCKED = "the course's own checks: nothing is kept, unless an answer was written into them"
    TEXT = "no code: nothing is kept, unless an answer was written into it"


@dataclass(frozen=True, slots=True)
class RawCell:
    """One cell. `number` counts all cells from 1; `first_line` is where `source` begins.

    `kind` is "code", or what a cell is shown as: "markdown", "raw".
    """

    number: int
    source: str
    role: Role
    grade_id: str = ""
    first_line: int = 1
    kind: str = "code"


@dataclass(frozen=True, slots=True)
class Contents:
    """The cells of a submission in order, and what a student should know about them.

    `cells` are code; a notebook's answers are so too where they became text. `texts` are not.
    """

    cells: tuple[RawCell, ...]
    texts: tuple[RawCell, ...] = ()
    notes: tuple[str, ...] = ()


def read_cells(content: bytes, suffix: str) -> Contents:
    """Return the code cells of a `.py` or `.ipynb` file.

    Raises:
        SubmissionError: The bytes are no such file; the message says why and what to do.
    """
    content = without_outputs(content, suffix)
    if len(content) > MAX_FILE_BYTES:
        raise SubmissionError(
            f"A file may have at most {MAX_FILE_BYTES // 2**20} MiB. Received: more. "
            "Clear the outputs of the notebook (Edit > Clear Outputs of All Cells), save it, and "
            "hand it in again."
        )
    text = _decoded(content, _declared_encoding(content) if suffix == ".py" else "utf-8-sig")
    if not text.strip():
        raise SubmissionError(
            "A submission must hold code. Received: an empty file. "
            "Save your work and hand it in again."
        )
    if suffix == ".ipynb":
        return _notebook(text)
    if suffix == ".py":
        return _script(text)
    raise SubmissionError(
        f"A submission is a .py or an .ipynb file. Received: {suffix!r}. Rename the file."
    )


def _declared_encoding(content: bytes) -> str:
    """Return the encoding that a script declares in its first two lines, as Python reads it."""
    for line in content.split(b"\n", 2)[:2]:
        if match := _ENCODING.match(line):
            with contextlib.suppress(LookupError):
                name = codecs.lookup(match[1].decode("ascii")).name
                if name in _ENCODINGS:
                    return name
    return "utf-8-sig"


def _decoded(content: bytes, encoding: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SubmissionError(
            "A file must be UTF-8 text. Received: UTF-16. Save it as UTF-8 and hand it in again."
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SubmissionError(
            f"A file must be UTF-8 text. Received: byte 0x{error.object[error.start]:02x} at "
            f"position {error.start}. Save it as UTF-8 and hand it in again."
        ) from None
    return _newlines(text)


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _script(text: str) -> Contents:
    if text.lstrip().startswith("{") and '"nbformat"' in text:
        raise SubmissionError(
            "A .py file must hold Python. Received: a notebook. Rename the file to end in .ipynb."
        )
    lines = text.split("\n")
    if len(lines) > MAX_SCRIPT_LINES:
        raise SubmissionError(
            f"A script may have at most {MAX_SCRIPT_LINES} lines. Received: {len(lines)}. "
            "Hand in the exercise only."
        )
    starts = [i for i, line in enumerate(lines) if _MARKER.match(line)]
    # What stands before the first marker is a cell, unless it is jupytext's header.
    if _holds_code(lines[: starts[0]] if starts else lines):
        starts = [0, *starts]
    if len(starts) > MAX_CELLS:
        raise too_many_cells(len(starts))
    cells = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=False), 1):
        marker = _MARKER.match(lines[start])
        head = (marker["head"] or "") if marker else ""
        begin = start + 1 if marker else start
        # Code below a text belongs to its cell, and runs where the file is run.
        if _TEXT_CELL.search(head) and not _holds_code(lines[begin:end]):
            continue
        marks = _marks_of_marker(head)
        cells.append(
            RawCell(
                number=number,
                source="\n".join(lines[begin:end]),
                role=_role(marks, unmarked=Role.WHOLE),
                # The stub carries a task's name as the title of its cell.
                grade_id=_grade_id(marks or {"grade_id": head.strip()}),
                first_line=begin + 1,
            )
        )
    return Contents(tuple(cells))


def _holds_code(lines: Sequence[str]) -> bool:
    return any(line.strip() and not line.startswith("#") for line in lines)


def _marks_of_marker(head: str) -> Mapping[str, Any]:
    """Return the `nbgrader={...}` of a cell marker, or nothing."""
    _, key, rest = head.partition("nbgrader=")
    if not key or len(rest) > 10_000:
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _notebook(text: str) -> Contents:
    cells: list[RawCell] = []
    texts: list[RawCell] = []
    notes: list[str] = []
    marked = False
    for number, cell in enumerate(read_notebook(text), 1):
        if cell is None:
            notes.append(f"Cell {number} is damaged and was left out.")
            continue
        is_code = cell.kind == "code" or _was_code(cell.nbgrader)
        marked = marked or (is_code and bool(cell.nbgrader))
        (cells if is_code else texts).append(
            RawCell(
                number=number,
                source=_newlines(cell.source),
                role=_role(cell.nbgrader, unmarked=Role.PARTS) if is_code else Role.TEXT,
                grade_id=_grade_id(cell.nbgrader),
                kind=cell.kind,
            )
        )
    if cells and not marked:
        notes.append(
            "No cell carries nbgrader's marks any more, so that answer cells cannot be told from "
            "others: of every cell only imports, functions, classes and constants were kept."
        )
    return Contents(tuple(cells), tuple(texts), tuple(notes))


def _was_code(marks: Mapping[str, Any]) -> bool:
    """Whether a cell that is text now was released as code: one key too many makes it text."""
    if "cell_type" in marks:
        return bool(marks["cell_type"] == "code")
    solution, grade = marks.get("solution") is True, marks.get("grade") is True
    return solution != grade  # with both it is marked by hand, and may have been a text


def _role(marks: Mapping[str, Any], unmarked: Role) -> Role:
    """A read-only cell that is not graded may hold the course's imports, so it is not `LOCKED`."""
    solution, grade, locked = (marks.get(key) is True for key in ("solution", "grade", "locked"))
    if solution and not (grade and locked):
        return Role.WHOLE
    return Role.LOCKED if grade else unmarked


def _grade_id(marks: Mapping[str, Any]) -> str:
    grade_id = marks.get("grade_id")
    return grade_id if isinstance(grade_id, str) and _GRADE_ID.fullmatch(grade_id) else ""
