"""What ex08_fashion_cnn asks of a submission: data, network, training, and what it confuses.

No step starts from what the submission made of an earlier one: a mistake costs its own task only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

#: At most so many are asked for: the full set needs no more, and the sample may take only seconds.
_EPOCHS = {"full": 12, "sample": 6}
_TRAINING_SHARE = 0.7


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw small images and labels, answers to judge, sizes of layers; pass on the training set."""
    fashion = data["fashion_mnist"]
    count = 2 * int(rng.integers(12, 24)) + 1
    rows = int(rng.integers(51, 69))
    few = rng.permutation(10)[:6]
    while few.max() < 6:  # one that is missing lies between two others
        few = rng.permutation(10)[:6]
    return {
        "images": rng.integers(7, 249, (count, 28, 28)).astype("uint8"),
        "edges": rng.choice([0, 1, 127, 128, 254, 255], (3, 28, 28)).astype("uint8"),
        "dark": rng.integers(20, 121, (2, 28, 28)).astype("uint8"),
        "all_labels": rng.permutation(np.r_[0:10, rng.integers(0, 10, count - 10)]).astype("uint8"),
        "edges_labels": np.array([9, 0, 4], dtype="uint8"),
        "dark_labels": rng.integers(0, 9, 2).astype("uint8"),
        # Small images for the split: each pixel differs from all others, of all images.
        "split_x": np.linspace(0, 1, 4 * rows, dtype="float32").reshape(rows, 2, 2, 1),
        "split_y": np.eye(10, dtype="float32")[rng.integers(0, 10, rows)],
        "seed": int(rng.integers(2**31)),
        "profile": fashion.profile,
        "epochs": _EPOCHS[fashion.profile],
        "train_images": fashion.x_train,
        "train_labels": fashion.y_train,
        "filters": rng.permutation([5, 6, 7, 9, 11])[:3].tolist(),
        "units": rng.permutation([13, 17, 19, 23])[:2].tolist(),
        "answers": _answers(rng, np.arange(10), 400),
        "few_answers": _answers(rng, np.sort(few), 90),
        **_short(rng),
    }


def _answers(rng: np.random.Generator, classes: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Draw labels of some classes, each of another frequency, and answers half of them right."""
    shares = rng.permutation(np.linspace(1, 2, len(classes)))
    labels = np.r_[classes, rng.choice(classes, count, p=shares / shares.sum())]
    guessed = rng.choice(classes[:-1], len(labels))  # one class is never answered wrongly
    predicted = np.where(rng.uniform(size=len(labels)) < 0.5, labels, guessed)
    return {"labels": labels.astype("int64"), "predicted": predicted.astype("int64")}


def _short(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw a training of which the validation loss falls, slower and slower, and then rises.

    A third of the validation labels is wrong: the surer the network becomes, the more they cost.
    """
    looks = rng.integers(0, 2, (10, 28, 28, 1))

    def some(count: int, wrong: float) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.integers(0, 10, count)
        x = 0.4 * looks[labels] + 0.1 * rng.uniform(0, 1, (count, 28, 28, 1))
        told = np.where(rng.uniform(size=count) < wrong, (labels + 1) % 10, labels)
        return x.astype("float32"), np.eye(10, dtype="float32")[told]

    x_train, y_train = some(96, wrong=0.0)
    x_val, y_val = some(91, wrong=0.35)
    return {"short_x": x_train, "short_y": y_train, "held_x": x_val, "held_y": y_val}


def ask_prepare_data(student: Student, inputs: Inputs) -> None:
    """Ask for several sizes, the edges of uint8, images without black or white, missing classes."""
    for images, labels in (
        ("images", "all_labels"),
        ("edges", "edges_labels"),
        ("dark", "dark_labels"),
    ):
        pair = inputs[images], inputs[labels]
        student.attempt("prepare_data", *pair, key=f"prepare_data.{images}")


def ask_split_data(student: Student, inputs: Inputs) -> None:
    """Ask to split images that can be told from each other."""
    student.call("split_data", inputs["split_x"], inputs["split_y"])


def ask_build_cnn(student: Student, inputs: Inputs) -> None:
    """Ask for the untrained network."""
    del inputs
    student.call("build_cnn")


def ask_plot_architecture(student: Student, inputs: Inputs) -> None:
    """Ask for a picture of a network of other layers than those of the text."""
    import keras

    first, second, third = inputs["filters"]
    hidden, outputs = inputs["units"]
    model = keras.Sequential(
        [
            keras.Input(shape=(26, 26, 1)),
            keras.layers.Conv2D(first, 3, activation="relu", name="looking"),
            keras.layers.Conv2D(second, 3, activation="relu", name="looking_again"),
            keras.layers.AveragePooling2D(2, name="shrinking"),
            keras.layers.Conv2D(third, 4, name="looking_closer"),
            keras.layers.Flatten(name="laying_out"),
            keras.layers.Dense(hidden, activation="relu", name="thinking"),
            keras.layers.Dropout(0.2, name="forgetting"),
            keras.layers.Dense(outputs, name="answering"),
        ]
    )
    student.call("plot_architecture", model, _figure=True)


def ask_train(student: Student, inputs: Inputs) -> None:
    """Ask for short trainings, one that stops by itself and one of two epochs, and a real one."""
    import keras

    def linear() -> Any:
        dense = keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros")
        return keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), dense])

    short = tuple(inputs[name] for name in ("short_x", "short_y", "held_x", "held_y"))
    for name, epochs in (("stopped", 40), ("limited", 2)):
        keras.utils.set_random_seed(inputs["seed"])
        folder = f"records/{name}"
        _ask_training(student, name, linear(), short, epochs, folder)
        student.keep(f"train.{name}.record", _scalars(folder))
    x = inputs["train_images"][..., np.newaxis].astype("float32") / 255
    y = np.eye(10, dtype="float32")[inputs["train_labels"]]
    learnt = int(len(x) * _TRAINING_SHARE)
    # The same first weights for every submission; `call` seeds what comes after.
    keras.utils.set_random_seed(inputs["seed"])
    parts = x[:learnt], y[:learnt], x[learnt:], y[learnt:]
    _ask_training(student, "long", _network(), parts, inputs["epochs"], "records/long")


def _ask_training(
    student: Student, name: str, model: Any, parts: tuple[Any, ...], epochs: int, folder: str
) -> None:
    """Ask for one training, and keep the model that came out of it."""
    import keras

    key = f"train.{name}"
    answer = student.attempt("train", model, *parts, epochs=epochs, log_folder=folder, key=key)
    # Whichever model was trained is judged; whether it was the given one is a question of its own.
    trained = answer if isinstance(answer, keras.Model) else getattr(answer, "model", None)
    trained = trained if isinstance(trained, keras.Model) else model
    student.keep(f"{key}.model", trained)
    student.keep(f"{key}.given", trained is model)


def _network() -> Any:
    """Return the network of the text, untrained."""
    import keras

    model = keras.Sequential([keras.Input(shape=(28, 28, 1))])
    for filters in (16, 32, 64):
        model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(keras.layers.MaxPooling2D(2, padding="same"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(64, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def _scalars(folder: str) -> dict[str, dict[str, list[int]]]:
    """Return the steps of each scalar in the event files below `folder`, by run and tag."""
    from tensorboard.backend.event_processing import (  # type: ignore[import-untyped]
        event_accumulator,
    )

    runs = {}
    for place in sorted({path.parent for path in Path(folder).rglob("*tfevents*")}):
        events = event_accumulator.EventAccumulator(str(place), size_guidance={"tensors": 0})
        try:
            events.Reload()
            tags = events.Tags()["tensors"]
            steps = {tag: [int(one.step) for one in events.Tensors(tag)] for tag in tags}
        except Exception:  # noqa: BLE001 - the files may hold anything; these hold no record
            steps = {}
        runs[place.relative_to(folder).as_posix()] = steps
    return runs


def ask_class_report(student: Student, inputs: Inputs) -> None:
    """Ask about answers of all classes, and of six of the ten."""
    for name in ("answers", "few_answers"):
        labels, predicted = inputs[name]["labels"], inputs[name]["predicted"]
        student.attempt("class_report", labels, predicted, key=f"class_report.{name}")


def ask_plot_confusion(student: Student, inputs: Inputs) -> None:
    """Ask for the heat map of the same answers."""
    for name in ("answers", "few_answers"):
        labels, predicted = inputs[name]["labels"], inputs[name]["predicted"]
        key = f"plot_confusion.{name}"
        student.attempt("plot_confusion", labels, predicted, key=key, _figure=True)
