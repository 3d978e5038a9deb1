"""nbgrader's own tests, which ship with it, under stock settings or this course's as a site's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from _common import PROGRAMS, REPOSITORY

#: What differs because it is meant to; `docs/nbgrader.md` gives the reason of each.
MEANT = frozenset({
    "TestNbGraderCollect::test_permissions",
    "TestNbGraderAutograde::test_grade_empty_timestamp",
    "TestNbGraderAutograde::test_handle_failure",
    "TestNbGraderAutograde::test_handle_failure_single_notebook",
    "TestNbGraderAutograde::test_missing_source_kernelspec",
    "TestNbGraderUpdate::test_update_autograde",
    "TestNbGraderUpdate::test_update_autograde_old_assign",
})  # fmt: skip
SUITES = (
    "collect", "autograde", "generate_feedback", "zip_collect", "list", "submit",
    "fetch_assignment", "releasefeedback", "formgrade", "db", "update", "validate",
)  # fmt: skip
_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR) \S*?(TestNb\S+)", re.MULTILINE)
#: Of pytest itself: so that the tests run as if nobody had started them.
_PYTEST = ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER")


def suite_file(suite: str) -> Path:
    """Return nbgrader's file of tests for one of its commands."""
    import nbgrader

    return Path(nbgrader.__file__).parent / "tests" / "apps" / f"test_nbgrader_{suite}.py"


def site_configuration(folder: Path) -> Path:
    """Write the course's settings as a site's, with nbgrader's own marking; return the folder.

    The exchange, the exporter and the steps around marking are ours; stock `Execute` and
    `SaveAutoGrades` stay, for nbgrader's tests mark notebooks of their own.
    """
    text = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("c.CourseDirectory")]
    text = "\n".join(lines)
    for ours, stock in (("GradeSubmission", "Execute"), ("SaveReport", "SaveAutoGrades")):
        name = f"autograder.edges.nbgrader.preprocessors.{ours}"
        assert name in text, name
        text = text.replace(name, f"nbgrader.preprocessors.{stock}")
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
    return folder


def outcomes(
    tests: Sequence[str], folder: Path, site: Path | None, timeout_s: float = 3600.0
) -> tuple[Mapping[str, str], str]:
    """Run some of nbgrader's tests.

    Args:
        tests: Files, or tests in them, as pytest takes them.
        folder: Where to run, so that no configuration of this repository's is read.
        site: A site's configuration; stock settings if None.
        timeout_s: For all of them together.

    Returns:
        PASSED, FAILED or ERROR by the tests' names, and all that was printed.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _PYTEST}
    environment["PATH"] = f"{PROGRAMS}{os.pathsep}{environment['PATH']}"  # it starts `alembic`
    if site is not None:
        environment["JUPYTER_CONFIG_PATH"] = str(site)
    options = ["-rA", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *tests, *options, "--import-mode=importlib"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return {name: outcome for outcome, name in _OUTCOME.findall(done.stdout)}, done.stdout


def unexpected(stock: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """Return the tests that pass under stock settings alone, and are not meant to."""
    return sorted(
        name
        for name, outcome in stock.items()
        if outcome == "PASSED"
        and ours.get(name) != "PASSED"
        and name.partition("[")[0] not in MEANT
    )
