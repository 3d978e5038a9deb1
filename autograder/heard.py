"""What a student box has said: its frames, each checked for its form, as answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.decode import decode
from autograder.errors import FrameError
from autograder.wire import Channel

_MAX_FRAMES = 8000
_MAX_TOTAL_BYTES = 2 * 2**30

Frame = tuple[dict[str, Any], list[np.ndarray]]


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


class Heard:
    """The frames taken so far, each checked for its form.

    Attributes:
        frames: Those that count, as they came, so that they can be kept and heard again.
    """

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
        self.frames: list[Frame] = []

    def begin(self, channel: Channel | None, tasks: Iterable[str]) -> None:
        """Start to listen to a fresh box that will ask `tasks`, or to frames that were kept."""
        if self._channel is not None:
            self._bytes += self._channel.received_bytes
        self._channel, self._tasks = channel, tuple(tasks)
        self.task, self.done, self.function = None, False, ""

    def take(self, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        """Take one frame.

        Raises:
            FrameError: It is of no known kind or form, or there are too many.
        """
        total = self._bytes + (self._channel.received_bytes if self._channel else 0)
        if total > _MAX_TOTAL_BYTES or len(self.frames) > _MAX_FRAMES:
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
        self.frames.append((header, arrays))

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
