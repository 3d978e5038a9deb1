"""Which course a command is about: said in one line, and nobody is told to edit an installed one."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from repository import ROOT

import autograder
from autograder import __version__
from autograder.course import catalog
from autograder.datasets import registry
from autograder.edges.cli.commands import doctor
from autograder.edges.cli.main import main
from autograder.errors import DataError

CATALOG = '[[exercise]]\nslug = "ex04_perceptron"\ntitle = "Gates"\ntasks = ["gates"]\n'
USING = [
    ["grade", "missing.py"],
    ["data"],
    ["cache"],
    ["doctor", "--json"],
]
AUTHORING = [
    ["render"],
    ["render", "--check"],
    ["check"],
    ["accept"],
    ["calibrate", "ex04_perceptron"],
]


def course_at(folder: Path) -> Path:
    (folder / "exercises").mkdir(parents=True)
    (folder / "exercises" / "catalog.toml").write_text(CATALOG)
    return folder


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No course but those of a test, and a doctor that looks at nothing."""
    monkeypatch.delenv("AUTOGRADER_COURSE", raising=False)
    monkeypatch.setattr(catalog, "PACKAGED_COURSE", tmp_path / "none")
    monkeypatch.setattr(doctor, "examine", lambda: {"status": 0})


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course of one exercise, whose folder this is run in."""
    folder = course_at(tmp_path / "course")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def packaged(tmp_path, monkeypatch) -> Path:
    """A packaged course, and a folder that is none, which this is run in."""
    folder = course_at(tmp_path / "site-packages" / "autograder" / "_course")
    monkeypatch.setattr(catalog, "PACKAGED_COURSE", folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return folder


def lines_on(capsys, words: list[str]) -> list[str]:
    """Run a command that may fail, and return its lines about a course, all of standard error."""
    try:
        main(words)
    except Exception:  # a course without files: what comes of it is another test's
        pass
    told = capsys.readouterr()
    assert "autograder: course:" not in told.out
    return [line for line in told.err.splitlines() if line.startswith("autograder: course:")]


@pytest.mark.parametrize("words", USING + AUTHORING, ids=" ".join)
def test_every_command_says_which_course_it_uses(course, words, capsys, monkeypatch):
    """In one line on standard error: from in it, from below it, and by its name."""
    assert lines_on(capsys, words) == [f"autograder: course: {course}"]
    monkeypatch.chdir(course / "exercises")
    assert lines_on(capsys, words) == [f"autograder: course: {course}"]
    monkeypatch.chdir("/")
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    named = f"autograder: course: {course} (named by AUTOGRADER_COURSE)"
    assert lines_on(capsys, words) == [named]


@pytest.mark.parametrize("words", USING + AUTHORING, ids=" ".join)
def test_the_packaged_course_is_never_used_silently(packaged, words, capsys):
    """The line says that it is the packaged one, of which version, and why."""
    (line,) = lines_on(capsys, words)
    assert line == (
        f"autograder: course: the one packaged with keras-course-autograder {__version__} "
        f"(no exercises/catalog.toml in {Path.cwd()} or above)"
    )


@pytest.mark.parametrize("words", AUTHORING, ids=" ".join)
def test_the_packaged_course_is_not_authored(packaged, words, capsys):
    """A command that writes a course says where to do so, and names no file of the package."""
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Change to the directory that holds exercises/catalog.toml" in told.err
    assert "site-packages" not in told.err


def test_advice_about_an_unknown_exercise_is_for_ones_own_course_alone(packaged, course, tmp_path):
    """One's own catalog can be added to; the packaged one is nobody's to edit."""
    with pytest.raises(catalog.CourseError) as caught:
        catalog.read_course(packaged).exercise("ex09_new")
    assert "site-packages" not in str(caught.value)
    assert "change to the directory of the course that has it" in str(caught.value)
    with pytest.raises(catalog.CourseError, match="Add it to"):
        catalog.read_course(course).exercise("ex09_new")


def test_advice_about_a_missing_sample_is_for_a_checkout_or_for_a_package(course):
    """What a checkout brings back by git, a package does by being installed anew."""
    shipped = catalog.read_course(ROOT)
    for root, command in (
        (course, "git checkout -- exercises/data"),
        (Path(autograder.__file__).parent / "none", "pip install --force-reinstall"),
    ):
        with pytest.raises(DataError, match=f"Restore it: {command}"):
            registry.load("mnist", "sample", course=replace(shipped, root=root))


def test_a_quiet_command_says_it_where_it_may_surprise_alone(course, packaged, capsys, monkeypatch):
    """`--quiet` leaves it out for the course that one stands in, and not for the packaged one."""
    words = ["grade", "missing.py", "--quiet"]
    assert len(lines_on(capsys, words)) == 1
    monkeypatch.chdir(course)
    assert lines_on(capsys, words) == []


def test_standard_output_is_left_to_what_was_asked_for(course, capsys):
    """With `--json -` it is the JSON alone, and the exit status is what it was."""
    assert main(["grade", "missing.py", "--json", "-"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["submissions"] == []
    assert f"autograder: course: {course}\n" in told.err
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"status": 0}


def test_a_report_is_about_no_course(packaged, capsys):
    """What is stored is shown as it is, wherever one stands."""
    assert lines_on(capsys, ["report", "missing.json"]) == []


def test_without_a_course_the_doctor_goes_on(tmp_path, capsys, monkeypatch):
    """It says among the rest that there is none."""
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--json"]) == 0
    assert capsys.readouterr().err == ""


def cli(folder: Path, shell: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m autograder {shell}', sys.executable],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "AUTOGRADER_COURSE"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_closed_standard_error_sends_nothing_to_standard_output(course):
    """`2>&-` and `2>/dev/null` give the same output and status."""
    closed, away = (
        cli(course, f"grade missing.py --json - {end}") for end in ("2>&-", "2>/dev/null")
    )
    assert json.loads(closed.stdout)["submissions"] == []
    assert (closed.stdout, closed.returncode) == (away.stdout, away.returncode)
    assert (closed.returncode, closed.stderr) == (2, "")


def test_a_folder_that_is_gone_is_told(course):
    """Standing in a removed folder is said in a sentence, and is no fault of ours."""
    (course / "gone").mkdir()
    done = cli(course / "gone", "cache 2>&1; true")
    assert done.returncode == 0
    done = subprocess.run(
        ["/bin/sh", "-c", 'rmdir ../gone; exec "$0" -m autograder cache', sys.executable],
        cwd=course / "gone",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "autograder: The working folder must exist. Received: one that was removed. "
        "Change to another.\n"
    )
