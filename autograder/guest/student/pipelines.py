"""A `tf.data` pipeline as data: arrays, and the steps that a batch of them comes from.

Only what numbers describe in full is taken: slices of arrays, then `take`, `skip`, `cache`,
`shuffle`, `batch` and `prefetch`. A `map` or a generator is code, and runs where it was written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from autograder.guest.protocol.training_parts import (
    MAX_STEPS,
    Batch,
    Cache,
    Prefetch,
    Shuffle,
    Skip,
    Step,
    Take,
)
from autograder.guest.student.unsupported import UnsupportedFit

#: By the class that TensorFlow makes of a step; it keeps each field with a `_` before its name.
_STEPS: dict[str, type[Step]] = {
    "_TakeDataset": Take,
    "_SkipDataset": Skip,
    "_ShuffleDataset": Shuffle,
    "_BatchDataset": Batch,
    "_ParallelBatchDataset": Batch,
    "_PrefetchDataset": Prefetch,
    "CacheDataset": Cache,
}


def is_dataset(value: Any) -> bool:
    """Whether `value` is a `tf.data.Dataset`; TensorFlow is not loaded to find out."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(value, tensorflow.data.Dataset)


def describe_dataset(dataset: Any) -> tuple[Any, tuple[Step, ...]]:
    """Return the arrays, nested as in the dataset's elements, and the steps, first to last.

    The seeds of `shuffle` are left out: the training sets its own, as for every recipe.

    Raises:
        UnsupportedFit: A step is none of those above, or leans on the order that a `shuffle` gave.
    """
    steps: list[Step] = []
    source = dataset
    try:
        while type(source).__name__ != "_TensorSliceDataset":
            step = _STEPS[type(source).__name__]
            if step is Cache and source._filename.numpy():  # noqa: SLF001 - in a file, which we lack
                raise UnsupportedFit("a pipeline with a file")
            given = (getattr(source, f"_{name}") for name in step.__struct_fields__)
            steps.insert(0, step(*(np.asarray(value).item() for value in given)))
            source = source._input_dataset  # noqa: SLF001 - TensorFlow has no other way to ask
            if len(steps) > MAX_STEPS:
                raise UnsupportedFit("a pipeline of very many steps")
        from tensorflow.python.data.util import structure

        slices = structure.from_tensor_list(_whole(source), source._tensors)  # noqa: SLF001
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise UnsupportedFit("a pipeline with code in it") from error
    kinds = [type(step) for step in steps]
    if Shuffle in kinds and {Take, Skip} & set(kinds[kinds.index(Shuffle) :]):
        # Two parts of one shuffled dataset are apart only as long as both see the same order.
        raise UnsupportedFit("a pipeline that parts what was shuffled")
    return slices, tuple(steps)


def _whole(source: Any) -> Any:
    """Return the structure of all slices together, from that of one."""
    import tensorflow as tf

    rows = int(source._tensors[0].shape[0])  # noqa: SLF001

    def stacked(spec: Any) -> Any:
        return tf.TensorSpec([rows, *spec.shape], spec.dtype)

    return tf.nest.map_structure(stacked, source.element_spec)


def build_dataset(slices: Any, steps: Sequence[Step]) -> Any:
    """Return the pipeline of these steps over `slices`."""
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(slices)
    for step in steps:
        dataset = getattr(dataset, str(step.__struct_config__.tag))(**msgspec.structs.asdict(step))
    return dataset
