"""The page of an autograded notebook, made from notebooks in memory."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.edges.nbgrader.feedback_page import CARD_TYPE, OVERVIEW_TYPE, page_of
from autograder.edges.nbgrader.markdown import markdown_markup, with_mathml
from autograder.edges.nbgrader.preprocessors import overview_cell
from autograder.edges.nbgrader.sections import group_cells
from autograder.records import Check, Contrast, Isolation, Report, Status, Verdict
from autograder.reporting.card_maker import card
from autograder.reporting.cards import to_json
from autograder.reporting.html_report import feedback_page

TASKS = ("gates", "lines")


def _report(**fields: object) -> Report:
    verdicts = (
        Verdict(Check("test_a", "gates", "A fact", 2, "A hint."), Status.PASSED),
        Verdict(Check("test_b", "gates", "B fact", 1, "B hint."), Status.FAILED, "Rule."),
        Verdict(Check("test_c", "lines", "C fact", 3, "C hint."), Status.INTERNAL, "Ours."),
    )
    facts = {"path": "x", "exercise": "ex04", "isolation": Isolation.FULL, "data": {}}
    return Report(verdicts=verdicts, **{**facts, **fields})


def _answer(task: str, comment: str | None = None) -> NotebookNode:
    marks = {"grade_id": task, "solution": True, "grade": False, "task": False, "comment": comment}
    return new_code_cell(f"answer_{task} = 1", metadata={"nbgrader": marks})


def _grade(report: Report, task: str, score: float | None, by_hand: bool = False) -> NotebookNode:
    made = card(report, task)
    marks = {"grade_id": f"test_{task}", "solution": False, "grade": True, "task": False}
    marks |= {"score": score, "points": made.max_points, "by_hand": by_hand}
    data = {CARD_TYPE: to_json(made), "text/html": "<b>never read</b>", "text/plain": "t"}
    output = new_output("display_data", data=data)
    return new_code_cell(f"check_{task}()", metadata={"nbgrader": marks}, outputs=[output])


def _page(*cells: NotebookNode, score: float = 2, late: float = 0) -> str:
    names = {"notebook": "ex04", "score": score, "max_score": 6, "late_penalty": late}
    return feedback_page(page_of(new_notebook(cells=list(cells)), {"nbgrader": names}))


def _whole(comment: str | None = None, score: float | None = 2, by_hand: bool = False) -> str:
    report = _report(notes=("A note.",))
    return _page(
        overview_cell(report),
        new_markdown_cell("# Title"),
        new_code_cell("import keras"),
        new_markdown_cell("## 1. Text of gates"),
        _answer("gates", comment),
        _grade(report, "gates", score, by_hand),
        new_code_cell("demo_of_gates()"),
        new_markdown_cell("## 2. Text of lines"),
        _answer("lines"),
        _grade(report, "lines", None),
    )


def _text(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_the_page_begins_with_the_marks_and_shows_cards_over_the_students_code() -> None:
    """Marks, notes, then for each task: its card, the answer; the rest is folded away."""
    html = _whole()
    order = ["ex04: 2 of 6 points", 'href="#task-gates"', "A note.", 'id="task-gates"', "B hint."]
    order += ["answer_gates", "<details>", "Text of gates", "check_gates", "demo_of_gates"]
    order += ['id="task-lines"', "answer_lines", "Text of lines", "import"]
    assert [html.find(part) for part in order] == sorted(html.find(part) for part in order)
    assert -1 not in [html.find(part) for part in order]
    shown = _text(re.sub(r"<details>.*?</details>", "", html, flags=re.DOTALL))
    assert "answer_gates" in shown
    for folded in ("check_gates", "demo_of_gates", "Text of gates", "import keras"):
        assert folded not in shown


def test_stored_html_is_not_what_the_page_shows() -> None:
    """The page is made of the stored data alone."""
    assert "never read" not in _whole()


def test_what_has_no_mark_yet_is_no_zero() -> None:
    """A task that waits for a person says so, on its line and in its card."""
    html = _whole()
    assert html.count("not yet marked (of 3 points)") == 2
    assert "Some tasks have no mark yet" in html


def test_a_mark_that_a_person_gave_is_told_as_theirs() -> None:
    """The gradebook's mark counts, and the card says what the checks came to."""
    html = _whole(score=2.5, by_hand=True)
    assert html.count("2.5 of 3 points") == 2
    assert "A person gave this mark; the checks came to 2." in html


def test_a_check_cell_is_shown_only_where_it_shows_something() -> None:
    """As it was released it only runs a file; what an old release or a student put there is shown."""
    grade = _grade(_report(), "gates", 2)
    grade.source = (
        '# Checks of `gates`: run this cell.\nfrom checks_ex04 import check\n\ncheck("gates")'
    )
    assert "from checks_ex04" not in _page(_answer("gates"), grade)
    grade.source += "\n\ndef and_gate(a, b):\n    return a * b"
    assert "and_gate" in _page(_answer("gates"), grade)


def test_a_comment_is_shown_with_its_formulas_and_is_linked() -> None:
    """What a grader wrote stands below the code, and the task's line leads to it."""
    html = _whole(comment="Look at $w_1$, **please**. <script>alert(1)</script>")
    assert 'href="#task-gates-comment"' in html
    comment = html[html.index('id="task-gates-comment"') :]
    assert html.index("answer_gates") < html.index('id="task-gates-comment"')
    assert "<msub>" in comment and "<strong>please</strong>" in comment and "<script" not in html


def test_an_untouched_answer_is_told_once() -> None:
    """nbgrader's own comment on it is left out where the card says that nothing was handed in."""
    verdict = Verdict(Check("t", "gates", "A fact", 3, "H"), Status.SKIPPED, "`f` is not written.")
    stub = replace(_report(), verdicts=(verdict,))
    cells = _answer("gates", "No response."), _grade(stub, "gates", 0)
    html = _page(*cells)
    assert "not handed in" in html and "No response." not in html and "with a comment" not in html
    assert "No response." in _page(cells[0], _grade(_report(), "gates", 2))


def test_lateness_stands_below_the_points() -> None:
    """What was taken off is named."""
    html = _page(_grade(_report(), "gates", 2), late=0.5)
    assert "0.5 points were taken off for handing in late." in html


def test_a_written_answer_that_a_person_marks_has_its_section() -> None:
    """Without a card of ours there is the mark, and the answer as it was written."""
    marks = {"grade_id": "why", "solution": True, "grade": True, "task": False}
    marks |= {"score": 1.0, "points": 4.0, "by_hand": True, "comment": "Good."}
    html = _page(new_markdown_cell("Because $x > 0$.", metadata={"nbgrader": marks}), score=1)
    assert html.count("1 of 4 points") == 2
    assert "<math" in html and "A person gave this mark." in html and "Good." in html
    assert "<details>" not in html


def test_a_notebook_of_an_earlier_release_shows_its_feedback_as_text() -> None:
    """Without stored data the plain text stands in the card's place."""
    cell = _grade(_report(), "gates", 2)
    del cell.outputs[0].data[CARD_TYPE]
    cell.outputs[0].data["text/plain"] = "gates: 2 of 3 points <b>"
    html = _page(cell)
    assert "gates: 2 of 3 points &lt;b&gt;" in html


def test_outputs_of_a_notebook_that_nbgrader_ran_are_shown_as_text_and_pictures() -> None:
    """Where no engine of ours marked, what the cells printed, raised and drew is there, escaped."""
    cell = _answer("gates")
    png = "iVBORw0KGgo="
    cell.outputs = [
        new_output("stream", text="\x1b[31m<b>printed</b>\x1b[0m"),
        new_output("error", ename="ValueError", evalue="<i>wrong</i>", traceback=[]),
        new_output("display_data", data={"image/png": png, "text/html": "<script>x</script>"}),
        new_output("display_data", data={"image/png": '"><script>x</script>', "text/plain": "t"}),
    ]
    html = _page(cell, _grade(_report(), "gates", 2))
    assert "&lt;b&gt;printed&lt;/b&gt;" in html and "ValueError: &lt;i&gt;wrong" in html
    assert f'src="data:image/png;base64,{png}"' in html and "<script" not in html


def test_the_overview_is_no_cell_of_pretended_code() -> None:
    """It has no source of ours; on the page it is the verdict, not a cell."""
    cell = overview_cell(_report())
    assert cell.source == "" and OVERVIEW_TYPE in cell.outputs[0].data


def test_an_answer_goes_to_the_task_of_its_name_wherever_it_is() -> None:
    """A check cell that was deleted, and put back at the end, finds its answer."""
    report = _report()
    cells = [_answer("gates"), _answer("lines"), _grade(report, "lines", 0)]
    cells += [new_markdown_cell("An epilogue."), _grade(report, "gates", 2)]
    groups, rest = group_cells(cells)
    named = {group.name: [cell.source for cell in group.cells] for group in groups}
    assert named["gates"][0] == "answer_gates = 1"
    assert named["lines"] == ["answer_lines = 1", "check_lines()"]
    assert rest == []


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://e.org/x.png)",
        "<img src=x onerror=alert(1)>",
        "![x](attachment:missing.png)",
        "$</script><script>alert(1)</script>$",
        "```mermaid\n<script>alert(1)</script>\n```",
        "| a |\n|---|\n| <script>alert(1)</script> |",
        "# <b onclick=alert(1)>x</b>",
    ],
)
def test_markdown_runs_and_loads_nothing(source: str) -> None:
    """HTML in Markdown is text, links of a script are dead, pictures from elsewhere stay there."""
    html = markdown_markup(source, 2)
    assert not re.search(r"<(script|img|b)\b|href=\"javascript|<[^>]*\bsrc=", html)


def test_headings_of_a_text_stand_below_the_tasks() -> None:
    """No level is left out, wherever the text begins."""
    html = markdown_markup("## A\n\n#### B\n\n# C\n", 2)
    assert re.findall(r"<h(\d)>", html) == ["3", "4", "3"]


def test_formulas_need_no_script() -> None:
    """In our page and in nbconvert's filter alike; what is no formula stays as it was written."""
    for render in (with_mathml, lambda source: markdown_markup(source, 2)):
        html = render("$a_1$ and $$\\frac{1}{2}$$ and $\\nosuch{x}$")
        assert html.count("<math") == 2 and "<code>$\\nosuch{x}$</code>" in html


@pytest.mark.parametrize(
    ("shown", "examples", "later", "seen", "unseen"),
    [
        (True, True, True, "[marked]", "[example]"),
        (False, True, True, "[example]", "[marked]"),
        (False, False, True, "beside what is right are shown after the due date", "[marked]"),
        (False, True, False, "[example]", "after the due date"),
    ],
    ids=["after the due date", "before it", "no example", "never"],
)
def test_pictures_of_hidden_inputs_wait_and_examples_stand_for_them(
    shown: bool, examples: bool, later: bool, seen: str, unseen: str
) -> None:
    """A page has the one or the other, and promises the former only where they will come."""
    where = {name: Contrast(np.zeros((2, 2)), np.ones((2, 2)), f"[{name}]", 4, 4) for name in
             ("marked", "example")}  # fmt: skip
    check = Check("t", "gates", "A fact", 3, "H")
    verdict = Verdict(
        check,
        Status.FAILED,
        "Rule.",
        exhibits=(where["marked"],),
        examples=(where["example"],) if examples else (),
    )
    cells = [_answer("gates"), _grade(replace(_report(), verdicts=(verdict,)), "gates", 0)]
    names = {"notebook": "ex04", "score": 0, "max_score": 3, "late_penalty": 0}
    html = feedback_page(
        page_of(
            new_notebook(cells=cells), {"nbgrader": names}, show_hidden=shown, shown_later=later
        )
    )
    assert seen in html and unseen not in html
