"""Names of layers that do not depend on who wrote the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.models.allowlist import LAYERS, MODELS

_REFERRING = frozenset(("keras_history", "input_layers", "output_layers"))


def neutral_names(config: dict[str, Any]) -> dict[str, Any]:
    """Return a model's config with its layers named `n0`, `n1`, … from the outside in."""
    names: dict[str, str] = {}
    _walk_layers(config, lambda layer: names.setdefault(str(layer["name"]), f"n{len(names)}"))
    renamed = _renamed(config, names)
    assert isinstance(renamed, dict)
    return renamed


def has_several_outputs(config: Mapping[str, Any]) -> bool:
    """Whether losses and metrics go by the names of outputs."""
    outputs = config.get("config", {}).get("output_layers")
    return isinstance(outputs, dict) or (
        isinstance(outputs, list) and bool(outputs) and not isinstance(outputs[0], str)
    )


def _walk_layers(value: Any, visit: Callable[[Mapping[str, Any]], Any]) -> None:
    """Call `visit` with the config of each layer and model in `value`, from the outside in."""
    if isinstance(value, list):
        for part in value:
            _walk_layers(part, visit)
    elif isinstance(value, dict):
        config = value.get("config")
        if value.get("class_name") in LAYERS | MODELS and isinstance(config, dict):
            visit(config) if "name" in config else None
        for part in value.values():
            _walk_layers(part, visit)


def _renamed(value: Any, names: Mapping[str, str], field: str = "") -> Any:
    """Return `value` with the layers' names replaced, wherever Keras refers to a layer."""
    if isinstance(value, list):
        return [
            names.get(item, item)
            if field and isinstance(item, str)
            else _renamed(item, names, field)
            for item in value
        ]
    if not isinstance(value, dict):
        return value
    layer = value.get("class_name") in LAYERS | MODELS
    renamed = {
        name: _renamed(part, names, name if name in _REFERRING else "")
        for name, part in value.items()
    }
    if layer:
        for place in (renamed, renamed.get("config")):
            if isinstance(place, dict) and isinstance(place.get("name"), str):
                place["name"] = names.get(place["name"], place["name"])
    return renamed
