# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Tables and pictures
#
# Columns of a table rarely share a scale: heights in metres beside weights in grams. Before columns are
# compared, or given to a classifier, they are brought to one; and before anything is computed, they
# are looked at.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code. In a notebook, then
# run the folded cell under it (for a script, `pytest tables`): it checks your
# answer within seconds, and says what is wrong and what to do next.

# %%
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

# %% jupyter={"source_hidden": true}
# Run as a script, this file says in a sentence which function is not written yet.
if __name__ == "__main__" and "__file__" in globals():
    import sys
    from pathlib import Path

    sys.path.append(str(Path(__file__).resolve().parents[1]))
    try:
        import course_checks.script
    except ModuleNotFoundError:
        pass


# %% [markdown]
# **Task `standardise`.** Return a table's columns with mean 0 and standard deviation 1: from each value
# subtract its column's mean, and divide by its column's standard deviation (`numpy.std` as it is). A
# column whose values are all the same becomes zeros.

# %% standardise
def standardise(table: np.ndarray) -> np.ndarray:
    """Return a table with its columns on one scale.

    Args:
        table: Numbers, shape `(rows, columns)`.

    Returns:
        An array of the same shape.
    """
    # YOUR CODE HERE
    raise NotImplementedError()

# %% [markdown]
# **Task `plot_columns`.** Draw each column of a table as a line over the row numbers 0, 1, 2, …, in one
# Axes. A legend gives each line its column's name; the x axis is called "row", the y axis "value".

# %% plot_columns
def plot_columns(table: np.ndarray, names: list[str]) -> Figure:
    """Draw a line for each column; what is drawn counts.

    Args:
        table: Numbers, shape `(rows, columns)`.
        names: The columns' names.

    Returns:
        A Matplotlib figure with one Axes.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
