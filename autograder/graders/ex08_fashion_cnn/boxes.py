"""The boxes in a picture of a network: which text tells which layer, where it stands, its shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.judging import Figure, claim, figures

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer of the model that the probe draws: its name, its class, its output's shape."""

    name: str
    kind: str
    shape: Shape

    def is_named_in(self, text: str) -> bool:
        return bool(figures.mentions(text, self.name)) or self.kind.lower() in text.lower()


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a picture; `place` is x and y in parts of the figure, NaN where not known."""

    text: str
    place: np.ndarray


def texts(figure: Figure) -> list[Text]:
    """Return every text of a picture, in the order in which they were written."""
    found = []
    for axes in figure.axes:
        places = axes.facts.get("places")
        given = list(places) if isinstance(places, list) else []
        limits = [np.array(figures.numbers(axes.facts.get(name), 2)) for name in ("xlim", "ylim")]
        left, bottom, width, height = figures.numbers(axes.facts.get("bounds"), 4)
        for place, text in enumerate(figures.words(axes.facts.get("texts"))):
            at = np.array(figures.numbers(given[place] if place < len(given) else None, 2))
            with np.errstate(all="ignore"):
                parts = [
                    (one - limit[0]) / (limit[1] - limit[0])
                    for one, limit in zip(at, limits, strict=True)
                ]
                if len(figure.axes) > 1:
                    parts = [left + parts[0] * width, bottom + parts[1] * height]
            found.append(Text(text, np.array(parts)))
    known = [one.text for one in found]
    nowhere = np.full(2, np.nan)
    for text in figures.texts(figure):
        if text in known:
            known.remove(text)
        else:
            found.append(Text(text, nowhere))
    return [one for one in found if one.text.strip()]


def labels(found: Sequence[Text], layers: Sequence[Drawn]) -> list[Text | None]:
    """Return, for each layer, the text that tells its name, or else its class; None if none does.

    Layers of one class are told in their order; a text tells one layer.
    """
    free = list(found)
    chosen: list[Text | None] = []
    for layer in layers:
        by_name = [one for one in free if figures.mentions(one.text, layer.name)]
        others = [other.name for other in layers if other is not layer]
        by_class = [
            one
            for one in free
            if layer.kind.lower() in one.text.lower()
            and not any(figures.mentions(one.text, other) for other in others)
        ]
        text = next(iter([*by_name, *by_class]), None)
        if text is not None:
            free = [one for one in free if one is not text]
        chosen.append(text)
    return chosen


def claim_boxes(figure: Figure, told: Sequence[Text | None]) -> None:
    """Claim that as many boxes are drawn as there are layers, in whatever way."""
    drawn = 0
    for axes in figure.axes:
        boxed = axes.facts.get("boxed")
        drawn += sum(one is True for one in boxed) if isinstance(boxed, list) else 0
        drawn += len(figures.words(axes.facts.get("cells"))) + len(axes.polygons)
        drawn += len(axes.lines) + len(axes.polylines) + (axes.facts.get("visible") is True)
    claim(
        drawn >= len(told) or bool(figure.texts),
        "Each layer must have a box",
        f"{drawn} boxes for {len(told)} layers",
        'ax.text(x, y, text, bbox={"facecolor": "white"}) draws one around the text.',
    )


def claim_order(told: Sequence[Text | None]) -> None:
    """Claim that the layers' texts stand apart, one after the other, in a row, a column or rows."""
    places = np.array([one.place for one in told if one is not None])
    if len(places) < len(told) or not np.isfinite(places).all():
        return  # cells of a table, titles
    rule = "Each layer must have a box of its own, in the order of the layers"
    apart = [np.abs(one - other).max() for one, other in _pairs(places)]
    claim(min(apart) > 1e-4, rule, "texts of several layers at the same place")
    across, down = places.T
    orders = [across, -across, down, -down]
    orders += [_in_rows(across, down), _in_rows(across, -down), _in_rows(down, across)]
    orders += [_in_rows(-down, across)]
    in_order = any((np.diff(one) > 1e-4).all() for one in orders)
    claim(in_order, rule, "boxes in another order", "Go through `model.layers`, place by place.")


def _pairs(places: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for place, one in enumerate(places):
        for other in places[place + 1 :]:
            yield one, other


def _in_rows(along: np.ndarray, between: np.ndarray) -> np.ndarray:
    """Return how far each place is, read along rows that follow each other."""
    return np.asarray(np.round(between, 2) * 1000 + along)


def claim_shapes(
    found: Sequence[Text], told: Sequence[Text | None], layers: Sequence[Drawn]
) -> None:
    """Claim that each layer's shape stands in its own text, or nearest to it."""
    for layer, label in zip(layers, told, strict=True):
        if label is None:
            continue
        rule = (
            f"The box of {layer.name!r} ({layer.kind}) must tell its shape {(None, *layer.shape)}"
        )
        step = "Write layer.output.shape of the same layer, in the same box."
        inside = figures.shapes(_without(label.text, layers))
        if layer.shape in inside:
            continue
        apart = [one for one in found if layer.shape in figures.shapes(_without(one.text, layers))]
        own = [one for one in apart if _nearest(one, told, label)]
        received = repr(label.text) if inside else "it in the box of another layer"
        claim(bool(own) and not _has_all(inside), rule, received, step)


def _without(text: str, layers: Sequence[Drawn]) -> str:
    """Return a text without the layers' classes, whose digits are no sizes."""
    for kind in {layer.kind for layer in layers}:
        text = text.replace(kind, "").replace(kind.lower(), "")
    return text


def _has_all(inside: Sequence[Shape]) -> bool:
    """Say whether a label tells a shape of its own, which is then the one that counts."""
    return any(len(shape) == 3 for shape in inside)


def _nearest(shape: Text, told: Sequence[Text | None], label: Text) -> bool:
    """Say whether a layer's label is as near to the text of a shape as any other label is."""
    labels = [one for one in told if one is not None]
    away = np.array([np.abs(one.place - shape.place).sum() for one in labels])
    if not np.isfinite(away).all():
        return True
    own = float(np.abs(label.place - shape.place).sum())
    return own <= float(away.min()) + 1e-6
