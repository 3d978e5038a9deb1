"""A submission's models, rebuilt in the model box and read on the host like Keras's own."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.allow import validate
from autograder.decode import ModelData
from autograder.errors import FrameError, ModelError, NoEvidence, SandboxError
from autograder.records import Limits, Status
from autograder.sandbox.box import Box
from autograder.sandbox.zygote import Sandbox
from autograder.sizes import measure
from autograder.store import Store
from autograder.versions import training_circumstances
from autograder.wire import ChannelClosed

_LIMITS = Limits(timeout_s=900, cpu_s=3600, memory_mib=6144, output_kib=64)
_REQUEST_S = 300.0
_ENDING_S = 5.0
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a rebuilt model; `config` is what Keras's `get_config` gives."""

    name: str
    class_name: str
    config: Mapping[str, Any]
    params: int | None
    output_shape: Any

    def count_params(self) -> int | None:
        return self.params

    @property
    def activation(self) -> str:
        """The activation's name, whether it was given as a string or a function."""
        activation = self.config.get("activation", "linear")
        if isinstance(activation, dict):
            activation = activation.get("config", "?")
        return str(activation)


class Model:
    """A student's model, as the model box sees it.

    Attributes:
        layers: The layers in order, without input layers.
        input_names: The names of the inputs, in the model's order.
        output_names: The names of the layers that give the outputs, in the model's order.
        compiled: `optimizer`, `learning_rate`, `loss`, `metrics` as asked; None if not compiled.
        fits: What each `fit` was asked, oldest first, with its history.
        weights: The weight arrays in Keras's order.
    """

    def __init__(
        self,
        server: ModelServer,
        build: Mapping[str, Any],
        data: ModelData,
        facts: Mapping[str, Any],
    ) -> None:
        self._server = server
        self._build = build
        self._facts = facts
        self.compiled = data.compiled
        self.fits = data.fits
        self.weights = data.weights
        self.all_layers = [
            Layer(
                one["name"],
                one["class_name"],
                one["config"],
                one["count_params"],
                _tuple(one["output_shape"]),
            )
            for one in facts["layers"]
        ]
        self.layers = [layer for layer in self.all_layers if layer.class_name != "InputLayer"]
        self._predictions: dict[str, list[np.ndarray]] = {}

    def count_params(self) -> int:
        """Return the number of parameters; 0 for a model that was never built."""
        return int(self._facts["count_params"] or 0)

    @property
    def trainable_params(self) -> int:
        return int(self._facts["trainable_params"])

    @property
    def input_names(self) -> list[str]:
        return [str(name) for name in self._facts["input_names"]]

    @property
    def output_names(self) -> list[str]:
        return [str(name) for name in self._facts["output_names"]]

    @property
    def input_shape(self) -> Any:
        return _tuple(self._facts["input_shape"])

    @property
    def output_shape(self) -> Any:
        return _tuple(self._facts["output_shape"])

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
        key = _digest(str(layer), inputs)
        if key not in self._predictions:
            self._predictions[key] = self._server.predict(self._build, self.weights, inputs, layer)
        return self._predictions[key]


def _tuple(shape: Any) -> Any:
    return tuple(_tuple(size) for size in shape) if isinstance(shape, list) else shape


def _digest(text: str, arrays: Sequence[np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _bound(config: Mapping[str, Any], inputs: Sequence[np.ndarray]) -> None:
    """Refuse a model that its inputs would build, if that were too large."""
    try:
        if measure(config) is None:
            measure(config, [array.shape for array in inputs])
    except ModelError as error:
        raise NoEvidence(Status.ERRORED, str(error)) from error


class ModelServer:
    """The model box of one submission, opened when first needed.

    What it finds out is kept: the same model gives the same facts and the same predictions.

    Args:
        sandbox: Where to fork the box.
        store: Where facts and predictions are kept.
    """

    def __init__(self, sandbox: Sandbox, store: Store) -> None:
        self._sandbox = sandbox
        self._store = store
        self._box: Box | None = None
        self._models: dict[str, Model | NoEvidence] = {}
        self._built: set[str] = set()

    def model(self, key: str, data: ModelData) -> Model:
        """Validate `data` and return it as a model; one answer key is looked at once.

        Raises:
            NoEvidence: With the reason for the student.
        """
        if key not in self._models:
            try:
                self._models[key] = self._describe(data)
            except NoEvidence as unusable:
                self._models[key] = unusable
        found = self._models[key]
        if isinstance(found, NoEvidence):
            raise found
        return found

    def _describe(self, data: ModelData) -> Model:
        try:
            config = validate(data)
        except ModelError as error:
            raise NoEvidence(Status.ERRORED, str(error)) from error
        circumstances = training_circumstances(self._sandbox.backend)
        told = json.dumps([_FORMAT, config, circumstances], sort_keys=True)
        digest = _digest(told, data.weights)
        build = {"kind": "build", "id": digest, "config": config}
        entry = self._store.get("model", digest)
        if entry is None:
            facts = self._build(build, data.weights)
            self._store.put("model", digest, facts)
        else:
            facts = entry[0]
        return Model(self, build, data, facts)

    def _build(self, build: Mapping[str, Any], weights: Sequence[np.ndarray]) -> dict[str, Any]:
        facts, _ = self._ask(dict(build), list(weights))
        self._built.add(str(build["id"]))
        return facts

    def predict(
        self,
        build: Mapping[str, Any],
        weights: Sequence[np.ndarray],
        inputs: list[np.ndarray],
        layer: int | None = None,
    ) -> list[np.ndarray]:
        """Return the outputs of the model that `build` makes, or those of its layer `layer`."""
        digest = _digest(json.dumps([_FORMAT, build["id"], layer]), inputs)
        entry = self._store.get("prediction", digest)
        if entry is None:
            _bound(build["config"], inputs)
            if build["id"] not in self._built:
                self._build(build, weights)
            request = {"kind": "predict", "id": build["id"], "layer": layer}
            _, outputs = self._ask(request, inputs)
            self._store.put("prediction", digest, {}, outputs)
        else:
            outputs = entry[1]
        if not all(np.isfinite(output).all() for output in outputs):
            raise NoEvidence(
                Status.FAILED,
                "A model's output must be finite numbers. Received: NaN or infinity. "
                "The training diverged: look at the scale of the inputs and the learning rate.",
            )
        return outputs

    def _ask(
        self, header: dict[str, Any], arrays: list[np.ndarray]
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        if self._box is None:
            self._box = self._sandbox.open_box("model", _LIMITS)
        try:
            self._box.channel.send(header, arrays)
            answer, results = self._box.channel.receive(_REQUEST_S)
        except (TimeoutError, ChannelClosed) as error:
            raise self._lost(timed_out=isinstance(error, TimeoutError)) from error
        except FrameError as error:
            self.close()
            raise NoEvidence(
                Status.OUT_OF_MEMORY, f"The model's output is larger than it may be. {error}"
            ) from error
        if answer["kind"] == "error":
            raise NoEvidence(
                Status.ERRORED,
                "Keras could not use the model with this input. "
                f"{answer['type']}: {str(answer['message'])[:600]}",
            )
        return answer, results

    def _lost(self, *, timed_out: bool) -> Exception:
        assert self._box is not None
        facts = self._box.close(0.0 if timed_out else _ENDING_S)
        self.close()
        if facts.why == "memory":
            return NoEvidence(Status.OUT_OF_MEMORY, "The model needs more memory than it may.")
        if facts.signal in (signal.SIGABRT, signal.SIGSEGV):  # where memory ends, TensorFlow aborts
            told = "The model could not be run: it needs too much memory, or crashes TensorFlow."
            return NoEvidence(Status.ERRORED, told)
        if facts.why == "time" or timed_out:
            return NoEvidence(Status.TIMED_OUT, "The model took too long to run.")
        return SandboxError(f"The model box ended unexpectedly: {facts}.")

    def close(self) -> None:
        """End the model box; a model that is asked once more is rebuilt in a fresh one."""
        if self._box is not None:
            self._box.close()
            self._box = None
        self._built.clear()
