"""Authors debug hidden checks with plain pytest: `pytest autograder/graders --submission PATH`."""

import subprocess
import sys

from repository import COURSE, ROOT

SUBMISSIONS = COURSE.folder("ex04_perceptron").submissions


def pytest_of_graders(*words: object) -> subprocess.CompletedProcess[str]:
    """Run pytest over the hidden graders, as an author does."""
    argv = [sys.executable, "-m", "pytest", "autograder/graders", "-p", "no:cacheprovider", "-q"]
    argv += [str(word) for word in words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_without_a_submission_the_next_step_is_told():
    """Without a submission nothing runs; pytest's usage status comes with the option's name."""
    run = pytest_of_graders()
    assert run.returncode == 4
    assert "Give --submission PATH" in run.stderr


def test_a_path_that_is_no_submission_is_told():
    """A path that does not exist is a usage error, without a traceback."""
    run = pytest_of_graders("--submission", "no_such.py")
    assert run.returncode == 4
    assert "does not exist" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_kept_submission_that_is_none_is_told():
    """Those that there are stand in the sentence."""
    run = pytest_of_graders("--submission", "ex04_perceptron/wrong_gone")
    assert run.returncode == 4
    assert "wrong_or_adds" in run.stderr
    assert "Traceback" not in run.stderr


def test_each_submission_runs_the_checks_of_its_exercise():
    """Two submissions, a file and a kept one by its name; a claim shows its sentence."""
    right, wrong = SUBMISSIONS / "right_functional.py", "ex04_perceptron/wrong_or_adds"
    run = pytest_of_graders(
        "--submission",
        right,
        "--submission",
        wrong,
        "--data",
        "sample",
        "-k",
        "_gate and not weights",
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "test_or_gate[wrong_or_adds]" in run.stdout
    assert "OR of (0,0), (0,1), (1,0), (1,1) must be [0, 1, 1, 1]" in run.stdout
    assert "1 failed, 5 passed" in run.stdout
    assert "ex05_mnist_mlp" not in run.stdout
