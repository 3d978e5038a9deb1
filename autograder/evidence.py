"""What a grader may ask about a submission; every answer is data from a box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.dataset import Dataset
from autograder.decode import Figure, History, ModelData, Opaque, Picture
from autograder.errors import NoEvidence, SandboxError
from autograder.heard import Answer
from autograder.models import Model, ModelServer
from autograder.records import Status
from autograder.transcript import End, Transcript

_SIGNALS = {6: "a crash (SIGABRT)", 9: "SIGKILL", 11: "a crash (SIGSEGV)", 25: "SIGXFSZ"}
_MEMORY_ERRORS = frozenset(("MemoryError", "ResourceExhaustedError"))


class Evidence:
    """The answers of one submission.

    Args:
        transcript: What the student box said.
        models: Where models are rebuilt, counted and run.
        inputs: What the probe drew, for the oracle to start from.
        data: The data sets by name, test images and labels included; they never enter a
            student box.
        task: The task of the check that asks; it explains a missing answer.
    """

    def __init__(
        self,
        transcript: Transcript,
        models: ModelServer,
        inputs: Mapping[str, Any],
        data: Mapping[str, Dataset],
        task: str = "",
    ) -> None:
        self._transcript = transcript
        self._models = models
        self.inputs = inputs
        self.data = data
        self._task = task

    def for_task(self, task: str) -> Evidence:
        """Return the same evidence, asked by a check of `task`."""
        return Evidence(self._transcript, self._models, self.inputs, self.data, task)

    def value(self, key: str) -> Any:
        """Return what the call recorded under `key` returned.

        Raises:
            NoEvidence: The call did not return, or was never made.
        """
        answer = self._transcript.answers.get(key)
        if answer is None:
            raise self._missing()
        if answer.outcome != "returned":
            raise NoEvidence(*explain(answer))
        return answer.value

    def answered(self, key: str) -> bool:
        """Say whether the call recorded under `key` was made and came to an end."""
        return key in self._transcript.answers

    def output(self, key: str) -> str:
        """Return what the call recorded under `key` printed."""
        self.value(key)
        return self._transcript.answers[key].output

    def array(self, key: str) -> np.ndarray:
        """Return the answer as an array; lists and tuples of numbers count as arrays."""
        value = self.value(key)
        found = numbers_of(value)
        if found is None:
            raise self._wrong_type(key, "a NumPy array", value)
        return found

    def model(self, key: str) -> Model:
        """Return the answer as a Keras model, to be read like one."""
        value = self.value(key)
        if isinstance(value, ModelData):
            return self._models.model(key, value)
        if isinstance(value, Opaque) and value.why:
            raise NoEvidence(
                Status.ERRORED, f"A model must be built of Keras's own layers. {value.why}."
            )
        raise self._wrong_type(key, "a Keras model", value)

    def figure(self, key: str) -> Figure:
        """Return the answer as a Matplotlib figure's data."""
        value = self.value(key)
        if isinstance(value, Figure):
            return value
        raise self._wrong_type(key, "a Matplotlib figure or axes", value)

    def picture(self, key: str) -> Picture:
        """Return the answer as a Pillow image's mode and pixels."""
        value = self.value(key)
        if isinstance(value, Picture):
            return value
        raise self._wrong_type(key, "a Pillow image", value)

    def history(self, key: str) -> Mapping[str, Any]:
        """Return the answer's metrics by name: a `History`, or the dict inside it."""
        value = self.value(key)
        if isinstance(value, History):
            return value.history
        if isinstance(value, dict):
            return value
        raise self._wrong_type(key, "the History that fit returns", value)

    def _wrong_type(self, key: str, wanted: str, value: object) -> NoEvidence:
        function = self._transcript.answers[key].function
        return NoEvidence(
            Status.FAILED,
            f"`{function}` must return {wanted}. Received: {describe(value)}. "
            "Look at the function's `return` line.",
        )

    def _missing(self) -> NoEvidence:
        stop = self._transcript.stops.get(self._task)
        if stop is not None:
            if stop["key"] in self._transcript.answers:
                answer = self._transcript.answers[stop["key"]]
                status, message = explain(answer)
                if status in (Status.SKIPPED, Status.TIMED_OUT, Status.OUT_OF_MEMORY):
                    return NoEvidence(status, message)
                return NoEvidence(Status.SKIPPED, f"Not reached: {message}")
            if stop["error"] is not None:
                return NoEvidence(
                    Status.ERRORED,
                    f"What `{self._task}` returned could not be used: {_told(stop['error'])}",
                )
        end = self._transcript.ends.get(self._task, self._transcript.end)
        if end is not None:
            return NoEvidence(*explain_end(end))
        return NoEvidence(Status.SKIPPED, "Not reached: an earlier step gave no value.")


def explain(answer: Answer) -> tuple[Status, str]:
    """Return the status and the sentence for a call that gave no value."""
    name = answer.function
    if answer.outcome == "missing":
        return Status.SKIPPED, f"`{name}` must be defined. Received: no function of that name."
    if answer.outcome == "unwritten":
        return Status.SKIPPED, f"`{name}` is not written yet."
    error = answer.error or {}
    if answer.outcome == "timed_out":
        return Status.TIMED_OUT, f"`{name}` must end in time. {error.get('message', '')}"
    if error.get("type") in _MEMORY_ERRORS:
        return Status.OUT_OF_MEMORY, f"`{name}` asked for more memory than a submission may use."
    return Status.ERRORED, f"`{name}` raised {_told(error)}"


def explain_end(end: End) -> tuple[Status, str]:
    """Return the status and the sentence for a box that ended before it was asked everything."""
    where = f"in `{end.function}`" if end.function else "while its cells were run"
    if end.facts.why == "time" or end.problem == "time":
        return Status.TIMED_OUT, f"A submission must end in time. It was still running {where}."
    if end.facts.why == "memory":
        told = f"It used {end.facts.peak_mib:.0f} MiB {where}."
        rule = f"A submission may use only so much memory. {told}"
        return Status.OUT_OF_MEMORY, f"{rule} Look for lists or arrays that grow without end."
    if end.problem != "ended":
        return Status.ERRORED, f"The submission broke off its answers. {end.problem}"
    if end.facts.why == "lost":
        raise SandboxError(f"A box was lost {where}.")
    how = f"with exit status {end.facts.code}"
    if end.facts.signal is not None:
        how = f"by {_SIGNALS.get(end.facts.signal, f'signal {end.facts.signal}')}"
    told = f"A submission must not end its process. It ended {how} {where}."
    return Status.ERRORED, f"{told} Look for `os._exit`, `os.abort`, or a crash in compiled code."


def _told(error: Mapping[str, Any]) -> str:
    text = str(error.get("type", "an exception"))
    if error.get("message"):
        text += f": {error['message']}"
    if error.get("source"):
        text += f" (your line: `{error['source']}`)"
    return text


def numbers_of(value: object) -> np.ndarray | None:
    """Return an answer as an array; lists and tuples of numbers count as arrays. Else None."""
    if not _only_numbers(value):  # looked at first: an array of long texts would fill the memory
        return None
    try:
        found = np.asarray(value)
    except (ValueError, OverflowError):
        return None
    return found if found.dtype.kind in "biuf" else None


def _only_numbers(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_only_numbers(one) for one in value)
    return isinstance(value, (int, float, np.ndarray, np.generic))


def describe(value: object) -> str:
    """Return a short name for a decoded value, for "Received: …"."""
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        return f"a {value.type}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, ModelData):
        return "a Keras model"
    if isinstance(value, Picture):
        return f"a Pillow image of mode {value.mode} and shape {value.pixels.shape}"
    if isinstance(value, (bool, int, float, str)):
        return repr(value)[:80]
    return f"a {type(value).__name__}"
