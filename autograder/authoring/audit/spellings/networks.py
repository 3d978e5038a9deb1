"""Other spellings of networks: imports, Sequential or Functional, inputs, activations, keywords."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from autograder.authoring.audit.operators.vocabulary import LAYERS
from autograder.authoring.audit.spellings.trees import (
    body,
    expression,
    functions,
    last_name,
    replace,
    set_body,
    statement,
    with_import,
)

_POSITIONAL: Mapping[str, Sequence[str]] = {
    "Dense": ("units",),
    "Conv1D": ("filters", "kernel_size"),
    "Conv2D": ("filters", "kernel_size"),
    "MaxPooling2D": ("pool_size",),
    "AveragePooling2D": ("pool_size",),
    "LSTM": ("units",),
    "GRU": ("units",),
    "Embedding": ("input_dim", "output_dim"),
    "Dropout": ("rate",),
}
_PAIRS = ("Conv2D", "MaxPooling2D", "AveragePooling2D")
_OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop"}
_LOSSES = {
    "mse": "MeanSquaredError",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}


def from_tensorflow(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Keras comes as `from tensorflow import keras`."""
    if not _uses_keras(tree):
        return False
    with_import(tree, "from tensorflow import keras")
    if any(isinstance(node, ast.Name) and node.id == "layers" for node in ast.walk(tree)):
        tree.body.insert(1, statement("from tensorflow.keras import layers"))
    return True


def by_tensorflow(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Keras is `tf.keras`."""

    def rewrite(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.Name) and node.id in ("keras", "layers"):
            return expression("tf.keras" if node.id == "keras" else "tf.keras.layers")
        return None

    if not _uses_keras(tree) or not replace(tree, rewrite):
        return False
    with_import(tree, "import tensorflow as tf")
    return True


def _uses_keras(tree: ast.Module) -> bool:
    names = [
        node.id
        for function in functions(tree)
        for one in body(function)
        for node in ast.walk(one)
        if isinstance(node, ast.Name)
    ]
    return "keras" in names or "layers" in names


def adding(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A Sequential starts empty, and its layers are added."""
    return _built(
        tree,
        lambda elements: [
            statement("network = keras.Sequential()"),
            *(statement(f"network.add({ast.unparse(one)})") for one in elements),
            statement("return network"),
        ],
    )


def functional(tree: ast.Module, asks: str) -> bool:
    """A chain is a Functional model."""
    if "Sequential" in asks:
        return False

    def build(elements: Sequence[ast.expr]) -> list[ast.stmt]:
        lines = [f"inputs = {ast.unparse(elements[0])}", "x = inputs"]
        lines += [f"x = {ast.unparse(one)}(x)" for one in elements[1:]]
        return [*map(statement, lines), statement("return keras.Model(inputs, x)")]

    return _built(tree, build)


def input_shape(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """The first layer is told the shape of the input."""

    def build(elements: Sequence[ast.expr]) -> list[ast.stmt] | None:
        first, second, *others = elements
        shape = _shape(first)
        if shape is None or not isinstance(second, ast.Call) or last_name(second.func) == "Flatten":
            return None
        second.keywords.append(ast.keyword("input_shape", shape))
        listed = ast.List([second, *others], ast.Load())
        return [statement(f"return keras.Sequential({ast.unparse(listed)})")]

    return _built(tree, build)


def input_dim(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """The first Dense layer is told how many numbers come in."""

    def build(elements: Sequence[ast.expr]) -> list[ast.stmt] | None:
        first, second, *others = elements
        shape = _shape(first)
        if not isinstance(shape, ast.Tuple) or len(shape.elts) != 1:
            return None
        if not isinstance(second, ast.Call) or last_name(second.func) != "Dense":
            return None
        second.keywords.append(ast.keyword("input_dim", shape.elts[0]))
        listed = ast.List([second, *others], ast.Load())
        return [statement(f"return keras.Sequential({ast.unparse(listed)})")]

    return _built(tree, build)


def _shape(first: ast.expr) -> ast.expr | None:
    if isinstance(first, ast.Call) and last_name(first.func) == "Input":
        given = [one.value for one in first.keywords if one.arg == "shape"]
        if len(first.keywords) == 1 and given and not first.args:
            return given[0]
    return None


def _built(tree: ast.Module, build: Callable[[Sequence[ast.expr]], list[ast.stmt] | None]) -> bool:
    """Rebuild each `return keras.Sequential([Input, …])` that ends a function."""
    count = 0
    for function in functions(tree):
        statements = body(function)
        elements = _chain(statements[-1])
        if len(elements) < 2 or last_name(getattr(elements[0], "func", elements[0])) != "Input":
            continue
        made = build(elements)
        if made is not None:
            set_body(function, [*statements[:-1], *made])
            count += 1
    return count > 0


def _chain(last: ast.stmt) -> Sequence[ast.expr]:
    """Return the elements of a Sequential that a statement returns; none if it does not."""
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Call):
        call = last.value
        listed = call.args[0] if len(call.args) == 1 and not call.keywords else None
        if last_name(call.func) == "Sequential" and isinstance(listed, ast.List):
            return listed.elts
    return ()


def keywords(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Layers are told everything by keyword, windows as pairs."""

    def rewrite(node: ast.expr) -> ast.expr | None:
        if not isinstance(node, ast.Call) or last_name(node.func) not in _POSITIONAL:
            return None
        name = last_name(node.func)
        if not node.args or len(node.args) > len(_POSITIONAL[name]):
            return None
        given = []
        for word, value in zip(_POSITIONAL[name], node.args, strict=False):
            pair = name in _PAIRS and word != "filters" and isinstance(value, ast.Constant)
            doubled = ast.Tuple([value, value], ast.Load()) if pair else value
            given.append(ast.keyword(word, doubled))
        return ast.Call(node.func, [], [*given, *node.keywords])

    return replace(tree, rewrite)


def linear(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A layer without activation says so."""

    def rewrite(node: ast.expr) -> ast.expr | None:
        if not isinstance(node, ast.Call) or last_name(node.func) != "Dense":
            return None
        if any(one.arg == "activation" for one in node.keywords):
            return None
        setting = ast.keyword("activation", ast.Constant("linear"))
        return ast.Call(node.func, node.args, [*node.keywords, setting])

    return replace(tree, rewrite)


def classes(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Optimizer and loss are objects, not names."""

    def rewrite(node: ast.expr) -> ast.expr | None:
        if not isinstance(node, ast.Call) or last_name(node.func) != "compile":
            return None
        changed = False
        for setting in node.keywords:
            name = setting.value.value if isinstance(setting.value, ast.Constant) else None
            known = {"optimizer": _OPTIMIZERS, "loss": _LOSSES}.get(setting.arg or "", {})
            if isinstance(name, str) and name in known:
                module = "optimizers" if setting.arg == "optimizer" else "losses"
                setting.value = expression(f"keras.{module}.{known[name]}()")
                changed = True
        return node if changed else None

    return replace(tree, rewrite)


def is_layer(node: ast.expr) -> bool:
    """Whether an expression makes a layer."""
    return isinstance(node, ast.Call) and last_name(node.func) in LAYERS


SPELLINGS = {
    "from_tensorflow": from_tensorflow,
    "by_tensorflow": by_tensorflow,
    "adding": adding,
    "functional": functional,
    "input_shape": input_shape,
    "input_dim": input_dim,
    "keywords": keywords,
    "linear": linear,
    "classes": classes,
}
