"""A checkout is not checked by another package than its own."""

import shutil
from pathlib import Path

from repository import COURSE
from small_course import small_course

import autograder
from autograder.authoring.imported_package import package_problems


def test_another_package_than_the_checkouts_is_told(tmp_path):
    """An installed package that differs from the checkout is told by the file; an equal one is not."""
    package = Path(autograder.__file__).parent
    leave = shutil.ignore_patterns("graders", "__pycache__", "_course")
    shutil.copytree(package, tmp_path / "installed", ignore=leave)
    assert package_problems(COURSE) == []
    assert package_problems(COURSE, tmp_path / "installed") == []
    (tmp_path / "installed" / "records.py").write_text("", encoding="utf-8")
    (told,) = package_problems(COURSE, tmp_path / "installed")
    assert "another records.py" in told


def test_a_course_without_a_package_runs_with_any(tmp_path):
    """A course of its own has no package beside it: the installed one is as it is."""
    assert package_problems(small_course(tmp_path), tmp_path) == []
