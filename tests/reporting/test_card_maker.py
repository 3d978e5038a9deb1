"""The data of which feedback is made."""

import pytest

from autograder.records import Check, Isolation, Report, Status, Verdict
from autograder.reporting.card_maker import card, overview
from autograder.reporting.cards import Card, Overview, from_json, to_json

UNWRITTEN = "`f` is not written yet."
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def report(*verdicts: tuple[Status, str], **changes) -> Report:
    made = [
        Verdict(Check(f"test_{i}", "gates", f"Fact {i}", 2, f"Hint {i}"), status, message, "trace")
        for i, (status, message) in enumerate(verdicts)
    ]
    facts = {"path": "work.py", "exercise": "ex04", "isolation": Isolation.FULL, "data": {}}
    return Report(verdicts=tuple(made), **{**facts, **changes})


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([(Status.PASSED, ""), (Status.PASSED, "")], "right"),
        ([(Status.PASSED, ""), (Status.ERRORED, "x")], "partly"),
        ([(Status.FAILED, "x"), (Status.ERRORED, "x")], "wrong"),
        ([(Status.ERRORED, "x"), (Status.SKIPPED, "Not reached: x")], "crashed"),
        ([(Status.TIMED_OUT, "x"), (Status.OUT_OF_MEMORY, "x")], "stopped"),
        ([(Status.SKIPPED, UNWRITTEN), (Status.SKIPPED, UNWRITTEN)], "missing"),
        ([(Status.SKIPPED, "Not reached: `g` raised E")], "unreached"),
        ([(Status.PASSED, ""), (Status.INTERNAL, "x")], "unmarked"),
    ],
)
def test_a_task_has_one_verdict_in_a_word(verdicts, state):
    """An untouched stub is missing, not skipped; one fault does not hide what was right."""
    assert card(report(*verdicts), "gates").state == state


def test_one_fault_is_told_once():
    """What stopped several checks stands at the first; the next says so, and gives no other hint."""
    made = card(
        report(
            (Status.ERRORED, "`f` raised E"),
            (Status.ERRORED, "`f` raised E"),
            (Status.SKIPPED, "Not reached: `f` raised E"),
        ),
        "gates",
    )
    assert [row.message for row in made.rows] == [
        "`f` raised E",
        "As above.",
        "Not reached: as above.",
    ]
    assert [bool(row.hint) for row in made.rows] == [True, False, False]


def test_as_above_stands_beside_what_it_means_alone():
    """After a check that passed, or failed otherwise, the fault is told again."""
    made = card(
        report((Status.FAILED, "x"), (Status.PASSED, ""), (Status.FAILED, "x")),
        "gates",
    )
    assert [row.message for row in made.rows] == ["x", "", "x"]


def test_a_card_comes_back_from_json_as_it_was():
    """Picture, points and texts survive the notebook that carries them."""
    made = card(report((Status.FAILED, "a\x1b"), pictures={"gates": PNG}), "gates")
    plain = to_json(made)
    assert from_json(plain, Card) == made and made.drawings[0].png == PNG
    over = overview(
        report((Status.PASSED, ""), notes=("n",), data={"mnist": "sample"}), ["m"], ["r"]
    )
    assert from_json(to_json(over), Overview) == over
    assert over.notes == ("n", "m")


@pytest.mark.parametrize(
    "plain", [None, [], {}, {"task": 1}, {"task": "t", "points": 1, "max_points": 1, "x": 2}]
)
def test_what_is_no_card_is_none(plain):
    """A foreign value, or one with a field more, is not taken for a card."""
    assert from_json(plain, Card) is None


def test_no_trace_is_in_a_card():
    """The trace, which may hold answers, is for staff."""
    assert "trace" not in str(to_json(card(report((Status.INTERNAL, "x")), "gates")))
