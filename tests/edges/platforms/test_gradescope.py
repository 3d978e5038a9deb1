"""Gradescope: the zip is whole and gives nothing away, and every upload has its results.json."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from small_course import small_course

from autograder.course.seed import course_seed
from autograder.edges.cli.main import main
from autograder.edges.platforms.gradescope import results, run
from autograder.edges.platforms.gradescope.bundle import archive, bundle
from autograder.edges.platforms.wheel import wheel
from autograder.errors import CourseError, UsageError
from autograder.records import Check, Isolation, Report, Status, Verdict

PNG = b"\x89PNG\r\n\x1a\n"
PINS = b"numpy==2.1.0\n"
RIGHT = "import numpy as np\n\ndef total(values):\n    return np.sum(values)\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The small course as working directory, with a secret of its own."""
    monkeypatch.delenv("AUTOGRADER_SEED", raising=False)
    (tmp_path / "course").mkdir()
    monkeypatch.chdir(tmp_path / "course")
    return small_course(tmp_path / "course", points=3)


def verdict(status=Status.PASSED, points=2, message="", task="total"):
    return Verdict(
        Check(f"test_{task}", task, "`total` is right", points, "Look."), status, message
    )


def report(*verdicts, **changes):
    made = Report("ex.py", "ex01_sums", verdicts, Isolation.FULL, {})
    return replace(made, **changes)


def graded(*verdicts, **changes):
    made = results.graded(report(*verdicts, **changes), 1.23)
    results.dumps(made)  # follows the schema
    return made


def uploaded(folder, **files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class SmallEngine:
    """Gives a submission the status that its first word names."""

    def grade_all(self, submissions):
        (submission,) = submissions
        word = submission.content.decode().split()[0]
        if word == "BROKEN":
            raise RuntimeError("our own")
        status = Status[word] if word in Status.__members__ else Status.PASSED
        return [replace(report(verdict(), verdict(status)), path=submission.label)]


@contextmanager
def small_engine(course, **options):
    yield SmallEngine()


def grade(folder, tmp_path, *options):
    """Run what run_autograder runs; return the exit status and the results."""
    target = tmp_path / "results.json"
    words = ["--exercise", "ex01_sums", "--submission", str(folder), "--results", str(target)]
    status = run.main([*words, *options], small_engine)
    return status, json.loads(target.read_text())


# results.json ------------------------------------------------------------------------------


def test_the_score_is_the_sum_of_the_checks():
    """Each check is a test with its points, and the score on top is what they add up to."""
    made = graded(verdict(points=3), verdict(Status.FAILED, 2, "It must be 3."), verdict(points=1))
    assert made["score"] == 4 == sum(test["score"] for test in made["tests"])
    assert [test["max_score"] for test in made["tests"]] == [3, 2, 1]
    assert [test["status"] for test in made["tests"]] == ["passed", "failed", "passed"]
    assert [test["number"] for test in made["tests"]] == ["1.1", "1.2", "1.3"]
    assert made["tests"][0]["name"] == "total: total is right"
    assert (
        "It must be 3\\." in made["tests"][1]["output"]
        or "It must be 3." in made["tests"][1]["output"]
    )
    assert made["stdout_visibility"] == "hidden"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_fault_of_ours_leaves_no_number_to_add_up(place):
    """With an INTERNAL check anywhere, no score stands in the file, and its text says why."""
    verdicts = [verdict(), verdict(Status.FAILED), verdict(task="mean")]
    verdicts[place] = replace(verdicts[place], status=Status.INTERNAL)
    made = graded(*verdicts)
    assert '"score"' not in json.dumps(made)
    assert "by our fault" in made["output"]
    assert "no zero" in made["output"]
    assert made["extra_data"]["marked"] is False
    assert "status" not in made["tests"][place]


def test_messages_are_shown_as_text():
    """Markup in a message or a note becomes text in Gradescope's Markdown."""
    text = "<script>alert(1)</script> ![x](https://example.com/a.png)"
    made = graded(verdict(Status.FAILED, message=text), notes=(text,))
    for output in (made["output"], made["tests"][0]["output"]):
        html = MarkdownIt("commonmark").render(output)
        assert set(re.findall(r"</?(\w+)", html)) <= {"p", "br", "em"}
        assert "&lt;script&gt;" in html


def test_a_picture_stands_in_the_first_check_of_its_task():
    """A task's picture is shown once, as an image of Markdown, by a link that holds its bytes."""
    made = graded(verdict(), verdict(), pictures={"total": PNG + b"x"})
    assert "](data:image/png;base64,iVBORw0KGgp4)" in made["tests"][0]["output"]
    assert "data:" not in made["tests"][1]["output"]


@pytest.mark.parametrize(
    ("png", "said"), [(PNG + b"x" * results.MAX_PICTURE_BYTES, "too large"), (b"<svg>", "")]
)
def test_other_pictures_are_left_out(png, said):
    """A picture that is too large is told of; what is no PNG is not shown."""
    output = graded(verdict(), pictures={"total": png})["tests"][0]["output"]
    assert "data:" not in output
    assert said in output


def test_all_pictures_together_are_bounded():
    """However many tasks drew, the file stays small enough to be uploaded and shown."""
    tasks = [f"task{n}" for n in range(30)]
    png = PNG + b"x" * (results.MAX_PICTURE_BYTES - 100)
    made = graded(*[verdict(task=task) for task in tasks], pictures=dict.fromkeys(tasks, png))
    assert len(results.dumps(made)) < 2 * results.MAX_PICTURES_BYTES


@pytest.mark.parametrize(
    "change", [{"visibility": "always"}, {"score": "3"}, {"tests": [], "score": None}, {"extra": 1}]
)
def test_another_form_is_refused(change):
    """What does not follow Gradescope's documented form is not written."""
    made = {**graded(verdict()), **change}
    with pytest.raises(ValueError, match=r"results\.json"):
        results.dumps(made)


def test_neither_a_score_nor_a_test_is_refused():
    """Without a score on top, Gradescope needs tests."""
    with pytest.raises(ValueError, match=r"results\.json"):
        results.dumps({"output": "nothing"})


def test_the_documented_example_follows_the_schema():
    """The example of "Autograder Specifications", with all its keys, is accepted."""
    results.dumps(
        {
            "score": 44.0, "execution_time": 136, "output": "Text", "output_format": "simple_format",
            "test_output_format": "text", "test_name_format": "text",
            "visibility": "after_due_date", "stdout_visibility": "visible", "extra_data": {},
            "tests": [{"score": 2.0, "max_score": 2.0, "status": "passed", "name": "Your name here",
                       "name_format": "text", "number": "1.1", "output": "Giant string",
                       "output_format": "text", "tags": ["tag1"], "visibility": "visible",
                       "extra_data": {}}],
            "leaderboard": [{"name": "Accuracy", "value": 0.926},
                            {"name": "Time", "value": 15.1, "order": "asc"},
                            {"name": "Stars", "value": "*****"}],
        }
    )  # fmt: skip
    results.dumps({"tests": [{"name": "Compilation check", "status": "passed"}]})


# Uploads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ex01_sums_dot_py", "my_answer_dot_py", "a__ex01_sums_dot_py"])
def test_an_upload_is_graded_whatever_it_is_called(course, tmp_path, name):
    """The one file that can be meant is graded, and named by its place in the upload."""
    folder = uploaded(tmp_path / "up", **{name: RIGHT})
    status, made = grade(folder, tmp_path)
    assert (status, made["score"]) == (0, 4)


@pytest.mark.parametrize(
    ("files", "received"),
    [
        ({}, "no file"),
        ({"notes_dot_txt": "hello"}, "notes.txt"),
        ({"ex02_means_dot_py": "def mean(values): pass"}, "ex02_means.py"),
        ({"ex01_sums_dot_py": "x = 1", "ex01_sums_dot_ipynb": "{}"}, "not clear"),
        ({"a__ex01_sums_dot_py": "x = 1", "b__ex01_sums_dot_py": "x = 1"}, "not clear"),
    ],
)
def test_an_upload_without_one_submission_is_a_zero_that_says_why(
    course, tmp_path, files, received
):
    """What its author can mend at once earns nothing, and tells which file to upload."""
    status, made = grade(uploaded(tmp_path / "up", **files), tmp_path)
    assert (status, made["score"]) == (0, 0)
    (test,) = made["tests"]
    assert (test["score"], test["max_score"]) == (0, 3)
    output = MarkdownIt("commonmark").render(test["output"])
    assert "ex01_sums.ipynb or ex01_sums.py" in output
    assert received in output


def test_hostile_file_names_are_shown_as_text(course, tmp_path):
    """Names of uploaded files are escaped, and few of many are listed."""
    folder = uploaded(tmp_path / "up")
    for number in range(50):
        (folder / f"![x](https:example.com){number}<b>.txt").write_text("x")
    output = grade(folder, tmp_path)[1]["tests"][0]["output"]
    assert set(re.findall(r"</?(\w+)", MarkdownIt("commonmark").render(output))) <= {"p", "br"}
    assert "and 40 more" in output


@pytest.mark.parametrize("word", ["INTERNAL", "BROKEN"])
def test_our_fault_is_no_zero(course, tmp_path, capsys, word):
    """A check or an engine that fails by itself: no score, exit status 3, staff read the cause."""
    folder = uploaded(tmp_path / "up", ex01_sums_dot_py=f"{word} = 1")
    status, made = grade(folder, tmp_path)
    assert status == 3
    assert '"score"' not in json.dumps(made)
    assert "our fault" in made["output"]
    assert "our own" not in json.dumps(made)
    assert word != "BROKEN" or "our own" in capsys.readouterr().out


def test_a_missing_upload_folder_is_our_fault(course, tmp_path):
    """Where Gradescope put nothing at all, the student is not to blame."""
    status, made = grade(tmp_path / "nowhere", tmp_path)
    assert (status, "score" in made) == (3, False)


# The zip -----------------------------------------------------------------------------------


def test_the_zip_holds_what_grading_takes_and_no_more(course):
    """Of the course: the exercise itself; no other's hidden folder, no solution, no kept file."""
    (course.root / "hidden" / "ex01_sums" / "submissions").mkdir()
    (course.root / "hidden" / "ex01_sums" / "submissions" / "right.py").write_text(RIGHT)
    files = bundle(course, "ex01_sums", PINS)
    wheel_name = next(name for name in files if name.endswith(".whl"))
    assert set(files) == {
        "setup.sh", "run_autograder", "not_marked.json", "constraints.txt", "seed", wheel_name,
        "course/exercises/catalog.toml", "course/exercises/ex01_sums/ex01_sums.py",
        "course/hidden/ex01_sums/probe.py", "course/hidden/ex01_sums/oracle.py",
        "course/hidden/ex01_sums/test_ex01_sums.py",
    }  # fmt: skip
    inside = zipfile.ZipFile(io.BytesIO(files[wheel_name])).namelist()
    assert not [name for name in inside if name.startswith(("autograder/graders", "autograder/_c"))]
    assert not [name for name in inside if "test_ex0" in name]


def test_the_secret_of_the_zip_is_its_own(course):
    """It is the same each time, another for each exercise, and does not tell the course's."""
    one, again = (bundle(course, "ex01_sums", PINS)["seed"] for _ in range(2))
    assert one == again != bundle(course, "ex02_means", PINS)["seed"]
    assert course_seed(course) not in archive(bundle(course, "ex01_sums", PINS))


def test_the_scripts_can_be_run(course):
    """Both scripts stand at the root of the zip, are executable, and are Bash without errors."""
    packed = zipfile.ZipFile(io.BytesIO(archive(bundle(course, "ex01_sums", PINS))))
    for name in ("setup.sh", "run_autograder"):
        assert packed.getinfo(name).external_attr >> 16 & 0o111
        text = packed.read(name)
        assert b"@EXERCISE@" not in text
        assert b"@FETCH@" not in text
        assert subprocess.run(["bash", "-n"], input=text, check=False).returncode == 0


def test_the_same_course_gives_the_same_bytes(course):
    """Packed twice, the zip and the wheel in it are the same, so that a change can be seen."""
    assert archive(bundle(course, "ex01_sums", PINS)) == archive(bundle(course, "ex01_sums", PINS))


def test_unpinned_packages_are_refused(course):
    """Requirements without a version would be other ones next year."""
    with pytest.raises(UsageError, match=r"pinned packages.*Received"):
        bundle(course, "ex01_sums", b"numpy\nkeras>=3\n")


def test_an_exercise_without_its_hidden_folder_is_refused(course):
    """A bundle that could not grade is not made."""
    shutil.rmtree(course.root / "hidden" / "ex01_sums")
    with pytest.raises(CourseError, match="no folder"):
        bundle(course, "ex01_sums", PINS)


def test_the_command_writes_the_zip(course, tmp_path, capsys):
    """`autograder bundle gradescope` names the file, the points, and what to do next."""
    (course.root / "constraints.txt").write_bytes(PINS)
    assert main(["bundle", "gradescope", "ex01_sums", "--visibility", "after_due_date"]) == 0
    packed = zipfile.ZipFile("ex01_sums-gradescope.zip")
    assert packed.read("constraints.txt") == PINS
    assert b"--visibility after_due_date" in packed.read("run_autograder")
    assert "of 3 points" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ex09_none"], "must be one of the catalog's"),
        (["ex01_sums", "--out", "missing/x.zip"], "--out must name a file"),
        (["ex01_sums", "--constraints", "missing.txt"], "--constraints must name a file"),
    ],
)
def test_wrong_usage_is_one_sentence(course, capsys, words, said):
    """A wrong exercise or path: what is right, what was received; exit status 2."""
    assert main(["bundle", "gradescope", *words]) == 2
    assert said in capsys.readouterr().err


def unpacked(course, root):
    """A folder as Gradescope lays it out, whose environment is the one of these tests."""
    zipfile.ZipFile(io.BytesIO(archive(bundle(course, "ex01_sums", PINS)))).extractall(
        root / "source"
    )
    (root / "source" / ".venv" / "bin").mkdir(parents=True)
    python = root / "source" / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return root / "source"


def run_autograder(root):
    done = subprocess.run(
        ["bash", root / "source" / "run_autograder"],
        env={**os.environ, "GRADESCOPE_ROOT": str(root)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done, json.loads((root / "results" / "results.json").read_text())


def test_a_grader_that_never_starts_is_no_zero(course, tmp_path):
    """Where Python is missing or is killed, run_autograder itself writes results without a score.

    Results of an earlier run do not stay.
    """
    root = tmp_path / "autograder"
    source = unpacked(course, root)
    (source / ".venv" / "bin" / "python").write_text("#!/bin/sh\nkill -9 $$\n")
    uploaded(root / "submission", ex01_sums_dot_py=RIGHT)
    uploaded(root / "results").joinpath("results.json").write_text('{"score": 3}')
    done, made = run_autograder(root)
    assert done.returncode != 0
    assert "score" not in made
    assert "our fault" in made["output"]


@pytest.mark.slow
def test_the_wheel_installs(tmp_path):
    """pip takes the wheel, and the package in it is whole: its command starts."""
    name, content = wheel()
    (tmp_path / name).write_bytes(content)
    target = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target,
         "--no-compile", tmp_path / name],
        check=True, timeout=300,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "bundle", "--help"],
        env={**os.environ, "PYTHONPATH": str(target)}, cwd=tmp_path,
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert "gradescope" in done.stdout
    assert Path(target, "autograder", "edges", "platforms", "gradescope", "scripts").is_dir()
