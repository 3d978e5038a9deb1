"""Hidden checks of tables."""

from __future__ import annotations

import numpy as np

from autograder.judging import (
    Evidence,
    array,
    check,
    claim,
    close,
    figures,
)


@check("standardise", points=2, hint="Both mean and standard deviation are taken with axis=0.")
def test_standardise_gives_mean_0_and_spread_1(evidence: Evidence) -> None:
    """Each column gets mean 0 and standard deviation 1."""
    table = evidence.inputs["standardise"]["table"]
    expected = (table - table.mean(axis=0)) / table.std(axis=0)
    rule = "Each value must become (value - column's mean) / column's standard deviation"
    close(evidence.value("standardise.table"), expected, rule, atol=1e-5)


@check("standardise", points=1, hint="Divide by 1 where the standard deviation is 0.")
def test_standardise_of_equal_values_is_zero(evidence: Evidence) -> None:
    """A column of equal values becomes zeros, without a division by 0."""
    table = evidence.inputs["standardise"]["level"]
    rule = "A column of equal values must become zeros"
    received = array(evidence.value("standardise.level"), rule, table.shape)
    close(received[:, 1], np.zeros(len(table)), rule)


@check("plot_columns", points=2, hint="ax.plot(column) draws over 0, 1, 2, … by itself.")
def test_plot_columns_draws_each_column(evidence: Evidence) -> None:
    """Each column is a line over the row numbers."""
    table = evidence.inputs["plot_columns"]["table"]
    drawn = [
        (x, y)
        for x, y, line in figures.curves(evidence.figure("plot_columns"))
        if figures.is_drawn(line["linestyle"])
    ]
    for number, column in enumerate(table.T):
        found = any(
            y.size == column.size and np.allclose(y, column) and np.allclose(x, np.arange(y.size))
            for x, y in drawn
        )
        rule = f"A line must show column {number} over the row numbers 0, 1, 2, …"
        claim(found, rule, f"{len(drawn)} lines, none of them there")
    claim(len(drawn) == table.shape[1], "There must be one line a column", f"{len(drawn)} lines")


@check("plot_columns", points=1, hint="label=name in ax.plot, and ax.legend() in the end.")
def test_plot_columns_names_lines_and_axes(evidence: Evidence) -> None:
    """The legend names each line by its column, and both axes have their names."""
    asked, figure = evidence.inputs["plot_columns"], evidence.figure("plot_columns")
    axes = [one for one in figure.axes if one.lines]
    claim(len(axes) == 1, "The lines must be drawn in one Axes", f"{len(axes)} Axes with lines")
    names = [axes[0].xlabel.strip(), axes[0].ylabel.strip()]
    claim(names == ["row", "value"], 'The axes must be called "row" and "value"', names)
    legend = [text.strip() for text in axes[0].legend]
    rule = "The legend must name the lines in the order of the columns"
    claim(legend == asked["names"], rule, ", ".join(legend) or "no legend")
