"""The model box: trusted code over what the host has validated; rebuild, count, predict, train."""

from __future__ import annotations

import json
import socket
from typing import Any

import numpy as np

from autograder.guest.model import trainer
from autograder.guest.protocol import TO_MODEL_BOX
from autograder.guest.protocol.models import (
    Build,
    Built,
    LayerFacts,
    Predict,
    Predicted,
    RequestFailed,
)
from autograder.guest.protocol.records import Message
from autograder.guest.protocol.trainings import Train
from autograder.guest.protocol.walls import Limits
from autograder.guest.wire import FROM_HOST, Channel, ChannelClosed, widened

_BATCH = 256


def serve(sock: socket.socket, _limits: Limits) -> None:
    """Answer the host's requests until it hangs up."""
    channel = Channel(sock, FROM_HOST)
    models: dict[str, Any] = {}
    while True:
        try:
            request, arrays = channel.receive(TO_MODEL_BOX)
        except ChannelClosed:
            return
        try:
            channel.send(*_answer(models, request, arrays))
        except ChannelClosed:
            return
        except Exception as error:  # noqa: BLE001 - a model may be wrong in any way Keras knows
            channel.send(RequestFailed(type(error).__name__, str(error)[:2000]))


def _answer(
    models: dict[str, Any], request: Build | Predict | Train, arrays: list[np.ndarray]
) -> tuple[Message, list[np.ndarray]]:
    match request:
        case Build():
            return _build(models, request, arrays), []
        case Predict():
            return Predicted(), _predict(models, request, arrays)
        case Train():
            return trainer.train(request, arrays)


def _build(models: dict[str, Any], request: Build, weights: list[np.ndarray]) -> Built:
    import keras

    model = keras.models.model_from_json(json.dumps(request.config))
    if model.built:
        model.set_weights(weights)
    models[request.id] = model
    return _facts(model)


def _predict(
    models: dict[str, Any], request: Predict, arrays: list[np.ndarray]
) -> list[np.ndarray]:
    """Run the model, or the part of it up to `layer`, over `arrays` as its inputs."""
    import keras

    model = models[request.id]
    # Inputs and outputs in a row, also where the model itself names them in dicts.
    if request.layer is not None:
        # Where it was first called: a model inside the model has outputs of its own besides.
        node = model.layers[request.layer]._inbound_nodes[0]  # noqa: SLF001
        model = keras.Model(model.inputs, node.outputs)
    elif _inputs(model):
        model = keras.Model(model.inputs, model.outputs)
    count = len(arrays[0])
    batches: list[list[np.ndarray]] = []
    for start in range(0, count, _BATCH):
        parts = [array[start : start + _BATCH] for array in arrays]
        outputs = model(parts if len(parts) > 1 else parts[0], training=False)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        batches.append([widened(keras.ops.convert_to_numpy(output)) for output in outputs])
    return [np.concatenate(column) for column in zip(*batches, strict=True)]


def _facts(model: Any) -> Built:
    layers = tuple(
        LayerFacts(
            name=layer.name,
            class_name=type(layer).__name__,
            config=_plain(layer.get_config()),
            count_params=layer.count_params() if layer.built else None,
            output_shape=_shape(layer),
            trainable=bool(layer.trainable),
        )
        for layer in model.layers
    )
    return Built(
        layers=layers,
        count_params=model.count_params() if model.built else None,
        trainable_params=int(sum(np.prod(w.shape) for w in model.trainable_weights)),
        input_shape=_plain(model.input_shape) if _inputs(model) else None,
        output_shape=_plain(model.output_shape) if _inputs(model) else None,
        input_names=_names(_inputs(model)),
        output_names=_names(model.outputs if _inputs(model) else None),
    )


def _inputs(model: Any) -> Any:
    """Return the model's inputs, or None for one that was never built."""
    return model.inputs if model.built else None


def _names(tensors: Any) -> tuple[str, ...]:
    """Return the names of the layers that tensors come from."""
    return tuple(tensor._keras_history.operation.name for tensor in tensors or ())  # noqa: SLF001


def _shape(layer: Any) -> Any:
    try:
        return _plain(layer.output.shape)
    except (AttributeError, ValueError):
        return None  # never called: a layer of an unbuilt model


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
