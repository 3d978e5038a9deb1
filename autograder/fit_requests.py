"""Answers the `fit` calls of one submission: reads them strictly, bounds them, has them trained."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.errors import FrameError, ModelError
from autograder.recipe import Recipe, read_recipe
from autograder.records import Limits
from autograder.sandbox.box import Box
from autograder.training import Trained, Trainer, check_arrays

_MOST_REQUESTS = 1000
_SUPPLY_TIMEOUT_S = 60.0
_NO_RECIPE = (
    *(ModelError, KeyError, TypeError, ValueError),
    *(AttributeError, OverflowError, RecursionError),
)


class FitRequests:
    """The trainings of one submission, over all its boxes.

    Args:
        trainer: Trains what is asked for; boxes train themselves if None.
        limits: The submission's; its `training_work_giga` bounds all trainings together.
        seed: Set before each training.
        circumstances: What else decides the outcome of a training.

    Attributes:
        waited_s: How long boxes waited for answers; that time is not the submission's.
        devices: Where trainings ran: "cpu", "gpu".
    """

    def __init__(
        self, trainer: Trainer | None, limits: Limits, seed: int, circumstances: Mapping[str, str]
    ) -> None:
        self._trainer = trainer
        self._limits = limits
        self._seed = seed
        self._circumstances = circumstances
        self._count = 0
        # Callbacks that look on may stop early: what such trainings might take has its own sum.
        self._work = {False: 0.0, True: 0.0}
        self.waited_s = 0.0
        self.devices: set[str] = set()

    def answer(self, box: Box, header: Mapping[str, Any]) -> None:
        """Answer one `fit` frame of `box`: trained, refused, or to be run in the box itself."""
        self._count += 1
        try:
            if self._trainer is None or self._count > _MOST_REQUESTS:
                raise ModelError("not trained here")
            recipe = read_recipe(header, self._seed, self._circumstances)
        except _NO_RECIPE:
            box.channel.send({"kind": "local"})
            return
        began_s = time.monotonic()
        box.pause()
        try:
            trained = self._bounded(self._trainer, box, recipe)
        finally:
            self.waited_s += time.monotonic() - began_s
            box.resume()
        if trained.outcome == "trained":
            self.devices.add(str(trained.answer.get("device")))
            box.channel.send({"kind": "trained", **trained.answer}, trained.arrays)
        elif trained.outcome == "refused" and not recipe.watched:
            box.channel.send({"kind": "refused", "message": trained.message})
        else:
            # Whatever Keras has against it, it will say on the student's own line; and a callback
            # of the student's own may stop in time what would be too much as a whole.
            box.channel.send({"kind": "local"})

    def _bounded(self, trainer: Trainer, box: Box, recipe: Recipe) -> Trained:
        most = self._limits.training_work_giga * 1e9
        before = self._work[recipe.watched]
        if before + recipe.work > most:
            fit = recipe.request["fit"]
            told = (
                "The trainings of a submission may add up to "
                f"{most:.3g} epochs * samples * parameters. "
                f"Received: {recipe.work:.3g} for this one, with {fit['epochs']} epochs"
                f"{f', after {before:.3g} before' if before else ''}. "
                "Train for fewer epochs, or a smaller network."
            )
            return Trained("refused", told)
        self._work[recipe.watched] += recipe.work

        def supply(places: Sequence[int]) -> list[np.ndarray]:
            box.channel.send({"kind": "need", "places": list(places)})
            given, arrays = box.channel.receive(_SUPPLY_TIMEOUT_S)
            if given.get("kind") != "given":
                raise FrameError("A training must give the arrays that it was asked for.")
            check_arrays(recipe, places, arrays)
            return arrays

        return trainer.train(recipe, supply)
