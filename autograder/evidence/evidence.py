"""What a grader may ask about a submission; every answer is data from a box."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from autograder.datasets.archive import Dataset
from autograder.errors import CourseError, NoEvidence
from autograder.evidence.explanations import described_error, explain, explain_end
from autograder.evidence.transcript import Transcript
from autograder.models.model import Model
from autograder.models.server import ModelServer
from autograder.records import Accuracy, Status
from autograder.values import Figure, History, ModelData, Opaque, Picture


class Evidence:
    """The answers of one submission.

    Args:
        transcript: What the student box said.
        models: Where models are rebuilt, counted and run.
        inputs: What the probe drew, for the oracle to start from.
        data: The data sets by name, test images and labels included; they never enter a
            student box.
        task: The task of the check that asks; it explains a missing answer.
        exercise: The exercise's name.
        calibration: The measured thresholds of the exercise.
        accuracies: Where accuracies that checks measure are noted.
    """

    def __init__(
        self,
        transcript: Transcript,
        models: ModelServer,
        inputs: Mapping[str, Any],
        data: Mapping[str, Dataset],
        task: str = "",
        *,
        exercise: str = "",
        calibration: Mapping[str, Any] | None = None,
        accuracies: list[Accuracy] | None = None,
    ) -> None:
        self._transcript = transcript
        self._models = models
        self.inputs = inputs
        self.data = data
        self._task = task
        self.exercise = exercise
        self.calibration: Mapping[str, Any] = calibration or {}
        self.accuracies = [] if accuracies is None else accuracies

    def for_task(self, task: str) -> Evidence:
        """Return the same evidence, asked by a check of `task`."""
        return Evidence(
            self._transcript,
            self._models,
            self.inputs,
            self.data,
            task,
            exercise=self.exercise,
            calibration=self.calibration,
            accuracies=self.accuracies,
        )

    def note_accuracy(self, reached: float, least: float) -> None:
        """Note what a trained model reached of what it must, for those who teach."""
        self.accuracies.append(Accuracy(self._task, reached, least))

    def value(self, key: str) -> Any:
        """Return what the call recorded under `key` returned.

        Raises:
            NoEvidence: The call did not return, or was never made.
        """
        answer = self._transcript.answers.get(key)
        if answer is None:
            raise self._missing()
        if answer.outcome != "returned":
            raise NoEvidence(*explain(answer, self._transcript.elsewhere))
        return answer.value

    def answered(self, key: str) -> bool:
        """Say whether the call recorded under `key` was made and came to an end."""
        return key in self._transcript.answers

    def output(self, key: str) -> str:
        """Return what the call recorded under `key` printed."""
        self.value(key)
        return self._transcript.answers[key].output

    def changed(self, key: str) -> tuple[int | str, ...]:
        """Return which arguments the call changed in place: places, from 0, and keywords."""
        self.value(key)
        return self._transcript.answers[key].changed

    def array(self, key: str) -> np.ndarray:
        """Return the answer as an array; lists and tuples of numbers count as arrays."""
        value = self.value(key)
        array = numbers_of(value)
        if array is None:
            raise self._wrong_type(key, "a NumPy array", value)
        return array

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
        faults = self._transcript.faults
        if faults and (stop is None or self._task in faults):
            fault = faults.get(self._task) or " ".join(faults.values())
            raise CourseError(
                f"A probe must not break. Received: {self.exercise}/probe.py. {fault}"
            )
        if stop is not None:
            answer = self._transcript.answers.get(stop.key or "")
            if answer is not None:
                status, message = explain(answer, self._transcript.elsewhere)
                if status in (Status.SKIPPED, Status.TIMED_OUT, Status.OUT_OF_MEMORY):
                    return NoEvidence(status, message)
                return NoEvidence(Status.SKIPPED, f"Not reached: {message}")
            if stop.error is not None:
                return NoEvidence(
                    Status.ERRORED,
                    f"What `{self._task}` returned could not be used: "
                    f"{described_error(stop.error)}",
                )
        end = self._transcript.ends.get(self._task, self._transcript.end)
        if end is not None:
            return NoEvidence(*explain_end(end))
        return NoEvidence(Status.SKIPPED, "Not reached: an earlier step gave no value.")


def numbers_of(value: object) -> np.ndarray | None:
    """Return an answer as an array; lists and tuples of numbers count as arrays. Else None."""
    # Looked at first: an array of long texts would fill the memory.
    if _only_numbers(value):
        with suppress(ValueError, OverflowError):
            array = np.asarray(value)
            return array if array.dtype.kind in "biuf" else None
    return None


def _only_numbers(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_only_numbers(one) for one in value)
    return isinstance(value, (int, float, np.ndarray, np.generic))


def describe(value: object) -> str:
    """Return a short name for a decoded value, for "Received: …"."""
    if value is None:
        return "None"
    if isinstance(value, Opaque):
        if value.type == "numpy.ndarray":
            return "an array of other things than numbers"
        return f"a {value.type.removeprefix('builtins.')}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, ModelData):
        return "a Keras model"
    if isinstance(value, Picture):
        return f"a Pillow image of mode {value.mode} and shape {value.pixels.shape}"
    if isinstance(value, (bool, int, float, str)):
        return repr(value)[:80]
    return f"a {type(value).__name__}"
