"""Tensors and variables as NumPy arrays, without a word of it in the student's code."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def numpy_of(value: Any) -> np.ndarray:
    """Return a tensor or variable of any backend as an array.

    NumPy warns of how TensorFlow's hands over its values. A student who turns warnings into
    exceptions is not to meet that one in a `fit` in which Keras gives none.
    """
    import keras

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(keras.ops.convert_to_numpy(value))
