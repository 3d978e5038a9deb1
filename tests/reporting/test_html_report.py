"""What a student reads about a task."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting import card_maker, html_report
from autograder.reporting.html_report import (
    notice_html,
    overview_html,
    overview_text,
    page_html,
    task_text,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
ALLOWED = set(
    "html head meta title style body main header nav section h1 h2 h3 p ul ol li div span b code a "
    "figure img".split()
)


def task_html(made: Report, task: str) -> str:
    """The card of a task, as formgrader shows it."""
    return html_report.task_html(card_maker.card(made, task))


def summary_html(made: Report) -> str:
    """The verdict over all tasks, as formgrader shows it."""
    return overview_html(card_maker.overview(made), card_maker.cards(made))


def report(*statuses: Status, message: str = "Rule. Received: 1. Next.", **changes) -> Report:
    verdicts = [
        Verdict(Check(f"test_{i}", "gates", f"Fact {i}", 2, f"Hint {i}"), status, message, "trace!")
        for i, status in enumerate(statuses)
    ]
    facts = {"path": "alice/work.py", "exercise": "ex04_perceptron", "isolation": Isolation.FULL}
    return Report(verdicts=tuple(verdicts), **{**facts, "data": {}, **changes})


class Elements(HTMLParser):
    """Collects every tag, attribute and text of a page, and checks that tags nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


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
    for html in (task_html(made, "gates"), page_html(made), summary_html(made)):
        html.encode()
        page = Elements(html)
        assert set(page.tags) <= ALLOWED and page.open == []
        assert not any(name.startswith("on") for name, _ in page.attributes)
        links = [value for name, value in page.attributes if name in ("href", "src")]
        assert all(re.fullmatch(r"#[a-z0-9_-]+", link) for link in links)


MARKUP = """<x-evil on='1' by="2">&amp;</x-evil>{{ 7 * 7 }}{% raw %}"""


def with_check(**changes) -> Report:
    made = report(Status.FAILED)
    (verdict,) = made.verdicts
    check = replace(verdict.check, **changes)
    return replace(made, verdicts=(replace(verdict, check=check),))


@pytest.mark.parametrize(
    ("made", "task"),
    [
        (report(Status.FAILED, message=MARKUP), "gates"),
        (with_check(title=MARKUP), "gates"),
        (with_check(hint=MARKUP), "gates"),
        (with_check(task=MARKUP), MARKUP),
        (report(Status.PASSED, notes=(f"{MARKUP} (gates)",)), "gates"),
        (report(Status.PASSED, notes=(MARKUP,)), None),
        (report(Status.PASSED, path=MARKUP), None),
        (report(Status.PASSED, exercise=MARKUP), None),
        (report(Status.PASSED, data={MARKUP: "sample"}), None),
    ],
    ids=["message", "title", "hint", "task", "task's note", "note", "path", "exercise", "data"],
)
def test_markup_in_any_field_is_text(made, task):
    """Each field stands in the page to the letter: no element of it, no template language."""
    for html in (page_html(made), *([] if task is None else [task_html(made, task)])):
        page = Elements(html)
        assert MARKUP in page.text
        assert set(page.tags) <= ALLOWED and page.open == []


def test_markup_in_an_attribute_stays_in_it():
    """A task's name with quotes in it ends no attribute."""
    made = replace(with_check(task=MARKUP), pictures={MARKUP: PNG})
    page = Elements(task_html(made, MARKUP))
    assert ("alt", f"What {MARKUP} drew.") in page.attributes
    assert {name for name, _ in page.attributes} == {"class", "id", "alt", "src", "aria-hidden"}


def test_markup_in_a_notice_is_text():
    """What stands in place of feedback is escaped as well."""
    page = Elements(notice_html(MARKUP))
    assert page.text.strip() == MARKUP
    assert set(page.tags) <= {"p", "strong"} and page.open == []


def test_control_characters_are_shown_in_every_field():
    """What a terminal or a page would obey is written out: in a remark, a title, a path."""
    hostile = "a\x1b[31m\u202eb\ud800"
    shown = "a\\x1b[31m\\u202eb\\ud800"
    made = with_check(title=hostile, hint=hostile)
    # The title stands in the card and above it.
    assert Elements(page_html(replace(made, path=hostile))).text.count(shown) == 4
    assert shown in summary_html(replace(made, notes=(hostile,)))


def test_a_message_keeps_its_lines_and_spaces():
    """Indented code in a message is shown as it was written, to the space."""
    message = "Rule.\n    for x in y:\n        z\n"
    html = task_html(report(Status.FAILED, message=message), "gates")
    assert re.search(r'class="ag-text">([^<]*)</p>', html)[1] == message
    assert re.search(r"\.ag-text {[^}]*white-space: pre-wrap", html)


def test_no_template_takes_a_value_for_markup():
    """Escaping is what templates do by themselves; none of them has it left out anywhere."""
    templates = sorted(Path(html_report.__file__).with_name("templates").glob("*.html"))
    assert templates
    for path in templates:
        assert not re.search(r"\|\s*safe\b|\bautoescape\b", path.read_text(encoding="utf-8"))


def test_what_stands_in_backticks_is_code():
    """Backticks become code, also where a student wrote them; one alone stays."""
    html = task_html(report(Status.FAILED, message="`a<b` must be 1. Received: `."), "gates")
    assert "<code>a&lt;b</code> must be 1." in html and "</b> `." in html


def test_the_verdict_stands_before_everything_else():
    """The page's heading has the points; a line per task says what failed, and leads to its card."""
    made = report(Status.PASSED, Status.FAILED)
    html = page_html(made)
    assert "<h1>ex04_perceptron: 2 of 4 points</h1>" in html
    line = html[html.index("<ol") : html.index("</ol>")]
    assert 'href="#task-gates"' in line and "partly right" in line and "2 of 4 points" in line
    assert "Fact 1" in line and "Fact 0" not in line
    assert html.index("</ol>") < html.index('id="task-gates"')


def test_notes_come_after_the_marks_and_before_the_cards():
    """Notes, which may say why marks are missing, stand between the verdict and the cards."""
    html = page_html(report(Status.FAILED, notes=("Line 3 was left out.",)))
    places = [html.index(part) for part in ("</ol>", "Line 3 was left out.", 'id="task-gates"')]
    assert places == sorted(places)


def test_the_overview_as_text_has_a_line_for_each_task():
    """Where HTML is not shown, the verdict over all tasks reads the same."""
    made = report(Status.PASSED, Status.FAILED, notes=("A note.",), data={"mnist": "sample"})
    assert overview_text(card_maker.overview(made), card_maker.cards(made)) == (
        "ex04_perceptron: 2 of 4 points\n"
        "◐ gates: 2 of 4 points, partly right\n"
        "Note: A note.\n"
        "Graded on the bundled sample of mnist.\n"
    )


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
