"""A course of one NumPy exercise with a solution, whose grader can be too lenient or too strict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from autograder.authoring.audit.groups import Edition
from autograder.authoring.visible_plugin import NAMES, TEMPLATES
from autograder.course.catalog import Course, read_course
from autograder.judging.checks import checks_of
from autograder.records import Check, Isolation, Report, Status, Verdict

Judge = Callable[[str], Mapping[str, Status]]

SLUG = "ex01_scales"
CATALOG = """\
[course]
hidden = "hidden"

[[exercise]]
slug = "ex01_scales"
title = "Scales"
tasks = ["mean", "scaled"]
"""
SOLUTION = '''\
# %% [markdown]
# # Scales

# %%
import numpy as np

# %% [markdown]
# **Task `mean`.** The sum of all values, by their number.

# %% mean
def mean(values: np.ndarray) -> float:
    """Return the mean.

    Args:
        values: Numbers, shape `(n,)`.
    """
    ### BEGIN SOLUTION
    total = values.sum()
    return float(total / len(values))
    ### END SOLUTION


# %% [markdown]
# **Task `scaled`.** The values in another unit.

# %% scaled
def scaled(values: np.ndarray, unit: float = 2.0) -> np.ndarray:
    """Return the values in a unit.

    Args:
        values: Numbers, shape `(n,)`.
        unit: What they are divided by.
    """
    ### BEGIN SOLUTION
    return values / unit
    ### END SOLUTION
'''
PROBE = """\
from autograder.guest.probing import Datasets, Inputs, Student


def draw(rng, data: Datasets) -> Inputs:
    return {"values": rng.normal(size=7)}


def ask_mean(student: Student, inputs: Inputs) -> None:
    student.call("mean", inputs["values"])


def ask_scaled(student: Student, inputs: Inputs) -> None:
    student.call("scaled", inputs["values"], 3.0)
"""
HEAD = """\
from autograder.judging import Evidence, array, check, claim, close


"""
STRICT = """\
@check("mean", points=2, hint="Look at the sum.")
def test_mean(evidence: Evidence) -> None:
    \"\"\"The mean is right.\"\"\"
    close(evidence.value("mean"), evidence.inputs["values"].mean(), "It must be the mean")


@check("scaled", points=3, hint="Look at the unit.")
def test_scaled(evidence: Evidence) -> None:
    \"\"\"The values are scaled.\"\"\"
    close(evidence.value("scaled"), evidence.inputs["values"] / 3.0, "They must be divided")
"""
#: Looks at the shape of `scaled` alone.
LENIENT = (
    STRICT.partition('    close(evidence.value("scaled")')[0]
    + """\
    array(evidence.value("scaled"), "Seven numbers", (7,))
"""
)
#: Takes no list for numbers.
PICKY = STRICT.replace(
    '    close(evidence.value("scaled")',
    '    claim(not isinstance(evidence.value("scaled"), list), "It must be an array")\n'
    '    close(evidence.value("scaled")',
)
#: A wrong mean costs in `scaled` as well.
COSTLY = (
    STRICT
    + """\
    claim(abs(evidence.value("mean") - evidence.inputs["values"].mean()) < 1e-6, "As your mean")
"""
)
#: Breaks on an array of another shape.
BROKEN = (
    STRICT.partition('    close(evidence.value("scaled")')[0]
    + """\
    off = evidence.value("scaled") - evidence.inputs["values"] / 3.0
    claim(abs(off).max() < 1e-6, "They must be divided")
"""
)
VISIBLE = """\
import pytest


@pytest.mark.task("mean")
def test_mean_of_three(student):
    \"\"\"The mean of three numbers.\"\"\"
    import numpy as np

    value = student.mean(np.array([1.0, 2.0, 6.0]))
    assert value == 3.0, f"The mean of 1, 2, 6 is 3.\\nReceived: {value}.\\nDivide by 3."


@pytest.mark.task("scaled")
def test_scaled_by_the_unit(student):
    \"\"\"Two numbers by 4.\"\"\"
    import numpy as np

    value = student.scaled(np.array([4.0, 8.0]), 4.0)
    assert list(value) == [1.0, 2.0], "4 and 8 by 4 are 1 and 2.\\nReceived: others.\\nDivide."
"""


def audited_course(
    root: Path, checks: str = STRICT, *, visible: str = "", mutants: str = ""
) -> Course:
    """Write the course with a grader, visible checks and a `mutants.toml`, and return it."""
    stub = SOLUTION
    for line in (
        "    total = values.sum()\n",
        "    ### BEGIN SOLUTION\n",
        "    ### END SOLUTION\n",
    ):
        stub = stub.replace(line, "")
    for line in ("return float(total / len(values))", "return values / unit"):
        stub = stub.replace(line, "raise NotImplementedError()")
    files = {
        "exercises/catalog.toml": CATALOG,
        f"exercises/{SLUG}/{SLUG}.py": stub,
        f"solutions/{SLUG}/{SLUG}.py": SOLUTION,
        f"hidden/{SLUG}/probe.py": PROBE,
        f"hidden/{SLUG}/test_{SLUG}.py": HEAD + checks,
    }
    if visible:
        files[f"exercises/{SLUG}/test_{SLUG}.py"] = visible
        files |= {f"exercises/{name}": (TEMPLATES / name).read_text() for name in NAMES}
    if mutants:
        files[f"hidden/{SLUG}/mutants.toml"] = mutants
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_course(root)


def grading(
    course: Course, judge: Judge, *, trained_on: str = "", more: Iterable[Check] = ()
) -> tuple[Callable[[Mapping[str, Edition]], dict[str, Report]], list[str]]:
    """Return what grades as `judge` says of a source, and the names that it was given."""
    asked: list[str] = []

    def grade(editions: Mapping[str, Edition]) -> dict[str, Report]:
        asked.extend(editions)
        reports = {}
        for name, edition in editions.items():
            said = judge(edition.text)
            checks = checks_of(course, SLUG)
            own = [one for one in checks if one.task in (edition.tasks or {one.task})]
            verdicts = tuple(
                Verdict(check, said.get(check.name, Status.PASSED), "no", "trace")
                for check in (*own, *more)
            )
            reports[name] = Report(name, SLUG, verdicts, Isolation.FULL, {}, trained_on=trained_on)
        return reports

    return grade, asked
