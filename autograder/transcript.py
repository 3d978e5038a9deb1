"""Run one job in a student box and write down its answers: Workdir and inputs → Transcript."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from autograder.boxes.encode import encode
from autograder.decode import decode
from autograder.errors import FrameError, SandboxError
from autograder.records import Exercise, Isolation, Limits, Workdir
from autograder.sandbox.box import ExitFacts
from autograder.sandbox.zygote import Sandbox
from autograder.wire import Channel, ChannelClosed

_MAX_ANSWERS = 2000
_MAX_TOTAL_BYTES = 2 * 2**30
_CALL_GRACE_S = 30.0  # for encoding an answer, over the time that the call itself has
_ENDING_S = 5.0  # a box whose channel is closed has ended, or is about to: why, its keeper tells


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call gave. `outcome`: returned, raised, missing, unwritten or timed_out."""

    key: str
    function: str
    outcome: str
    value: Any = None
    error: Mapping[str, Any] | None = None
    output: str = ""
    seconds: float = 0.0


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
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    stops: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ends: Mapping[str, End] = field(default_factory=dict)
    end: End | None = None
    failures: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    isolation: Isolation = Isolation.NONE


def run(
    sandbox: Sandbox, exercise: Exercise, workdir: Workdir, inputs: Mapping[str, Any], seed: int
) -> Transcript:
    """Run a staged submission and let its exercise's probe ask.

    Args:
        sandbox: Where to fork the student box.
        exercise: Whose tasks are asked, and whose limits hold.
        workdir: The staged cells.
        inputs: What the probe drew on the host.
        seed: Set for Python, NumPy and Keras before every call.

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
    heard = _Heard()
    ends: dict[str, End] = {}
    end = None
    while job["tasks"]:
        end = _run_box(sandbox, exercise.limits, job, arrays, heard, deadline)
        if end is None or heard.task is None or end.problem not in ("ended", "time"):
            break
        if end.facts.why == "lost":
            raise SandboxError(f"A box was lost in `{end.function}`.")
        # The task that ended the box loses its own questions, and no other's.
        ends[heard.task] = end
        job["tasks"] = job["tasks"][job["tasks"].index(heard.task) + 1 :]
        end = None
        if time.monotonic() > deadline:
            end = End("time", ExitFacts("time")) if job["tasks"] else None
            break
    return Transcript(
        heard.answers, heard.stops, ends, end, tuple(heard.failures), sandbox.isolation
    )


def _run_box(
    sandbox: Sandbox,
    limits: Limits,
    job: Mapping[str, Any],
    arrays: list[np.ndarray],
    heard: _Heard,
    deadline: float,
) -> End | None:
    """Run one box until it is done (None) or ends otherwise."""
    left_s = max(1.0, deadline - time.monotonic())
    box = sandbox.open_box("student", replace(limits, timeout_s=left_s))
    heard.begin(box.channel, job["tasks"])
    problem, patience_s = "", 0.5
    try:
        box.channel.send(job, arrays)
        while not heard.done:
            # A call that swallows its alarm costs its own task, and not the time of the others.
            call_s = limits.call_timeout_s + _CALL_GRACE_S if heard.function else left_s
            left_s = max(1.0, deadline - time.monotonic())
            heard.take(*box.channel.receive(min(left_s, call_s) + 5.0))
    except TimeoutError:
        problem = "time"
    except ChannelClosed:
        problem, patience_s = "ended", _ENDING_S
    except FrameError as error:
        problem = str(error)
    finally:
        facts = box.close(patience_s)
    return End(problem, facts, heard.function) if problem else None


class _Heard:
    """The frames taken so far, each checked for its form."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.stops: dict[str, Mapping[str, Any]] = {}
        self.failures: list[tuple[str, Mapping[str, Any]]] = []
        self.task: str | None = None
        self.function = ""
        self.done = False
        self._channel: Channel | None = None
        self._tasks: tuple[str, ...] = ()
        self._bytes = 0

    def begin(self, channel: Channel, tasks: Iterable[str]) -> None:
        """Start to listen to a fresh box that will ask `tasks`."""
        if self._channel is not None:
            self._bytes += self._channel.received_bytes
        self._channel, self._tasks = channel, tuple(tasks)
        self.task, self.done, self.function = None, False, ""

    def take(self, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        assert self._channel is not None
        total = self._bytes + self._channel.received_bytes
        if total > _MAX_TOTAL_BYTES or len(self.answers) > _MAX_ANSWERS:
            raise FrameError("A submission's answers were more than a grader can use.")
        actions = {
            "answer": self._answer,
            "asking": self._asking,
            "loaded": self._loaded,
            "stopped": self._stopped,
            "done": self._done,
        }
        try:
            actions[header["kind"]](header, arrays)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            told = f"A frame must be of a known kind and form ({repr(error)[:200]})."
            raise FrameError(told) from error

    def _known(self, header: dict[str, Any]) -> str:
        """Return the frame's task; a name that was not asked for is forged."""
        if header["task"] not in self._tasks:
            raise ValueError(str(header["task"])[:100])
        return str(header["task"])

    def _answer(self, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        key, outcome = str(header["key"])[:200], str(header["outcome"])
        if outcome not in ("returned", "raised", "missing", "unwritten", "timed_out"):
            raise ValueError(outcome)
        if key in self.answers:
            return  # the first answer stands: nothing said later can mend it
        value = decode(header["value"], arrays) if outcome == "returned" else None
        self.answers[key] = Answer(
            key,
            str(header["function"])[:200],
            outcome,
            value,
            _error(header["error"]),
            str(header["output"])[:200_000],
            float(header["seconds"]),
        )

    def _loaded(self, header: dict[str, Any], _arrays: list[np.ndarray]) -> None:
        self.failures = [
            (str(failure["cell"])[:200], _error(failure["error"]) or {})
            for failure in header["failures"][:50]
        ]

    def _asking(self, header: dict[str, Any], _arrays: list[np.ndarray]) -> None:
        self.task, self.function = self._known(header), str(header["function"])[:200]

    def _stopped(self, header: dict[str, Any], _arrays: list[np.ndarray]) -> None:
        key = header.get("key")
        self.stops[self._known(header)] = {
            "key": key if isinstance(key, str) else None,
            "error": _error(header.get("error")),
        }

    def _done(self, _header: dict[str, Any], _arrays: list[np.ndarray]) -> None:
        self.done = True


def _error(error: Any) -> Mapping[str, Any] | None:
    if error is None:
        return None
    line = error.get("line")
    return {
        "type": str(error["type"])[:100],
        "message": str(error["message"])[:2000],
        "line": line if type(line) is int else None,
        "source": str(error.get("source") or "")[:300],
    }
