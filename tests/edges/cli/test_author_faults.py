"""An author's slip is one clear sentence with its place, and exit status 2: for every command."""

from __future__ import annotations

import pytest
from audited_course import SLUG, VISIBLE, audited_course

from autograder.edges.cli.main import main


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course that is whole, as the working folder."""
    course = audited_course(tmp_path, visible=VISIBLE)
    notebook = course.notebook(SLUG)
    notebook.parent.mkdir(parents=True)
    notebook.write_text("{}", encoding="utf-8")
    monkeypatch.chdir(course.root)
    return course


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(capsys, *words):
    """Return what a command says, which must end with status 2."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    lines = [line for line in (out + err).splitlines() if not line.startswith("autograder: course")]
    assert len(lines) == 1, lines
    return lines[0]


FAULTS = {
    "a grader that is no Python": (
        lambda c: edit(c.folder(SLUG).grader_path, "def test_mean", "def (test_mean"),
        ("check", "render", "grade"),
        "A grader must load. Received: {0}/hidden/ex01_scales/test_ex01_scales.py:5: SyntaxError",
    ),
    "a probe that is no Python": (
        lambda c: edit(c.folder(SLUG).probe_path, "def draw", "def (draw"),
        ("check", "grade"),
        "A probe must load. Received: {0}/hidden/ex01_scales/probe.py:4: SyntaxError",
    ),
    "a solution that is no Python": (
        lambda c: edit(c.solution(SLUG), "def mean", "def (mean"),
        ("check", "audit"),
        "{0}/solutions/ex01_scales/ex01_scales.py",
    ),
    "visible checks that are no Python": (
        lambda c: edit(c.visible_tests(SLUG), "def test", "def (test"),
        ("check",),
        "must be Python. Received: {0}/exercises/ex01_scales/test_ex01_scales.py:5:",
    ),
    "no grader": (
        lambda c: c.folder(SLUG).grader_path.unlink(),
        ("check", "render", "grade"),
        "{0}/hidden/ex01_scales/test_ex01_scales.py",
    ),
    "a check without points": (
        lambda c: edit(c.folder(SLUG).grader_path, "points=2, ", ""),
        ("check", "render", "grade"),
        "test_ex01_scales.py:4: A check needs at least one point and a hint. Received: 'mean'",
    ),
    "a check without a fact": (
        lambda c: edit(c.folder(SLUG).grader_path, '    """The mean is right."""\n', ""),
        ("check", "render", "grade"),
        "A check's docstring states its fact. Received: test_mean without one.",
    ),
    "two exercises of one slug": (
        lambda c: edit(
            c.root / "exercises" / "catalog.toml",
            "[[exercise]]",
            f'[[exercise]]\nslug = "{SLUG}"\ntitle = "Twin"\ntasks = ["mean"]\n\n[[exercise]]',
        ),
        ("check", "render", "grade", "audit"),
        f"{{0}}/exercises/catalog.toml with {SLUG} twice. Remove one.",
    ),
    "a data set that the catalog does not know": (
        lambda c: edit(c.root / "exercises" / "catalog.toml", "tasks", 'data = ["heights"]\ntasks'),
        ("check", "render", "grade"),
        "with heights. Add a `[[data]]` entry, or correct it.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_authors_slip_is_one_sentence(course, capsys, fault):
    """The place, the rule and the next step on one line; nothing is graded, and no trace is shown."""
    slip, commands, says = FAULTS[fault]
    slip(course)
    for command in commands:
        words = [command, str(course.solution(SLUG))] if command == "grade" else [command]
        assert says.format(course.root) in told(capsys, *words), command


SAMPLE = """
[[data]]
name = "heights"
title = "Heights"

[data.arrays]
x = { dtype = "float64", shape = [4] }

[data.full]
sha256 = "HASH"
places = ["course:data/all_heights.npz"]

[data.sample]
sha256 = "HASH"
file = "data/heights.npz"
"""


@pytest.mark.parametrize("command", ["grade", "check"])
def test_data_with_another_digest_is_one_sentence(course, capsys, command):
    """A file that was changed since is named; it is no INTERNAL for each submission."""
    import numpy as np

    (course.root / "data").mkdir()
    np.savez(course.root / "data" / "heights.npz", x=np.ones(4))
    catalog = course.root / "exercises" / "catalog.toml"
    edit(catalog, "tasks", 'data = ["heights"]\ntasks')
    with catalog.open("a", encoding="utf-8") as file:
        file.write(SAMPLE.replace("HASH", "0" * 64))
    words = [command, str(course.solution(SLUG))] if command == "grade" else [command]
    assert "data/heights.npz" in told(capsys, *words)
