"""nbgrader's own tests, run with this course's settings: what differs is meant to.

Here some tests of collecting; `python benchmarks/nbgrader_suites.py` runs whole suites.
"""

from __future__ import annotations

import sys
from pathlib import Path

from repository import ROOT

# Outside a benchmark's own process their folder has no place on the path.
sys.path.append(str(ROOT / "benchmarks"))

from _stock_suite import MEANT, outcomes, site_configuration, suite_file, unexpected

PICKED = ("test_permissions", "test_collect_subdirectories")


def test_stock_nbgrader_s_own_tests_differ_where_it_is_meant(tmp_path: Path) -> None:
    """Each picked test passes, but for those that the documentation names with a reason."""
    tests = [f"{suite_file('collect')}::TestNbGraderCollect::{name}" for name in PICKED]
    came, said = outcomes(tests, tmp_path, site_configuration(tmp_path / "site"), 800)
    assert len(came) == 3, said[-3000:]
    failed = {name for name, outcome in came.items() if outcome != "PASSED"}
    assert {name.partition("[")[0] for name in failed} == {"TestNbGraderCollect::test_permissions"}
    assert len(failed) == 2
    assert unexpected(dict.fromkeys(came, "PASSED"), came) == []


def test_a_difference_that_is_not_meant_is_told() -> None:
    """One that fails under both settings is nbgrader's; one that fails here alone is ours."""
    stock = {
        "TestNbA::test_a": "PASSED",
        "TestNbA::test_b": "FAILED",
        "TestNbA::test_c[1]": "PASSED",
    }
    ours = {"TestNbA::test_a": "PASSED", "TestNbA::test_b": "FAILED"}
    assert unexpected(stock, ours) == ["TestNbA::test_c[1]"]


def test_each_difference_is_documented() -> None:
    """`docs/nbgrader.md` names what is meant to differ, and gives the reason."""
    text = (ROOT / "docs" / "nbgrader.md").read_text(encoding="utf-8")
    assert [name for name in MEANT if f"`{name.partition('::')[2]}`" not in text] == []
