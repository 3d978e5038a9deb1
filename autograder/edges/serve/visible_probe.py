"""Runs visible checks in a student box: goes there as text, with a call of `setup` below it.

What the checks say comes from a process in which the student's code runs: it is shown to that
student, and decides nothing.
"""

from __future__ import annotations

import functools
import sys
import types
from typing import Any

from autograder.guest.probing import Inputs, Student


def setup(slug: str, tasks: tuple[str, ...], source: str) -> None:
    """Make a question of each task.

    Args:
        slug: The exercise, as whose module the submission is run.
        tasks: Its tasks.
        source: The file that its notebook's check cells run.
    """
    checks = functools.cache(lambda: _checks(slug, source))
    for task in tasks:
        globals()[f"ask_{task}"] = functools.partial(_ask, checks, task)


def _ask(checks: Any, task: str, student: Student, inputs: Inputs) -> None:
    del inputs

    def visible_checks() -> list[str]:
        module, shown = checks()
        shown.clear()
        try:
            module["check"](task)
        except module["NotRight"]:
            pass  # its words were shown before
        return list(shown)

    # As one of the submission's functions, it has a call's time and limits.
    with student.lent(visible_checks=visible_checks):
        student.attempt("visible_checks", key=task)


def _checks(slug: str, source: str) -> tuple[dict[str, Any], list[str]]:
    """Return the checks' module, and the list in which what it shows arrives."""
    shown: list[str] = []

    def display(data: dict[str, str], **_: Any) -> None:
        shown.append(data["text/plain"])

    jupyter = types.ModuleType("IPython.display")
    jupyter.display = display  # type: ignore[attr-defined]
    stand_ins = {"IPython": types.ModuleType("IPython"), "IPython.display": jupyter}
    before = {name: sys.modules.get(name) for name in stand_ins}
    sys.modules |= stand_ins
    sys.modules["__main__"] = sys.modules[slug]  # where a notebook's functions are
    sys.modules["checks"] = types.ModuleType("checks")
    module = vars(sys.modules["checks"])
    try:
        exec(compile(source, "checks.py", "exec"), module)  # noqa: S102 - in the box
    finally:
        for name, own in before.items():  # Matplotlib asks whether it runs in Jupyter
            sys.modules.pop(name)
            sys.modules |= {name: own} if own else {}
    return module, shown
