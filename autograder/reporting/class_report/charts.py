"""Where the bars and lines of a class's pictures stand: numbers that a template draws as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 560, 210
#: Room for texts, which are larger on a telephone; `LEFT` and `RIGHT` are where the axes end.
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 22, 24, 42
LEFT, RIGHT = _LEFT, WIDTH - _RIGHT
_ACCURACY_BINS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, and what is written at it."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and its number."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A histogram. `threshold` and `band` are places on the x axis, where there are such."""

    bars: tuple[Bar, ...]
    xticks: tuple[Tick, ...]
    base: float
    threshold: Tick | None = None
    band: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as SVG writes its points, and how many students it is of."""

    points: str
    count: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over the epochs of a training, of one metric."""

    metric: str
    lines: tuple[Line, ...]
    xticks: tuple[Tick, ...]
    yticks: tuple[Tick, ...]
    base: float
    count: int


def mark_bars(bins: Sequence[int]) -> Bars:
    """Return the histogram of marks: equal parts of all points, and the full ones by themselves."""
    last = len(bins) - 1
    labels = [f"{100 * i // last} to {100 * (i + 1) // last} %" for i in range(last)]
    labels.append("all points")
    step = (WIDTH - _LEFT - _RIGHT) / len(bins)
    lefts = [_LEFT + i * step for i in range(len(bins))]
    ticks = [Tick(round(left, 1), f"{100 * i // last}") for i, left in enumerate(lefts[:-1])]
    ticks.append(Tick(round(lefts[-1] + step / 2, 1), "100 %"))
    return Bars(_bars(bins, lefts, step, labels), tuple(ticks), HEIGHT - _BOTTOM)


def accuracy_bars(
    reached: Sequence[float], least: float, band: tuple[float, float] | None = None
) -> Bars:
    """Return the histogram of the accuracies that trained models reached.

    Args:
        reached: One for each student.
        least: The threshold.
        band: The least and the most that the solution reached when it was measured.
    """
    shown = [value for value in (*reached, least, *(band or ())) if math.isfinite(value)]
    low, high = min(shown), max(shown)
    margin = 0.04 * (high - low) or 0.02
    low, high = low - margin, high + margin
    step = (high - low) / _ACCURACY_BINS

    def x(value: float) -> float:
        return _tenth(_LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT))

    counts, below = [0] * _ACCURACY_BINS, [False] * _ACCURACY_BINS
    for value in reached:
        place = min(int((value - low) / step), _ACCURACY_BINS - 1)
        counts[place] += 1
        below[place] |= value < least
    edges = [low + i * step for i in range(_ACCURACY_BINS)]
    labels = [f"{edge:.3f} to {edge + step:.3f}" for edge in edges]
    width = (WIDTH - _LEFT - _RIGHT) / _ACCURACY_BINS
    return Bars(
        _bars(counts, [x(edge) for edge in edges], width, labels, below),
        tuple(Tick(x(value), _short(value)) for value in _round_numbers(low, high)),
        HEIGHT - _BOTTOM,
        Tick(x(least), _short(least)),
        None if band is None else (x(band[0]), round(x(band[1]) - x(band[0]), 1)),
    )


def curve_lines(curves: Iterable[Mapping[str, Any]]) -> list[Lines]:
    """Return one picture per metric, in which the same line is drawn once.

    Args:
        curves: Of the students who trained, as a report's JSON holds them.
    """
    curves = list(curves)
    metrics = dict.fromkeys(name for curve in curves for name in curve["metrics"])
    drawn = [_metric_lines(name, curves) for name in list(metrics)[:6]]
    return [one for one in drawn if one is not None]


def _metric_lines(metric: str, curves: Sequence[Mapping[str, Any]]) -> Lines | None:
    own = [curve for curve in curves if len(curve["metrics"].get(metric, ())) > 1]
    values = [value for curve in own for value in curve["metrics"][metric]]
    if not values:
        return None
    # One that runs off to the heavens would press all others flat.
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    if (most := ordered[int(0.98 * (len(ordered) - 1))]) * 4 < high:
        high = most * 2
    margin = 0.05 * (high - low) or 0.05
    low, high = low - margin, high + margin
    epochs = max(curve["epochs"] for curve in own)

    def x(epoch: float) -> float:
        return _tenth(_LEFT + (epoch - 1) / max(epochs - 1, 1) * (WIDTH - _LEFT - _RIGHT))

    def y(value: float) -> float:
        part = (min(max(value, low), high) - low) / (high - low)
        return _tenth(HEIGHT - _BOTTOM - part * (HEIGHT - _BOTTOM - _TOP))

    counts: dict[str, int] = {}
    for curve in own:
        told = curve["metrics"][metric]
        step = (curve["epochs"] - 1) / (len(told) - 1)
        points = " ".join(f"{x(1 + i * step):g},{y(value):g}" for i, value in enumerate(told))
        counts[points] = counts.get(points, 0) + 1
    xticks = sorted({1, *(round(t) for t in _round_numbers(1, epochs)), epochs})
    return Lines(
        metric,
        tuple(Line(points, count) for points, count in counts.items()),
        tuple(Tick(x(epoch), str(epoch)) for epoch in _apart(xticks, x)),
        tuple(Tick(y(value), _short(value)) for value in _round_numbers(low, high)),
        HEIGHT - _BOTTOM,
        len(own),
    )


def _bars(
    counts: Sequence[int],
    lefts: Sequence[float],
    width: float,
    labels: Sequence[str],
    below: Sequence[bool] = (),
) -> tuple[Bar, ...]:
    most = max(*counts, 1)
    full = HEIGHT - _BOTTOM - _TOP
    below = below or [False] * len(counts)
    bars = []
    for count, left, label, low in zip(counts, lefts, labels, below, strict=True):
        height = round(full * count / most, 1)
        top = HEIGHT - _BOTTOM - height
        bars.append(Bar(round(left + 1, 1), top, round(width - 2, 1), height, count, label, low))
    return tuple(bars)


def _round_numbers(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round numbers in a range."""
    step = 10 ** math.floor(math.log10((high - low) / count or 1))
    step = next(step * factor for factor in (1, 2, 5, 10, 20) if (high - low) / step / factor <= 6)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, first + 8) if i * step <= high + 1e-9]


def _apart(ticks: Sequence[int], x: Any) -> list[int]:
    """Return ticks of which none is written over another; the last one stays."""
    kept: list[int] = []
    for tick in reversed(ticks):
        if not kept or x(kept[-1]) - x(tick) > 30:
            kept.append(tick)
    return kept[::-1]


def _short(value: float) -> str:
    return f"{value:.4g}"


def _tenth(value: float) -> float:
    return round(float(value), 1)
