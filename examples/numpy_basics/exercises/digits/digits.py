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
# # A classifier that reads digits
#
# A picture of a digit is a table of 8 by 8 grey values. A classifier that has seen many of them, each
# with its digit, can read new ones. You train one with scikit-learn, and then count which digits it
# takes for which: one number, such as "5 % wrong", hides that.
#
# Replace each `# YOUR CODE HERE` and the `raise` below it with your own code. In a notebook, then
# run the folded cell under it (for a script, `pytest digits`): it checks your answer within seconds,
# and says what is wrong and what to do next.

# %%
from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

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

# %%
if __name__ == "__main__":
    places = [Path(folder) / "digits_sample.npz" for folder in (".", "data", "../data")]
    digits = np.load(next(path for path in places if path.is_file()))
    print("pictures", digits["x_train"].shape, "digits", digits["y_train"].shape)

# %% [markdown]
# **Task `predict_digits`.** Train a classifier of scikit-learn's on the pictures given, and return the
# digit that it reads in each new picture. Scikit-learn wants one row a picture: make 64 columns of
# the 8 by 8 values first. On new pictures a nearest-neighbours classifier is wrong for about 1 in 70
# where it has seen a thousand, and for 1 in 45 where it has seen a few hundred.

# %% predict_digits
def predict_digits(x_train: np.ndarray, y_train: np.ndarray, x_new: np.ndarray) -> np.ndarray:
    """Return the digits that a classifier reads, once it is trained.

    Args:
        x_train: Pictures, whole numbers from 0 to 16, shape `(n, 8, 8)`.
        y_train: Their digits, shape `(n,)`.
        x_new: Pictures to read, shape `(m, 8, 8)`.

    Returns:
        A digit for each new picture, shape `(m,)`.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


# %% [markdown]
# **Task `confusion`.** Count in a table of 10 rows and 10 columns how often each digit was read as
# which: row 3, column 8 says how many threes were taken for an eight. A digit that never occurs has a
# row of zeros.

# %% confusion
def confusion(digits: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Return how often each digit was read as which.

    Args:
        digits: What the pictures show, whole numbers from 0 to 9, shape `(n,)`.
        read: What was read in them, shape `(n,)`.

    Returns:
        Whole numbers, shape `(10, 10)`: rows are true digits, columns are read ones.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
