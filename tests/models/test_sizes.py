"""How large a model is: worked out on the host as Keras itself counts, and bombs refused at once."""

import time

import numpy as np
import pytest
from asking import PROBE

from autograder.errors import ModelError, NoEvidence
from autograder.evidence import transcript
from autograder.models import allowlist, sizes
from autograder.models.allowlist import validate
from autograder.models.server import ModelServer
from autograder.models.sizes import layers as rules
from autograder.records import Exercise, StagedCell, Status, Workdir
from autograder.store.store import Store
from autograder.values import ModelData

SOURCE = """
import keras
import numpy as np
from keras import layers as L

pictures = dict(
    activation=L.Activation("tanh"), alpha=L.AlphaDropout(0.1), average=L.AveragePooling2D((2, 3)),
    batch=L.BatchNormalization(), batch_rows=L.BatchNormalization(axis=1, scale=False),
    batch_renorm=L.BatchNormalization(renorm=True), center=L.CenterCrop(5, 6),
    conv=L.Conv2D(5, 3), conv_same=L.Conv2D(5, (3, 2), strides=(2, 1), padding="same"),
    conv_gaps=L.Conv2D(6, 3, dilation_rate=2, groups=2, use_bias=False),
    cropping=L.Cropping2D(((1, 0), (2, 1))), cropping_alike=L.Cropping2D(1), dense=L.Dense(7),
    depthwise=L.DepthwiseConv2D(3, depth_multiplier=3, strides=2),
    depthwise_plain=L.DepthwiseConv2D(3, use_bias=False), elu=L.ELU(), flat=L.Flatten(),
    gaussian=L.GaussianNoise(0.1), gaussian_dropout=L.GaussianDropout(0.1),
    global_average=L.GlobalAveragePooling2D(), global_max=L.GlobalMaxPooling2D(keepdims=True),
    layer=L.LayerNormalization(axis=[1, 2]), layer_plain=L.LayerNormalization(center=False),
    leaky=L.LeakyReLU(), max_pool=L.MaxPooling2D(),
    max_pool_same=L.MaxPooling2D(3, strides=2, padding="same"), normal=L.Normalization(),
    normal_all=L.Normalization(axis=None), normal_given=L.Normalization(mean=1.0, variance=2.0),
    permute=L.Permute((3, 1, 2)), prelu=L.PReLU(), prelu_shared=L.PReLU(shared_axes=[1, 2]),
    random_flip=L.RandomFlip(), random_rotation=L.RandomRotation(0.1), relu=L.ReLU(),
    random_shift=L.RandomTranslation(0.1, 0.1), random_zoom=L.RandomZoom(0.1),
    rescaling=L.Rescaling(0.1), reshape=L.Reshape((-1, 8)), resizing=L.Resizing(20, 3),
    separable=L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same"), softmax=L.Softmax(),
    spatial=L.SpatialDropout2D(0.2), up=L.UpSampling2D((2, 3)), zero=L.ZeroPadding2D((1, 2)),
    zero_all=L.ZeroPadding2D(2), zero_each=L.ZeroPadding2D(((1, 2), (3, 4))),
    transposed=L.Conv2DTranspose(3, 3, strides=2),
    transposed_same=L.Conv2DTranspose(3, 3, strides=3, padding="same"),
    transposed_more=L.Conv2DTranspose(2, (2, 5), strides=(4, 3), output_padding=1),
    transposed_same_more=L.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1),
    transposed_gaps=L.Conv2DTranspose(2, 3, dilation_rate=2),
)
rows = dict(
    average1=L.AveragePooling1D(3, padding="same"), conv1=L.Conv1D(3, 2),
    conv1_causal=L.Conv1D(3, 3, padding="causal", strides=2), max1=L.MaxPooling1D(),
    global1=L.GlobalAveragePooling1D(), global1_max=L.GlobalMaxPooling1D(keepdims=True),
    both=L.Bidirectional(L.LSTM(3)), gru=L.GRU(5), lstm=L.LSTM(5), simple=L.SimpleRNN(5),
    both_sum=L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"),
    both_own=L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(3, go_backwards=True)),
    gru_before=L.GRU(5, reset_after=False), gru_plain=L.GRU(5, use_bias=False, unroll=True),
    lstm_rows=L.LSTM(5, return_sequences=True, use_bias=False), masking=L.Masking(),
)
numbers = dict(
    category=L.CategoryEncoding(6), category_each=L.CategoryEncoding(6, output_mode="one_hot"),
    category_count=L.CategoryEncoding(6, output_mode="count"), dropout=L.Dropout(0.1),
    embedding=L.Embedding(20, 3), repeat=L.RepeatVector(6),
)

def of(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])

def several():
    a, b, c, d = (keras.Input(shape) for shape in ((4, 1), (1, 5), (4, 5), (5,)))
    pair = [L.Add()([a, b]), L.Multiply()([a, b])]
    joins = [L.Average(), L.Subtract(), L.Maximum(), L.Minimum(), L.Concatenate(axis=1), L.Dot(2)]
    joined = [one(pair) for one in (*joins, L.Concatenate())]
    joined += [L.Add()([c, d]), L.Dot((2, 1))([c, d]), L.Dot(1)([d, d])]
    return keras.Model([a, b, c, d], [*pair, *joined])

def states():
    x = keras.Input((9, 4))
    rows, h, c = L.LSTM(3, return_state=True, return_sequences=True)(x)
    both = L.Bidirectional(L.LSTM(3, return_state=True))(rows)
    apart = L.Bidirectional(L.GRU(3), merge_mode=None)(x)
    return keras.Model(x, [L.LSTM(3)(sequences=x, initial_state=[h, c]), *both, *apart])

def two():
    x = keras.Input((4,))
    return keras.Model(x, [L.Dense(3)(x), L.Dense(2)(x)])

def inside():
    inner, x = two(), keras.Input((4,))
    a, b = inner(x)
    c, d = inner(L.Dense(4)(b))
    return keras.Model(x, [a, d, L.Concatenate()([a, b, c, d])])

def inside_last():
    inner, x = two(), keras.Input((4,))
    inner(x)
    return keras.Model(x, inner(L.Dense(4)(x)))

def shared():
    a, b, dense = keras.Input((4,)), keras.Input((4,)), L.Dense(4)
    return keras.Model({"a": a, "b": b}, {"z": dense(a), "y": dense(dense(b))})

def dicts():
    given = {"b": keras.Input((3,), name="b"), "a": keras.Input((None,), name="a")}
    words = L.Embedding(9, 2, mask_zero=True)(given["a"])
    return keras.Model(given, {"o": L.Dense(2)(given["b"]), "p": words})

def dicts_inside():
    a, b = keras.Input((7,)), keras.Input((3,))
    given = dicts()({"a": a, "b": b})
    return keras.Model([a, b], [given["o"], L.LSTM(3)(given["p"])])

def built_late():
    model = keras.Sequential([L.Conv2D(3, 3), L.Flatten(), L.Dense(2)])
    model(np.zeros((2, 8, 8, 1)))
    return model

def adapted():
    model = of((4, 4, 2), L.Conv2D(3, 3), L.Dense(4))
    for layer in model.layers:
        layer.enable_lora(2)
    return model

first = "channels_first"
OTHERS = dict(
    several=several(), states=states(), inside=inside(), inside_last=inside_last(),
    shared=shared(), dicts=dicts(), dicts_inside=dicts_inside(), built_late=built_late(),
    adapted=adapted(), sequence_first=keras.Sequential([two(), L.Concatenate()]),
    sequences=keras.Sequential([of((3,), L.Dense(4)), keras.Sequential([L.Dense(2)]), L.Dense(1)]),
    open=of((None, None, 3), L.Conv2D(4, 3), L.MaxPooling2D(), L.GlobalAveragePooling2D()),
    words=of((None,), L.Embedding(20, 3, mask_zero=True), L.Bidirectional(L.LSTM(4))),
    stateful=keras.Sequential([keras.Input(batch_shape=(8, 5, 2)), L.LSTM(3, stateful=True)]),
    in_front=of((3, 8, 8), L.Conv2D(4, 3, data_format=first), L.MaxPooling2D(data_format=first),
                L.GlobalAveragePooling2D(data_format=first)),
    unbuilt=keras.Sequential([L.Dense(3)]),
    unbuilt_inside=keras.Sequential([keras.Sequential([L.Dense(3)]), L.Dense(2)]),
    empty=keras.Sequential(),
)

def build_perceptron():
    models = {name: of((12, 10, 4), layer) for name, layer in pictures.items()}
    models |= {name: of((9, 4), layer) for name, layer in rows.items()}
    models |= {name: of((5,), layer) for name, layer in numbers.items()}
    models |= OTHERS
    shapes = lambda model: [list(one.shape) for one in model.outputs] if model.built else None
    return {name: (model, shapes(model)) for name, model in models.items()}
"""
UNBUILT = {"unbuilt", "unbuilt_inside", "empty"}


@pytest.fixture(scope="module")
def built(sandbox):
    """Models that Keras built in a student box, each with the shapes of its outputs."""
    exercise = Exercise("ex04_perceptron", "", ("build_perceptron",))
    workdir = Workdir(exercise.slug, (StagedCell("the cell", SOURCE),))
    answer = transcript.run(sandbox, exercise, workdir, {}, 1, probe=PROBE).answers[
        "build_perceptron"
    ]
    assert answer.outcome == "returned", answer.error
    assert not any(isinstance(one, str) for one in answer.value.values()), answer.value
    return answer.value


def test_every_allowed_layer_is_measured(built):
    """Each layer that may be rebuilt has a rule, and stands in one of the models below."""
    known = allowlist.LAYERS - {"InputLayer"}
    assert known <= rules._RULES.keys()
    told = str([model.config for model, _ in built.values()])
    assert [name for name in sorted(known) if f"'class_name': '{name}'" not in told] == []


def test_models_are_measured_as_keras_builds_them(built):
    """Parameters and output shapes are those of Keras, for every layer and kind of model."""
    wrong = {}
    for name, (model, outputs) in built.items():
        measured = sizes.measure(validate(model))
        if measured is None:
            wrong |= {} if name in UNBUILT else {name: "not measured"}
            continue
        found = measured.parameters, [list(shape) for shape in measured.outputs]
        wanted = sum(array.size for array in model.weights), outputs
        wrong |= {} if found == wanted else {name: (found, wanted)}
    assert wrong == {}


def test_measuring_costs_next_to_nothing(built):
    """A model of the course's size is validated in a few milliseconds."""
    data = max((model for model, _ in built.values()), key=lambda model: len(str(model.config)))
    times_s = []
    for _ in range(5):
        began_s = time.perf_counter()
        validate(data)
        times_s.append(time.perf_counter() - began_s)
    assert min(times_s) < 0.02


def layer(name, class_name, *given, call=0, **config):
    """A layer of a functional model, called on others by their names."""
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [one, call, 0]}}
               for one in given]  # fmt: skip
    args = [tensors if len(tensors) > 1 else tensors[0]] if tensors else []
    nodes = [{"args": args, "kwargs": {}}] if tensors else []
    told = {"module": "keras.layers", "class_name": class_name, "registered_name": None}
    return {**told, "name": name, "config": config, "inbound_nodes": nodes}


def graph(*layers, name="inner"):
    ends = {
        "input_layers": [[layers[0]["name"], 0, 0]],
        "output_layers": [[layers[-1]["name"], 0, 0]],
    }
    config = {"name": name, "layers": list(layers), **ends}
    return {"module": "keras", "class_name": "Functional", "name": name, "config": config}


def start(*shape, batch=None):
    return layer("start", "InputLayer", batch_shape=[batch, *shape])


def sequence(*layers):
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": list(layers)},
    }


def many(count, class_name, **config):
    return [layer(f"l{n}", class_name, **config) for n in range(count)]


def doubling(class_name, count=40, **config):
    """A chain of layers, each called twice on the one before it."""
    layers = [start(8)]
    for n in range(count):
        before = layers[-1]["name"]
        layers.append(layer(f"l{n}", class_name, before, before, **config))
    return graph(*layers)


def inside_often(depth):
    """A model that calls a model three times, which calls a model three times, and so on."""
    inner = graph(start(4), layer("d", "Activation", "start"))
    for n in range(depth):
        calls = [layer("", "", before)["inbound_nodes"][0] for before in ("start", "part", "part")]
        inner = graph(start(4), {**inner, "name": "part", "inbound_nodes": calls}, name=f"g{n}")
        inner["config"]["output_layers"] = [["part", 3, 0]]
    return inner


def nested(depth):
    inner = sequence(layer("d", "Dense", units=1))
    for _ in range(depth):
        inner = sequence(inner)
    return inner


MILLION = 1_000_000
PARAMETERS, NUMBERS = "may hold 50,000,000 parameters", "may add up to 50,000,000 numbers"
STEPS, CALLS, FIT = "may take 20,000 steps", "may be called 2,000 times", "must fit together"
BOMBS = {
    "dense": (sequence(start(MILLION), layer("d", "Dense", units=MILLION)), PARAMETERS),
    "dense_twice": (sequence(start(9), *many(2, "Dense", units=9 * 10**5)), PARAMETERS),
    "embedding": (
        sequence(start(None), layer("e", "Embedding", input_dim=MILLION, output_dim=MILLION)),
        PARAMETERS,
    ),
    "filters": (
        sequence(start(8, 8, 64), layer("c", "Conv2D", filters=MILLION, kernel_size=[1, 1])),
        PARAMETERS,
    ),
    "filters_few": (
        sequence(start(64, 64, 1), layer("c", "Conv2D", filters=MILLION, kernel_size=1)),
        NUMBERS,
    ),
    "kernel": (
        sequence(start(9, 9, 9), layer("c", "DepthwiseConv2D", kernel_size=[9000, 9000])),
        PARAMETERS,
    ),
    "up_sampling": (sequence(start(1, 1, 1), *many(30, "UpSampling2D", size=[2, 2])), NUMBERS),
    "stretched": (
        sequence(start(4, 4, 1), layer("c", "Conv2DTranspose", filters=1, kernel_size=1,
                                       strides=[MILLION, MILLION])),
        NUMBERS,
    ),
    "repeat": (
        sequence(start(1), layer("r", "RepeatVector", n=MILLION), layer("l", "LSTM", units=1)),
        STEPS,
    ),
    "unrolled": (
        sequence(start(9000, 1), layer("l", "GRU", units=1, unroll=True)), STEPS,
    ),
    "both_ways": (
        sequence(start(9, 9), layer("b", "Bidirectional", layer=layer("l", "LSTM", units=9999))),
        PARAMETERS,
    ),
    "states": (
        sequence(start(1, 1, batch=MILLION), layer("l", "LSTM", units=900, stateful=True)),
        NUMBERS,
    ),
    "padding": (sequence(start(2, 2, 1), layer("z", "ZeroPadding2D", padding=MILLION)), NUMBERS),
    "resizing": (sequence(start(2, 2, 1), layer("z", "Resizing", height=9999, width=9999)), NUMBERS),
    "tokens": (
        sequence(start(100), layer("c", "CategoryEncoding", num_tokens=MILLION)), NUMBERS,
    ),
    "broadcast": (
        graph(start(9999), layer("r", "Reshape", "start", target_shape=[9999, 1]),
              layer("a", "Add", "start", "r")),
        NUMBERS,
    ),
    "outer_product": (
        graph(start(1, 9999), layer("d", "Dot", "start", "start", axes=1)), NUMBERS,
    ),
    "reshape": (
        sequence(start(784), layer("r", "Reshape", target_shape=[MILLION, MILLION])), FIT,
    ),
    "reshape_unknown": (
        sequence(start(None), layer("r", "Reshape", target_shape=[MILLION, MILLION])), NUMBERS,
    ),
    "doubling": (doubling("Concatenate", axis=-1), NUMBERS),
    "doubling_batch": (doubling("Concatenate", axis=0), FIT),
    "doubling_batch_back": (doubling("Concatenate", axis=-2), FIT),
    "called_often": (inside_often(8), CALLS),
    "nested": (nested(40), "must be of ordinary size and depth"),
    "layers": (sequence(start(1), *many(10_000, "Dense", units=1)), "ordinary size|200 layers"),
    "layers_within": (sequence(start(4), *many(190, "Dense", units=9999)), PARAMETERS),
    "outputs_within": (sequence(start(999, 999, 1), *many(190, "ReLU")), NUMBERS),
    "lora": (sequence(start(9), layer("d", "Dense", units=9, lora_rank=MILLION * 9)), "No size"),
    "lora_within": (sequence(start(99), layer("d", "Dense", units=9, lora_rank=MILLION)), PARAMETERS),
    "circle": (graph(start(9), layer("a", "ReLU", "b"), layer("b", "ReLU", "a")), FIT),
    "one_name": (graph(start(9), layer("a", "ReLU", "start"), layer("a", "ReLU", "start")), FIT),
    "from_the_end": (graph(start(9), layer("a", "ReLU", "start", call=-1)), FIT),
    "no_history": (
        graph(start(9), {**layer("a", "Dense", units=9), "inbound_nodes": [{"args": [
            {"class_name": "__keras_tensor__", "config": {"shape": [None, MILLION],
                                                          "keras_history": None}}],
            "kwargs": {}}]}),
        FIT,
    ),
    "old_nodes": (
        graph(start(9), {**layer("a", "ReLU"), "inbound_nodes": [[["start", 0, 0]]]}), FIT,
    ),
    "input_of_its_own": (
        sequence(layer("d", "Dense", units=MILLION, input_shape=[MILLION])), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_on_the_host(name):
    """A config that asks for too much is refused before anything is built, with a sentence."""
    config, told = BOMBS[name]
    times_s = []
    for _ in range(3):
        began_s = time.process_time()
        if told is None:  # it has no size before its inputs are known
            assert validate(ModelData(config, (), None, ()))
            with pytest.raises(ModelError, match=FIT) as caught:
                sizes.measure(config, [(1, 9)])
        else:
            with pytest.raises(ModelError, match=told) as caught:
                validate(ModelData(config, (), None, ()))
        times_s.append(time.process_time() - began_s)
    assert min(times_s) < 0.05
    assert "Received: " in str(caught.value) or "ordinary size" in str(caught.value)


@pytest.mark.parametrize(
    "size", [True, -1, 2.0, 1e300, "9", None, [9], {"value": 9}, [[9, 9], [9, 9]]], ids=str
)
def test_sizes_that_keras_would_read_otherwise_are_refused(size):
    """A size that is no whole number cannot slip past the bounds."""
    for class_name, key in (
        ("Dense", "units"),
        ("Conv2D", "kernel_size"),
        ("ZeroPadding2D", "padding"),
        ("Reshape", "target_shape"),
        ("RepeatVector", "n"),
        ("LSTM", "units"),
    ):
        if (class_name, size) == ("ZeroPadding2D", [[9, 9], [9, 9]]):
            continue
        shape = {"Dense": (9,), "RepeatVector": (9,), "LSTM": (9, 9), "Reshape": (10,)}
        config = sequence(
            start(*shape.get(class_name, (9, 9, 9))),
            layer("l", class_name, **{"filters": 1, "kernel_size": 1, key: size}),
        )
        with pytest.raises(ModelError):
            sizes.measure(config)


def test_weights_must_be_those_of_the_layers(built):
    """Weights of quite another size than the layers are refused: neither can hide the other."""
    data, _ = built["dense"]
    assert validate(data)
    for weights in ((), (np.zeros(5000, "float32"),)):
        large = sequence(start(99), layer("d", "Dense", units=99))
        config = large if not weights else data.config
        with pytest.raises(ModelError, match="must hold the weights that come with it"):
            validate(ModelData(config, weights, None, ()))


def test_a_model_that_its_inputs_would_build_is_measured_with_them(sandbox, tmp_path):
    """An unbuilt model is bounded as soon as there are inputs, and not built where it is too large."""
    server = ModelServer(sandbox, Store(tmp_path))
    try:
        small = sequence(layer("d", "Dense", units=3, activation="linear"))
        large = sequence(*many(2, "Dense", units=90_000))
        x = np.ones((2, 4), "float32")
        model = server.model("small", ModelData(small, (), None, ()))
        assert model.predict(x).shape == (2, 3)
        model = server.model("large", ModelData(large, (), None, ()))
        with pytest.raises(NoEvidence, match=PARAMETERS) as caught:
            model.predict(x)
        assert caught.value.status is Status.ERRORED
    finally:
        server.close()
