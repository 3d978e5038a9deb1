"""The demo's students, without running nbgrader."""

from __future__ import annotations

import pytest
from classroom.folders import REPOSITORY
from classroom.marks import Mark, table
from classroom.round import NAMES, disagreements
from classroom.students import STUDENTS, Student, reference_cells

from autograder.course.catalog import find_course

COURSE = find_course(REPOSITORY)


@pytest.mark.parametrize("student", STUDENTS, ids=lambda student: student.name)
@pytest.mark.parametrize("slug", COURSE.slugs)
def test_what_a_student_writes_is_python_made_of_the_reference(slug: str, student: Student) -> None:
    """Each mistake is a change of text that the reference solution still has."""
    reference = reference_cells(COURSE.solution(slug))
    assert list(reference) == list(COURSE.exercise(slug).tasks)
    for task, source in student.write(slug, dict(reference)).items():
        compile(source, task, "exec")
        assert "SOLUTION" not in source


def test_marks_that_are_not_due_are_named() -> None:
    """A stub with marks, or a reference without all of them, is told by exercise and rule."""
    scores = dict(zip(NAMES, (9, 1, 7, 2, 5), strict=True))
    marks = {(name, "ex"): Mark(score, 10) for name, score in scores.items()}
    assert disagreements(marks, ["ex"]) == [
        "ex: the reference solution has full marks",
        "ex: the untouched stub has none",
    ]


def test_table_adds_up_each_student() -> None:
    """The last column is the sum over the exercises."""
    marks = {("ada", "ex1"): Mark(2, 3), ("ada", "ex2"): Mark(1.5, 4)}
    assert table(marks, {"ada": "all"}, ["ex1", "ex2"]).splitlines()[-1].endswith("3.5 / 7")
