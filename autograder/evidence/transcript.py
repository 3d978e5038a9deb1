"""Run one job in a student box and write down its answers: Workdir and inputs → Transcript."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np

from autograder.errors import FrameError, SandboxError
from autograder.evidence.frames import Answer, AnswerLog, Frame
from autograder.guest.protocol import FROM_STUDENT
from autograder.guest.protocol.answers import Cell, FailedCell, Job, Module, Stopped
from autograder.guest.protocol.trainings import Fit
from autograder.guest.protocol.walls import ExitFacts
from autograder.guest.student.encode import encode
from autograder.guest.wire import ChannelClosed
from autograder.records import Exercise, Isolation, Limits, Workdir
from autograder.sandbox.client import Sandbox
from autograder.sandbox.provenance import training_circumstances
from autograder.training.broker import FitRequests
from autograder.training.service import Trainer

#: For encoding an answer, over the time that the call itself has.
CALL_GRACE_S = 30.0
_ENDING_S = 5.0  # a box whose channel is closed has ended, or is about to: why, its keeper tells


class Break(StrEnum):
    """Why the host stopped listening to a box before it had asked everything."""

    TIME = "time"
    #: The box hung up: its `ExitFacts` tell why.
    CLOSED = "closed"
    #: It sent something that is no message, or cannot be meant.
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class End:
    """How a box ended before it had asked everything.

    Attributes:
        cause: Why the host stopped listening.
        facts: How the box itself ended.
        function: What was being called; "" while the cells were run.
        detail: A sentence about the frame that could not be used, where that is the cause.
    """

    cause: Break
    facts: ExitFacts
    function: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that a submission answered.

    Attributes:
        answers: The answers by their keys.
        stops: Per task whose questions ended early, why.
        ends: Per task that ended its box, how; the other tasks were asked in a fresh box.
        end: How the last box ended, where tasks were left that nobody could be asked; else None.
        failures: Cells that raised while they were run.
        isolation: What the box was walled in by.
        devices: Where the trainings that it asked for ran: "cpu", "gpu".
        frames: What the boxes said, word for word.
        elsewhere: Per function that seems to be written where it cannot count, a sentence on it;
            staging found it, and no box said it.
        trainings: How many trainings it asked for; None where that was not kept.
        faults: Per task a sentence on what of our own broke; under "" what concerns all tasks.
    """

    @property
    def repeatable(self) -> bool:
        """Whether nothing in it hangs on how busy the machine was."""
        slow = any(answer.outcome == "timed_out" for answer in self.answers.values())
        slow = slow or any(failed.error.type == "CallTimedOut" for failed in self.failures)
        return not slow and not self.ends and self.end is None

    answers: Mapping[str, Answer] = field(default_factory=dict)
    stops: Mapping[str, Stopped] = field(default_factory=dict)
    ends: Mapping[str, End] = field(default_factory=dict)
    end: End | None = None
    failures: tuple[FailedCell, ...] = ()
    isolation: Isolation = Isolation.NONE
    devices: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    trainings: int | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


def run(
    sandbox: Sandbox,
    exercise: Exercise,
    workdir: Workdir,
    inputs: Mapping[str, Any],
    seed: int,
    trainer: Trainer | None = None,
    *,
    probe: str,
    call_grace_s: float = CALL_GRACE_S,
) -> Transcript:
    """Run a staged submission and let its exercise's probe ask.

    Args:
        sandbox: Where to fork the student box.
        exercise: Whose tasks are asked, and whose limits hold.
        workdir: The staged cells.
        inputs: What the probe drew on the host.
        seed: Set for Python, NumPy and Keras before every call.
        trainer: Trains what the submission's `fit` asks for; the box itself if None.
        probe: The text of the probe, which asks inside the box.
        call_grace_s: How many seconds over a call's own time the host waits for its answer.

    Raises:
        SandboxError: The box could not be started.
    """
    arrays: list[np.ndarray] = []
    job = Job(
        exercise=exercise.slug,
        probe=probe,
        tasks=exercise.tasks,
        cells=tuple(Cell(**asdict(cell)) for cell in workdir.cells),
        modules=tuple(Module(*module) for module in workdir.modules),
        seed=seed,
        inputs=encode(dict(inputs), arrays),
    )
    deadline = time.monotonic() + exercise.limits.timeout_s
    log = AnswerLog()
    circumstances = training_circumstances(sandbox.backend)
    requests = FitRequests(trainer, exercise.limits, seed, circumstances)
    ends: dict[str, End] = {}
    end = None
    while job.tasks:
        end = _run_box(sandbox, exercise.limits, job, arrays, log, requests, deadline, call_grace_s)
        if end is None or log.task is None or end.cause is Break.FRAME:
            break
        if end.facts.why == "lost":
            raise SandboxError(f"A box was lost in `{end.function}`.")
        # The task that ended the box loses its own questions, and no other's.
        ends[log.task] = end
        job = msgspec.structs.replace(job, tasks=job.tasks[job.tasks.index(log.task) + 1 :])
        end = None
        if time.monotonic() > deadline + requests.waited_s:
            end = End(Break.TIME, ExitFacts("time")) if job.tasks else None
            break
    return Transcript(
        log.answers,
        log.stops,
        ends,
        end,
        log.failures,
        sandbox.isolation,
        tuple(sorted(requests.devices)),
        tuple(log.frames),
        trainings=requests.count,
    )


def _run_box(
    sandbox: Sandbox,
    limits: Limits,
    job: Job,
    arrays: list[np.ndarray],
    log: AnswerLog,
    requests: FitRequests,
    deadline: float,
    call_grace_s: float,
) -> End | None:
    """Run one box until it is done (None) or ends otherwise."""
    left_s = max(1.0, deadline + requests.waited_s - time.monotonic())
    box = sandbox.open_box("student", replace(limits, timeout_s=left_s))
    log.begin(box.channel, job.tasks)
    cause: Break | None = None
    detail, patience_s = "", 0.5
    try:
        box.channel.send(job, arrays)
        while not log.done:
            # A call that swallows its alarm costs its own task, and not the time of the others.
            call_s = limits.call_timeout_s + call_grace_s if log.function else left_s
            left_s = max(1.0, deadline + requests.waited_s - time.monotonic())
            message, given = box.channel.receive(FROM_STUDENT, min(left_s, call_s) + 5.0)
            if isinstance(message, Fit):
                requests.answer(box, message)
            else:
                log.take(message, given)
    except TimeoutError:
        cause = Break.TIME
    except ChannelClosed:
        cause, patience_s = Break.CLOSED, _ENDING_S
    except FrameError as error:
        cause, detail = Break.FRAME, str(error)
    finally:
        facts = box.close(patience_s)
    return End(cause, facts, log.function, detail) if cause else None


def read_again(
    exercise: Exercise,
    frames: Iterable[Frame],
    isolation: Isolation,
    devices: Iterable[str],
    trainings: int | None = None,
) -> Transcript:
    """Return the transcript of frames that were kept.

    Raises:
        FrameError: They cannot be of this exercise.
    """
    log = AnswerLog()
    log.begin(None, exercise.tasks)
    for message, arrays in frames:
        log.take(message, arrays)
    return Transcript(
        log.answers,
        log.stops,
        failures=log.failures,
        isolation=isolation,
        devices=tuple(devices),
        frames=tuple(log.frames),
        trainings=trainings,
    )
