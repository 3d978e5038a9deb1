"""First step of sanitising: what a student's notebook is shown with, and nothing that runs.

An instructor opens the copy in formgrader, beside the Jupyter server's own cookies, and a student
gets it as a page; nbgrader's templates put Markdown, ids, tags and language names there as they
are. So the copy is built anew, of texts alone. HTML in Markdown is shown as text, links lead to the
web or nowhere, and pictures are those attached as PNG, JPEG or GIF. Marks come from the file in
`submitted/`, which nothing here changes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.plaintext import printable

Resources = dict[str, Any]

# Of one cell, and of all cells. Rendering Markdown can take time quadratic in a cell's length.
MAX_MARKDOWN_CHARACTERS = (10_000, 100_000)
MAX_CODE_CHARACTERS = (100_000, 400_000)
MAX_ATTACHED_CHARACTERS = 4_000_000

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RASTER = ("image/png", "image/jpeg", "image/gif")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
_FILE = re.compile(r"[\w-][\w.-]{0,99}", re.ASCII)
# What could begin a tag, a picture, a link or the definition of one. Everything else in Markdown
# comes out of its renderer escaped.
_ACTIVE = re.compile(
    r"(?P<attached>!\[(?P<alt>[\w .,:-]*)\]\(attachment:(?P<name>[\w.-]+)\))"
    r"|(?P<web>\]\(https?://)|(?P<broken><(?![\s=\d])|!\[|\]\(|\]:)",
    re.ASCII,
)
# The language of a block of code chooses a lexer, of which some take forever.
_LANGUAGE = re.compile(
    r"^(?P<before>[ \t>*+:\d.)-]*(?:`{3,}|~{3,}))[ \t]*(?!(?:python|py|text)[ \t]*$)(?=[^\s`~])",
    re.ASCII | re.MULTILINE,
)
_TICKS = re.compile(r"`+")


class HarmlessCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Builds the notebook anew of its cells' texts; the ids of nbgrader's are kept as they are."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Replace all cells and the notebook's metadata."""
        self._markdown = _Shown(*MAX_MARKDOWN_CHARACTERS)
        self._code = _Shown(*MAX_CODE_CHARACTERS)
        self._attached_left = MAX_ATTACHED_CHARACTERS
        taken: set[str] = set()
        cells = []
        for number, cell in enumerate(nb.cells, 1):
            fresh = self._cell(cell)
            fresh.id = _free_id(cell.get("id"), number, taken)
            cells.append(fresh)
        for name in set(nb) - {"cells", "metadata", "nbformat", "nbformat_minor"}:
            del nb[name]
        nb.cells = cells
        nb.nbformat, nb.nbformat_minor = 4, 5
        nb.metadata = NotebookNode(language_info={"name": "python"})
        return nb, resources

    def _cell(self, cell: NotebookNode) -> NotebookNode:
        metadata = NotebookNode()
        given = cell.get("metadata")
        given = given if isinstance(given, dict) else {}
        if isinstance(marks := given.get("nbgrader"), dict):
            metadata["nbgrader"] = NotebookNode(grade_id=marks.get("grade_id"))
        source = printable(_text(cell.get("source")))
        if cell.get("cell_type") == "code":
            if given.get("jupyter") == {"source_hidden": True}:
                metadata["jupyter"] = NotebookNode(source_hidden=True)
            return new_code_cell(self._code.cut(source, "# "), metadata=metadata)
        source = self._markdown.cut(source, "\n")
        if cell.get("cell_type") != "markdown":
            return new_markdown_cell(as_text(source), metadata=metadata)
        attachments = self._pictures(cell.get("attachments"))
        fresh = new_markdown_cell(harmless_markdown(source, attachments), metadata=metadata)
        if attachments:
            fresh.attachments = NotebookNode(attachments)
        return fresh

    def _pictures(self, attachments: object) -> dict[str, dict[str, str]]:
        """Return the attached pictures of known kinds, by their names."""
        kept: dict[str, dict[str, str]] = {}
        for name, kinds in attachments.items() if isinstance(attachments, Mapping) else ():
            for kind in _RASTER:
                data = kinds.get(kind) if isinstance(kinds, Mapping) else None
                data = _text(data)
                if (
                    data
                    and len(data) <= self._attached_left
                    and _FILE.fullmatch(name)
                    and _BASE64.fullmatch(data)
                ):
                    self._attached_left -= len(data)
                    kept[name] = {kind: data}
                    break
        return kept


class _Shown:
    """Cuts texts off that are too long, each for itself or in sum."""

    def __init__(self, most: int, most_in_all: int) -> None:
        self._most = most
        self._left = most_in_all

    def cut(self, source: str, before: str) -> str:
        most = min(self._most, self._left)
        self._left -= min(len(source), most)
        if len(source) <= most:
            return source
        note = f"{before}... {len(source) - most} more characters are in the file as handed in."
        return f"{source[:most]}\n{note}"


def harmless_markdown(source: str, attached: Mapping[str, object] | None = None) -> str:
    """Return Markdown that no renderer makes anything active of; `attached` names its pictures.

    A space stands where HTML, a picture or a link would begin, so that each is shown as text.
    """
    return _harmless(source, frozenset(attached or ()))


@functools.lru_cache(maxsize=512)  # a class has the course's own cells in common
def _harmless(source: str, attached: frozenset[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match["web"] or (match["attached"] and match["name"] in attached):
            return match.group()
        if match["attached"]:
            return f"! [{match['alt']}] (attachment:{match['name']})"
        begin = match["broken"]
        return f"{begin[0]} {begin[1:]}"

    harmless = _LANGUAGE.sub(r"\g<before>text ", _ACTIVE.sub(replaced, source))
    try:
        markdown2html_mistune(harmless.replace("](attachment:", "] (attachment:"))
    except Exception:  # noqa: BLE001 - one cell that cannot be rendered would end the feedback
        return as_text(source)
    return harmless


def as_text(source: str) -> str:
    """Return Markdown that shows `source` as it is."""
    longest = max((len(ticks) for ticks in _TICKS.findall(source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{source}\n{fence}"


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _free_id(wanted: object, number: int, taken: set[str]) -> str:
    """Return the cell's own id where it is a proper one that no other cell has."""
    free = wanted if isinstance(wanted, str) and _ID.fullmatch(wanted) else f"cell-{number}"
    while free in taken:
        free = f"{free[:50]}-{number}"
        number += 1_000_000
    taken.add(free)
    return free
