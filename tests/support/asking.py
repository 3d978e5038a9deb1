"""How tests ask a box: a submission of one function, and what came of calling it."""

import textwrap
import time

import psutil
from repository import COURSE

from autograder.evidence import transcript
from autograder.evidence.explanations import explain_end
from autograder.records import Exercise, Limits, StagedCell, Status, Workdir
from autograder.sandbox.client import Sandbox

TASK = "build_perceptron"
#: Source that goes on whatever ends its statements: only what ends its process ends it.
ENDLESS = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
PROBE = COURSE.folder("ex04_perceptron").probe_source()


def run(
    sandbox: Sandbox,
    source: str,
    tasks: tuple[str, ...] = (TASK,),
    call_grace_s: float = transcript.CALL_GRACE_S,
    **limits,
):
    """Run `source` as a submission whose `build_perceptron` is called once."""
    limits = {"timeout_s": 60.0, "call_timeout_s": 30.0, **limits}
    exercise = Exercise("ex04_perceptron", "", tasks, limits=Limits(**limits))
    workdir = Workdir(exercise.slug, (StagedCell("the cell", textwrap.dedent(source)),))
    return transcript.run(sandbox, exercise, workdir, {}, 1, probe=PROBE, call_grace_s=call_grace_s)


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


def zygote_of(sandbox: Sandbox) -> psutil.Process:
    """Return the process of a sandbox that this process started."""
    (pid,) = sandbox.processes() & {child.pid for child in psutil.Process().children()}
    return psutil.Process(pid)


def falls_to(sandbox: Sandbox, count: int, within_s: float = 5.0) -> bool:
    """Say whether a sandbox soon has so many processes, or fewer."""
    deadline_s = time.monotonic() + within_s
    while len(sandbox.processes()) > count and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return len(sandbox.processes()) <= count
