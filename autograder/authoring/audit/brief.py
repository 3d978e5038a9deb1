"""A trainer that cuts long trainings short, so that hundreds of mutants are affordable.

What it trains is another training than the one that was asked for: what is kept of it has keys of
its own, and a check tells nothing unless the solution passes it under the same cuts.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading

from msgspec import structs

from autograder.training.recipe import Recipe
from autograder.training.service import Supply, Trained, Trainer

#: Kept answers bear it: changed with what is cut.
NAME = "brief 1"
_LONG_WORK = 2e8  # epochs * samples * parameters
_MANY_STEPS = 2000
_EPOCHS = 20
_BATCH = 32


class Brief:
    """Trains few epochs where there would be many steps, of one batch where they would be long."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def train(self, recipe: Recipe, supply: Supply) -> Trained:
        """Return what comes of a recipe that is cut short; of a short one, what it asks for."""
        return self._trainer.train(shortened(recipe) or recipe, supply)


def shortened(recipe: Recipe) -> Recipe | None:
    """Return a recipe cut short; None if it is short as it is."""
    fit = recipe.request.fit
    samples = max((ref.shape[0] for ref in recipe.refs if ref.shape), default=1)
    epochs = fit.epochs - fit.initial_epoch
    steps = fit.steps_per_epoch or -(-samples // (fit.batch_size or _BATCH))
    if recipe.work <= _LONG_WORK and epochs * steps <= _MANY_STEPS:
        return None
    changes = {"epochs": min(fit.epochs, fit.initial_epoch + _EPOCHS)}
    if recipe.work > _LONG_WORK:
        changes |= {"steps_per_epoch": 1, "validation_steps": 1}
    key = hashlib.sha256(f"{NAME} {recipe.key}".encode()).hexdigest()
    request = structs.replace(recipe.request, fit=structs.replace(fit, **changes))
    return dataclasses.replace(recipe, request=request, key=key)


class Counting:
    """Trains, and counts the trainings that are different, and the seconds that they took."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._lock = threading.Lock()
        self.keys: set[str] = set()

    def train(self, recipe: Recipe, supply: Supply) -> Trained:
        """Return what comes of a recipe."""
        with self._lock:
            self.keys.add(recipe.key)
        return self._trainer.train(recipe, supply)
