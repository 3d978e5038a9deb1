"""The facts of the course: parameter counts, layer tables, splits, and what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from repository import COURSE

from autograder.authoring.measure import measured_values

# Builds with every reference solution, in one process of its own: the host imports no Keras.
BUILD = """
import json
import sys

import numpy as np


def load(path):
    names = {"__name__": "solution"}
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), names)
    return names


def told(model):
    kinds = [type(layer).__name__ for layer in model.layers]
    shapes = [list(layer.output.shape[1:]) for layer in model.layers]
    counts = [layer.count_params() for layer in model.layers]
    return {"layers": list(zip(kinds, shapes, counts)), "parameters": model.count_params()}


def keras_counts():
    import keras

    model = keras.Sequential([
        keras.Input(shape=(28, 28, 1)),
        keras.layers.Conv2D(64, 3, padding="same"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(128),
        keras.layers.Dense(10),
    ])
    return [layer.count_params() for layer in model.layers if type(layer).__name__ != "Flatten"]


paths = json.loads(sys.argv[1])
solution = {slug: load(path) for slug, path in paths.items()}
models = {
    "dense": solution["ex01_keras_models"]["build_dense"](),
    "sequential": solution["ex01_keras_models"]["build_sequential"](),
    "functional": solution["ex01_keras_models"]["build_functional"](),
    "stack": solution["ex01_keras_models"]["build_conv_stack"](),
    "tickets": solution["ex01_keras_models"]["build_ticket_model"](),
    "line": solution["ex02_regression"]["build_model"](),
    "perceptron": solution["ex04_perceptron"]["build_perceptron"](),
    "xor": solution["ex04_perceptron"]["build_xor_network"](),
    "mlp": solution["ex05_mnist_mlp"]["build_model"](),
    "cnn": solution["ex07_mnist_cnn"]["build_cnn"](),
    "fashion": solution["ex08_fashion_cnn"]["build_cnn"](),
}
rows = np.arange(60_000)
x, y = solution["ex02_regression"]["make_data"](0)
parts = {
    "points": solution["ex02_regression"]["split_data"](x, y),
    "digits": solution["ex07_mnist_cnn"]["split_data"](rows, rows, 5000),
    "clothes": solution["ex08_fashion_cnn"]["split_data"](rows, rows),
}
print(json.dumps({
    "models": {name: told(model) for name, model in models.items()},
    "splits": {name: [len(part) for part in found] for name, found in parts.items()},
    "formula": solution["ex01_keras_models"]["dense_parameters"](512, 16),
    "vgg16": solution["ex07_mnist_cnn"]["count_parameters"](
        solution["ex07_mnist_cnn"]["VGG16"], (224, 224, 3)
    ),
    "counted": solution["ex07_mnist_cnn"]["count_parameters"](
        [("conv", 64), ("pool", 2), ("dense", 128), ("dense", 10)], (28, 28, 1)
    ),
    "built": keras_counts(),
}))
"""


@pytest.fixture(scope="module")
def facts():
    """What the reference solutions build and split."""
    paths = json.dumps({slug: str(COURSE.solution(slug)) for slug in COURSE.slugs})
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    env["MPLBACKEND"] = "Agg"
    argv = [sys.executable, "-c", BUILD, paths]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("dense", 8_208),
        ("sequential", 8_598),
        ("functional", 8_598),
        ("stack", 11_680),
        ("tickets", 1_392_097),
        ("line", 2),
        ("perceptron", 3),
        ("xor", 9),
        ("mlp", 669_706),
        ("cnn", 493_130),
        ("fashion", 89_546),
    ],
)
def test_models_have_the_courses_parameters(facts, name, parameters):
    """Each model of the course has as many parameters as the course says."""
    assert facts["models"][name]["parameters"] == parameters


def test_the_formula_of_a_dense_layer(facts):
    """16 units on 512 inputs: 8,208, by the formula as by Keras."""
    assert facts["formula"] == 8_208


def test_vgg16_has_138_million_parameters(facts):
    """The course's list of VGG-16 has 16 layers with weights and 138,357,544 parameters."""
    assert sum(count > 0 for count in facts["vgg16"]) == 16
    assert sum(facts["vgg16"]) == 138_357_544


def test_parameters_are_counted_as_keras_counts_them(facts):
    """Counted from a list, each layer has as many parameters as when Keras builds it."""
    assert facts["counted"] == facts["built"]


def test_the_network_for_digits_has_its_layer_table(facts):
    """Layers, shapes and parameters of the CNN for MNIST are those that the course prints."""
    assert facts["models"]["cnn"]["layers"] == [
        ["Conv2D", [26, 26, 64], 640],
        ["MaxPooling2D", [13, 13, 64], 0],
        ["Conv2D", [11, 11, 128], 73_856],
        ["MaxPooling2D", [5, 5, 128], 0],
        ["Flatten", [3200], 0],
        ["Dense", [128], 409_728],
        ["Dense", [64], 8_256],
        ["Dense", [10], 650],
    ]


def test_the_network_for_clothes_has_its_layer_table(facts):
    """Layers, shapes and parameters of the CNN for Fashion-MNIST are those of the course."""
    assert facts["models"]["fashion"]["layers"] == [
        ["Conv2D", [28, 28, 16], 160],
        ["MaxPooling2D", [14, 14, 16], 0],
        ["Conv2D", [14, 14, 32], 4_640],
        ["MaxPooling2D", [7, 7, 32], 0],
        ["Conv2D", [7, 7, 64], 18_496],
        ["MaxPooling2D", [4, 4, 64], 0],
        ["Flatten", [1024], 0],
        ["Dense", [64], 65_600],
        ["Dense", [10], 650],
    ]


def test_splits_are_those_of_the_course(facts):
    """150 and 50 points, 55,000 and 5,000 digits, 42,000 and 18,000 pictures of clothes."""
    assert facts["splits"] == {
        "points": [150, 150, 50, 50],
        "digits": [55_000, 55_000, 5_000, 5_000],
        "clothes": [42_000, 18_000, 42_000, 18_000],
    }


@pytest.mark.parametrize(
    ("slug", "least"),
    [("ex05_mnist_mlp", 0.975), ("ex07_mnist_cnn", 0.985), ("ex08_fashion_cnn", 0.89)],
)
def test_solutions_reach_the_courses_accuracy_on_the_full_data(slug, least):
    """As kept with its seeds, the mean accuracy of the reference solution is the course's."""
    record = COURSE.folder(slug).calibration()["profiles"]["full"]
    measured = measured_values(record["solution"])
    assert sum(measured) / len(measured) >= least


@pytest.mark.parametrize(
    ("slug", "numbers"),
    [
        ("ex01_keras_models", ("8,208", "1,392,097")),
        ("ex02_regression", ("150", "50", "1.726", "0.84")),
        ("ex04_perceptron", ("3 parameters", "9 parameters")),
        ("ex05_mnist_mlp", ("669,706",)),
        (
            "ex07_mnist_cnn",
            ("640", "73,856", "409,728", "8,256", "650", "493,130", "55,000", "5,000"),
        ),
        ("ex08_fashion_cnn", ("160", "4,640", "18,496", "89,546", "42,000", "18,000")),
    ],
)
def test_notebooks_tell_the_facts(slug, numbers):
    """A learner reads the numbers in the released text itself."""
    cells = json.loads(COURSE.notebook(slug).read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    assert [number for number in numbers if number not in text] == []
