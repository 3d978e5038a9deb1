"""All epochs of a small training in one compiled function.

Between two steps Keras's `fit` spends milliseconds in Python: on a handful of parameters that is
nearly all of its time. Here the same step runs in a loop of TensorFlow's own, and what `fit` does
between steps and epochs (metrics begin anew, validation, logs) runs in that loop too. Weights,
optimizer and logs are those of `fit`, bit by bit. It reaches into Keras: where Keras has changed,
or a training is not of the kind, it does nothing, and `fit` trains as ever.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.guest.model.kept_batches import batches_of
from autograder.guest.protocol.training_parts import FitArguments

#: Of a larger model the steps take their time, not what is between them.
MOST_PARAMETERS = 20_000


@dataclass(frozen=True, slots=True)
class EpochLogs:
    """What an epoch came to.

    Attributes:
        steps: How many batches an epoch has.
        logs: For each epoch, what `on_epoch_end` would be given.
    """

    steps: int
    logs: list[dict[str, float]]


class WholeFit:
    """Trainings of one model, on data of one shape, compiled as a whole.

    A later one begins where the first began, but for the model's weights: it trains what a new
    model of the same configuration would.

    Args:
        model: A compiled model; its optimizer is the one that it was compiled with.
        data: The arrays, by the names that `fit` has for them.
        fit: The other arguments.
        fewest_steps: Fewer are left to `fit`.

    Raises:
        NotWholeError: Such trainings are left to `fit`; nothing has happened to the model.
    """

    def __init__(
        self, model: Any, data: Mapping[str, Any], fit: FitArguments, *, fewest_steps: int
    ) -> None:
        self.model = model
        if not _is_of_the_kind(model, fit):
            raise NotWholeError
        try:
            phases = _phases(model, data, fit)
            epochs = fit.epochs - fit.initial_epoch
            if phases is None or epochs * phases[0].count < max(1, fewest_steps):
                raise NotWholeError
            self._program = _Program(model, phases)
        except Exception as error:  # Keras has changed, or `fit` will say what is wrong
            raise NotWholeError from error
        self._phases: list[_Batches] | None = phases
        self._start = [(one, one.numpy()) for one in _variables(model)]

    def restart(self) -> None:
        """Set model, optimizer and random numbers back to where the first training began."""
        for variable, value in self._start:
            variable.assign(value)
        self._phases = None

    def train(self, data: Mapping[str, Any], fit: FitArguments) -> EpochLogs:
        """Train the model as its `fit` would without callbacks, after the same random seed.

        Args:
            data: As before, with other numbers.
            fit: As before, but for the epochs.
        """
        phases = self._phases or _phases(self.model, data, fit)
        assert phases is not None  # of one shape they are all of the kind, or none is
        logs = self._program.run(fit.epochs - fit.initial_epoch, phases)
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        return EpochLogs(phases[0].count, logs)


class NotWholeError(Exception):
    """A training cannot be compiled as a whole, or is not worth it."""


def _variables(model: Any) -> list[Any]:
    return [*model.variables, *model.optimizer.variables, *model.metrics_variables]


def _is_of_the_kind(model: Any, fit: FitArguments) -> bool:
    import keras

    return (
        keras.backend.backend() == "tensorflow"
        and model.built
        and model.count_params() <= MOST_PARAMETERS
        and fit.validation_freq == 1
        and fit.steps_per_epoch is None
        and fit.validation_steps is None
        and not model.run_eagerly
        and not model.jit_compile
        and model.steps_per_execution == 1
    )


@dataclass(frozen=True, slots=True)
class _Batches:
    """The batches of one epoch: those of one shape in a row, and the last, which may be shorter."""

    count: int
    equal: Any
    last: Any


def _phases(model: Any, data: Mapping[str, Any], fit: FitArguments) -> list[_Batches] | None:
    """Return the batches of training, and of validation where there is one, as `fit` makes them."""
    import keras

    trainers = importlib.import_module("keras.src.backend.tensorflow.trainer")
    slicing = importlib.import_module("keras.src.trainers.data_adapters.array_slicing")
    points = (data.get("x"), data.get("y"), data.get("sample_weight"))
    validation = data.get("validation_data")
    if fit.validation_split and validation is None:
        points, validation = slicing.train_validation_split(
            points, validation_split=fit.validation_split
        )

    def batches(x: Any, y: Any = None, weight: Any = None, **settings: Any) -> _Batches | None:
        iterator = trainers.TFEpochIterator(
            x=x,
            y=y,
            sample_weight=weight,
            distribute_strategy=model.distribute_strategy,
            steps_per_execution=1,
            **settings,
        )
        return _stacked(
            batches_of(iterator.data_adapter, iterator._get_iterator())  # noqa: SLF001
        )

    training = batches(
        *points,
        batch_size=fit.batch_size,
        shuffle=fit.shuffle,
        class_weight=None if fit.class_weight is None else dict(fit.class_weight),
    )
    if training is None:
        return None
    if validation is None:
        return [training]
    size = fit.validation_batch_size or fit.batch_size
    unpacked = keras.utils.unpack_x_y_sample_weight(validation)
    validated = batches(*unpacked, batch_size=size, shuffle=False)
    return None if validated is None else [training, validated]


def _stacked(batches: list[Any] | None) -> _Batches | None:
    """Return batches as one tensor for each part; None where their shapes are not as expected."""
    import keras

    if not batches:
        return None
    tree = keras.tree
    plain = [
        tree.map_structure(lambda part: part if hasattr(part, "numpy") else None, batch)
        for batch in batches
    ]
    shapes = [[part.shape for part in tree.flatten(batch) if part is not None] for batch in plain]
    if any(shape != shapes[0] for shape in shapes[:-1]):
        return None
    equal = plain if shapes[-1] == shapes[0] else plain[:-1]
    stacked = tree.map_structure(
        lambda *parts: None if parts[0] is None else keras.ops.stack(parts), *equal
    )
    return _Batches(len(plain), stacked, None if len(equal) == len(plain) else plain[-1])


class _Program:
    """The training of a model, epochs and all, as TensorFlow's own loops."""

    def __init__(self, model: Any, phases: Sequence[_Batches]) -> None:
        tf = self._tf = importlib.import_module("tensorflow")
        self._model = model
        self._counts = [phase.count for phase in phases]
        self._steps = [
            tf.function(step, autograph=False, reduce_retracing=True)
            for step in (model.train_step, model.test_step)
        ]
        self._names: list[str] = []
        for phase, step in zip(phases, self._steps, strict=False):
            # What Keras makes when it first needs it cannot be made within a loop.
            step.get_concrete_function(_map(lambda part: part[0], phase.equal))
        equal = _map(lambda part: tf.TensorSpec(part.shape, part.dtype), [p.equal for p in phases])
        # `fit` too takes a last batch that is shorter as one of any length.
        last = _map(
            lambda part: tf.TensorSpec([None, *part.shape[1:]], part.dtype),
            [phase.last for phase in phases],
        )
        self._epochs = tf.function(self._all_epochs, autograph=False).get_concrete_function(
            tf.TensorSpec([], "int32"), equal, last
        )

    def run(self, epochs: int, phases: Sequence[_Batches]) -> list[dict[str, float]]:
        """Train for some epochs, and return what callbacks are given at the end of each."""
        batches = [phase.equal for phase in phases], [phase.last for phase in phases]
        rows = self._epochs(self._tf.constant(epochs), *batches).numpy()
        named = [zip(self._names, map(float, row), strict=True) for row in rows]
        return [dict(sorted(logs)) for logs in named]

    def _all_epochs(self, epochs: Any, equal: list[Any], last: list[Any]) -> Any:
        tf = self._tf
        _, rows = tf.while_loop(
            lambda place, _rows: place < epochs,
            lambda place, rows: (place + 1, rows.write(place, self._epoch(equal, last))),
            [0, tf.TensorArray("float64", size=epochs)],
            parallel_iterations=1,
        )
        return rows.stack()

    def _epoch(self, equal: list[Any], last: list[Any]) -> Any:
        logs: dict[str, Any] = {}
        parts = zip(("", "val_"), self._steps, self._counts, equal, last, strict=False)
        for prefix, step, count, batches, rest in parts:
            self._model.reset_metrics()
            self._all_steps(step, count, batches, rest)
            found = self._model.get_metrics_result()
            logs |= {prefix + name: value for name, value in found.items()}
        self._names = list(logs)
        return self._tf.stack([self._tf.cast(value, "float64") for value in logs.values()])

    def _all_steps(self, step: Any, count: int, batches: Any, rest: Any) -> None:
        def one(place: Any) -> Any:
            step(_map(lambda part: part[place], batches))
            return place + 1

        equal = count - (rest is not None)
        self._tf.while_loop(lambda place: place < equal, one, [0], parallel_iterations=1)
        if rest is not None:
            step(rest)


def _map(function: Callable[[Any], Any], parts: Any) -> Any:
    """Apply `function` to each part of batches that is there."""
    import keras

    return keras.tree.map_structure(lambda part: None if part is None else function(part), parts)
