"""`autograder grade --summary markdown`: where the table goes."""

import argparse
import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_course import small_course

from autograder.edges.cli.arguments import command_parser
from autograder.edges.cli.commands import grade
from autograder.edges.cli.main import main
from autograder.errors import UsageError
from autograder.records import Check, Isolation, Report, Status, Verdict


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """The small course as working directory, with a submission, outside of GitHub."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("ex01_sums.py").write_text("x = 1\n")
    return small_course(tmp_path)


class SmallGrader:
    """Fails the one check of whatever it is given."""

    def grade_all(self, submissions, progress):
        verdict = Verdict(Check("test_a", "total", "A", 2, "Hint"), Status.FAILED, "It must be 3.")
        made = [Report(s.label, s.exercise, (verdict,), Isolation.FULL, {}) for s in submissions]
        for report in made:
            progress(report)
        return made


@contextmanager
def small_grader(course, **options):
    yield SmallGrader()


def run(*words):
    args: argparse.Namespace = command_parser().parse_args(["grade", "ex01_sums.py", *words])
    return grade.run(args, small_grader)


def test_it_goes_to_its_file():
    """`markdown=FILE` writes the table there, whole, and the terminal's table stays."""
    Path("table.md").write_text("of an earlier run")
    assert run("--summary", "markdown=table.md", "--quiet") == 0
    assert Path("table.md").read_text().startswith("### ex01\\_sums: 0 of 2 points\n")


def test_it_is_added_to_what_github_has(monkeypatch):
    """Without a file it is added to the step's summary, after what other commands wrote."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    Path("step.md").write_text("Before.\n")
    run("--summary", "markdown", "--quiet")
    text = Path("step.md").read_text()
    assert text.startswith("Before.\n### ex01")


def test_elsewhere_it_is_printed(capsys):
    """Outside of GitHub standard output has the Markdown alone; the tables go to the other."""
    run("--summary", "markdown")
    said = capsys.readouterr()
    assert said.out.startswith("### ex01")
    assert "It must be 3." in said.err


@pytest.mark.parametrize("value", ["html", "markdown=", "", "markdown:x"])
def test_another_format_is_refused(value, capsys):
    """Only Markdown is known; the sentence says what to write."""
    with pytest.raises(SystemExit) as ended:
        main(["grade", "ex01_sums.py", "--summary", value])
    assert ended.value.code == 2
    assert "must be markdown, or markdown=FILE" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["markdown=no/folder.md"], ["markdown", "--json", "-"]])
def test_a_place_that_cannot_be_is_told_before_grading(words):
    """A missing folder, or standard output wanted twice: said at once, nothing is graded."""
    with pytest.raises(UsageError, match="Received"):
        run("--summary", *words)


def test_it_stands_beside_json_and_junit(capsys):
    """All outputs can be had in one run."""
    run("--summary", "markdown=t.md", "--json", "-", "--junit", "j.xml", "--quiet")
    assert json.loads(capsys.readouterr().out)["submissions"]
    assert Path("t.md").exists()
    assert Path("j.xml").exists()
