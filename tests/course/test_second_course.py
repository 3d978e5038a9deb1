"""A course outside of this package, without Keras: graded by the installed wheel, in every way.

It is `examples/numpy_basics`, copied to a folder of its own; TensorFlow and Keras cannot be imported.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

from autograder.course.catalog import read_course

LOADED = "{n for n in __import__('sys').modules if n.partition('.')[0] in ('keras', 'tensorflow')}"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course as its author has it, where nothing was run yet."""
    folder = tmp_path_factory.mktemp("elsewhere") / "basics"
    leave = shutil.ignore_patterns(".autograder", "__pycache__", ".pytest_cache")
    shutil.copytree(ROOT / "examples" / "numpy_basics", folder, ignore=leave)
    return read_course(folder)


@pytest.fixture(scope="module")
def run(wheel, course, tmp_path_factory):
    """Return what runs a module of the wheel in a folder, where Keras is an error."""
    poison = tmp_path_factory.mktemp("poison")
    for name in ("keras", "tensorflow"):
        (poison / f"{name}.py").write_text("raise RuntimeError('nobody needs it')", "utf-8")
    path = os.pathsep.join([str(wheel), str(poison)])
    kept = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    environment = {**kept, "PYTHONPATH": path, "AUTOGRADER_SEED": "a course of its own"}
    # nbgrader calls programs of the environment by name (alembic).
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment.pop("AUTOGRADER_COURSE", None)
    environment.pop("AUTOGRADER_STORE", None)

    def runs(folder, *words, **more):
        return subprocess.run(
            [sys.executable, "-m", *words], cwd=folder, env={**environment, **more},
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    return runs


def test_it_is_graded_from_another_folder(run, course, tmp_path):
    """Solutions get every point and stubs none, by the course's own graders, without Keras."""
    handed_in = tmp_path / "handed_in"
    for slug in course.slugs:
        for name, path in (("solved", course.solution(slug)), ("blank", course.stub(slug))):
            (handed_in / name / slug).mkdir(parents=True)
            shutil.copy(path, handed_in / name / slug)
    spy = handed_in / "solved" / "digits" / "digits.py"
    text = spy.read_text("utf-8")
    spy.write_text(text.replace("return table", f"return table + len({LOADED})"), "utf-8")
    words = ["autograder", "grade", str(handed_in), "--json", "-", "--quiet"]
    done = run(tmp_path, *words, AUTOGRADER_COURSE=str(course.root))
    assert done.returncode == 0, done.stderr
    entries = json.loads(done.stdout)["submissions"]
    assert len(entries) == 2 * len(course.slugs)
    for entry in entries:
        wanted = entry["max_score"] if "/solved/" in entry["path"] else 0
        assert (entry["score"], wanted > 0) == (wanted, "/solved/" in entry["path"]), entry
    assert {entry["data"].get("digits") for entry in entries} == {None, "full"}


def test_its_visible_checks_run_at_home(run, course, tmp_path):
    """`pytest exercises/` fails on what is handed out, and passes once it is filled in."""
    home = shutil.copytree(course.root / "exercises", tmp_path / "exercises")
    assert run(tmp_path, "pytest", "exercises", "-p", "no:cacheprovider").returncode == 1
    for slug in course.slugs:
        shutil.copy(course.solution(slug), home / slug)
    done = run(tmp_path, "pytest", "exercises", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout


def test_it_comes_to_the_gradebook(run, course):
    """nbgrader's own commands, in the course's folder, with the settings that lie there."""
    slug = "digits"
    submitted = course.root / "submitted" / "ada" / slug
    submitted.mkdir(parents=True)
    shutil.copy(course.notebook(slug), submitted)
    for words in (
        ["db", "student", "add", "ada"],
        ["generate_assignment", slug],
        ["autograde", slug],
        ["export"],
    ):
        done = run(course.root, "nbgrader", *words)
        assert done.returncode == 0, done.stderr
    with (course.root / "grades.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["student_id"], float(row["score"])) == ("ada", float(row["max_score"]))
    assert float(row["max_score"]) > 0
