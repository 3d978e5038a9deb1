"""Which curve has which name, and where it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from autograder.evidence.decode import decode
from autograder.guest.student.encode_figure import encode_figure
from autograder.judging import CheckFailed, curves, figures
from autograder.values import Figure as Drawn

RISE, FALL = np.array([0.1, 0.2, 0.4]), np.array([3.0, 2.0, 1.0])


def read(figure: Figure) -> Drawn:
    """Return the figure as a grader reads it."""
    arrays: list[np.ndarray] = []
    return decode(encode_figure(figure, arrays), arrays)


def drawn_by(draw: Callable[[Any, Any], object]) -> Drawn:
    """Return what `draw` draws on a figure and its one Axes."""
    figure = Figure()
    draw(figure, figure.subplots())
    return read(figure)


def labelled(_figure: Any, ax: Any) -> None:
    ax.plot(FALL, label="loss")
    ax.plot(RISE, label="accuracy")
    ax.legend()


def named_in_order(_figure: Any, ax: Any) -> None:
    ax.plot(FALL)
    ax.plot(RISE)
    ax.legend(["loss", "accuracy"])


def by_handles(_figure: Any, ax: Any) -> None:
    (rise,), (fall,) = ax.plot(RISE, "--"), ax.plot(FALL, "o-")
    ax.legend([fall, rise], ["loss", "accuracy"])


def by_proxies(_figure: Any, ax: Any) -> None:
    ax.plot(RISE, color="red")
    ax.plot(FALL, color="blue", marker="x")
    proxies = [Line2D([], [], color="blue", label="loss"), Patch(color="red", label="accuracy")]
    ax.legend(handles=proxies)


def on_twins(_figure: Any, ax: Any) -> None:
    twin = ax.twinx()
    lines = [*ax.plot(FALL, "C0"), *twin.plot(RISE, "C1")]
    ax.legend(lines, ["loss", "accuracy"])


def on_the_figure(figure: Any, ax: Any) -> None:
    ax.plot(FALL, label="loss")
    ax.plot(RISE, label="accuracy")
    figure.legend()


def all_black(_figure: Any, ax: Any) -> None:
    ax.plot(FALL, "k", label="loss")
    ax.plot(RISE, "k", label="accuracy")
    ax.legend()


EVERY_LEGEND = [
    labelled, named_in_order, by_handles, by_proxies, on_twins, on_the_figure, all_black,
]  # fmt: skip


@pytest.mark.parametrize("draw", EVERY_LEGEND)
def test_every_legend_names_its_curves(draw: Callable[[Any, Any], object]) -> None:
    """However a legend is made, each curve has the name that its sign stands for."""
    found = curves.drawn(drawn_by(draw))
    for values, name in ((FALL, "loss"), (RISE, "accuracy")):
        (right,) = curves.showing(found, values, "A curve must show it")
        assert right.names == (name,)
        curves.named([right], name.__eq__, "The legend must name it")


def test_exchanged_names_are_seen() -> None:
    """A legend whose texts stand beside the other curve's sign names the wrong curve."""

    def draw(_figure: Any, ax: Any) -> None:
        ax.plot(FALL, label="loss")
        ax.plot(RISE, label="accuracy")
        ax.legend(["accuracy", "loss"])

    (fall,) = curves.showing(curves.drawn(drawn_by(draw)), FALL, "A curve must show it")
    assert fall.names == ("accuracy",)
    with pytest.raises(CheckFailed, match=r"Received: 'accuracy'"):
        curves.named([fall], "loss".__eq__, "The legend must name it")


def test_a_label_without_a_legend_is_no_name() -> None:
    """What a curve is called inside the program is seen by nobody."""
    drawn = drawn_by(lambda _figure, ax: ax.plot(FALL, label="loss"))
    (fall,) = curves.drawn(drawn)
    assert (fall.label, fall.names) == ("loss", ())
    with pytest.raises(CheckFailed, match="no name in a legend"):
        curves.named([fall], "loss".__eq__, "The legend must name it")


def test_what_a_curve_runs_over_is_claimed() -> None:
    """A curve over other places on the x axis is not the one asked for."""
    found = curves.drawn(drawn_by(lambda _figure, ax: ax.plot([1, 2, 3], FALL)))
    curves.running_over(found, np.arange(1, 4), "It must run over the epochs")
    with pytest.raises(CheckFailed, match="Received: 1, 2, 3, …"):
        curves.running_over(found, np.arange(3), "It must run over the epochs")
    with pytest.raises(
        CheckFailed, match=r"Received: 1 curve, none of which is the one from 0\.1 to 0\.4"
    ):
        curves.showing(found, RISE, "A curve must show it")


def test_lines_are_told_by_their_ends() -> None:
    """What stands in the place of what was looked for: where it begins and ends; of many two."""
    drawn = drawn_by(lambda _figure, ax: [ax.plot([0, 1], [0.00001, n]) for n in range(3)])
    found = curves.drawn(drawn)
    first = "from (0, 0.00001) to (1, 0)"
    assert curves.ends([]) == "no line"
    assert curves.ends(found[:1]) == f"a line {first}"
    second = "from (0, 0.00001) to (1, 1)"
    assert curves.ends(found[:2]) == f"lines {first} and {second}"
    assert curves.ends(found) == f"lines {first} and {second}, and 1 more"


def test_dots_are_grouped_by_their_colours() -> None:
    """Dots of one scatter fall into their classes, each with its name."""

    def draw(_figure: Any, ax: Any) -> None:
        points = ax.scatter([0, 0, 1], [0, 1, 1], c=[0, 1, 1], cmap="coolwarm")
        ax.legend(*points.legend_elements())
        ax.plot([5], [6], "s", color="black")

    square, zeros, ones = curves.dots(drawn_by(draw))
    assert (square.marker, square.color, square.x.tolist()) == ("s", "#000000", [5])
    assert zeros.color != ones.color
    assert (len(zeros.x), len(ones.x)) == (1, 2)
    assert (zeros.names, ones.names) == (("0",), ("1",))


def test_a_scale_of_colours_is_one_group() -> None:
    """Dots in very many colours are not taken for classes."""
    values = np.linspace(0, 1, 100)
    (group,) = curves.dots(drawn_by(lambda _figure, ax: ax.scatter(values, values, c=values)))
    assert (len(group.x), group.color) == (100, "")


BOX = (-0.5, 1.5, -0.5, 1.5)


@pytest.mark.parametrize(
    ("line", "draw"),
    [
        ((1, 1, -0.5), lambda ax, grid: ax.plot([-1, 2], [1.5, -1.5])),
        ((1, 1, -0.5), lambda ax, grid: ax.axline((0, 0.5), slope=-1)),
        ((1, 1, -0.5), lambda ax, grid: ax.contour(*grid, grid[0] + grid[1] - 0.5, [0])),
        ((2, 0, -1), lambda ax, grid: ax.axvline(0.5)),
        ((2, 0, -1), lambda ax, grid: ax.contour(*grid, 2 * grid[0] - 1, [0])),
        ((2, 0, -1), lambda ax, grid: ax.vlines(0.5, -0.5, 1.5)),
        ((0, 2, -1), lambda ax, grid: ax.axhline(0.5)),
    ],
)
def test_every_way_to_draw_a_decision_line_follows_it(line: Any, draw: Any) -> None:
    """A line is recognised however it was drawn, and no other line is taken for it."""
    grid = np.meshgrid(np.linspace(-0.5, 1.5, 101), np.linspace(-0.5, 1.5, 101))

    def on_square(_figure: Any, ax: Any) -> None:
        draw(ax, grid)
        ax.set(xlim=BOX[:2], ylim=BOX[2:])

    (curve,) = curves.drawn(drawn_by(on_square))
    assert curve.follows(line, BOX)
    a, b, c = line
    assert not curve.follows((a, b, c + 0.1), BOX)
    assert not curve.follows((a + 0.2, b - 0.1, c), BOX)
    assert not curve.follows((0, 0, 0), BOX)


def test_a_piece_of_a_line_does_not_follow_it() -> None:
    """A line that ends inside the box does not cross it."""
    (curve,) = curves.drawn(drawn_by(lambda _figure, ax: ax.plot([0, 0.5], [0.5, 0])))
    assert not curve.follows((1, 1, -0.5), BOX)


def test_limits_may_hide_a_curve() -> None:
    """A curve outside the limits is drawn, and not seen."""

    def draw(_figure: Any, ax: Any) -> None:
        ax.plot(FALL)
        ax.plot(RISE)
        ax.set_ylim(0, 0.5)

    assert [one.is_in_view() for one in curves.drawn(drawn_by(draw))] == [False, True]


def test_an_axis_may_be_named_for_a_column() -> None:
    """A name below the lowest panel, or on the figure, is every panel's; a hidden one nobody's."""
    figure = Figure()
    top, bottom = figure.subplots(2, 1, sharex=True)
    top.set_ylabel("loss")
    bottom.set(xlabel="epoch", ylabel="accuracy")
    drawn = read(figure)
    assert figures.axis_names(drawn, drawn.axes[0], "x") == ["epoch"]
    assert figures.axis_names(drawn, drawn.axes[0], "y") == ["loss"]
    bottom.axis("off")
    drawn = read(figure)
    assert figures.axis_names(drawn, drawn.axes[0], "x") == []
    figure.supxlabel("epochs")
    drawn = read(figure)
    assert figures.axis_names(drawn, drawn.axes[0], "x") == ["epochs"]
