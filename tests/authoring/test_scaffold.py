"""New courses and exercises pass the course's own check, and are graded as any other."""

from __future__ import annotations

import jinja2
import pytest
from repository import ROOT

from autograder.authoring import course_check
from autograder.authoring.audit.audit import audit
from autograder.authoring.audit.plan import plan
from autograder.authoring.scaffold.new_course import SLUG, new_course
from autograder.authoring.scaffold.new_exercise import new_exercise
from autograder.authoring.scaffold.templates import KINDS, rendered
from autograder.edges.cli.main import main
from autograder.engine import Engine
from autograder.errors import CourseError, UsageError
from autograder.records import Submission


@pytest.fixture(scope="module")
def numpy_course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("courses") / "intro", "numpy")


@pytest.fixture(scope="module")
def keras_course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("courses") / "networks", "keras", "Networks")


def files(folder):
    """Return the course's files with their content; no file of the engine's own."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".autograder" not in path.parts
    }


def test_a_new_course_is_sound(numpy_course):
    """`check` finds nothing in it: stub fails, solution passes, kept files get what is kept."""
    assert course_check.check(numpy_course, []) == []


def test_a_new_course_marks_from_the_start(numpy_course):
    """The solution earns every point, and the stub that students get none."""
    paths = {"solution": numpy_course.solution(SLUG), "stub": numpy_course.stub(SLUG)}
    submissions = [Submission(name, SLUG, path.read_bytes(), ".py") for name, path in paths.items()]
    with Engine(numpy_course) as engine:
        reports = {report.path: report for report in engine.grade_all(submissions)}
    points = {
        name: sum(verdict.points for verdict in report.verdicts) for name, report in reports.items()
    }
    full = sum(verdict.check.points for verdict in reports["stub"].verdicts)
    assert points == {"solution": full, "stub": 0}
    assert full > 0


def test_every_kind_of_task_is_sound_in_a_numpy_course(numpy_course):
    """An exercise of array, plot and training by scikit-learn passes as it is written."""
    course = new_exercise(numpy_course, "loops", ["array=scaled", "plot", "train"])
    assert course.exercise("loops").tasks == ("scaled", "plot_columns", "predict_labels")
    assert course_check.check(course, ["loops"]) == []


def test_every_kind_of_task_is_sound_in_a_keras_course(keras_course):
    """So does one of building and training a Keras model; the course's first one as well."""
    course = new_exercise(keras_course, "deep", ["build", "train"], "Deep")
    assert course.exercise("deep").title == "Deep"
    assert course_check.check(course, []) == []


def test_the_first_checks_are_proved(numpy_course):
    """An audit of a new course: each mutant loses a point, each variant keeps all."""
    (outcome,) = audit(numpy_course, [plan(numpy_course, SLUG)], quiet=True)
    assert outcome.score == 1
    assert len(outcome.wrong) >= 16
    assert outcome.findings == ()
    assert all(variant.kept for variant in outcome.variants)


@pytest.mark.parametrize(
    ("slug", "tasks", "says"),
    [
        (SLUG, ["array"], "which the catalog has"),
        ("Loops", ["array"], "a lower-case Python name"),
        ("data", ["array"], "a lower-case Python name"),
        ("class", ["array"], "a lower-case Python name"),
        ("more", ["essay"], "array, plot, train, build"),
        ("more", ["build"], "needs keras"),
        ("more", ["array=Scaled"], "in lower case"),
        ("more", ["array", "array"], "twice"),
    ],
)
def test_a_new_exercise_is_refused_with_a_sentence(numpy_course, slug, tasks, says):
    """A name or a kind that cannot be leaves the course as it was."""
    before = files(numpy_course.root)
    with pytest.raises(UsageError, match=says):
        new_exercise(numpy_course, slug, tasks)
    assert files(numpy_course.root) == before


def test_nothing_is_written_over(numpy_course):
    """Where a folder of the exercise's name is there already, it stays, and the catalog too."""
    folder = numpy_course.root / "solutions" / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    before = files(numpy_course.root)
    with pytest.raises(CourseError, match="writes over nothing"):
        new_exercise(numpy_course, "mine", ["array"])
    assert files(numpy_course.root) == before


def test_what_cannot_be_finished_leaves_nothing(numpy_course):
    """An interruption while the kept submissions are graded takes the whole exercise back."""

    def interrupted(line):
        if line.startswith("graded"):
            raise KeyboardInterrupt

    before = files(numpy_course.root)
    with pytest.raises(KeyboardInterrupt):
        new_exercise(numpy_course, "broken", ["array"], progress=interrupted)
    assert files(numpy_course.root) == before


def test_a_folder_in_use_is_left_alone(tmp_path, capsys):
    """The command says which folder is in use, exits with 2, and writes nothing."""
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["new", "course", str(tmp_path)]) == 2
    assert "which is in use" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_interrupted_course_leaves_nothing(tmp_path):
    """Neither a folder that was not there, nor files in one that was."""

    def interrupted(line):
        raise KeyboardInterrupt

    for folder in (tmp_path / "new", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        with pytest.raises(KeyboardInterrupt):
            new_course(folder, "numpy", progress=interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert not any((tmp_path / "empty").iterdir())


def test_nbgrader_is_configured_as_in_this_course():
    """The settings that a new course gets are those of this one, but for its name."""
    text = rendered("course/nbgrader_config.py", name="keras")
    assert text == (ROOT / "nbgrader_config.py").read_text("utf-8")


def test_a_template_that_lacks_a_word_is_no_text():
    """A word that a template asks for and nobody gives is an error, not a gap in a file."""
    with pytest.raises(jinja2.UndefinedError):
        rendered("course/catalog.toml", name="intro")


def test_help_names_every_kind(capsys):
    """`autograder new exercise --help` lists the kinds of tasks that there are."""
    with pytest.raises(SystemExit):
        main(["new", "exercise", "--help"])
    shown = capsys.readouterr().out
    assert all(kind in shown for kind in KINDS)
