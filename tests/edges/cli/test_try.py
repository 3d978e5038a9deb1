"""`autograder try`: one file under the checks of the course's folder, with pytest's traces."""

from __future__ import annotations

import subprocess
import sys

import pytest
from audited_course import SLUG, audited_course

WRONG = "import numpy as np\n\n\ndef mean(values):\n    return 0.0\n\n\ndef scaled(values, unit=2.0):\n    return values / unit\n"


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """Return what runs the command on a wrong file in a course, whose answers are kept."""
    course = audited_course(tmp_path_factory.mktemp("course"))
    file = course.root / f"{SLUG}.py"
    file.write_text(WRONG, encoding="utf-8")

    def run(*words):
        argv = [sys.executable, "-m", "autograder", "try", *words]
        done = subprocess.run(argv, cwd=course.root, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return course, file, run


def test_a_claim_is_shown_with_its_trace(tried):
    """The check that fails is shown with its own lines and what was received; the status is 1."""
    _, file, run = tried
    status, said = run(str(file))
    assert status == 1, said
    assert "It must be the mean. Received: 0, expected" in said
    assert "close(evidence.value" in said
    assert "1 failed, 1 passed" in said


def test_one_check_is_chosen_and_an_edited_one_is_the_one_that_runs(tried):
    """`-k` chooses; after an edit of the grader in the folder, the edited check judges."""
    course, file, run = tried
    status, said = run(str(file), "-k", "scaled")
    assert (status, "1 passed" in said) == (0, True), said
    grader = course.folder(SLUG).grader_path
    grader.write_text(grader.read_text("utf-8").replace("/ 3.0", "/ 4.0"), encoding="utf-8")
    status, said = run(str(file), "-k", "scaled")
    assert (status, "They must be divided. Received: " in said) == (1, True), said


def test_what_is_no_submission_is_one_sentence(tried):
    """A file that is not there, or of no exercise, is told with the next step, and status 2."""
    course, _, run = tried
    (course.root / "notes.py").write_text("x = 1\n", encoding="utf-8")
    for name, says in (("gone.py", "does not exist"), ("notes.py", SLUG)):
        status, said = run(name)
        assert status == 2, said
        assert says in said
        assert "Traceback" not in said
