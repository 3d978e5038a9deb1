"""The wheel carries this course, its hidden folders with it, and grades from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from repository import COURSE


def test_hidden_folders_are_carried_without_kept_submissions(wheel):
    """Probe and grader of each exercise are in the packaged course; no kept submission is."""
    packaged = wheel / "autograder" / "_course"
    for slug in COURSE.slugs:
        names = {path.name for path in (packaged / COURSE.hidden / slug).iterdir()}
        assert {"probe.py", f"test_{slug}.py"} <= names
        assert "submissions" not in names
        assert (packaged / "exercises" / slug / f"{slug}.py").is_file()
    assert not (wheel / "autograder" / "graders").exists()


def test_the_packaged_course_grades_from_any_folder(wheel, tmp_path):
    """Where no course is around, the packaged one is used, with its own graders."""
    slug = "ex06_convolution"
    environment = {**os.environ, "PYTHONPATH": str(wheel), "XDG_STATE_HOME": str(tmp_path)}
    environment.pop("AUTOGRADER_COURSE", None)
    argv = [sys.executable, "-m", "autograder", "grade", str(COURSE.solution(slug))]
    argv += ["--json", "report.json", "--quiet"]
    subprocess.run(argv, cwd=tmp_path, env=environment, check=True, capture_output=True)
    (entry,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["submissions"]
    assert {check["status"] for check in entry["checks"]} == {"PASSED"}
