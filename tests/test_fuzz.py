"""A thousand mutated notebooks and a thousand mutated streams: no crash, no hang, no INTERNAL."""

import ast
import json
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import jupytext
import nbformat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import BYTE_CHANGES, TREE_CHANGES, change_bytes, change_tree
from recorded import ROOT

from autograder.catalog import read_course
from autograder.edges import restore
from autograder.edges.harmless import HarmlessCells
from autograder.errors import SubmissionError, UsageError
from autograder.plaintext import printable
from autograder.recognise import names_of_course, recognise
from autograder.records import Submission
from autograder.stage import stage
from autograder.submissions import search

COURSE = read_course(ROOT)
NAMES = names_of_course(COURSE)
SLUG = "ex04_perceptron"
BOUND_S = 2.0


def fuzz(examples: int) -> settings:
    """The same examples every time; what a failing one was is told with the failure."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=timedelta(seconds=20),  # of a clock that other processes also use
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def in_time(bound_s: float = BOUND_S):
    began_s = time.process_time()
    yield
    assert time.process_time() - began_s < bound_s


def notebooks() -> list[bytes]:
    """Those that are released, those that are kept, and scripts turned into notebooks."""
    found = [path.read_bytes() for path in sorted((ROOT / "source").glob("*/*.ipynb"))]
    kept = ROOT / "tests" / "submissions"
    found += [path.read_bytes() for path in sorted(kept.glob("*/*.ipynb"))]
    for path in sorted(kept.glob("*/wrong_several_mistakes.py")):
        script = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        found.append(nbformat.writes(script).encode())
    return found


def scripts() -> list[bytes]:
    paths = sorted((ROOT / "exercises").glob("ex*/ex*.py"))
    paths += sorted((ROOT / "tests" / "submissions").glob("*/right_functional.py"))
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


def shown(path: Path) -> None:
    """Claim that a notebook can be shown with nothing active in it, or is told to be none."""
    with in_time(2 * BOUND_S):  # with nbformat's own reading
        try:
            notebook = restore._read(path)
        except Exception:  # as in `SubmissionExporter`: then the copy holds the grade cells alone
            return
        notebook, _ = HarmlessCells().preprocess(notebook, {})
        text = nbformat.writes(notebook)
    nbformat.validate(nbformat.reads(text, as_version=4))


@fuzz(1000)
@given(st.one_of(IN_BYTES, IN_TREES, IN_TREES, IN_SCRIPTS))
def test_mutated_files_are_staged_or_told(change):
    """Whatever became of a file, it becomes cells of Python, or a sentence says why not."""
    content, suffix = changed(change)
    staged(content, suffix)
    with in_time():
        recognise(Path("folder") / f"a{suffix}", content, NAMES)


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
