"""What digits asks of a submission."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

#: Which part of the pictures is learnt from: another one for every seed.
LEARNT = 0.8


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw pictures to learn from, and pairs of digits to count.

    The held-back pictures go into the box, to be read; their digits stay on the host.
    """
    digits = data["digits"]
    rows = len(digits.x_train)
    chosen = rng.permutation(rows)[: int(LEARNT * rows)]
    counted = rng.choice([0, 1, 2, 4, 5, 6, 7, 9], (2, 60))
    return {
        "predict_digits": {
            "x_train": digits.x_train[chosen],
            "y_train": digits.y_train[chosen],
            "x_new": digits.x_test,
        },
        "confusion": {"digits": counted[0], "read": counted[1]},
    }


def ask_predict_digits(student: Student, inputs: Inputs) -> None:
    """Ask for the digits of the held-back pictures."""
    student.call("predict_digits", *inputs["predict_digits"].values())


def ask_confusion(student: Student, inputs: Inputs) -> None:
    """Ask for the counts of 60 pairs; two digits are in none."""
    student.call("confusion", *inputs["confusion"].values())
