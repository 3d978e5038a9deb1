"""Models on the host: rebuilt in a real model box from data, and read like Keras's own."""

import json
import socket
import types

import numpy as np
import pytest

from autograder.errors import NoEvidence, SandboxError
from autograder.guest.protocol.answers import Done
from autograder.guest.wire import FROM_BOX, FROM_HOST, Channel
from autograder.models.server import ModelServer
from autograder.store.store import Store
from autograder.values import ModelData


@pytest.fixture
def server(sandbox, tmp_path):
    """A model box of its own for each test."""
    server = ModelServer(sandbox, Store(tmp_path))
    yield server
    server.close()


def data_of(model) -> ModelData:
    """Return what a student box says of a model."""
    return ModelData(json.loads(model.to_json()), tuple(model.get_weights()), None, ())


def test_several_inputs_and_outputs(server):
    """All outputs of a model of two inputs are there, in the model's order, with its names."""
    import keras

    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    both = keras.layers.Concatenate()([left, right])
    total = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name="total")(both)
    copies = keras.layers.RepeatVector(2, name="copies")(both)
    model = server.model("m", data_of(keras.Model([left, right], [total, copies])))
    assert model.input_names == ["left", "right"]
    assert model.output_names == ["total", "copies"]
    assert model.input_shape == ((None, 2), (None, 3))
    assert model.output_shape == ((None, 1), (None, 2, 5))
    x = [np.ones((4, 2), "float32"), np.full((4, 3), 2, "float32")]
    first, second = model.outputs(x)
    np.testing.assert_array_equal(first, np.full((4, 1), 8))
    assert second.shape == (4, 2, 5)
    np.testing.assert_array_equal(model.predict(x), first)


def test_outputs_of_one_layer(server):
    """The output of a layer inside is what Keras gives for it, and is not the model's own."""
    import keras

    rng = np.random.default_rng(1)
    inner = keras.layers.Conv2D(2, 3)
    made = keras.Sequential([keras.Input((6, 7, 1)), inner, keras.layers.Flatten()])
    x = rng.normal(size=(3, 6, 7, 1)).astype("float32")
    model = server.model("m", data_of(made))
    index = [layer.class_name for layer in model.all_layers].index("Conv2D")
    (maps,) = model.outputs(x, layer=index)
    assert maps.shape == (3, 4, 5, 2)
    np.testing.assert_allclose(maps, inner(x).numpy(), atol=1e-5)
    assert model.predict(x).shape == (3, 40)


def test_a_model_inside_a_model_is_rebuilt(server):
    """A model used as a layer of another counts and predicts like the whole."""
    import keras

    block = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    made = keras.Sequential([keras.Input((2,)), block, keras.layers.Dense(1, activation="tanh")])
    model = server.model("m", data_of(made))
    assert model.count_params() == 2 * 3 + 3 + 3 + 1 + 2
    x = np.ones((1, 2), "float32")
    np.testing.assert_allclose(model.predict(x), made.predict(x, verbose=0), atol=1e-6)


def test_wrong_number_of_inputs_is_told(server):
    """An input that does not fit is told with Keras's own reason; the box goes on."""
    import keras

    model = server.model("m", data_of(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])))
    with pytest.raises(NoEvidence, match="could not use the model"):
        model.predict(np.ones((1, 3), "float32"))
    assert model.predict(np.ones((1, 2), "float32")).shape == (1, 1)


def test_inputs_and_outputs_in_dicts(server):
    """A model that names its inputs and outputs in dicts takes and gives them in a row, too."""
    import keras

    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    ones = {"use_bias": False, "kernel_initializer": "ones"}
    first = keras.layers.Dense(1, **ones, name="first")(left)
    second = keras.layers.Dense(2, **ones, name="second")(right)
    inputs, outputs = {"right": right, "left": left}, {"second": second, "first": first}
    model = server.model("m", data_of(keras.Model(inputs, outputs)))
    given = {"left": np.ones((4, 2), "float32"), "right": np.ones((4, 3), "float32")}
    found = model.outputs([given[name] for name in model.input_names])
    by_name = dict(zip(model.output_names, found, strict=True))
    np.testing.assert_array_equal(by_name["first"], np.full((4, 1), 2))
    np.testing.assert_array_equal(by_name["second"], np.full((4, 2), 3))


@pytest.mark.parametrize("kind", ["Sequential", "Functional"])
def test_output_of_a_model_inside(server, kind):
    """A model used as a layer gives what it gives inside the whole."""
    import keras

    outer, own = keras.Input((2,)), keras.Input((2,))
    dense = keras.layers.Dense(3)
    block = keras.Sequential([own, dense]) if kind == "Sequential" else keras.Model(own, dense(own))
    made = keras.Model(outer, keras.layers.Dense(1)(block(outer)))
    model = server.model("m", data_of(made))
    x = np.ones((5, 2), "float32")
    index = [layer.class_name for layer in model.all_layers].index(kind)
    np.testing.assert_allclose(model.outputs(x, layer=index)[0], dense(x).numpy(), atol=1e-6)


class Confused:
    """A sandbox whose model box answers with a message of somebody else's."""

    backend = "tensorflow"

    def open_box(self, *_given):
        host_end, box_end = socket.socketpair()
        Channel(box_end, FROM_HOST).send(Done())

        def close(*_given):
            host_end.close()
            box_end.close()

        return types.SimpleNamespace(channel=Channel(host_end, FROM_BOX), close=close)


def test_a_model_box_that_answers_something_else_is_our_fault(tmp_path):
    """Its code is ours: no student loses a point for an answer that is none of the protocol's."""
    import keras

    server = ModelServer(Confused(), Store(tmp_path))
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(SandboxError, match="known kind"):
        server.model("m", data_of(made))


def test_an_unbuilt_model_is_told_as_such(server):
    """A model that was never told its input has no shapes, no names and no parameters."""
    import keras

    model = server.model("m", data_of(keras.Sequential([keras.layers.Dense(1)])))
    assert (model.input_shape, model.output_shape, model.count_params()) == (None, None, 0)
    assert model.input_names == model.output_names == []
    assert [layer.class_name for layer in model.layers] == ["Dense"]
