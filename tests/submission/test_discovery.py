"""Which files below a path are submissions, and for which exercise."""

import json
import os
import socket
import textwrap
from pathlib import Path

import pytest

from autograder.course.catalog import Course
from autograder.errors import UsageError
from autograder.records import Exercise
from autograder.submission.detection import detect_exercise
from autograder.submission.discovery import MAX_DEPTH, find_submissions, search
from autograder.submission.outputs import MAX_FILE_BYTES

GATES = "def and_gate(a, b):\n    return a and b\n"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Two exercises that share a task; one has a stub on disk."""
    root = tmp_path / "course"
    stub = root / "exercises" / "ex04_perceptron" / "ex04_perceptron.py"
    stub.parent.mkdir(parents=True)
    stub.write_text(GATES)
    return Course(
        root,
        (
            Exercise("ex02_regression", "A line", ("make_data", "build_model", "train")),
            Exercise("ex04_perceptron", "Gates", ("gates", "build_perceptron")),
            Exercise("ex05_mnist_mlp", "Digits", ("inspect_data", "build_model", "train")),
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder whose name tells no exercise."""
    path = tmp_path / "handed_in"
    path.mkdir()
    return path


def write(path: Path, text: str = GATES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path


def found(path: Path, course: Course, exercise: str | None = None) -> list[tuple[str, str]]:
    submissions = find_submissions(path, course, exercise)
    return [(Path(s.label).name, s.exercise) for s in submissions]


@pytest.mark.parametrize(
    "name",
    [
        "ex04_perceptron.py",
        "EX04_Perceptron.py",
        "alice-ex04_perceptron.py",
        "ex04_perceptron (1).py",
        "ex04.py",
        "alice_final/ex04-perceptron/work.py",
        "alice/ex04_perceptron/deep/work.py",
    ],
)
def test_names_of_files_and_folders_tell_the_exercise(course, folder, name):
    """The exercise is read from the file's name, else from the nearest folder that names one."""
    path = write(folder / name, "x = 1\n")
    assert [slug for _, slug in found(path, course)] == ["ex04_perceptron"]


def test_functions_tell_the_exercise(course, folder):
    """A file without a telling name is for the exercise that most of its functions belong to."""
    path = write(folder / "work.py")
    assert found(path, course) == [("work.py", "ex04_perceptron")]


def test_cell_ids_tell_the_exercise(course, folder):
    """A notebook without a telling name is recognised by the ids of its cells."""
    cell = {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": "test_gates"}}}
    path = write(folder / "Untitled.ipynb", json.dumps({"nbformat": 4, "cells": [cell]}))
    assert found(path, course) == [("Untitled.ipynb", "ex04_perceptron")]


@pytest.mark.parametrize("text", ["x = 1\n", "def build_model():\n    pass\n", "\x00(", ""])
def test_an_untold_exercise_lists_the_slugs(course, folder, text):
    """Where nothing tells the exercise, or two fit equally, the message lists what to choose."""
    path = write(folder / "work.py", text)
    with pytest.raises(UsageError, match="--exercise with one of ex02_regression, ex04_perce"):
        find_submissions(path, course)
    assert found(path, course, "ex05_mnist_mlp") == [("work.py", "ex05_mnist_mlp")]


def test_a_given_exercise_must_exist(course, folder):
    """A misspelt `--exercise` is refused with the slugs."""
    with pytest.raises(UsageError, match="one of ex02_regression"):
        find_submissions(write(folder / "work.py"), course, "ex4")


def test_an_unreadable_file_is_still_a_submission(course, folder):
    """A broken file with a telling name is a submission: its verdict is not a usage error."""
    path = folder / "ex04_perceptron.ipynb"
    path.write_bytes(b"\xff\x00")
    (submission,) = find_submissions(path, course)
    assert submission.content == b"\xff\x00" and submission.suffix == ".ipynb"


def test_a_huge_file_is_read_up_to_its_limit(course, folder):
    """Of a file that is too large only one byte more than allowed is read."""
    path = folder / "ex04_perceptron.ipynb"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 50)
    (submission,) = find_submissions(path, course)
    assert len(submission.content) == MAX_FILE_BYTES + 1


def test_a_class_folder_gives_every_submission_in_order(course, folder):
    """Folders of students are searched, and what is no submission is passed over."""
    write(folder / "bob" / "ex04_perceptron" / "ex04_perceptron.py")
    write(folder / "alice" / "ex04_perceptron" / "ex04_perceptron.ipynb", "{}")
    write(folder / "alice" / "ex02_regression" / "ex02_regression.py")
    for ignored in (
        "alice/ex04_perceptron/test_ex04_perceptron.py",
        "alice/ex04_perceptron/conftest.py",
        "alice/ex04_perceptron/.ipynb_checkpoints/ex04_perceptron-checkpoint.ipynb",
        "alice/ex04_perceptron/__pycache__/ex04_perceptron.py",
        "alice/ex04_perceptron/.hidden.py",
        "alice/ex04_perceptron/ex04_perceptron.txt",
        "venv/pyvenv.cfg",
        "venv/lib/ex04_perceptron.py",
        "a/b/c/d/e/ex04_perceptron.py",
    ):
        write(folder / ignored)
    assert MAX_DEPTH == 4
    labels = [s.label for s in find_submissions(folder, course)]
    assert labels == [
        str(folder / "alice" / "ex02_regression" / "ex02_regression.py"),
        str(folder / "alice" / "ex04_perceptron" / "ex04_perceptron.ipynb"),
        str(folder / "bob" / "ex04_perceptron" / "ex04_perceptron.py"),
    ]


def test_a_class_in_one_folder_gives_every_file(course, folder):
    """Files of several students for one exercise are submissions of their own."""
    for name in ("ex04_perceptron_alice.py", "ex04_perceptron_bob.py", "carol.py"):
        write(folder / name)
    assert len(found(folder, course)) == 3


def test_the_exactly_named_file_stands_for_the_exercise(course, folder):
    """Beside `ex04_perceptron.py`, an older copy is left out, and a note says so."""
    write(folder / "ex04_perceptron.py")
    write(folder / "ex04_perceptron_old.py")
    result = search(folder, course)
    assert [Path(s.label).name for s in result.submissions] == ["ex04_perceptron.py"]
    assert "ex04_perceptron_old.py was left out" in result.notes[0]


def test_a_helper_beside_the_submission_is_left_out(course, folder):
    """A file that defines nothing of the exercise is no submission beside one that does."""
    write(folder / "ex04" / "work.py")
    write(folder / "ex04" / "helpers.py", "def show(): pass\n")
    result = search(folder, course)
    assert [Path(s.label).name for s in result.submissions] == ["work.py"]
    assert "helpers.py was left out" in result.notes[0]


def test_a_script_beside_its_notebook_is_for_a_person_to_decide(course, folder):
    """Two files of one name may hold different work; the other submissions are still found."""
    write(folder / "alice" / "ex04_perceptron.py")
    write(folder / "alice" / "ex04_perceptron.ipynb", "{}")
    write(folder / "bob" / "ex04_perceptron.py")
    result = search(folder, course)
    assert [s.label for s in result.submissions] == [str(folder / "bob" / "ex04_perceptron.py")]
    assert "is handed in as one file" in result.problems[0]
    with pytest.raises(UsageError, match="handed in as one file"):
        find_submissions(folder, course)


def test_a_given_exercise_picks_its_files(course, folder):
    """With `--exercise`, a folder gives the files for it, or the file that tells nothing."""
    write(folder / "ex04_perceptron.py")
    write(folder / "notes.py", "x = 1\n")
    assert found(folder, course, "ex04_perceptron") == [("ex04_perceptron.py", "ex04_perceptron")]
    assert found(folder, course, "ex02_regression") == [("notes.py", "ex02_regression")]
    (folder / "notes.py").unlink()
    with pytest.raises(UsageError, match="must hold a submission for ex02_regression"):
        find_submissions(folder, course, "ex02_regression")


def test_a_file_that_tells_nothing_is_noted_in_a_folder(course, folder):
    """Beside submissions, a file without an exercise is left out with a note."""
    write(folder / "ex04_perceptron.py")
    write(folder / "notes.py", "x = 1\n")
    assert search(folder, course).notes == (f"{folder / 'notes.py'} was left out: no exercise.",)


@pytest.mark.parametrize("name", ["missing.py", "empty", "data.csv"])
def test_what_is_no_submission_is_a_usage_error(course, folder, name):
    """A path that does not exist, an empty folder and another kind of file are refused."""
    (folder / "empty").mkdir()
    (folder / "data.csv").write_text("1")
    with pytest.raises(UsageError, match="Received: .*" + name):
        find_submissions(folder / name, course)


def test_no_link_is_followed(course, folder, tmp_path):
    """A link to a file or to a folder gives nothing away, given itself or found below."""
    secret = write(tmp_path / "secret" / "ex04_perceptron.py")
    (folder / "ex04_perceptron.py").symlink_to(secret)
    (folder / "sub").symlink_to(secret.parent)
    for path in (folder / "ex04_perceptron.py", folder / "sub"):
        with pytest.raises(UsageError, match="not a link"):
            find_submissions(path, course)
    with pytest.raises(UsageError, match="holds none"):
        find_submissions(folder, course)


def put_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize("put", [os.mkfifo, put_socket])
def test_a_pipe_does_not_hang_the_search(course, folder, put):
    """A named pipe or a socket called like a submission is refused at once."""
    put(folder / "ex04_perceptron.py")
    with pytest.raises(UsageError, match="plain file"):
        find_submissions(folder, course)


def test_names_are_fit_to_print(course, folder):
    """A name with control characters or undecodable bytes gives a label that anything prints."""
    name = os.fsdecode(b"ex04_perceptron \x1b[31m\xff.py")
    (folder / name).write_bytes(b"x = 1")
    (submission,) = find_submissions(folder, course)
    assert submission.label.endswith("ex04_perceptron \\x1b[31m\\xff.py")
    submission.label.encode()


def test_only_a_number_stands_for_a_slug():
    """`week2_sums` may be handed in as `week2`; `plot_columns` is not meant by every `plot.py`."""
    names = {"week2_sums": ("total",), "plot_columns": ("draw",)}
    told = {
        name: detect_exercise(Path("/folder") / f"{name}.py", b"x = 1", names)[0]
        for name in ("ada-week2", "week2_sums", "plot", "my plot", "plot_columns", "ben_week3")
    }
    assert told == {
        "ada-week2": "week2_sums",
        "week2_sums": "week2_sums",
        "plot": None,
        "my plot": None,
        "plot_columns": "plot_columns",
        "ben_week3": None,
    }
