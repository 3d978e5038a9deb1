"""Drawings of what a check shows."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from autograder.records import (
    Check,
    Contrast,
    Curve,
    Isolation,
    LayerRow,
    LayerTable,
    Lines,
    Measured,
    Reached,
    Report,
    Spread,
    Status,
    Verdict,
)
from autograder.reporting.card_maker import card
from autograder.reporting.drawings import (
    contrast_png,
    contrast_words,
    curve_png,
    curve_words,
    lines_png,
    lines_words,
    spread_png,
    spread_words,
)
from autograder.reporting.html_report import page_html, task_html

CONTRAST = Contrast(
    np.array([[0, 1], [2, 9]], dtype=np.float32), np.array([[0, 1], [2, 3]], dtype=np.float32),
    "[0, :, :]", 1, 8,
)  # fmt: skip
SPREAD = Spread((0, 85, 170, 255), (100, 20, 10), (130, 0, 0), ((0, 255), (0, 1)))
CURVE = Curve(9, {"accuracy": (0.5, 0.9), "val_accuracy": (0.4, 0.8), "loss": (2.0, 1.0)})
REACHED = Reached("Accuracy on the test set", 0.9812, 0.966, (0.97, 0.99))


def size(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        return image.size


def report(status: Status, *exhibits) -> Report:
    verdict = Verdict(Check("t", "gates", "Fact", 1, "Hint"), status, "Rule.", "", exhibits)
    return Report("x", "ex", (verdict,), Isolation.FULL, {})


def test_arrays_stand_beside_each_other_in_a_small_picture():
    """It is a PNG wider than high; its words say where they differ most."""
    png = contrast_png(CONTRAST)
    width, height = size(png)
    assert width > 2 * height and len(png) < 30_000
    assert "1 of 8 values differ, the most at row 1, column 1: 9 where 3 is right" in (
        contrast_words(CONTRAST)
    )


def test_values_are_drawn_by_how_often_they_occur_beside_the_right_ones():
    """The picture is wide and small; its words say how many, from where to where, and where most."""
    png = spread_png(SPREAD)
    width, height = size(png)
    assert width > 2 * height and len(png) < 30_000
    assert spread_words(SPREAD) == (
        "How often which values occur. Received: 130 values, 0 to 255, 100 of them between 0 and 85. "
        "Right: 130 values, 0 to 1, 130 of them between 0 and 85."
    )


def test_values_with_nothing_right_beside_them_are_drawn_alone():
    """NaN is told in words; where no number is left, that is said."""
    alone = Spread((0, 1), (35,), (), ((0.00001, 1), ()), 5)
    assert size(spread_png(alone))[0] < size(spread_png(SPREAD))[0]
    words = spread_words(alone)
    assert "0.00001 to 1" in words and "and 5 that are NaN or infinite." in words
    assert "Right" not in words
    none = Spread((0, 1), (0,), (40,), ((), (0, 1)), 40)
    assert size(spread_png(none)) and "Received: no number, and 40 that are NaN" in spread_words(
        none
    )


def test_lines_are_drawn_upright_ones_too():
    """The words tell each line as its equation; what is no line, 0 = 0, is not drawn."""
    lines = Lines(((1.0, 0.0, -0.5), (0.0, 0.0, 0.0)), ((1.0, -2.0, 0.5),))
    width, height = size(lines_png(lines))
    assert width > height
    words = lines_words(lines)
    assert "Received: 1.000*x1 + 0.000*x2 - 0.500 = 0; 0.000*x1" in words
    assert "Right: 1.000*x1 - 2.000*x2 + 0.500 = 0." in words
    made = card(report(Status.FAILED, lines), "gates")
    assert made.withheld and "over the square" in task_html(made)


def test_equal_values_and_lines_can_be_drawn():
    """A plane of one value, one row, one value an epoch: nothing is divided by zero."""
    flat = np.zeros((1, 40), dtype=np.float32)
    assert size(contrast_png(Contrast(flat, flat, "", 0, 40)))
    assert size(curve_png(Curve(1, {"loss": (1.0,)}), None))


def test_curves_are_the_accuracies_and_what_is_asked_for():
    """The words name each curve, the figure reached and the threshold; the loss is another scale's."""
    assert size(curve_png(CURVE, REACHED))
    words = curve_words(CURVE, REACHED)
    assert "over 9 epochs: accuracy from 0.5 to 0.9" in words and "loss" not in words
    assert "reached 0.9812; 0.966 is asked for" in words


def test_what_was_reached_is_told_also_where_it_passed():
    """The card of a check that passed has the accuracy, the threshold and the curve."""
    made = card(report(Status.PASSED, CURVE, REACHED), "gates")
    (row,) = made.rows
    assert row.remark.startswith("Accuracy on the test set: 0.9812, asked for 0.966.")
    assert len(made.drawings) == 1 and not made.withheld
    assert "reached 0.9812" in made.drawings[0].alt
    assert "asked for 0.966" in task_html(made)


def test_another_training_is_not_held_against_what_was_reached():
    """The task's longest training is drawn by itself, where the measured one's curve is not known."""
    passed = report(Status.PASSED, REACHED)
    made = card(replace(passed, measured=Measured((), {"gates": CURVE}, 1.0, 1)), "gates")
    assert len(made.drawings) == 1 and "reached" not in made.drawings[0].alt


def test_what_cannot_be_drawn_is_left_out(caplog):
    """A picture that breaks costs no card; the log says which one."""
    odd = Contrast(np.zeros((0, 3), dtype=np.float32), np.zeros((0, 3), dtype=np.float32), "", 1, 1)
    made = card(report(Status.FAILED, odd), "gates")
    assert made.rows[0].drawings == () and made.rows[0].message == "Rule."
    assert "could not be drawn" in caplog.text


def test_the_row_that_differs_is_marked_in_words():
    """A layer that is not as asked stands in a row that says so."""
    rows = (LayerRow("Dense(units=3)", "Dense(units=3)"), LayerRow("Flatten()", "Dense(units=9)"))
    html = task_html(card(report(Status.FAILED, LayerTable(rows)), "gates"))
    assert html.count("✗ differs") == 1
    assert html.index("Dense(units=3)") < html.index("✗ differs") < html.index("Flatten()")


def test_answers_to_hidden_inputs_are_in_no_page_unless_allowed():
    """What is right for a hidden input is drawn for staff; a student's page is without it."""
    made = card(report(Status.FAILED, CONTRAST, SPREAD), "gates")
    assert made.withheld and task_html(made).count("<img") == 2
    assert "<img" not in task_html(made.without_hidden())
    assert "<img" not in page_html(report(Status.FAILED, CONTRAST, SPREAD))


def test_examples_take_the_place_of_what_is_withheld():
    """Drawn with inputs that are not marked, they say so; never do both stand on one page."""
    hidden = replace(CONTRAST, where="hidden plane")
    (verdict,) = report(Status.FAILED, hidden).verdicts
    made = card(
        replace(report(Status.FAILED), verdicts=(replace(verdict, examples=(CONTRAST,)),)), "gates"
    )
    students, staffs = task_html(made.without_hidden()), task_html(made.without_examples())
    assert "hidden plane" in staffs and "not marked" not in staffs
    assert "hidden plane" not in students
    assert students.count("<img") == 1 and "With other inputs, which are not marked" in students
