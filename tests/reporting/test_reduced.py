"""What is shown of a try: nothing that a submission's code can fill with what it saw."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.records import Check, Contrast, Curve, Isolation, Measured, Report, Status, Verdict
from autograder.reporting import html_report
from autograder.reporting.json_report import document, dumps
from autograder.reporting.reduced import Shown, reduced

SEEN = "3.14159265"


def _report(status: Status = Status.FAILED) -> Report:
    check = Check("test_a", "task", "It adds up", 2, f"hint {SEEN}")
    contrast = Contrast(np.zeros((2, 2)), np.ones((2, 2)), "", 4, 4)
    examples = (Contrast(np.zeros((2, 2)), np.ones((2, 2)), SEEN, 4, 4),)
    verdict = Verdict(check, status, f"said {SEEN}", f"trace {SEEN}", (contrast,), examples)
    curve = Curve(1, {SEEN: (1.0,)})
    return Report(
        "ada/tables",
        "tables",
        (verdict,),
        Isolation.FULL,
        {},
        (f"a cell stopped with ValueError: {SEEN}",),
        {"task": b"\x89PNG\r\n\x1a\n"},
        SEEN,
        Measured(curves={"task": curve}, seconds=3.14159265),
        {"task": SEEN},
    )


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("shown", [Shown.RECEIVED, Shown.VISIBLE, Shown.VERDICTS])
def test_what_a_submission_said_is_nowhere(shown, status):
    """Not in the page, not in the JSON, not in the record: messages, notes, pictures, curves."""
    made = reduced(_report(status), shown, ("read before it was run",))
    for text in (html_report.page_html(made), dumps(document([made])), repr(made)):
        assert SEEN not in text
        assert "read before it was run" in text
    assert made.measured is None
    assert made.pictures == {}


def test_how_a_check_failed_is_not_shown():
    """An error, a timeout and a wrong answer look alike: which one it is, the code can choose."""
    failing = [one for one in Status if one not in (Status.PASSED, Status.INTERNAL)]
    assert len({repr(reduced(_report(one), Shown.VERDICTS)) for one in failing}) == 1


def test_nothing_of_the_checks_is_shown_where_receipt_alone_is():
    """Neither how many there are, nor what they are called."""
    assert reduced(_report(), Shown.RECEIVED).verdicts == ()
    assert reduced(_report(), Shown.VISIBLE).verdicts == ()


def test_with_all_words_the_right_answers_still_wait():
    """Arrays beside the right ones are for after the due date, whatever is shown before it."""
    (verdict,) = reduced(_report(), Shown.ALL).verdicts
    assert verdict.message == f"said {SEEN}"
    assert verdict.exhibits == ()


def test_examples_are_shown_with_all_words_alone():
    """They are made of what the code answered: with verdicts alone they would carry it out."""
    assert reduced(_report(), Shown.ALL).verdicts[0].examples
    assert reduced(_report(), Shown.VERDICTS).verdicts[0].examples == ()
