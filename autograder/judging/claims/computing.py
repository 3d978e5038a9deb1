"""The claim that a model computes what is asked for: with the same weights the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.errors import NoEvidence
from autograder.judging.checks import claim
from autograder.judging.claims.layers import Asked, configured, paired
from autograder.models.model import Layer, Model
from autograder.records import Status

_CONVOLUTION = {
    "strides": 1,
    "padding": "valid",
    "dilation_rate": 1,
    "groups": 1,
    "use_bias": True,
    "activation": "linear",
}
_RECURRENT = {
    "activation": "tanh",
    "use_bias": True,
    "return_sequences": False,
    "return_state": False,
    "go_backwards": False,
    "stateful": False,
    "dropout": 0.0,
    "recurrent_dropout": 0.0,
}
_GATED = {**_RECURRENT, "recurrent_activation": "sigmoid"}
#: What Keras takes where an argument is left out, of those that decide what a layer computes.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "AveragePooling1D": {"padding": "valid"},
    "AveragePooling2D": {"padding": "valid"},
    "BatchNormalization": {"axis": -1, "epsilon": 1e-3, "center": True, "scale": True},
    "Conv1D": _CONVOLUTION,
    "Conv2D": _CONVOLUTION,
    "Dense": {"use_bias": True, "activation": "linear"},
    "Embedding": {"mask_zero": False},
    "GRU": {**_GATED, "reset_after": True},
    "LSTM": _GATED,
    "MaxPooling1D": {"padding": "valid"},
    "MaxPooling2D": {"padding": "valid"},
    "SimpleRNN": _RECURRENT,
}
_SAMPLES, _LENGTH = 8, 11
_RTOL, _ATOL = 1e-3, 1e-4


def computes(
    model: Model,
    asked: Sequence[Asked],
    *,
    inputs: np.ndarray | None = None,
    next_step: str = "Compare the arguments of each layer with the text.",
) -> None:
    """Claim that a model computes what a chain of layers computes that has the same weights.

    Its layers' classes come first, then their settings, where those that are not asked for are
    Keras's defaults. At last its output is compared with that of the layers that are asked for,
    with inputs and weights drawn at random; both are computed in the model box.

    Args:
        model: The model; it takes one input and gives one output.
        asked: The layers in order, activations folded as by `core_layers`: each its class, and the
            settings that are asked for. One that is `...` is left open: what the model has.
        inputs: What to compute with, shape `(batch, …)`; by default drawn for the model's input.
        next_step: Told when something differs.
    """
    chain = []
    for place, (layer, (class_name, settings)) in enumerate(paired(model, asked, next_step), 1):
        whole = _with_defaults(class_name, settings)
        configured(layer, whole, place, next_step)
        chain.append(_entry(layer, whole, place))
    shape = model.input_shape
    rule = "The model must have one input of a known shape, and one output"
    claim(_is_one(shape), rule, f"the input shape {shape}")
    claim(_is_one(model.output_shape), rule, f"the output shape {model.output_shape}")
    rng = np.random.default_rng(0)
    weights = [_weights(rng, array) for array in model.weights]
    x = _inputs(rng, shape, chain) if inputs is None else inputs
    rule = f"The model must compute what {', '.join(name for name, _ in asked)} compute in turn"
    try:
        wanted = model.with_weights(weights, _sequential(shape, chain)).predict(x)
    except NoEvidence as failure:
        if failure.status is not Status.ERRORED:
            raise
        shapes = ", ".join(str(array.shape) for array in weights)
        claim(False, rule, f"weights of the shapes {shapes}", next_step)
    received = model.with_weights(weights).predict(x)
    told = f"outputs of shape {received.shape[1:]} where theirs have {wanted.shape[1:]}"
    claim(received.shape == wanted.shape, rule, told, next_step)
    allowed = _ATOL * max(1.0, float(np.abs(wanted).max(initial=0))) + _RTOL * np.abs(wanted)
    far = int((np.abs(received - wanted) > allowed).sum())
    claim(not far, rule, f"{far} of {wanted.size} numbers that differ from theirs", next_step)


def _is_one(shape: Any) -> bool:
    return isinstance(shape, tuple) and all(isinstance(size, int | None) for size in shape)


def _with_defaults(class_name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    whole = {**_DEFAULTS.get(class_name, {}), **settings}
    if "Pooling" in class_name and "pool_size" in settings:
        whole.setdefault("strides", settings["pool_size"])
    return whole


def _entry(layer: Layer, settings: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return a layer as in a model's config: with what is asked for, and else as the model's."""
    config = {**layer.config, "name": f"asked_{place}"}
    for name, value in settings.items():
        if value is not ...:
            has = config.get(name)
            each = has if isinstance(has, list) and isinstance(value, int) else None
            config[name] = value if each is None else [value] * len(each)  # as Keras writes it
    return {"module": "keras.layers", "class_name": layer.class_name, "config": config}


def _sequential(shape: Sequence[int | None], chain: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": list(shape), "dtype": "float32", "name": "asked_input"},
    }
    config = {"name": "asked", "layers": [first, *chain]}
    return {"module": "keras", "class_name": "Sequential", "config": config}


def _weights(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    """Draw weights that let each layer's input through, of which none is 0; counts stay."""
    if array.dtype.kind != "f":
        return array
    if array.ndim < 2:  # positive, for a variance may be among them
        return rng.uniform(0.1, 0.6, array.shape).astype(array.dtype)
    scale = np.sqrt(2 / max(1, int(np.prod(array.shape[:-1]))))
    return np.asarray(scale * rng.normal(size=array.shape), array.dtype)


def _inputs(
    rng: np.random.Generator, shape: Sequence[int | None], chain: Sequence[Mapping[str, Any]]
) -> np.ndarray:
    sizes = [_SAMPLES, *(_LENGTH if size is None else size for size in shape[1:])]
    if chain and chain[0]["class_name"] == "Embedding":
        words = chain[0]["config"].get("input_dim")
        return rng.integers(0, words if isinstance(words, int) else 1, sizes)
    return rng.normal(size=sizes).astype("float32")
