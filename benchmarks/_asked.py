"""Our grader's questions, asked in a notebook's kernel: what hidden tests in it would run.

The hidden checks themselves compare answers on the host, and have no form for a kernel; what takes
time is the calls into the submission, its trainings above all. These are made here, as a probe
makes them in a box, without a sandbox and without keeping an answer.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograder import data
from autograder.boxes import calls
from autograder.boxes.student import Student
from autograder.catalog import read_course

#: Begins the line that a notebook's last cell prints.
TOLD = "Asked in this kernel: "


class Kernel(Student):
    """The notebook's own functions, as a probe may call them."""

    def __init__(self, slug: str) -> None:
        # What a box would answer with is not used here.
        super().__init__(None, {"seed": 1, "exercise": slug}, {})  # type: ignore[arg-type]
        self._module = sys.modules["__main__"]

    def call(self, name: str, /, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
        """Call the notebook's function; what it raises is found in the executed notebook."""
        del key
        kwargs.pop("_figure", None)
        function: Callable[..., Any] = getattr(self._module, name)
        self._seed_all()
        with calls.closed_figures():
            return function(*map(calls.copy, args), **kwargs)

    def keep(self, key: str, value: Any) -> None:
        """Keep nothing."""


def ask(slug: str, profile: str, root: str) -> None:
    """Ask all tasks of an exercise, and print what that took as a line of JSON.

    Args:
        slug: The exercise, whose functions are those of `__main__`.
        profile: "full" or "sample".
        root: The course's folder.
    """
    began_s = time.monotonic()
    course = read_course(Path(root))
    exercise = course.exercise(slug)
    probe = importlib.import_module(f"autograder.probes.{slug}")
    sets = {name: data.load(name, profile, course_root=course.root) for name in exercise.data}
    inputs = probe.draw(np.random.default_rng(0), sets)
    ready_s = time.monotonic()
    kernel = Kernel(slug)
    for task in exercise.tasks:
        kernel.task = task
        getattr(probe, f"ask_{task}")(kernel, inputs)
    done_s = time.monotonic()
    told = {"setup_s": ready_s - began_s, "asked_s": done_s - ready_s}
    print(f"{TOLD}{json.dumps(told)}")
