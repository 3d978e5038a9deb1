"""Cells of a notebook as HTML, with formulas as MathML: for feedback pages and formgrader.

nbconvert leaves formulas to a script from the web. A page of feedback has neither, and reads the
same where there is no internet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from markupsafe import Markup
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import strip_files_prefix
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from autograder.reporting.mathml import mathml
from autograder.text import printable

_DEEPEST = 6
_OUTPUT_CHARACTERS = 20_000
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}")


class _CodeStyle(Style):  # type: ignore[misc]
    """Colours of code: dark enough to be read, and none that stands for a verdict."""

    background_color = "#f6f8fa"
    styles = {  # noqa: RUF012 - as Pygments declares it
        Comment: "italic #57606a",
        Keyword: "#0550ae",
        Name.Function: "#6639ba",
        Name.Class: "#6639ba",
        Name.Decorator: "#6639ba",
        Number: "#0550ae",
        Operator.Word: "#0550ae",
        String: "#0a3069",
        String.Doc: "italic #57606a",
    }


class _MathRenderer(IPythonRenderer):
    """nbconvert's own, with MathML in place of what a script would replace."""

    def block_math(self, body: str) -> str:
        """Return a formula on a line of its own."""
        return _formula(body, "$$", block=True)

    def inline_math(self, body: str) -> str:
        """Return a formula in a line."""
        return _formula(body, "$", block=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Return what is written as an environment of LaTeX's."""
        return _formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "", block=True)


class _PageRenderer(_MathRenderer):
    """For a page of ours: HTML is shown as text, headings stand below a task's, links are inert."""

    def __init__(self, below: int, attachments: Mapping[str, Any]) -> None:
        super().__init__(
            escape=True,
            allow_harmful_protocols=False,
            exclude_anchor_links=True,
            attachments=dict(attachments),
        )
        self._last = self._below = below
        self._top = 0

    def heading(self, text: str, level: int, **_attributes: Any) -> str:
        """Return a heading, one level below what is above it at most."""
        self._top = self._top or level
        shown = self._below + 1 + max(0, level - self._top)
        self._last = min(shown, self._last + 1, _DEEPEST)
        return f"<h{self._last}>{text}</h{self._last}>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return an attached picture; one from elsewhere is named, not loaded."""
        html: str = super().image(text, url, title)
        return html if 'src="data:image/' in html else f"[picture: {escape(text)}]"

    def block_code(self, code: str, info: str | None = None) -> str:  # noqa: ARG002
        """Return a block of code as it is."""
        return f'<pre tabindex="0"><code>{escape(code)}</code></pre>\n'

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:  # noqa: ARG002
        """Return a cell; an empty one is the head of nothing."""
        tag = "th" if head and text.strip() else "td"
        return f"<{tag}>{text}</{tag}>\n"

    def table(self, text: str) -> str:
        """Return a table that scrolls by itself where a page is narrow."""
        return f'<div class="ag-scroll" tabindex="0"><table>{text}</table></div>\n'


def with_mathml(source: str) -> str:
    """Return Markdown as nbconvert's filter of the name `markdown2html` does, with MathML."""
    return str(MarkdownWithMath(renderer=_MathRenderer(escape=False)).render(source))


def markdown_markup(
    source: str, below: int, attachments: Mapping[str, Any] | None = None
) -> Markup:
    """Return Markdown as HTML in which nothing runs and nothing is loaded.

    Args:
        source: What a cell holds, a student's or the course's.
        below: The level of the heading that it stands under.
        attachments: The cell's pictures, by their names.
    """
    try:
        renderer = _PageRenderer(below, attachments or {})
        html = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # noqa: BLE001 - one cell that cannot be rendered costs no page
        return Markup('<pre tabindex="0">{}</pre>').format(source)
    made: str = strip_files_prefix(html)  # type: ignore[no-untyped-call]
    return Markup(made)  # noqa: S704 - the renderer has escaped every text in it


def code_markup(source: str) -> Markup:
    """Return Python as HTML, coloured by `code_styles`."""
    code = highlight(source or " ", PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    coloured = Markup(code.rstrip("\n"))  # noqa: S704 - Pygments escapes what it colours
    return Markup('<pre tabindex="0"><code>{}</code></pre>').format(coloured)


def text_markup(text: str) -> Markup:
    """Return a text as it is, to the space."""
    return Markup('<pre tabindex="0">{}</pre>').format(printable(text))


def output_markup(output: Mapping[str, Any]) -> Markup:
    """Return a cell's output: a picture where it is a PNG, else its text."""
    png = "".join(output.get("data", {}).get("image/png", "")).strip()
    if png and _BASE64.fullmatch(png):
        return Markup(
            '<p><img alt="What this cell drew" src="data:image/png;base64,{}"></p>'
        ).format(png)
    text = output_text(output)
    return text_markup(text) if text else Markup("")


def output_text(output: Mapping[str, Any]) -> str:
    """Return the text of a cell's output, of an error its last line."""
    if output.get("output_type") == "error":
        text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
    else:
        text = "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))
    plain: str = strip_ansi(text[:_OUTPUT_CHARACTERS])  # type: ignore[no-untyped-call]
    return plain.rstrip()


def code_styles() -> Markup:
    """Return the style rules of `code_markup`."""
    return Markup(HtmlFormatter(style=_CodeStyle).get_style_defs(".ag pre"))  # noqa: S704


def _formula(latex: str, dollars: str, *, block: bool) -> str:
    made = mathml(latex, block=block)
    return made if made is not None else f"<code>{escape(dollars + latex + dollars)}</code>"
