"""`nbgrader autograde` is stopped or killed in the middle, and the same command goes on."""

from __future__ import annotations

import contextlib
import random
import signal
import time

import nbformat
import pytest
from classroom.commands import CommandError
from nbgrader.api import MissingEntry

STUDENTS = ("ada", "ben", "cleo", "dan", "eve")
STOPPED_S = 20.0  # on a busy machine; two or three on an idle one


@pytest.fixture(scope="module")
def undisturbed(school):
    """The class, each with other work, and the marks of a run that nothing disturbs."""
    for number, student in enumerate(STUDENTS):
        gates = school.right if number % 2 else school.half
        school.hand_in(
            student, school.notebook(f"import time\n\ntime.sleep(2)\n{gates}# {student}")
        )
    school.autograde()
    school.expected = {student: school.marks(student) for student in STUDENTS}
    assert len(set(school.expected.values())) == 2
    return school


@pytest.fixture
def ungraded(undisturbed, tmp_path):
    """The same class as if nothing had been graded, and nothing kept."""
    _forget(undisturbed)
    undisturbed.environment["AUTOGRADER_STORE"] = str(tmp_path / "store")
    return undisturbed


def _forget(school) -> None:
    with school.gradebook() as gradebook:
        for student in STUDENTS:
            with contextlib.suppress(MissingEntry):
                gradebook.remove_submission(school.slug, student)
    for student in STUDENTS:
        _remove(school.autograded(student).parent)


def _remove(folder) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _finished(school) -> list[str]:
    """Who has a folder in `autograded/` that the next run skips."""
    begun = [mark.parent.name for mark in school.marks_left()]
    return [
        student
        for student in STUDENTS
        if school.autograded(student).exists() and student not in begun
    ]


def _assert_as_expected(school, students) -> None:
    for student in students:
        assert school.marks(student) == school.expected[student], student
        assert school.copy_of(student).cells[-1].cell_type == "code"
        assert not school.waits_for_a_person(student), student


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_stops_and_is_gone_on_with(ungraded, number, all_ended) -> None:
    """Within seconds, with no process left; who was marked stays so, and the rest follows."""
    run = ungraded.start("--GradeSubmission.jobs=2")
    assert run.wait_for("[1/5]"), run.text
    assert run.wait_for("/submitted/ben/"), run.text  # ada's turn is over
    began = time.monotonic()
    family = run.kill(number)
    assert run.end() == 128 + number, run.text
    assert time.monotonic() - began < STOPPED_S
    assert family
    assert all_ended(family)
    assert "Stopped. " in run.text
    assert "Traceback" not in run.text
    ungraded.assert_sound()
    done = _finished(ungraded)
    assert "ada" in done and len(done) < len(STUDENTS)
    assert ungraded.marks_left() == []
    _assert_as_expected(ungraded, done)

    text = ungraded.autograde()
    for student in STUDENTS:
        assert (f"] {student}/" in text) == (student not in done)
    _assert_as_expected(ungraded, STUDENTS)


def test_a_run_that_is_stopped_before_anything_is_graded_stops_at_once(ungraded, all_ended) -> None:
    """Also while the sandbox is still loading TensorFlow."""
    run = ungraded.start()
    assert run.wait_for("Converting notebook"), run.text
    began = time.monotonic()
    family = run.kill(signal.SIGINT)
    assert run.end() == 130, run.text
    assert time.monotonic() - began < STOPPED_S
    assert all_ended(family)
    assert _finished(ungraded) == []


def test_killed_at_any_moment_nothing_is_lost(ungraded, all_ended) -> None:
    """kill -9 at random lines of the log; then the same command ends with the same marks.

    nbgrader by itself leaves a folder without marks, and skips it from then on.
    """
    moments = random.Random(20)
    seen_unfinished = 0
    for _ in range(4):
        run = ungraded.start("--GradeSubmission.jobs=2")
        assert run.wait_for("Converting notebook"), run.text
        # Each submission takes some ten lines.
        run.wait_lines(moments.randrange(1, 12))
        time.sleep(moments.random() / 20)
        family = run.kill(signal.SIGKILL)
        run.end()
        assert all_ended(family)
        ungraded.assert_sound()
        seen_unfinished += len(ungraded.marks_left())
        _assert_as_expected(ungraded, _finished(ungraded))
    assert seen_unfinished > 0  # or the moments were too harmless
    ungraded.autograde()
    assert _finished(ungraded) == list(STUDENTS)
    _assert_as_expected(ungraded, STUDENTS)


def test_a_half_made_folder_is_made_anew(ungraded) -> None:
    """What a killed run leaves: the folder, the student's files, a copy without marks, the mark."""
    folder = ungraded.autograded("ada")
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
    nbformat.write(ungraded.notebook(), folder / f"{ungraded.slug}.ipynb")
    (folder / "left.txt").touch()
    mark = folder.with_name(f".{folder.name}.unfinished")
    mark.touch()
    with pytest.raises(
        CommandError, match="Feedback is on submissions whose autograding has ended"
    ):
        ungraded.generate_feedback()
    assert not list((ungraded.course / "feedback").rglob("*.html"))
    text = ungraded.autograde("--student=ada")
    assert "a run has begun it, and not ended it" in text
    assert not mark.exists()
    assert not (folder / "left.txt").exists()
    _assert_as_expected(ungraded, ["ada"])
    ungraded.generate_feedback()
    assert "<h1>ex04_perceptron: " in ungraded.page("ada")


def test_two_runs_at_once_share_a_class(ungraded) -> None:
    """One leaves alone what the other is at, and together they grade everybody."""
    first = ungraded.start("--GradeSubmission.jobs=1")
    assert first.wait_for("Converting notebook"), first.text
    second = ungraded.start("--GradeSubmission.jobs=1")
    assert second.end() == 0, second.text
    assert first.end() == 0, first.text
    assert "another run is grading it" in second.text
    assert ungraded.marks_left() == []
    _assert_as_expected(ungraded, STUDENTS)
