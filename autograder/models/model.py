"""A submission's model, read on the host like Keras's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from autograder.guest.protocol.models import Build, Built
from autograder.models.activations import name_of, name_of_layer
from autograder.models.sizes.places import tensors
from autograder.values import ModelData


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a rebuilt model.

    Attributes:
        name: Its name in the model.
        class_name: Its class.
        config: What Keras's `get_config` gives.
        params: The number of its parameters; None for a layer that was never built.
        output_shape: A tuple, or tuples in a list or by names; None for one never called.
        inbound: The names of the layers that it is called on; empty where that is not known.
    """

    name: str
    class_name: str
    config: Mapping[str, Any]
    params: int | None
    output_shape: Any
    inbound: tuple[str, ...] = ()

    def count_params(self) -> int | None:
        return self.params

    @property
    def activation(self) -> str:
        """The activation's name, however it was given; a layer that is one has its own name."""
        return self.is_activation or name_of(self.config.get("activation", "linear"))

    @property
    def is_activation(self) -> str:
        """The activation that this layer is by itself; "" for a layer that is none."""
        shape = self.output_shape if isinstance(self.output_shape, tuple) else ()
        return name_of_layer(self.class_name, self.config, shape)


class Predictor(Protocol):
    """Rebuilds and runs models, where `Model` itself cannot."""

    def describe(self, data: ModelData) -> Model:
        """Return the model that `data` describes."""
        ...

    def predict(
        self,
        build: Build,
        weights: Sequence[np.ndarray],
        inputs: list[np.ndarray],
        layer: int | None = None,
    ) -> list[np.ndarray]:
        """Return the outputs of the model that `build` makes, or those of its layer `layer`."""
        ...


class Model:
    """A student's model, as the model box sees it.

    Attributes:
        layers: The layers in order, without input layers.
        input_names: The names of the inputs, in the model's order.
        output_names: The names of the layers that give the outputs, in the model's order.
        compiled: `optimizer`, `learning_rate`, `loss`, `metrics` as asked; None if not compiled.
        optimizer_config: What `get_config` of its optimizer gave; empty where that is not told.
        metric_configs: The metrics that were given as objects, as Keras serializes them.
        fits: What each `fit` was asked, oldest first, with its history.
        weights: The weight arrays in Keras's order.
    """

    def __init__(
        self,
        server: Predictor,
        build: Build,
        data: ModelData,
        facts: Built,
    ) -> None:
        self._server = server
        self._build = build
        self._facts = facts
        self.compiled = data.compiled
        asked = data.config.get("compile_config")
        self.optimizer_config = _optimizer_config(asked)
        self.metric_configs = _metric_configs(asked)
        self.fits = data.fits
        self.weights = data.weights
        inbound = _inbound(build.config)
        self.all_layers = [
            Layer(
                layer.name,
                layer.class_name,
                layer.config,
                layer.count_params,
                _tuple(layer.output_shape),
                inbound.get(layer.name, ()),
            )
            for layer in facts.layers
        ]
        self.layers = [layer for layer in self.all_layers if layer.class_name != "InputLayer"]
        self._predictions: dict[str, list[np.ndarray]] = {}

    @property
    def config(self) -> Mapping[str, Any]:
        """The config that the model was rebuilt from."""
        return self._build.config

    def with_weights(
        self, weights: Sequence[np.ndarray], config: Mapping[str, Any] | None = None
    ) -> Model:
        """Return this model with other weights, or the model of another config.

        Args:
            weights: The weights, in Keras's order.
            config: What `keras.models.model_from_json` takes; this model's own if None.

        Raises:
            NoEvidence: The weights do not fit the config.
        """
        told = dict(self.config if config is None else config)
        return self._server.describe(ModelData(told, tuple(weights), None, ()))

    def count_params(self) -> int:
        """Return the number of parameters; 0 for a model that was never built."""
        return self._facts.count_params or 0

    @property
    def trainable_params(self) -> int:
        return self._facts.trainable_params

    @property
    def input_names(self) -> list[str]:
        return list(self._facts.input_names)

    @property
    def output_names(self) -> list[str]:
        return list(self._facts.output_names)

    @property
    def input_shape(self) -> Any:
        return _tuple(self._facts.input_shape)

    @property
    def output_shape(self) -> Any:
        return _tuple(self._facts.output_shape)

    def predict(self, x: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
        """Return the model's first output for `x`, computed in the model box."""
        return self.outputs(x)[0]

    def outputs(
        self, x: np.ndarray | Sequence[np.ndarray], layer: int | None = None
    ) -> list[np.ndarray]:
        """Return all outputs for `x`, computed in the model box.

        Args:
            x: The input; for a model of several inputs a sequence, in the model's order.
            layer: Give the output of `all_layers[layer]` instead, such as feature maps.
        """
        inputs = [x] if isinstance(x, np.ndarray) else list(x)
        key = digest_of(str(layer), inputs)
        if key not in self._predictions:
            self._predictions[key] = self._server.predict(self._build, self.weights, inputs, layer)
        return self._predictions[key]


# How a model was compiled is told by a student box, and may be anything.


def _optimizer_config(asked: object) -> Mapping[str, Any]:
    """Return the settings of the optimizer that a model was compiled with."""
    optimizer = asked.get("optimizer") if isinstance(asked, Mapping) else None
    config = optimizer.get("config") if isinstance(optimizer, Mapping) else None
    return config if isinstance(config, Mapping) else {}


def _metric_configs(asked: object) -> tuple[Mapping[str, Any], ...]:
    """Return the metrics that a model was compiled with, but those that were named only."""
    metrics = asked.get("metrics") if isinstance(asked, Mapping) else None
    listed = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return tuple(one for one in listed if isinstance(one, Mapping))


def _inbound(config: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return, for each layer of a model, the names of the layers that it is called on."""
    layers = config["config"]["layers"]
    names = [layer["config"].get("name", "") for layer in layers]
    if config["class_name"] == "Sequential":
        return {name: (before,) for before, name in pairwise(names)}
    return {
        name: tuple(one for node in layer["inbound_nodes"] for one, _, _ in tensors(node))
        for name, layer in zip(names, layers, strict=True)
    }


def _tuple(shape: Any) -> Any:
    return tuple(_tuple(size) for size in shape) if isinstance(shape, list) else shape


def digest_of(text: str, arrays: Sequence[np.ndarray]) -> str:
    """Return a SHA-256 of a text and of arrays: their types, shapes and values."""
    digest = hashlib.sha256(text.encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
