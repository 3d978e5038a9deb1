"""What a box may say: each message has the declared form, and is judged for what it means."""

import pytest

from autograder.errors import FrameError
from autograder.evidence.frames import AnswerLog
from autograder.evidence.transcript import read_again
from autograder.guest.protocol.answers import (
    Answer,
    Asking,
    Done,
    ErrorFacts,
    FailedCell,
    Loaded,
    Stopped,
)
from autograder.records import Exercise, Isolation

TASKS = ("gates", "train")
LONG = "x" * 300_000


@pytest.fixture
def log() -> AnswerLog:
    log = AnswerLog()
    log.begin(None, TASKS)
    return log


def answer(key="gates.and_00", value=1, **parts) -> Answer:
    given = {"function": "and_gate", "outcome": "returned", "error": None, "output": ""}
    return Answer(**{"key": key, "value": value, "seconds": 0.0, **given, **parts})


def test_the_first_answer_stands(log):
    """Nothing said later under a key can mend it, also where the keys are cut to the same."""
    log.take(answer(value=1), [])
    log.take(answer(value=2), [])
    assert log.answers["gates.and_00"].value == 1
    log.take(answer("k" * 200, 1), [])
    log.take(answer("k" * 201, 2), [])
    assert log.answers["k" * 200].value == 1


@pytest.mark.parametrize("said", [Asking("other", "f"), Stopped("other", None), Asking("", "f")])
def test_a_task_that_was_not_asked_is_refused(log, said):
    """A box that names another task than it was given is forged, and nothing is kept of it."""
    with pytest.raises(FrameError, match="a task"):
        log.take(said, [])
    assert (log.task, log.stops, log.frames) == (None, {}, [])


def test_a_value_of_unknown_tags_is_refused(log):
    """The tagged JSON of a value is read strictly, and only where a call returned."""
    with pytest.raises(FrameError, match="known tags"):
        log.take(answer(value={"$": "pickle"}), [])
    log.take(answer(value={"$": "pickle"}, outcome="raised"), [])
    assert log.answers["gates.and_00"].value is None


def test_texts_are_cut(log):
    """A forged text is no longer than the box itself would have made it."""
    error = ErrorFacts(LONG, LONG, 1, LONG)
    log.take(answer(LONG, function=LONG, output=LONG, error=error, outcome="raised"), [])
    (kept,) = log.answers.values()
    lengths = (len(kept.key), len(kept.function), len(kept.output))
    assert lengths == (200, 200, 200_000)
    assert kept.error is not None
    assert (len(kept.error.type), len(kept.error.message), len(kept.error.source)) == (
        100,
        2000,
        300,
    )
    log.take(Stopped("gates", None, error), [])
    assert len(log.stops["gates"].error.message) == 2000
    log.take(Asking("gates", LONG), [])
    assert len(log.function) == 200


def test_failures_are_counted(log):
    """Of cells that raised at most fifty are told, each cut."""
    log.take(Loaded((FailedCell(LONG, ErrorFacts("ValueError", LONG)),) * 80), [])
    assert len(log.failures) == 50
    assert (len(log.failures[0].cell), len(log.failures[0].error.message)) == (200, 2000)


def test_a_flood_is_refused(log):
    """More messages than a grader can use are refused."""
    with pytest.raises(FrameError, match="more than"):
        for _ in range(10_000):
            log.take(Asking("gates", "f"), [])


def test_what_was_taken_can_be_read_again(log):
    """The frames that count give the same transcript once more, of this exercise alone."""
    said = (
        Loaded((FailedCell("cell 1", ErrorFacts("ValueError", "no")),)),
        Asking("gates", "and_gate"),
        answer(),
        Stopped("train", "train.and"),
        Done(),
    )
    for message in said:
        log.take(message, [])
    assert log.done
    exercise = Exercise("ex04_perceptron", "", TASKS)
    again = read_again(exercise, log.frames, Isolation.FULL, ("cpu",))
    assert again.answers == log.answers
    assert again.stops == log.stops
    assert again.failures == log.failures
    with pytest.raises(FrameError):
        read_again(Exercise("ex04_perceptron", "", ("gates",)), log.frames, Isolation.FULL, ())
