"""Notebooks beside the engine's own, and what is said of locked cells: nbgrader's steps by themselves."""

import logging
import warnings

import nbformat
import pytest
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    LockCells,
    OverwriteCells,
    SaveCells,
)
from repository import ROOT
from sqlalchemy.exc import SAWarning

from autograder.edges.nbgrader.preprocessors import GradeSubmission, SaveReport
from autograder.edges.nbgrader.repair import RestoreCells
from autograder.edges.nbgrader.sanitize import SanitizeCells

SLUG = "ex04_perceptron"


class Step:
    """One notebook on its way through nbgrader's steps."""

    def __init__(self, root, assignment, notebook):
        url = f"sqlite:///{root / 'gradebook.db'}"
        names = {"student": "ada", "assignment": assignment, "notebook": notebook, "db_url": url}
        self.resources = {"nbgrader": names, "metadata": {"path": str(root)}}
        coursedir = CourseDirectory(root=str(root), db_url=url)
        self.exporter = NotebookExporter(parent=Autograde(coursedir=coursedir))
        self.gradebook = Gradebook(url)

    def record(self, path):
        """Keep a file of `source` in the gradebook; return it as it is released."""
        return self.release(nbformat.read(path, as_version=4))

    def release(self, source):
        """Keep a notebook in the gradebook; return it as it is released."""
        names = self.resources["nbgrader"]
        with self.gradebook as book, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way to add a submission
            book.add_assignment(names["assignment"])
            for step in (LockCells, ComputeChecksums, SaveCells):
                source, _ = step(parent=self.exporter).preprocess(source, self.resources)
            book.add_student("ada")
            book.add_submission(names["assignment"], "ada")
            book.db.commit()
        for step in (ClearHiddenTests, ClearMarkScheme):
            source, _ = step(parent=self.exporter).preprocess(source, self.resources)
        return source

    def take(self, step, notebook, **settings):
        """Let one step take the notebook."""
        taken, self.resources = step(parent=self.exporter, **settings).preprocess(
            notebook, self.resources
        )
        return taken

    def grade(self, name):
        names = self.resources["nbgrader"]
        with self.gradebook as book:
            found = book.find_grade(name, names["notebook"], names["assignment"], "ada")
            return found.auto_score, found.needs_manual_grade


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A notebook's way, in a course of its own."""
    monkeypatch.setattr(api, "get_alembic_version", lambda: "none")  # else a process is asked
    monkeypatch.setenv("AUTOGRADER_COURSE", str(ROOT))
    return lambda assignment, notebook: Step(tmp_path, assignment, notebook)


@pytest.fixture
def warmup(made):
    """A notebook of no exercise that was answered, in an assignment of its own."""
    way = made("hw1", "warmup")
    notebook = way.record(ROOT / "tests" / "edges" / "nbgrader" / "field" / "warmup.ipynb")
    notebook.cells[0].source = "def two():\n    return 2"
    return way, notebook


@pytest.mark.parametrize(("answer", "score"), [("return 2", 1.0), ("return 3", 0.0)])
def test_stock_nbgrader_marks_the_others_where_it_may(warmup, answer, score):
    """In its kernel, by its own rules, where the site's configuration says so."""
    way, notebook = warmup
    notebook.cells[0].source = f"def two():\n    {answer}"
    ran = way.take(GradeSubmission, notebook, others="stock")
    way.take(SaveReport, ran)
    assert way.grade("twarm") == (score, False)


def test_the_others_are_left_to_a_person_and_nobody_is_removed(warmup, caplog):
    """Nothing is run; where the assignment has no exercise at all, the log says what to do."""
    way, notebook = warmup
    with caplog.at_level(logging.WARNING):
        shown = way.take(GradeSubmission, notebook)
    way.take(SaveReport, shown)
    assert way.grade("twarm") == (None, True)
    assert "marked by a person" in str(shown.cells[-1].outputs)
    assert 'others = "stock"' in caplog.text and "Received: notebook 'warmup'" in caplog.text


def sanitized(way, notebook, caplog, **overwriting):
    """What the log says of cells while a notebook is sanitized; and the notebook."""
    with caplog.at_level(logging.WARNING):
        for step in (SanitizeCells, RestoreCells):
            notebook = way.take(step, notebook)
        notebook = way.take(OverwriteCells, notebook, **overwriting)
    return [line for line in caplog.text.splitlines() if "has changed!" in line], notebook


def test_only_a_student_s_change_of_a_locked_cell_is_said(made, caplog):
    """Neither hidden tests, which were not released, nor sanitized Markdown are a change."""
    way = made(SLUG, SLUG)
    source = ROOT / "source" / SLUG / f"{SLUG}.ipynb"
    released = way.record(source)
    recorded = {cell.metadata.nbgrader.grade_id: cell.source
                for cell in nbformat.read(source, as_version=4).cells
                if cell.metadata.get("nbgrader", {}).get("locked")}  # fmt: skip
    lines, restored = sanitized(way, nbformat.from_dict(released), caplog)
    assert lines == [] and len(recorded) > 5
    assert recorded.items() <= {c.metadata.get("nbgrader", {}).get("grade_id"): c.source
                                for c in restored.cells}.items()  # fmt: skip


def test_a_change_of_a_locked_cell_is_said_and_undone(made, caplog):
    """One line names the one cell, which becomes what it was."""
    way = made(SLUG, SLUG)
    released = way.record(ROOT / "source" / SLUG / f"{SLUG}.ipynb")
    (cell,) = [c for c in released.cells
               if c.metadata.get("nbgrader", {}).get("grade_id") == "test_gates"]  # fmt: skip
    before, cell.source = cell.source, "print('all points')"
    (line,), restored = sanitized(way, nbformat.from_dict(released), caplog)
    assert "test_gates" in line
    assert before.split("\n")[0] in str([c.source for c in restored.cells])


MANUAL = ("essay", "sketch", "poster")
SCHEME = "Draw it.\n=== BEGIN MARK SCHEME ===\nOne point a colour.\n=== END MARK SCHEME ==="


def questions(way):
    """A notebook of questions that a person marks, as it is released: text, code and a task."""

    def marks(name, **kinds):
        kinds = {"grade": True, "solution": True, "task": False, "locked": False} | kinds
        return {"nbgrader": {"schema_version": 3, "grade_id": name, "points": 2, **kinds}}

    task = marks("poster", grade=False, solution=False, task=True, locked=True)
    return way.release(
        new_notebook(
            cells=[
                new_markdown_cell("Why?", metadata=marks("essay")),
                new_code_cell("# YOUR CODE HERE", metadata=marks("sketch")),
                new_markdown_cell(SCHEME, metadata=task),
            ]
        )
    )


@pytest.mark.parametrize("stock_adds", [False, True])
@pytest.mark.parametrize("deleted", [*([name] for name in MANUAL), MANUAL])
def test_a_deleted_question_for_a_person_comes_back_once(made, caplog, deleted, stock_adds):
    """With nbgrader's `add_missing_cells` and without: one cell each, said so, waiting for a mark."""
    way = made("hw1", "questions")
    notebook = questions(way)
    notebook.cells = [
        cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id not in deleted
    ] + [new_markdown_cell("My own notes.")]
    lines, notebook = sanitized(way, notebook, caplog, add_missing_cells=stock_adds)
    assert lines == [] and f"put back: {', '.join(deleted)}\n" in caplog.text
    notebook = way.take(SaveReport, way.take(GradeSubmission, notebook))
    sources = [cell.source for cell in notebook.cells]
    found = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    assert sorted(filter(None, found)) == sorted(MANUAL) and "My own notes." in sources
    assert sum("was missing from the submission" in source for source in sources) == len(deleted)
    for name in set(deleted) - {"poster"}:
        assert "was missing from the submission" in sources[found.index(name)]
    assert {way.grade(name) for name in deleted} == {(None, True)}


def test_a_task_s_marking_scheme_is_no_change_of_a_student_s(made, caplog):
    """It was not released either; whoever marks has it in the copy."""
    way = made("hw1", "questions")
    lines, notebook = sanitized(way, questions(way), caplog)
    assert lines == []
    assert "One point a colour." in notebook.cells[-1].source


def test_a_cell_without_an_id_is_not_warned_of(made, caplog):
    """nbgrader's own releases of old notebooks have such cells; a copied id is still told."""
    way = made("hw1", "questions")
    notebook = questions(way)
    notebook.cells.append(new_markdown_cell("A text.", metadata={"nbgrader": {"grade": False}}))
    _, notebook = sanitized(way, notebook, caplog)
    assert caplog.text == "" and "nbgrader" not in notebook.cells[-1].metadata
    notebook.cells.append(notebook.cells[0])
    sanitized(way, notebook, caplog)
    assert "'essay' is unknown or repeated" in caplog.text
