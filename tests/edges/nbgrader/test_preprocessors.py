"""nbgrader without our configuration, its validator, and our preprocessors' own rules."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from classroom.folders import REPOSITORY, Classroom
from classroom.students import fill, reference_cells
from nbgrader.api import Gradebook

from autograder.course.catalog import find_course
from autograder.edges.nbgrader.preprocessors import mark_task, overview_cell
from autograder.records import Check, Isolation, Report, Status, Verdict

SLUG = "ex04_perceptron"
# The first tasks are enough here, and take seconds.
KEPT = ("gates", "build_perceptron")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A classroom whose assignment is in the exchange, and fetched by ben."""
    classroom = Classroom(tmp_path_factory.mktemp("released"), [SLUG], quiet=True)
    classroom.build()
    classroom.each("generate_assignment")
    classroom.each("release_assignment")
    classroom.fetch(["ben"])
    return classroom


def _write(released: Classroom, path: Path, keep: Callable[[str], bool]) -> None:
    """Write the released notebook with reference answers; of nbgrader's cells, the first tasks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(released.home("ben") / SLUG, path.parent, dirs_exist_ok=True)
    fill(path, reference_cells(find_course(REPOSITORY).solution(SLUG)))
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if keep(cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("test_"))
        and '__name__ == "__main__"' not in cell.source
    ]
    nbformat.write(notebook, path)


def test_without_our_configuration_nobody_gets_marks(released: Classroom) -> None:
    """Stock nbgrader runs the right answers, then the cell that raises: 0, never full marks."""
    config = released.course / "nbgrader_config.py"
    ours = config.read_text(encoding="utf-8")
    path = released.course / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb"
    _write(released, path, lambda task: task == "gates")
    config.write_text("")
    try:
        released.each("autograde")
    finally:
        config.write_text(ours, encoding="utf-8")
    with Gradebook(f"sqlite:///{released.course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("test_gates", SLUG, SLUG, "ada")
        assert grade.auto_score == 0
    done = released.course / "autograded" / "ada" / SLUG / f"{SLUG}.ipynb"
    (cell,) = [
        cell
        for cell in nbformat.read(done, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_gates"
    ]
    printed, raised = cell.outputs
    assert printed.text == "visible checks of `gates`: passed\n"
    assert "nbgrader_config.py" in raised.evalue


def test_validate_passes_right_answers(released: Classroom) -> None:
    """The released notebook runs by itself, and TensorFlow's log lines do not fail a grade cell."""
    path = released.home("ada") / SLUG / f"{SLUG}.ipynb"
    _write(released, path, lambda task: task in ("", *KEPT))
    (said,) = released.runner.run([released.student("ada", "validate", f"{SLUG}/{SLUG}.ipynb")])
    assert "Success! Your notebook passes all the tests." in said


def test_validate_fails_the_stub(released: Classroom) -> None:
    """Every grade cell of the untouched notebook fails, and says what is to be written."""
    (said,) = released.runner.run([released.student("ben", "validate", f"{SLUG}/{SLUG}.ipynb")])
    tasks = find_course(REPOSITORY).exercise(SLUG).tasks
    assert f"VALIDATION FAILED ON {len(tasks)} CELL(S)!" in said
    assert "plot_decision is to do: Draw the" in " ".join(said.split())  # nbgrader cuts it there


def test_an_assignment_without_an_exercise_waits_for_a_person(released: Classroom) -> None:
    """The log names the catalog and the next step; nobody gets a mark, and nobody is removed."""
    source = released.course / "source" / "week1"
    source.mkdir()
    book = (released.course / "source" / SLUG / f"{SLUG}.ipynb").read_bytes()
    (source / "week1.ipynb").write_bytes(book)
    released.runner.run([released.instructor("generate_assignment", "week1")])
    submitted = released.course / "submitted" / "ada" / "week1" / "week1.ipynb"
    submitted.parent.mkdir(parents=True)
    submitted.write_bytes((released.course / "release" / "week1" / "week1.ipynb").read_bytes())
    (log,) = released.runner.run([released.instructor("autograde", "week1")])
    assert str(Path("exercises") / "catalog.toml") in log
    assert "Received: notebook 'week1' of assignment 'week1'" in log
    assert (released.course / "autograded" / "ada" / "week1" / "week1.ipynb").is_file()
    with Gradebook(f"sqlite:///{released.course / 'gradebook.db'}") as gradebook:
        grades = gradebook.find_submission("week1", "ada").notebooks[0].grades
        assert {(grade.auto_score, grade.needs_manual_grade) for grade in grades} == {(None, True)}


def _report(*statuses: Status, **fields: object) -> Report:
    verdicts = tuple(
        Verdict(Check(f"test_{n}", "gates", f"Fact {n}", 2, "A hint."), status, trace="why")
        for n, status in enumerate(statuses)
    )
    known = {"isolation": Isolation.FULL, "data": {}} | fields
    return Report("ada/x/x", "x", verdicts, **known)  # type: ignore[arg-type]


def test_a_task_earns_the_points_of_its_passed_checks() -> None:
    """Partial credit is the sum over the passed checks."""
    report = _report(Status.PASSED, Status.FAILED, Status.PASSED)
    assert mark_task(report, "gates", 6.0).score == 4.0


def test_one_internal_check_leaves_the_task_to_a_person() -> None:
    """No score at all, and the trace for the staff's log."""
    mark = mark_task(_report(Status.PASSED, Status.INTERNAL), "gates", 4.0)
    assert mark.score is None
    assert "why" in mark.trouble


def test_failed_grading_leaves_the_task_to_a_person() -> None:
    """Where the engine raised there is no report, and no score."""
    assert mark_task(None, "gates", 4.0).score is None


@pytest.mark.parametrize("task", ["gates", "unknown"])
def test_points_that_differ_from_the_graders_leave_the_task_to_a_person(task: str) -> None:
    """Neither a stale notebook nor a task without checks is marked by guess."""
    mark = mark_task(_report(Status.PASSED), task, 3.0)
    assert mark.score is None
    assert "Received: 3 in the notebook" in mark.trouble


def test_remarks_are_shown_once_and_escaped() -> None:
    """Notes, the data sample and weaker isolation stand in the overview, as plain text."""
    report = _report(
        notes=("<script>x</script>",), isolation=Isolation.NONE, data={"mnist": "sample"}
    )
    cell = overview_cell(report, ["huge.bin: 300.0 MiB"])
    html = cell.outputs[0].data["text/html"]
    assert "&lt;script&gt;" in html and "<script>" not in html
    assert "bundled sample of mnist" in html
    assert "Isolation while grading: none" in html
    assert "Not copied: huge.bin: 300.0 MiB." in html
