"""nbgrader's own tests of collecting, run with this course's settings: what differs is meant to.

The exchange, the exporter and the steps around marking are ours; stock `Execute` and
`SaveAutoGrades` stay, for nbgrader's tests mark notebooks of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from classroom.commands import PROGRAMS
from repository import ROOT

#: What `docs/nbgrader.md` names, with the reason.
MEANT = {
    "TestNbGraderCollect::test_permissions[False]",
    "TestNbGraderCollect::test_permissions[True]",
}
PICKED = {"test_nbgrader_collect.py": ("test_permissions", "test_collect_subdirectories")}
CLASSES = {"test_nbgrader_collect.py": "TestNbGraderCollect"}


def site_configuration(folder: Path) -> Path:
    """Write the course's settings as a site's, with nbgrader's own marking; return the folder."""
    text = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("c.CourseDirectory")]
    text = "\n".join(lines)
    for ours, stock in (("GradeSubmission", "Execute"), ("SaveReport", "SaveAutoGrades")):
        name = f"autograder.edges.nbgrader.preprocessors.{ours}"
        assert name in text
        text = text.replace(name, f"nbgrader.preprocessors.{stock}")
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
    return folder


def test_stock_nbgrader_s_own_tests_differ_where_it_is_meant(tmp_path: Path) -> None:
    """Each picked test passes, but for those that the documentation names with a reason."""
    import nbgrader

    tests = Path(nbgrader.__file__).parent / "tests" / "apps"
    names = [
        f"{tests / file}::{CLASSES[file]}::{name}"
        for file, picked in PICKED.items()
        for name in picked
    ]
    programs = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"  # nbgrader starts `alembic`
    site = site_configuration(tmp_path / "site")
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": str(site), "PATH": programs}
    for name in ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"):
        environment.pop(name, None)
    # Run from another folder, so that no configuration of this repository's is read.
    command = [sys.executable, "-m", "pytest", *names, "-rA", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", str(tmp_path), "--import-mode=importlib"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    said = done.stdout
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) \S*?(TestNb\S+)", said, re.MULTILINE)
    failed = {name for outcome, name in outcomes if outcome != "PASSED"}
    assert len(outcomes) == sum(map(len, PICKED.values())) + 1, said[-3000:]
    assert failed == MEANT, said[-3000:]
    documented = (ROOT / "docs" / "nbgrader.md").read_text(encoding="utf-8")
    assert all(f"`{name.partition('::')[2].partition('[')[0]}`" in documented for name in MEANT)
