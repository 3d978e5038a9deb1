"""What graders read of a Matplotlib figure."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib.figure import Figure

from autograder.boxes.pictures import encode_figure
from autograder.decode import decode


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
    arrays: list[np.ndarray] = []
    (line,) = decode(encode_figure(figure, arrays), arrays).axes[0].lines
    assert np.allclose(line["x"], 0.25)
    assert np.ptp(line["y"]) >= 1.9
