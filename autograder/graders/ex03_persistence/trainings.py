"""The trainings of a line: what each `fit` of the trained model began with, and where it led.

Each claim asks for one thing, and takes all others as they were: a batch size that was changed is
found where the points are asked for, and costs nothing where the optimizer is.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judging import (
    Evidence,
    array,
    claim,
    close,
    equal,
    number,
    numbers_of,
    plain_number,
    training,
)

from .oracle import descent

_MOST_EPOCHS = 200


@dataclass(frozen=True, slots=True)
class State:
    """A line and its optimizer at one moment.

    Attributes:
        weights: `(w, b)`, shape `(2,)`; another shape if the model is no line.
        facts: `optimizer`, `steps`, `learning_rate`, `momentum`, and `velocity`, an array a weight.
    """

    weights: np.ndarray
    facts: Mapping[str, Any]

    @property
    def velocity(self) -> np.ndarray:
        """The last step of all weights in a row."""
        return np.concatenate([np.empty(0), *map(_row, _list(self.facts.get("velocity")))])


@dataclass(frozen=True, slots=True)
class Fit:
    """One `fit`: the states before and after it, and the loss and the number of each epoch.

    Keras counts epochs from 0; the numbers here count from 1.
    """

    before: State
    after: State
    losses: np.ndarray
    numbers: tuple[int, ...]

    @property
    def epochs(self) -> int:
        """How many epochs it lasted."""
        return len(self.losses)


def fits_of(evidence: Evidence, key: str) -> list[Fit]:
    """Return the trainings of the trained model that were noted under a key, oldest first."""
    records = [training.facts(record) for record in _list(evidence.value(f"{key}.fits"))]
    return [
        Fit(
            _state(record.get("before")),
            _state(record.get("after")),
            _row(record.get("loss"))[:_MOST_EPOCHS],
            _numbers(record.get("epoch"))[:_MOST_EPOCHS],
        )
        for record in records
    ]


def epochs_of(fits: Sequence[Fit]) -> int:
    """Return how many epochs the trainings lasted together."""
    return min(sum(fit.epochs for fit in fits), _MOST_EPOCHS)


def losses_of(fits: Sequence[Fit]) -> np.ndarray:
    """Return the losses of all epochs, shape `(epochs,)`."""
    return np.concatenate([np.empty(0), *(fit.losses for fit in fits)])[:_MOST_EPOCHS]


def lines_of(fits: Sequence[Fit], asked: Mapping[str, Any]) -> list[tuple[int, np.ndarray]]:
    """Return the line `(w, b)` after each epoch, with the number of the epoch, in order.

    NaN stands between the ends of a training that was no full descent over all points: there, only
    where it began and where it led is known.
    """
    numbered: list[tuple[int, np.ndarray]] = []
    for fit in fits:
        lines = _descent_of(fit, asked)
        if lines is None or not _is_near(lines[-1], fit.after.weights):
            lines = np.full((fit.epochs + 1, 2), np.nan)
        numbered += zip(fit.numbers, [*lines[1:-1], _line(fit.after)], strict=False)
    return numbered[:_MOST_EPOCHS]


def claim_all_points(
    fits: Sequence[Fit], records: Sequence[training.Fit], asked: Mapping[str, Any]
) -> None:
    """Claim that each training went over all points, in batches of the default size.

    Args:
        fits: The trainings.
        records: What each `fit` was asked for.
        asked: The points.
    """
    claim_given_points(records, asked)
    for fit in fits:
        lines = _descent_of(fit, asked)
        if lines is None:  # another optimizer: which one there must be is not asked here
            continue
        rule = f"{fit.epochs} epochs over all points must lead where gradient descent leads"
        step = "Call fit with x and y as they are, and leave the weights and other arguments alone."
        close(fit.after.weights, lines[-1], rule, rtol=1e-3, atol=1e-3, next_step=step)


def claim_given_points(records: Sequence[training.Fit], asked: Mapping[str, Any]) -> None:
    """Claim that each `fit` was given all points, in batches of the default size."""
    for record in records:
        rule = f"The batch size must stay Keras's own, {training.DEFAULT_BATCH_SIZE}"
        size = training.batch_size(record)
        step = "Leave batch_size out of the call of fit."
        equal(size, training.DEFAULT_BATCH_SIZE, rule, step)
        learnt, _ = training.rows(record)
        count = len(asked["x"])
        claim(
            learnt in (0, count),  # 0: it is not known, as of a tf.data.Dataset
            f"The training must learn from all {count} points that are given",
            f"{learnt} points",
            "Hand x and y to fit as they are, and hold nothing back: no validation_split.",
        )


def claim_optimizer(facts: Mapping[str, Any], asked: Mapping[str, Any], step: str) -> None:
    """Claim that an optimizer is in the state that was drawn: settings, steps, and last step."""
    equal(facts.get("optimizer"), "SGD", "The optimizer must be SGD, as it was", step)
    for name, words in (("learning_rate", "learning rate"), ("momentum", "momentum")):
        rule = f"The {words} must stay {plain_number(asked[name])}"
        value = number(facts.get(name), rule)
        claim(np.isclose(value, asked[name], rtol=1e-3), rule, plain_number(value), step)
    rule = f"The optimizer must remember that it has made {asked['steps']} steps"
    equal(facts.get("steps"), asked["steps"], rule, step)
    rule = "The optimizer must remember its last step, for each weight"
    velocity = [np.ravel(part) for part in asked["velocity"]]
    kept = _list(facts.get("velocity"))
    equal(len(kept), len(velocity), rule + f": {len(velocity)} arrays", step)
    for has, wanted in zip(kept, velocity, strict=True):
        close(np.ravel(array(has, rule)), wanted, rule, rtol=1e-3, next_step=step)


def claim_joined(fits: Sequence[Fit]) -> None:
    """Claim that each training goes on with the state that the one before it has left."""
    rule = "The optimizer must go on from one call of fit to the next"
    step = "Neither compile nor load anything between them; or call fit once."
    for before, after in itertools.pairwise(fits):
        left, taken = before.after, after.before
        steps = [state.facts.get("steps") for state in (left, taken)]
        equal(steps[1], steps[0], rule, step)
        close(taken.velocity, left.velocity, rule, rtol=1e-3, next_step=step)
        close(taken.weights, left.weights, rule, rtol=1e-3, next_step=step)


def _descent_of(fit: Fit, asked: Mapping[str, Any]) -> np.ndarray | None:
    """Return the lines of a full descent from where a training began; None if there is none."""
    facts, velocity = fit.before.facts, fit.before.velocity
    settings = [numbers_of(facts.get(name)) for name in ("learning_rate", "momentum")]
    plain = all(setting is not None and setting.size == 1 for setting in settings)
    line = fit.before.weights
    if str(facts.get("optimizer")) != "SGD" or not plain or line.shape != (2,):
        return None
    rate, momentum = (float(np.ravel(setting)[0]) for setting in settings)  # type: ignore[arg-type]
    if not (abs(rate) < 10 and abs(momentum) <= 1 and abs(line).max() < 1e6):
        return None
    velocity = velocity if velocity.shape == (2,) and abs(velocity).max() < 1e6 else np.zeros(2)
    changed = {"start": line, "velocity": velocity, "learning_rate": rate, "momentum": momentum}
    with np.errstate(all="ignore"):
        lines, _ = descent({**asked, **changed}, min(fit.epochs, _MOST_EPOCHS))
    return lines if np.isfinite(lines).all() else None


def _line(state: State) -> np.ndarray:
    return state.weights if state.weights.shape == (2,) else np.full(2, np.nan)


def _is_near(line: np.ndarray, other: np.ndarray) -> bool:
    return line.shape == other.shape and bool(np.allclose(line, other, rtol=1e-3, atol=1e-3))


def _state(record: object) -> State:
    held = record if isinstance(record, dict) else {}
    return State(_row(held.get("weights")), held)


def _row(value: object) -> np.ndarray:
    """Return numbers in a row, shape `(n,)`; empty if they are none."""
    values = numbers_of(value)
    return np.empty(0) if values is None else values.astype(float).ravel()


def _numbers(value: object) -> tuple[int, ...]:
    """Return numbers of epochs, counted from 1."""
    return tuple(int(number) + 1 for number in _row(value) if abs(number) < 1e6)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
