"""What is told of the weights that a `fit` was given: which of them are not all 1."""

import numpy as np
import pytest

from autograder.guest.student.fit_hook import fit_facts

GIVEN = dict.fromkeys(
    [
        "epochs",
        "batch_size",
        "validation_split",
        "validation_data",
        "shuffle",
        "steps_per_epoch",
        "callbacks",
        "x",
        "y",
        "class_weight",
        "sample_weight",
    ]
)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, []),
        ({"class_weight": {}}, []),
        ({"class_weight": {0: 1.0, 1: 1}}, []),
        ({"class_weight": {0: 1.0, 1: 2.0}}, ["class_weight"]),
        ({"class_weight": {0: "much"}}, ["class_weight"]),
        ({"sample_weight": np.ones(3)}, []),
        ({"sample_weight": [1, 0, 1]}, ["sample_weight"]),
    ],
)
def test_weights_that_are_all_one_are_none(given, told):
    """All 1 is what Keras does by itself; whatever else is named."""
    assert fit_facts({**GIVEN, **given}, {})["weights"] == told
