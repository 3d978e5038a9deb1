"""Formgrader's buttons in a real browser, from release to feedback, with the course's settings."""

from __future__ import annotations

import json
from collections.abc import Iterator

import nbformat
import pytest
from browser import browser
from classroom.folders import Classroom
from jupyter_lab import Person, jupyter_lab
from nbgrader.api import Gradebook
from pages import seen

SLUG = "ex04_perceptron"
GATES = """\
def and_gate(a, b):
    return int(a == 1 and b == 1)


def or_gate(a, b):
    return int({})


def xor_gate(a, b):
    return int(a != b)
"""
#: One of ben's three gates is wrong.
ANSWERS = {"ada": GATES.format("a == 1 or b == 1"), "ben": GATES.format("a == 1 and b == 1")}


class Instructor(Person):
    """Who clicks in formgrader."""

    def click(self, column: str, row: str = SLUG) -> str:
        """Click a row's button; return what the window says that then comes up, and close it."""
        line = self.page.locator("#main-table tr", has_text=row)
        line.locator(f".{column} a").click()
        window = self.page.locator(".modal.in")
        window.wait_for()
        said = str(window.inner_text())
        window.locator("button.btn").click()
        window.wait_for(state="detached")
        line.wait_for()
        return said


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A course of one exercise, of which nothing is released; its students have names."""
    classroom = Classroom(tmp_path_factory.mktemp("formgrader"), [SLUG], quiet=True)
    classroom.build()
    classroom.enrol({"ada": "Lovelace", "ben": "Müller"})
    return classroom


@pytest.fixture(scope="module")
def instructor(room: Classroom) -> Iterator[Instructor]:
    """At a server in the course directory, started as the demo says."""
    environment = room.instructor().environment
    with (
        browser() as chromium,
        jupyter_lab(room.course, environment, room.folder / "server.log") as address,
    ):
        yield Instructor(chromium, address)


def _hand_in(room: Classroom) -> None:
    room.fetch(list(ANSWERS))
    for student, gates in ANSWERS.items():
        path = room.notebook(student, SLUG)
        notebook = nbformat.read(path, as_version=4)
        (cell,) = [
            cell
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "gates"
        ]
        cell.source = gates
        path.write_text(json.dumps(notebook), encoding="utf-8")
    room.submit(list(ANSWERS))


def _scores(room: Classroom, student: str) -> tuple[float | None, float | None]:
    with Gradebook(f"sqlite:///{room.course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("test_gates", SLUG, SLUG, student)
        return grade.auto_score, grade.manual_score


def test_all_buttons_do_what_they_say(room: Classroom, instructor: Instructor) -> None:
    """Generate, release, collect, autograde, mark by hand, and give feedback.

    Of other machines only nbgrader's own page asks anything: for MathJax, which it does not need.
    """
    instructor.open("formgrader/manage_assignments")
    for column, said in (
        ("assign", "Successfully created the student version"),
        ("release", "Successfully released"),
    ):
        assert said in instructor.click(column)
    _hand_in(room)
    instructor.open("formgrader/manage_assignments")
    assert "Successfully collected" in instructor.click("collect")

    instructor.open(f"formgrader/manage_submissions/{SLUG}")
    for student, name in (("ada", "Lovelace, Ada"), ("ben", "Müller, Ben")):
        assert "Successfully autograded" in instructor.click("autograde", student)
        row = instructor.page.locator("#main-table tr", has_text=name)
        row.wait_for()
        assert "graded" in row.inner_text()
    assert _scores(room, "ada") == (3, None) and _scores(room, "ben") == (2, None)

    _mark_by_hand(instructor, "ben")
    assert _scores(room, "ben") == (2, 2.5)

    instructor.open(f"formgrader/manage_submissions/{SLUG}")
    assert "Successfully autograded" in instructor.click("autograde", "ben")
    assert _scores(room, "ben") == (2, 2.5)
    for column, said in (
        ("generate-feedback", "Successfully generated feedback"),
        ("release-feedback", "Successfully released feedback"),
    ):
        assert said in instructor.click(column, "ben")
    room.fetch_feedback(["ben"])
    page = seen(room.feedback("ben", SLUG).read_text(encoding="utf-8"))
    assert "A person gave this mark; the checks came to 2." in page
    assert [url for url in instructor.refused if "/mathjax/" not in url] == []


def _mark_by_hand(instructor: Instructor, student: str) -> None:
    """From the student's page to the notebook; what stands there, and a mark put in and kept."""
    page = instructor.page
    instructor.open(f"formgrader/manage_students/{student}/{SLUG}")
    page.locator("#main-table a", has_text=SLUG).click()
    page.wait_for_url("**/formgrader/submissions/**")
    cell = page.locator("#notebook-container .cell", has_text="test_gates")
    assert "OR is 0 only where both inputs are 0" in cell.inner_text()  # the card's hint
    assert page.locator("math").count() > 0  # formulas need no network
    score = page.locator("input#test_gates")
    score.wait_for()
    page.wait_for_load_state("networkidle")
    score.fill("2.5")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        score.blur()
