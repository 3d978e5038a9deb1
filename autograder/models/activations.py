"""One spelling for an activation, however it was given: a name, a function, a layer, an operation.

Keras tells `activation=tf.nn.softmax` as a function of that name, and `keras.ops.relu(x)` as an
operation in the model's graph. Here the first becomes the name, the second a layer. Whatever is
made of what a student sent is made anew, of names and numbers that are listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: What functions are called that are an activation of Keras's under another name.
_ALIASES = {
    "exp": "exponential",
    "hard_swish": "hard_silu",
    "identity": "linear",
    "log_softmax_v2": "log_softmax",
    "softmax_v2": "softmax",
    "swish": "silu",
}
NAMES = frozenset(
    """
    celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus
    softsign sparse_plus sparse_sigmoid squareplus tanh tanh_shrink
    """.split()
)
#: Of each layer that is an activation, and computes without weights: its settings, by default.
_LAYERS: dict[str, dict[str, Any]] = {
    "ELU": {"alpha": 1.0},
    "LeakyReLU": {"negative_slope": 0.3},
    "ReLU": {"max_value": None, "negative_slope": 0.0, "threshold": 0.0},
    "Softmax": {"axis": -1},
}
#: Layers that a layer's setting `activation` may be.
ACTIVATION_LAYERS = frozenset(_LAYERS)
#: Of each operation whose settings may differ: the layer that takes them, and its own defaults.
_SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "elu": ("ELU", {"alpha": 1.0}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
    "relu": ("ReLU", _LAYERS["ReLU"]),
    "softmax": ("Softmax", {"axis": -1}),
}
_OPERATIONS = frozenset(
    ("keras.src.ops.nn", "keras.src.ops.numpy", "keras.src.activations.activations")
)


def canonical(value: Any) -> Any:
    """Return a model's config with every activation in one spelling; the rest stays as it is."""
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if not isinstance(value, dict):
        return value
    as_layer = _layer_of(value)
    if as_layer is not None:
        return as_layer
    return {
        key: _setting(item) if str(key).endswith("activation") else canonical(item)
        for key, item in value.items()
    }


def _setting(value: Any) -> Any:
    """Return the setting `activation` of a layer as a name, or as a layer; else as it was."""
    if isinstance(value, str):
        return _ALIASES.get(value, value)
    if not isinstance(value, dict) or not _is_own(value):
        return value
    class_name, config = value.get("class_name"), value.get("config")
    if class_name == "function" and isinstance(config, str):
        name = _ALIASES.get(config, config)
        return name if name in NAMES else value
    if not isinstance(config, dict):
        return value
    if class_name == "Activation":
        return _setting(config.get("activation"))
    if not isinstance(class_name, str) or class_name not in _LAYERS:
        return value
    settings = _plain(config, _LAYERS[class_name])
    if settings is None:
        return value
    name = name_of_layer(class_name, settings)
    return name if _is_default(name, settings) else _layer(class_name, settings)


def _is_own(value: Mapping[str, Any]) -> bool:
    """Say whether Keras tells a class or function as its own; of functions it knows the name."""
    known = value.get("registered_name") in (None, value.get("class_name"), value.get("config"))
    return known and value.get("module") in (None, "builtins", "keras.layers", "keras.activations")


def _plain(config: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the settings that a layer or operation has; None where one is no number."""
    settings = {name: config.get(name, default) for name, default in defaults.items()}
    numbers = (value for value in settings.values() if value is not None)
    return settings if all(type(value) in (int, float) for value in numbers) else None


def _is_default(name: str, settings: Mapping[str, Any]) -> bool:
    """Say whether an activation's name says all of it."""
    if name not in _SETTINGS:
        return name in NAMES
    return all(value == _SETTINGS[name][1].get(key) for key, value in settings.items())


def _layer_of(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the layer that an operation in a graph is; None for all else."""
    operation, module, nodes = (value.get(key) for key in ("class_name", "module", "inbound_nodes"))
    if not isinstance(operation, str) or not isinstance(module, str):
        return None
    if module not in _OPERATIONS or not isinstance(nodes, list):
        return None
    if value.get("registered_name") not in (None, operation) or len(nodes) != 1:
        return None
    config, name = value.get("config"), value.get("name")
    if operation == "Concatenate":
        return _concatenate(value)
    tensor = _only_tensor(operation, nodes[0])
    if tensor is None or not isinstance(name, str) or not isinstance(config, dict):
        return None
    activation = "relu" if operation == "Maximum" else _snake(operation)
    if activation not in NAMES:
        return None
    takes, defaults = _SETTINGS.get(activation, ("Activation", {}))
    settings = _plain(config, defaults)
    if settings is None or config.keys() - {"name", "dtype", *settings, "approximate"}:
        return None
    if config.get("approximate"):  # the other gelu
        return None
    layer = (
        _layer("Activation", {"activation": activation})
        if _is_default(activation, settings)
        else _layer(takes, settings)
    )
    layer["config"]["name"] = name
    return {**layer, "name": name, "inbound_nodes": [{"args": [tensor], "kwargs": {}}]}


def _concatenate(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the layer that joins what `keras.ops.concatenate` joins; its calls look the same."""
    config, name = value.get("config"), value.get("name")
    if not isinstance(config, dict) or not isinstance(name, str):
        return None
    axis = config.get("axis", -1)
    if config.keys() - {"name", "dtype", "axis"} or type(axis) is not int:
        return None
    layer = _layer("Concatenate", {"name": name, "axis": axis})
    return {**layer, "name": name, "inbound_nodes": value["inbound_nodes"]}


def _only_tensor(operation: str, node: object) -> dict[str, Any] | None:
    """Return the one tensor that an operation is called on; `maximum(x, 0)` is called on two."""
    if not isinstance(node, dict) or node.get("kwargs") or not isinstance(node.get("args"), list):
        return None
    tensors = [one for one in node["args"] if isinstance(one, dict)]
    others = [one for one in node["args"] if not isinstance(one, dict)]
    zero = operation == "Maximum" and len(others) == 1 and others[0] in (0, 0.0)
    if len(tensors) != 1 or (others and not zero) or (operation == "Maximum" and not zero):
        return None
    (tensor,) = tensors
    return tensor if tensor.get("class_name") == "__keras_tensor__" else None


def _layer(class_name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": dict(settings),
        "registered_name": None,
    }


def setting_of(class_name: str, config: Mapping[str, Any], name: str) -> Any:
    """Return the setting `activation` that stands for an activation layer called `name`."""
    told = _setting(_layer(class_name, config))
    return told if isinstance(told, dict) and class_name != "Softmax" else name


def name_of(activation: object) -> str:
    """Return what a layer's setting `activation` is called: "relu", "leaky_relu", "mine"."""
    if activation is None:
        return "linear"
    if isinstance(activation, str):
        return _ALIASES.get(activation, activation)
    config = activation.get("config") if isinstance(activation, Mapping) else None
    if isinstance(config, Mapping) and isinstance(activation, Mapping):
        return name_of_layer(str(activation.get("class_name")), config) or "?"
    return str(config or "?")


def name_of_layer(class_name: str, config: Mapping[str, Any], shape: Sequence[Any] = ()) -> str:
    """Return the activation that a layer is, like "softmax"; "" for a layer that is none.

    Args:
        class_name: The layer's class.
        config: Its settings; those that are left out are Keras's defaults.
        shape: The shape of its output, where it is known: the last axis has two numbers.
    """
    if class_name == "Activation":
        return name_of(config.get("activation"))
    if class_name == "ReLU":
        return _name_of_relu({**_LAYERS["ReLU"], **config})
    if class_name == "Softmax":
        axis = config.get("axis", -1)
        return "softmax" if axis in (-1, [-1], len(shape) - 1) else f"softmax(axis={axis})"
    return {"ELU": "elu", "LeakyReLU": "leaky_relu", "PReLU": "prelu"}.get(class_name, "")


def _name_of_relu(config: Mapping[str, Any]) -> str:
    settings = {name: config[name] for name in _LAYERS["ReLU"]}
    changed = [f"{name}={value}" for name, value in settings.items() if value]
    if settings["max_value"] == 6 and len(changed) == 1:
        return "relu6"
    if changed and settings["negative_slope"] and len(changed) == 1:
        return "leaky_relu"
    return f"relu({', '.join(changed)})" if changed else "relu"


def _snake(name: str) -> str:
    """Return an operation's name as the function is called: `LeakyRelu`, `ReLU`, `LogSoftmax`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("ReLU", "Relu")).lower()
    return _ALIASES.get(snake, snake)
