"""How a model was compiled, as data: Keras's own losses, metrics and optimizers, or nothing."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from autograder.guest.protocol.training_parts import (
    CompileArguments,
    KerasName,
    KerasObject,
    Setting,
    SettingDict,
    SettingList,
)
from autograder.guest.student.unsupported import UnsupportedFit


def describe_compile(model: Any) -> CompileArguments:
    """Return how a model was compiled, in one spelling for all ways to say the same.

    Raises:
        UnsupportedFit: It was compiled with something of the student's own.
    """
    import keras

    asked = model._compile_config.config  # noqa: SLF001 - Keras has no other way to ask
    optimizer = _object(model.optimizer, keras.optimizers)
    return CompileArguments(
        optimizer=optimizer,
        loss=_losses(model.loss),
        loss_weights=_each(asked.get("loss_weights"), float),
        metrics=_each(asked.get("metrics"), lambda metric: _object(metric, keras.metrics)),
        weighted_metrics=_each(
            asked.get("weighted_metrics"), lambda metric: _object(metric, keras.metrics)
        ),
        steps_per_execution=int(asked.get("steps_per_execution", 1)),
        jit_compile=asked.get("jit_compile"),
    )


def _losses(value: Any) -> Setting:
    """Return the losses; where they are several, Keras names what it logs by their spelling."""
    import keras

    def describe(loss: Any) -> Setting:
        known = _object(keras.losses.get(loss), keras.losses)
        return KerasName(loss) if isinstance(loss, str) and loss is not value else known

    return _each(value, describe)


def _each(value: Any, describe: Callable[[Any], Setting]) -> Setting:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return SettingList(tuple(_each(item, describe) for item in value))
    if isinstance(value, dict):
        return SettingDict({str(name): _each(item, describe) for name, item in value.items()})
    try:
        return describe(value)
    except (TypeError, ValueError) as error:
        raise UnsupportedFit("a setting that Keras itself does not know") from error


def _object(value: Any, module: Any) -> KerasName | KerasObject:
    """Return the name or the config of one of Keras's own losses, metrics or optimizers."""
    import keras

    if isinstance(value, str):
        return KerasName(value)
    if inspect.isfunction(value):
        name = value.__name__
        if getattr(module, name, None) is not value:
            raise UnsupportedFit("a function of the student's own")
        return KerasName(name)
    if type(value) is not getattr(module, type(value).__name__, None):
        raise UnsupportedFit("a class of the student's own")
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
    return KerasObject(**{name: saved.get(name) for name in KerasObject.__struct_fields__})
