"""What a picture of decision lines must show: the four inputs in two colours, and each line."""

from __future__ import annotations

import numpy as np

from autograder.judging import Figure, claim, curves, figures, in_terms

from .oracle import INPUTS

SQUARE = (0, 1, 0, 1)  # lowest and highest x1, lowest and highest x2


def claim_colours(figure: Figure, answers: np.ndarray) -> None:
    """Claim a point for each input, in one colour for answer 1 and in another for answer 0."""
    groups = [one for one in curves.dots(figure) if one.x.size <= 10_000]
    colors = [
        {one.color for one in groups if np.any(np.hypot(one.x - a, one.y - b) < 1e-5)}
        for a, b in INPUTS
    ]
    missing = [f"({a:g}, {b:g})" for (a, b), found in zip(INPUTS, colors, strict=True) if not found]
    rule = "The four inputs must be points of the picture"
    claim(not missing, rule, f"no point at {', '.join(missing)}")
    rule = "Points of the same rounded answer must have one colour, and the others another"
    shared = {}
    for answer in (0, 1):
        found = [one for one, each in zip(colors, answers, strict=True) if each == answer]
        shared[answer] = set.intersection(*found) if found else {""}
        claim(shared[answer], rule, f"several colours where the answer is {answer}")
    claim(shared[0] != shared[1], rule, "the same colour for 0 and for 1")


def claim_lines(figure: Figure, expected: np.ndarray) -> None:
    """Claim each expected line across the square, no other line, and the limits."""
    drawn = curves.drawn(figure)
    panels = []
    for a, b, c in expected:
        found = [one for one in drawn if one.follows((a, b, c), SQUARE, near=0.02)]
        told = f"{in_terms((a, 'x1'), (b, 'x2'), (c, ''))} = 0"
        upright = " It is upright: to solve for x2 divides by zero." if b == 0 else ""
        claim(
            found,
            f"A line must be drawn across the square where {told}.{upright}",
            curves.ends(drawn),
        )
        panels.append(found[0].axes)
    strays = [one for one in drawn if one.level is None and _is_stray(one, expected)]
    rule = "Each line of the picture must be the decision line of one unit"
    claim(not strays, rule, curves.ends(strays[:1]))
    claim(
        not ("2" in panels[0].xlabel and "1" in panels[0].ylabel),
        "The x axis is that of x1, and the y axis that of x2",
        f"{panels[0].xlabel!r} and {panels[0].ylabel!r}",
    )
    for side in ("x", "y"):
        limits = figures.numbers(panels[0].facts.get(f"{side}lim"), 2)
        claim(
            np.allclose(limits, (-0.5, 1.5), atol=0.02),
            f"The {side} axis must go from -0.5 to 1.5",
            f"{limits[0]:.2f} to {limits[1]:.2f}",
            "ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))",
        )


def _is_stray(line: curves.Curve, expected: np.ndarray) -> bool:
    """Say whether it is a straight line that no unit has; lines along an axis may be a grid's."""
    points = np.column_stack([line.x, line.y])
    if len(points) < 2 or np.ptp(points, axis=0).min() < 1e-6:
        return False
    along = points[-1] - points[0]
    off = (points - points[0]) @ np.array([-along[1], along[0]])
    straight = np.abs(off).max() <= 1e-6 * max(float(along @ along), 1e-12)
    lies_on = [np.abs(points @ (a, b) + c).max() <= 0.02 * np.hypot(a, b) for a, b, c in expected]
    return bool(straight and not any(lies_on))
