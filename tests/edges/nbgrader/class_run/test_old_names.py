"""A site's own configuration with the names of the release before, in nbgrader's real commands."""

from __future__ import annotations

import re

import pytest

OLD = {
    "autograder.edges.nbgrader.exporter.SubmissionExporter": (
        "autograder.edges.restore.SubmissionExporter"
    ),
    "autograder.edges.nbgrader.sanitize.SanitizeCells": "autograder.edges.harmless.HarmlessCells",
    "autograder.edges.nbgrader.repair.RestoreCells": "autograder.edges.restore.RestoreCells",
    "autograder.edges.nbgrader.preprocessors.GradeSubmission": (
        "autograder.edges.nbgrader.GradeSubmission"
    ),
    "autograder.edges.nbgrader.preprocessors.SaveReport": "autograder.edges.nbgrader.SaveReport",
}
# nbgrader looks up the exchange's classes in every command.
COLLECT = {"autograder.edges.nbgrader.collect.Collect": "autograder.edges.collect.Collect"}
FEEDBACK = {
    "autograder.edges.nbgrader.feedback.FinishedOnly": "autograder.edges.finished.FinishedOnly",
}
STUDENTS = ("a_right", "b_half")


def _warnings(text: str) -> list[tuple[str, str]]:
    return sorted(re.findall(r"^(autograder\.\S+) is now called (\S+)\. ", text, re.MULTILINE))


def _told(names: dict[str, str]) -> list[tuple[str, str]]:
    return sorted((old, new) for new, old in names.items())


@pytest.fixture
def renamed(school):
    """Write the old names into the configuration, and the new ones back at the end."""
    path = school.course / "nbgrader_config.py"
    shipped = path.read_text(encoding="utf-8")
    text = shipped
    for new, old in {**OLD, **FEEDBACK, **COLLECT}.items():
        assert text.count(f'"{new}"') == 1
        text = text.replace(f'"{new}"', f'"{old}"')
    yield lambda: path.write_text(text, encoding="utf-8")
    path.write_text(shipped, encoding="utf-8")


def test_the_marks_are_the_same_and_each_old_name_is_warned_of_once(school, renamed) -> None:
    """Marks and grading at once stay as with the new names; settings go by class, as ever."""
    school.hand_in("a_right")
    school.hand_in("b_half", school.notebook(school.half))
    shipped = school.autograde("--GradeSubmission.jobs=2")
    assert _warnings(shipped) == []
    before = {student: school.marks(student) for student in STUDENTS}
    assert before["a_right"] != before["b_half"]
    # In one line, as on the command line.
    assert len(re.findall(r"\bCourse: /\S+ \(named by AUTOGRADER_COURSE\)\n", shipped)) == 1

    renamed()
    text = school.autograde("--GradeSubmission.jobs=2", "--force")
    assert _warnings(text) == _told({**OLD, **COLLECT})
    assert {student: school.marks(student) for student in STUDENTS} == before
    # The class is graded ahead of nbgrader's loop: `GradeSubmission` is known by its old name.
    assert len(re.findall(r"\[\d/2\] ", text)) == len(re.findall(r"\[\d/2\] ", shipped)) == 2
    assert _warnings(school.generate_feedback()) == _told({**FEEDBACK, **COLLECT})
    assert all(school.page(student) for student in STUDENTS)


def test_collecting_by_the_old_name_follows_no_link(school, renamed) -> None:
    """The exchange's class is found by its old name, and is not nbgrader's own."""
    when = "2030-01-01 00:00:00 UTC"
    folder = school.room.exchange / "keras" / "inbound" / f"e_linked+{school.slug}+{when}+x"
    folder.mkdir(parents=True)
    (folder / f"{school.slug}.ipynb").write_text("{}")
    (folder / "timestamp.txt").write_text(when)
    (folder / "secret.txt").symlink_to("/etc/hostname")
    renamed()
    (text,) = school.room.runner.run([school.room.instructor("collect", school.slug)])
    assert _warnings(text) == _told(COLLECT)
    names = {path.name for path in school.folder("e_linked").iterdir()}
    assert names == {f"{school.slug}.ipynb", "timestamp.txt"}
