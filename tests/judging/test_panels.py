"""Images in their grid, as they are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure

from autograder.evidence.decode import decode
from autograder.guest.student.encode_figure import encode_figure
from autograder.judging import CheckFailed, panels

PIXELS = np.array([[0, 51], [102, 153], [204, 255]], "uint8")


def read(figure: Figure) -> Any:
    """Return the figure as a grader reads it."""
    arrays: list[np.ndarray] = []
    return decode(encode_figure(figure, arrays), arrays)


def panel_of(draw: Callable[[Any], object]) -> panels.Panel:
    """Return the one panel that `draw` fills."""
    figure = Figure()
    draw(figure.subplots())
    (panel,) = panels.of(read(figure))
    return panel


GREY = {"cmap": "gray", "vmin": 0, "vmax": 255}


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ax.imshow(PIXELS, **GREY),
        lambda ax: ax.imshow(PIXELS / 255, cmap="gray", vmin=0, vmax=1),
        lambda ax: ax.imshow(255 - PIXELS, cmap="gray_r", vmin=0, vmax=255),
        lambda ax: ax.imshow(np.stack([PIXELS] * 3, axis=-1)),
        lambda ax: ax.imshow(np.stack([PIXELS / 255] * 3, axis=-1)),
        lambda ax: ax.imshow(PIXELS[::-1], origin="lower", **GREY),
        lambda ax: (ax.imshow(PIXELS[::-1], **GREY), ax.invert_yaxis()),
        lambda ax: ax.pcolormesh(PIXELS[::-1], **GREY),
        lambda ax: ax.matshow(PIXELS, **GREY),
    ],
)
def test_every_right_way_is_seen_alike(draw: Callable[[Any], object]) -> None:
    """However greys are drawn, a panel tells how bright each pixel is seen, and where."""
    panel = panel_of(draw)
    assert np.allclose(panels.in_greys(panel, "It"), PIXELS / 255, atol=0.01)
    assert panel.is_whole()


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ax.imshow(PIXELS, cmap="gray", vmin=0, vmax=510),
        lambda ax: ax.imshow(PIXELS[:2], cmap="gray"),
        lambda ax: ax.imshow(PIXELS, cmap="gray_r", vmin=0, vmax=255),
        lambda ax: ax.imshow(PIXELS, origin="lower", **GREY),
        lambda ax: (ax.imshow(PIXELS, **GREY), ax.invert_xaxis()),
        lambda ax: ax.imshow(PIXELS.T, **GREY),
        lambda ax: ax.pcolormesh(PIXELS, **GREY),
    ],
)
def test_stretched_turned_and_mirrored_images_are_seen_as_such(
    draw: Callable[[Any], object],
) -> None:
    """Limits, colour map, origin and direction of the axes decide what is seen."""
    greys = panel_of(draw).greys()
    assert greys is not None
    wanted = PIXELS[: len(greys)] / 255
    assert greys.shape != wanted.shape or not np.allclose(greys, wanted, atol=0.01)


def test_colours_are_no_greys() -> None:
    """An image in a map of colours, or with colours of its own, has no greys; the map is named."""
    coloured = np.stack([PIXELS, PIXELS, 255 - PIXELS], axis=-1)
    assert panel_of(lambda ax: ax.imshow(coloured)).greys() is None
    with pytest.raises(CheckFailed, match="Received: the colour map 'viridis'"):
        panels.in_greys(panel_of(lambda ax: ax.imshow(PIXELS)), "It")


def test_a_cut_off_image_is_not_whole() -> None:
    """Limits inside the image hide a part of it."""
    assert not panel_of(lambda ax: (ax.imshow(PIXELS), ax.set_xlim(0.5, 1.5))).is_whole()


def shown(rows: int, columns: int, places: Any, **settings: Any) -> Figure:
    """Return a figure of images of their own numbers at some places of a grid."""
    figure = Figure(**settings)
    axes = figure.subplots(rows, columns, squeeze=False)
    for number, place in enumerate(places):
        axes.flat[place].imshow(np.full((2, 2), number))
        axes.flat[place].set_title(str(number))
    return figure


def test_images_are_read_row_by_row() -> None:
    """Panels come as they are read, whatever their order of making, and without colour bars."""
    figure = shown(2, 2, [3, 2, 1, 0], layout="constrained")
    figure.colorbar(figure.axes[0].images[0], ax=figure.axes)
    found = panels.in_grid(read(figure), 2, 2)
    assert [panel.title for panel in found] == ["3", "2", "1", "0"]
    assert [panel.grid.values[0, 0] for panel in found] == [3, 2, 1, 0]


def test_empty_and_hidden_places_are_no_panels() -> None:
    """Axes without an image, and those that are hidden, are left out."""
    figure = shown(2, 3, range(5))
    figure.axes[4].set_visible(False)
    assert [len(row) for row in panels.rows(read(figure))] == [3, 1]


@pytest.mark.parametrize(
    ("rows", "columns", "told"),
    [(4, 1, "rows of 1 and 1 and 1 and 1"), (1, 4, "rows of 4"), (1, 3, "Received: 3")],
)
def test_another_grid_is_told(rows: int, columns: int, told: str) -> None:
    """A grid of another shape, or of another number of images, is not the one asked for."""
    figure = shown(rows, columns, range(rows * columns))
    with pytest.raises(CheckFailed, match=told):
        panels.in_grid(read(figure), 2, 2)


@pytest.mark.parametrize(
    ("draw", "cut"),
    [
        (lambda ax: ax.imshow(PIXELS, cmap="gray"), False),
        (lambda ax: ax.imshow(PIXELS, cmap="gray", vmin=0, vmax=200), False),
        (lambda ax: ax.imshow(PIXELS / 255, cmap="gray", vmin=0, vmax=255), False),
        (lambda ax: ax.imshow(np.zeros((3, 2)), cmap="gray"), False),
        (lambda ax: ax.imshow(np.stack([PIXELS] * 3, axis=-1), vmin=0, vmax=1), False),
        (lambda ax: ax.imshow(PIXELS, cmap="gray", vmin=0, vmax=1), True),
        (lambda ax: ax.imshow(PIXELS / 255, cmap="gray", vmin=5, vmax=255), True),
    ],
)
def test_limits_that_leave_out_most_values_are_told(draw: Callable[[Any], object], cut: bool):
    """Pixels of 0 to 255 on a scale that ends at 1 are black and white; of colours none is one."""
    assert panel_of(draw).is_cut_off() is cut
