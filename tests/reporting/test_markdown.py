"""Reports in Markdown: a table of tasks that no text of a student's can leave."""

import re

import pytest
from markdown_it import MarkdownIt

from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting import markdown
from autograder.reporting.json_report import document

HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "![x](https://example.com/pixel.png) [click](javascript:alert(1))",
    "a | b | c || **bold** _under_ ~~gone~~ `code` $x^2$",
    "# heading",
    "- item",
    "1. item",
    "2) item",
    "> quote",
    "```\nfence\n```",
    "    indented code",
    "\tindented code",
    "---",
    "===",
    "&lt;b&gt; &#60;b&#62;",
    "<https://example.com> https://example.com",
    "[ref]: https://example.com",
    "line\u2028separator\x1b[31mred\u202eright to left",
    "\\<b\\> ends with a backslash \\",
    "| --- |",
]


def rendered(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


def shown(html):
    """The text that a browser shows."""
    plain = re.sub(r"<[^>]*>", "", html)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, sign)
    return plain.strip()


def report(*verdicts, path="ada/ex.py", notes=(), isolation=Isolation.FULL, data=()):
    return Report(path, "ex04_gates", verdicts, isolation, dict(data), tuple(notes))


def verdict(status=Status.FAILED, message="It must be 3. Received: 4.", task="gates", points=2):
    return Verdict(Check("test_a", task, "`gates` is right", points, "Look."), status, message)


def cells(html):
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in html.split("<tr>")[1:]]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_students_text_stays_text(text):
    """Rendered, escaped text has no element but the paragraph and its line breaks."""
    html = rendered(markdown.escaped(text, 1000))
    assert set(re.findall(r"</?(\w+)", html)) <= {"p", "br"}


@pytest.mark.parametrize("text", ["a\n  b\n- c", "x < 3 & y > 2 | z", "don't `stop`", "1. one"])
def test_text_reads_as_it_was_written(text):
    """What is shown is what was written, line by line and with its indentation."""
    html = rendered(markdown.escaped(text, 1000)).replace("&nbsp;", " ").replace("\xa0", " ")
    assert shown(html) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_students_text_breaks_no_table(text):
    """Whatever a message, a note or a path says, the table keeps its four columns and its tasks."""
    html = rendered(
        markdown.summary(document([report(verdict(message=text), path=text, notes=[text])]))
    )
    rows = cells(html)
    assert [len(row) for row in rows] == [4, 4]
    assert rows[1][1:3] == ["gates", "0/2"]
    allowed = {"h3", "p", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "strong", "br"}
    assert set(re.findall(r"</?(\w+)", html)) <= allowed


def test_bare_links_are_no_links():
    """What GitHub makes a link of without any mark is broken up; the text stays."""
    text = markdown.escaped("see https://example.com, www.example.com and ada@example.com", 200)
    assert "s://" not in text
    assert "www." not in text
    assert "@" not in text
    assert shown(rendered(text)) == "see https://example.com, www.example.com and ada@example.com"


def test_each_task_has_its_points_and_the_first_that_is_wrong():
    """A row a task: passed ones say nothing more, others the first check that is not right."""
    text = markdown.summary(
        document(
            [
                report(
                    verdict(Status.PASSED, task="one", message=""),
                    verdict(Status.PASSED, task="two", message=""),
                    verdict(Status.TIMED_OUT, task="two", message="It must end. Received: no end."),
                    verdict(Status.FAILED, task="two", message="Not this."),
                )
            ]
        )
    )
    head, one, two = cells(rendered(text))
    assert rendered(text).startswith("<h3>ex04_gates: 4 of 8 points</h3>")
    assert head == ["", "task", "points", "first to look at"]
    assert one == ["✅", "one", "2/2", ""]
    assert two[1:3] == ["two", "2/6"]
    assert two[3].endswith("(took too long)<br>It must end. Received: no end.")


def test_a_fault_of_ours_has_no_points():
    """A task with an INTERNAL check shows `-`, and the heading says whose fault it is."""
    text = markdown.summary(
        document([report(verdict(Status.PASSED, ""), verdict(Status.INTERNAL, "Ours."))])
    )
    assert cells(rendered(text))[1][2] == "-/4"
    assert "not marked yet, by our fault (of 4 points)" in text


def test_a_class_begins_with_an_overview():
    """Several submissions: first a table of all of them, then one of each."""
    text = markdown.summary(
        document([report(verdict(), path="ada.py"), report(verdict(), path="bob.py")])
    )
    assert cells(rendered(text))[1][1:] == ["ada.py", "ex04_gates", "0/2"]
    assert text.count("### ") == 2


def test_the_conditions_are_told():
    """A bundled sample, and less than a full sandbox, stand below the table."""
    text = markdown.summary(
        document([report(verdict(), data={"mnist": "sample"}, isolation=Isolation.LANDLOCK)])
    )
    assert "bundled sample of mnist" in text
    assert "landlock, not full" in text


def test_nothing_graded_is_said():
    """Without a submission there is a sentence, not an empty page."""
    assert "No submission was found" in markdown.summary(document([]))


def test_a_large_class_stays_below_what_github_shows():
    """However long, the summary has at most 900 KiB, and says how many parts it left out."""
    checks = [verdict(message="ä" * 500, task=f"task{n}") for n in range(20)]
    text = markdown.summary(document([report(*checks, path=f"s{n}") for n in range(200)]))
    assert len(text.encode()) <= markdown.MAX_SUMMARY_BYTES + 100
    assert re.search(r"\d+ more parts were too long to be shown here\.\n$", text)
