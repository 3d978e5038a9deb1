"""A small course of NumPy exercises, in any folder; it asks for no Keras."""

from __future__ import annotations

from pathlib import Path

from autograder.course.catalog import Course, read_course
from autograder.records import Submission

CATALOG = """\
[course]
hidden = "hidden"

[[exercise]]
slug = "ex01_sums"
title = "Sums"
tasks = ["total"]

[[exercise]]
slug = "ex02_means"
title = "Means"
tasks = ["mean"]
"""
PROBE = """\
from autograder.guest.probing import Datasets, Inputs, Student

SECRET = "the question of {task}"


def draw(rng, data: Datasets) -> Inputs:
    return {{"values": rng.normal(size=7)}}


def ask_{task}(student: Student, inputs: Inputs) -> None:
    student.call("{task}", inputs["values"])
"""
ORACLE = """\
import numpy as np

MARK = "the answer of {task}"


def right(values):
    return float(np.{function}(values))
"""
GRADER = """\
from autograder.judging import Evidence, check, close

from .oracle import right


@check("{task}", points={points}, hint="Look at numpy.{function}.")
def test_{task}(evidence: Evidence) -> None:
    \"\"\"`{task}` is right.\"\"\"
    close(evidence.value("{task}"), right(evidence.inputs["values"]), "It must be the {task}")
"""
_TASKS = {"ex01_sums": ("total", "sum"), "ex02_means": ("mean", "mean")}


def small_course(root: Path, *, points: int = 1) -> Course:
    """Write the course, each check of which is worth `points`, and return it."""
    files = {"exercises/catalog.toml": CATALOG}
    for slug, (task, function) in _TASKS.items():
        words = {"task": task, "function": function, "points": points}
        stub = f"def {task}(values):\n    raise NotImplementedError()\n"
        files |= {
            f"exercises/{slug}/{slug}.py": stub,
            f"hidden/{slug}/probe.py": PROBE.format(**words),
            f"hidden/{slug}/oracle.py": ORACLE.format(**words),
            f"hidden/{slug}/test_{slug}.py": GRADER.format(**words),
        }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_course(root)


def answer(slug: str, *, before: str = "") -> Submission:
    """Return a right submission; `before` is more source that stands above it."""
    task, function = _TASKS[slug]
    source = f"import numpy as np\n{before}\n\ndef {task}(values):\n"
    source += f"    return np.{function}(values)\n"
    return Submission(f"{slug}.py", slug, source.encode(), ".py")
