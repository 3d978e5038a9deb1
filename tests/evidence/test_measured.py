"""What is measured of a submission besides its marks; what a box says of it may be anything."""

import math

import numpy as np
import pytest

from autograder.errors import NoEvidence
from autograder.evidence.evidence import Evidence
from autograder.evidence.frames import Answer
from autograder.evidence.measured import MAX_POINTS, measured
from autograder.evidence.transcript import Transcript
from autograder.judging.checks import CheckFailed
from autograder.judging.claims.classification import reaches_the_threshold
from autograder.records import Accuracy, Exercise
from autograder.values import History, ModelData

EXERCISE = Exercise("ex05", "Digits", ("train", "plot"))


def said(**answers):
    """A transcript of answers by key, `__` for the dot, each a value or a value and seconds."""
    made = {}
    for key, value in answers.items():
        value, seconds = value if isinstance(value, tuple) else (value, 1.5)
        name = key.replace("__", ".")
        made[name] = Answer(name, "f", "returned", value, seconds=seconds)
    return Transcript(made, trainings=3)


def model(*histories):
    return ModelData({}, (), None, tuple({"history": history} for history in histories))


def curves(**answers):
    return measured(said(**answers), EXERCISE, ()).curves


def test_the_longest_training_of_a_task_is_kept():
    """Of a model's fits and of Histories; what belongs to no task of the exercise is not."""
    found = curves(
        train=model({"loss": [3, 2]}, {"loss": [3.0, 2.0, 1.00004], "val_loss": [4, 3, 2]}),
        train__short=History({"loss": [1.0, 0.5]}, [0, 1]),
        other=History({"loss": [1.0, 0.5, 0.2, 0.1]}, [0, 1, 2, 3]),
    )
    assert list(found) == ["train"] and found["train"].epochs == 3
    assert found["train"].metrics == {"loss": (3.0, 2.0, 1.0), "val_loss": (4.0, 3.0, 2.0)}


def test_a_long_training_is_thinned_and_keeps_its_ends():
    """Few points draw a curve; how many epochs it had stays known."""
    (found,) = curves(train=History({"loss": list(range(1000, 0, -1))}, [])).values()
    assert found.epochs == 1000 and len(found.metrics["loss"]) == MAX_POINTS
    assert found.metrics["loss"][0] == 1000 and found.metrics["loss"][-1] == 1


@pytest.mark.parametrize(
    "history",
    [
        {"loss": [1.0, math.nan]},
        {"loss": [1.0, math.inf]},
        {"loss": [1.0, "2"]},
        {"loss": [True, False]},
        {"loss": [1.0]},
        {"loss": "words"},
        {"<script>": [1.0, 2.0]},
        {3: [1.0, 2.0]},
        {"loss": [1e300, 2.0]},
        {"loss": np.ones(4)},
    ],
)
def test_what_is_no_curve_is_left_out(history):
    """A box may tell anything as a history; what cannot be drawn costs only itself."""
    assert curves(train=History(history, [])) == {}
    kept = curves(train=History({**history, "acc": [0.5, 0.9]}, []))
    assert list(kept["train"].metrics) == ["acc"]


def test_times_are_added_up_where_they_are_times():
    """A box that says it took forever, or less than nothing, is not believed."""
    answers = {"train": (1, 2.25), "plot": (1, math.nan), "plot__b": (1, -5.0), "c": (1, math.inf)}
    found = measured(said(**answers), EXERCISE, ())
    assert found.seconds == 2.25 and found.trainings == 3


def test_a_check_notes_the_accuracy_that_it_measures_passed_or_not():
    """Of all tasks, with the threshold; a number that is none is left out."""
    calibration = {"profiles": {"sample": {"threshold": 0.9}}}

    class Data:
        profile = "sample"

    evidence = Evidence(said(), None, {}, {"mnist": Data}, exercise="ex05", calibration=calibration)
    reaches_the_threshold(evidence.for_task("train"), "mnist", 0.95)
    with pytest.raises((CheckFailed, NoEvidence)):
        reaches_the_threshold(evidence.for_task("plot"), "mnist", 0.5)
    evidence.note_accuracy(math.nan, 0.9)
    found = measured(said(), EXERCISE, evidence.accuracies)
    assert found.accuracies == (Accuracy("train", 0.95, 0.9), Accuracy("plot", 0.5, 0.9))
