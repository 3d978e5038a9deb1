"""How much a training takes, from what is asked alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograder.guest.protocol.training_parts import (
    ArrayAt,
    ArrayDict,
    ArrayList,
    Batch,
    Data,
    Pipeline,
    Ref,
    Source,
)
from autograder.guest.protocol.trainings import Fit

_BATCH_SIZE = 32  # Keras's own


def samples_of(data: Data, refs: Sequence[Ref]) -> int:
    """Return the number of rows of the first array to train on; 0 where there is none."""
    source: Source | None = data.x
    while source is not None:
        match source:
            case ArrayAt():
                return next(iter(refs[source.place].shape), 0)
            case ArrayList():
                source = next(iter(source.items), None)
            case ArrayDict():
                source = next(iter(source.items.values()), None)
            case Pipeline():
                source = source.slices
    return 0


def batches_of(fit: Fit, refs: Sequence[Ref]) -> int:
    """Return the most batches that an epoch may have."""
    asked = fit.fit
    samples = samples_of(fit.data, refs)
    if isinstance(fit.data.x, Pipeline):
        sizes = [step.batch_size for step in fit.data.x.steps if isinstance(step, Batch)]
        size = math.prod(max(1, size) for size in sizes)
    else:
        size = asked.batch_size or _BATCH_SIZE
        if fit.data.validation_data is None:
            samples = math.ceil(samples * (1 - asked.validation_split))
    whole = math.ceil(samples / size)
    return min(whole, asked.steps_per_epoch or whole)
