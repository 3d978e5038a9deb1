"""Answers the `fit` calls of one submission: reads them strictly, bounds them, has them trained."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.errors import ModelError
from autograder.guest.protocol import GIVEN
from autograder.guest.protocol.trainings import Fit, Need, Refused, TrainHere
from autograder.records import Limits
from autograder.sandbox.box import Box
from autograder.training.recipe import Recipe, read_recipe
from autograder.training.service import Trained, Trainer, check_arrays

_MOST_REQUESTS = 1000
_SUPPLY_TIMEOUT_S = 60.0
NOT_A_RECIPE = (
    *(ModelError, KeyError, TypeError, ValueError),
    *(AttributeError, OverflowError, RecursionError),
)


class FitRequests:
    """The trainings of one submission, over all its boxes.

    Args:
        trainer: Trains what is asked for; boxes train themselves if None.
        limits: The submission's; what its trainings may take together is bounded.
        seed: Set before each training.
        circumstances: What else decides the outcome of a training.

    Attributes:
        waited_s: How long boxes waited for answers; that time is not the submission's.
        devices: Where trainings ran: "cpu", "gpu".
        count: How many trainings were asked for.
    """

    def __init__(
        self, trainer: Trainer | None, limits: Limits, seed: int, circumstances: Mapping[str, str]
    ) -> None:
        self._trainer = trainer
        self._limits = limits
        self._seed = seed
        self._circumstances = circumstances
        self.count = 0
        # Trainings that a callback may stop early are added up apart: they may take less.
        self._work = {False: 0.0, True: 0.0}
        self._batches = {False: 0, True: 0}
        self.waited_s = 0.0
        self.devices: set[str] = set()

    def answer(self, box: Box, fit: Fit) -> None:
        """Answer one `Fit` of `box`: trained, refused, or to be run in the box itself."""
        self.count += 1
        try:
            if self._trainer is None or self.count > _MOST_REQUESTS:
                raise ModelError("not trained here")
            recipe = read_recipe(fit, self._seed, self._circumstances)
        except NOT_A_RECIPE:
            box.channel.send(TrainHere())
            return
        began_s = time.monotonic()
        box.pause()
        try:
            trained = self._bounded(self._trainer, box, recipe)
        finally:
            self.waited_s += time.monotonic() - began_s
            box.resume()
        if trained.answer is not None:
            self.devices.add(trained.answer.device)
            box.channel.send(trained.answer, trained.arrays)
        elif trained.outcome == "refused" and not recipe.watched:
            box.channel.send(Refused(trained.message))
        else:
            # What Keras refuses, it refuses on the student's own line; and a callback of the
            # student's own may stop early what would be too much as a whole.
            box.channel.send(TrainHere())

    def _bounded(self, trainer: Trainer, box: Box, recipe: Recipe) -> Trained:
        message = self._too_much(recipe)
        if message:
            return Trained("refused", message)
        self._work[recipe.watched] += recipe.work
        self._batches[recipe.watched] += recipe.batches

        def supply(places: Sequence[int]) -> list[np.ndarray]:
            box.channel.send(Need(tuple(places)))
            _, arrays = box.channel.receive(GIVEN, _SUPPLY_TIMEOUT_S)
            check_arrays(recipe, places, arrays)
            return arrays

        return trainer.train(recipe, supply)

    def _too_much(self, recipe: Recipe) -> str:
        """Return why a training is more than a submission may ask for; "" where it is not."""
        epochs = recipe.request.fit.epochs - recipe.request.fit.initial_epoch
        most_work, work = self._limits.training_work_giga * 1e9, self._work[recipe.watched]
        if work + recipe.work > most_work:
            return (
                "The trainings of a submission may add up to "
                f"{most_work:.3g} epochs * samples * parameters. "
                f"Received: {recipe.work:.3g} for this one, with {epochs} epochs"
                f"{f', after {work:.3g} before' if work else ''}. "
                "Train for fewer epochs, or a smaller network."
            )
        most, before = self._limits.training_batches, self._batches[recipe.watched]
        if before + recipe.batches > most:
            return (
                f"The trainings of a submission may add up to {most:,} batches. "
                f"Received: {recipe.batches:,} for this one, with {epochs:,} epochs"
                f"{f', after {before:,} before' if before else ''}. "
                "Train for fewer epochs, or with a larger batch_size."
            )
        return ""
