"""What a check cell of a released notebook says, run in a real kernel beside its file of checks."""

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
CHECKS = "checks_ex01_one.py"
META = '"grade": false, "locked": false, "schema_version": 3, "solution": true, "task": false'
SOLUTION = f'''\
# %% [markdown]
# # Two sums

# %% nbgrader={{"grade_id": "add", {META}}}
def add(a, b):
    """Return the sum.

    Returns:
        The sum.
    """
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
NO_RETURN = '''\
def add(a, b):
    """Return the sum.

    Returns:
        The sum.
    """
    print(a + b)


def twice(a):
    return add(a, a)
'''
WRONG = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return 2 / (a - 2)"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where a released notebook lies alone, but for the file of checks."""
    folder = tmp_path / "alone"
    folder.mkdir()
    return folder


@pytest.fixture
def released(tmp_path, folder) -> nbformat.NotebookNode:
    """The notebook of a course of one task, as nbgrader releases it; its checks are in `folder`."""
    for name, text in {
        "exercises/catalog.toml": f'[[exercise]]\nslug = "{SLUG}"\ntitle = "One"\ntasks = ["add"]\n',
        f"solutions/{SLUG}/{SLUG}.py": SOLUTION,
        f"exercises/{SLUG}/test_{SLUG}.py": VISIBLE,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    course = read_course(tmp_path)
    files = render(course, [SLUG], {SLUG: {"add": 2}})
    (folder / CHECKS).write_bytes(files[course.notebook(SLUG).with_name(CHECKS)])
    book = nbformat.reads(files[course.notebook(SLUG)].decode(), as_version=4)
    for step in (ClearSolutions(), ClearHiddenTests()):
        book, _ = step.preprocess(book, {})
    return book


def with_answer(book: nbformat.NotebookNode, answer: str | None) -> nbformat.NotebookNode:
    for cell in book.cells:
        if answer and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answer
    return book


def outputs(book: nbformat.NotebookNode, answer: str | None, folder: Path) -> list:
    """Run the notebook in a folder; return what its check cell gave out."""
    place = {"metadata": {"path": str(folder)}}
    filled = with_answer(book, answer)
    NotebookClient(filled, timeout=120, allow_errors=True, resources=place).execute()
    (cell,) = [c for c in book.cells if c.metadata.get("nbgrader", {}).get("grade")]
    return cell.outputs


def plain_words(cards: list) -> list[str]:
    return [card.data["text/plain"] for card in cards]


def test_all_checks_of_a_cell_are_reported_without_a_traceback(released, folder):
    """Each wrong check has a card and plain words, escaped; the cell fails in one line of ours."""
    *cards, error = outputs(released, WRONG, folder)
    assert [card.output_type for card in cards] == ["display_data"] * 3
    plain = plain_words(cards)
    assert plain[0] == ("add: test_small\n1 + 2 is 3 <b>.\nReceived: -1.\nUse the plus sign.\n")
    assert plain[1].startswith("add: test_large\n100 + 200 is 300.\nReceived: -100.\n")
    assert "Nothing is divided by zero.\nReceived: ZeroDivisionError: division by" in plain[2]
    assert "\nLine 6 of the cell with twice: `return 2 / (a - 2)`\n" in plain[2]
    assert "1 + 2 is 3 &lt;b&gt;." in cards[0].data["text/html"]
    assert error.output_type == "error"
    assert error.traceback == ["add: 3 of 3 checks are not right yet. 1 + 2 is 3 <b>."]


def test_a_forgotten_return_is_named_first(released, folder):
    """What a function did not give back comes before what follows from that, in its callers too."""
    printed, *cards, _ = outputs(released, NO_RETURN, folder)
    assert printed.name == "stdout"
    shown = [card for card in cards if card.output_type == "display_data"]
    first, second = plain_words(shown)
    assert first == (
        "add: test_small, test_large\nadd returns its result.\n"
        "Received: None, for no line of add is a `return`.\n"
        "End it with `return` and the result. `print` only shows a value.\n"
    )
    assert second == "add: test_twice\nTwice 2 is 4.\n"


def test_a_stub_is_to_do_and_a_right_answer_passes(released, folder):
    """An untouched stub says what is to be written, once a function; a right answer passes."""
    *cards, _ = outputs(released, None, folder)
    assert plain_words(cards) == [
        "add: test_small, test_large\nadd is to do: Return the sum.\n",
        "add: test_twice\ntwice is to do: Return twice the number.\n",
    ]
    (printed,) = outputs(released, RIGHT, folder)
    assert printed.text == "visible checks of `add`: passed\n"


def test_a_notebook_without_its_checks_says_what_is_missing(released, folder):
    """Where the notebook alone was brought, its first cell says which file goes beside it."""
    (folder / CHECKS).unlink()
    (error,) = outputs(released, RIGHT, folder)
    assert error.ename == "ModuleNotFoundError"
    first = next(cell for cell in released.cells if cell.cell_type == "code")
    assert f"need {CHECKS}, which was released beside this notebook." in first.outputs[0].text


def test_nbgrader_sees_that_a_check_failed(released, folder):
    """`nbgrader validate` does not take a wrong notebook for a right one."""
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
