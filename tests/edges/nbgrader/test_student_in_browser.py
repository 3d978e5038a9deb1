"""What a student clicks in JupyterLab: Validate, and the list that brings feedback."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator

import pytest
from browser import browser
from classroom.folders import REPOSITORY, Classroom
from classroom.students import fill, reference_cells
from jupyter_lab import Person, jupyter_lab

SLUG = "ex01_keras_models"
#: JupyterLab knows a student by the account that it runs under.
STUDENT = getpass.getuser()
RIGHT = reference_cells(REPOSITORY / "solutions" / SLUG / f"{SLUG}.py")
#: A button that takes longer than this is not pressed twice.
PATIENCE_S = 60


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A course of one exercise, which the student has fetched."""
    classroom = Classroom(tmp_path_factory.mktemp("student"), [SLUG], quiet=True)
    classroom.build()
    classroom.enrol({STUDENT: "Noether"})
    classroom.each("generate_assignment")
    classroom.each("release_assignment")
    classroom.fetch([STUDENT])
    return classroom


@pytest.fixture(scope="module")
def student(room: Classroom) -> Iterator[Person]:
    """At JupyterLab in the student's own folder."""
    environment = room.student(STUDENT).environment
    with (
        browser() as chromium,
        jupyter_lab(room.home(STUDENT), environment, room.folder / "server.log") as address,
    ):
        yield Person(chromium, address)


def _validated(room: Classroom, student: Person, answers: dict[str, str]) -> tuple[str, float]:
    """Return what the window says after a click on Validate, and how long that took."""
    fill(room.notebook(STUDENT, SLUG), answers)
    student.open(f"lab/tree/{SLUG}/{SLUG}.ipynb")
    button = student.page.locator(".validate-button:visible")
    button.wait_for()
    began_s = time.monotonic()
    button.click()
    window = student.page.locator(".nbgrader-SuccessDialog, .nbgrader-ErrorDialog")
    window.wait_for()
    took_s = time.monotonic() - began_s
    said = str(window.inner_text())
    window.locator(".jp-Dialog-button").first.click()
    window.wait_for(state="detached")
    return said, took_s


def test_the_button_says_what_is_wrong_and_when_nothing_is(room: Classroom, student: Person):
    """Validate ends soon; a wrong answer is told in the check's own words, right ones as right."""
    task = "build_sequential"
    assert task in RIGHT
    wrong = RIGHT | {task: RIGHT[task].replace("Dense(", "Dense(1 + ", 1)}
    said, took_s = _validated(room, student, wrong)
    assert "The following cell failed" in said
    assert f"{task}: 2 of 2 checks are not right yet. The layers have" in said
    assert "Traceback" not in said and "assert" not in said
    assert took_s < PATIENCE_S
    said, took_s = _validated(room, student, RIGHT)
    assert "passes all the tests" in said
    assert took_s < PATIENCE_S


def test_feedback_comes_by_the_list(room: Classroom, student: Person):
    """Fetch Feedback in the list of assignments brings the page that the instructor released."""
    room.submit([STUDENT])
    for step in ("collect", "autograde", "generate_feedback", "release_feedback"):
        room.each(step)
    student.open("lab")
    page = student.page
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.locator('li[data-command="nbgrader:open-assignment-list"]').click()
    row = page.locator("#submitted_assignments_list .list_item", has_text=SLUG).first
    row.wait_for()
    row.get_by_role("button", name="Fetch Feedback").click()
    page.locator("#submitted_assignments_list", has_text="view feedback").wait_for()
    assert room.feedback(STUDENT, SLUG).is_file()
