"""The visible-check plugin: one source for every course, with Keras or without."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path

import pytest
from interpreter import AUTOGRADER, Interpreter
from repository import ROOT

import autograder.authoring
from autograder.authoring.visible_plugin import HEADER, TEMPLATES, plugin_files
from autograder.course.catalog import read_course
from autograder.edges.cli.main import main

SLUG = "ex01_midrange"
META = '"grade": false, "locked": false, "schema_version": 3, "solution": true, "task": false'
SOLUTION = f'''\
# %% [markdown]
# # Between the extremes

# %%
import numpy as np

# %% nbgrader={{"grade_id": "midrange", {META}}}
def midrange(values):
    """Return the mean of the smallest and the largest value."""
    ### BEGIN SOLUTION
    return (np.min(values) + np.max(values)) / 2
    ### END SOLUTION

# %% nbgrader={{"grade_id": "jitter", {META}}}
def jitter(values):
    """Return the values with noise of NumPy's global generator."""
    ### BEGIN SOLUTION
    return values + np.random.normal(size=len(values))
    ### END SOLUTION
'''
VISIBLE = '''\
import pytest


@pytest.mark.task("midrange")
def test_midrange(student):
    """The midrange of 1, 2 and 9 is 5."""
    received = student.midrange([1, 2, 9])
    assert received == 5, f"It is 5.\\nReceived: {received}.\\nAdd the extremes, and halve."


@pytest.mark.task("jitter")
def test_jitter(student):
    """Noise changes every value."""
    import numpy as np

    assert np.all(student.jitter(np.zeros(3)) != 0), "Add noise."
'''
GRADER = '''\
from autograder.judging import check


@check("midrange", points=2, hint="Halve the sum.")
def test_midrange(evidence):
    """It is the midrange."""


@check("jitter", points=1, hint="Add noise.")
def test_jitter(evidence):
    """It is noise."""
'''
# Writes down what each process of a run of pytest had imported at its end.
IMPORTED = """\
import json
import os
import pathlib
import sys


def pytest_unconfigure():
    pathlib.Path(f"imported{os.getpid()}.json").write_text(json.dumps(sorted(sys.modules)))
"""
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A second course, of one exercise in NumPy, with all that its author writes."""
    root = tmp_path / "course"
    for name, text in {
        "exercises/catalog.toml": f'[[exercise]]\nslug = "{SLUG}"\ntitle = "Extremes"\n'
        'tasks = ["midrange", "jitter"]\n',
        f"solutions/{SLUG}/{SLUG}.py": SOLUTION,
        f"exercises/{SLUG}/test_{SLUG}.py": VISIBLE,
        f"graders/{SLUG}/test_{SLUG}.py": GRADER,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def rendered(root, capsys) -> Path:
    """That course, after `autograder render`."""
    assert main(["render"]) == 0
    written = capsys.readouterr().out
    assert all(f"written: exercises/{name}\n" in written for name in names())
    return root


def names() -> list[str]:
    course = read_course(ROOT)
    folder = course.root / "exercises"
    return [path.relative_to(folder).as_posix() for path in plugin_files(course)]


def fill(root: Path, midrange: str) -> None:
    """Write `midrange` into the stub, and a right answer to the other task."""
    stub = root / "exercises" / SLUG / f"{SLUG}.py"
    text = stub.read_text(encoding="utf-8")
    text = text.replace(STUB, f"    return {midrange}", 1)
    text = text.replace(STUB, "    return values + np.random.normal(size=len(values))", 1)
    stub.write_text(text, encoding="utf-8")


def run(root: Path, python: Interpreter) -> tuple[int, str, set[str]]:
    """Run `pytest exercises/`; return exit status, output, and the packages that it imported."""
    plugin = root.parent / "plugin"
    plugin.mkdir(exist_ok=True)
    (plugin / "imported.py").write_text(IMPORTED, encoding="utf-8")
    arguments = ["-m", "pytest", "exercises/", "-p", "imported"]
    done = python.run(*arguments, folder=root, path=[plugin])
    files = list(root.glob("imported*.json"))
    assert len(files) > 1
    modules = {name for path in files for name in json.loads(path.read_text(encoding="utf-8"))}
    return done.returncode, done.stdout + done.stderr, {name.split(".")[0] for name in modules}


@pytest.fixture(params=[(), ("keras", "tensorflow")], ids=["Keras installed", "no Keras"])
def python(request, tmp_path) -> Interpreter:
    """Python without the autograder, with Keras and without it."""
    python = Interpreter(tmp_path / "packages", (*AUTOGRADER, *request.param))
    for name in ("autograder", *request.param):
        assert python.lacks(name, tmp_path)
    return python


def test_this_course_holds_the_rendered_plugin():
    """What lies in `exercises/` is the package's one source under a line that says so."""
    for path, content in plugin_files(read_course(ROOT)).items():
        assert content.startswith(HEADER.encode())
        assert path.read_bytes() == content


def test_the_plugin_names_no_exercise_and_no_task():
    """Nothing of this course stands in the plugin, nor any slug in what renders a course."""
    course = read_course(ROOT)
    plugin = b"\n".join(plugin_files(course).values()).decode()
    words = {word for exercise in course.exercises for word in exercise.tasks}
    words |= {slug.partition("_")[2] for slug in course.slugs}
    words -= {"evaluate"}  # a method of Keras's
    assert sorted(word for word in words if re.search(rf"\b{word}\b", plugin)) == []
    assert not re.search(r"\bex\d\d", plugin)
    authoring = Path(autograder.authoring.__file__).parent
    texts = {path: path.read_text(encoding="utf-8") for path in authoring.rglob("*.py")}
    assert len(texts) > len(names())
    assert [
        path for path, text in texts.items() if any(slug in text for slug in course.slugs)
    ] == []


def test_a_stale_plugin_is_listed_and_render_ends_it(rendered, capsys):
    """An edited and a missing file of the plugin are stale, though only one exercise is asked for."""
    assert main(["render", "--check", SLUG]) == 0
    (rendered / "exercises" / "conftest.py").write_text("edited", encoding="utf-8")
    (rendered / "exercises" / "course_checks" / "student_file.py").unlink()
    capsys.readouterr()
    assert main(["render", "--check", SLUG]) == 1
    out = capsys.readouterr().out
    assert out.startswith(
        "stale: exercises/conftest.py\nstale: exercises/course_checks/student_file.py\n"
    )
    assert main(["render", SLUG]) == 0
    assert main(["render", "--check"]) == 0


def test_a_stub_of_another_course_is_to_do(rendered, python):
    """The untouched stub of a NumPy course prints what to write, and imports not even NumPy."""
    status, output, imported = run(rendered, python)
    assert status == 1
    assert f"{SLUG}: 0 of 2 tasks right" in output
    assert "to do    midrange  Return the mean of the smallest and the largest value." in output
    assert "2 not written" in output
    assert not imported & {"autograder", "keras", "tensorflow", "numpy"}


def test_right_answers_of_another_course_are_right(rendered, python):
    """A right NumPy answer passes, Keras installed or not, and nothing imports Keras."""
    shutil.copy(rendered / f"solutions/{SLUG}/{SLUG}.py", rendered / f"exercises/{SLUG}")
    status, output, imported = run(rendered, python)
    assert status == 0, output
    assert f"{SLUG}: 2 of 2 tasks right" in output
    assert "numpy" in imported
    assert not imported & {"autograder", "keras", "tensorflow"}


def test_a_wrong_answer_of_another_course_gets_words(rendered, python):
    """A wrong NumPy answer gets rule, received and next step, and nothing imports Keras."""
    fill(rendered, "np.mean(values)")
    status, output, imported = run(rendered, python)
    assert status == 1
    assert f"{SLUG} · midrange · test_midrange\n  It is 5.\n" in output
    assert "    Received: 4.0.\n    Add the extremes, and halve.\n" in output
    assert "wrong    midrange  1 of 1 checks, see above" in output
    assert "right    jitter" in output
    assert "Traceback" not in output
    assert not imported & {"autograder", "keras", "tensorflow"}


def test_keras_stays_lazy_behind_a_file_of_the_students_own(rendered, tmp_path):
    """Where any file of the exercise imports Keras, that import costs nothing until it is used."""
    (rendered / f"exercises/{SLUG}/tools.py").write_text("import keras\n", encoding="utf-8")
    fill(rendered, '__import__("tools") and (min(values) + max(values)) / 2')
    status, output, imported = run(rendered, Interpreter(tmp_path / "packages", AUTOGRADER))
    assert status == 0, output
    assert "keras" in imported
    assert "tensorflow" not in imported


def test_a_librarys_message_is_shown_without_its_noise(tmp_path, monkeypatch):
    """A terminal's codes, a graph's node and arguments that nobody gave are not shown."""
    monkeypatch.syspath_prepend(TEMPLATES)
    module = importlib.import_module("course_checks.words")
    noisy = "\x1b[1m{{node a/b}} No.\x1b[0m\n  • mask=<class 'inspect._empty'>\n  • training=False"
    assert module.describe(ValueError(noisy), tmp_path) == "ValueError: No.\n• training=False"
