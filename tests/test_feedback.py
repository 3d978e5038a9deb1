"""What a student reads about a task."""

import base64
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.feedback import page_html, task_html, task_text
from autograder.records import Check, Isolation, Report, Status, Verdict

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "h1",
    "p",
    "ul",
    "li",
    "div",
    "span",
    "b",
    "img",
}


def report(*statuses: Status, message: str = "Rule. Received: 1. Next.", **changes) -> Report:
    verdicts = [
        Verdict(Check(f"test_{i}", "gates", f"Fact {i}", 2, f"Hint {i}"), status, message, "trace!")
        for i, status in enumerate(statuses)
    ]
    facts = {"path": "alice/work.py", "exercise": "ex04_perceptron", "isolation": Isolation.FULL}
    return Report(verdicts=tuple(verdicts), **{**facts, "data": {}, **changes})


class Elements(HTMLParser):
    """Collects every tag and attribute of a page, and checks that tags nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_text_has_points_message_and_hint():
    """Each check has a line with its points; what did not pass has message and hint."""
    assert task_text(report(Status.PASSED, Status.FAILED), "gates") == (
        "gates: 2 of 4 points\n"
        "✓ Fact 0 (2/2, passed)\n"
        "✗ Fact 1 (0/2, not yet)\n"
        "    Rule. Received: 1. Next.\n"
        "    Hint: Hint 1\n"
    )


def test_our_fault_is_told_as_ours():
    """An INTERNAL check shows no zero and no hint."""
    text = task_text(report(Status.INTERNAL, message=""), "gates")
    assert "not yet marked" in text and "our fault" in text and "Hint" not in text


@pytest.mark.parametrize("render", [task_html, task_text])
def test_no_trace_reaches_a_student(render):
    """The trace, which may hold answers, is in no feedback."""
    assert "trace!" not in render(report(*Status), "gates")
    assert "trace!" not in page_html(report(*Status))


@pytest.mark.parametrize("render", [task_html, task_text])
def test_a_note_on_the_tasks_cell_is_in_its_feedback(render):
    """What staging left out of the task's own cell is told with the task, other notes are not."""
    notes = ("Cell 3 (gates) must be Python.", "Cell 4 (other) must be Python.")
    text = render(report(Status.ERRORED, notes=notes), "gates")
    assert "Cell 3" in text and "Cell 4" not in text


def test_a_picture_is_shown_as_data():
    """A task's PNG stands in the HTML itself, so that the page needs no other file."""
    html = task_html(report(Status.PASSED, pictures={"gates": PNG}), "gates")
    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in html


def test_only_png_becomes_a_picture():
    """Bytes that are no PNG, such as an SVG with a script, are not shown."""
    html = task_html(report(Status.PASSED, pictures={"gates": b"<svg/onload=alert(1)>"}), "gates")
    assert "<img" not in html


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(list(Status)), min_size=1, max_size=3),
    st.text(st.sampled_from("<>&\"'/=x \x00\ud800\n`;") | st.characters(), max_size=60),
)
def test_no_text_of_a_student_becomes_markup(statuses, text):
    """Whatever a student writes, the page keeps its elements, has no handler and nests."""
    made = report(*statuses, message=text, path=text, notes=(text, f"{text} (gates)"))
    for html in (task_html(made, "gates"), page_html(made)):
        html.encode()
        page = Elements(html)
        assert set(page.tags) <= ALLOWED and page.open == []
        assert not any(name.startswith("on") or name == "href" for name, _ in page.attributes)


def test_script_in_a_message_is_text():
    """A script tag in an exception's message is shown, not run."""
    html = page_html(report(Status.ERRORED, message="</div><script>alert(1)</script>"))
    assert "<script" not in html and "&lt;script&gt;" in html


def test_the_page_may_load_nothing():
    """A content policy forbids scripts, foreign pictures and forms, behind the escaping."""
    html = page_html(report(Status.PASSED))
    assert "default-src 'none'" in html and "img-src data:" in html


def test_the_page_names_sample_data():
    """A student can see that the small data set was used."""
    assert "bundled sample of mnist" in page_html(report(Status.PASSED, data={"mnist": "sample"}))


def test_a_task_without_checks_is_no_failure():
    """Feedback on an unknown task says that nothing was checked."""
    assert task_text(report(Status.PASSED), "unknown") == "unknown: no checks\n"
    assert "no checks" in task_html(report(Status.PASSED), "unknown")
