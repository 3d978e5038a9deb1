"""Which model descriptions the model box may rebuild: built-in Keras classes, bounded in size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.errors import ModelError
from autograder.models.activations import ACTIVATION_LAYERS, canonical
from autograder.models.sizes import MAX_PARAMETERS, measure
from autograder.values import ModelData

LAYERS = frozenset(
    """
    Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D BatchNormalization
    Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D Conv2D Conv2DTranspose Cropping2D
    Dense DepthwiseConv2D Dot Dropout ELU Embedding Flatten GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GRU
    InputLayer LayerNormalization LeakyReLU LSTM Masking MaxPooling1D MaxPooling2D Maximum Minimum
    Multiply Normalization Permute PReLU RandomFlip RandomRotation RandomTranslation RandomZoom
    ReLU RepeatVector Rescaling Reshape Resizing SeparableConv2D SimpleRNN Softmax
    SpatialDropout2D Subtract UpSampling2D ZeroPadding2D
    """.split()
)
MODELS = frozenset(("Sequential", "Functional", "Model"))
_INITIALIZERS = frozenset(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones
    Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
    """.split()
)
_OTHERS = frozenset("L1 L2 L1L2 MaxNorm MinMaxNorm NonNeg UnitNorm DTypePolicy".split())
#: What `Embedding(mask_zero=True)` and `Masking` leave in a functional model's config: x != 0.
_MASKS = {"NotEqual": {"name", "dtype"}, "Any": {"name", "dtype", "axis", "keepdims"}}
_MASKS_MODULE = "keras.src.ops.numpy"
_WRAPPED = frozenset(("__keras_tensor__", "__tuple__", "__numpy__"))
_MODULES = ("keras", "keras.layers", "keras.initializers", "keras.regularizers",
            "keras.constraints", "keras.models", "keras.activations", "builtins",
            "keras.src.models.functional", "keras.src.models.sequential", "keras.ops")  # fmt: skip

MAX_LAYERS = 200
_MAX_INTEGER = 1_000_000
_MAX_DEPTH = 40
_MAX_NODES = 50_000


def validate(model: ModelData) -> dict[str, Any]:
    """Return the config that a model may be rebuilt from; how it was compiled is left out.

    Its activations are spelt in one way, and applied by layers.

    Raises:
        ModelError: With a sentence for the student, when it may not.
    """
    parameters = sum(array.size for array in model.weights)
    if parameters > MAX_PARAMETERS:
        raise ModelError(
            f"A model here may hold {MAX_PARAMETERS:,} parameters. Received: {parameters:,}."
        )
    if any(array.dtype.kind not in "fiub" for array in model.weights):
        raise ModelError("A model's weights must be numbers.")
    config = canonical(_uncompiled(model.config, 0, [_MAX_NODES]))
    _walk(config, {"layers": 0})
    if str(model.config.get("class_name")) not in MODELS:
        raise ModelError(
            "A model must be a keras.Sequential or a functional keras.Model, so that it can be "
            f"rebuilt from its config. Received: {str(model.config.get('class_name'))[:80]}."
        )
    assert isinstance(config, dict)
    measured = measure(config)
    if measured is not None and not _alike(measured.parameters, parameters):
        raise ModelError(
            f"A model's layers must hold the weights that come with it. Received: {parameters:,} "
            f"numbers for layers of {measured.parameters:,}. Return the model as Keras built it."
        )
    return config


def _alike(layers: int, given: int) -> bool:
    """Say whether weights can be those of the layers; which goes where, Keras itself will say."""
    small, large = sorted((layers, given))
    return large <= 2 * small + 1000


def _uncompiled(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if depth > _MAX_DEPTH or left[0] < 0:
        raise ModelError("A model's config must be of ordinary size and depth.")
    if isinstance(value, list):
        return [_uncompiled(item, depth + 1, left) for item in value]
    if isinstance(value, dict):
        return {
            key: _uncompiled(item, depth + 1, left)
            for key, item in value.items()
            if key not in ("compile_config", "build_config")
        }
    return value


def _walk(value: Any, counts: dict[str, int]) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise ModelError(f"No size in a model may be over {_MAX_INTEGER:,}. Received: {value:,}.")
    if isinstance(value, list):
        for item in value:
            _walk(item, counts)
    elif isinstance(value, dict):
        if "class_name" in value:
            _class(value, counts)
        for key, item in value.items():
            if key.endswith("activation"):
                _activation(item)
            _walk(item, counts)


def _activation(value: object) -> None:
    """Refuse an activation that is no name, and no layer of Keras's that takes a setting."""
    if value is None or isinstance(value, str):
        return
    if isinstance(value, Mapping) and value.get("class_name") in ACTIVATION_LAYERS:
        return
    name = value.get("config") if isinstance(value, Mapping) else value
    raise ModelError(
        "Only Keras's own activations can be graded. "
        f"Received: {name[:80] if isinstance(name, str) else 'a function of your own'}. "
        "Name one of them, like activation='relu'."
    )


def _mask(value: Mapping[str, Any]) -> None:
    """Refuse all but a comparison of one array with a number, and "is any of the last axis true".

    Two arrays compared could be far larger than either.
    """
    config, nodes = value.get("config"), value.get("inbound_nodes")
    closed = isinstance(config, Mapping) and config.keys() <= _MASKS[str(value["class_name"])]
    calls = [node.get("args") for node in nodes] if isinstance(nodes, list) else []
    plain = all(
        isinstance(args, list) and not any(isinstance(one, list | Mapping) for one in args[1:])
        for args in calls
    )
    if not (closed and plain):
        raise ModelError(
            "Of Keras's operations only those of a mask can be graded. "
            f"Received: {value['class_name']} of other arguments. "
            "Build the model from keras.layers alone."
        )


def _class(value: Mapping[str, Any], counts: dict[str, int]) -> None:
    name, module = str(value["class_name"]), value.get("module")
    registered = value.get("registered_name")
    if name in LAYERS:
        counts["layers"] += 1
        if counts["layers"] > MAX_LAYERS:
            raise ModelError(f"A model here may have {MAX_LAYERS} layers. Received: more.")
    if name in _MASKS and module == _MASKS_MODULE and registered in (None, name):
        _mask(value)
        return
    known = LAYERS | MODELS | _INITIALIZERS | _OTHERS | _WRAPPED
    if str(module).startswith(("keras.src.ops", "keras.src.activations")):
        raise ModelError(
            "Of Keras's operations only activations like keras.ops.relu(x), and "
            "keras.ops.concatenate, can be graded. "
            f"Received: {name[:80]}. Use a layer of keras.layers."
        )
    if name not in known:
        raise ModelError(
            f"Only Keras's built-in layers can be graded. Received: {name[:80]}. "
            "Build the model from keras.layers alone."
        )
    if module is not None and module not in _MODULES:
        raise ModelError(f"Only Keras's own classes can be graded. Received: {str(module)[:80]}.")
    if registered not in (None, name):
        raise ModelError(f"Custom classes cannot be graded. Received: {str(registered)[:80]}.")
