"""What students read before their first exercise: the list of exercises, and what to install."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from repository import COURSE, ROOT

README = (ROOT / "exercises" / "README.md").read_text(encoding="utf-8")
# What an import is called, where the package has another name.
PACKAGES = {"PIL": "pillow", "sklearn": "scikit-learn"}


def _pins(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.removesuffix("\\").strip() for line in lines if re.match(r"[a-z][\w.-]*==", line)}


def test_all_exercises_are_listed_in_their_order():
    """The table of the students' README has each exercise once, in the catalog's order."""
    assert re.findall(r"^\| \d+ \| `(\w+)`", README, re.MULTILINE) == list(COURSE.slugs)


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_the_command_is_right_wherever_the_folder_lies(slug):
    """Tests, stub and notebook name the folder to stand in, which need not be called exercises."""
    said = f"`pytest {slug}`", "in the folder that holds the exercises."
    folder = ROOT / "exercises" / slug
    notebook = ROOT / "source" / slug / f"{slug}.ipynb"
    sources = [folder / f"test_{slug}.py", folder / f"{slug}.py", notebook]
    for text in (path.read_text(encoding="utf-8") for path in sources):
        assert all(words in text for words in said)
        assert f"pytest exercises/{slug}" not in text


def test_students_install_the_versions_that_are_tested():
    """Each version that students install is the one that the course's own environment is pinned to."""
    assert _pins(ROOT / "exercises" / "requirements.txt") <= _pins(ROOT / "constraints.txt")


@pytest.mark.parametrize("slug", COURSE.slugs)
def test_what_an_exercise_imports_is_installed(slug):
    """Each package that an exercise or its visible checks import is in the list to install."""
    installed = {pin.partition("==")[0] for pin in _pins(ROOT / "exercises" / "requirements.txt")}
    for path in (COURSE.solution(slug), COURSE.visible_tests(slug)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name.partition(".")[0]
            for node in ast.walk(tree)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        outside = imported - sys.stdlib_module_names - {"__future__", "pandas"}
        assert {PACKAGES.get(name, name) for name in outside} <= installed
