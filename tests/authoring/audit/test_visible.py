"""Trainings that visible checks ask for are made once, change no random numbers, and may hang."""

from __future__ import annotations

import pytest
from repository import ROOT

from autograder.authoring.audit.visible import Asked, VisibleChecks
from autograder.course.catalog import read_course
from autograder.store.store import Store

COURSE = read_course(ROOT)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def solution(slug: str) -> str:
    return COURSE.solution(slug).read_text(encoding="utf-8")


def trainings(store: Store) -> int:
    return sum(usage.entries for usage in store.usage() if usage.kind == "training")


def test_files_that_train_alike_train_once(store):
    """A second file with the same trainings adds none; of many starts each begins elsewhere.

    Where a training set the random numbers back, every start of XOR would be the first again.
    """
    checks = VisibleChecks(COURSE, "ex04_perceptron", jobs=1, store=store)
    task = ("xor_network",)
    first = checks.ask({"solution": Asked(solution("ex04_perceptron"), task)})["solution"]
    made = trainings(store)
    assert made >= 5
    other = solution("ex04_perceptron") + "\nUNUSED = 1\n"
    second = checks.ask({"other": Asked(other, task)})["other"]
    assert trainings(store) == made
    for said in (first, second):
        assert said and all(one.passed for one in said.values())


def test_a_training_that_does_not_end_holds_up_no_later_file(store):
    """The file before trains for ever, is ended with what trains for it, and the next is checked."""
    right = solution("ex02_regression")
    assert right.count("epochs=epochs") == 1
    files = {
        "for ever": Asked(right.replace("epochs=epochs", "epochs=10**9"), ("train",)),
        "right": Asked(right, ("train",)),
    }
    checks = VisibleChecks(COURSE, "ex02_regression", jobs=1, store=store, timeout_s=15)
    said = checks.ask(files)
    assert said["for ever"] is None
    assert all(one.passed for one in said["right"].values())


def test_what_keras_refuses_is_told_in_its_own_words(store):
    """A `fit` that cannot be trained is left to Keras, so that a student reads what it says."""
    right = solution("ex02_regression")
    call = "model.fit(x_train, y_train, epochs=epochs, validation_split=0.3"
    assert right.count(call) == 1
    wrong = right.replace(call, "model.fit(x_train[5:], y_train, epochs=epochs")
    checks = VisibleChecks(COURSE, "ex02_regression", jobs=1, store=store)
    (said,) = checks.ask({"wrong": Asked(wrong, ("train",))})["wrong"].values()
    assert not said.passed
    assert "cardinality" in said.words
