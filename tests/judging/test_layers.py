"""What is claimed of models: their layers, what they compute, their size, how they were compiled."""

import itertools
import json

import numpy as np
import pytest

from autograder.judging import CheckFailed, compiled, computes, core_layers, layers, params
from autograder.models.model import Layer
from autograder.models.server import ModelServer
from autograder.store.store import Store
from autograder.values import ModelData

_KEYS = itertools.count()


class Built:
    """What the claims read of a model: its layers, its count, how it was compiled."""

    def __init__(self, *made: Layer, count: int = 0, settings: dict | None = None) -> None:
        self.layers = list(made)
        self.output_names = [made[-1].name] if made else []
        self.compiled = settings
        self._count = count

    def count_params(self) -> int:
        return self._count


def layer(class_name: str, *inbound: str, name: str = "a", **config) -> Layer:
    return Layer(name, class_name, config, 3, (None, 2), inbound)


def told(function, *args, **kwargs) -> str:
    """Return the text of the claim that does not hold."""
    with pytest.raises(CheckFailed) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_params_counts():
    """The number of parameters is told with thousands set apart."""
    params(Built(count=5), 5)
    assert "1,234 parameters. Received: 9" in told(params, Built(count=9), 1234)


@pytest.mark.parametrize(
    ("last", "config", "name"),
    [
        ("Activation", {"activation": "tanh"}, "tanh"),
        ("ReLU", {}, "relu"),
        ("ReLU", {"max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0}, "relu6"),
        ("ReLU", {"max_value": None, "negative_slope": 0.1}, "leaky_relu"),
        ("ReLU", {"max_value": 3.0}, "relu(max_value=3.0)"),
        ("LeakyReLU", {"negative_slope": 0.3}, "leaky_relu"),
        ("ELU", {"alpha": 1.0}, "elu"),
        ("Softmax", {"axis": -1}, "softmax"),
        ("Softmax", {"axis": 1}, "softmax"),
        ("Softmax", {"axis": 0}, "softmax(axis=0)"),
    ],
)
def test_activation_layers_fold_into_the_layer_before(last, config, name):
    """Dense followed by an activation layer is Dense with that activation, by its own name."""
    model = Built(layer("Dense", units=2, activation="linear"), layer(last, **config))
    (folded,) = core_layers(model)
    assert (folded.class_name, folded.activation) == ("Dense", name)
    layers(model, [("Dense", {"units": 2, "activation": name})])


@pytest.mark.parametrize("first", ["relu", "softmax"])
@pytest.mark.parametrize("last", ["Softmax", "ReLU", "LeakyReLU"])
def test_a_second_activation_is_a_layer_too_many(first, last):
    """An activation after one that is not linear is neither the layer's own nor dropped."""
    model = Built(layer("Dense", activation=first), layer(last))
    assert [one.class_name for one in core_layers(model)] == ["Dense", last]
    assert core_layers(model)[0].activation == first
    assert f"Received: Dense, {last}." in told(layers, model, [("Dense", {})])


def test_an_activation_after_a_layer_that_takes_none_is_a_layer():
    """What follows `Flatten` or a pooling is no activation of theirs; a linear one is nothing."""
    model = Built(layer("MaxPooling2D"), layer("Activation", activation="relu"))
    assert [one.class_name for one in core_layers(model)] == ["MaxPooling2D", "Activation"]
    assert "MaxPooling2D, Activation (relu)" in told(layers, model, [("MaxPooling2D", {})])
    model = Built(layer("MaxPooling2D"), layer("Activation", activation="linear"))
    assert [one.class_name for one in core_layers(model)] == ["MaxPooling2D"]


def test_an_activation_belongs_to_the_layer_that_it_is_called_on():
    """In a graph the layer before is the one called on, not the one listed before."""
    model = Built(
        layer("Dense", "in", name="a", activation="linear"),
        layer("Dense", "in", name="b", activation="linear"),
        layer("Softmax", "a", name="c"),
    )
    assert [one.activation for one in core_layers(model)] == ["softmax", "linear"]


def test_an_activation_of_a_layer_that_is_used_bare_too_is_a_layer():
    """Where others take a layer's output without the activation, it is not the layer's own."""
    model = Built(
        layer("Dense", "in", name="a", activation="linear"),
        layer("ReLU", "a", name="b"),
        layer("Add", "a", "b", name="c"),
    )
    assert [one.class_name for one in core_layers(model)] == ["Dense", "ReLU", "Add"]


def test_flattening_what_is_flat_is_nothing():
    """`Flatten` of rows is left out; of pictures it stays."""
    rows = Layer("a", "Dense", {"activation": "relu"}, 3, (None, 2))
    flat = Layer("b", "Flatten", {}, 0, (None, 2))
    assert core_layers(Built(rows, flat)) == [rows]
    pictures = Layer("a", "MaxPooling2D", {}, 0, (None, 2, 2, 1))
    assert core_layers(Built(pictures, flat)) == [pictures, flat]


def test_layers_names_class_place_and_setting():
    """Wrong classes are listed in order; a wrong setting is told with its layer's place."""
    model = Built(layer("Dense", units=3, kernel_size=[3, 3]), layer("Dropout", rate=0.5))
    layers(model, [("Dense", {"units": 3, "kernel_size": (3, 3)}), ("Dropout", {"rate": 0.5})])
    layers(model, [("Dense", {"units": ..., "kernel_size": 3}), ("Dropout", {})])
    text = told(layers, model, [("Dense", {})])
    assert text == "The layers must be Dense, in this order. Received: Dense, Dropout."
    text = told(layers, model, [("Dense", {"units": 4}), ("Dropout", {})], "Count again.")
    assert text == "Layer 1 (Dense) must have units=4. Received: units=3. Count again."
    assert "no layers" in told(layers, Built(), [("Dense", {})])


def test_compiled_compares_canonical_names():
    """Loss, optimizer and metric are compared one by one; an uncompiled model is told."""
    made = Built(settings={"loss": "mean_squared_error", "optimizer": "SGD", "metrics": None})
    compiled(made, loss="mean_squared_error", optimizer="SGD")
    assert "no compile" in told(compiled, Built(), loss="x")
    assert "The optimizer must be Adam. Received: SGD" in told(compiled, made, optimizer="Adam")
    assert "no metrics" in told(compiled, made, metric="accuracy")


@pytest.fixture(scope="module")
def server(sandbox, tmp_path_factory):
    """One model box for the models below."""
    server = ModelServer(sandbox, Store(tmp_path_factory.mktemp("store")))
    yield server
    server.close()


PICTURES = [
    ("Conv2D", {"filters": 4, "kernel_size": 3, "activation": "relu"}),
    ("MaxPooling2D", {"pool_size": 2}),
    ("Flatten", {}),
    ("Dense", {"units": 3, "activation": "softmax"}),
]
SEQUENCES = [
    ("Embedding", {"input_dim": 9, "output_dim": 4}),
    ("LSTM", {"units": 5}),
    ("Dense", {"units": 3, "activation": ...}),
]


def pictures(**changes):
    """Return the layers of PICTURES, some with other arguments, by the name of their class."""
    from keras import layers as kinds

    return [
        getattr(kinds, name)(**{**settings, **changes.get(name, {})}) for name, settings in PICTURES
    ]


def asked(server, made, expected=PICTURES, shape=(12, 12, 1)):
    """Return what is told of a model of layers; "" where it computes what is expected."""
    import keras

    model = keras.Sequential([keras.Input(shape), *made])
    data = ModelData(json.loads(model.to_json()), tuple(model.get_weights()), None, ())
    try:
        # No key is used twice, as an id of an object that is gone would be.
        computes(server.model(str(next(_KEYS)), data), expected)
    except CheckFailed as failure:
        return str(failure)
    return ""


def test_models_that_compute_what_is_asked(server):
    """Right models pass, however their activations, their weights or their sizes are spelt."""
    import keras
    import tensorflow as tf
    from keras import layers as kinds

    conv, pool, flat, dense = pictures()
    assert asked(server, [conv, pool, flat, dense]) == ""
    apart = [kinds.Conv2D(4, 3), kinds.ReLU(), pool, flat, kinds.Dense(3), kinds.Softmax()]
    assert asked(server, apart) == ""
    functions = [
        kinds.Conv2D(4, (3, 3), activation=keras.ops.relu),
        kinds.MaxPooling2D(strides=2),
        kinds.Flatten(),
        kinds.Dense(3, activation=tf.nn.softmax),
    ]
    assert asked(server, functions) == ""
    assert asked(server, pictures(Conv2D={"kernel_initializer": "zeros"})) == ""
    for activation in ("softmax", "leaky_relu", kinds.LeakyReLU(0.01)):
        words = [kinds.Embedding(9, 4), kinds.LSTM(5), kinds.Dense(3, activation=activation)]
        assert asked(server, words, SEQUENCES, (None,)) == ""


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Conv2D": {"activation": "tanh"}}, "Layer 1 (Conv2D) must have activation='relu'"),
        ({"Conv2D": {"kernel_size": 5}}, "kernel_size=3. Received: kernel_size=(5, 5)"),
        ({"Conv2D": {"kernel_size": (3, 1)}}, "kernel_size=3. Received: kernel_size=(3, 1)"),
        ({"Conv2D": {"strides": 2}}, "strides=1. Received: strides=(2, 2)"),
        ({"Conv2D": {"dilation_rate": 2}}, "dilation_rate=1. Received: dilation_rate=(2, 2)"),
        ({"Conv2D": {"padding": "same"}}, "padding='valid'. Received: padding='same'"),
        ({"Conv2D": {"use_bias": False}}, "use_bias=True. Received: use_bias=False"),
        ({"Conv2D": {"filters": 5}}, "filters=4. Received: filters=5"),
        ({"MaxPooling2D": {"pool_size": 3}}, "pool_size=2. Received: pool_size=(3, 3)"),
        ({"MaxPooling2D": {"strides": 1}}, "strides=2. Received: strides=(1, 1)"),
        ({"MaxPooling2D": {"padding": "same"}}, "padding='valid'"),
        ({"Dense": {"activation": "sigmoid"}}, "activation='softmax'. Received: activation='sig"),
    ],
)
def test_a_setting_that_is_not_asked_for_is_told(server, changes, text):
    """A setting that the text fixes, or leaves to Keras, is told by layer, name and value."""
    assert text in asked(server, pictures(**changes))


@pytest.mark.parametrize(
    "settings",
    [
        {"recurrent_activation": "hard_sigmoid"},
        {"go_backwards": True},
        {"activation": "relu"},
        {"dropout": 0.2},
    ],
)
def test_a_recurrent_layer_is_as_keras_makes_it(server, settings):
    """A recurrent layer's settings are Keras's defaults, unless asked otherwise."""
    from keras import layers as kinds

    words = [kinds.Embedding(9, 4), kinds.LSTM(5, **settings), kinds.Dense(3)]
    assert f"must have {next(iter(settings))}=" in asked(server, words, SEQUENCES, (None,))


def test_other_layers_are_told(server):
    """An activation too many, and layers in another place, are told by the layers' names."""
    from keras import layers as kinds

    assert "Dense, Softmax." in asked(server, [*pictures(), kinds.Softmax()])
    assert "Dense, ReLU." in asked(server, [*pictures(), kinds.ReLU()])
    conv, pool, flat, dense = pictures()
    assert "Received: MaxPooling2D, Conv2D" in asked(server, [pool, conv, flat, dense])


def test_what_no_setting_tells_is_computed(server):
    """A graph whose layers are as asked, but one of them is called twice, computes another thing."""
    import keras

    entry = keras.Input((6,))
    first, second = keras.layers.Dense(6), keras.layers.Dense(6)
    expected = [("Dense", {"units": 6}), ("Dense", {"units": 6})]
    for name, model in (
        ("once", keras.Model(entry, second(first(entry)))),
        ("twice", keras.Model(entry, second(first(first(entry))))),
    ):
        data = ModelData(json.loads(model.to_json()), tuple(model.get_weights()), None, ())
        described = server.model(name, data)
        if name == "once":
            computes(described, expected)
        else:
            assert "differ from theirs" in told(computes, described, expected)


def test_a_second_output_is_told(server):
    """A model of two outputs is none of a chain of layers, whatever its first output is."""
    import keras

    entry = keras.Input((6,))
    dense = keras.layers.Dense(6)(entry)
    model = keras.Model(entry, [dense, dense])
    data = ModelData(json.loads(model.to_json()), tuple(model.get_weights()), None, ())
    described = server.model("two outputs", data)
    assert "and one output" in told(computes, described, [("Dense", {"units": 6})])


def test_a_model_of_no_known_input_is_told(server):
    """A model that was never built, or takes several inputs, is told so."""
    import keras

    model = keras.Sequential([keras.layers.Dense(3)])
    data = ModelData(json.loads(model.to_json()), (), None, ())
    described = server.model("unbuilt", data)
    assert "one input of a known shape" in told(computes, described, [("Dense", {"units": 3})])
    assert np.isfinite(described.count_params())
