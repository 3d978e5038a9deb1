"""What the commonest mistakes raise, in Keras, NumPy, Pillow and Python, is told in plain words.

Each mistake is made for real: where a library words its exception anew, a test fails here.
"""

import importlib.util
import sys

import pytest
from repository import ROOT

PATH = ROOT / "exercises" / "course_checks" / "reasons.py"
SETUP = """
import keras, numpy as np
from keras import layers
from keras.layers import Dense
from PIL import Image, ImageFilter
def model_of(units=1, **settings):
    model = keras.Sequential([keras.Input((4,)), Dense(units, **settings)])
    model.compile(loss="mse", optimizer="sgd")
    return model
x, y = np.zeros((6, 4), "float32"), np.zeros((6, 1), "float32")
def nothing(): pass
def two(a, b): return a
"""
#: A line that a student writes, and how the rule begins.
MISTAKES = [
    ("keras.Sequential(keras.Input((4,)), Dense(1))", "`keras.Sequential` takes one list"),
    ("keras.Sequential([keras.Input((4,)), Dense])", "A `Sequential` list holds layers"),
    ("keras.Sequential([keras.Input((4,)), Dense(1)()])", "A layer that is called is called on"),
    ("Dense(keras.Input((4,)))", "A layer is first made"),
    ("i = keras.Input((4,)); keras.Model(i, Dense(1))", "In a functional model layers are called"),
    (
        "i, j = keras.Input((4,)), keras.Input((4,)); keras.Model(i, Dense(1)(j))",
        "The path from a model's inputs",
    ),
    ("keras.Input(shape=4)", "A shape is a tuple"),
    ("keras.Sequential([keras.Input((6, 4)), Dense(1)])(x)", "`keras.Input` is given the shape"),
    (
        "keras.Sequential([keras.Input((9, 9, 1)), layers.MaxPooling2D(9), layers.Conv2D(1, 3)])",
        "A kernel or a pooling window must fit",
    ),
    ("keras.Sequential([keras.Input((9, 9)), layers.Conv2D(1, 3)])", "A `Conv2D` layer takes"),
    ("model_of()(np.zeros((6, 5)))", "A layer takes as many values"),
    ("model_of().predict(np.zeros((6, 2, 5)), verbose=0)", "The input has the shape"),
    (
        "i = keras.Input((4, 4)); keras.Model(i, layers.Flatten()(i))(np.zeros((6, 5, 5)))",
        "The input has the shape",
    ),
    (
        "keras.Sequential([keras.Input((1, 28, 28)), layers.Conv2D(4, 3)])",
        "An image has the shape (height, width, channels)",
    ),
    (
        "m = keras.Sequential([keras.Input((4,)), Dense(1)]); m.fit(x, y)",
        "A model is compiled before",
    ),
    ("keras.Sequential([Dense(1)]).get_weights()[0]", "Places are counted from 0"),
    ("Dense()", "A `Dense` layer is told"),
    ('Dense(1, activatoin="relu")', "A layer takes the arguments"),
    ('Dense(1, activation="rellu")', "Keras knows an activation"),
    ("keras.optimizers.SGD(lr=0.1)", "The step of an optimizer"),
    ("model_of().fit(x, y, epoch=3)", "A method takes the arguments"),
    ("model_of().fit(x, y[:3])", "Inputs and targets have the same number"),
    ("np.log(keras.Input((4,)))", "What `keras.Input` gives stands for"),
    (
        "m = keras.Sequential([keras.Input((4,)), Dense(1)]); m.compile('sgd'); m.fit(x, y)",
        "A training needs a loss",
    ),
    ("model_of().save('model')", "Keras tells a file's format"),
    ("model_of().set_weights([np.zeros((3, 1)), np.zeros(1)])", "Weights are set in the shapes"),
    (
        "kernel, bias = keras.Sequential([keras.Input((4,)), Dense(2), Dense(1)]).get_weights()",
        "`get_weights()` gives a kernel and a bias",
    ),
    ("a, b = 1, 2, 3", "As many names stand left"),
    ("nothing().shape", "`None` is nothing, so it has no"),
    ("nothing() + 1", "`None` is nothing: it cannot"),
    ("print(nowhere)", "A name is given a value"),
    ("keras.layers.Dens(1)", "A module has only what is defined"),
    ("[1, 2].shape", "A list is no array"),
    ("keras()", "A module is no function"),
    ("{'loss': 1}['val_loss']", "A history holds validation values"),
    ("{'loss': 1}['accuracy']", "A dictionary is asked"),
    ("np.zeros(3) + np.zeros(4)", "Arrays are combined value by value"),
    ("np.zeros((2, 3)) @ np.zeros((2, 3))", "A matrix product needs"),
    ("np.zeros((2, 3)).reshape(5)", "Reshaping keeps"),
    ("1 if np.zeros(3) > 0 else 0", "`if`, `and`, `or` and `not` take one"),
    ("np.zeros(3)[3]", "Places are counted from 0"),
    ("np.zeros(3)[0, 0]", "An array has one index for each"),
    ("[1][1]", "Places are counted from 0"),
    ("np.zeros(3)[0.5]", "A place in an array is a whole number"),
    ("float(np.zeros(3))", "`float` and `int` take one number"),
    ("two(1)", "A function is called with the arguments"),
    ("two(1, 2, c=3)", "A function is called with the arguments"),
    ("'1' + 1", "An operator needs two values"),
    ("(3)(4)", "Round brackets call a function"),
    ("(3)[0]", "Square brackets pick a part"),
    ("1 / 0", "Nothing is divided by zero"),
    ("open('no such file')", "A file is opened under the path"),
    (
        "Image.new('L', (9, 9)).filter(ImageFilter.Kernel((3, 3), np.ones((3, 3)), 9, 0))",
        "Pillow takes a kernel as one row",
    ),
]


@pytest.fixture(scope="module")
def reason_of():
    """As students have it, beside their exercises."""
    spec = importlib.util.spec_from_file_location("reasons_of_students", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it
    spec.loader.exec_module(module)
    yield module.reason_of
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def names():
    """What stands above the line."""
    made = {}
    exec(SETUP, made)
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("line", "rule"), MISTAKES, ids=[line[:50] for line, _ in MISTAKES])
def test_a_mistake_is_told_in_plain_words(line, rule, reason_of, names, tmp_path, monkeypatch):
    """The rule belongs to the mistake, and a next step stands with it, with nothing left blank."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception) as raised:
        exec(line, dict(names))
    told = reason_of(f"{type(raised.value).__name__}: {raised.value}", line)
    assert told is not None, raised.value
    assert told[0].startswith(rule), (told, raised.value)
    assert told[1].endswith(".") and "``" not in told[1], told
