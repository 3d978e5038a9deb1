"""What graders read of a Matplotlib figure."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure

from autograder.evidence.decode import decode
from autograder.guest.student.encode_figure import encode_figure
from autograder.values import Figure as Drawn


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
    """A text is told with its place in the data and its box, a tick's name with its place."""
    figure = Figure()
    ax = figure.subplots()
    ax.set(xlim=(0, 4), ylim=(0, 2))
    ax.text(1, 2, "in the data")
    ax.text(0.5, 0.5, "in the axes", transform=ax.transAxes)
    ax.text(float("nan"), 1, "nowhere")
    ax.annotate("a note", (3, 1), (3, 2), bbox={"facecolor": "white"})
    ax.table([["in a table"]])
    ax.set_xticks([1, 3], ["one", "three"])
    figure.text(0, 0, "on the figure")
    drawn = read(figure)
    facts = drawn.axes[0].facts
    assert facts["texts"] == ["in the data", "in the axes", "nowhere", "a note"]
    assert np.allclose(facts["places"][:2], [[1, 2], [2, 1]])
    assert facts["places"][2:] == [[None, 1.0], [3.0, 2.0]]
    assert facts["boxed"] == [False, False, False, True]
    assert dict(zip(facts["xticklabels"], facts["xticks"], strict=True)) == {"one": 1, "three": 3}
    assert facts["cells"] == ["in a table"]
    assert drawn.texts == ("on the figure",)


def test_hidden_artists_are_not_told() -> None:
    """What is invisible, or wholly transparent, is no part of what a figure shows."""
    figure = Figure()
    ax = figure.subplots()
    for hide in ({"visible": False}, {"alpha": 0}):
        ax.plot([0, 1], [0, 1], **hide)
        ax.scatter([0, 1], [0, 1], **hide)
        ax.imshow([[0, 1]], **hide)
        ax.contour([[0, 1], [0, 1]], [0.5]).set(**hide)
        ax.bar([0], [1], **hide)
        ax.text(0, 0, "hidden", **hide)
    ax.plot([0, 1], [0, 1], linewidth=0)
    axes = read(figure).axes[0]
    assert [line["linestyle"] for line in axes.lines] == ["None"]
    assert not (axes.points or axes.grids or axes.polylines or axes.polygons)
    assert axes.facts["bars"] == axes.facts["texts"] == []


def test_contours_and_collections_of_lines_are_polylines() -> None:
    """What `contour`, `hlines` and `vlines` draw is told in the data's coordinates, with levels."""
    figure = Figure()
    ax = figure.subplots()
    x, y = np.meshgrid(np.linspace(-1, 2, 200), np.linspace(-1, 2, 200))
    ax.contour(x, y, x + y, levels=[0.5, 1.0], colors=["red", "blue"])
    ax.vlines(0.25, -1, 1)
    ax.contourf(x, y, x + y, levels=[-9, 0.5, 9])
    low, high, upright = read(figure).axes[0].polylines
    for line, level, color in ((low, 0.5, "#ff0000"), (high, 1.0, "#0000ff")):
        assert (line["level"], line["color"]) == (level, color)
        assert np.allclose(line["x"] + line["y"], level)
        assert np.ptp(line["x"]) > 2
    assert upright["x"].tolist() == [0.25, 0.25]
    below, above = read(figure).axes[0].polygons
    assert (below["low"], below["high"], above["high"]) == (-9, 0.5, 9)
    assert below["xy"].sum(axis=1).max() <= 0.5 + 1e-6


def test_areas_are_polygons() -> None:
    """What `fill_between`, `fill` and patches colour is told by its corners."""
    figure = Figure()
    ax = figure.subplots()
    ax.fill_between([0, 1], [2, 3], color="red")
    ax.fill([0, 1, 1], [0, 0, 1], color="#00ff00")
    between, triangle = read(figure).axes[0].polygons
    assert between["color"] == "#ff0000"
    assert between["xy"].max(axis=0).tolist() == [1, 3]
    assert triangle["color"] == "#00ff00"
    assert np.allclose(triangle["xy"][:3], [[0, 0], [1, 0], [1, 1]])


def test_points_have_their_colours_and_marker() -> None:
    """Each point of a scatter is told with the colour that it was drawn in, and the marker."""
    figure = Figure()
    ax = figure.subplots()
    ax.scatter([0, 1], [0, 1], c=[0, 1], cmap="gray", marker="s")
    ax.scatter([0, 1], [0, 1], c=["red", "blue"], marker="x")
    ax.scatter([0, 1], [0, 1], facecolors="none", edgecolors="red")
    squares, crosses, rings = read(figure).axes[0].points
    assert [one["marker"] for one in (squares, crosses, rings)] == ["s", "x", "o"]
    assert squares["colors"].tolist() == [[0, 0, 0, 255], [255, 255, 255, 255]]
    assert crosses["colors"][:, :3].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert rings["colors"][:, :3].tolist() == [[255, 0, 0]] * 2


def test_an_image_is_told_with_its_colours() -> None:
    """Colour map, limits and norm are those that were drawn, also those that Matplotlib chose."""
    from matplotlib.colors import LogNorm

    figure = Figure()
    given, chosen, log, mesh = figure.subplots(2, 2).flat
    given.imshow([[3, 4]], cmap="gray", vmin=0, vmax=255)
    chosen.imshow([[3, 4]], cmap="Greys")
    log.imshow([[3, 4]], norm=LogNorm(1, 10))
    mesh.pcolormesh([[3, 4]], vmin=-1)
    grids = [axes.grids[0] for axes in read(figure).axes]
    assert [(one.vmin, one.vmax) for one in grids] == [(0, 255), (3, 4), (1, 10), (-1, 4)]
    assert [one.norm for one in grids] == ["Normalize", "Normalize", "LogNorm", "Normalize"]
    assert grids[0].cmap == "gray"
    assert grids[0].colors == ("#000000", "#404040", "#808080", "#c0c0c0", "#ffffff")
    assert grids[1].colors[0] == "#ffffff"


def test_legends_are_told_with_their_signs() -> None:
    """A legend's text is told with the look of its sign, also in a second or a figure's legend."""
    figure = Figure()
    ax = figure.subplots()
    (dashed,) = ax.plot([0, 1], [0, 1], "r--", label="dashed")
    dots = ax.scatter([0, 1], [0, 1], color="#00ff00", marker="^")
    ax.add_artist(ax.legend(handles=[dashed]))
    ax.legend([dots], ["dots"])
    figure.legend([dashed], ["again"])
    drawn = read(figure)
    looks = [(e.text, e.color, e.marker, e.linestyle) for e in drawn.axes[0].entries]
    assert looks == [("dashed", "#ff0000", "None", "--"), ("dots", "#00ff00", "^", "")]
    assert [entry.text for entry in drawn.entries] == ["again"]


def test_panels_are_told_with_their_places() -> None:
    """An Axes is told with its cell in the grid, its place, and whether it and its axes are hidden."""
    figure = Figure()
    axes = figure.subplots(2, 3)
    axes[0, 0].axis("off")
    axes[1, 2].set_visible(False)
    axes[0, 1].set_title("left", loc="left")
    first, second, *_, last = read(figure).axes
    assert first.facts["cell"] == [2, 3, 0, 0, 0, 0]
    assert last.facts["cell"] == [2, 3, 1, 1, 2, 2]
    assert first.facts["axis_off"]
    assert not first.facts["hidden"]
    assert last.facts["hidden"]
    assert first.facts["bounds"][1] > last.facts["bounds"][1]
    assert second.title == "left"


def test_a_figure_of_too_many_artists_is_cut() -> None:
    """However much is drawn, a frame can hold what is told of it."""
    figure = Figure()
    for ax in figure.subplots(3, 10).flat:
        for _ in range(150):
            ax.plot([0, 1])
    arrays: list[np.ndarray] = []
    encode_figure(figure, arrays)
    assert 2000 < len(arrays) < 4096
