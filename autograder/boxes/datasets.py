"""A `tf.data` pipeline as data: arrays, and the steps that a batch of them comes from.

Only what is fully told by numbers is taken: slices of arrays, then `take`, `skip`, `cache`,
`shuffle`, `batch` and `prefetch`. A `map` or a generator is code, and runs where it was written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.boxes.norecipe import NoRecipe

_STEPS_MOST = 20

#: By the class that TensorFlow makes of a step: its name, and where it keeps what it was given.
_TOLD = {
    "_TakeDataset": ("take", ["_count"]),
    "_SkipDataset": ("skip", ["_count"]),
    "_ShuffleDataset": ("shuffle", ["_buffer_size", "_reshuffle_each_iteration"]),
    "_BatchDataset": ("batch", ["_batch_size", "_drop_remainder"]),
    "_ParallelBatchDataset": ("batch", ["_batch_size", "_drop_remainder"]),
    "_PrefetchDataset": ("prefetch", ["_buffer_size"]),
    "CacheDataset": ("cache", []),
}


def is_dataset(value: Any) -> bool:
    """Whether `value` is a `tf.data.Dataset`; TensorFlow is not loaded to find out."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(value, tensorflow.data.Dataset)


def tell_dataset(dataset: Any) -> tuple[Any, list[list[Any]]]:
    """Return the arrays, nested as in the dataset's elements, and the steps, first to last.

    The seeds of `shuffle` are not told: the training sets its own, as for every recipe.

    Raises:
        NoRecipe: A step is none of those above, or leans on the order that a `shuffle` gave.
    """
    steps: list[list[Any]] = []
    step = dataset
    try:
        while type(step).__name__ != "_TensorSliceDataset":
            name, given = _TOLD[type(step).__name__]
            if name == "cache" and step._filename.numpy():  # noqa: SLF001 - in a file, which we lack
                raise NoRecipe("a pipeline with a file")
            steps.insert(0, [name, *(np.asarray(getattr(step, one)).item() for one in given)])
            step = step._input_dataset  # noqa: SLF001 - TensorFlow has no other way to ask
            if len(steps) > _STEPS_MOST:
                raise NoRecipe("a pipeline of very many steps")
        from tensorflow.python.data.util import structure

        slices = structure.from_tensor_list(_whole(step), step._tensors)  # noqa: SLF001
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise NoRecipe("a pipeline with code in it") from error
    names = [name for name, *_ in steps]
    if "shuffle" in names and {"take", "skip"} & set(names[names.index("shuffle") :]):
        # Two parts of one shuffled dataset are apart only as long as both see the same order.
        raise NoRecipe("a pipeline that parts what was shuffled")
    return slices, steps


def _whole(source: Any) -> Any:
    """Return the structure of all slices together, from that of one."""
    import tensorflow as tf

    rows = int(source._tensors[0].shape[0])  # noqa: SLF001

    def stacked(spec: Any) -> Any:
        return tf.TensorSpec([rows, *spec.shape], spec.dtype)

    return tf.nest.map_structure(stacked, source.element_spec)


def build_dataset(slices: Any, steps: Sequence[Sequence[Any]]) -> Any:
    """Return the pipeline that was told, over `slices`."""
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(slices)
    for name, *given in steps:
        match name:
            case "shuffle":
                dataset = dataset.shuffle(given[0], reshuffle_each_iteration=given[1])
            case "batch":
                dataset = dataset.batch(given[0], drop_remainder=given[1])
            case _:
                dataset = getattr(dataset, name)(*given)
    return dataset
