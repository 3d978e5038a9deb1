"""Messages between the host and a model box, but for trainings."""

from __future__ import annotations

from typing import Any

from autograder.guest.protocol.records import Message, NotNegative, Part


class Build(Message, frozen=True, tag="build"):
    """A model is to be rebuilt from its validated config; the arrays are its weights."""

    id: str
    config: dict[str, Any]


class LayerFacts(Part, frozen=True):
    """A layer as Keras tells it; `output_shape` is a shape, or shapes in lists or by names."""

    name: str
    class_name: str
    config: dict[str, Any]
    count_params: NotNegative | None
    output_shape: Any
    trainable: bool


class Built(Message, frozen=True, tag="built"):
    """A rebuilt model as Keras tells it.

    Attributes:
        layers: Its layers in order, input layers included.
        count_params: The number of its parameters; None where it was never built.
        trainable_params: How many of them are trained.
        input_shape: A shape, or shapes in lists or by names; None where it was never built.
        output_shape: The same of its outputs.
        input_names: The names of the layers that its inputs come from.
        output_names: The names of the layers that its outputs come from.
    """

    layers: tuple[LayerFacts, ...]
    count_params: NotNegative | None
    trainable_params: NotNegative
    input_shape: Any
    output_shape: Any
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]


class Predict(Message, frozen=True, tag="predict"):
    """A built model is to be run over the frame's arrays, up to a layer where one is named."""

    id: str
    layer: NotNegative | None = None


class Predicted(Message, frozen=True, tag="predicted"):
    """The frame's arrays are what came out."""


class RequestFailed(Message, frozen=True, tag="error"):
    """A request to a model box raised; `type` is the exception's class."""

    type: str
    message: str
