"""Our grader's questions, asked in a notebook's kernel: what hidden tests in it would run.

The hidden checks themselves compare answers on the host, and have no form for a kernel; what takes
time is the calls into the submission, its trainings above all. These are made here, as a probe
makes them in a box, without a sandbox and without keeping an answer.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograder.course.catalog import read_course
from autograder.datasets import registry
from autograder.guest.student import call_guard
from autograder.guest.student.student import Student

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
        with call_guard.closed_figures():
            return function(*map(call_guard.copy, args), **kwargs)

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
    probe = course.folder(slug).probe()
    sets = {name: registry.load(name, profile, course=course) for name in exercise.data}
    inputs = probe.draw(np.random.default_rng(0), sets)
    ready_s = time.monotonic()
    kernel = Kernel(slug)
    for task in exercise.tasks:
        kernel.task = task
        getattr(probe, f"ask_{task}")(kernel, inputs)
    done_s = time.monotonic()
    told = {"setup_s": ready_s - began_s, "asked_s": done_s - ready_s}
    print(f"{TOLD}{json.dumps(told)}")
