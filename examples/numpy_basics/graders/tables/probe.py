"""What tables asks of a submission."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw each task's inputs: no two submissions of different seeds see the same."""
    del data
    return {
        "standardise": _draw_standardise(rng),
        "plot_columns": _draw_plot_columns(rng),
    }


def _draw_standardise(rng: np.random.Generator) -> dict[str, Any]:
    """Draw two tables that are not square; one has a column of equal values."""
    table = rng.normal(size=(11, 4)) * rng.uniform(2, 9, 4) + rng.uniform(-5, 5, 4)
    level = rng.integers(1, 9, (6, 3)).astype(float)
    level[:, 1] = level[0, 1]
    return {"table": table, "level": level}


def ask_standardise(student: Student, inputs: Inputs) -> None:
    """Ask for both tables; the answer to one does not hang on the other."""
    for name, table in inputs["standardise"].items():
        student.attempt("standardise", table, key=f"standardise.{name}")


def _draw_plot_columns(rng: np.random.Generator) -> dict[str, Any]:
    """Draw a table that is not square, and names in an order of their own."""
    names = rng.permutation(["height", "weight", "age", "width"])[:3]
    return {"table": rng.normal(size=(12, 3)).cumsum(axis=0), "names": names.tolist()}


def ask_plot_columns(student: Student, inputs: Inputs) -> None:
    """Ask for the figure; what is drawn is told, and judged elsewhere."""
    asked = inputs["plot_columns"]
    student.call("plot_columns", asked["table"], asked["names"], _figure=True)
