"""Exercises loaded by path: apart from each other, from other courses, and from every box."""

from __future__ import annotations

import ast
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from repository import COURSE
from small_course import answer, small_course

from autograder import judging
from autograder.course.catalog import Course
from autograder.engine import Engine
from autograder.errors import CourseError
from autograder.evidence import transcript
from autograder.guest import probing
from autograder.records import Report, Status, Submission
from autograder.sandbox.guest_copy import guest_files
from autograder.store.store import Store

SEED = b"the same in every test of this file"
# What a submission finds of a text in the files that it can read, and in its own memory.
SEARCH = """
import os, sys

def seen():
    words = [word[::-1] for word in {backwards}]  # so that this source does not hold them
    found = []
    for top in (os.getcwd(), "/library", "/tmp", sys.prefix + "/lib", {roots}):
        for folder, _, names in os.walk(top):
            if "site-packages" in folder and "autograder" not in folder:
                continue
            for name in names:
                if name.endswith((".py", ".json", ".toml", ".pyc")):
                    try:
                        text = open(os.path.join(folder, name), "rb").read()
                    except OSError:
                        continue
                    found += [word for word in words if word.encode() in text]
    memory = " ".join(
        str(value) for module in list(sys.modules.values()) for value in vars(module).values()
        if isinstance(value, str)
    )
    return sorted(set(found)) + sorted(word for word in words if word in memory)
"""


class Counting:
    """Grades with one store, and counts what is run in boxes."""

    def __init__(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store = Store(store)
        self.runs = 0
        run = transcript.run

        def counted(*given: object, **options: object) -> object:
            self.runs += 1
            return run(*given, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(transcript, "run", counted)

    def __call__(self, course: Course, *submissions: Submission) -> list[Report]:
        with Engine(course, jobs=1, store=self._store, seed=SEED) as engine:
            return engine.grade_all(submissions)


@pytest.fixture
def grade(tmp_path_factory, monkeypatch) -> Counting:
    return Counting(tmp_path_factory.mktemp("store"), monkeypatch)


def test_a_course_without_keras_is_graded_without_it(tmp_path, grade):
    """Right answers pass in boxes that hold neither Keras nor a backend, nor Matplotlib."""
    names = {"keras", "tensorflow", "matplotlib", "sklearn"}
    before = f"import sys\nassert not {names!r} & sys.modules.keys()"
    reports = grade(
        small_course(tmp_path), answer("ex01_sums", before=before), answer("ex02_means")
    )
    assert [report.notes for report in reports] == [(), ()]
    assert {v.status for report in reports for v in report.verdicts} == {Status.PASSED}


@pytest.mark.parametrize("name", ["probe.py", "test_ex01_sums.py", "oracle.py"])
def test_a_change_of_one_exercise_leaves_the_others_answers(tmp_path, grade, name):
    """A changed probe runs its own exercise again; a grader or an oracle runs nothing again."""
    course = small_course(tmp_path)
    submissions = [answer(slug) for slug in course.slugs]
    grade(course, *submissions)
    assert grade.runs == 2
    with (course.folder("ex01_sums").path / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    grade(course, *submissions)
    assert grade.runs == (3 if name == "probe.py" else 2)


def test_an_edited_grader_is_taken_as_it_is_now(tmp_path, grade):
    """In one process an edited grader and its oracle are loaded anew."""
    course = small_course(tmp_path)
    assert grade(course, answer("ex01_sums"))[0].verdicts[0].points == 1
    path = course.folder("ex01_sums").grader_path
    path.write_text(path.read_text().replace("points=1", "points=3"), encoding="utf-8")
    assert grade(course, answer("ex01_sums"))[0].verdicts[0].points == 3
    oracle = course.folder("ex01_sums").path / "oracle.py"
    oracle.write_text("def right(values):\n    return 1e9\n", encoding="utf-8")
    assert grade(course, answer("ex01_sums"))[0].verdicts[0].status is Status.FAILED


def test_two_courses_of_the_same_names_are_graded_in_one_process(tmp_path, grade):
    """Exercises of one name in two courses keep their own graders, oracles and points."""
    first = small_course(tmp_path / "a", points=2)
    second = small_course(tmp_path / "b", points=5)
    wrong = (second.folder("ex01_sums").path / "oracle.py").read_text().replace("sum", "max")
    (second.folder("ex01_sums").path / "oracle.py").write_text(wrong, encoding="utf-8")
    mine, theirs = (grade(course, answer("ex01_sums"))[0] for course in (first, second))
    assert [(v.points, v.check.points) for v in mine.verdicts] == [(2, 2)]
    assert [(v.points, v.check.points) for v in theirs.verdicts] == [(0, 5)]
    again = grade(first, answer("ex01_sums"))[0]
    assert again.verdicts == mine.verdicts


CONTROL = "class StudentFailed"  # in the guest code, which a submission may read


def looked(course: Course, grade: Counting, words: list[str], *roots: Path) -> list[str]:
    """Return which of `words` a submission to ex01 finds in a box, and `CONTROL`."""
    words = [*words, CONTROL]
    backwards = [word[::-1] for word in words]
    tops = ", ".join(repr(str(root)) for root in roots)
    source = SEARCH.format(backwards=backwards, roots=tops)
    probe = course.folder("ex01_sums").probe_path
    probe.write_text(
        probe.read_text().replace('student.call("total", inputs["values"])', 'student.call("seen")')
    )
    grader = course.folder("ex01_sums").grader_path
    grader.write_text(
        "from autograder.judging import Evidence, check, claim\n\n\n"
        '@check("total", points=1, hint="x")\n'
        "def test_seen(evidence: Evidence) -> None:\n"
        '    """What was seen."""\n'
        '    claim(False, "seen", " | ".join(evidence.value("seen")) or "none")\n'
    )
    submission = Submission("ex01_sums.py", "ex01_sums", source.encode(), ".py")
    message = grade(course, submission)[0].verdicts[0].message
    received = message.partition("Received: ")[2].rstrip(".")
    return [] if received == "none" else received.split(" | ")


def test_a_box_holds_its_own_probe_and_nothing_else_that_is_hidden(tmp_path, grade):
    """A submission finds its probe's text, as it may; no other probe, no grader, no oracle."""
    course = small_course(tmp_path)
    words = ["question of mean", "answer of total", "answer of mean", "question of total"]
    assert looked(course, grade, words, tmp_path) == [CONTROL, "question of total"]


def test_hidden_folders_below_a_bound_folder_are_covered(grade):
    """A course inside the interpreter's own folders, which boxes may read, is covered there."""
    root = Path(sys.prefix) / "lib" / f"course-{os.getpid()}"
    try:
        course = small_course(root)
        words = ["question of mean", "answer of total", "question of total"]
        assert looked(course, grade, words, root) == [CONTROL, "question of total"]
    finally:
        shutil.rmtree(root)


def test_what_boxes_are_given_holds_no_exercise():
    """Of the package a box gets `guest`, `errors` and the version: no probe and no slug."""
    names = guest_files()
    assert {name.partition("/")[0] for name in names} == {"__init__.py", "errors.py", "guest"}
    for path in names.values():
        text = path.read_text(encoding="utf-8")
        assert not [slug for slug in COURSE.slugs if slug in text], path


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("test_ex01_sums.py", None, r"needs a grader\. Received: no .*test_ex01_sums\.py"),
        ("probe.py", None, r"needs a probe\. Received: no .*probe\.py"),
        (
            "test_ex01_sums.py",
            "def test_(:\n",
            r"grader must load\. Received: .*sums\.py:1: Syntax",
        ),
        ("oracle.py", "\n\n1 / 0\n", r"grader must load\. Received: .*oracle\.py:3: ZeroDivision"),
        ("probe.py", "import nothing_like_it\n", r"probe must load.*probe\.py:1: ModuleNotFound"),
    ],
)
def test_a_broken_folder_is_the_authors_error(tmp_path, name, text, words):
    """What is missing or cannot be loaded is told with the file and the line."""
    folder = small_course(tmp_path).folder("ex01_sums")
    path = folder.path / name
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=words):
        folder.probe() if name == "probe.py" else folder.grader()


def test_a_broken_calibration_is_the_authors_error(tmp_path):
    """A calibration that is no JSON is told with its path; none at all is empty."""
    folder = small_course(tmp_path).folder("ex01_sums")
    assert folder.calibration() == {}
    folder.calibration_path.write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match=r"must be JSON.*calibration\.json"):
        folder.calibration()


def imported(path: Path) -> set[str]:
    """Return the modules of this package that a file imports, with what it takes of them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograder"):
            names |= {f"{node.module}:{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("autograder")}
    return names


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_authors_import_from_two_public_modules_alone(slug):
    """Graders and oracles take names of `autograder.judging`, probes of `guest.probing`."""
    folder = COURSE.folder(slug)
    for path in folder.path.glob("*.py"):
        public = probing if path == folder.probe_path else judging
        for name in imported(path):
            module, _, taken = name.partition(":")
            assert module == public.__name__, f"{path}: {name}"
            assert hasattr(public, taken)
            if public is judging:
                assert taken in judging.__all__


def test_the_public_names_are_those_that_authors_were_promised():
    """What `autograder.judging` exports is listed here: a name that goes breaks other courses."""
    promised = """
        Axes Check CheckFailed Evidence Figure Grid History Layer LegendEntry Metric Model ModelData
        NoEvidence Opaque Picture Status array check claim classification close compare compare_lines
        compiled computes configured core_layers curves describe either equal figures in_terms layers
        number numbers_of panels params plain_number reaches_threshold show_layers show_rows training
        unchanged
        """.split()
    assert sorted(judging.__all__) == sorted(promised)
    assert {"Datasets", "Inputs", "Student"} <= vars(probing).keys()


def test_the_calibrations_of_this_course_are_read(tmp_path):
    """Each calibration names a threshold for both profiles."""
    for slug in COURSE.slugs:
        kept = COURSE.folder(slug).calibration()
        assert not kept or {"sample", "full"} == kept["profiles"].keys()
        assert json.dumps(kept)
