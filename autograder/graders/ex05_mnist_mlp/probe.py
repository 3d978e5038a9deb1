"""What ex05_mnist_mlp asks of a submission: each step of a classification, one by one.

No step starts from what the submission made of an earlier one: a mistake costs its own task only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

#: The network that is asked for: the units of its layers, on 784 inputs.
_WIDTHS = 512, 512, 10
_CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw small images and labels, curves, and a model to evaluate; pass on the training set."""
    mnist = data["mnist"]
    count = 2 * int(rng.integers(12, 24)) + 1
    shown = rng.permutation(len(mnist.y_train))[:20]
    return {
        "images": rng.integers(7, 249, (count, 28, 28)).astype("uint8"),
        "facts": [_described(rng, labels) for labels in ("uint8", "int64")],
        # Digits are missing, and 9 is always one of them.
        "few_labels": rng.choice(rng.permutation(9)[:6], count).astype("uint8"),
        "all_labels": rng.permutation(np.r_[0:10, rng.integers(0, 10, count)]).astype("uint8"),
        "edges": rng.choice([0, 1, 127, 128, 254, 255], (3, 28, 28)).astype("uint8"),
        "dark": rng.integers(20, 121, (2, 28, 28)).astype("uint8"),
        "one": rng.integers(0, 256, (1, 28, 28)).astype("uint8"),
        "shown_images": mnist.x_train[shown],
        "shown_labels": mnist.y_train[shown],
        "seed": int(rng.integers(2**31)),
        "widths": list(_WIDTHS),
        "train_images": mnist.x_train,
        "train_labels": mnist.y_train,
        "curves": {name: np.sort(rng.uniform(0.05, 0.95, 7)).tolist() for name in _CURVES},
        **_judged(rng),
    }


def _described(rng: np.random.Generator, labels: str) -> dict[str, Any]:
    """Draw images, and labels of a type; one pixel is the least, another the most.

    Neither is in the first image or the last, in the first row or the first column.
    """
    count = int(rng.integers(25, 50))
    images = rng.integers(20, 230, (count, 28, 28)).astype("uint8")
    low, high = rng.permutation(np.arange(1, count - 1))[:2]
    rows, columns = rng.integers(1, 27, (2, 2))
    images[low, rows[0], columns[0]] = rng.integers(1, 20)
    images[high, rows[1], columns[1]] = rng.integers(230, 255)
    digits = rng.choice(rng.permutation(9)[:6], count)
    return {"images": images, "labels": digits.astype(labels)}


def _judged(rng: np.random.Generator) -> dict[str, Any]:
    """Draw a one-layer model, and images on which about half of its answers are right."""
    kernel = rng.normal(0, 0.2, (784, 10)).astype("float32")
    x = rng.uniform(0, 1, (141, 784)).astype("float32")
    best = (x @ kernel).argmax(axis=1)
    labels = np.where(rng.uniform(0, 1, 141) < 0.6, best, rng.integers(0, 10, 141))
    return {"kernel": kernel, "judged_x": x, "judged_y": np.eye(10, dtype="float32")[labels]}


def ask_inspect_data(student: Student, inputs: Inputs) -> None:
    """Ask for the facts about images, with digits missing, and labels of two types."""
    for place, given in enumerate(inputs["facts"]):
        asked = given["images"], given["labels"]
        student.attempt("inspect_data", *asked, key=f"inspect_data.{place}")


def ask_plot_digits(student: Student, inputs: Inputs) -> None:
    """Ask for the grid of real digits, of more than it has room for and of just as many."""
    for place, count in enumerate((20, 16)):
        shown = inputs["shown_images"][:count], inputs["shown_labels"][:count]
        student.call("plot_digits", *shown, key=f"plot_digits.{place}", _figure=True)


def ask_prepare_images(student: Student, inputs: Inputs) -> None:
    """Ask for several sizes, the edges of uint8, and images without black or white."""
    for name in ("images", "edges", "dark", "one"):
        student.attempt("prepare_images", inputs[name], key=f"prepare_images.{name}")


def ask_prepare_labels(student: Student, inputs: Inputs) -> None:
    """Ask for labels with every digit, with some digits, with one label only."""
    student.attempt("prepare_labels", inputs["all_labels"], key="prepare_labels.all")
    student.attempt("prepare_labels", inputs["few_labels"], key="prepare_labels.few")
    student.attempt("prepare_labels", inputs["few_labels"][:1], key="prepare_labels.one")


def ask_build_model(student: Student, inputs: Inputs) -> None:
    """Ask for the untrained network."""
    del inputs
    student.call("build_model")


def ask_train(student: Student, inputs: Inputs) -> None:
    """Ask to train the network that was asked for, on the training set, well prepared."""
    import keras

    # The same first weights for every submission; `call` seeds what comes after.
    keras.utils.set_random_seed(inputs["seed"])
    *hidden, digits = inputs["widths"]
    model = keras.Sequential(
        [
            keras.Input(shape=(784,)),
            *(keras.layers.Dense(units, activation="relu") for units in hidden),
            keras.layers.Dense(digits, activation="softmax"),
        ]
    )
    x = inputs["train_images"].reshape(-1, 784).astype("float32") / 255
    y = np.eye(10, dtype="float32")[inputs["train_labels"]]
    answer = student.call("train", model, x, y)
    # Whichever model was trained is judged; whether it was the given one is a question of its own.
    trained = answer if isinstance(answer, keras.Model) else getattr(answer, "model", None)
    trained = trained if isinstance(trained, keras.Model) else model
    student.keep("train.model", trained)
    student.keep("train.given", trained is model)


def ask_plot_history(student: Student, inputs: Inputs) -> None:
    """Ask for the learning curves of a history of the probe's own."""
    import keras

    history = keras.callbacks.History()
    history.history = {name: list(values) for name, values in inputs["curves"].items()}
    history.epoch = list(range(len(inputs["curves"]["loss"])))
    student.call("plot_history", history, _figure=True)


def ask_evaluate(student: Student, inputs: Inputs) -> None:
    """Ask for loss and accuracy of a model of the probe's own."""
    import keras

    dense = keras.layers.Dense(10, activation="softmax", use_bias=False)
    model = keras.Sequential([keras.Input(shape=(784,)), dense])
    model.set_weights([inputs["kernel"]])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    student.call("evaluate", model, inputs["judged_x"], inputs["judged_y"])
