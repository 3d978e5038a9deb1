"""How tests ask a box: a submission of one function, and what came of calling it."""

import textwrap
import time

import psutil

from autograder import transcript
from autograder.evidence import explain_end
from autograder.records import Exercise, Limits, StagedCell, Status, Workdir
from autograder.sandbox.zygote import Sandbox

TASK = "build_perceptron"


def run(sandbox: Sandbox, source: str, tasks: tuple[str, ...] = (TASK,), **limits):
    """Run `source` as a submission whose `build_perceptron` is called once."""
    limits = {"timeout_s": 60.0, "call_timeout_s": 30.0, **limits}
    exercise = Exercise("ex04_perceptron", "", tasks, limits=Limits(**limits))
    workdir = Workdir(exercise.slug, (StagedCell("the cell", textwrap.dedent(source)),))
    return transcript.run(sandbox, exercise, workdir, {}, 1)


def answer(sandbox: Sandbox, source: str, **limits):
    """Return what `build_perceptron` of `source` returned."""
    said = run(sandbox, source, **limits)
    assert said.end is None, said.end
    assert not said.ends, said.ends
    found = said.answers[TASK]
    assert found.outcome == "returned", found.error
    return found.value


def ending(sandbox: Sandbox, source: str, **limits) -> tuple[Status, str]:
    """Return how a submission that ends its box is judged."""
    said = run(sandbox, source, **limits)
    return explain_end(said.ends.get(TASK) or said.end)


DAEMON = f"""
    import os, time
    def {TASK}():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                while True:
                    time.sleep(0.05)
            os._exit(0)
        time.sleep(0.3)
        return "left"
"""

# Children that fill their memory as fast as they can, 8000 MiB together.
HUNGRY = f"""
    import os, time
    def {TASK}():
        for _ in range(16):
            if os.fork() == 0:
                try:
                    hold = b"x" * (500 * 2**20)
                    time.sleep(60)
                finally:
                    os._exit(0)
        time.sleep(60)
"""


def descendants(sandbox: Sandbox) -> list[psutil.Process]:
    return psutil.Process(sandbox._process.pid).children(recursive=True)


def gone_within(sandbox: Sandbox, before: int, seconds: float = 5.0) -> bool:
    deadline_s = time.monotonic() + seconds
    while len(descendants(sandbox)) > before and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return len(descendants(sandbox)) <= before
