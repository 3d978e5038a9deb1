"""What is measured of a submission besides its marks: times, trainings, and how these went."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograder.evidence.frames import Answer
from autograder.evidence.transcript import Transcript
from autograder.records import Accuracy, Curve, Exercise, Measured
from autograder.values import History, ModelData

#: Enough to draw a curve by; a box may tell as many as it likes.
MAX_POINTS = 60
_MAX_EPOCHS, _MAX_METRICS, _LARGEST = 100_000, 6, 1e9
_METRIC = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)


def measured(said: Transcript, exercise: Exercise, accuracies: Iterable[Accuracy]) -> Measured:
    """Return what is known of a submission besides its verdicts.

    Args:
        said: What it answered.
        exercise: Whose tasks it answered to.
        accuracies: What its checks measured.
    """
    return Measured(
        tuple(one for one in accuracies if math.isfinite(one.reached)),
        curves(said, exercise),
        round(sum(map(_seconds, said.answers.values())), 2),
        said.trainings,
    )


def curves(said: Transcript, exercise: Exercise) -> Mapping[str, Curve]:
    """Return the longest training among each task's answers."""
    longest: dict[str, Curve] = {}
    for answer in said.answers.values():
        task = answer.key.partition(".")[0]
        if task not in exercise.tasks:
            continue
        for history in _histories(answer.value):
            curve = _curve(history)
            before = longest.get(task)
            if curve is not None and (before is None or curve.epochs > before.epochs):
                longest[task] = curve
    return longest


def _seconds(answer: Answer) -> float:
    # A box says it, and may say anything; NaN is in no range.
    return answer.seconds if 0 <= answer.seconds <= _LARGEST else 0.0


def _histories(value: Any) -> Iterator[Mapping[Any, Any]]:
    """Yield the histories of an answer: its own, its models', and of what it holds."""
    if isinstance(value, History):
        yield value.history
    elif isinstance(value, ModelData):
        for fit in value.fits:
            history = fit.get("history")
            if isinstance(history, dict):
                yield history
    elif isinstance(value, (list, tuple)):
        for item in value[:10]:
            if isinstance(item, (History, ModelData)):
                yield from _histories(item)


def _curve(history: Mapping[Any, Any]) -> Curve | None:
    """Return what can be drawn of a history that a box tells, which may be anything."""
    metrics: dict[str, tuple[float, ...]] = {}
    epochs = 0
    for name, values in history.items():
        if len(metrics) == _MAX_METRICS or not isinstance(name, str) or not _METRIC.fullmatch(name):
            continue
        if isinstance(values, (list, tuple)) and 1 < len(values) <= _MAX_EPOCHS:
            points = _points(values)
            if points and (not metrics or len(values) == epochs):
                epochs = len(values)
                metrics[name] = points
    return Curve(epochs, metrics) if metrics else None


def _points(values: Sequence[Any]) -> tuple[float, ...]:
    """Return at most `MAX_POINTS` of the values, the first and the last among them."""
    count = min(len(values), MAX_POINTS)
    picked = [values[round(i * (len(values) - 1) / (count - 1))] for i in range(count)]
    plain = all(type(one) in (int, float) and abs(one) < _LARGEST for one in picked)
    return tuple(float(f"{one:.4g}") for one in picked) if plain else ()
