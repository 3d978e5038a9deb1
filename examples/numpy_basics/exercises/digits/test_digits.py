"""Visible checks: run `pytest digits` in the folder that holds the exercises."""

import pytest


@pytest.mark.task("predict_digits")
def test_predict_digits_reads_bars(student):
    """A classifier that learnt upright and lying bars tells them apart."""
    import numpy as np

    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 3, (60, 8, 8))
    pictures[:30, :, 3:5] += 12
    pictures[30:, 3:5] += 12
    digits = np.repeat([1, 7], 30)
    new = np.concatenate([pictures[25:30], pictures[55:]]) // 2
    received = np.asarray(student.predict_digits(pictures, digits, new))
    assert received.shape == (10,), (
        "There is one digit for each new picture, shape (10,).\n"
        f"Received: shape {received.shape}.\n"
        "Return what `predict` gives for x_new."
    )
    assert received.tolist() == [1] * 5 + [7] * 5, (
        "Upright bars were learnt as 1, lying bars as 7: five of each are shown.\n"
        f"Received: {received.tolist()}.\n"
        "Call `fit` with x_train and y_train, and return what `predict` gives for x_new."
    )


@pytest.mark.task("confusion")
def test_confusion_counts_rows_and_columns(student):
    """Two threes read as eights stand in row 3, column 8."""
    import numpy as np

    received = np.asarray(student.confusion(np.array([3, 3, 3, 8]), np.array([8, 8, 3, 8])))
    assert received.shape == (10, 10), (
        "There is a row and a column for each of the ten digits.\n"
        f"Received: shape {received.shape}.\n"
        "Start with `np.zeros((10, 10), dtype=int)`."
    )
    counts = {
        (int(row), int(column)): int(received[row, column]) for row, column in np.argwhere(received)
    }
    assert counts == {(3, 8): 2, (3, 3): 1, (8, 8): 1}, (
        "Two threes were read as 8, one as 3, and one eight as 8.\n"
        f"Received (row, column): count {counts}.\n"
        "Rows are true digits, columns are read ones; add 1 for each pair, however often it comes."
    )


if __name__ == "__main__":  # run as a script, it checks as `pytest` does
    raise SystemExit(pytest.main([__file__]))
