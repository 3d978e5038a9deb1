"""Rendering: one authored file gives the stub and nbgrader's source notebook."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbgrader.preprocessors import ClearSolutions
from repository import DATA_ENTRIES
from repository import ROOT as REPOSITORY

from autograder.authoring.regions import clear
from autograder.authoring.render import drift, render, write
from autograder.course.catalog import Course, read_course
from autograder.errors import CourseError

SLUG = "ex04_perceptron"
META = '"grade": false, "locked": false, "schema_version": 3, "solution": true, "task": false'
SOLUTION = f'''\
# %% [markdown]
# # Adding

# %% nbgrader={{"grade_id": "add", {META}}}
def add(a, b):
    """Return the sum."""
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION
'''
VISIBLE = '''\
import pytest


@pytest.mark.task("add")
def test_add(student):
    """1 + 2 is 3."""
    assert student.add(1, 2) == 3
'''
POINTS = {"ex01_one": {"add": 2}}


def one(root: Path, solution: str = SOLUTION, visible: str = VISIBLE, data: str = "") -> Course:
    """Write a course of one exercise with one task."""
    for name, text in {
        "exercises/catalog.toml": '[[exercise]]\nslug = "ex01_one"\ntitle = "One"\n'
        f'tasks = ["add"]\ndata = [{data}]\n{DATA_ENTRIES}',
        "solutions/ex01_one/ex01_one.py": solution,
        "exercises/ex01_one/test_ex01_one.py": visible,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return read_course(root)


@pytest.fixture(scope="module")
def course() -> Course:
    return read_course(REPOSITORY)


@pytest.fixture(scope="module")
def files(course: Course) -> dict[Path, bytes]:
    return render(course, [SLUG], {SLUG: dict.fromkeys(course.exercise(SLUG).tasks, 3)})


@pytest.fixture(scope="module")
def notebook(course: Course, files: dict[Path, bytes]) -> nbformat.NotebookNode:
    return nbformat.reads(files[course.notebook(SLUG)].decode(), as_version=4)


@pytest.fixture(scope="module")
def released(tmp_path_factory, course, files) -> Path:
    """The folder that the real `nbgrader generate_assignment` releases."""
    root = tmp_path_factory.mktemp("course")
    source = root / "source" / SLUG
    source.mkdir(parents=True)
    for path, content in files.items():
        if path.parent == course.notebook(SLUG).parent:
            (source / path.name).write_bytes(content)
    done = nbgrader(root, "generate_assignment", SLUG)
    assert done.returncode == 0, done.stderr
    return root / "release" / SLUG


def nbgrader(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    scripts = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": scripts + os.pathsep + os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_committed_stub_is_the_rendered_one(course, files):
    """The stub that students get is what rendering gives today."""
    assert course.stub(SLUG).read_bytes() == files[course.stub(SLUG)]


def test_rendering_twice_gives_the_same_bytes(course, files):
    """Rendering depends on nothing but its input: no clock, no random cell ids."""
    assert render(course, [SLUG], {SLUG: dict.fromkeys(course.exercise(SLUG).tasks, 3)}) == files


def test_stub_cells_equal_those_of_nbgrader(course, files, notebook):
    """nbgrader's ClearSolutions leaves the same cells in the notebook as we do in the stub."""
    cleared, _ = ClearSolutions().preprocess(copy.deepcopy(notebook), {})
    theirs = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in cleared.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    stub = jupytext.reads(files[course.stub(SLUG)].decode(), fmt="py:percent")
    ours = {c.metadata["title"]: c.source for c in stub.cells if "title" in c.metadata}
    assert ours == theirs
    assert list(ours) == list(course.exercise(SLUG).tasks)


def test_the_stub_holds_no_solution_and_opens_as_a_notebook(course, files):
    """Nothing of nbgrader or of the solutions is in the stub; jupytext keeps it as it is."""
    text = files[course.stub(SLUG)].decode()
    assert "SOLUTION" not in text
    assert "nbgrader" not in text
    assert text.count("raise NotImplementedError()") == 18
    again = jupytext.writes(jupytext.reads(text, fmt="py:percent"), fmt="py:percent")
    assert [line for line in again.splitlines() if "jupytext_version" not in line] == (
        text.splitlines()
    )


def test_each_task_is_followed_by_its_locked_grade_cell(course, notebook):
    """A task's grade cell comes next, is locked, and carries the task's points."""
    metas = [cell.metadata.get("nbgrader") for cell in notebook.cells]
    for task in course.exercise(SLUG).tasks:
        at = next(n for n, meta in enumerate(metas) if meta and meta["grade_id"] == task)
        grade = metas[at + 1]
        assert (grade["grade_id"], grade["grade"], grade["locked"], grade["points"]) == (
            f"test_{task}",
            True,
            True,
            3,
        )


def test_an_unconfigured_nbgrader_meets_a_cell_that_raises(notebook):
    """Every grade cell of the source raises at its end, so plain nbgrader marks nobody full."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            hidden = cell.source.partition("### BEGIN HIDDEN TESTS")[2]
            assert hidden.strip().startswith("raise RuntimeError(")


def test_the_release_has_stubs_and_visible_checks_only(released):
    """nbgrader accepts the source notebook; its release has no solution and no hidden region."""
    text = (released / f"{SLUG}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in text
    assert "HIDDEN" not in text
    assert "RuntimeError" not in text
    assert r"check(\"gates\")" in text
    checks = (released / f"checks_{SLUG}.py").read_text(encoding="utf-8")
    assert "def test_and_gate_table(student)" in checks
    assert "SOLUTION" not in checks


def test_the_release_works_in_a_folder_by_itself(released, course, tmp_path):
    """With the solutions filled in, `nbgrader validate` runs all visible checks and succeeds.

    It leaves out the cells that show something: their trainings would outlast a cell's time.
    """
    book = nbformat.read(released / f"{SLUG}.ipynb", as_version=4)
    solution = jupytext.read(course.solution(SLUG), fmt="py:percent")
    written = {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in solution.cells
        if "nbgrader" in cell.metadata
    }
    for cell in book.cells:
        cell.source = written.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    demo = 'if __name__ == "__main__":\n    raise RuntimeError("a demo cell was run")'
    book.cells.append(nbformat.v4.new_code_cell(demo))
    nbformat.write(book, tmp_path / f"{SLUG}.ipynb")
    shutil.copy(released / f"checks_{SLUG}.py", tmp_path)
    # nbgrader's own 30 seconds a cell are for one student's machine, not for one that runs all tests.
    longer = "--ExecutePreprocessor.timeout=280"
    done = nbgrader(tmp_path, "validate", longer, f"{SLUG}.ipynb")
    assert "Success!" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def test_drift_is_listed_and_write_ends_it(tmp_path):
    """`drift` names what differs from the disk, `write` writes just that."""
    course = one(tmp_path)
    files = render(course, ["ex01_one"], POINTS)
    assert drift(files) == tuple(sorted(files))
    assert write(files) == tuple(sorted(files))
    course.stub("ex01_one").write_text("edited", encoding="utf-8")
    assert drift(files) == (course.stub("ex01_one"),)
    assert write(files) == (course.stub("ex01_one"),)
    assert drift(files) == ()


def test_data_samples_lie_beside_the_notebook(tmp_path):
    """A notebook's folder holds copies of the samples that the exercise needs."""
    course = one(tmp_path, data='"mnist"')
    with pytest.raises(CourseError, match=r"mnist_sample\.npz"):
        render(course, ["ex01_one"], POINTS)
    course.sample("mnist").parent.mkdir()
    course.sample("mnist").write_bytes(b"sample")
    files = render(course, ["ex01_one"], POINTS)
    assert files[tmp_path / "source/ex01_one/mnist_sample.npz"] == b"sample"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"add"', '"plus"', "Add what is missing: add. Not in the catalog"),
        ("    ### END SOLUTION\n", "", "whose last region does not"),
        ("    ### BEGIN SOLUTION\n", "", "without one"),
        ("    return a + b", "    ### BEGIN SOLUTION", "alternate"),
        ('"solution": true', '"solution": false', "has none"),
        ('    """Return the sum."""\n', "", "without a docstring"),
        ("### END SOLUTION\n", "### END SOLUTION\n    return 0\n", "ends with a solution region"),
        ("def add(a, b):", "def add(a, b:", "plain Python"),
    ],
)
def test_a_wrong_solution_file_is_refused_in_words(tmp_path, old, new, words):
    """Each mistake of an author in a solution file is a CourseError with the next step."""
    assert old in SOLUTION
    course = one(tmp_path, solution=SOLUTION.replace(old, new))
    with pytest.raises(CourseError, match=words) as caught:
        render(course, ["ex01_one"], POINTS)
    assert "Received: " in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"add"', '"plus"', "Every task has a visible test"),
        ('@pytest.mark.task("add")\n', "", "without the mark"),
        ("student.add(1, 2) == 3", "student.add(1, 2) == np.array(3)", "uses np from outside"),
        ("student.add(1, 2) == 3", "student.add(1, 2) == max(THREE, 3)", "THREE from outside"),
        ("(student)", "(student, tmp_path)", "and nothing else"),
        ("def test_add", "def test_add(", "in Python and UTF-8"),
    ],
)
def test_a_wrong_visible_test_is_refused_in_words(tmp_path, old, new, words):
    """A visible test that a notebook could not hold, or of no task, is a CourseError."""
    assert old in VISIBLE
    course = one(tmp_path, visible=VISIBLE.replace(old, new))
    with pytest.raises(CourseError, match=words):
        render(course, ["ex01_one"], POINTS)


def test_points_and_tasks_must_agree(tmp_path):
    """A task without points, or points for no task, is a CourseError."""
    course = one(tmp_path)
    for points in ({}, {"ex01_one": {}}, {"ex01_one": {"add": 1, "plus": 1}}):
        with pytest.raises(CourseError, match="points in the hidden checks"):
            render(course, ["ex01_one"], points)


def test_a_missing_solution_is_refused_in_words(tmp_path):
    """A catalog entry without a solution file is a CourseError."""
    course = one(tmp_path)
    shutil.rmtree(tmp_path / "solutions")
    with pytest.raises(CourseError, match="take the exercise out of the catalog"):
        render(course, ["ex01_one"], POINTS)


def test_an_end_without_a_begin_is_unbalanced():
    """nbgrader overlooks a lone END SOLUTION; we refuse it."""
    with pytest.raises(CourseError, match="Balance the markers"):
        clear("x = 1\n### END SOLUTION", "a cell")
