"""A whole round of one exercise with nbgrader's own commands, as the demo plays it."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from classroom.folders import REPOSITORY, Classroom
from classroom.marks import read_marks, unmarked
from classroom.round import NAMES, disagreements, hand_in, mark
from classroom.students import fill, reference_cells
from nbgrader.api import Grade, Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from repository import checks
from traitlets.config import PyFileConfigLoader

from autograder.course.catalog import find_course
from autograder.records import Check

SLUG = "ex04_perceptron"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The five students of the demo, and two more whose notebooks are broken."""
    classroom = Classroom(tmp_path_factory.mktemp("round"), [SLUG], quiet=True)
    course = find_course(REPOSITORY)
    hand_in(classroom, course)
    released = classroom.course / "release" / SLUG / f"{SLUG}.ipynb"

    cut_off = released.read_bytes()[:3000]
    _submit_directly(classroom, "fay", cut_off)

    right = classroom.folder / "right.ipynb"
    right.write_bytes(released.read_bytes())
    fill(right, reference_cells(course.solution(SLUG)))
    notebook = nbformat.read(right, as_version=4)
    by_id = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    notebook.cells.append(copy.deepcopy(by_id["decision_lines"]))
    notebook.cells[-1].id = "pasted"
    by_id["gates"].metadata.nbgrader.schema_version = 99
    notebook.cells.remove(by_id["test_train_gate"])
    _submit_directly(classroom, "gil", nbformat.writes(notebook).encode())

    mark(classroom)
    return classroom


def _submit_directly(classroom: Classroom, student: str, content: bytes) -> None:
    folder = classroom.course / "submitted" / student / SLUG
    folder.mkdir(parents=True)
    (folder / f"{SLUG}.ipynb").write_bytes(content)
    (folder / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
    (folder / "submission_secret.txt").write_text(f"secret of {student}")


def _page(classroom: Classroom, student: str) -> str:
    page = classroom.course / "feedback" / student / SLUG / f"{SLUG}.html"
    return page.read_text(encoding="utf-8")


def _autograded(classroom: Classroom, student: str) -> nbformat.NotebookNode:
    path = classroom.course / "autograded" / student / SLUG / f"{SLUG}.ipynb"
    return nbformat.read(path, as_version=4)


def _grades(classroom: Classroom, student: str) -> dict[str, dict[str, object]]:
    with _gradebook(classroom) as gradebook:
        submission = gradebook.find_submission(SLUG, student)
        return {g.name: g.to_dict() for book in submission.notebooks for g in book.grades}


def _gradebook(classroom: Classroom) -> Gradebook:
    return Gradebook(f"sqlite:///{classroom.course / 'gradebook.db'}")


def _checks() -> dict[str, list[Check]]:
    by_task: dict[str, list[Check]] = {}
    for check in checks(SLUG):
        by_task.setdefault(check.task, []).append(check)
    return by_task


def test_marks_are_the_students_due(room: Classroom) -> None:
    """Full marks for the reference, none for the stub, and those between in their order."""
    marks = read_marks(room.course / "grades.csv")
    assert disagreements(marks, [SLUG]) == []


def test_points_of_the_export_are_those_of_the_checks(room: Classroom) -> None:
    """The exported maximum is the sum of the hidden checks' points."""
    marks = read_marks(room.course / "grades.csv")
    assert marks["ada", SLUG].max_score == sum(check.points for check in checks(SLUG))


def test_a_task_can_earn_part_of_its_points(room: Classroom) -> None:
    """Only XOR is wrong in cleo's gates: the task earns what its other checks are worth."""
    grade = _grades(room, "cleo")["test_gates"]
    assert 0 < grade["auto_score"] < grade["max_score"]


def test_a_crash_keeps_what_was_answered_before_it(room: Classroom) -> None:
    """Eve's process dies in the fifth task: the earlier ones keep their points, nobody waits."""
    grades = _grades(room, "eve")
    assert grades["test_gates"]["auto_score"] == grades["test_gates"]["max_score"]
    assert grades["test_xor_network"]["auto_score"] < grades["test_xor_network"]["max_score"]


def test_nobody_is_left_to_a_person(room: Classroom) -> None:
    """Wrong, crashing and unreadable submissions are all marked without a person."""
    assert unmarked(room.course / "gradebook.db") == []


def test_a_notebook_cut_off_in_the_middle_gets_a_clear_verdict(room: Classroom) -> None:
    """Stock nbgrader gives no verdict on it; here the page says what is wrong with the file."""
    assert {grade["auto_score"] for grade in _grades(room, "fay").values()} == {0.0}
    assert "ends in the middle" in _page(room, "fay")


def test_broken_metadata_costs_nothing(room: Classroom) -> None:
    """Copied cells, a foreign schema and a deleted grade cell change no mark and stop no class.

    nbgrader 0.9.6 by itself ends the whole run at each of the first two.
    """
    marks = read_marks(room.course / "grades.csv")
    assert marks["gil", SLUG] == marks["ada", SLUG]
    cells = [cell.metadata.get("nbgrader", {}) for cell in _autograded(room, "gil").cells]
    assert [meta["grade_id"] for meta in cells if meta.get("grade_id") == "test_train_gate"]


@pytest.mark.parametrize("student", ["cleo", "dan"])
def test_feedback_page_holds_verdicts_and_hints(room: Classroom, student: str) -> None:
    """The page that a student fetched names a failed check and its hint."""
    text = re.sub(r"<[^>]+>|\s+", "", room.feedback(student, SLUG).read_text(encoding="utf-8"))
    xor = next(check for check in _checks()["gates"] if "XOR" in check.title)
    for sentence in (xor.title, xor.hint):
        assert re.sub(r"[\s`]+", "", sentence) in text.replace("`", "")


def test_cells_that_can_earn_marks_hold_our_feedback_alone(room: Classroom) -> None:
    """Grade cells and our overview have one display output; nothing else is left to be read."""
    for student in (*NAMES, "fay", "gil"):
        for cell in _autograded(room, student).cells:
            if cell.cell_type != "code":
                continue
            kinds = [output.output_type for output in cell.outputs]
            grade = cell.metadata.get("nbgrader", {}).get("grade", False)
            overview = "nbgrader" not in cell.metadata and cell.source == ""
            assert kinds == (["display_data"] if grade or overview else [])


def test_no_hidden_check_is_in_any_file_outside_the_instructors(room: Classroom) -> None:
    """Neither names nor source of the graders, nor the placeholder, reach files for students."""
    visible = (REPOSITORY / "exercises" / SLUG / f"test_{SLUG}.py").read_text(encoding="utf-8")
    secrets = [check.name for check in checks(SLUG) if check.name not in visible]
    secrets += ["(evidence", "evidence.", "@check", "HIDDEN TESTS", "nbgrader_config.py"]
    assert len(secrets) > 10
    folders = [room.course / name for name in ("release", "autograded", "feedback")]
    searched = 0
    for path in _files([*folders, room.exchange, room.folder / "students"]):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert [secret for secret in secrets if secret in text] == [], path
        searched += 1
    assert searched > 20


def _files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in folder.rglob("*") if p.suffix in (".ipynb", ".html", ".py", ".md"))


def test_formgraders_button_keeps_manual_marks_and_refuses_stale_points(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Autograding again, inside a running event loop as in Jupyter's server.

    A mark that a person gave stays. A task whose points differ between the notebook and the
    graders gets no mark, and is left to a person; the other tasks are marked.
    """
    source = room.course / "source" / SLUG / f"{SLUG}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_decision_lines":
            cell.metadata.nbgrader.points += 1
    nbformat.write(notebook, source)
    room.each("generate_assignment", "--force")
    with _gradebook(room) as gradebook:
        given: Grade = gradebook.find_grade("test_gates", SLUG, SLUG, "cleo")
        given.manual_score = 2.5
        gradebook.db.commit()

    config = PyFileConfigLoader("nbgrader_config.py", path=str(room.course)).load_config()
    config.merge(PyFileConfigLoader("nbgrader_config.py", path=str(room.site)).load_config())
    monkeypatch.setenv("AUTOGRADER_COURSE", str(REPOSITORY))
    monkeypatch.setenv("AUTOGRADER_SEED", "demo")
    monkeypatch.setenv("PATH", room.instructor().environment["PATH"])
    api = NbGraderAPI(CourseDirectory(config=config), config=config)

    async def clicked() -> dict[str, object]:
        return api.autograde(SLUG, "cleo")

    result = asyncio.run(clicked())
    assert result["success"], result
    assert "a grade cell is worth the sum of its task's checks" in result["log"]
    grades = _grades(room, "cleo")
    assert grades["test_gates"]["manual_score"] == 2.5
    assert grades["test_gates"]["needs_manual_grade"]
    assert grades["test_decision_lines"]["auto_score"] is None
    assert grades["test_decision_lines"]["needs_manual_grade"]
    assert grades["test_build_perceptron"]["auto_score"] == 2
    assert not grades["test_build_perceptron"]["needs_manual_grade"]
