"""What checks show beside their sentences."""

import numpy as np
import pytest

from autograder.judging import CheckFailed, array, close, layers
from autograder.judging.exhibits import (
    MAX_SIDE,
    begin,
    compare,
    compare_lines,
    reached,
    show_rows,
    taken,
    training,
)
from autograder.models.model import Layer
from autograder.records import Contrast, Curve, LayerTable, Lines, Reached, Spread


def shown(*calls):
    begin()
    for call in calls:
        call()
    return taken()


def contrast_of(received, expected) -> Contrast:
    (found,) = (
        one for one in shown(lambda: compare(received, expected)) if isinstance(one, Contrast)
    )
    return found


def spread_of(*calls) -> Spread:
    (found,) = (one for one in shown(*calls) if isinstance(one, Spread))
    return found


def test_arrays_are_shown_by_the_plane_of_the_worst_difference():
    """Of a batch of images with channels, the image and the channel that differ most are shown."""
    expected = np.zeros((2, 5, 6, 3))
    received = expected.copy()
    received[1, 2, 3, 2] = 4
    received[0, 0, 0, 0] = 1
    contrast = contrast_of(received, expected)
    assert contrast.received.shape == (5, 6) and contrast.received[2, 3] == 4
    assert contrast.where == "[1, :, :, 2]"
    assert (contrast.differing, contrast.size) == (2, 180)


def test_a_large_array_is_thinned_out():
    """What a report carries is small, however large an answer is."""
    expected = np.zeros((1000, 700))
    contrast = contrast_of(expected + 1, expected)
    assert max(contrast.received.shape) <= MAX_SIDE
    assert contrast.received.shape == contrast.expected.shape


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.full((2, 3), np.nan), np.zeros((2, 3))),
        (np.full((2, 3), "a"), np.zeros((2, 3))),
        (np.zeros((2, 3)), np.zeros((2, 3))),
        ([[1, 2], [3, None]], [[1, 2], [3, 4]]),
        (1.0, 2.0),
    ],
    ids=["shapes", "nan", "text", "equal", "objects", "numbers"],
)
def test_what_cannot_be_compared_is_not_shown(received, expected):
    """Other shapes, NaN, texts, no difference: nothing is shown, and nothing raises."""
    assert shown(lambda: compare(received, expected)) == ()


def test_a_failed_claim_on_arrays_shows_them():
    """`close` puts both sides out, whoever calls it."""

    def claim():
        with pytest.raises(CheckFailed):
            close([[1.0, 2.0], [3.0, 5.0]], [[1.0, 2.0], [3.0, 4.0]], "Rule")

    (contrast,) = shown(claim)
    assert isinstance(contrast, Contrast) and contrast.differing == 1


def test_many_values_are_counted_in_steps_that_both_arrays_share():
    """Bytes that were not divided lie in 24 steps from 0 to 255; all right ones in the first."""
    pixels = np.arange(256).reshape(16, 16)
    spread = spread_of(lambda: compare(pixels, pixels / 255))
    assert len(spread.edges) == 25 and (spread.edges[0], spread.edges[-1]) == (0, 255)
    assert (sum(spread.received), sum(spread.expected)) == (256, 256)
    assert spread.expected[0] == 256 and max(spread.received) < 20
    assert spread.ranges == ((0, 255), (0, 1))


def test_few_whole_numbers_have_a_step_each():
    """Labels are counted one by one, with each number in the middle of its step."""
    labels = np.arange(40) % 10
    spread = spread_of(lambda: compare(np.zeros(40, int), labels))
    assert spread.edges[:2] == (-0.5, 0.5) and spread.expected == (4,) * 10
    assert spread.received == (40, *[0] * 9)


def test_arrays_of_other_shapes_are_counted():
    """Where values cannot stand side by side, how often they occur still can."""
    received, expected = np.ones((5, 10)), np.zeros((4, 10))

    def claim():
        with pytest.raises(CheckFailed, match="shape"):
            close(received, expected, "Rule")

    (spread,) = shown(claim)
    assert (sum(spread.received), sum(spread.expected)) == (50, 40)


def test_nan_is_counted_by_itself():
    """What is NaN or infinite lies in no step; also where nothing is known to hold it against."""
    received = np.ones((4, 10))
    received[0, :3] = np.nan, np.inf, -np.inf

    def claim(judge):
        with pytest.raises(CheckFailed, match="NaN"):
            judge()

    spread = spread_of(lambda: claim(lambda: close(received, np.ones((4, 10)), "Rule")))
    assert (spread.unusable, sum(spread.received), sum(spread.expected)) == (3, 37, 40)
    spread = spread_of(lambda: claim(lambda: array(received, "Rule")))
    assert (spread.unusable, sum(spread.received), spread.expected) == (3, 37, ())


def test_lines_are_shown_beside_the_right_ones():
    """Rows of three numbers; anything else is no line, and shows nothing."""
    (lines,) = shown(lambda: compare_lines([[1, 2, 3]], [[1, 2, 0.5], [0, 1, 0]]))
    assert lines == Lines(((1, 2, 3),), ((1, 2, 0.5), (0, 1, 0)))
    for odd in ([[1, 2]], [1, 2, 3], [[1, 2, np.nan]], "lines"):
        assert shown(lambda odd=odd: compare_lines(odd, [[1, 2, 3]])) == ()


def test_few_values_are_not_counted():
    """A table that can be read is no histogram."""
    assert [type(one) for one in shown(lambda: compare([1, 2, 3, 4], [1, 2, 3, 5]))] == [Contrast]


def test_of_each_kind_the_last_is_shown():
    """A check in a loop shows what it failed on."""
    made = shown(
        lambda: reached("Accuracy", 0.7, 0.8, holds=False),
        lambda: reached("Accuracy", 0.9, 0.8, (0.85, 0.95), holds=True),
    )
    assert made == (Reached("Accuracy", 0.9, 0.8, (0.85, 0.95)),)


def test_a_training_is_shown_by_its_whole_curves():
    """Metrics that stop early, a training of one epoch and one without end are left out."""
    (curve,) = shown(lambda: training({"accuracy": [0.5, 0.9], "val_accuracy": [0.4]}))
    assert curve == Curve(2, {"accuracy": (0.5, 0.9)})
    for metrics in ({}, {"accuracy": [0.5]}, {"accuracy": [0.5] * 1000}):
        assert shown(lambda given=metrics: training(given)) == ()


def test_outside_of_a_check_nothing_is_kept():
    """Claims may be made anywhere; only a judge takes exhibits."""
    compare([[1, 2], [3, 4]], [[1, 2], [3, 5]])
    assert taken() == ()


class Built:
    """A model of layers one after the other."""

    output_names = ["b"]  # noqa: RUF012 - as the real one
    layers = (
        Layer(
            "a", "Conv2D", {"filters": 16, "kernel_size": [5, 5], "activation": "relu"}, 1, (), ()
        ),
        Layer("b", "Dense", {"units": 10, "activation": "softmax"}, 1, (), ("a",)),
    )


def table(*asked) -> LayerTable:
    def claim():
        with pytest.raises(CheckFailed):
            layers(Built(), asked)

    (made,) = shown(claim)
    return made


def test_the_layer_that_differs_is_marked():
    """Each layer stands beside the one asked for; `3` and `(3, 3)` are the same."""
    made = table(("Conv2D", {"filters": 16, "kernel_size": 3}), ("Dense", {"units": 10}))
    assert [row.differs for row in made.rows] == [True, False]
    assert made.rows[0].received == "Conv2D(filters=16, kernel_size=(5, 5))"
    assert made.rows[0].expected == "Conv2D(filters=16, kernel_size=3)"


def test_layers_that_do_not_differ_are_no_table():
    """Where the fault is elsewhere, a table of equal rows would say nothing."""
    assert shown(lambda: show_rows(["Dense(units=1)"], ["Dense(units=1)"])) == ()


def test_what_cannot_be_shown_costs_nothing():
    """An exhibit that breaks is left out; the check goes on."""

    def broken():
        yield "Dense"
        raise ValueError

    assert shown(lambda: show_rows(broken(), ["Dense"])) == ()


def test_a_missing_layer_is_a_row_of_its_own():
    """Where there are fewer layers than asked for, the table says so."""
    made = table(("Conv2D", {"kernel_size": 5}), ("Dense", {}), ("Dense", {"units": 3}))
    assert (made.rows[2].received, made.rows[2].expected) == ("none", "Dense(units=3)")
    assert not made.rows[0].differs
