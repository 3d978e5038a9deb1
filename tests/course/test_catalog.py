"""The catalog: what it accepts, how it refuses, and where a course is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from repository import DATA_ENTRIES
from repository import ROOT as REPOSITORY

from autograder.course import catalog
from autograder.course.catalog import find_course, read_course
from autograder.errors import CourseError

ENTRY = 'slug = "ex01_one"\ntitle = "One"\ntasks = ["build_model"]\n'


def course(root: Path, text: str) -> Path:
    (root / "exercises").mkdir(parents=True)
    (root / "exercises" / "catalog.toml").write_text(text, encoding="utf-8")
    return root


def test_the_repository_is_a_course():
    """The repository's own catalog is read, with its limits as numbers of the right kind."""
    found = find_course(REPOSITORY / "autograder")
    assert found.root == REPOSITORY
    assert "ex04_perceptron" in found.slugs
    limits = found.exercise("ex05_mnist_mlp").limits
    assert isinstance(limits.timeout_s, float)
    assert isinstance(limits.memory_mib, int)
    assert list(found.data) == ["mnist", "fashion_mnist"]


def test_paths_follow_the_slug(tmp_path):
    """One slug names the solution, the stub, the visible tests and the notebook."""
    found = read_course(course(tmp_path, f"[[exercise]]\n{ENTRY}"))
    assert found.solution("ex01_one") == tmp_path / "solutions/ex01_one/ex01_one.py"
    assert found.stub("ex01_one") == tmp_path / "exercises/ex01_one/ex01_one.py"
    assert found.visible_tests("ex01_one") == tmp_path / "exercises/ex01_one/test_ex01_one.py"
    assert found.notebook("ex01_one") == tmp_path / "source/ex01_one/ex01_one.ipynb"


def test_a_course_with_data_sets_is_a_key():
    """What is worked out once for a course is found again by it, and by an equal one."""
    assert {read_course(REPOSITORY): "known"}[read_course(REPOSITORY)] == "known"


def test_the_sample_lies_where_the_catalog_says(tmp_path):
    """A data set's bundled sample is the file that its entry names."""
    entries = DATA_ENTRIES.replace("exercises/data/mnist_sample", "exercises/bundled/digits")
    found = read_course(course(tmp_path, f'[[exercise]]\n{ENTRY}data = ["mnist"]\n{entries}'))
    assert found.exercise("ex01_one").data == ("mnist",)
    assert found.sample("mnist") == tmp_path / "exercises/bundled/digits.npz"


def test_an_unknown_slug_is_answered_with_the_known_ones(tmp_path):
    """Asking for an exercise that is not there names those that are."""
    found = read_course(course(tmp_path, f"[[exercise]]\n{ENTRY}"))
    with pytest.raises(CourseError, match=r"ex01_one\. Received: 'ex02_two'"):
        found.exercise("ex02_two")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[exercise]\n", "must be TOML"),
        (f"[exercise]\n{ENTRY}", "two brackets"),
        (
            f"[[exercises]]\n{ENTRY}",
            "known keys are course, exercise, data. Received: .* with exercises",
        ),
        (f"[[exercise]]\n{ENTRY}points = 3\n", "with points"),
        ('[[exercise]]\nslug = "ex01_one"\ntasks = ["a"]\n', "without 'title'"),
        (f"[[exercise]]\n{ENTRY}[[exercise]]\n{ENTRY}", "ex01_one twice"),
        ('[[exercise]]\nslug = "../one"\ntitle = "One"\ntasks = ["a"]\n', "slug '../one'"),
        *(
            (f'[[exercise]]\nslug = "{slug}"\ntitle = "One"\ntasks = ["a"]\n', f"slug '{slug}'")
            for slug in ("test_one", "checks_one", "conftest", "setup", "data")  # never found again
        ),
        ('[[exercise]]\nslug = "ex01_one"\ntitle = " "\ntasks = ["a"]\n', "title is text"),
        ('[[exercise]]\nslug = "ex01_one"\ntitle = "One"\ntasks = []\n', "at least one task"),
        ('[[exercise]]\nslug = "ex01_one"\ntitle = "One"\ntasks = ["a", "a"]\n', "a twice"),
        ('[[exercise]]\nslug = "ex01_one"\ntitle = "One"\ntasks = "a"\n', "list of lower-case"),
        (f'[[exercise]]\n{ENTRY}data = ["../mnist"]\n', "list of lower-case"),
        (f'[[exercise]]\n{ENTRY}data = ["mnist"]\n', "which has none. Received: .* with mnist"),
        (f"[[exercise]]\n{ENTRY}limits = 3\n", "a table"),
        (f"[[exercise]]\n{ENTRY}[exercise.limits]\ntimeout = 3\n", "with timeout"),
        (f"[[exercise]]\n{ENTRY}[exercise.limits]\ntimeout_s = -1\n", "positive number"),
        (f"[[exercise]]\n{ENTRY}[exercise.limits]\ntimeout_s = nan\n", "positive number"),
        (f"[[exercise]]\n{ENTRY}[exercise.limits]\ntimeout_s = inf\n", "positive number"),
        (f"[[exercise]]\n{ENTRY}[exercise.limits]\nprocesses = 2.5\n", "positive whole number"),
        (f"[[exercise]]\n{ENTRY}[exercise.limits]\nprocesses = true\n", "positive whole number"),
    ],
)
def test_a_wrong_catalog_is_refused_in_words(tmp_path, text, words):
    """Each mistake in a catalog is a CourseError that says the rule and what was received."""
    with pytest.raises(CourseError, match=words) as caught:
        read_course(course(tmp_path, text))
    assert "Received: " in str(caught.value)


def test_a_course_is_found_from_below_then_by_variable_then_in_the_package(tmp_path, monkeypatch):
    """The nearest course above wins; else AUTOGRADER_COURSE; else the installed copy."""
    above = course(tmp_path / "above", f"[[exercise]]\n{ENTRY}")
    named = course(tmp_path / "named", f"[[exercise]]\n{ENTRY}")
    packaged = course(tmp_path / "packaged", f"[[exercise]]\n{ENTRY}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("AUTOGRADER_COURSE", str(named))
    monkeypatch.setattr(catalog, "PACKAGED_COURSE", packaged)
    assert find_course(above / "exercises").root == above
    assert find_course(elsewhere).root == named
    monkeypatch.delenv("AUTOGRADER_COURSE")
    assert find_course(elsewhere).root == packaged


def test_no_course_anywhere_says_what_to_do(tmp_path, monkeypatch):
    """Without any course the message names the directory and both remedies."""
    monkeypatch.delenv("AUTOGRADER_COURSE", raising=False)
    monkeypatch.setattr(catalog, "PACKAGED_COURSE", tmp_path / "none")
    with pytest.raises(CourseError, match="Change to the course directory, or set"):
        find_course(tmp_path)
