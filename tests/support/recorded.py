"""What the reference solutions answer, from real boxes; long trainings are cut short."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import structs
from repository import COURSE, ROOT

from autograder.authoring.golden import SEED
from autograder.course.inputs import Questions
from autograder.datasets.archive import Dataset
from autograder.engine import Engine
from autograder.evidence import transcript
from autograder.evidence.transcript import Transcript
from autograder.records import Submission, Workdir
from autograder.sandbox.box import Box
from autograder.sandbox.client import Sandbox
from autograder.submission import stage
from autograder.training.recipe import Recipe
from autograder.training.service import Supply, Trained, Trainer, TrainingService

_LONG = 1e9  # epochs * samples * parameters
_EPOCHS = 20

#: A frame as it came: its header before a record is made of it, and its arrays.
RawFrame = tuple[dict[str, Any], list[np.ndarray]]


class Brief:
    """Trains few epochs, and one batch in each where a training would be long.

    It asks for all arrays of a recipe, also for those that are known already.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def train(self, recipe: Recipe, supply: Supply) -> Trained:
        fit, changes = recipe.request.fit, {}
        # Four rows are learnt to the end: the solution begins anew until the network knows them.
        if max(ref.shape[:1] or (0,) for ref in recipe.refs)[0] > 4:
            changes["epochs"] = min(fit.epochs, fit.initial_epoch + _EPOCHS)
        if recipe.work > _LONG:
            changes |= {"steps_per_epoch": 1, "validation_steps": 1}
        key = hashlib.sha256(f"brief {recipe.key}".encode()).hexdigest()
        request = structs.replace(recipe.request, fit=structs.replace(fit, **changes))
        recipe = dataclasses.replace(recipe, request=request, key=key)
        arrays = supply(range(len(recipe.refs)))
        return self._trainer.train(recipe, lambda places: [arrays[place] for place in places])


class Overheard:
    """A sandbox whose boxes' frames are written down, word for word."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.frames: list[RawFrame] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def open_box(self, *given: Any) -> Box:
        box = self._sandbox.open_box(*given)
        receive = box.channel.receive_header

        def overheard(timeout_s: float | None = None) -> RawFrame:
            header, arrays = receive(timeout_s)
            self.frames.append(({**header}, arrays))
            return header, arrays

        box.channel.receive_header = overheard  # type: ignore[method-assign]
        return box


@dataclass(frozen=True)
class Recorded:
    """What a solution answered, and what it was asked; `frames` are all that its boxes sent."""

    slug: str
    said: Transcript
    inputs: Mapping[str, Any]
    data: Mapping[str, Dataset]
    workdir: Workdir
    frames: tuple[RawFrame, ...]


def record(engine: Engine, slug: str) -> Recorded:
    """Run the reference solution of an exercise."""
    exercise = COURSE.exercise(slug)
    path = ROOT / "solutions" / slug / f"{slug}.py"
    submission = Submission(path.name, slug, path.read_bytes(), path.suffix)
    workdir = stage.stage(submission, exercise, stage.released_cells(COURSE, slug))
    drawn = Questions(COURSE, "sample", SEED.encode()).to(exercise)
    sandbox = Overheard(engine.sandbox)
    trainer = Brief(TrainingService(engine.model_sandbox, engine.store))
    said = transcript.run(sandbox, exercise, workdir, drawn.inputs, 1, trainer, probe=drawn.probe)
    assert said.end is None, said.end
    assert not said.ends, said.ends
    frames = tuple(sandbox.frames)
    return Recorded(slug, said, drawn.inputs, drawn.data, workdir, frames)
