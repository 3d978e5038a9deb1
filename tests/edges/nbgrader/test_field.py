"""Assignments of the field in one class: mixed ones, renamed files, questions marked by a person."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from classroom.folders import Classroom
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.api import Gradebook
from pages import seen

SLUG = "ex04_perceptron"
ASSIGNMENT = "hw1"
FIELD = Path(__file__).with_name("field")
GATES = """\
def and_gate(a, b):
    return int(a == 1 and b == 1)


def or_gate(a, b):
    return int(a == 1 or b == 1)


def xor_gate(a, b):
    return int(a != b)
"""
ESSAY = {
    "grade": True,
    "grade_id": "essay",
    "locked": False,
    "points": 5,
    "schema_version": 3,
    "solution": True,
    "task": False,
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A class that has handed in an assignment of an exercise, a question, and a notebook more."""
    classroom = Classroom(tmp_path_factory.mktemp("field"), [SLUG], quiet=True)
    classroom.build()
    source = classroom.course / "source" / ASSIGNMENT
    shutil.move(classroom.course / "source" / SLUG, source)
    notebook = nbformat.read(source / f"{SLUG}.ipynb", as_version=4)
    notebook.cells.append(
        new_markdown_cell("Why?\n\nYOUR ANSWER HERE", metadata={"nbgrader": ESSAY})
    )
    nbformat.write(notebook, source / f"{SLUG}.ipynb")
    shutil.copy(FIELD / "warmup.ipynb", source)
    classroom.runner.run([classroom.instructor("generate_assignment", ASSIGNMENT)])

    _hand_in(
        classroom, "ada", {f"{SLUG}.ipynb": _written(classroom), "warmup.ipynb": _warm(classroom)}
    )
    without = _written(classroom)
    without.cells = [cell for cell in without.cells if _id(cell) != "essay"]
    _hand_in(classroom, "bob", {f"{SLUG}-Copy1.ipynb": without})
    odd = _written(classroom)
    for number, cell in enumerate(odd.cells):
        cell.id = "same" if number % 2 else "ünï çödé" * 20
    files = {f"{SLUG}.ipynb": _released(classroom, SLUG), f"{SLUG} (1).ipynb": odd}
    _hand_in(classroom, "cyn", {**files, "warmup-Copy1.ipynb": _warm(classroom)})
    scratch = nbformat.v4.new_notebook()
    _hand_in(classroom, "dan", {"Untitled.ipynb": _written(classroom), "scratch.ipynb": scratch})
    large = _written(classroom)
    lines = ["[[0.5, 1.5]]\n"] * 10**6
    large.cells[4].outputs = [
        new_output("stream", text=line) for line in ("".join(lines), "x" * 2**24)
    ]
    _hand_in(classroom, "eli", {f"{SLUG}.ipynb": large})

    (log,) = classroom.runner.run([classroom.instructor("autograde", ASSIGNMENT)])
    (classroom.folder / "autograde.log").write_text(log, encoding="utf-8")
    classroom.runner.run([classroom.instructor("generate_feedback", ASSIGNMENT)])
    return classroom


def _id(cell: nbformat.NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _released(classroom: Classroom, name: str) -> nbformat.NotebookNode:
    return nbformat.read(classroom.course / "release" / ASSIGNMENT / f"{name}.ipynb", as_version=4)


def _written(classroom: Classroom) -> nbformat.NotebookNode:
    notebook = _released(classroom, SLUG)
    for cell in notebook.cells:
        if _id(cell) == "gates":
            cell.source = GATES
        elif _id(cell) == "essay":
            cell.source = "Because of this."
    return notebook


def _warm(classroom: Classroom) -> nbformat.NotebookNode:
    notebook = _released(classroom, "warmup")
    notebook.cells[0].source = "def two():\n    return 2"
    return notebook


def _hand_in(classroom: Classroom, student: str, files: dict[str, nbformat.NotebookNode]) -> None:
    folder = classroom.course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    for name, notebook in files.items():
        (folder / name).write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")


def _grades(classroom: Classroom, student: str) -> dict[str, dict[str, object]]:
    with Gradebook(f"sqlite:///{classroom.course / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        return {g.name: g.to_dict() for book in submission.notebooks for g in book.grades}


def _copy(classroom: Classroom, student: str, name: str = SLUG) -> nbformat.NotebookNode:
    path = classroom.course / "autograded" / student / ASSIGNMENT / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


def _page(classroom: Classroom, student: str, name: str = SLUG) -> str:
    page = classroom.course / "feedback" / student / ASSIGNMENT / f"{name}.html"
    return page.read_text(encoding="utf-8")


def _log(classroom: Classroom) -> str:
    return (classroom.folder / "autograde.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("student", ["ada", "bob", "cyn", "dan", "eli"])
def test_the_right_answer_keeps_its_marks(room: Classroom, student: str) -> None:
    """Renamed, beside an untouched original, with odd ids, or under large outputs: full marks."""
    grade = _grades(room, student)["test_gates"]
    assert grade["auto_score"] == grade["max_score"] == 3
    assert not grade["needs_manual_grade"]


@pytest.mark.parametrize("student", ["ada", "bob", "cyn", "dan", "eli"])
def test_a_question_for_a_person_has_a_cell_to_mark(room: Classroom, student: str) -> None:
    """The question waits for a person with a cell in the copy, also where it was deleted."""
    grade = _grades(room, student)["essay"]
    assert grade["auto_score"] is None and grade["needs_manual_grade"]
    (cell,) = [cell for cell in _copy(room, student).cells if _id(cell) == "essay"]
    assert cell.metadata.nbgrader.points == 5 and cell.cell_type == "markdown"
    assert ("was missing from the submission" in cell.source) == (student == "bob")


def test_a_notebook_of_no_exercise_is_left_to_a_person(room: Classroom) -> None:
    """It has its copy and its page, and waits for a mark; the exercise beside it is marked."""
    grades = _grades(room, "ada")
    assert grades["twarm"]["auto_score"] is None and grades["twarm"]["needs_manual_grade"]
    sources = [cell.source for cell in _copy(room, "ada", "warmup").cells]
    assert "def two():\n    return 2" in sources
    assert "marked by a person" in _page(room, "ada", "warmup")
    assert "ada/hw1/warmup is no exercise of the course: it is left for a person" in _log(room)


def test_a_renamed_notebook_of_no_exercise_is_found_as_well(room: Classroom) -> None:
    """What nbgrader would skip with a warning waits for a person under its own name."""
    assert _grades(room, "cyn")["twarm"]["needs_manual_grade"]
    assert "def two():\n    return 2" in [c.source for c in _copy(room, "cyn", "warmup").cells]


@pytest.mark.parametrize(
    ("student", "note"),
    [
        ("bob", f"{SLUG}-Copy1.ipynb was marked as {SLUG}.ipynb."),
        ("cyn", f"Nothing is written in {SLUG}.ipynb, and something in {SLUG} (1).ipynb"),
        ("dan", f"Untitled.ipynb was marked as {SLUG}.ipynb."),
        ("dan", "Not marked, for it has no name of this assignment's notebooks: scratch.ipynb."),
    ],
)
def test_student_and_instructor_are_told_which_file_was_marked(
    room: Classroom, student: str, note: str
) -> None:
    """The first lines of the feedback and the log say which file counts, and which does not."""
    page = seen(_page(room, student))
    assert note in page and page.index(note) < page.index("Perceptrons: AND, OR and XOR")
    assert note in _log(room)


def test_nobody_is_lost(room: Classroom) -> None:
    """No submission failed, and none is marked as unfinished."""
    assert not list((room.course / "autograded").rglob(".*.unfinished"))
    assert "Removing failed assignment" not in _log(room)
