"""Runs an exercise's visible checks: on the stub each must fail, on the solution each must pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from autograder.course.catalog import Course
from autograder.programs import INTERPRETER


def visible_problems(course: Course, slug: str) -> list[str]:
    """Run the visible checks: on the stub each fails, on the solution each passes."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "exercises"
        keep = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(course.root / "exercises", copy, ignore=keep)
        passed, total, output = _run_visible(copy, slug)
        if passed or not total:
            problems.append(
                f"{slug}: {passed} of {total} visible checks pass on the untouched stub."
            )
        shutil.copy(course.solution(slug), copy / slug / f"{slug}.py")
        passed, total, output = _run_visible(copy, slug)
        if passed != total or not total:
            problems.append(
                f"{slug}: {passed} of {total} visible checks pass on the solution.\n{output}"
            )
    return problems


def _run_visible(exercises: Path, slug: str) -> tuple[int, int, str]:
    """Return how many visible checks passed, how many there are, and what pytest printed."""
    xml = exercises / "visible.xml"
    xml.unlink(missing_ok=True)
    argv = [INTERPRETER, "-m", "pytest", slug, f"--junit-xml={xml}", "-p", "no:cacheprovider"]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(argv, cwd=exercises, env=env, capture_output=True, text=True, check=False)
    if not xml.is_file():
        return 0, 0, done.stdout + done.stderr
    tree = ET.parse(xml)  # noqa: S314 - pytest has just written it
    cases = tree.getroot().iter("testcase")
    outcomes = [len(case) == 0 for case in cases]
    return sum(outcomes), len(outcomes), done.stdout[-3000:]
