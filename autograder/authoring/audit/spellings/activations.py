"""Other spellings of an activation: by name, as a function, as a layer, applied to a tensor."""

from __future__ import annotations

import ast
from collections.abc import Callable

from autograder.authoring.audit.spellings.trees import (
    expression,
    last_name,
    replace,
    with_import,
)

_IN_TENSORFLOW = ("relu", "sigmoid", "softmax", "tanh")
_IN_OPERATIONS = ("relu", "sigmoid", "softmax", "tanh")
_CLASSES = {"relu": "ReLU", "softmax": "Softmax"}


def as_function(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """An activation is Keras's function."""
    return _given(tree, lambda name: f"keras.activations.{name}")


def as_tensorflow(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """An activation is TensorFlow's function."""
    if not _given(tree, lambda name: f"tf.nn.{name}" if name in _IN_TENSORFLOW else None):
        return False
    with_import(tree, "import tensorflow as tf")
    return True


def as_operation(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """An activation is one of Keras's operations."""
    return _given(tree, lambda name: f"keras.ops.{name}" if name in _IN_OPERATIONS else None)


def _given(tree: ast.Module, spell: Callable[[str], str | None]) -> bool:
    def rewrite(node: ast.expr) -> ast.expr | None:
        activation = _activation(node)
        spelled = spell(activation[0]) if activation else None
        if not isinstance(node, ast.Call) or activation is None or spelled is None:
            return None
        activation[1].value = expression(spelled)
        return node

    return replace(tree, rewrite)


def as_layer(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """An activation is a layer of its own, `Activation`."""
    return _apart(tree, lambda name: f'keras.layers.Activation("{name}")')


def as_own_layer(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """An activation is a layer of its own, `ReLU` or `Softmax`."""
    return _apart(
        tree, lambda name: f"keras.layers.{_CLASSES[name]}()" if name in _CLASSES else None
    )


def applied(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """In a Functional model, Keras's function is applied to the tensor."""
    return _on_tensor(tree, lambda name: f"keras.activations.{name}")


def applied_tensorflow(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """In a Functional model, an operation of Keras is applied to the tensor."""
    return _on_tensor(tree, lambda name: f"keras.ops.{name}" if name in _IN_OPERATIONS else None)


def _apart(tree: ast.Module, spell: Callable[[str], str | None]) -> bool:
    """Take activations out of their layers, into layers after them."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) == "Sequential" and node.args:
            listed = node.args[0]
            if not isinstance(listed, ast.List):
                continue
            elements: list[ast.expr] = []
            for element in listed.elts:
                elements.append(element)
                activation = _activation(element)
                spelled = spell(activation[0]) if activation else None
                if isinstance(element, ast.Call) and activation is not None and spelled is not None:
                    element.keywords.remove(activation[1])
                    elements.append(expression(spelled))
                    count += 1
            listed.elts = elements
    return _on_tensor(tree, spell) or count > 0


def _on_tensor(tree: ast.Module, spell: Callable[[str], str | None]) -> bool:
    def rewrite(node: ast.expr) -> ast.expr | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Call):
            return None
        activation = _activation(node.func)
        spelled = spell(activation[0]) if activation else None
        if activation is None or spelled is None:
            return None
        node.func.keywords.remove(activation[1])
        return ast.Call(expression(spelled), [node], [])

    return replace(tree, rewrite)


def _activation(node: ast.expr) -> tuple[str, ast.keyword] | None:
    """Return the activation that a layer is given by name, and the keyword."""
    if not isinstance(node, ast.Call):
        return None
    for keyword in node.keywords:
        name = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.arg == "activation" and isinstance(name, str):
            return name, keyword
    return None


SPELLINGS = {
    "activation_function": as_function,
    "activation_tensorflow": as_tensorflow,
    "activation_operation": as_operation,
    "activation_layer": as_layer,
    "activation_own_layer": as_own_layer,
    "activation_applied": applied,
    "activation_applied_operation": applied_tensorflow,
}
