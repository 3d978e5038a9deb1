"""The visible checks and the kept submissions agree: right ones pass, wrong ones do not.

All files of one exercise are checked in one process, for TensorFlow takes seconds to import. A
file is given up at its first wrong check, and trainings come last.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from autograder import golden
from autograder.catalog import read_course
from autograder.records import Submission
from autograder.stage import stage

ROOT = Path(__file__).parents[1]
COURSE = read_course(ROOT)
ENDS_THE_PROCESS = {"wrong_process_ended.py"}
#: Wrong submissions that pass all visible checks, each with what hidden checks alone can see.
UNSEEN = {
    "ex05_mnist_mlp/wrong_scaled_twice.py": "the values that `fit` was given",
}
# Run inside the process: gives a file up at its first wrong check, and keeps trainings for last.
PLUGIN = """
import inspect
import re

import pytest

LONG = re.compile(r"student\\.(train|xor_failure|resume)")
given_up = set()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: bool(LONG.search(inspect.getsource(item.function))))


def pytest_runtest_setup(item):
    if item.path.parent in given_up:
        pytest.skip("an earlier check was wrong")


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        given_up.add(item.path.parent)
    return report
"""


def script(file: Path, slug: str) -> str:
    """Return a submission as a script; of a notebook, what counts of it."""
    if file.suffix == ".py":
        return file.read_text(encoding="utf-8")
    submission = Submission(file.name, slug, file.read_bytes(), ".ipynb")
    cells = stage(submission, COURSE.exercise(slug)).cells
    # This line must come first in a script; in a notebook it may stand anywhere.
    future = "from __future__ import annotations\n"
    return future + "\n".join(cell.source for cell in cells).replace(future, "\n")


def folders(slug: str) -> list[Path]:
    return [path for path in golden.files(ROOT, slug) if path.name not in ENDS_THE_PROCESS]


@pytest.fixture(scope="module", params=COURSE.slugs)
def outcomes(request, tmp_path_factory) -> tuple[str, dict[str, bool], str]:
    """Return an exercise, whether each kept submission passes, and what pytest printed."""
    slug = request.param
    place = tmp_path_factory.mktemp(slug)
    copy = place / "exercises"
    keep = shutil.ignore_patterns("__pycache__", ".*", "ex0*")
    shutil.copytree(ROOT / "exercises", copy, ignore=keep)
    (copy / "giving_up.py").write_text(PLUGIN, encoding="utf-8")
    names = {path.stem: path.name for path in folders(slug)}
    for path in folders(slug):
        folder = copy / path.stem
        folder.mkdir()
        (folder / f"{slug}.py").write_text(script(path, slug), encoding="utf-8")
        shutil.copy(COURSE.visible_tests(slug), folder)
    xml = place / "visible.xml"
    argv = [sys.executable, "-m", "pytest", ".", f"--junit-xml={xml}", "-p", "no:cacheprovider"]
    # Every folder has a test file of the same name.
    argv += ["-p", "giving_up", "--import-mode=importlib"]
    env = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    env |= {"PYTHONPATH": str(copy), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(argv, cwd=copy, env=env, capture_output=True, text=True, timeout=600)
    assert xml.is_file(), done.stdout[-3000:] + done.stderr[-3000:]
    passed: dict[str, bool] = {}
    for case in ET.parse(xml).getroot().iter("testcase"):
        name = names[case.get("classname").split(".")[0]]
        passed[name] = passed.get(name, True) and len(case) == 0
    assert passed.keys() == {*names.values()}
    return slug, passed, done.stdout


def test_right_ones_pass_every_visible_check(outcomes):
    """What the hidden checks take as right, the visible ones take as right."""
    slug, passed, printed = outcomes
    right = {name: ok for name, ok in passed.items() if name.startswith("right_")}
    assert right
    print(printed[-10_000:])
    assert [f"{slug}/{name}" for name, ok in right.items() if not ok] == []


def test_wrong_ones_fail_a_visible_check(outcomes):
    """A typical mistake is told at once, at home; what only hidden checks can see is listed."""
    slug, passed, _ = outcomes
    wrong = {f"{slug}/{name}": ok for name, ok in passed.items() if name.startswith("wrong_")}
    assert {name for name, ok in wrong.items() if ok} == wrong.keys() & UNSEEN.keys()


def test_what_is_listed_as_unseen_is_there():
    """The list names files that exist."""
    known = {f"{slug}/{path.name}" for slug in COURSE.slugs for path in golden.files(ROOT, slug)}
    assert UNSEEN.keys() <= known
