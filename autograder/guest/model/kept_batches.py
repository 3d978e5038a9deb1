"""Small data are cut into batches once for a whole training, not anew for each epoch.

Keras starts a pipeline of TensorFlow's for every epoch and every validation. On a handful of rows
that takes fifty times as long as the training itself. The batches of an epoch are those of the one
before wherever the random numbers are seeded, as they are here: so they are kept. It is looked at,
not taken for granted: the data are run through twice, and batches that differ are not kept.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

#: The most that batches may hold to be kept.
LIMIT_MIB = 64


@contextmanager
def kept_batches() -> Iterator[None]:
    """Have `fit` keep its batches inside the `with`, if TensorFlow is Keras's backend.

    What is trained is the same, bit by bit. It reaches into Keras: where Keras has changed, `fit`
    is as it comes, and slower.
    """
    import keras

    trainer: Any = None
    if keras.backend.backend() == "tensorflow":
        trainer = importlib.import_module("keras.src.backend.tensorflow.trainer")
    original = getattr(trainer, "TFEpochIterator", None)
    if not hasattr(original, "_get_iterator"):
        yield
        return
    trainer.TFEpochIterator = _keeping(original)
    try:
        yield
    finally:
        trainer.TFEpochIterator = original


def _keeping(original: Any) -> Any:
    """Return Keras's iterator over epochs, made to keep what its pipeline gives."""

    class KeptBatches(original):  # type: ignore[misc]
        _batches: Any = None

        def _get_iterator(self) -> Any:
            if self._batches is None:
                pipeline = super()._get_iterator()
                self._batches = batches_of(self.data_adapter, pipeline) or pipeline
            return self._batches

    return KeptBatches


def batches_of(adapter: Any, pipeline: Any) -> list[Any] | None:
    """Return the batches of each epoch; None where they are many, or not the same."""
    import keras

    # Of arrays alone it is known beforehand how much they give; other sources may never end.
    if type(adapter).__name__ != "ArrayDataAdapter" or _size_mib(adapter) > LIMIT_MIB:
        return None
    first, second = list(pipeline), list(pipeline)
    pairs = zip(keras.tree.flatten(first), keras.tree.flatten(second), strict=True)
    return first if all(_equal(one, other) for one, other in pairs) else None


def _size_mib(adapter: Any) -> float:
    import keras

    arrays = keras.tree.flatten(adapter._inputs)  # noqa: SLF001 - not told otherwise
    return sum(getattr(array, "nbytes", float("inf")) for array in arrays) / 2**20


def _equal(one: Any, other: Any) -> bool:
    """Whether two parts of batches hold the same; what is no array is absent in both."""
    if not hasattr(one, "numpy"):
        return type(one) is type(other)
    return np.array_equal(one.numpy(), other.numpy(), equal_nan=one.dtype.is_floating)
