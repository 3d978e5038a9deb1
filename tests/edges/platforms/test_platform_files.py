"""The files for continuous integration and containers: whole, and without a known way to go wrong."""

import re
import shlex
import subprocess

import pytest
import yaml
from repository import ROOT

from autograder.edges.cli.arguments import command_parser, name_defaults

GRADE = ROOT / "examples" / "github" / "grade.yml"
CHECKS = ROOT / "examples" / "github" / "checks.yml"
GITLAB = ROOT / "examples" / "gitlab" / "grade.gitlab-ci.yml"
DOCKERFILE = ROOT / "docker" / "Dockerfile"


def steps(path):
    """All steps of a GitHub workflow."""
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def scripts(path):
    """All shell text of a file for continuous integration."""
    if path == GITLAB:
        return ["\n".join(yaml.safe_load(path.read_text(encoding="utf-8"))["grade"]["script"])]
    return [step["run"] for step in steps(path) if "run" in step]


def instructions():
    """The Dockerfile's instructions, continued lines joined: word and rest."""
    lines = [
        line
        for line in DOCKERFILE.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in text.splitlines()]


each_file = pytest.mark.parametrize("path", [GRADE, CHECKS, GITLAB], ids=lambda path: path.name)


@each_file
def test_scripts_are_shell_without_text_of_others(path):
    """Each is Bash that parses, and no expression is pasted into it: a name could be a command."""
    for text in scripts(path):
        assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0
        assert "${{" not in text


@pytest.mark.parametrize("path", [GRADE, GITLAB], ids=lambda path: path.name)
def test_grading_takes_the_options_that_there_are(path):
    """The line that grades is one that the command line takes, with a table, JUnit and JSON."""
    (line,) = re.findall(r"autograder (grade .*?)(?:\|\||\n|$)", "\n".join(scripts(path)))
    args = command_parser().parse_args(name_defaults(shlex.split(line)))
    assert args.summary is not None
    assert args.junit
    assert args.json


def test_grading_stands_in_the_courses_own_folder():
    """A course in what a student pushed, with graders of their own, is never the working folder."""
    (grading,) = [step for step in steps(GRADE) if "autograder grade" in step.get("run", "")]
    assert grading["working-directory"] == "course"
    (script,) = scripts(GITLAB)
    assert script.index("cd /home/grader\n") < script.index("autograder grade")


@pytest.mark.parametrize("path", [GRADE, CHECKS], ids=lambda path: path.name)
def test_tokens_may_read_and_are_not_left_in_checkouts(path):
    """The workflow's own token may read alone, and no checkout keeps one."""
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_the_students_workflow_has_no_secret():
    """What runs where students may change it knows nothing hidden."""
    text = CHECKS.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "autograder" not in text


def test_the_image_runs_as_an_ordinary_user():
    """The last user is not root, and the default command is the doctor."""
    last = dict(instructions())
    assert last["USER"] == "grader"
    assert last["ENTRYPOINT"] == '["autograder"]'
    assert last["CMD"] == '["doctor"]'
    words = [word for word, _ in instructions()]
    assert words.index("USER") > max(place for place, word in enumerate(words) if word == "RUN")


def test_the_image_installs_pinned_packages_and_what_is_there():
    """Packages come with hashes; bases have a version; all that is copied from here exists."""
    assert any("--require-hashes" in rest for word, rest in instructions() if word == "RUN")
    stages = {"packages", "wheel"}
    for word, rest in instructions():
        if word == "FROM" and rest.split()[0] not in stages:
            assert re.fullmatch(r"python:3\.\d+-slim-\w+ AS packages", rest)
        if word == "COPY":
            *sources, _target = rest.split()
            assert [name for name in sources if not (ROOT / name).exists()] == []
    assert "ADD" not in {word for word, _ in instructions()}


def test_the_image_is_built_without_kept_submissions():
    """Only what is named goes into the build, and no kept submission does."""
    ignored = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    assert "autograder/graders/*/submissions" in ignored
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY"]
    assert {name for names in copied for name in names} == kept
