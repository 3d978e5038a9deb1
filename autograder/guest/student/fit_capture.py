"""A call of `fit` as data: all that decides its outcome, or nothing where no data can say it.

A recipe holds the model's config and weights, how it was compiled, the optimizer's state, the
arguments of `fit`, and the arrays by their SHA-256. What it cannot hold (layers, losses or
callbacks of the student's own, generators) is trained where it was asked for.
"""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from autograder.errors import FrameError
from autograder.guest.protocol import FIT
from autograder.guest.protocol.records import Dtype, header_of
from autograder.guest.protocol.training_parts import (
    ArrayAt,
    ArrayDict,
    ArrayList,
    Data,
    FitArguments,
    Pipeline,
    Ref,
    Source,
    Tree,
)
from autograder.guest.protocol.trainings import Fit
from autograder.guest.student.callbacks import describe_callbacks
from autograder.guest.student.compile_settings import describe_compile
from autograder.guest.student.numpy_of import numpy_of
from autograder.guest.student.pipelines import describe_dataset, is_dataset
from autograder.guest.student.schedules import ScheduleMemory
from autograder.guest.student.unsupported import UnsupportedFit

_SNAPSHOT_BYTES = 256 * 2**20
_EPSILON = 1e-7  # Keras's own
#: What decides a training, and may be replaced in one model alone.
_METHODS = frozenset(
    """
    call compute_loss compute_metrics evaluate get_metrics_result make_test_function
    make_train_function reset_metrics test_step train_step
    """.split()
)
_COUNTS = (
    "batch_size",
    "steps_per_epoch",
    "validation_steps",
    "validation_batch_size",
)


@dataclass
class Recipe:
    """What crosses to the host.

    Attributes:
        request: The message, which refers to `arrays` by their place; set once it is whole.
        arrays: What is sent of them when the host asks for it.
        refs: The arrays as the host knows them.
        digests: The SHA-256 of each array by its `id`, while the recipe holds it.
    """

    request: Fit | None = None
    arrays: list[np.ndarray] = field(default_factory=list)
    refs: list[Ref] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)

    def add(self, value: Any) -> int:
        """Keep an array once, and return its place."""
        array = np.asarray(value, order="C")  # ascontiguousarray would give a scalar an axis
        digest = sha256(array)
        ref = Ref(digest, cast("Dtype", array.dtype.str), array.shape)
        if ref in self.refs:
            return self.refs.index(ref)
        self.arrays.append(array)
        self.refs.append(ref)
        self.digests[id(array)] = digest
        return len(self.refs) - 1


def sha256(array: np.ndarray) -> str:
    """Return the SHA-256 of an array's bytes in C order."""
    plain = np.asarray(array, order="C")
    return hashlib.sha256(plain.data if plain.ndim else plain.tobytes()).hexdigest()


def recipe_of(model: Any, given: Mapping[str, Any], schedules: ScheduleMemory) -> Recipe:
    """Return the recipe of `model.fit(**given)`.

    Args:
        model: The model.
        given: Every argument of `fit`.
        schedules: Remembers what learning rate schedules answer.

    Raises:
        UnsupportedFit: It cannot be described as data.
    """
    import keras

    if type(model).__module__.partition(".")[0] != "keras" or model.run_eagerly:
        raise UnsupportedFit("a model of the student's own kind")
    if not model.compiled or _METHODS & vars(model).keys():
        raise UnsupportedFit("a model that is not compiled, or a step of the student's own")
    settings = keras.config
    if settings.max_epochs() or settings.max_steps_per_epoch() or settings.epsilon() != _EPSILON:
        raise UnsupportedFit("settings of Keras that no recipe holds")
    if {settings.dtype_policy().name, settings.floatx()} != {"float32"}:
        raise UnsupportedFit("another precision")
    if getattr(model, "_initial_epoch", None):
        raise UnsupportedFit("a training that was interrupted")
    recipe, held_out = Recipe(), given["validation_data"]
    x = _source(given["x"], recipe)
    y, sample_weight = (
        None if given[name] is None else _tree(given[name], recipe)
        for name in ("y", "sample_weight")
    )
    data = Data(x, y, sample_weight, None if held_out is None else _source(held_out, recipe))
    optimizer = model.optimizer
    state = list(optimizer.variables) if optimizer.built else []
    arguments = _arguments(given)
    if arguments.epochs <= arguments.initial_epoch:
        raise UnsupportedFit("nothing to train")
    callbacks = describe_callbacks(given["callbacks"], model, arguments, schedules)
    compiled = describe_compile(model)
    if not model.built:
        _build_layers(model, given["x"])
    weights = model.get_weights()
    if callbacks.snapshots:
        _claim_small(weights, arguments)
    request = Fit(
        model=json.loads(model.to_json()),
        compile=compiled,
        fit=arguments,
        data=data,
        callbacks=tuple(callbacks.deciding),
        weights=tuple(recipe.add(array) for array in weights),
        optimizer_state=tuple(recipe.add(numpy_of(one)) for one in state),
        snapshots=callbacks.snapshots,
        batches=callbacks.batches,
        watched=callbacks.watched,
        refs=tuple(recipe.refs),
    )
    recipe.request = _declared(request)
    return recipe


def _declared(request: Fit) -> Fit:
    """Return a request as the host will read it.

    Raises:
        UnsupportedFit: It would be refused there: what a student may well ask for is no forgery.
    """
    try:
        return FIT.decode(header_of(request))
    except (FrameError, TypeError) as error:
        raise UnsupportedFit("arguments outside what is trained elsewhere") from error


def _claim_small(weights: list[np.ndarray], fit: FitArguments) -> None:
    """Raise `UnsupportedFit` where the models of all epochs are too much to send."""
    rounds = fit.epochs - fit.initial_epoch
    if 3 * rounds * sum(array.nbytes for array in weights) > _SNAPSHOT_BYTES:
        raise UnsupportedFit("a model of every epoch would be too much to send")


def _arguments(given: Mapping[str, Any]) -> FitArguments:
    """Return the arguments of `fit` that are numbers."""
    split = given["validation_split"] or 0.0
    weights = given["class_weight"]
    if not isinstance(split, (int, float)) or not isinstance(given["shuffle"], bool):
        raise UnsupportedFit("arguments of another kind")
    pairs = ((_count(label), float(weight)) for label, weight in dict(weights or {}).items())
    return FitArguments(
        epochs=_count(given["epochs"]),
        initial_epoch=_count(given["initial_epoch"]),
        validation_split=float(split),
        validation_freq=_count(given["validation_freq"]),
        shuffle=given["shuffle"],
        class_weight=None if weights is None else tuple(sorted(pairs)),
        **{name: None if given[name] is None else _count(given[name]) for name in _COUNTS},
    )


def _count(value: Any) -> int:
    try:
        return int(operator.index(value))
    except TypeError:
        raise UnsupportedFit("an argument that is no whole number") from None


def _source(value: Any, recipe: Recipe) -> Source:
    if is_dataset(value):
        slices, steps = describe_dataset(value)
        return Pipeline(_tree(slices, recipe, cast=False), steps)
    return _tree(value, recipe)


def _tree(value: Any, recipe: Recipe, *, cast: bool = True) -> Tree:
    """Return nested arrays as records that refer to them."""
    import keras

    if isinstance(value, (list, tuple)):
        items = (None if item is None else _tree(item, recipe, cast=cast) for item in value)
        return ArrayList(tuple(items))
    if isinstance(value, dict):
        return ArrayDict(
            {str(name): _tree(item, recipe, cast=cast) for name, item in value.items()}
        )
    if not isinstance(value, np.ndarray):
        if not keras.ops.is_tensor(value):
            raise UnsupportedFit("data that are no arrays")
        value = numpy_of(value)
    if value.dtype.kind not in "biuf" or not value.ndim:
        raise UnsupportedFit("arrays of no numbers")
    if cast and value.dtype.kind == "f":  # as `fit` itself does it
        value = value.astype(keras.config.floatx(), copy=False)
    return ArrayAt(recipe.add(value))


def _build_layers(model: Any, x: Any) -> None:
    """Build a model that was left to find its input shape in the data."""
    if not isinstance(x, np.ndarray):
        raise UnsupportedFit("a model of unknown inputs")
    try:
        model.build((None, *x.shape[1:]))
    except Exception as error:
        raise UnsupportedFit("a model that does not fit its data") from error
