"""First step of sanitizing: a student's notebook as it may be shown, with nothing that runs.

An instructor opens the copy in formgrader, beside the Jupyter server's own cookies, and a student
gets it as a page; nbgrader's templates put Markdown, ids, tags and language names there as they
are. So the copy is built anew, from texts alone. HTML in Markdown is shown as text, links lead to
the web or nowhere, and pictures are those attached as PNG, JPEG or GIF. Marks come from the file
in `submitted/`, which nothing here changes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor

from autograder.edges import old_names
from autograder.text import printable

Resources = dict[str, Any]

# In one cell, and in all cells. Rendering Markdown can take time quadratic in a cell's length.
MAX_MARKDOWN_CHARACTERS = (10_000, 100_000)
MAX_CODE_CHARACTERS = (100_000, 400_000)
MAX_OUTPUT_CHARACTERS, MAX_OUTPUTS = (20_000, 200_000), 50
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


class SanitizeCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Builds the notebook anew from its cells' texts, and leaves nbgrader's ids as they are."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Replace all cells and the notebook's metadata."""
        self._markdown = _Truncator(*MAX_MARKDOWN_CHARACTERS)
        self._code = _Truncator(*MAX_CODE_CHARACTERS)
        self._attached_left = MAX_ATTACHED_CHARACTERS
        self._keeps_outputs = not ClearOutput(parent=self).enabled  # `--no-execute`
        self._output = _Truncator(*MAX_OUTPUT_CHARACTERS)
        used_ids: set[str] = set()
        cells = []
        for number, cell in enumerate(nb.cells, 1):
            fresh = self._cell(cell)
            fresh.id = _free_id(cell.get("id"), number, used_ids)
            cells.append(fresh)
        for name in set(nb) - {"cells", "metadata", "nbformat", "nbformat_minor"}:
            del nb[name]
        nb.cells = cells
        nb.nbformat, nb.nbformat_minor = 4, 5
        nb.metadata = NotebookNode(language_info={"name": "python"})
        return nb, resources

    def _cell(self, cell: NotebookNode) -> NotebookNode:
        metadata = NotebookNode()
        submitted = cell.get("metadata")
        submitted = submitted if isinstance(submitted, dict) else {}
        if isinstance(marks := submitted.get("nbgrader"), dict):
            metadata["nbgrader"] = NotebookNode(grade_id=marks.get("grade_id"))
        source = printable(_text(cell.get("source")))
        if cell.get("cell_type") == "code":
            if submitted.get("jupyter") == {"source_hidden": True}:
                metadata["jupyter"] = NotebookNode(source_hidden=True)
            outputs = self._texts(cell.get("outputs")) if self._keeps_outputs else []
            source = self._code.cut(source, "# ")
            return new_code_cell(source, metadata=metadata, outputs=outputs)
        source = self._markdown.cut(source, "\n")
        if cell.get("cell_type") != "markdown":
            return new_markdown_cell(as_text(source), metadata=metadata)
        attachments = self._pictures(cell.get("attachments"))
        fresh = new_markdown_cell(sanitize_markdown(source, attachments), metadata=metadata)
        if attachments:
            fresh.attachments = NotebookNode(attachments)
        return fresh

    def _texts(self, outputs: object) -> list[NotebookNode]:
        """Return the outputs that are plain text, where they are to be kept at all."""
        kept = []
        for output in outputs[:MAX_OUTPUTS] if isinstance(outputs, list) else ():
            kind = output.get("output_type") if isinstance(output, dict) else None
            if kind == "stream":
                text = self._output.cut(printable(_text(output.get("text"))), "")
                name = "stderr" if output.get("name") == "stderr" else "stdout"
                kept.append(new_output("stream", name=name, text=text))
            elif kind in ("execute_result", "display_data"):
                data = output.get("data")
                text = _text(data.get("text/plain")) if isinstance(data, dict) else ""
                count = output.get("execution_count")
                number = {"execution_count": count} if kind == "execute_result" else {}
                if text and (count is None or type(count) is int):
                    shown = {"text/plain": self._output.cut(printable(text), "")}
                    kept.append(new_output(kind, data=shown, **number))
        return kept

    def _pictures(self, attachments: object) -> dict[str, dict[str, str]]:
        """Return the attached pictures of known kinds, by their names."""
        pictures: dict[str, dict[str, str]] = {}
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
                    pictures[name] = {kind: data}
                    break
        return pictures


class _Truncator:
    """Truncates texts that are too long, each by itself or in sum."""

    def __init__(self, most: int, most_in_all: int) -> None:
        self._most = most
        self._left = most_in_all

    def cut(self, source: str, prefix: str) -> str:
        most = min(self._most, self._left)
        self._left -= min(len(source), most)
        if len(source) <= most:
            return source
        note = f"{prefix}... {len(source) - most} more characters are in the file as handed in."
        return f"{source[:most]}\n{note}"


def sanitize_markdown(source: str, attached: Mapping[str, object] | None = None) -> str:
    """Return Markdown of which no renderer makes active content; `attached` names its pictures.

    A space stands where HTML, a picture or a link would begin, so that each is shown as text.
    """
    return _sanitize(source, frozenset(attached or ()))


@functools.lru_cache(maxsize=512)  # the course's own cells are the same in a whole class
def _sanitize(source: str, attached: frozenset[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match["web"] or (match["attached"] and match["name"] in attached):
            return match.group()
        if match["attached"]:
            return f"! [{match['alt']}] (attachment:{match['name']})"
        begin = match["broken"]
        return f"{begin[0]} {begin[1:]}"

    sanitized = _LANGUAGE.sub(r"\g<before>text ", _ACTIVE.sub(replaced, source))
    try:
        markdown2html_mistune(sanitized.replace("](attachment:", "] (attachment:"))
    except Exception:  # noqa: BLE001 - one cell that cannot be rendered would end the feedback
        return as_text(source)
    return sanitized


def as_text(source: str) -> str:
    """Return Markdown that shows `source` as it is."""
    longest = max((len(ticks) for ticks in _TICKS.findall(source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{source}\n{fence}"


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _free_id(own_id: object, number: int, used_ids: set[str]) -> str:
    """Return the cell's own id where it is a proper one that no other cell has."""
    free = own_id if isinstance(own_id, str) and _ID.fullmatch(own_id) else f"cell-{number}"
    while free in used_ids:
        free = f"{free[:50]}-{number}"
        number += 1_000_000
    used_ids.add(free)
    return free


def __getattr__(name: str) -> Any:
    """Return what a name of an earlier release is now."""
    return old_names.moved(__name__, name)
