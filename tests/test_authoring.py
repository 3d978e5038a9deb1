"""`autograder check`: what it finds wrong with a course, told in lines; real pytest for stubs."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import authoring, golden
from autograder.catalog import Course, read_course
from autograder.checks import collect
from autograder.cli import main
from autograder.records import Isolation, Report, Status, Verdict

ROOT = Path(__file__).parents[1]
SLUG = "ex04_perceptron"


@pytest.fixture
def course(tmp_path) -> Course:
    """A copy of the course's folders with ex04 as its one exercise."""
    for place in ("exercises", "solutions", "source", "tests/submissions"):
        keep = shutil.ignore_patterns("__pycache__", "ex0[!4]*", ".*")
        shutil.copytree(ROOT / place, tmp_path / place, ignore=keep)
    whole = read_course(ROOT)
    return replace(whole, root=tmp_path, exercises=(whole.exercise(SLUG),))


def report(name: str, *, lost: int = 0, status: Status = Status.FAILED) -> Report:
    """Return a report of `SLUG` in which the first `lost` checks are not passed."""
    verdicts = tuple(
        Verdict(check, status if place < lost else Status.PASSED)
        for place, check in enumerate(collect(SLUG))
    )
    return Report(f"{SLUG}/{name}", SLUG, verdicts, Isolation.FULL, {})


def kept(course: Course) -> dict[str, Report]:
    """Return reports that are as they must be, and keep them as golden ones."""
    every = len(collect(SLUG))
    names = [path.name for path in golden.files(course.root, SLUG)]
    reports = {name: report(name, lost=name.startswith("wrong_")) for name in names}
    golden.write(course.root, SLUG, list(reports.items()))
    stub = report("stub", lost=every, status=Status.SKIPPED)
    solutions = {name: report(name) for name in ("solution", "solution as a notebook")}
    return {"stub": stub, **solutions, **reports}


def test_folders_and_catalog_must_agree_both_ways(course):
    """A folder that the catalog lacks and an entry without a folder are told, by place."""
    assert not [line for line in authoring.folder_problems(course) if "/" + SLUG in line]
    (course.root / "exercises" / "ex99_new").mkdir()
    shutil.rmtree(course.root / "source" / SLUG)
    told = authoring.folder_problems(course)
    assert "exercises/ex99_new is not in the catalog." in told
    assert f"source/{SLUG} is missing." in told


def test_check_without_arguments_looks_at_the_folders(tmp_path, monkeypatch, capsys):
    """The command looks at the whole course, stops at what is missing, and exits with 1."""
    (tmp_path / "exercises" / "ex99_new").mkdir(parents=True)
    entry = f'[[exercise]]\nslug = "{SLUG}"\ntitle = "Gates"\ntasks = ["gates"]\n'
    (tmp_path / "exercises" / "catalog.toml").write_text(entry)
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "exercises/ex99_new is not in the catalog." in told
    assert f"solutions/{SLUG} is missing." in told


def test_missing_files_are_told(course):
    """An exercise without its visible checks is told with the path."""
    course.visible_tests(SLUG).unlink()
    (told,) = authoring.file_problems(course, [SLUG])
    assert str(course.visible_tests(SLUG)) in told


def test_tasks_and_checks_must_agree_both_ways(course):
    """A task that nobody checks or asks for is told, and so is a check of no task."""
    assert authoring.task_problems(course, [SLUG]) == []
    exercise = course.exercises[0]
    changed = replace(exercise, tasks=(*exercise.tasks[1:], "new_task"))
    told = "\n".join(authoring.task_problems(replace(course, exercises=(changed,)), [SLUG]))
    assert "task new_task has no hidden check" in told
    assert "the probe has no ask_new_task" in told
    assert "a check is for the unknown task gates" in told
    assert "the probe asks for the unknown task gates" in told


def test_a_stub_that_passes_a_visible_check_is_told(course):
    """Visible checks run for real: each must fail on the stub and pass on the solution."""
    path = course.visible_tests(SLUG)
    path.write_text(
        "import pytest\n\n\n@pytest.mark.task('gates')\ndef test_nothing(student):\n"
        '    """Nothing."""\n\n\n@pytest.mark.task(\'gates\')\ndef test_never(student):\n'
        '    """Never."""\n    student.and_gate(0, 0)\n    raise AssertionError\n'
    )
    told = "\n".join(authoring.visible_problems(course, SLUG))
    assert "1 of 2 visible checks pass on the untouched stub" in told
    assert "1 of 2 visible checks pass on the solution" in told


def test_reports_as_they_must_be_are_no_problem(course):
    """Stub at 0, solution full, right ones full, wrong ones golden: nothing is told."""
    assert authoring.hidden_problems(course, SLUG, kept(course)) == []


def test_every_wrong_report_is_told(course):
    """Points for a stub, losses of a solution, right or wrong ones on the other side: all told."""
    reports = kept(course)
    names = [name for name in reports if name.startswith(("right_", "wrong_"))]
    right = next(name for name in names if name.startswith("right_"))
    wrong = next(name for name in names if name.startswith("wrong_"))
    reports |= {"stub": report("stub"), "solution": report("solution", lost=1)}
    reports |= {right: report(right, lost=1), wrong: report(wrong), "other.py": report("other.py")}
    told = "\n".join(authoring.hidden_problems(course, SLUG, reports))
    for part in (
        "the untouched stub earns",
        "the solution gets FAILED in test_and_gate",
        f"{right} is right and must get full points",
        f"{right}: points must be",
        f"{wrong} is wrong and must lose a point",
        "other.py must be named right_* or wrong_*",
        "other.py: no golden report",
    ):
        assert part in told


def test_too_few_submissions_and_orphaned_goldens_are_told(course):
    """Four right and eight wrong submissions are the least; a golden report needs its file."""
    reports = {name: one for name, one in kept(course).items() if not name.startswith("right_")}
    told = "\n".join(authoring.hidden_problems(course, SLUG, reports))
    assert "4 right_* submissions are wanted. Received: 0." in told
    assert "right_functional.py has a golden report but no file" in told
