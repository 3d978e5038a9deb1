"""Run one job in a student box and write down its answers: Workdir and inputs → Transcript."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.boxes.encode import encode
from autograder.decode import decode
from autograder.errors import FrameError
from autograder.records import Exercise, Isolation, Workdir
from autograder.sandbox.zygote import ExitFacts, Sandbox
from autograder.wire import ChannelClosed

_MAX_ANSWERS = 2000
_MAX_TOTAL_BYTES = 2 * 2**30


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
class Transcript:
    """All that a student box said, and how it ended.

    Attributes:
        answers: The answers by their keys.
        stops: Per task whose questions ended early, the key of the call that gave no value.
        failures: Cells that raised while they were run: `(label, error)`.
        done: Whether the box asked everything it had to ask.
        problem: Why the box's words were no longer listened to, or "".
        last_function: The function that was answered last, to say where a box died.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    stops: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    failures: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    functions: frozenset[str] = frozenset()
    done: bool = False
    problem: str = ""
    ended: ExitFacts = ExitFacts("lost")
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
        "cells": [{"label": cell.label, "source": cell.source} for cell in workdir.cells],
        "seed": seed,
        "inputs": encode(dict(inputs), arrays),
    }
    deadline = time.monotonic() + exercise.limits.timeout_s + 5.0
    box = sandbox.open_box("student", exercise.limits)
    heard = _Heard()
    try:
        box.channel.send(job, arrays)
        while not heard.done:
            heard.take(*box.channel.receive(deadline - time.monotonic()))
    except TimeoutError:
        heard.problem = "time"
    except ChannelClosed:
        heard.problem = "ended"
    except FrameError as error:
        heard.problem = str(error)
    finally:
        ended = box.close()
    return Transcript(
        heard.answers,
        heard.stops,
        tuple(heard.failures),
        frozenset(heard.functions),
        heard.done,
        heard.problem,
        ended,
        sandbox.isolation,
    )


class _Heard:
    """The frames taken so far, each checked for its form."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.stops: dict[str, Mapping[str, Any]] = {}
        self.failures: list[tuple[str, Mapping[str, Any]]] = []
        self.functions: set[str] = set()
        self.done = False
        self.problem = ""
        self._bytes = 0

    def take(self, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        self._bytes += sum(array.nbytes for array in arrays)
        if self._bytes > _MAX_TOTAL_BYTES or len(self.answers) > _MAX_ANSWERS:
            raise FrameError("A submission's answers were more than a grader can use.")
        try:
            _FRAMES[header["kind"]](self, header, arrays)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FrameError(f"A frame must be of a known kind and form ({error!r}).") from error

    def _answer(self, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        key, outcome = str(header["key"]), str(header["outcome"])
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
        self.functions = {str(name) for name in header["functions"]}
        for failure in header["failures"][:50]:
            self.failures.append((str(failure["cell"])[:200], _error(failure["error"]) or {}))

    def _stopped(self, header: dict[str, Any], _arrays: list[np.ndarray]) -> None:
        self.stops[str(header["task"])] = {
            "key": header.get("key"),
            "error": _error(header.get("error")),
        }

    def _done(self, _header: dict[str, Any], _arrays: list[np.ndarray]) -> None:
        self.done = True


_FRAMES = {
    "answer": _Heard._answer,
    "loaded": _Heard._loaded,
    "stopped": _Heard._stopped,
    "done": _Heard._done,
}


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
