"""The machine's and the course's own faults: a clear error, nothing lost, and a way to go on."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from classroom.folders import REPOSITORY
from repository import copy_hidden

STUDENTS = ("ada", "ben", "cleo", "dan")
WRITABLE = "must be writable. Received: "
GO_ON = "run the same command again"


@pytest.fixture
def handed_in(school, tmp_path):
    """Four students; nothing is graded, and nothing kept."""
    for number, student in enumerate(STUDENTS):
        gates = school.right if number % 2 else school.half
        school.hand_in(student, school.notebook(gates))
    (school.course / "gradebook.db").replace(tmp_path / "before.db")
    shutil.copy(tmp_path / "before.db", school.course / "gradebook.db")
    yield school
    shutil.rmtree(school.course / "autograded", ignore_errors=True)
    (tmp_path / "before.db").replace(school.course / "gradebook.db")


def _assert_marked(school, students=STUDENTS) -> None:
    school.assert_sound()
    marks = {student: school.marks(student) for student in students}
    assert all(marks[student] and None not in marks[student] for student in students), marks
    assert marks["ada"] != marks["ben"]
    assert school.marks_left() == []
    for student in students:
        assert school.copy_of(student).cells


@contextlib.contextmanager
def _small_disk(folder: Path, kib: int) -> Iterator[None]:
    """A file system of that size at `folder`, where this user may make one."""
    folder.mkdir(exist_ok=True)
    options = f"size={kib}k,mode=755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may mount no file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_folder_that_cannot_be_written_costs_its_student_a_wait(handed_in) -> None:
    """The others are marked; the error names the folder; then the same command does the rest."""
    autograded = handed_in.course / "autograded"
    autograded.mkdir()
    (autograded / "ben").write_text("a file where a folder must be")
    text = handed_in.autograde(status=1)
    assert WRITABLE in text and "autograded/ben" in text and GO_ON in text
    (autograded / "ben").unlink()
    text = handed_in.autograde()
    assert "] ben/" in text and "] ada/" not in text
    _assert_marked(handed_in)


def test_a_full_disk_loses_nobody(handed_in) -> None:
    """Who fitted stays marked, nobody is left half done, and with room the rest follows."""
    autograded = handed_in.course / "autograded"
    with _small_disk(autograded, 320):  # a student takes some 130 KiB
        text = handed_in.autograde(status=1)
        assert WRITABLE in text and "No space left on device" in text and GO_ON in text
        handed_in.assert_sound()
        done = [student for student in STUDENTS if handed_in.autograded(student).exists()]
        assert 0 < len(done) < len(STUDENTS)
        _assert_marked_one_by_one(handed_in, done)
        subprocess.run(["mount", "-o", "remount,size=10m", str(autograded)], check=True)
        text = handed_in.autograde()
        assert sorted(done) == sorted(s for s in STUDENTS if f"] {s}/" not in text)
        _assert_marked(handed_in)


def _assert_marked_one_by_one(school, students) -> None:
    for student in students:
        assert None not in school.marks(student)
        assert school.copy_of(student).cells


def test_a_full_disk_below_the_gradebook_stops_the_run_and_harms_nothing(handed_in) -> None:
    """The error says what is full; the database is whole; with room the same command goes on."""
    disk = handed_in.course / "disk"
    with _small_disk(disk, 2_000):
        database = disk / "gradebook.db"
        shutil.move(handed_in.course / "gradebook.db", database)
        (handed_in.course / "gradebook.db").symlink_to(database)
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        text = handed_in.autograde(f"--db=sqlite:///{database}", status=1)
        assert "The gradebook " + WRITABLE in text and "full" in text and GO_ON in text
        assert "INTERNAL" not in text
        handed_in.assert_sound()
        (disk / "filler").unlink()
        handed_in.autograde(f"--db=sqlite:///{database}")
        _assert_marked(handed_in)
        (handed_in.course / "gradebook.db").unlink()


def test_what_the_course_failed_at_waits_for_a_person_and_is_healed(handed_in, tmp_path) -> None:
    """Without a data set there are no marks, never zeros; the next run tries again by itself.

    A mark that a person gave meanwhile is left alone, until `--force` asks for all anew.
    """
    course = tmp_path / "teaching"
    shutil.copytree(REPOSITORY / "exercises", course / "exercises")
    copy_hidden(course)
    catalog = course / "exercises" / "catalog.toml"
    before, entry, after = catalog.read_text().partition(f'slug = "{handed_in.slug}"')
    catalog.write_text(before + entry + after.replace("data = []", 'data = ["mnist"]', 1))
    sample = course / "exercises" / "data" / "mnist_sample.npz"
    sample.rename(tmp_path / "vanished.npz")

    text = handed_in.autograde(AUTOGRADER_COURSE=str(course))
    assert "mnist_sample.npz" in text
    assert "[4/4]" in text and "INTERNAL" in text
    for student in STUDENTS:
        assert set(handed_in.marks(student)) == {None}
        assert handed_in.waits_for_a_person(student)
    with handed_in.gradebook() as gradebook:
        for book in gradebook.find_submission(handed_in.slug, "ben").notebooks:
            for grade in book.grades:
                grade.manual_score = 1.0
        gradebook.db.commit()
    handed_in.assert_sound()

    (tmp_path / "vanished.npz").rename(sample)
    text = handed_in.autograde(AUTOGRADER_COURSE=str(course))
    assert "a run could not mark it" in text
    assert "] ben/" not in text
    assert set(handed_in.marks("ben")) == {None}
    assert not handed_in.waits_for_a_person("ada")

    handed_in.autograde("--force", AUTOGRADER_COURSE=str(course))
    _assert_marked(handed_in)
    for grade in handed_in.grades("ben").values():
        assert grade["manual_score"] == 1.0
