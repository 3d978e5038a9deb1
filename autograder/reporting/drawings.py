"""Draws what a check shows: arrays side by side, how often their values occur, learning curves."""

from __future__ import annotations

import functools
import io
import threading
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from autograder.records import Contrast, Curve, Lines, Reached, Spread
from autograder.text import in_terms, plain_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOCK = threading.Lock()  # Matplotlib's caches of fonts are no thread's own
_DPI = 100
_COLOURS = ("#0550ae", "#9a6700", "#57606a", "#8250df")
# In pixels: a panel's side, the room for its title and beside it, a cell that has room for a value.
_PANEL, _TITLE, _GAP, _LEAST_WIDTH, _LEAST_CELL = 250, 20, 12, 80, 25


def contrast_png(contrast: Contrast) -> bytes:
    """Draw what was received, what is right, and where the two differ."""
    received, expected = contrast.received, contrast.expected
    off = np.abs(received - expected)
    low = float(min(received.min(), expected.min()))
    high = float(max(received.max(), expected.max()))
    panels = (
        ("received", received, (low, high), False),
        ("right", expected, (low, high), False),
        ("difference", off, (0.0, float(off.max())), True),
    )
    rows, columns = received.shape
    # A multiple of the plane's own pixels, so that each value is a square of its own.
    scale = max(1, min(_PANEL // columns, _PANEL // rows))
    width, height = columns * scale, rows * scale
    step = max(width, _LEAST_WIDTH) + _GAP
    image = Image.new("RGB", (3 * step - _GAP, height + _TITLE), "white")
    draw = ImageDraw.Draw(image)
    for place, (title, values, (least, most), is_heat) in enumerate(panels):
        left, span = place * step, most - least or 1.0
        share = (values - least) / span
        pixels = np.kron(_coloured(share, heat=is_heat), np.ones((scale, scale, 1), np.uint8))
        image.paste(Image.fromarray(pixels), (left, _TITLE))
        draw.rectangle((left, _TITLE, left + width - 1, _TITLE + height - 1), outline="#57606a")
        draw.text((left, 0), title, fill="black", font=_font(13))
        if scale >= _LEAST_CELL:
            brightness = 1 - share if is_heat else share
            _write_values(draw, values, brightness, (left, _TITLE), scale)
    return _packed(image)


def contrast_words(contrast: Contrast) -> str:
    """Say what is seen in the drawing of a contrast."""
    off = np.abs(contrast.received - contrast.expected)
    row, column = (int(place) for place in np.unravel_index(int(off.argmax()), off.shape))
    sides = " by ".join(map(str, contrast.received.shape))
    where = f" in {contrast.where}" if contrast.where else ""
    received, expected = contrast.received[row, column], contrast.expected[row, column]
    return (
        f"What was received, what is right, and their difference, {sides} values{where}. "
        f"{contrast.differing} of {contrast.size} values differ, the most at row {row}, "
        f"column {column}: {plain_number(received)} where "
        f"{plain_number(expected)} is right."
    )


@functools.lru_cache(maxsize=256)
def spread_png(spread: Spread) -> bytes:
    """Draw how often which values were received, and beside it how often they are right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    series = [(f"received: {_reach(spread, 0)}", spread.received, "#a40e26")]
    if spread.expected:
        series.append((f"right: {_reach(spread, 1)}", spread.expected, "#1a7f37"))
    with _LOCK:
        figure = Figure(figsize=(2.4 * len(series), 2.0), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, len(series), squeeze=False, sharex=True, sharey=True)[0]
        for axes, (title, counts, colour) in zip(panels, series, strict=True):
            axes.stairs(counts, spread.edges, fill=True, color=colour)
            axes.set_title(title, fontsize=9)
            axes.set_xlabel("value", fontsize=9)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.ticklabel_format(useOffset=False)
            axes.tick_params(labelsize=8)
        panels[0].set_ylabel("how many", fontsize=9)
        return _saved(figure)


def spread_words(spread: Spread) -> str:
    """Say what is seen in the drawing of how often which values occur."""
    odd = f", and {spread.unusable} that are NaN or infinite" if spread.unusable else ""
    text = f"How often which values occur. Received: {_counted(spread, 0)}{odd}."
    return f"{text} Right: {_counted(spread, 1)}." if spread.expected else text


@functools.lru_cache(maxsize=256)
def lines_png(lines: Lines) -> bytes:
    """Draw the lines that were received, and beside them the right ones, over the unit square."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with _LOCK:
        figure = Figure(figsize=(4.8, 2.5), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        sides = (("received", lines.received, "#a40e26"), ("right", lines.expected, "#1a7f37"))
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (title, rows, colour) in zip(panels, sides, strict=True):
            axes.plot([0, 0, 1, 1], [0, 1, 0, 1], "o", color="#57606a", markersize=4)
            for a, b, c in rows:
                if b:
                    axes.axline((0, -c / b), slope=-a / b, color=colour)
                elif a:
                    axes.axvline(-c / a, color=colour)
            axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), aspect="equal", xticks=(0, 0.5, 1))
            axes.set_title(title, fontsize=9)
            axes.set_xlabel("x1", fontsize=9)
            axes.tick_params(labelsize=8)
        panels[0].set_ylabel("x2", fontsize=9)
        return _saved(figure)


def lines_words(lines: Lines) -> str:
    """Say what is seen in the drawing of lines."""
    received, right = (
        "; ".join(f"{in_terms((a, 'x1'), (b, 'x2'), (c, ''))} = 0" for a, b, c in rows) or "none"
        for rows in (lines.received, lines.expected)
    )
    return f"Lines over the square from 0 to 1. Received: {received}. Right: {right}."


def _reach(spread: Spread, side: int) -> str:
    reach = [plain_number(value) for value in spread.ranges[side]]
    return " to ".join(dict.fromkeys(reach)) or "no number"


def _counted(spread: Spread, side: int) -> str:
    counts = (spread.received, spread.expected)[side]
    if not sum(counts):
        return "no number"
    most = max(range(len(counts)), key=counts.__getitem__)
    low, high = (plain_number(edge) for edge in spread.edges[most : most + 2])
    often = f"{counts[most]} of them between {low} and {high}"
    return f"{sum(counts)} values, {_reach(spread, side)}, {often}"


def words(exhibit: Contrast | Spread | Lines) -> str:
    """Say what is seen in the drawing of what was received beside what is right."""
    if isinstance(exhibit, Contrast):
        return contrast_words(exhibit)
    return spread_words(exhibit) if isinstance(exhibit, Spread) else lines_words(exhibit)


def curve_png(curve: Curve, reached: Reached | None) -> bytes:
    """Draw a training's accuracies over its epochs, with the accuracy that is asked for."""
    return _curve_png(curve.epochs, tuple(_chosen(curve)), reached)


@functools.lru_cache(maxsize=256)  # in a class many trainings are the same one
def _curve_png(
    last: int, series: tuple[tuple[str, tuple[float, ...]], ...], reached: Reached | None
) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with _LOCK:
        figure = Figure(figsize=(6.4, 2.8), dpi=_DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.08, 0.17, 0.9, 0.79))
        for (name, values), colour in zip(series, _COLOURS, strict=False):
            epochs = np.linspace(1, last, len(values))
            axes.plot(epochs, values, color=colour, marker=".", label=name)
        if reached is not None:
            if reached.band is not None:
                label = "right solutions, on the test set"
                axes.axhspan(*reached.band, color="#1a7f37", alpha=0.15, label=label)
            axes.axhline(reached.least, color="#a40e26", linestyle="--", label="asked for")
            label = "yours, on the test set"
            axes.plot([last], [reached.value], "D", color=_COLOURS[0], label=label)
        axes.set_xlabel("epoch", fontsize=9)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.tick_params(labelsize=9)
        axes.legend(fontsize=8)
        return _saved(figure)


def curve_words(curve: Curve, reached: Reached | None) -> str:
    """Say what is seen in the drawing of a training's curves."""
    parts = [f"{name} from {values[0]:.4g} to {values[-1]:.4g}" for name, values in _chosen(curve)]
    text = f"The curves of your training over {curve.epochs} epochs: {', '.join(parts)}."
    if reached is not None:
        text += f" On the test set it reached {reached.value:.4f}; {reached.least:g} is asked for."
    return text


def _chosen(curve: Curve) -> list[tuple[str, tuple[float, ...]]]:
    """The accuracies, where there are any: the loss has another scale."""
    accuracies = [pair for pair in curve.metrics.items() if "acc" in pair[0]]
    return (accuracies or list(curve.metrics.items()))[:4]


def _coloured(share: np.ndarray, *, heat: bool) -> np.ndarray:
    """Return values from 0 to 1 as colours: greys, or from white to red where `heat`."""
    share = np.clip(share, 0, 1)[..., np.newaxis]
    low, high = ((255, 255, 255), (164, 14, 38)) if heat else ((0, 0, 0), (255, 255, 255))
    colours: np.ndarray = share * np.array(high) + (1 - share) * np.array(low)
    return colours.round().astype(np.uint8)


def _write_values(
    draw: ImageDraw.ImageDraw,
    values: np.ndarray,
    brightness: np.ndarray,
    corner: tuple[int, int],
    scale: int,
) -> None:
    """Write each value into its cell, in black or in white."""
    for (row, column), value in np.ndenumerate(values):
        x, y = corner[0] + (column + 0.5) * scale, corner[1] + (row + 0.5) * scale
        halo = "white" if brightness[row, column] > 0.5 else "black"
        text = "black" if halo == "white" else "white"
        draw.text(
            (x, y),
            plain_number(value, 3),
            fill=text,
            font=_font(min(13, scale // 3)),
            anchor="mm",
            stroke_width=1,
            stroke_fill=halo,
        )


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _saved(figure: Figure) -> bytes:
    """Return a figure of Matplotlib's as a PNG; whoever calls has the lock."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as image:
        return _packed(image.convert("RGB"))


def _packed(image: Image.Image) -> bytes:
    """Return a picture as a PNG of few colours, a third as large."""
    packed = io.BytesIO()
    image.quantize(64).save(packed, format="PNG", optimize=True)
    return packed.getvalue()
