"""What the pictures of ex02_regression show: curves and their names, dots and where they lie."""

from __future__ import annotations

import re

import numpy as np

from autograder.judging import Evidence, Figure, claim, curves, figures


def drawn_curves(evidence: Evidence) -> list[curves.Curve]:
    """Return the lines of the picture, and those that `plot` draws as dots."""
    figure = evidence.figure("plot_loss")
    dotted = [
        one
        for one in curves.dots(figure)
        if not figures.is_drawn(one.linestyle)
        and any(np.array_equal(line["y"], one.y) for line in one.axes.lines)
    ]
    return [*curves.drawn(figure), *dotted]


def says(text: str, words: str) -> bool:
    """Say whether a text has a word that begins like one of a pattern's."""
    return bool(re.search(rf"(?<![a-z])(?:{words})", text.lower()))


def claim_legend(evidence: Evidence, drawn: list[curves.Curve]) -> None:
    """Claim that the legend has a name for each loss, and gives neither the other's."""
    told: dict[str, list[str]] = {}
    for name, values in evidence.inputs["plot_loss"].items():
        found = [
            one for one in drawn if one.y.shape == (len(values),) and np.allclose(one.y, values)
        ]
        told[name] = [text.strip() for one in found for text in one.names if text.strip()]
        if found:  # a curve that is not there is another check's
            claim(told[name], f"The legend must name the curve of {name}", "no name for it")
    texts = [entry.text for axes in evidence.figure("plot_loss").axes for entry in axes.entries]
    rule = "The legend must name each curve once"
    claim(len(set(texts)) == len(texts), rule, ", ".join(map(repr, texts)))
    if all(told.values()):
        shown = f"{told['loss'][0]!r} for loss, {told['val_loss'][0]!r} for val_loss"
        rule = "The legend must tell which curve is loss and which is val_loss"
        claim(set(told["loss"]) != set(told["val_loss"]), rule, shown)
        held, learnt = r"val|test|held|unseen", r"train|learn|fit"
        crossed = says(told["loss"][0], held) or says(told["val_loss"][0], learnt)
        straight = says(told["val_loss"][0], held) or says(told["loss"][0], learnt)
        claim(straight or not crossed, rule, shown, "Look at which curve has which `label`.")


def is_turned(figure: Figure) -> bool:
    """Say whether the axes bear each other's name."""
    names = [[side.strip().lower() for side in (one.xlabel, one.ylabel)] for one in figure.axes]
    return ["y", "x"] in names


def near(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Say for each of the wanted points whether it is among others, shape `(len(wanted),)`."""
    apart = np.abs(points[:, None, :] - wanted[None, :, :]).max(axis=2)
    return np.asarray(np.any(apart < 1e-5, axis=0))
