"""Kept submissions are files and named mutants, each told and found by its one name."""

from __future__ import annotations

import json

import nbformat
import pytest
from audited_course import COSTLY, LENIENT, SLUG, SOLUTION, VISIBLE, audited_course

from autograder.authoring import golden
from autograder.authoring.examples import example_problems
from autograder.authoring.kept import kept, kept_one, names
from autograder.authoring.kept_submissions import accept, grade_kept, hidden_problems, unaccepted
from autograder.authoring.lost_checks import lost_problems
from autograder.authoring.seen_at_home import unseen_problems
from autograder.errors import CourseError, UsageError

MUTANT = """
[[mutant]]
task = "mean"
name = "wrong_first_left_out"
breaks = "The sum of all values"
replace = "values.sum()"
with = "values[1:].sum()"

[[mutant]]
task = "scaled"
name = "wrong_unit_ignored"
breaks = "in another unit"
replace = "values / unit"
with = "values / 2"

[[mutant]]
task = "scaled"
breaks = "in another unit"
replace = "values / unit"
with = "values * unit"
"""


def course_of(root, mutants=MUTANT, **more):
    """Return a course with these mutants and a file, `wrong_file.py`."""
    course = audited_course(root, mutants=mutants, **more)
    cell = nbformat.v4.new_code_cell(SOLUTION)
    course.notebook(SLUG).parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), course.notebook(SLUG))
    folder = course.folder(SLUG).submissions
    folder.mkdir()
    text = SOLUTION.replace("values / unit", "values")
    (folder / "wrong_file.py").write_text(text, encoding="utf-8")
    for name in ("right_a.ipynb", "notes.txt", "golden.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    return course


def test_files_and_named_mutants_are_kept_submissions(tmp_path):
    """By name; a mutant is the solution with its edit, and asked what its edit may change."""
    found = {one.name: one for one in kept(course_of(tmp_path), SLUG)}
    assert list(found) == [
        "right_a.ipynb",
        "wrong_file.py",
        "wrong_first_left_out",
        "wrong_unit_ignored",
    ]
    mutant, file = found["wrong_first_left_out"], found["wrong_file.py"]
    assert mutant.content.decode() == SOLUTION.replace("values.sum()", "values[1:].sum()")
    assert (mutant.tasks, mutant.suffix, mutant.stem) == (("mean",), ".py", mutant.name)
    assert (file.tasks, file.suffix, file.stem) == ((), ".py", "wrong_file")
    assert mutant.place.name == "mutants.toml"
    assert mutant.submission(SLUG).tasks == ("mean",)


def test_an_exercise_with_nothing_kept_has_none(tmp_path):
    """Neither the folder nor `mutants.toml` must be there."""
    assert kept(audited_course(tmp_path), SLUG) == []


def test_a_name_is_one_submission_s(tmp_path):
    """A mutant that is named as a file is named is told, with both places."""
    course = course_of(tmp_path, MUTANT.replace("wrong_unit_ignored", "wrong_file"))
    with pytest.raises(CourseError, match=r"wrong_file\.py, and 'wrong_file' in .*mutants\.toml"):
        kept(course, SLUG)


def test_an_option_finds_one_by_its_name(tmp_path):
    """With its suffix or without; of an unknown name those that there are are told."""
    course = course_of(tmp_path)
    assert kept_one(course, SLUG, "wrong_file", "--weak").name == "wrong_file.py"
    assert kept_one(course, SLUG, "wrong_file.py", "--weak").name == "wrong_file.py"
    assert kept_one(course, SLUG, "wrong_unit_ignored", "--weak").name == "wrong_unit_ignored"
    with pytest.raises(UsageError, match="--wrong names a kept wrong submission") as refused:
        kept_one(course, SLUG, "right_a", "--wrong", "wrong")
    assert "wrong_file, wrong_first_left_out" in str(refused.value)
    assert "right_a," not in str(refused.value)


def test_a_stale_mutant_keeps_its_report(tmp_path):
    """An edit that no longer fits is told by itself: its report is neither gone nor dropped."""
    course = course_of(tmp_path)
    path = golden.folder(course, SLUG) / "golden.json"
    path.write_text(json.dumps({"wrong_unit_ignored": {}, "wrong_gone": {}}), encoding="utf-8")
    solution = course.solution(SLUG)
    solution.write_text(SOLUTION.replace("values / unit", "(1 / unit) * values"), "utf-8")
    assert "wrong_unit_ignored" not in [one.name for one in kept(course, SLUG)]
    assert "wrong_unit_ignored" in names(course, SLUG)
    golden.write(course, SLUG, [])
    assert list(golden.read(course, SLUG)) == ["wrong_unit_ignored"]


def test_named_mutants_count_once(tmp_path):
    """Of a named mutant the report is counted, of another the entry."""
    course = course_of(tmp_path)
    names_kept = [one.name for one in kept(course, SLUG)]
    told = "\n".join(example_problems(course, SLUG, names_kept))
    assert "8 wrong_* submissions or [[mutant]] entries" in told
    assert "Received: 4." in told


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    """A course whose golden reports were accepted."""
    course = course_of(tmp_path_factory.mktemp("course"), visible=VISIBLE)
    (golden.folder(course, SLUG) / "right_a.ipynb").unlink()
    accept(course, [SLUG])
    return course


def test_a_named_mutant_has_a_golden_report_of_its_tasks(accepted):
    """Points are those of the tasks that are asked; a file's are those of all."""
    reports = golden.read(accepted, SLUG)
    assert set(reports) == {"wrong_file.py", "wrong_first_left_out", "wrong_unit_ignored"}
    assert (reports["wrong_file.py"]["points"], reports["wrong_file.py"]["max_points"]) == (2, 5)
    assert list(reports["wrong_first_left_out"]["not_passed"]) == ["test_mean"]
    assert reports["wrong_first_left_out"]["max_points"] == 2
    assert unaccepted(accepted, [SLUG]) == []


def test_another_report_is_told_with_the_entry_s_place(tmp_path):
    """`check` and `accept --diff` send the author to `mutants.toml`, not to a file."""
    course = course_of(tmp_path, checks=LENIENT)
    (golden.folder(course, SLUG) / "right_a.ipynb").unlink()
    reports = grade_kept(course, [SLUG])[SLUG]
    told = "\n".join(hidden_problems(course, SLUG, reports))
    assert f"{SLUG}/wrong_file.py, wrong_unit_ignored of mutants.toml: what is wrong must" in told
    assert "wrong_first_left_out of mutants.toml, wrong_unit_ignored of mutants.toml: no go" in told
    (line,) = [one for one in unaccepted(course, [SLUG]) if "wrong_unit" in one]
    assert line.startswith(f"{SLUG}/wrong_unit_ignored of mutants.toml: no golden report.")


def test_a_mistake_that_reaches_another_task_is_asked_there_too(tmp_path):
    """A task whose check looks at the edited one's answer is asked and kept with it."""
    course = course_of(tmp_path, checks=COSTLY)
    (one,) = [one for one in kept(course, SLUG) if one.name == "wrong_first_left_out"]
    assert one.tasks == ()  # all that there are


def test_what_a_named_mutant_loses_is_caught(accepted):
    """Its losses show what checks are for, as a file's do."""
    reports = grade_kept(accepted, [SLUG])[SLUG]
    assert lost_problems(accepted, SLUG, reports) == []


def test_visible_checks_see_named_mutants_or_it_is_declared(accepted):
    """`[unseen]` names an entry as it names a file."""
    path = accepted.folder(SLUG).path / "mutants.toml"
    hidden = MUTANT.replace("values[1:].sum()", "values[:3].sum()")
    path.write_text(hidden, encoding="utf-8")
    (told,) = unseen_problems(accepted, SLUG, {"wrong_first_left_out": ("mean",)})
    assert told.startswith(f"{SLUG}/wrong_first_left_out of mutants.toml is wrong, and every")
    assert '"wrong_first_left_out" = "…"' in told
    path.write_text(f'[unseen]\nwrong_first_left_out = "more"\n{hidden}', encoding="utf-8")
    assert unseen_problems(accepted, SLUG, {}) == []
    path.write_text(f'[unseen]\nwrong_first_left_out = "more"\n{MUTANT}', encoding="utf-8")
    (told,) = unseen_problems(accepted, SLUG, {})
    assert "wrong_first_left_out of mutants.toml is declared unseen" in told
    path.write_text(MUTANT, encoding="utf-8")
