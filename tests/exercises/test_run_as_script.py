"""A student's file that is run as a script, as an editor's button runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest
from repository import ROOT

NAMES = [path.name for path in sorted((ROOT / "exercises").glob("ex0*"))]
SLUG = "ex06_convolution"  # imports no Keras, and so is quick
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One exercise in a folder with the plugin of the visible checks, and nothing else."""
    return _copy(tmp_path, SLUG)


def _copy(root: Path, slug: str) -> Path:
    folder = root / "exercises"
    leave = shutil.ignore_patterns("__pycache__", ".*", "ex0*")
    shutil.copytree(ROOT / "exercises", folder, ignore=leave)
    shutil.copytree(ROOT / "exercises" / slug, folder / slug)
    return folder / slug / f"{slug}.py"


def _write(file: Path, body: str) -> None:
    """Write this body in place of the first stub."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(STUB, body, 1), encoding="utf-8")


def _run(file: Path, folder: Path) -> tuple[int, str]:
    env = {**os.environ, "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, os.path.relpath(file, folder)],
        cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("slug", NAMES)
def test_a_stub_says_what_is_not_written(tmp_path, slug):
    """Each exercise, run before anything is written, ends in three lines and no traceback."""
    file = _copy(tmp_path, slug)
    status, told = _run(file, tmp_path)
    assert status == 1
    assert "Traceback" not in told
    assert " is not written yet: " in told
    assert f"Received: line {_stub_line(file)} of {slug}.py" in told
    assert f"then run `pytest exercises/{slug}`." in told


def _stub_line(file: Path) -> int:
    lines = file.read_text(encoding="utf-8").split("\n")
    return 1 + lines.index("    raise NotImplementedError()")


@pytest.mark.parametrize(
    ("place", "command"), [("..", f"pytest {SLUG}"), (".", "pytest"), ("../data", f"../{SLUG}`")]
)
def test_the_command_is_right_where_the_student_stands(file, place, command):
    """The sentence ends with what to type in the folder in which the script was started."""
    _, told = _run(file, (file.parent / place).resolve())
    assert f"{command}" in told.rpartition("then run `")[2]


@pytest.mark.parametrize(
    "body",
    [
        "    return image.nothing",
        "    raise NotImplementedError('not for this kernel')",
        "    def later():\n        raise NotImplementedError()\n    later()",
        "    try:\n        1 / 0\n    except ZeroDivisionError:\n        raise NotImplementedError()",
        "    {}['a kernel']",
    ],
)
def test_an_error_of_the_students_own_keeps_its_traceback(file, body):
    """Whatever is not the stub's own line is shown as Python shows it, at the right line."""
    _write(file, body)
    status, told = _run(file, file.parent)
    assert status == 1
    assert "Traceback (most recent call last)" in told
    assert "not written yet" not in told
    lines = file.read_text(encoding="utf-8").split("\n")
    assert f", line {1 + lines.index(body.split(chr(10))[-1])}, in filter_image" in told


def test_a_raise_that_was_left_behind_is_pointed_out(file):
    """Code above the stub's `raise` is an answer, so the line is to go."""
    _write(file, "    part = image\n    raise NotImplementedError()")
    _, told = _run(file, file.parent)
    line = _stub_line(file)
    assert "Traceback" not in told
    assert f"Delete line {line}, `raise NotImplementedError()`; then run `pytest`." in told


def test_a_file_that_stands_alone_still_runs(file, tmp_path):
    """Without the folder of the exercises there is Python's own traceback, and no other error."""
    alone = tmp_path / "alone" / "mine" / file.name
    alone.parent.mkdir(parents=True)
    shutil.copy(file, alone)
    shutil.copytree(file.parents[1] / "data", alone.parent / "data")
    status, told = _run(alone, alone.parent)
    assert status == 1
    assert told.endswith("NotImplementedError\n")
    assert "course_checks" not in told


def test_opened_as_a_notebook_it_changes_nothing(file):
    """In a kernel there is no `__file__`: the cell is folded away, and runs to no effect."""
    book = jupytext.read(file)
    (cell,) = [cell for cell in book.cells if "course_checks" in cell.source]
    assert cell.metadata["jupyter"] == {"source_hidden": True}
    names = {"__name__": "__main__"}
    before = sys.excepthook, list(sys.path)
    exec(cell.source, names)
    assert (sys.excepthook, sys.path) == before
    assert "sys" not in names


@pytest.mark.parametrize("slug", NAMES)
def test_a_notebook_holds_none_of_it(slug):
    """What nbgrader releases has no such cell: there a traceback stands under its own cell."""
    book = json.loads((ROOT / "source" / slug / f"{slug}.ipynb").read_text(encoding="utf-8"))
    assert not any("course_checks" in "".join(cell["source"]) for cell in book["cells"])
