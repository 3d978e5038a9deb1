"""How tests have a `fit` trained by the service and by Keras itself, and compare the two."""

import textwrap

import numpy as np
from asking import PROBE

from autograder.evidence import transcript
from autograder.records import Exercise, StagedCell, Workdir
from autograder.training.service import TrainingService

START = """
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
x = rng.normal(size=(64, 3)).astype("float32")
y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")

def network(**options):
    return keras.Sequential([
        keras.Input((3,)), layers.Dense(4, activation="relu", **options), layers.Dense(1)])

def compiled(model, **options):
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **options})
    return model

ORDER = {"shuffle": False, "verbose": 0}
"""


class Counting(TrainingService):
    """The service as it is, and how often it really trained."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.trainings = 0

    def train_in_box(self, *args):
        trained = super().train_in_box(*args)
        self.trainings += trained.outcome == "trained"
        return trained


def ask(sandbox, source, trainer, limits):
    """Run `build_perceptron` of a source; without a trainer the box trains itself, as Keras does."""
    exercise = Exercise("ex04_perceptron", "", ("build_perceptron",), limits=limits)
    workdir = Workdir(exercise.slug, (StagedCell("the cell", START + textwrap.dedent(source)),))
    said = transcript.run(sandbox, exercise, workdir, {}, 1, trainer, probe=PROBE)
    assert said.failures == ()
    return said.answers.get("build_perceptron") or said


def both(run, source):
    """Return what a source gives with the service and without."""
    values = []
    for here in (False, True):
        answer = run(source, here)
        assert answer.outcome == "returned", answer.error
        values.append(answer.value)
    return values


def same(ours, theirs):
    """Compare nested values bit by bit; names that Keras numbers are none of them."""
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for name in ours:
            same(ours[name], theirs[name])
    elif isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    elif isinstance(ours, np.ndarray):
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert ours == theirs or (np.isnan(ours) and np.isnan(theirs))
