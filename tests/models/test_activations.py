"""One spelling for an activation: however it was given, a model is rebuilt, folded and run alike."""

import json

import numpy as np
import pytest
from asking import PROBE

from autograder.errors import ModelError, NoEvidence
from autograder.evidence import transcript
from autograder.judging import core_layers
from autograder.models.activations import canonical, name_of, name_of_layer
from autograder.models.allowlist import validate
from autograder.models.server import ModelServer
from autograder.records import Exercise, StagedCell, Workdir
from autograder.store.store import Store
from autograder.values import ModelData

#: Spellings of a layer's argument, by the activation that they are.
ARGUMENTS = {
    "relu": ["'relu'", "keras.activations.relu", "keras.ops.relu", "tf.nn.relu", "L.ReLU()",
             "L.Activation('relu')", "keras.activations.get('relu')", "tf.keras.activations.relu"],
    "softmax": ["'softmax'", "keras.activations.softmax", "keras.ops.softmax", "tf.nn.softmax",
                "L.Softmax()", "L.Activation(tf.nn.softmax)"],
    "sigmoid": ["'sigmoid'", "keras.ops.sigmoid", "tf.nn.sigmoid", "tf.sigmoid"],
    "tanh": ["keras.activations.tanh", "keras.ops.tanh", "tf.nn.tanh", "tf.math.tanh"],
    "silu": ["'swish'", "keras.activations.swish", "tf.nn.silu"],
    "leaky_relu": ["'leaky_relu'", "tf.nn.leaky_relu", "L.LeakyReLU(0.1)"],
    "linear": ["None", "'linear'", "keras.activations.linear"],
}  # fmt: skip
#: Spellings of an activation that is applied to `x`, or a layer of its own.
APPLIED = {
    "relu": ["keras.activations.relu(x)", "keras.ops.relu(x)", "L.ReLU()(x)",
             "L.Activation(keras.ops.relu)(x)", "L.Activation(tf.nn.relu)(x)",
             "keras.ops.maximum(x, 0)", "keras.ops.maximum(0.0, x)", "keras.ops.nn.relu(x)"],
    "softmax": ["keras.activations.softmax(x)", "keras.ops.softmax(x)", "L.Softmax()(x)",
                "keras.ops.softmax(x, axis=-1)", "keras.ops.softmax(x, axis=1)",
                "L.Activation(tf.nn.softmax)(x)", "L.Softmax(axis=1)(x)"],
    "sigmoid": ["keras.activations.sigmoid(x)", "keras.ops.sigmoid(x)"],
    "tanh": ["keras.activations.tanh(x)", "keras.ops.tanh(x)"],
    "leaky_relu": ["keras.activations.leaky_relu(x)", "keras.ops.leaky_relu(x, 0.1)",
                   "keras.activations.relu(x, negative_slope=0.1)", "L.LeakyReLU()(x)"],
    "relu6": ["keras.activations.relu6(x)", "keras.activations.relu(x, max_value=6)"],
    "elu": ["keras.activations.elu(x)", "keras.ops.elu(x, 0.5)", "L.ELU()(x)"],
    "gelu": ["keras.activations.gelu(x)"],
    "exponential": ["keras.ops.exp(x)", "keras.activations.exponential(x)"],
    "linear": ["keras.activations.linear(x)", "L.Activation('linear')(x)"],
}  # fmt: skip
#: What is no activation of Keras's, or with a setting that no layer of Keras's takes.
REFUSED = ["x * 2", "keras.ops.maximum(x, 1)", "keras.ops.gelu(x)", "keras.ops.clip(x, 0, 9)"]

SOURCE = f"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

def pair(model):
    x = np.linspace(-2, 2, 12, dtype="float32").reshape(4, 3)
    return [model, x, model.predict(x, verbose=0)]

def sequential(given):
    keras.utils.set_random_seed(1)
    return pair(keras.Sequential([keras.Input((3,)), L.Dense(4, activation=given), L.Dense(2)]))

def functional(apply):
    keras.utils.set_random_seed(1)
    entry = keras.Input((3,))
    return pair(keras.Model(entry, L.Dense(2)(apply(L.Dense(4)(entry)))))

def joined(axis):
    keras.utils.set_random_seed(1)
    entry = keras.Input((3,))
    parts = [L.Dense(2)(entry), entry, L.Dense(1)(entry)]
    return pair(keras.Model(entry, L.Dense(2)(keras.ops.concatenate(parts, axis=axis))))

def build_perceptron():
    found = {{"joined": joined(-1), "joined by place": joined(1)}}
    for text in {[text for texts in ARGUMENTS.values() for text in texts]!r}:
        found[text] = sequential(eval(text))
    for text in {[text for texts in APPLIED.values() for text in texts] + REFUSED!r}:
        found[text] = functional(lambda x: eval(text, {{**globals(), "x": x}}))
    return found
"""


@pytest.fixture(scope="module")
def told(sandbox):
    """Each model of SOURCE as the student box tells it, with an input and what it gave for it."""
    exercise = Exercise("ex04_perceptron", "", ("build_perceptron",))
    workdir = Workdir(exercise.slug, (StagedCell("the cell", SOURCE),))
    said = transcript.run(sandbox, exercise, workdir, {}, 1, probe=PROBE)
    answer = said.answers["build_perceptron"]
    assert answer.outcome == "returned", answer.error
    return answer.value


@pytest.fixture(scope="module")
def server(sandbox, tmp_path_factory):
    """One model box."""
    server = ModelServer(sandbox, Store(tmp_path_factory.mktemp("store")))
    yield server
    server.close()


CASES = [
    (name, text)
    for table in (ARGUMENTS, APPLIED)
    for name, texts in table.items()
    for text in texts
]


@pytest.mark.parametrize(("name", "text"), CASES, ids=[text for _, text in CASES])
def test_every_spelling_is_the_layers_activation(told, server, name, text):
    """The model has two Dense layers, the first with this activation, and computes the same."""
    data, x, outputs = told[text]
    model = server.model(text, data)
    found = core_layers(model)
    assert [layer.class_name for layer in found] == ["Dense", "Dense"]
    assert [layer.activation for layer in found] == [name, "linear"]
    np.testing.assert_allclose(model.predict(x), outputs, atol=1e-5)


@pytest.mark.parametrize("text", REFUSED)
def test_other_operations_are_refused(told, server, text):
    """An operation that is no activation is told by its name, with what to use instead."""
    with pytest.raises(NoEvidence, match=r"only activations like .*keras.layers"):
        server.model(text, told[text][0])


@pytest.mark.parametrize("name", ["joined", "joined by place"])
def test_an_operation_that_joins_is_a_layer(told, server, name):
    """`keras.ops.concatenate` is Concatenate in the rebuilt model, which computes the same."""
    data, x, outputs = told[name]
    model = server.model(name, data)
    found = [layer.class_name for layer in core_layers(model)]
    assert found == ["Dense", "Dense", "Concatenate", "Dense"]
    np.testing.assert_allclose(model.predict(x), outputs, atol=1e-5)


@pytest.mark.parametrize("axis", ["1", 1.0, None, [0], True])
def test_an_operation_that_joins_along_no_number_is_none(axis):
    """Whatever is no whole number as its axis is left as it is, and refused."""
    told = operation(
        module="keras.src.ops.numpy",
        class_name="Concatenate",
        registered_name="Concatenate",
        config={"name": "concatenate", "axis": axis},
    )
    assert canonical(told)["module"] == "keras.src.ops.numpy"


def operation(**changes):
    """Return `keras.ops.relu(x)` in a graph, as Keras tells it, or changed."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["dense", 0, 0]}}
    told = {
        "module": "keras.src.ops.nn",
        "class_name": "Relu",
        "config": {"name": "relu"},
        "registered_name": "Relu",
        "name": "relu",
        "inbound_nodes": [{"args": [tensor], "kwargs": {}}],
    }
    return {**told, **changes}


def test_an_operation_becomes_a_layer_made_anew():
    """Of what was told of an operation, the name, the tensor and listed numbers remain alone."""
    made = canonical([operation(build_config={"fn": "os.system"})])[0]
    assert made["class_name"] == "Activation"
    assert made["config"] == {"activation": "relu", "name": "relu"}
    assert "os.system" not in json.dumps(made)


@pytest.mark.parametrize(
    "changes",
    [
        {"module": "os"},
        {"module": ["keras.src.ops.nn"]},
        {"module": "keras.src.ops.core"},
        {"class_name": "Matmul"},
        {"class_name": ["Relu"]},
        {"registered_name": "mine>Relu"},
        {"config": {"name": "relu", "fn": "os.system"}},
        {"config": None},
        {"name": 3},
        {"inbound_nodes": []},
        {"inbound_nodes": [None]},
        {"inbound_nodes": [{"args": [], "kwargs": {}}]},
        {"inbound_nodes": [{"args": None}]},
        {"inbound_nodes": [{"args": [{"class_name": "Lambda"}], "kwargs": {}}]},
        {"inbound_nodes": [{"args": [{}, {}], "kwargs": {}}]},
        {"class_name": "LeakyRelu", "config": {"negative_slope": "x"}},
        {"class_name": "LeakyRelu", "config": {"negative_slope": [1]}},
        {"class_name": "Softmax", "config": {"axis": {"class_name": "Lambda"}}},
    ],
    ids=str,
)
def test_a_forged_operation_is_refused(changes):
    """An operation of other names, arguments or settings stays what it is, and is refused."""
    forged = operation(**changes)
    assert canonical(forged) == forged
    with pytest.raises(ModelError):
        validate(
            ModelData({"class_name": "Functional", "config": {"layers": [forged]}}, (), None, ())
        )


@pytest.mark.parametrize(
    "value",
    [
        {"class_name": "function", "config": "mine", "module": "builtins"},
        {"class_name": "function", "config": "relu", "module": "os"},
        {"class_name": "function", "config": "mine>relu", "registered_name": "mine>relu"},
        {"class_name": "ReLU", "config": {"max_value": "x"}, "module": "os"},
        {"class_name": "ReLU", "config": {}, "registered_name": "mine>ReLU"},
        {"class_name": "Lambda", "config": {}},
        {"class_name": "PReLU", "config": {}},
        ["relu"],
        3,
    ],
    ids=str,
)
def test_a_forged_argument_is_refused(value):
    """A function or layer that is none of Keras's activations is refused, wherever it stands."""
    dense = {"class_name": "Dense", "config": {"activation": value}}
    with pytest.raises(ModelError):
        validate(
            ModelData({"class_name": "Sequential", "config": {"layers": [dense]}}, (), None, ())
        )


def test_names_for_people():
    """A setting that changes what is computed is told with the name; an odd one breaks nothing."""
    assert name_of_layer("ReLU", {"max_value": 3.0}) == "relu(max_value=3.0)"
    assert (
        name_of_layer("ReLU", {"threshold": 1, "max_value": 2}) == "relu(max_value=2, threshold=1)"
    )
    assert name_of_layer("Softmax", {"axis": 1}, (None, 2, 3)) == "softmax(axis=1)"
    assert name_of_layer("Softmax", {"axis": 2}, (None, 2, 3)) == "softmax"
    assert name_of_layer("PReLU", {}) == "prelu"
    assert name_of_layer("Dense", {"activation": "relu"}) == ""
    assert name_of(None) == "linear"
    assert [name_of(odd) for odd in (3, [], {}, {"config": {}}, {"config": "mine"})] == [
        "?", "?", "?", "?", "mine"
    ]  # fmt: skip
