"""What graders read of a Matplotlib figure."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure

from autograder.boxes.pictures import encode_figure
from autograder.decode import Figure as Drawn
from autograder.decode import decode


def read(figure: Figure) -> Drawn:
    """Return the figure as a grader reads it."""
    arrays: list[np.ndarray] = []
    return decode(encode_figure(figure, arrays), arrays)


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ax.plot([0.25, 0.25], [-1, 1]),
        lambda ax: ax.axvline(0.25),
        lambda ax: ax.axline((0.25, 0), (0.25, 0.5)),
    ],
    ids=["plot", "axvline", "axline"],
)
def test_every_way_to_draw_a_line_reads_alike(draw: Any) -> None:
    """Lines are told in the coordinates of the data, however they were drawn."""
    figure = Figure()
    ax = figure.subplots()
    draw(ax)
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
    (line,) = read(figure).axes[0].lines
    assert np.allclose(line["x"], 0.25)
    assert np.ptp(line["y"]) >= 1.9


@pytest.mark.parametrize(
    ("draw", "edges"),
    [
        (lambda ax, values: ax.imshow(values), [-0.5, 2.5, -0.5, 1.5]),
        (lambda ax, values: ax.imshow(values, origin="lower"), [-0.5, 2.5, -0.5, 1.5]),
        (lambda ax, values: ax.imshow(values, extent=(0, 3, 0, 2)), [0, 3, 2, 0]),
        (lambda ax, values: ax.pcolormesh(values), [0, 3, 0, 2]),
        (lambda ax, values: ax.pcolormesh(range(3), range(2), values), [-0.5, 2.5, -0.5, 1.5]),
    ],
    ids=["imshow", "lower", "extent", "mesh", "centred"],
)
def test_every_heat_map_reads_alike(draw: Any, edges: list[float]) -> None:
    """Images and meshes are told by their values, with the edges of the grid; colour bars not."""
    figure = Figure()
    values = np.arange(6).reshape(2, 3)
    figure.colorbar(draw(figure.subplots(), values))
    axes, colour_bar = read(figure).axes
    (shown,) = axes.images
    assert np.array_equal(shown, values)
    assert axes.facts["edges"] == [edges]
    assert not colour_bar.images


def test_texts_and_ticks_are_told_with_their_places() -> None:
    """A text is told where it stands in the data, a tick's name with its place."""
    figure = Figure()
    ax = figure.subplots()
    ax.set(xlim=(0, 4), ylim=(0, 2))
    ax.text(1, 2, "in the data")
    ax.text(0.5, 0.5, "in the axes", transform=ax.transAxes)
    ax.text(float("nan"), 1, "nowhere")
    ax.annotate("a note", (3, 1), (3, 2))
    ax.table([["in a table"]])
    ax.set_xticks([1, 3], ["one", "three"])
    figure.text(0, 0, "on the figure")
    drawn = read(figure)
    facts = drawn.axes[0].facts
    assert facts["texts"] == ["in the data", "in the axes", "nowhere", "a note"]
    assert np.allclose(facts["places"][:2], [[1, 2], [2, 1]])
    assert facts["places"][2:] == [[None, 1.0], [3.0, 2.0]]
    assert dict(zip(facts["xticklabels"], facts["xticks"], strict=True)) == {"one": 1, "three": 3}
    assert facts["cells"] == ["in a table"]
    assert drawn.texts == ("on the figure",)
