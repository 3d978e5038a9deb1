"""How large a model is, from its config: every layer is followed from the inputs on.

A model that Keras built in the student box has sizes that Keras agreed to; one that a student made
up may ask for any. Keras itself would find out by building it. So it is worked out here first, and
whatever cannot be worked out is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import ModelError
from autograder.models.sizes.bounds import Sums
from autograder.models.sizes.layers import made
from autograder.models.sizes.made import Shape
from autograder.models.sizes.places import input_shape, places, shape_of, tensors

_GRAPHS = ("Functional", "Model")
_NOT_KERAS = (
    *(LookupError, TypeError, ValueError),
    *(AttributeError, ArithmeticError, RecursionError),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """How large a model is.

    Attributes:
        parameters: The numbers in its weights.
        numbers: The numbers in all layers' outputs for one sample.
        outputs: The shapes of its outputs, the batch first.
    """

    parameters: int
    numbers: int
    outputs: tuple[Shape, ...]


def measure(config: Mapping[str, Any], shapes: Sequence[Shape] | None = None) -> Measured | None:
    """Return how large a model is that `config` describes; None if that hangs on its inputs.

    Args:
        config: The config, of known classes.
        shapes: The shapes of its inputs, in order, the batch first; those in the config if None.

    Raises:
        ModelError: It is too large, or its config is none that Keras writes.
    """
    sums = Sums()
    try:
        model = _model(config, sums)
        given = model.own if shapes is None else tuple(shapes)
        if given is None:
            return None
        outputs = _alone(model, given, sums)
    except _NOT_KERAS as error:
        reason = str(error) if type(error) is ValueError else "what Keras does not write"
        raise ModelError(
            "A model's layers must fit together, in a config as Keras writes it. "
            f"Received: {reason[:80]}. Build the model from keras.layers alone."
        ) from error
    return Measured(sums.parameters, sums.numbers, outputs)


def _alone(model: _Any, given: Sequence[Shape], sums: Sums) -> tuple[Shape, ...]:
    """Call a model for itself: what the models inside it hold counts where they are called."""
    sums.numbers = sums.steps = 0
    return model.call(given)


class _Layer:
    """A layer that is no model."""

    own: tuple[Shape, ...] | None = None

    def __init__(self, layer: Mapping[str, Any], sums: Sums) -> None:
        self._class_name = str(layer["class_name"])
        self._config = layer["config"]
        self._sums = sums
        self._called = False

    def call(self, inputs: Sequence[Shape]) -> tuple[Shape, ...]:
        result = made(self._class_name, self._config, inputs)
        self._sums.add(self._class_name, result, first=not self._called)
        self._called = True
        return result.outputs


class _Input:
    """An input layer: what it gives is what it was told."""

    def __init__(self, layer: Mapping[str, Any]) -> None:
        self.own: tuple[Shape, ...] | None = (input_shape(layer["config"]),)

    def call(self, inputs: Sequence[Shape]) -> tuple[Shape, ...]:
        return tuple(inputs)


class _Sequence:
    """A Sequential model; one without an input is built where it is first called."""

    def __init__(self, config: Mapping[str, Any], sums: Sums) -> None:
        layers = [_model(layer, sums) for layer in config["layers"]]
        first = layers[0] if layers else None
        given = config.get("build_input_shape")
        self._layers = layers[1:] if isinstance(first, _Input) else layers
        self.own: tuple[Shape, ...] | None = first.own if first else None
        if self.own is None and isinstance(given, list):
            self.own = (shape_of(given),)
        if self.own is not None:
            _alone(self, self.own, sums)

    def call(self, inputs: Sequence[Shape]) -> tuple[Shape, ...]:
        shapes = tuple(inputs)
        for layer in self._layers:
            shapes = layer.call(shapes)
        return shapes


@dataclass
class _Call:
    """One call of a layer in a graph: which outputs of which layers it is given."""

    name: str
    layer: _Any
    given: list[tuple[str, int, int]] = field(default_factory=list)


class _Graph:
    """A functional model."""

    def __init__(self, config: Mapping[str, Any], sums: Sums) -> None:
        self._layers: dict[str, _Any] = {}
        self._calls: list[_Call] = []
        self._models: set[str] = set()
        for layer in config["layers"]:
            name = layer["name"]
            if type(name) is not str or name in self._layers:
                raise ValueError("two layers of one name")
            self._layers[name] = _model(layer, sums)
            if layer["class_name"] in _GRAPHS:
                self._models.add(name)
            self._calls += [
                _Call(name, self._layers[name], list(tensors(node)))
                for node in layer["inbound_nodes"]
            ]
        self._inputs = list(places(config["input_layers"]))
        self._outputs = list(places(config["output_layers"]))
        shapes = [self._layers[name].own for name, _, _ in self._inputs]
        self.own: tuple[Shape, ...] | None = tuple(shape[0] for shape in shapes if shape)
        if len(self.own) != len(shapes):
            raise ValueError("inputs of unknown shape")
        _alone(self, self.own, sums)

    def call(self, inputs: Sequence[Shape]) -> tuple[Shape, ...]:
        given = self._bound(inputs)
        outputs: dict[str, list[tuple[Shape, ...]]] = {name: [] for name in self._layers}
        for (name, _, _), shape in zip(self._inputs, given, strict=True):
            outputs[name] = [(shape,)]
        waiting = self._calls
        while waiting:
            late = [call for call in waiting if not self._done(call, outputs)]
            if len(late) == len(waiting):
                raise ValueError("layers in a circle")
            waiting = late
        return tuple(self._output(outputs, *place) for place in self._outputs)

    def _output(
        self, outputs: dict[str, list[tuple[Shape, ...]]], name: str, node: int, place: int
    ) -> Shape:
        # Keras numbers the calls of a nested model from 1, and those of a layer from 0.
        node -= name in self._models
        if node < 0:
            raise ValueError("no place of a tensor")
        return outputs[name][node][place]

    def _done(self, call: _Call, outputs: dict[str, list[tuple[Shape, ...]]]) -> bool:
        """Call a layer, if all that it is given is there."""
        if any(len(outputs[name]) <= node for name, node, _ in call.given):
            return False
        shapes = [outputs[name][node][place] for name, node, place in call.given]
        outputs[call.name].append(call.layer.call(shapes))
        return True

    def _bound(self, inputs: Sequence[Shape]) -> list[Shape]:
        """Return the shapes of the inputs, where this model is called on others than its own."""
        assert self.own is not None
        if len(inputs) == len(self.own) and all(
            len(shape) == len(own) for shape, own in zip(inputs, self.own, strict=True)
        ):
            return [
                tuple(
                    size if own is None else own for size, own in zip(shape, own_shape, strict=True)
                )
                for shape, own_shape in zip(inputs, self.own, strict=True)
            ]
        # They may come in another order, as from a dict: each counts as large as the largest.
        most = max((size or 0 for shape in inputs for size in shape), default=0)
        return [
            tuple(most or None if size is None else size for size in shape) for shape in self.own
        ]


_Any = _Layer | _Input | _Sequence | _Graph


def _model(layer: Mapping[str, Any], sums: Sums) -> _Any:
    kind = layer["class_name"]
    if kind == "Sequential":
        return _Sequence(layer["config"], sums)
    if kind in _GRAPHS:
        return _Graph(layer["config"], sums)
    return _Input(layer) if kind == "InputLayer" else _Layer(layer, sums)
