"""What a student box has said: its messages, judged for what they may say, as answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from autograder.errors import FrameError
from autograder.evidence.decode import decode
from autograder.guest.protocol import answers
from autograder.guest.protocol.answers import ErrorFacts
from autograder.guest.wire import Channel

_MAX_FRAMES = 8000
_MAX_TOTAL_BYTES = 2 * 2**30
_MAX_FAILURES, _MAX_CHANGED = 50, 50
_NAME_CHARACTERS, _MESSAGE_CHARACTERS, _OUTPUT_CHARACTERS = 200, 2000, 200_000

#: What counts as an answer; a box asks for trainings besides.
Said = answers.Loaded | answers.Asking | answers.Answer | answers.Stopped | answers.Done
Frame = tuple[Said, list[np.ndarray]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call gave. `value` is what it returned, as the host's own inert values.

    `changed` are the arguments that it changed in place: places, from 0, and keywords.
    """

    key: str
    function: str
    outcome: answers.Outcome
    value: Any = None
    error: ErrorFacts | None = None
    output: str = ""
    seconds: float = 0.0
    changed: tuple[int | str, ...] = ()


class AnswerLog:
    """The messages taken so far, of one box after the other.

    Attributes:
        answers: The answers by their keys.
        stops: Per task whose questions ended early, why.
        failures: Cells that raised while they were run.
        task: The task that is being asked; None before the first.
        function: The function that is being called; "" before the first.
        done: Whether the box has asked everything.
        frames: Those that count, as they came, so that they can be kept and read again.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.stops: dict[str, answers.Stopped] = {}
        self.failures: tuple[answers.FailedCell, ...] = ()
        self.task: str | None = None
        self.function = ""
        self.done = False
        self._channel: Channel | None = None
        self._tasks: tuple[str, ...] = ()
        self._bytes = 0
        self.frames: list[Frame] = []

    def begin(self, channel: Channel | None, tasks: Iterable[str]) -> None:
        """Start to read a fresh box that will ask `tasks`, or frames that were kept."""
        if self._channel is not None:
            self._bytes += self._channel.received_bytes
        self._channel, self._tasks = channel, tuple(tasks)
        self.task, self.done, self.function = None, False, ""

    def take(self, said: Said, arrays: list[np.ndarray]) -> None:
        """Take one message.

        Raises:
            FrameError: It says what cannot be, or there are too many.
        """
        total = self._bytes + (self._channel.received_bytes if self._channel else 0)
        if total > _MAX_TOTAL_BYTES or len(self.frames) > _MAX_FRAMES:
            raise FrameError("A submission's answers were more than a grader can use.")
        match said:
            case answers.Answer():
                self._take_answer(said, arrays)
            case answers.Asking():
                self._check_task(said.task)
                self.task, self.function = said.task, said.function[:_NAME_CHARACTERS]
            case answers.Stopped():
                self._check_task(said.task)
                error = None if said.error is None else _shortened(said.error)
                self.stops[said.task] = msgspec.structs.replace(said, error=error)
            case answers.Loaded():
                self.failures = tuple(
                    answers.FailedCell(failed.cell[:_NAME_CHARACTERS], _shortened(failed.error))
                    for failed in said.failures[:_MAX_FAILURES]
                )
            case answers.Done():
                self.done = True
        self.frames.append((said, arrays))

    def _check_task(self, task: str) -> None:
        """Refuse a task that was not asked for: the message is forged."""
        if task not in self._tasks:
            raise FrameError(
                f"A submission must answer what it is asked. Received: a task {task[:100]!r}."
            )

    def _take_answer(self, said: answers.Answer, arrays: list[np.ndarray]) -> None:
        key = said.key[:_NAME_CHARACTERS]
        if key in self.answers:
            return  # the first answer stands: nothing said later can mend it
        self.answers[key] = Answer(
            key,
            said.function[:_NAME_CHARACTERS],
            said.outcome,
            decode(said.value, arrays) if said.outcome == "returned" else None,
            None if said.error is None else _shortened(said.error),
            said.output[:_OUTPUT_CHARACTERS],
            said.seconds,
            tuple(
                one[:_NAME_CHARACTERS] if isinstance(one, str) else one
                for one in said.changed[:_MAX_CHANGED]
            ),
        )


def _shortened(error: ErrorFacts) -> ErrorFacts:
    """Return an error with its texts cut to what the box itself would cut them to."""
    return ErrorFacts(
        error.type[:100],
        error.message[:_MESSAGE_CHARACTERS],
        error.line,
        None if error.source is None else error.source[:300],
    )
