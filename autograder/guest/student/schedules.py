"""What a student's learning rate schedules answered: each is asked once, as by Keras itself.

A schedule is the student's code: it may count its calls, print, or fill a list that is drawn later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.guest.protocol.training_parts import FitArguments
from autograder.guest.student.unsupported import UnsupportedFit

_RATES_MOST = 10_000

#: The learning rates by what was asked: an epoch and a rate, or in the older form the epoch alone.
_Answers = dict[tuple[Any, ...], Any]


@dataclass
class ScheduleMemory:
    """The answers of the schedules of one call of `fit`."""

    _asked: list[tuple[Any, _Answers]] = field(default_factory=list)

    def rates(self, scheduler: Any, first_rate: float, fit: FitArguments) -> tuple[float, ...]:
        """Return the learning rate of each epoch, asked of the student's schedule.

        Args:
            scheduler: A `LearningRateScheduler`.
            first_rate: The optimizer's learning rate before the training.
            fit: Tells the epochs.

        Raises:
            UnsupportedFit: An answer is none that Keras takes.
        """
        answers: _Answers = {}
        self._asked.append((scheduler, answers))
        rates, rate = [], first_rate
        for epoch in range(fit.initial_epoch, min(fit.epochs, fit.initial_epoch + _RATES_MOST)):
            try:
                asked: tuple[Any, ...] = (epoch, rate)
                answer = scheduler.schedule(*asked)
            except TypeError:  # the older form
                asked = (epoch,)
                answer = scheduler.schedule(*asked)
            answers[asked] = answer
            if not isinstance(answer, (float, np.float32, np.float64)):  # as Keras has it
                raise UnsupportedFit("a schedule that gives no number")
            rates.append(float(answer))
            rate = float(np.float32(answer))  # as the optimizer keeps it, and tells the next epoch
        return tuple(rates)

    @contextmanager
    def recalled(self, *, rates_known: bool) -> Iterator[None]:
        """Have the schedules answer from memory meanwhile what they were asked before.

        Args:
            rates_known: Whether the training was by these very answers, so that the epoch alone
                tells which one is asked for. Elsewhere something else may have set the rate: what
                is asked with another rate is asked of the schedule itself.
        """
        schedules = [scheduler.schedule for scheduler, _ in self._asked]
        for scheduler, answers in self._asked:
            scheduler.schedule = _from_memory(scheduler.schedule, answers, rates_known)
        try:
            yield
        finally:
            for (scheduler, _), schedule in zip(self._asked, schedules, strict=True):
                scheduler.schedule = schedule


def _from_memory(
    schedule: Callable[..., Any], answers: _Answers, rates_known: bool
) -> Callable[..., Any]:
    def recall(*asked: Any) -> Any:
        for known in answers:
            if known[0] == asked[0]:
                if len(known) < len(asked):
                    raise TypeError("the older form takes the epoch alone")
                if rates_known or repr(known) == repr(asked):  # NaN is the same as NaN
                    return answers.pop(known)
        return schedule(*asked)

    return recall
