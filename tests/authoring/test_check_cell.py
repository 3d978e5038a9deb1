"""What a check cell of a released notebook says, run in a real kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from autograder.authoring.render import render
from autograder.course.catalog import read_course

SLUG = "ex01_one"
META = '"grade": false, "locked": false, "schema_version": 3, "solution": true, "task": false'
SOLUTION = f'''\
# %% [markdown]
# # Two sums

# %% nbgrader={{"grade_id": "add", {META}}}
def add(a, b):
    """Return the sum."""
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION


def twice(a):
    """Return twice the number."""
    ### BEGIN SOLUTION
    return 2 * a
    ### END SOLUTION
'''
VISIBLE = '''\
import pytest


@pytest.mark.task("add")
def test_small(student):
    """1 + 2 is 3."""
    received = student.add(1, 2)
    assert received == 3, f"1 + 2 is 3 <b>.\\nReceived: {received}.\\nUse the plus sign."


@pytest.mark.task("add")
def test_large(student):
    """100 + 200 is 300."""
    received = student.add(100, 200)
    assert received == 300, f"100 + 200 is 300.\\nReceived: {received}.\\nUse the plus sign."


@pytest.mark.task("add")
def test_twice(student):
    """Twice 2 is 4."""
    assert student.twice(2) == 4, "Twice 2 is 4."
'''
RIGHT = "def add(a, b):\n    return a + b\n\n\ndef twice(a):\n    return 2 * a"
WRONG = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return 2 / (a - 2)"


@pytest.fixture
def released(tmp_path) -> nbformat.NotebookNode:
    """The notebook of a course of one task, as nbgrader releases it."""
    for name, text in {
        "exercises/catalog.toml": f'[[exercise]]\nslug = "{SLUG}"\ntitle = "One"\ntasks = ["add"]\n',
        f"solutions/{SLUG}/{SLUG}.py": SOLUTION,
        f"exercises/{SLUG}/test_{SLUG}.py": VISIBLE,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    course = read_course(tmp_path)
    files = render(course, [SLUG], {SLUG: {"add": 2}})
    book = nbformat.reads(files[course.notebook(SLUG)].decode(), as_version=4)
    for step in (ClearSolutions(), ClearHiddenTests()):
        book, _ = step.preprocess(book, {})
    return book


def with_answer(book: nbformat.NotebookNode, answer: str | None) -> nbformat.NotebookNode:
    for cell in book.cells:
        if answer and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answer
    return book


def outputs(book: nbformat.NotebookNode, answer: str | None) -> list:
    """Run the notebook in a folder by itself; return what its check cell gave out."""
    NotebookClient(with_answer(book, answer), timeout=120, allow_errors=True).execute()
    (cell,) = [c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade")]
    return cell.outputs


def test_all_checks_of_a_cell_are_reported_without_a_traceback(released):
    """Each wrong check has a card and plain words, escaped; the cell fails in one line of ours."""
    *cards, error = outputs(released, WRONG)
    assert [card.output_type for card in cards] == ["display_data"] * 3
    plain = [card.data["text/plain"] for card in cards]
    assert plain[0] == ("add: test_small\n1 + 2 is 3 <b>.\nReceived: -1.\nUse the plus sign.\n")
    assert plain[1].startswith("add: test_large\n100 + 200 is 300.\nReceived: -100.\n")
    assert "twice runs without an exception.\nReceived: ZeroDivisionError: division by" in plain[2]
    assert "\nLine 6 of the cell with twice: `return 2 / (a - 2)`\n" in plain[2]
    assert "1 + 2 is 3 &lt;b&gt;." in cards[0].data["text/html"]
    assert error.output_type == "error"
    assert error.traceback == ["add: 3 of 3 checks are not right yet. 1 + 2 is 3 <b>."]


def test_a_stub_is_to_do_and_a_right_answer_passes(released):
    """An untouched stub says what is to be written, once a function; a right answer passes."""
    *cards, _ = outputs(released, None)
    plain = [card.data["text/plain"] for card in cards]
    assert plain == [
        "add: test_small, test_large\nadd is to do: Return the sum.\n",
        "add: test_twice\ntwice is to do: Return twice the number.\n",
    ]
    (printed,) = outputs(released, RIGHT)
    assert printed.text == "visible checks of `add`: passed\n"


def test_nbgrader_sees_that_a_check_failed(released, tmp_path):
    """`nbgrader validate` does not take a wrong notebook for a right one."""
    folder = tmp_path / "alone"
    folder.mkdir()
    nbformat.write(with_answer(released, WRONG), folder / f"{SLUG}.ipynb")
    scripts = str(Path(sys.executable).parent)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", f"{SLUG}.ipynb"],
        cwd=folder,
        env={**os.environ, "PATH": scripts + os.pathsep + os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "FAILED ON" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
