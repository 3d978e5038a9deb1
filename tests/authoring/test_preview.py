"""`autograder preview`: what students see of an exercise, as one page that runs nothing."""

from __future__ import annotations

import html
import os
import re
import signal
import sys
import threading
import time

import pytest

from autograder.authoring.preview import preview, waiting, watched
from autograder.authoring.scaffold.new_course import SLUG, new_course
from autograder.edges.cli.commands import preview as command
from autograder.edges.cli.main import main


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("courses") / "intro", "numpy")


def panes(page):
    """Return the pages in the page, by their names."""
    found = re.findall(r'<iframe title="(\w+)" sandbox="" srcdoc="([^"]*)"', page)
    return {title: html.unescape(text) for title, text in found}


def test_a_page_shows_what_is_handed_out_and_three_feedbacks(course):
    """Stub and released notebook hold no solution; a blank, a wrong and the right one are marked."""
    shown = panes(preview(course, SLUG))
    assert list(shown) == ["Stub", "Notebook", "Blank", "Wrong", "Right"]
    for name in ("Stub", "Notebook"):
        text = re.sub(r"<[^>]+>", "", shown[name])
        assert "YOUR CODE HERE" in text
        assert "np.where" not in text
        assert "BEGIN SOLUTION" not in text
    assert "is not written yet" in shown["Blank"]
    assert shown["Blank"] != shown["Wrong"] != shown["Right"]


def test_what_cannot_be_shown_is_one_sentence(course, monkeypatch, capsys, tmp_path):
    """A wrong name of a kept file, of an exercise or of a folder: a sentence, and status 2."""
    monkeypatch.chdir(course.root)
    for words, says in (
        ([SLUG, "--wrong", "wrong_gone"], "wrong_standardise_rows_for_columns"),
        (["loops"], SLUG),
        ([SLUG, "--out", str(tmp_path / "no" / "page.html")], "--out must name a file"),
    ):
        assert main(["preview", *words]) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize("told", [True, False], ids=["the system tells", "it does not"])
def test_a_change_writes_the_page_again(course, tmp_path, monkeypatch, told):
    """While it watches, an edited solution is rendered and shown; one that is broken is told."""
    page = tmp_path / "page.html"
    solution = course.solution(SLUG)
    text = solution.read_text("utf-8")
    shown = []

    def edit():
        for edited, says in (
            (text.replace("# Columns", "# Many columns"), "Many columns"),
            ("def (", "cannot be shown now"),
            (text, ""),
        ):
            time.sleep(0.3)  # another moment than the last look's
            seen = len(shown)
            solution.write_text(edited, "utf-8")
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and not (len(shown) > seen and says in shown[-1]):
                time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    def keep(path, content):
        shown.append(content.decode())
        write(path, content)

    write = command.write
    monkeypatch.setattr(command, "write", keep)
    monkeypatch.setattr(
        command, "preview", lambda course, slug, wrong: course.stub(slug).read_text()
    )
    if not told:
        monkeypatch.setitem(sys.modules, "watchfiles", None)
    editor = threading.Thread(target=edit)
    editor.start()
    with pytest.raises(KeyboardInterrupt):
        command.watch(course, SLUG, "", page)
    editor.join()
    assert any("Many columns" in one for one in shown)
    assert any("cannot be shown now" in one for one in shown)
    assert "cannot be shown" not in shown[-1]
    assert "Many columns" not in page.read_text("utf-8")
    assert solution in watched(course, SLUG)


def test_a_problem_is_shown_as_text():
    """What an error says is escaped: it may quote a file."""
    assert "<b>" not in waiting("loops", "<b>").partition("<pre")[2]
