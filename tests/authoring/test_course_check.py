"""`autograder check`: what it finds wrong with a course, told in lines; real pytest for stubs."""

import re
import shutil
from dataclasses import replace

import pytest
from repository import ROOT, checks

from autograder.authoring import course_check, golden, kept_submissions, visible_check
from autograder.authoring.examples import example_problems, stale_problems
from autograder.authoring.kept import kept as kept_of
from autograder.course.catalog import Course, read_course
from autograder.edges.cli.main import main
from autograder.records import Isolation, Report, Status, Verdict

SLUG = "ex04_perceptron"


@pytest.fixture
def course(tmp_path) -> Course:
    """A copy of the course's folders with ex04 as its one exercise."""
    for place in ("exercises", "solutions", "source", "autograder/graders"):
        keep = shutil.ignore_patterns("__pycache__", "ex0[!4]*", ".*")
        shutil.copytree(ROOT / place, tmp_path / place, ignore=keep)
    whole = read_course(ROOT)
    return replace(whole, root=tmp_path, exercises=(whole.exercise(SLUG),))


def report(name: str, *, lost: int = 0, status: Status = Status.FAILED) -> Report:
    """Return a report of `SLUG` in which the first `lost` checks are not passed."""
    verdicts = tuple(
        Verdict(check, status if place < lost else Status.PASSED)
        for place, check in enumerate(checks(SLUG))
    )
    return Report(f"{SLUG}/{name}", SLUG, verdicts, Isolation.FULL, {})


def kept(course: Course) -> dict[str, Report]:
    """Return reports that are as they must be, and keep them as golden ones."""
    every = len(checks(SLUG))
    names = [one.name for one in kept_of(course, SLUG)]
    reports = {name: report(name, lost=name.startswith("wrong_")) for name in names}
    golden.write(course, SLUG, list(reports.items()))
    stub = report("stub", lost=every, status=Status.SKIPPED)
    solutions = {name: report(name) for name in ("solution", "solution as a notebook")}
    return {"stub": stub, **solutions, **reports}


def test_folders_and_catalog_must_agree_both_ways(course):
    """A folder that the catalog lacks and an entry without a folder are told, by place."""
    assert not [line for line in course_check.folder_problems(course) if "/" + SLUG in line]
    (course.root / "exercises" / "ex99_new").mkdir()
    (course.root / "exercises" / "ex99_new" / "ex99_new.py").touch()
    shutil.rmtree(course.root / "source" / SLUG)
    told = course_check.folder_problems(course)
    assert "exercises/ex99_new is not in the catalog." in told
    assert f"source/{SLUG} is missing." in told


def test_check_without_arguments_looks_at_the_folders(tmp_path, monkeypatch, capsys):
    """The command looks at the whole course, stops at what is missing, and exits with 2."""
    (tmp_path / "exercises" / "ex99_new").mkdir(parents=True)
    (tmp_path / "exercises" / "ex99_new" / "ex99_new.py").touch()
    entry = f'[[exercise]]\nslug = "{SLUG}"\ntitle = "Gates"\ntasks = ["gates"]\n'
    (tmp_path / "exercises" / "catalog.toml").write_text(entry)
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    told = capsys.readouterr().out
    assert "exercises/ex99_new is not in the catalog." in told
    assert f"solutions/{SLUG} is missing." in told


def test_missing_files_are_told(course):
    """An exercise without its visible checks is told with the path."""
    course.visible_tests(SLUG).unlink()
    (told,) = course_check.file_problems(course, [SLUG])
    assert str(course.visible_tests(SLUG)) in told


def test_tasks_and_checks_must_agree_both_ways(course):
    """A task that nobody checks or asks for is told, and so is a check of no task."""
    assert course_check.task_problems(course, [SLUG]) == []
    exercise = course.exercises[0]
    changed = replace(exercise, tasks=(*exercise.tasks[1:], "new_task"))
    told = "\n".join(course_check.task_problems(replace(course, exercises=(changed,)), [SLUG]))
    assert "task new_task has no hidden check" in told
    assert "the probe has no ask_new_task" in told
    assert "a check is for the unknown task gates" in told
    assert "the probe asks for the unknown task gates" in told


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("from autograder.judging import close", "autograder.judging"),
        ("from .oracle import forward", ".oracle"),
        ("import autograder.records", "autograder.records"),
    ],
)
def test_a_probe_that_imports_what_no_box_has_is_told(course, line, module):
    """On the host the probe loads; in the box, where it is alone, it would not."""
    probe = course.folder(SLUG).probe_path
    number = len(probe.read_text("utf-8").splitlines()) + 4
    with probe.open("a", encoding="utf-8") as file:
        file.write(f"\n\ndef late():\n    {line}\n")
    (told,) = course_check.task_problems(course, [SLUG])
    assert f"{probe}, line {number}, which imports {module}." in told


def test_a_stub_that_passes_a_visible_check_is_told(course):
    """Visible checks run for real: each must fail on the stub and pass on the solution."""
    path = course.visible_tests(SLUG)
    path.write_text(
        "import pytest\n\n\n@pytest.mark.task('gates')\ndef test_nothing(student):\n"
        '    """Nothing."""\n\n\n@pytest.mark.task(\'gates\')\ndef test_never(student):\n'
        '    """Never."""\n    student.and_gate(0, 0)\n    raise AssertionError\n'
    )
    told = "\n".join(visible_check.visible_problems(course, SLUG))
    assert "1 of 2 visible checks pass on the untouched stub" in told
    assert "1 of 2 visible checks pass on the solution" in told


def test_stale_renders_are_told_with_their_source(course, monkeypatch):
    """An edited stub and an edited or missing file of the visible-check plugin: each is told."""
    # What takes a sandbox is looked at elsewhere.
    monkeypatch.setattr(course_check, "grade_kept", lambda *of: {})
    monkeypatch.setattr(course_check, "visible_problems", lambda *of: [])
    monkeypatch.setattr(course_check, "seed_problems", lambda *of: [])
    assert course_check.check(course, [SLUG]) == []
    exercises = course.root / "exercises"
    (exercises / "pytest.ini").unlink()
    for path in (exercises / "conftest.py", course.stub(SLUG)):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert course_check.check(course, [SLUG]) == [
        f"{exercises / 'conftest.py'} is not what the package renders: run `autograder render`.",
        f"{course.stub(SLUG)} is not what the solution renders: run `autograder render`.",
        f"{exercises / 'pytest.ini'} is not what the package renders: run `autograder render`.",
    ]


def test_reports_as_they_must_be_are_no_problem(course):
    """Stub at 0, solution full, right ones full, wrong ones golden: nothing is told."""
    assert kept_submissions.hidden_problems(course, SLUG, kept(course)) == []


def test_every_wrong_report_is_told(course):
    """Points for a stub, losses of a solution, right or wrong ones on the other side: all told."""
    reports = kept(course)
    names = [name for name in reports if name.startswith(("right_", "wrong_"))]
    right = next(name for name in names if name.startswith("right_"))
    wrong = next(name for name in names if name.startswith("wrong_"))
    reports |= {"stub": report("stub"), "solution": report("solution", lost=1)}
    reports |= {right: report(right, lost=1), wrong: report(wrong), "other.py": report("other.py")}
    told = "\n".join(kept_submissions.hidden_problems(course, SLUG, reports))
    for part in (
        "the untouched stub earns",
        "the solution gets FAILED in test_and_gate",
        f"{right}: what is right must get full points",
        f"{right}: points must be",
        f"{wrong}: what is wrong must lose a point",
        "other.py: a kept file must be named right_* or wrong_*",
        "other.py: no golden report",
    ):
        assert part in told


def test_too_few_submissions_and_orphaned_goldens_are_told(course):
    """Four right and eight wrong examples are the least; a golden report needs its submission."""
    (course.folder(SLUG).path / "mutants.toml").unlink()
    reports = {name: one for name, one in kept(course).items() if not name.startswith("right_")}
    for path in golden.folder(course, SLUG).glob("right_*"):
        path.unlink()
    told = "\n".join(kept_submissions.hidden_problems(course, SLUG, reports))
    assert "4 right_* submissions or [[variant]] entries of mutants.toml are wanted" in told
    assert "Received: 0." in told
    (line,) = [line for line in told.splitlines() if "golden report without its submission" in line]
    assert "right_functional.py" in line
    assert "Run `autograder accept`, which drops it" in line


def test_what_many_kept_files_lose_alike_is_told_once(course):
    """A change of the task breaks every kept file in the same way: one line, with their names."""
    reports = kept(course)
    names = [name for name in reports if name.startswith("right_")]
    told = kept_submissions.hidden_problems(
        course, SLUG, reports | {name: report(name, lost=1) for name in names}
    )
    check = checks(SLUG)[0].name
    (line,) = [line for line in told if f"{check} must be: PASSED" in line]
    assert all(name in line for name in names)
    (line,) = [line for line in told if "must get full points" in line]
    assert all(name in line for name in names)
    assert "Correct it, or remove the file and run `autograder accept`" in line


def test_a_threshold_that_is_not_measured_is_a_sentence_and_no_trace(course):
    """What the course says itself needs no trace of the engine, and is told once of a solution."""
    trace = (
        "    def threshold(...):\n>   raise CourseError(\n"
        "E           autograder.errors.CourseError: Every threshold is measured. Received: none.\n\n"
        "/engine/thresholds.py:82: CourseError"
    )
    reports = kept(course)
    for name in ("solution", "solution as a notebook"):
        first, *others = report(name, lost=1, status=Status.INTERNAL).verdicts
        first = replace(first, message="This check could not be judged.", trace=trace)
        reports[name] = replace(report(name), verdicts=(first, *others))
    (told,) = kept_submissions.hidden_problems(course, SLUG, reports)
    assert told.endswith("Every threshold is measured. Received: none.")
    assert "raise CourseError" not in told


def test_an_edit_that_no_longer_fits_the_solution_is_told(course):
    """A mutant of an earlier solution proves nothing, and `check` says so before an audit does."""
    assert example_problems(course, SLUG, list(kept(course))) == []
    assert stale_problems(course, SLUG) == []
    path = course.folder(SLUG).path / "mutants.toml"
    task = course.exercises[0].tasks[0]
    entry = f'[[mutant]]\ntask = "{task}"\nbreaks = "it"\nreplace = "no such text"\nwith = "1"\n'
    path.write_text(f"{path.read_text('utf-8')}\n{entry}", encoding="utf-8")
    (told,) = stale_problems(course, SLUG)
    assert f"{path}, mutant " in told
    assert "Adapt the entry to the solution" in told


def test_a_task_without_a_check_is_told_once_with_the_file(course, monkeypatch):
    """Rendering asks for its points too, and need not say it again."""
    monkeypatch.setattr(course_check, "grade_kept", lambda *of: {})
    monkeypatch.setattr(course_check, "visible_problems", lambda *of: [])
    path, (first, *_, last) = course.folder(SLUG).grader_path, course.exercises[0].tasks
    text = re.sub(rf'@check\(\s*"{last}"', f'@check("{first}"', path.read_text("utf-8"))
    path.write_text(text, encoding="utf-8")
    told = course_check.check(course, [SLUG])
    missing = [line for line in told if last in line]
    assert missing == [f"{SLUG}: task {last} has no hidden check. Write one: {path}."]


def test_an_exercise_without_a_floor_is_told(course):
    """The score that an audit must reach stands in `mutants.toml`; without one, `check` says so."""
    path = course.folder(SLUG).path / "mutants.toml"
    assert example_problems(course, SLUG, list(kept(course))) == []
    path.write_text(path.read_text("utf-8").replace("floor = ", "# floor = "), encoding="utf-8")
    (told,) = example_problems(course, SLUG, list(kept(course)))
    assert "needs a floor" in told
    assert str(path) in told
