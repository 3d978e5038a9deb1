"""What ex02_regression asks of a submission: data, split, a line, its training, two pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

SEEDS = 20


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw seeds to ask points for, and other lines than the visible one, with their points."""
    del data
    return {
        "seeds": [int(seed) for seed in rng.choice(2**31, SEEDS, replace=False)],
        "split": dict(zip("xy", _points(rng, *_line(rng), 200), strict=True)),
        "train": _training(rng),
        "train_briefly": {
            **dict(zip("xy", _points(rng, *_line(rng), 120), strict=True)),
            "epochs": int(rng.integers(4, 9)),
        },
        "plot_loss": _losses(rng),
        "plot_fit": _fitted(rng),
    }


def _line(rng: np.random.Generator) -> tuple[float, float]:
    slope, intercept = rng.uniform([1.0, 0.5], [2.5, 1.5]) * rng.choice([-1.0, 1.0], 2)
    return float(slope), float(intercept)


def _points(
    rng: np.random.Generator, slope: float, intercept: float, count: int
) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(-2, 2, count)
    return x, slope * x + intercept + rng.normal(0, 0.5 + x**2 / 3)


def _training(rng: np.random.Generator) -> dict[str, Any]:
    """Draw 200 points, 150 of them to train with, and a start near their least-squares line.

    The start is 0.6 to 0.8 off in weight and bias. Every sensible training gets from there to the
    line (Adam's, too), and a model that was not trained stays far off: the optimizer and the
    epochs are checked for themselves.
    """
    x, y = _points(rng, *_line(rng), 200)
    away = rng.uniform(0.6, 0.8, 2) * rng.choice([-1.0, 1.0], 2)
    start = np.polyfit(x[:105], y[:105], 1) + away
    return {"x": x, "y": y, "start": start.astype("float32")}


def _losses(rng: np.random.Generator) -> dict[str, list[float]]:
    count = int(rng.integers(30, 60))
    fall = np.exp(-np.arange(count) / rng.uniform(4, 8))
    losses = {}
    for name in ("loss", "val_loss"):
        curve = rng.uniform(0.5, 1.0) + rng.uniform(4, 9) * fall + rng.uniform(0, 0.1, count)
        losses[name] = [float(value) for value in curve]
    return losses


def _fitted(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw a line, and more points than the exercise has to train with."""
    line = _line(rng)
    x, y = _points(rng, *line, 170)
    return {"x": x, "y": y, "line": np.array(line, "float32")}


def _model(weight: float, bias: float) -> Any:
    """Return the line as a Keras model."""
    import keras

    model = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[weight]]), np.array([bias])])
    return model


def ask_make_data(student: Student, inputs: Inputs) -> None:
    """Ask for the points of every seed, for those of the first one twice, and of none."""
    for place, seed in enumerate(inputs["seeds"]):
        student.call("make_data", seed, key=f"make_data.{place}")
    student.attempt("make_data", inputs["seeds"][0], key="make_data.again")
    student.attempt("make_data", key="make_data.default")


def ask_split_data(student: Student, inputs: Inputs) -> None:
    """Ask for the parts of other points than those of `make_data`."""
    student.call("split_data", inputs["split"]["x"], inputs["split"]["y"])


def ask_build_model(student: Student, inputs: Inputs) -> None:
    """Ask for the untrained model."""
    del inputs
    student.call("build_model")


def ask_train(student: Student, inputs: Inputs) -> None:
    """Have models of the probe's own trained: for as many epochs as the default, and for few."""
    import keras

    briefly = inputs["train_briefly"]
    x, y, epochs = briefly["x"], briefly["y"], briefly["epochs"]
    model = _model(0.0, 0.0)
    student.attempt("train", model, x, y, epochs, key="train.brief_history")
    student.keep("train.brief_model", model)
    asked = inputs["train"]
    model = _model(*asked["start"])
    x_train, y_train = asked["x"][:150], asked["y"][:150]
    value = student.call("train", model, x_train, y_train, key="train.history")
    student.keep("train.model", model)
    # Which model was compiled and fitted, should it be another than the one given.
    fitted = value if isinstance(value, keras.Model) else getattr(value, "model", None)
    student.keep("train.fitted", fitted if isinstance(fitted, keras.Model) else model)


def ask_plot_loss(student: Student, inputs: Inputs) -> None:
    """Ask for the curves of a training that never was."""
    import keras

    history = keras.callbacks.History()
    history.history = {name: list(values) for name, values in inputs["plot_loss"].items()}
    history.epoch = list(range(len(history.history["loss"])))
    history.params = {"verbose": 0, "epochs": len(history.epoch), "steps": 4}
    student.call("plot_loss", history, _figure=True)


def ask_plot_fit(student: Student, inputs: Inputs) -> None:
    """Ask for the picture of a line of the probe's own."""
    asked = inputs["plot_fit"]
    model = _model(*asked["line"])
    student.call("plot_fit", model, asked["x"], asked["y"], _figure=True)
