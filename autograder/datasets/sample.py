"""How a bundled sample is drawn from the full set."""

from __future__ import annotations

import numpy as np

from autograder.datasets.archive import Dataset
from autograder.errors import DataError


def draw_sample(full: Dataset) -> Dataset:
    """Draw the sample as the catalog says: so many rows of each class, by split, in mixed order.

    From arrays of shapes `(rows, …)` it takes those of shapes `(drawn, …)`, of the same dtypes; a
    split's labels, `y_<split>` of shape `(rows,)`, say each row's class.

    `RandomState` and not a `Generator`: NumPy promises that its stream never changes.

    Raises:
        DataError: The catalog does not say how the sample is drawn.
    """
    draw = full.spec.draw
    if draw is None:
        raise DataError(
            "A sample is drawn as the catalog says. "
            f"Received: {full.name}, of which it says nothing. Give its sample a `draw`."
        )
    rng = np.random.RandomState(draw.seed)
    arrays = {}
    for split, per_class in draw.per_class:
        labels = full.arrays[f"y_{split}"]
        order = rng.permutation(len(labels))
        chosen = [order[labels[order] == label][:per_class] for label in np.unique(labels)]
        rows = rng.permutation(np.concatenate(chosen))
        for array in full.spec.arrays:
            if array.split == split:
                arrays[array.name] = full.arrays[array.name][rows]
    return Dataset(full.spec, "sample", arrays)
