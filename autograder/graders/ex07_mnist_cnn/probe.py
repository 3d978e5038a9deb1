"""What ex07_mnist_cnn asks of a submission: the data, the network, its inside, its mistakes.

No step starts from what the submission made of an earlier one: a mistake costs its own task only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

_ONE_IN = 12  # 5,000 of 60,000 images are held out for validation


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw small images, filters, answers with mistakes; pass on the training set."""
    mnist = data["mnist"]
    count = int(rng.integers(23, 47))
    shown = rng.permutation(len(mnist.y_train))[:24]
    labels = mnist.y_train[shown]
    return {
        "images": rng.integers(7, 249, (count, 28, 28)).astype("uint8"),
        "edges": rng.choice([0, 1, 127, 128, 254, 255], (3, 28, 28)).astype("uint8"),
        "dark": rng.integers(20, 121, (2, 28, 28)).astype("uint8"),
        "one": rng.integers(0, 256, (1, 28, 28)).astype("uint8"),
        "splits": [*_twelfth(rng), _rows(rng, count, int(rng.integers(5, 12)))],
        "seed": int(rng.integers(2**31)),
        "train_images": mnist.x_train,
        "train_labels": mnist.y_train,
        "held_out": len(mnist.y_train) // _ONE_IN,
        **_filters(rng),
        **_answers(rng),
        "matrices": [
            _matrix(rng, above=True),
            _matrix(rng, above=False, times=400),
            _one_mistake(rng, 9, int(rng.integers(0, 9))),
            _one_mistake(rng, int(rng.integers(0, 9)), 9),
        ],
        "shown_images": mnist.x_train[shown],
        "shown_labels": labels,
        "shown_answers": {
            "some": _mistaken(rng, labels, rng.permutation(np.arange(1, 23))[:4]),
            "first": _mistaken(rng, labels, np.array([0])),
            "last": _mistaken(rng, labels, np.array([23])),
        },
        "stacks": _stacks(rng),
        "kernels": _layers_of_kernels(rng),
    }


# VGG-16, whose parameters everybody can look up.
_VGG16 = [
    *[("conv", 64)] * 2,
    ("pool", 2),
    *[("conv", 128)] * 2,
    ("pool", 2),
    *[("conv", 256)] * 3,
    ("pool", 2),
    *[("conv", 512)] * 3,
    ("pool", 2),
    *[("conv", 512)] * 3,
    ("pool", 2),
    *[("dense", 4096)] * 2,
    ("dense", 1000),
]


def _stacks(rng: np.random.Generator) -> list[tuple[list[tuple[str, int]], tuple[int, int, int]]]:
    """Draw (layers, input shape): VGG-16, networks of all sizes, and one that nothing can hold."""
    one, two, three, four = rng.integers(3, 40, 4).tolist()
    side = int(rng.integers(5, 9)) * 12
    return [
        ([("conv", one)], (28, 28, 1)),
        ([("dense", two)], (5, 7, 3)),
        ([("conv", one), ("conv", two), ("pool", 2)], (side, side, 3)),
        ([("pool", 3), ("dense", three), ("dense", four)], (side + 1, side - 1, 2)),
        ([("conv", two), ("pool", 2), ("pool", 2), ("dense", four)], (side + 3, 27, 4)),
        (list(_VGG16), (224, 224, 3)),
        ([("conv", 9_000_000), ("conv", 8_000_000), ("dense", 7_000_000)], (4, 4, 3)),
    ]


def _layers_of_kernels(rng: np.random.Generator) -> list[list[np.ndarray]]:
    """Draw kernels and biases of layers of 11 and of 20 filters, and take the first 5 of these."""
    drawn = [_kernels(rng, count) for count in (11, 20)]
    return [*drawn, [array[..., :5] for array in drawn[1]]]


def _kernels(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Draw kernels and biases of a layer: some strong, some weak, none alike from two sides."""
    strengths = rng.permutation(np.linspace(0.2, 1, count))
    kernels = rng.uniform(0.1, 1, (3, 3, 1, count)) * rng.choice([-1, 1], (3, 3, 1, count))
    kernels *= strengths / np.abs(kernels).max(axis=(0, 1, 2))
    return [kernels.astype("float32"), np.full(count, 3, "float32")]


def _rows(rng: np.random.Generator, count: int, held_out: int) -> dict[str, Any]:
    """Draw prepared images and labels to split; no two images are alike."""
    x = rng.uniform(0, 1, (count, 28, 28, 1)).astype("float32")
    return {"x": x, "y": rng.integers(0, 10, count).astype("uint8"), "held_out": held_out}


def _twelfth(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Draw rows of which a twelfth is held out, and hold out one of them, or all but one."""
    rows = _rows(rng, 36, 3)
    return [rows, {**rows, "held_out": 1}, {**rows, "held_out": 35}]


def _filters(rng: np.random.Generator) -> dict[str, Any]:
    """Draw images, and both layers' filters: about half of what they give is below 0."""
    shapes = (3, 3, 1, 64), (64,), (3, 3, 64, 128), (128,)
    arrays = [
        rng.normal(0, scale, shape).astype("float32")
        for scale, shape in zip((0.4, 0.3, 0.06, 0.3), shapes, strict=True)
    ]
    return {"filters": arrays, "seen": rng.uniform(0, 1, (3, 28, 28, 1)).astype("float32")}


def _mistaken(rng: np.random.Generator, labels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return answers that are right except at `places`."""
    answers = labels.astype("int64")
    answers[places] = (answers[places] + rng.integers(1, 10, len(places))) % 10
    return answers


def _answers(rng: np.random.Generator) -> dict[str, Any]:
    """Draw labels and answers: one set with every digit, one where some digits are missing."""
    every = rng.permutation(np.r_[0:10, rng.integers(0, 10, 190)])
    some = rng.permutation(9)[:6]  # 9 is always missing
    while some.max() < 6:  # and one between two others
        some = rng.permutation(9)[:6]
    few = rng.choice(some, 61)
    # One mistake more often than 16 bits can count.
    often = rng.permutation(10)[:2]
    many = np.r_[np.full(66_000, often[0]), rng.integers(0, 10, 500)]
    wrong = rng.permutation(200)[:60]
    taken_for = rng.permutation(few)
    return {
        "every_labels": every.astype("uint8"),
        "every_answers": _mistaken(rng, every, wrong),
        "many_labels": many.astype("uint8"),
        "many_answers": np.r_[np.full(66_000, often[1]), rng.integers(0, 10, 500)],
        "few_labels": few.astype("uint8"),
        "few_answers": np.where(rng.uniform(0, 1, 61) < 0.6, few, taken_for).astype("int64"),
    }


def _matrix(rng: np.random.Generator, *, above: bool, times: int = 1) -> np.ndarray:
    """Draw counts in which one mistake is the most frequent, and others look as if they were.

    Args:
        rng: Where they are drawn from.
        above: The most frequent mistake stands above the diagonal, else below.
        times: What all counts are multiplied by.
    """
    matrix = rng.integers(0, 6, (10, 10))
    np.fill_diagonal(matrix, rng.integers(60, 120, 10))
    digits = rng.permutation(10)
    true, predicted = sorted(digits[:2], reverse=not above)
    one, other, hard, rare = digits[2:6]
    matrix[true, predicted] = 31
    matrix[one, other] = matrix[other, one] = 24  # the most in sum of both ways
    matrix[hard, hard] = 12  # the digit with the lowest recall is none of these
    matrix[hard, one] = 26  # the largest share of a row
    matrix[other, rare], matrix[rare, rare] = 27, 14  # the largest share of a column
    return matrix * times


def _one_mistake(rng: np.random.Generator, true: int, predicted: int) -> np.ndarray:
    """Draw counts in which one image was read wrong; two digits were read right as rarely."""
    matrix = np.diag(rng.integers(2, 9, 10))
    matrix[[0, 9], [0, 9]] = 1  # the first place and the last one
    matrix[true, predicted] = 1
    return matrix


def _network() -> Any:
    """Return the network that was asked for, untrained."""
    import keras

    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(128, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def ask_prepare_images(student: Student, inputs: Inputs) -> None:
    """Ask for several sizes, the edges of uint8, and images without black or white."""
    for name in ("images", "edges", "dark", "one"):
        student.attempt("prepare_images", inputs[name], key=f"prepare_images.{name}")


def ask_split_data(student: Student, inputs: Inputs) -> None:
    """Ask for a twelfth of some rows, and for another share of others."""
    for place, rows in enumerate(inputs["splits"]):
        asked = rows["x"], rows["y"], rows["held_out"]
        student.attempt("split_data", *asked, key=f"split_data.{place}")


def ask_build_cnn(student: Student, inputs: Inputs) -> None:
    """Ask for the untrained network."""
    del inputs
    student.call("build_cnn")


def ask_train(student: Student, inputs: Inputs) -> None:
    """Ask to train the network that was asked for, on the training set, well prepared."""
    import keras

    # The same first weights for every submission; `call` seeds what comes after.
    keras.utils.set_random_seed(inputs["seed"])
    model = _network()
    x = inputs["train_images"][..., None].astype("float32") / 255
    y = inputs["train_labels"]
    cut = len(y) - inputs["held_out"]
    answer = student.call("train", model, x[:cut], y[:cut], x[cut:], y[cut:])
    # Whichever model was trained is judged; whether it was the given one is a question of its own.
    trained = answer if isinstance(answer, keras.Model) else getattr(answer, "model", None)
    trained = trained if isinstance(trained, keras.Model) else model
    student.keep("train.model", trained)
    student.keep("train.given", trained is model)


def _own_network(student: Student, model: Any, images: np.ndarray) -> Any:
    """Return the submission's own network with the weights of `model`, or `model` where it differs.

    Some choose layers by their place: it is another in a Functional model than in a Sequential one.
    """
    import keras

    own = student.attempt("build_cnn", key="feature_maps.network")
    try:
        own.set_weights(model.get_weights())
        same = own.input_shape == model.input_shape
        same = same and np.allclose(own(images), model(images), atol=1e-5)
        same = same and all(
            layer.activation is keras.activations.relu
            for layer in own.layers
            if isinstance(layer, keras.layers.Conv2D)
        )
    except Exception:  # noqa: BLE001 - a network of any other kind will not do
        return model
    return own if same else model


def ask_count_parameters(student: Student, inputs: Inputs) -> None:
    """Ask for networks of all sizes."""
    for place, (layers, shape) in enumerate(inputs["stacks"]):
        student.attempt("count_parameters", layers, shape, key=f"count_parameters.{place}")


def ask_draw_kernels(student: Student, inputs: Inputs) -> None:
    """Ask for pictures of a Sequential network and of Functional ones, with few filters each."""
    import keras

    for place, arrays in enumerate(inputs["kernels"]):
        layer = keras.layers.Conv2D(len(arrays[1]), 3, activation="relu")
        rest = [keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(10)]
        signal = image = keras.Input(shape=(28, 28, 1))
        if place:
            for one in (keras.layers.MaxPooling2D(2), layer, *rest):
                signal = one(signal)
            model = keras.Model(image, signal)
        else:
            model = keras.Sequential([image, layer, *rest])
        layer.set_weights(arrays)
        student.attempt("draw_kernels", model, key=f"draw_kernels.{place}", _figure=True)
        left = np.concatenate([one.ravel() for one in layer.get_weights()])
        student.keep(f"draw_kernels.{place}.left", left)


def ask_feature_maps(student: Student, inputs: Inputs) -> None:
    """Ask for the maps of a network with drawn filters."""
    model = _network()
    model.set_weights([*inputs["filters"], *model.get_weights()[4:]])
    model = _own_network(student, model, inputs["seen"])
    student.call("feature_maps", model, inputs["seen"])


def ask_confusion(student: Student, inputs: Inputs) -> None:
    """Ask for answers with every digit, for some with digits missing, and for very many."""
    every = inputs["every_labels"], inputs["every_answers"]
    few = inputs["few_labels"], inputs["few_answers"]
    many = inputs["many_labels"], inputs["many_answers"]
    student.attempt("confusion", *every, key="confusion.every")
    student.attempt("confusion", *few, key="confusion.few")
    student.attempt("confusion", *many, key="confusion.many")


def ask_per_class_recall(student: Student, inputs: Inputs) -> None:
    """Ask for the recalls of given matrices."""
    for place, matrix in enumerate(inputs["matrices"]):
        student.attempt("per_class_recall", matrix, key=f"per_class_recall.{place}")


def ask_most_confused(student: Student, inputs: Inputs) -> None:
    """Ask for the most frequent mistake of given matrices."""
    for place, matrix in enumerate(inputs["matrices"]):
        student.attempt("most_confused", matrix, key=f"most_confused.{place}")


def ask_plot_misclassified(student: Student, inputs: Inputs) -> None:
    """Ask for the picture of a mistake among real digits: of several, and of one at either end."""
    for name, answers in inputs["shown_answers"].items():
        shown = inputs["shown_images"], inputs["shown_labels"], answers
        student.attempt(
            "plot_misclassified", *shown, key=f"plot_misclassified.{name}", _figure=True
        )
