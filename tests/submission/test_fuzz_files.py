"""A thousand mutated notebooks and a thousand mutated streams: no crash, no hang, no INTERNAL."""

import ast
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jupytext
import nbformat
from hypothesis import given
from hypothesis import strategies as st
from mutations import BYTE_CHANGES, TREE_CHANGES, change_bytes, change_tree, fuzz
from repository import ROOT

from autograder.course.catalog import read_course
from autograder.edges.nbgrader.exporter import read_for_display
from autograder.edges.nbgrader.sanitize import SanitizeCells
from autograder.errors import SubmissionError, UsageError
from autograder.records import Submission
from autograder.submission.detection import detect_exercise, names_of_course
from autograder.submission.discovery import search
from autograder.submission.stage import stage
from autograder.text import printable

COURSE = read_course(ROOT)
NAMES = names_of_course(COURSE)
SLUG = "ex04_perceptron"
BOUND_S = 2.0


@contextmanager
def in_time(bound_s: float = BOUND_S):
    began_s = time.process_time()
    yield
    assert time.process_time() - began_s < bound_s


def notebooks() -> list[bytes]:
    """Those that are released, those that are kept, and scripts turned into notebooks."""
    found = [path.read_bytes() for path in sorted((ROOT / "source").glob("*/*.ipynb"))]
    kept = ROOT / "autograder" / "graders"
    found += [path.read_bytes() for path in sorted(kept.glob("*/submissions/*.ipynb"))]
    for path in sorted(kept.glob("*/submissions/wrong_several_mistakes.py")):
        script = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        found.append(nbformat.writes(script).encode())
    return found


def scripts() -> list[bytes]:
    paths = sorted((ROOT / "exercises").glob("ex*/ex*.py"))
    paths += sorted((ROOT / "autograder" / "graders").glob("*/submissions/right_functional.py"))
    return [path.read_bytes() for path in paths]


NOTEBOOKS, SCRIPTS = notebooks(), scripts()
TREES = [json.loads(content) for content in NOTEBOOKS]
WHICH = st.integers(0, len(NOTEBOOKS) - 1)
IN_BYTES = st.tuples(st.just("bytes"), WHICH, BYTE_CHANGES)
IN_TREES = st.tuples(st.just("tree"), WHICH, TREE_CHANGES)
IN_SCRIPTS = st.tuples(st.just("script"), st.integers(0, len(SCRIPTS) - 1), BYTE_CHANGES)


def changed(change) -> tuple[bytes, str]:
    """Return the content and the ending of a mutated file."""
    kind, which, changes = change
    if kind == "tree":
        return json.dumps(change_tree(TREES[which], changes)).encode(), ".ipynb"
    seeds, suffix = (SCRIPTS, ".py") if kind == "script" else (NOTEBOOKS, ".ipynb")
    return change_bytes(seeds[which], changes), suffix


def staged(content: bytes, suffix: str) -> None:
    """Claim that a file becomes cells of Python, or that a sentence says why it does not."""
    submission = Submission(f"a/{SLUG}{suffix}", SLUG, content, suffix)
    with in_time():
        try:
            workdir = stage(submission, COURSE.exercise(SLUG))
        except SubmissionError as error:
            told = str(error)
            assert "Received: " in told
            assert told.endswith(".")
            assert printable(told) == told
            return
    assert workdir.cells
    for cell in workdir.cells:
        ast.parse(cell.source)
    for note in workdir.notes:
        assert printable(note) == note


@contextmanager
def unlogged() -> Iterator[None]:
    """nbformat logs what it was given as it is; what is no UTF-8 crosses to no other process."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def shown(path: Path) -> bool:
    """Say whether a notebook can be read, and claim that it can then be shown, made safe."""
    with in_time(2 * BOUND_S), unlogged():  # with nbformat's own reading
        try:
            notebook = read_for_display(path)
        except Exception:  # as in `SubmissionExporter`: then the copy holds the grade cells alone
            return False
        notebook, _ = SanitizeCells().preprocess(notebook, {})
        text = nbformat.writes(notebook)
    nbformat.validate(nbformat.reads(text, as_version=4))
    return True


def test_notebooks_that_nobody_changed_are_shown(tmp_path):
    """The control of what follows: each notebook that is mutated there can be read and shown."""
    path = tmp_path / f"{SLUG}.ipynb"
    for content in NOTEBOOKS:
        path.write_bytes(content)
        assert shown(path)


@fuzz(1000)
@given(st.one_of(IN_BYTES, IN_TREES, IN_TREES, IN_SCRIPTS))
def test_mutated_files_are_staged_or_told(change):
    """Whatever became of a file, it becomes cells of Python, or a sentence says why not."""
    content, suffix = changed(change)
    staged(content, suffix)
    with in_time():
        detect_exercise(Path("folder") / f"a{suffix}", content, NAMES)


@fuzz(1000)
@given(change=st.one_of(IN_BYTES, IN_TREES, IN_TREES))
def test_mutated_notebooks_are_shown_or_told(change, tmp_path_factory):
    """What nbgrader shows of a mutated notebook is a valid notebook, or its grade cells alone."""
    path = tmp_path_factory.mktemp("shown") / f"{SLUG}.ipynb"
    path.write_bytes(changed(change)[0])
    shown(path)


@fuzz(300)
@given(
    change=st.one_of(IN_BYTES, IN_TREES, IN_SCRIPTS),
    name=st.sampled_from([SLUG, "a", "\udcff", "ex0"]),
)
def test_mutated_files_are_found_or_told(change, name, tmp_path_factory):
    """A folder that holds a mutated file is searched, or a sentence says what to do."""
    content, suffix = changed(change)
    folder = tmp_path_factory.mktemp("found")
    (folder / f"{name}{suffix}").write_bytes(content)
    with in_time():
        try:
            found = search(folder, COURSE)
        except UsageError as error:
            assert "Received: " in str(error)
        else:
            assert found.submissions or found.problems
