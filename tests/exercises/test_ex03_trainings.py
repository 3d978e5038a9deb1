"""Trainings of ex03 are judged by one thing at a time: what changed elsewhere costs nothing."""

from __future__ import annotations

import numpy as np
import pytest
from repository import COURSE

from autograder.evidence.evidence import Evidence
from autograder.evidence.frames import Answer
from autograder.evidence.transcript import Transcript
from autograder.judging.checks import CheckFailed

_OF_EX03 = COURSE.folder("ex03_persistence")
descent = _OF_EX03.module("oracle").descent
trainings = _OF_EX03.module("trainings")
ASKED = _OF_EX03.probe().draw(np.random.default_rng(3), {})["resume"]
RECORD = {"batch_size": None, "x": {"shape": [len(ASKED["x"])]}}


def state(line, velocity, steps, **changed) -> dict:
    settings = {name: ASKED[name] for name in ("learning_rate", "momentum")}
    kept = [np.array([speed]) for speed in velocity]
    return {
        "weights": line,
        "velocity": kept,
        "steps": steps,
        "optimizer": "SGD",
        **settings,
        **changed,
    }


def fit(asked=ASKED, epochs=4, first=0, **changed) -> dict:
    """What the probe notes of a descent from where `asked` says, told under other settings."""
    lines, losses = descent(asked, epochs)
    velocity = lines[-1] - lines[-2]
    return {
        "before": state(lines[0], asked["velocity"], asked["steps"], **changed),
        "after": state(lines[-1], velocity, asked["steps"] + epochs, **changed),
        "loss": losses[:-1].tolist(),
        "epoch": [*range(first, first + epochs)],
    }


def noted(*records):
    answers = {"k.fits": Answer("k.fits", "k", "returned", list(records))}
    return trainings.fits_of(Evidence(Transcript(answers), None, {}, {}), "k")


def sentence(claim, *given) -> str:
    """Return the sentence that a claim fails with, "" if it holds."""
    try:
        claim(*given)
    except CheckFailed as failure:
        return str(failure)
    return ""


def test_a_full_descent_is_right():
    """A training over all points from the state that was drawn keeps every claim."""
    fits = noted(fit())
    assert sentence(trainings.claim_all_points, fits, [RECORD], ASKED) == ""
    assert sentence(trainings.claim_optimizer, fits[0].before.facts, ASKED, "") == ""
    lines, _ = descent(ASKED, 4)
    numbers, reached = zip(*trainings.lines_of(fits, ASKED), strict=True)
    assert numbers == (1, 2, 3, 4)
    assert np.allclose(reached, lines[1:])


def test_points_are_claimed_whatever_the_optimizer_began_with():
    """A new optimizer costs the claim about it, and not the one about the points."""
    fresh = {**ASKED, "velocity": np.zeros(2), "steps": 0}
    fits = noted(fit(fresh))
    assert "steps" in sentence(trainings.claim_optimizer, fits[0].before.facts, ASKED, "")
    assert sentence(trainings.claim_all_points, fits, [RECORD], ASKED) == ""


def test_a_part_of_the_points_leads_elsewhere():
    """A training on fewer points is told by what was handed to fit, and else by where it led."""
    some = {**ASKED, "x": ASKED["x"][:-3], "y": ASKED["y"][:-3]}
    fits = noted(fit(some))
    count = len(ASKED["x"])
    shorter = {**RECORD, "x": {"shape": [count - 3]}}
    text = sentence(trainings.claim_all_points, fits, [shorter], ASKED)
    assert f"all {count} points" in text and f"{count - 3} points" in text
    assert "gradient descent" in sentence(trainings.claim_all_points, fits, [{}], ASKED)
    split = {**RECORD, "validation_split": 0.2}
    assert "hold nothing back" in sentence(trainings.claim_all_points, fits, [split], ASKED)


@pytest.mark.parametrize("size", [1, 10, 64])
def test_another_batch_size_is_called_so(size):
    """The sentence about a batch size names it, and no other mistake."""
    text = sentence(
        trainings.claim_all_points, noted(fit()), [{**RECORD, "batch_size": size}], ASKED
    )
    assert text.startswith("The batch size must stay") and f"Received: {size}." in text


def test_epoch_by_epoch_is_one_training():
    """Fits of one epoch each are joined if each goes on with what the one before has left."""
    lines, _ = descent(ASKED, 3)
    velocities = [ASKED["velocity"], *np.diff(lines, axis=0)]
    states = [
        {**ASKED, "start": lines[k], "velocity": velocities[k], "steps": 5 + k} for k in range(3)
    ]
    fits = noted(*(fit(states[k], 1, first=k) for k in range(3)))
    assert sentence(trainings.claim_joined, fits) == ""
    assert np.allclose([line for _, line in trainings.lines_of(fits, ASKED)], lines[1:])
    again = noted(fit(states[0], 1), fit(states[0], 1, first=1))
    assert "go on" in sentence(trainings.claim_joined, again)


def test_between_the_ends_of_another_training_nothing_is_known():
    """Of a training in small batches only the line at its end is known, and claimed."""
    record = fit()
    record["after"]["weights"] = np.array([9.0, 9.0])
    reached = [line for _, line in trainings.lines_of(noted(record), ASKED)]
    assert np.isnan(reached[:-1]).all()
    assert np.array_equal(reached[-1], [9.0, 9.0])


def test_points_beyond_one_batch_are_counted():
    """Of many points `fit` must be given each one; a data set, which tells none, is let pass."""
    many = _OF_EX03.probe().draw(np.random.default_rng(3), {})["many"]
    count = len(many["x"])
    assert count > 200
    for given, words in ((count, ""), (150, "Received: 150 points."), (None, "")):
        record = {"x": {"shape": [given]} if given else None}
        assert words in sentence(trainings.claim_given_points, [record], many)
        assert bool(words) == bool(sentence(trainings.claim_given_points, [record], many))


def test_two_files_hold_two_networks_that_are_compiled_alike():
    """Who gives back another file's network fails where the outputs are asked for, and only there."""
    drawn = _OF_EX03.probe().draw(np.random.default_rng(3), {})
    first, other = drawn["load"], drawn["load_other"]
    assert first["folder"] != other["folder"]
    assert first["learning_rate"] == other["learning_rate"]
    assert not np.array_equal(first["weights"][1], other["weights"][1])
