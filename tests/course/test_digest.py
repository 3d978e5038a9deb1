"""A report names what marked it: the digest changes with what marks, and with nothing else."""

from __future__ import annotations

import json
import shutil

from small_course import small_course

from autograder.course.catalog import read_course
from autograder.course.digest import course_digest
from autograder.edges.cli.main import main

SLUG = "ex01_sums"


def test_what_marks_is_in_the_digest_and_nothing_else_is(tmp_path):
    """Grader, probe, oracle, calibration and catalog count; texts, mutants and the place do not."""
    course = small_course(tmp_path / "a")
    hidden = course.folder(SLUG).path
    first = course_digest(course)
    shutil.copytree(course.root, tmp_path / "b")
    assert course_digest(read_course(tmp_path / "b")) == first
    (hidden / "mutants.toml").write_text("# none yet\n", encoding="utf-8")
    with course.stub(SLUG).open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert course_digest(course) == first
    seen = {first}
    for path in (
        course.root / "exercises" / "catalog.toml",
        hidden / "probe.py",
        hidden / "oracle.py",
        hidden / f"test_{SLUG}.py",
    ):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n# another\n")
        seen.add(course_digest(course))
    (hidden / "calibration.json").write_text("{}", encoding="utf-8")
    assert len({*seen, course_digest(course)}) == 6


def test_a_report_names_its_course(tmp_path, monkeypatch, capsys):
    """`autograder grade --json` says which folder marked, and with what: also of nothing graded."""
    course = small_course(tmp_path / "course")
    (tmp_path / "course" / "notes.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.chdir(course.root)
    assert main(["grade", "notes.py", "--json", "-", "--quiet"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["course"] == {"path": str(course.root), "sha256": course_digest(course)}
