"""Run one job in a student box and write down its answers: Workdir and inputs → Transcript."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from autograder.boxes.encode import encode
from autograder.errors import FrameError, SandboxError
from autograder.fit_requests import FitRequests
from autograder.heard import Answer, Frame, Heard
from autograder.records import Exercise, Isolation, Limits, Workdir
from autograder.sandbox.box import ExitFacts
from autograder.sandbox.zygote import Sandbox
from autograder.training import Trainer
from autograder.versions import training_circumstances
from autograder.wire import ChannelClosed

_CALL_GRACE_S = 30.0  # for encoding an answer, over the time that the call itself has
_ENDING_S = 5.0  # a box whose channel is closed has ended, or is about to: why, its keeper tells


@dataclass(frozen=True, slots=True)
class End:
    """How a box ended before it had asked everything.

    `problem` is "time", "ended", or a sentence about frames that could not be read; `function` is
    what was being called, "" while the cells were run.
    """

    problem: str
    facts: ExitFacts
    function: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that a submission answered.

    Attributes:
        answers: The answers by their keys.
        stops: Per task whose questions ended early, the key of the call that gave no value.
        ends: Per task that ended its box, how; the other tasks were asked in a fresh box.
        end: How the last box ended, where tasks were left that nobody could be asked; else None.
        failures: Cells that raised while they were run: `(label, error)`.
        isolation: What the box was walled in by.
        devices: Where the trainings that it asked for ran: "cpu", "gpu".
        frames: What the boxes said, word for word.
    """

    @property
    def repeatable(self) -> bool:
        """Whether nothing in it hangs on how busy the machine was."""
        slow = any(answer.outcome == "timed_out" for answer in self.answers.values())
        return not slow and not self.ends and self.end is None

    answers: Mapping[str, Answer] = field(default_factory=dict)
    stops: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ends: Mapping[str, End] = field(default_factory=dict)
    end: End | None = None
    failures: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    isolation: Isolation = Isolation.NONE
    devices: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()


def run(
    sandbox: Sandbox,
    exercise: Exercise,
    workdir: Workdir,
    inputs: Mapping[str, Any],
    seed: int,
    trainer: Trainer | None = None,
) -> Transcript:
    """Run a staged submission and let its exercise's probe ask.

    Args:
        sandbox: Where to fork the student box.
        exercise: Whose tasks are asked, and whose limits hold.
        workdir: The staged cells.
        inputs: What the probe drew on the host.
        seed: Set for Python, NumPy and Keras before every call.
        trainer: Trains what the submission's `fit` asks for; the box itself if None.

    Raises:
        SandboxError: The box could not be started.
    """
    arrays: list[np.ndarray] = []
    job = {
        "kind": "job",
        "exercise": exercise.slug,
        "tasks": list(exercise.tasks),
        "cells": [asdict(cell) for cell in workdir.cells],
        "seed": seed,
        "inputs": encode(dict(inputs), arrays),
    }
    deadline = time.monotonic() + exercise.limits.timeout_s
    heard = Heard()
    circumstances = training_circumstances(sandbox.backend)
    requests = FitRequests(trainer, exercise.limits, seed, circumstances)
    ends: dict[str, End] = {}
    end = None
    while job["tasks"]:
        end = _run_box(sandbox, exercise.limits, job, arrays, heard, requests, deadline)
        if end is None or heard.task is None or end.problem not in ("ended", "time"):
            break
        if end.facts.why == "lost":
            raise SandboxError(f"A box was lost in `{end.function}`.")
        # The task that ended the box loses its own questions, and no other's.
        ends[heard.task] = end
        job["tasks"] = job["tasks"][job["tasks"].index(heard.task) + 1 :]
        end = None
        if time.monotonic() > deadline + requests.waited_s:
            end = End("time", ExitFacts("time")) if job["tasks"] else None
            break
    return Transcript(
        heard.answers,
        heard.stops,
        ends,
        end,
        tuple(heard.failures),
        sandbox.isolation,
        tuple(sorted(requests.devices)),
        tuple(heard.frames),
    )


def _run_box(
    sandbox: Sandbox,
    limits: Limits,
    job: Mapping[str, Any],
    arrays: list[np.ndarray],
    heard: Heard,
    requests: FitRequests,
    deadline: float,
) -> End | None:
    """Run one box until it is done (None) or ends otherwise."""
    left_s = max(1.0, deadline + requests.waited_s - time.monotonic())
    box = sandbox.open_box("student", replace(limits, timeout_s=left_s))
    heard.begin(box.channel, job["tasks"])
    problem, patience_s = "", 0.5
    try:
        box.channel.send(job, arrays)
        while not heard.done:
            # A call that swallows its alarm costs its own task, and not the time of the others.
            call_s = limits.call_timeout_s + _CALL_GRACE_S if heard.function else left_s
            left_s = max(1.0, deadline + requests.waited_s - time.monotonic())
            header, given = box.channel.receive(min(left_s, call_s) + 5.0)
            if header.get("kind") == "fit":
                requests.answer(box, header)
            else:
                heard.take(header, given)
    except TimeoutError:
        problem = "time"
    except ChannelClosed:
        problem, patience_s = "ended", _ENDING_S
    except FrameError as error:
        problem = str(error)
    finally:
        facts = box.close(patience_s)
    return End(problem, facts, heard.function) if problem else None


def listen_again(
    exercise: Exercise, frames: Iterable[Frame], isolation: Isolation, devices: Iterable[str]
) -> Transcript:
    """Return the transcript of frames that were kept.

    Raises:
        FrameError: They are no frames of this exercise.
    """
    heard = Heard()
    heard.begin(None, exercise.tasks)
    for header, arrays in frames:
        heard.take(header, arrays)
    return Transcript(
        heard.answers,
        heard.stops,
        failures=tuple(heard.failures),
        isolation=isolation,
        devices=tuple(devices),
        frames=tuple(heard.frames),
    )
