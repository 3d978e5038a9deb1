"""Two copies of the course for nbgrader: with our autograde steps, and with nbgrader's own.

In the stock copy the same notebooks are executed, cell by cell, in a kernel each. Three things
differ there from what students got: the locked check cells hold the visible tests alone (ours end
with a line that raises, so that a course without its configuration gives nobody marks); the
notebook's own training is the one that our grader asks for, on the same data and for as many
epochs; and a last cell asks what our hidden checks ask, in place of hidden tests.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
import numpy as np
from _asked import TOLD
from _common import PROGRAMS, Ran, run
from classroom.commands import Command
from classroom.folders import COURSE_ID, Classroom
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from autograder.course.catalog import Course
from autograder.course.first_cell import checks_module
from autograder.datasets import registry

#: Exercises whose tasks train: what is measured of them is told apart.
TRAINING = (
    "ex02_regression", "ex03_persistence", "ex04_perceptron", "ex05_mnist_mlp", "ex07_mnist_cnn",
    "ex08_fashion_cnn",
)  # fmt: skip
_STOCK_CONFIG = """\
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# The default of 30 s a cell would break off what is to be measured.
c.Execute.timeout = 7200
"""
HIDDEN_PARTS = re.compile(
    r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$\n?", re.MULTILINE | re.DOTALL
)
_ASKING = """\
import sys

sys.path.append({folder!r})
import _asked

_asked.ask({slug!r}, {profile!r}, {root!r})
"""
_LOADING = "= load_sample()"
_FASHION = "ex08_fashion_cnn"
_FASHION_TRAINING = "history = train(model, x_train, y_train, x_val, y_val)"


class Copy:
    """A course directory of its own, in which nbgrader's commands are timed."""

    def __init__(self, room: Classroom, store: Path) -> None:
        self.room = room
        self._store = store

    @property
    def submitted(self) -> Path:
        """Where submissions lie."""
        return self.room.course / "submitted"

    def released(self, slug: str) -> Path:
        """Return the notebook that students got."""
        return self.room.course / "release" / slug / f"{slug}.ipynb"

    def nbgrader(self, *arguments: str) -> Ran:
        """Run one of nbgrader's commands as the instructor, and time it."""
        command: Command = self.room.instructor(*arguments)
        environment = {**command.environment, "AUTOGRADER_STORE": str(self._store)}
        argv = [str(PROGRAMS / "nbgrader"), *command.arguments]
        return run(argv, cwd=command.folder, **environment)

    def scores(self, slug: str) -> dict[str, float]:
        """Return the part of all points that each student has, for those who were marked."""
        with Gradebook(f"sqlite:///{self.room.course / 'gradebook.db'}") as gradebook:
            return {
                one["student"]: one["score"] / one["max_score"]
                for one in gradebook.submission_dicts(slug)
                if not one["needs_manual_grade"]
            }


def build_ours(folder: Path, slugs: Sequence[str], profile: str, store: Path) -> Copy:
    """Make a copy with this repository's configuration, and release its assignments."""
    copy = Copy(Classroom(folder, slugs, quiet=True), store)
    copy.room.build()
    with (copy.room.site / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(f"c.GradeSubmission.data_profile = {profile!r}\n")
    for slug in slugs:
        copy.nbgrader("generate_assignment", slug)
    return copy


def duplicate(copy: Copy, folder: Path, store: Path) -> Copy:
    """Return another copy without submissions, as it was released."""
    shutil.copytree(copy.room.folder, folder)
    return Copy(Classroom(folder, copy.room.slugs, quiet=True), store)


def build_stock(folder: Path, slugs: Sequence[str], store: Path) -> Copy:
    """Make a copy with nbgrader's own autograde steps, and with the visible tests in its cells."""
    copy = Copy(Classroom(folder, slugs, quiet=True), store)
    copy.room.build()
    (copy.room.course / "nbgrader_config.py").write_text(
        _STOCK_CONFIG.format(course_id=COURSE_ID), encoding="utf-8"
    )
    for slug in slugs:
        path = copy.room.course / "source" / slug / f"{slug}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = HIDDEN_PARTS.sub("", cell.source)
        nbformat.write(notebook, path)
        copy.nbgrader("generate_assignment", slug)
    return copy


def hand_in_for_kernel(
    source: Path, target: Path, course: Course, slug: str, profile: str, folder: Path
) -> None:
    """Copy a submission for the stock course, with what our grader asks for.

    Args:
        source: The submitted notebook.
        target: Where it goes.
        course: Where the sample is.
        slug: The exercise.
        profile: "full" or "sample".
        folder: Where the arrays may be written that the notebook loads.
    """
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if profile == "full" and _LOADING in cell.source:
            (name,) = course.exercise(slug).data
            cell.source = cell.source.replace(_LOADING, f"= {_full_set(name, course, folder)}")
        if slug == _FASHION:
            asked = f"{_FASHION_TRAINING[:-1]}, epochs={_fashion_epochs(course, profile)})"
            cell.source = cell.source.replace(_FASHION_TRAINING, asked)
    asking = _ASKING.format(
        folder=str(Path(__file__).parent), slug=slug, profile=profile, root=str(course.root)
    )
    notebook.cells.append(new_code_cell(asking))
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)
    shutil.copy(course.notebook(slug).with_name(f"{checks_module(slug)}.py"), target.parent)


def told_by_kernel(executed: Path) -> dict[str, float]:
    """Return what the last cell of an executed notebook told: `setup_s` and `asked_s`."""
    for cell in nbformat.read(executed, as_version=4).cells:
        for output in cell.get("outputs", ()):
            for line in str(output.get("text", "")).splitlines():
                if line.startswith(TOLD):
                    told: dict[str, float] = json.loads(line.removeprefix(TOLD))
                    return told
    raise ValueError(f"{executed} did not come to its end.")


def _full_set(name: str, course: Course, folder: Path) -> str:
    """Return an expression that loads the full set, which is written to a file for it."""
    path = folder / f"{name}.npz"
    if not path.is_file():
        np.savez(path, **registry.load(name, "full", course=course).arrays)
    parts = ", ".join(f"(full['x_{split}'], full['y_{split}'])" for split in ("train", "test"))
    return f"(lambda full: ({parts}))(np.load({str(path)!r}))"


def _fashion_epochs(course: Course, profile: str) -> int:
    """Return how many epochs our grader asks `train` for at most; the notebook asks for 30."""
    sets = {"fashion_mnist": registry.load("fashion_mnist", profile, course=course)}
    return int(course.folder(_FASHION).probe().draw(np.random.default_rng(0), sets)["epochs"])
