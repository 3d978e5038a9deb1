"""Which models are rebuilt: described by the student box, validated here, built in the model box."""

import copy
import os
import subprocess
import sys

import numpy as np
import pytest
from asking import PROBE
from repository import ROOT

from autograder.errors import ModelError, NoEvidence
from autograder.evidence import transcript
from autograder.models import allowlist
from autograder.models.allowlist import validate
from autograder.models.server import ModelServer
from autograder.records import Exercise, StagedCell, Status, Workdir
from autograder.store.store import Store
from autograder.values import ModelData, Opaque

SOURCE = """
import keras
import numpy as np
from keras import layers as L

def compiled():
    model = keras.Sequential([
        keras.Input((4,)), L.Dense(3, activation=keras.activations.relu), L.Dropout(0.2),
        L.BatchNormalization(), L.Dense(1, activation=keras.ops.sigmoid, kernel_regularizer="l2"),
    ])
    model.compile(keras.optimizers.Adam(0.5), keras.losses.BinaryCrossentropy(), metrics=["acc"])
    return model

def nested():
    x = keras.Input((3,))
    inner = keras.Model(x, L.Dense(3)(x))
    return keras.Sequential([keras.Input((3,)), inner, keras.Sequential([L.Dense(2)])])

def two_outputs():
    words = keras.Input((None,))
    _, state, _ = L.LSTM(3, return_state=True, return_sequences=True)(L.Embedding(20, 4)(words))
    return keras.Model(words, [L.Dense(2, activation="softmax")(state), L.Dense(1)(state)])

def pictures():
    return keras.Sequential([
        keras.Input((8, 8, 1)), L.RandomFlip(), L.Rescaling(1 / 255), L.Conv2D(2, 3),
        L.MaxPooling2D(), L.GlobalAveragePooling2D(),
    ])

def recurrent():
    return keras.Sequential([keras.Input((5, 2)), L.Bidirectional(L.GRU(2)), L.LeakyReLU()])

def adapted():
    scale = L.Normalization()
    scale.adapt(np.arange(12.0).reshape(4, 3))
    return keras.Sequential([keras.Input((3,)), scale, L.Dense(1)])

def half_precision():
    return keras.Sequential([keras.Input((3,)), L.Dense(2, dtype="bfloat16")])

def unbuilt():
    return keras.Sequential([L.Dense(2)])

def lambda_layer():
    return keras.Sequential([keras.Input((3,)), L.Lambda(lambda x: x * 2)])

def lambda_activation():
    return keras.Sequential([keras.Input((3,)), L.Dense(2, activation=lambda x: x)])

def own_activation():
    def mine(x):
        return x
    return keras.Sequential([keras.Input((3,)), L.Dense(2, activation=mine)])

@keras.saving.register_keras_serializable("mine")
class Mine(L.Dense):
    pass

def custom_layer():
    return keras.Sequential([keras.Input((3,)), Mine(2)])

class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(2)
    def call(self, x):
        return self.dense(x)

def subclass():
    return Subclass()

class Holder(keras.Model):
    def __init__(self, secret):
        super().__init__()
        self.secret = secret

def indescribable():
    return Holder(object())

def ops():
    x = keras.Input((3,))
    return keras.Model(x, L.Dense(1)(x * 2))

def masked():
    words = keras.Input((None,))
    return keras.Model(words, L.LSTM(3)(L.Embedding(20, 4, mask_zero=True)(words)))

def masking():
    rows = keras.Input((None, 2))
    return keras.Model(rows, L.GlobalAveragePooling1D()(L.Masking()(rows)))

def compared():
    x = keras.Input((3,))
    return keras.Model(x, L.Dense(1)(keras.ops.cast(keras.ops.not_equal(x, x), "float32")))

def huge():
    return keras.Sequential([keras.Input((1000,)), L.Dense(100), L.Dense(10)])

def enlarged():
    return keras.Sequential([keras.Input((6, 6, 1)), L.UpSampling2D(1000)])

def build_perceptron():
    return {function.__name__: function() for function in (
        compiled, nested, two_outputs, pictures, recurrent, adapted, half_precision, unbuilt,
        lambda_layer, lambda_activation, own_activation, custom_layer, subclass, indescribable,
        ops, masked, masking, compared, huge, enlarged,
    )}
"""


@pytest.fixture(scope="module")
def described(sandbox):
    """The models of SOURCE, as the student box describes them."""
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


RIGHT = {
    "compiled": 31,
    "nested": 20,
    "two_outputs": 188,
    "pictures": 20,
    "recurrent": 72,
    "adapted": 11,
    "half_precision": 8,
    "unbuilt": 0,
    "masked": 176,
    "masking": 0,
    "huge": 101_110,
    "enlarged": 0,
}


@pytest.mark.parametrize(("name", "parameters"), RIGHT.items())
def test_models_of_keras_layers_are_rebuilt(described, server, name, parameters):
    """A model of built-in layers is rebuilt with its weights, and counted by Keras itself."""
    assert server.model(name, described[name]).count_params() == parameters


def test_weights_and_predictions_come_from_the_submission(described, server):
    """A rebuilt model computes with the submission's weights."""
    model = server.model("nested", described["nested"])
    x = np.array([[1, 2, 3], [0, 0, 1]], "float32")
    first, bias, second, other = model.weights
    assert np.allclose(model.predict(x), (x @ first + bias) @ second + other, atol=1e-5)


def test_words_that_are_masked_change_nothing(described, server):
    """A model with `mask_zero=True` is rebuilt with its mask: zeros at the end are passed over."""
    model = server.model("masked", described["masked"])
    short, filled = model.predict(np.array([[5, 7]])), model.predict(np.array([[5, 7, 0, 0]]))
    assert np.allclose(short, filled, atol=1e-6)
    assert not np.allclose(short, model.predict(np.array([[5, 7, 1, 1]])), atol=1e-4)


def test_every_output_of_a_model_has_its_shape(described, server):
    """A model of two outputs is rebuilt; its shapes are tuples all the way down."""
    model = server.model("two_outputs", described["two_outputs"])
    assert model.output_shape == ((None, 2), (None, 1))
    assert model.predict(np.array([[1, 2, 3]])).shape == (1, 2)


def test_how_a_model_was_compiled_is_told_and_not_rebuilt(described):
    """Compile settings arrive under Keras's canonical names, and no config asks to compile."""
    data = described["compiled"]
    assert data.compiled == {
        "optimizer": "Adam",
        "learning_rate": 0.5,
        "momentum": None,
        "loss": "binary_crossentropy",
        "metrics": ["accuracy"],
        "loss_settings": {"from_logits": False, "label_smoothing": 0.0, "axis": -1},
    }
    assert "compile_config" in data.config
    assert "compile_config" not in str(validate(data))
    assert "build_config" not in str(validate(data))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lambda_layer", r"built-in layers can be graded. Received: Lambda"),
        ("lambda_activation", r"own activations can be graded. Received: a function of your own"),
        ("own_activation", r"own activations can be graded. Received: mine"),
        ("custom_layer", r"built-in layers can be graded. Received: Mine"),
        ("subclass", r"built-in layers can be graded. Received: Subclass"),
        ("compared", r"only those of a mask can be graded. Received: NotEqual of other arguments"),
        ("ops", r"only activations like keras.ops.relu\(x\).* Received: Multiply"),
    ],
)
def test_code_in_a_model_is_refused(described, server, name, told):
    """A model that carries code of the student's is ERRORED with the rule and what was found."""
    with pytest.raises(NoEvidence, match=told) as caught:
        server.model(name, described[name])
    assert caught.value.status is Status.ERRORED


def test_a_model_that_keras_cannot_describe_is_opaque(described):
    """A subclass that has no config says why, and does not end the box."""
    assert isinstance(described["indescribable"], Opaque)
    assert "cannot describe" in described["indescribable"].why


def forged(described, **changes) -> ModelData:
    """Return the compiled model with its first Dense layer's entry changed."""
    config = copy.deepcopy(described["compiled"].config)
    config["config"]["layers"][1].update(changes)
    return ModelData(config, described["compiled"].weights, None, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"class_name": "TFSMLayer"},
        {"class_name": "StringLookup"},
        {"class_name": ["Dense"]},
        {"class_name": None},
        {"module": "os"},
        {"module": "ex04_perceptron"},
        {"module": ["keras.layers"]},
        {"registered_name": "mine>Dense"},
        {"config": {"units": 1_000_001}},
        {"config": {"units": -(10**12)}},
        {"config": {"layer": {"class_name": "Lambda", "config": {}}}},
        {"config": {"activation": {"class_name": "function", "config": "utils.get_file",
                                   "module": "keras", "registered_name": "function"}}},
        {"config": {"activation": {"class_name": "Dense", "config": {}}}},
        {"config": {"activation": ["relu"]}},
        {"config": {"kernel_initializer": {"class_name": "__lambda__", "config": {}}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_config_is_refused(described, changes):
    """Names, modules and sizes outside the list are refused, wherever they stand."""
    with pytest.raises(ModelError):
        validate(forged(described, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"module": "keras.src.ops.core"},
        {"module": "os"},
        {"registered_name": "mine>NotEqual"},
        {"config": {"name": "not_equal", "dtype": None, "fn": "os.system"}},
        {"config": None},
        {"class_name": "Matmul"},
        {"inbound_nodes": [{"args": [{}, {"class_name": "__keras_tensor__"}]}]},
        {"inbound_nodes": [{"args": [{}, [1] * 1000]}]},
        {"inbound_nodes": [{"args": None}]},
    ],
    ids=str,
)
def test_a_forged_mask_is_refused(described, changes):
    """The operations of a mask are known by name, module and arguments; nothing else passes."""
    data = described["masked"]
    config = copy.deepcopy(data.config)
    (place,) = [
        place
        for place, layer in enumerate(config["config"]["layers"])
        if layer["class_name"] == "NotEqual"
    ]
    assert validate(ModelData(config, data.weights, None, ()))
    config["config"]["layers"][place].update(changes)
    with pytest.raises(ModelError):
        validate(ModelData(config, data.weights, None, ()))


def test_deep_wide_and_many_are_refused(described):
    """Depth, number of nodes, layers and parameters are bounded before anything is built."""
    deep: dict = {}
    for _ in range(60):
        deep = {"config": deep}
    many = [{"class_name": "Dense", "config": {}}] * (allowlist.MAX_LAYERS + 1)
    for config in (deep, {"x": [0] * 60_000}, {"layers": many}):
        with pytest.raises(ModelError):
            validate(forged(described, config=config))
    weights = (np.broadcast_to(np.float32(0), (allowlist.MAX_PARAMETERS + 1,)),)
    with pytest.raises(ModelError, match="parameters"):
        validate(ModelData(described["compiled"].config, weights, None, ()))


def test_a_config_without_a_class_is_refused():
    """A config of no class, or of a layer alone, is no model."""
    for config in ({}, {"class_name": "Dense", "config": {}}, {"class_name": 3}):
        with pytest.raises(ModelError):
            validate(ModelData(config, (), None, ()))


def test_keras_refuses_what_does_not_fit(described, server):
    """Weights that do not fit their layers are the submission's fault, told in Keras's words."""
    data = ModelData(described["compiled"].config, (np.zeros(3),), None, ())
    with pytest.raises(NoEvidence, match="Keras could not") as caught:
        server.model("does not fit", data)
    assert caught.value.status is Status.ERRORED
    assert server.model("nested", described["nested"]).count_params() == 20


def test_a_model_too_large_is_refused_by_its_config(described, server):
    """A config that asks for more parameters than there may be is told from its sizes alone."""
    config = copy.deepcopy(described["huge"].config)
    for layer in config["config"]["layers"][1:]:
        layer["config"]["units"] = 1_000_000
    with pytest.raises(NoEvidence, match="1,001,000,000 with those of Dense") as caught:
        server.model("too large", ModelData(config, (), None, ()))
    assert caught.value.status is Status.ERRORED


def test_a_model_too_large_costs_only_itself(described, server):
    """A model that needs more memory than there is ends without harm to the others."""
    held = server.model("nested", described["nested"])
    large = server.model("enlarged", described["enlarged"])
    with pytest.raises(NoEvidence) as caught:
        large.predict(np.ones((200, 6, 6, 1), "float32"))
    assert caught.value.status in (Status.ERRORED, Status.OUT_OF_MEMORY)
    again = server.model("nested", described["nested"])
    x = np.ones((1, 3), "float32")
    assert np.allclose(held.weights[0], again.weights[0])
    assert again.predict(x).shape == (1, 2)


def test_nan_output_is_told(described, server):
    """A model whose output is not finite FAILS with the next step."""
    data = described["nested"]
    bad = ModelData(data.config, tuple(w * np.nan for w in data.weights), None, ())
    with pytest.raises(NoEvidence, match="diverged") as caught:
        server.model("nan", bad).predict(np.ones((1, 3), "float32"))
    assert caught.value.status is Status.FAILED


@pytest.mark.parametrize(
    "code",
    [
        "import autograder.engine",
        "import autograder.edges.cli.main\ntry: autograder.edges.cli.main.main(['--help'])\nexcept SystemExit: pass",
        "from repository import COURSE, checks\nfor slug in COURSE.slugs: checks(slug)",
    ],
    ids=["engine", "help", "graders"],
)
def test_the_host_imports_no_keras(code):
    """The engine, `autograder --help` and the graders leave Keras and every backend unimported."""
    check = (
        "import sys\nheavy = {'keras', 'tensorflow', 'jax', 'torch', 'matplotlib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    argv = [sys.executable, "-c", f"{code}\n{check}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
