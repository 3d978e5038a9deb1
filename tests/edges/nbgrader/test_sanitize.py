"""What Markdown of a student's becomes: text and formatting, whatever it was made of."""

from __future__ import annotations

from html.parser import HTMLParser

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters import strip_files_prefix
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets.config import Config

from autograder.edges.nbgrader.sanitize import SanitizeCells, as_text, sanitize_markdown

# What Markdown and HTML are made of, so that chance puts attacks together.
_PIECES = st.sampled_from(
    [
        *"<>/!?[]()`~$\\*_#|:&;\"'=- \n\t",
        *("<script>", "</script>", "<img src=x onerror=f()>", "<!--", "-->", "<![CDATA[", "]]>"),
        *("javascript:f()", "data:text/html,x", "https://e.org", "http://", "attachment:a.png"),
        *("[x](", "![x](", "[x]: ", "[x]", "](", "]:", "&lt;", "&#60;", "&#106;", "/files/"),
        *("```", "~~~", "```mermaid\n", "\\begin{a}", "\\end{a}", "$$", "\\\\[", "onload=", "x"),
        *("- ", "> ", "1. ", "# ", ": ", "|--|--|\n", "\x00", "\u2028", "\ufeff", "é", "    "),
    ]
)
_TAGS = set(
    "a p b i em strong del code pre div span h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody "
    "tr th td br hr blockquote input".split()
)
_ATTRIBUTES = {"class", "id", "href", "title", "style", "start", "type", "disabled", "checked"}


class _Active(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []

    def handle_starttag(self, tag, attrs) -> None:
        if tag not in _TAGS:
            self.found.append(tag)
        for name, value in attrs:
            harmless_style = name != "style" or value in (
                "text-align:left",
                "text-align:right",
                "text-align:center",
            )
            if name not in _ATTRIBUTES or not harmless_style:
                self.found.append((tag, name, value))
            if name == "href" and not (value or "").startswith(("https://", "http://", "#")):
                self.found.append((tag, name, value))

    def handle_comment(self, data) -> None:
        self.found.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def _active(markdown: str) -> list[object]:
    parser = _Active()
    parser.feed(strip_files_prefix(markdown2html_mistune(markdown)))
    parser.close()
    return parser.found


@settings(max_examples=1_000, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_no_markdown_becomes_anything_active(source: str) -> None:
    """Rendered as nbgrader's page does it, there are only tags of Markdown's own, and web links."""
    assert _active(sanitize_markdown(source)) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_a_text_shown_as_it_is_stays_one_block(source: str) -> None:
    """No text leaves the fence around it."""
    html = markdown2html_mistune(as_text(source))
    assert html.startswith('<div class="highlight"><pre>')
    assert html.endswith("</pre></div>\n")
    assert _active(as_text(source)) == []


def test_the_check_above_sees_what_is_active() -> None:
    """The same search finds scripts, events, addresses and comments in what is left as it is."""
    for source in ("<script>f()</script>", "<p onclick=f()>", "[x](javascript:f())", "<!--x-->"):
        assert _active(source) != []


def test_ordinary_markdown_stays_as_it_is() -> None:
    """Headings, lists, tables, code, mathematics and links are what students write."""
    ordinary = (
        "# Title\n\n- *one*\n- **two** `x <= 3` and $a < b$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```python\nif a < 3:\n    b = [1, 2]\n```\n\n[Keras](https://keras.io) https://keras.io\n"
    )
    assert sanitize_markdown(ordinary) == ordinary


def test_only_attached_pictures_are_shown() -> None:
    """A picture needs an attachment of that name; one from the web tells who looks at it."""
    source = "![a plot](attachment:plot.png)"
    assert sanitize_markdown(source, {"plot.png": {}}) == source
    assert sanitize_markdown(source) != source
    assert "<img" not in markdown2html_mistune(sanitize_markdown("![x](https://e.org/x.png)"))


def _outputs(*outputs: object, no_execute: bool) -> list[dict[str, object]]:
    cell = NotebookNode(cell_type="code", source="1", metadata={}, outputs=list(outputs))
    notebook = NotebookNode(cells=[cell], metadata={}, nbformat=4, nbformat_minor=5)
    config = Config({"ClearOutput": {"enabled": not no_execute}})
    made, _ = SanitizeCells(config=config).preprocess(notebook, {})
    nbformat.validate(made)
    return list(made.cells[0].outputs)


def test_outputs_are_dropped_but_for_plain_text_with_no_execute() -> None:
    """With `--no-execute` an instructor reads what the student saw; nothing of it is active."""
    html = {"text/html": "<script>x</script>", "text/plain": "385\x1b[31m"}
    odd = [5, {}, {"output_type": "stream", "text": 3}, {"output_type": "error", "traceback": [1]}]
    given = [
        new_output("execute_result", data=html, execution_count=6),
        new_output("display_data", data={"image/svg+xml": "<svg onload=x>"}),
        new_output("stream", name="stderr", text="warned\n"),
        *odd,
    ]
    assert _outputs(*given, no_execute=False) == []
    result, stream, empty = _outputs(*given, no_execute=True)
    assert result.data == {"text/plain": "385\\x1b[31m"} and result.execution_count == 6
    assert (stream.name, stream.text, empty.text) == ("stderr", "warned\n", "")
