"""What graders claim of a model: its layers, its size, and how it was compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from autograder.judging import exhibits
from autograder.judging.checks import claim, equal
from autograder.models.activations import setting_of
from autograder.models.model import Layer, Model

#: A layer that is asked for: its class, and the settings that a task's text fixes.
Asked = tuple[str, Mapping[str, Any]]


def params(model: Model, expected: int, next_step: str = "") -> None:
    """Claim a model's number of parameters."""
    equal(
        model.count_params(),
        expected,
        f"The model must have {expected:,} parameters",
        next_step,
    )


def core_layers(model: Model) -> list[Layer]:
    """Return the layers that matter, with activations folded into the layer before them.

    `Dense(8)` followed by `Activation("relu")`, `ReLU()` or `keras.ops.relu(x)` is
    `Dense(8, activation="relu")`. An activation is a layer of its own where the layer before has
    one already, or takes none. A linear activation, and `Flatten` of flat data, compute nothing.
    """
    consumers = [name for layer in model.layers for name in layer.inbound] + model.output_names
    folded: list[Layer] = []
    places: dict[str, int] = {}
    for layer in model.layers:
        place = _place_before(layer, places, len(folded))
        before = folded[place] if place is not None else None
        name = layer.is_activation
        if name == "linear" or _is_idle(layer, before):
            if place is not None:
                places[layer.name] = place
            continue
        if name and before is not None and _takes(before, consumers):
            assert place is not None
            folded[place] = _with_activation(before, layer)
            places[layer.name] = place
            continue
        places[layer.name] = len(folded)
        folded.append(layer)
    return folded


def _place_before(layer: Layer, places: Mapping[str, int], count: int) -> int | None:
    """Return where the layer before stands among those kept; None after an input, or several."""
    if len(layer.inbound) > 1:
        return None
    if layer.inbound and (layer.inbound[0] in places or places):
        return places.get(layer.inbound[0])
    return count - 1 if count else None


def _is_idle(layer: Layer, before: Layer | None) -> bool:
    shape = before.output_shape if before is not None else None
    flat = isinstance(shape, tuple) and len(shape) == 2
    return layer.class_name == "Flatten" and flat and layer.output_shape == shape


def _takes(layer: Layer, consumers: Sequence[str]) -> bool:
    """Say whether an activation after a layer may be taken for the layer's own."""
    bare = "activation" in layer.config and not layer.is_activation
    return bare and layer.activation == "linear" and consumers.count(layer.name) <= 1


def _with_activation(layer: Layer, last: Layer) -> Layer:
    params = None if layer.params is None else layer.params + (last.params or 0)
    activation = setting_of(last.class_name, last.config, last.activation)
    config = {**layer.config, "activation": activation}
    return Layer(layer.name, layer.class_name, config, params, last.output_shape, layer.inbound)


def layers(model: Model, expected: Sequence[Asked], next_step: str = "") -> None:
    """Claim the layers' classes in order, and the settings named for each."""
    for place, (layer, (_, settings)) in enumerate(paired(model, expected, next_step), 1):
        configured(layer, settings, place, next_step)


def paired(
    model: Model, expected: Sequence[Asked], next_step: str = ""
) -> list[tuple[Layer, Asked]]:
    """Claim the layers' classes in order; return each with what is asked of it."""
    found = core_layers(model)
    wanted = [class_name for class_name, _ in expected]
    received = ", ".join(
        f"{layer.class_name} ({layer.activation})"
        if layer.class_name == "Activation"
        else layer.class_name
        for layer in found
    )
    show_layers(found, expected)
    claim(
        [layer.class_name for layer in found] == wanted,
        f"The layers must be {', '.join(wanted)}, in this order",
        received or "no layers",
        next_step,
    )
    return list(zip(found, expected, strict=True))


def show_layers(found: Sequence[Layer], expected: Sequence[Asked]) -> None:
    """Show the layers beside those asked for, if the check fails, with the settings asked for."""
    exhibits.show_rows(
        (_received(layer, asked) for layer, asked in zip_longest(found, expected) if layer),
        (_described(class_name, settings) for class_name, settings in expected),
    )


def _received(layer: Layer, asked: Asked | None) -> str:
    """Describe a layer by the settings that are asked for; one as good as asked is told like it."""
    class_name, settings = asked or ("", {})
    named = {}
    for name, value in settings.items() if layer.class_name == class_name else ():
        has = _setting(layer, name)
        named[name] = value if _fits(has, value) else has
    return _described(layer.class_name, named)


def _described(class_name: str, settings: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items() if value is not ...)
    return f"{class_name}({told})"


def _setting(layer: Layer, setting: str) -> Any:
    has = layer.activation if setting == "activation" else layer.config.get(setting)
    return tuple(has) if isinstance(has, list) else has


def _fits(has: Any, value: Any) -> bool:
    """Say whether a setting is as asked; `3` stands for `(3, 3)`, and `...` for anything."""
    wanted = (value,) * len(has) if isinstance(has, tuple) and isinstance(value, int) else value
    return value is ... or bool(has == wanted)


def configured(layer: Layer, settings: Mapping[str, Any], place: int, next_step: str = "") -> None:
    """Claim a layer's settings; `3` stands for `(3, 3)`, and `...` for whatever it has.

    Args:
        layer: The layer.
        settings: What is asked, by Keras's names of the arguments.
        place: The layer's place in the model, from 1.
        next_step: Told when it is set otherwise.
    """
    for setting, value in settings.items():
        has = _setting(layer, setting)
        claim(
            _fits(has, value),
            f"Layer {place} ({layer.class_name}) must have {setting}={value!r}",
            f"{setting}={has!r}",
            next_step,
        )


def compiled(
    model: Model,
    *,
    loss: str | None = None,
    optimizer: str | None = None,
    metric: str | None = None,
    next_step: str = "",
) -> None:
    """Claim how a model was compiled, in Keras's canonical names."""
    settings = model.compiled
    claim(settings is not None, "The model must be compiled", "no compile", next_step)
    assert settings is not None
    if loss is not None:
        equal(settings.get("loss"), loss, f"The loss must be {loss}", next_step)
    if optimizer is not None:
        has = str(settings.get("optimizer"))
        equal(has, optimizer, f"The optimizer must be {optimizer}", next_step)
    if metric is not None:
        metrics = settings.get("metrics") or []
        claim(
            metric in metrics,
            f"The metrics must contain {metric}",
            ", ".join(map(str, metrics)) or "no metrics",
            next_step,
        )
