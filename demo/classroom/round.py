"""The two halves of a round: until the submissions are collected, and until marks are exported."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.course.catalog import Course
from classroom.folders import Classroom
from classroom.marks import Marks
from classroom.students import STUDENTS, fill, reference_cells

NAMES = [student.name for student in STUDENTS]


def hand_in(classroom: Classroom, course: Course) -> None:
    """Release, let every student fetch, write and submit, and collect."""
    answers = {
        (student.name, slug): student.write(slug, reference_cells(course.solution(slug)))
        for student in STUDENTS
        for slug in classroom.slugs
    }
    classroom.build()
    classroom.enrol({student.name: student.last_name for student in STUDENTS})
    # Commands that write the gradebook run one by one: two would both make its tables and rows.
    classroom.each("generate_assignment", workers=1)
    classroom.each("release_assignment")
    classroom.fetch(NAMES)
    for (name, slug), cells in answers.items():
        fill(classroom.notebook(name, slug), cells)
    classroom.runner.say("The students have written their answers.")
    classroom.submit(NAMES)
    classroom.each("collect")


def mark(classroom: Classroom) -> None:
    """Autograde, give the feedback back, and export the marks."""
    classroom.runner.say("Autograding: each submission runs in a sandbox of its own.")
    classroom.each("autograde", workers=1)
    classroom.each("generate_feedback")
    classroom.each("release_feedback")
    classroom.fetch_feedback(NAMES)
    classroom.runner.run([classroom.instructor("export")])


def disagreements(marks: Marks, slugs: Sequence[str]) -> list[str]:
    """What the five students' marks must be, and are not."""
    wrong = []
    for slug in slugs:
        ada, ben, cleo, dan, eve = (marks[name, slug] for name in NAMES)
        full = ada.max_score
        rules = {
            "the reference solution has full marks": full > 0 and ada.score == full,
            "the untouched stub has none": ben.score == 0,
            "partly right is worth part of the marks": full / 2 < cleo.score < full,
            "wrong is worth less than half": dan.score < full / 2,
            "a crash costs marks": eve.score < full,
        }
        wrong += [f"{slug}: {rule}" for rule, holds in rules.items() if not holds]
    return wrong
