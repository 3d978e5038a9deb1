"""A kept wrong file that no visible check sees is told, unless its exercise says why."""

from __future__ import annotations

import pytest
from audited_course import SLUG, SOLUTION, VISIBLE, audited_course

from autograder.authoring.seen_at_home import read_unseen, unseen_problems
from autograder.errors import CourseError

#: What the visible check of `mean` sees, what it does not, and what ends the process.
SEEN = SOLUTION.replace("total / len(values)", "total / 2")
UNSEEN = SOLUTION.replace("values.sum()", "values[:3].sum()")
ENDS = SOLUTION.replace("values.sum()", "__import__('os')._exit(0)")


def course_with(root, files, mutants=""):
    course = audited_course(root, visible=VISIBLE, mutants=mutants)
    folder = course.folder(SLUG).submissions
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return course


def test_what_a_student_would_not_hear_of_is_told(tmp_path):
    """Of three wrong files one is seen, one ends the process, and one passes: it alone is told."""
    files = {"wrong_seen.py": SEEN, "wrong_unseen.py": UNSEEN, "wrong_ends.py": ENDS}
    (told,) = unseen_problems(course_with(tmp_path, files), SLUG, {})
    assert f"{SLUG}/wrong_unseen.py is wrong, and every visible check passes" in told
    assert '"wrong_unseen.py" = "…"' in told


@pytest.mark.parametrize("task", ["mean", "scaled"])
def test_a_mistake_may_show_in_another_task_than_it_costs_points(tmp_path, task):
    """Whichever task loses points, what any visible check sees is heard of at home."""
    files = {"wrong_seen.py": SEEN, "wrong_unseen.py": UNSEEN}
    lost = dict.fromkeys(files, (task,))
    (told,) = unseen_problems(course_with(tmp_path, files), SLUG, lost)
    assert f"{SLUG}/wrong_unseen.py is wrong" in told


def test_what_is_declared_is_no_problem_and_must_be_so(tmp_path):
    """A declared file passes; one that a visible check sees, or that is not there, is told."""
    lines = ["wrong_unseen.py", "wrong_seen.py", "wrong_gone.py"]
    mutants = "[unseen]\n" + "".join(f'"{name}" = "rows beyond the third"\n' for name in lines)
    files = {"wrong_unseen.py": UNSEEN, "wrong_seen.py": SEEN}
    told = unseen_problems(course_with(tmp_path, files, mutants), SLUG, {})
    assert len(told) == 2
    assert "'wrong_gone.py', which is none" in told[0]
    assert f"{SLUG}/wrong_seen.py is declared unseen" in told[1]


def test_a_right_file_that_a_visible_check_calls_wrong_is_told(tmp_path):
    """What the hidden checks take as right, the visible ones take as right; else words are shown."""
    picky = VISIBLE.replace("assert value == 3.0", "assert type(value) is int")
    course = course_with(tmp_path, {"right_one.py": SOLUTION})
    course.visible_tests(SLUG).write_text(picky, encoding="utf-8")
    (told,) = unseen_problems(course, SLUG, {})
    assert "right_one.py is right, and a visible check says wrong: test_mean_of_three" in told


@pytest.mark.parametrize(
    "text", ['unseen = "all"', "[unseen]\n'wrong_a.py' = 1", "[unseen]\na = ''"]
)
def test_a_declaration_without_a_reason_is_refused(tmp_path, text):
    """What only hidden checks see is said in words."""
    path = tmp_path / "mutants.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="only hidden checks see"):
        read_unseen(path)
