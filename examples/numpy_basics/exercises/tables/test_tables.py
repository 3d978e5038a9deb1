"""Visible checks: run `pytest tables` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("standardise")
def test_standardise_of_two_columns(student):
    """Two columns of three values each."""
    import numpy as np

    received = np.asarray(student.standardise(np.array([[1.0, 20.0], [2.0, 40.0], [3.0, 60.0]])))
    assert received.shape == (3, 2), (
        "The answer has the shape of the table, (3, 2).\n"
        f"Received: an array of shape {received.shape}.\n"
        "Return an array with a value for each value of the table."
    )
    expected = np.array([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]) * np.sqrt(1.5)
    assert np.allclose(received, expected), (
        f"The columns 1, 2, 3 and 20, 40, 60 both become {expected[:, 0].round(3).tolist()}.\n"
        f"Received: {received.round(3).tolist()}.\n"
        "Take mean and standard deviation of each column, with axis=0."
    )


@pytest.mark.task("standardise")
def test_standardise_of_equal_values(student):
    """A column of equal values becomes zeros."""
    import numpy as np

    received = np.asarray(student.standardise(np.array([[7.0, 1.0], [7.0, 3.0]])))[:, 0]
    assert received.tolist() == [0.0, 0.0], (
        "A column of equal values becomes zeros.\n"
        f"Received: {received.tolist()}.\n"
        "Its standard deviation is 0: divide by 1 there."
    )


@pytest.mark.task("plot_columns")
def test_plot_columns_draws_a_line_for_each_column(student):
    """Two columns are two lines, with a name each."""
    import matplotlib.pyplot as plt
    import numpy as np

    plt.close("all")
    student.plot_columns(np.array([[1.0, 5.0], [2.0, 4.0], [4.0, 3.0]]), ["up", "down"])
    figure = plt.gcf()
    lines = [line.get_ydata().tolist() for ax in figure.axes for line in ax.lines]
    assert lines == [[1.0, 2.0, 4.0], [5.0, 4.0, 3.0]], (
        "The columns 1, 2, 4 and 5, 4, 3 are drawn as a line each.\n"
        f"Received: {lines}.\n"
        "Call `ax.plot` once for each column of the table: `table.T` has them one by one."
    )
    legends = [ax.get_legend() for ax in figure.axes]
    names = [text.get_text() for one in legends if one for text in one.get_texts()]
    assert names == ["up", "down"], (
        "The legend names the lines: up, down.\n"
        f"Received: {names or 'no legend'}.\n"
        "Give `label=name` to `ax.plot`, and call `ax.legend()` in the end."
    )


@pytest.mark.task("plot_columns")
def test_plot_columns_names_the_axes(student):
    """The axes are called row and value."""
    import matplotlib.pyplot as plt
    import numpy as np

    plt.close("all")
    student.plot_columns(np.array([[1.0], [2.0]]), ["one"])
    names = [(ax.get_xlabel(), ax.get_ylabel()) for ax in plt.gcf().axes]
    assert names == [("row", "value")], (
        'The x axis is called "row", the y axis "value".\n'
        f"Received: {names}.\n"
        'Call `ax.set(xlabel="row", ylabel="value")`.'
    )


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
