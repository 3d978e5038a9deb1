"""What ex03_persistence asks of a submission: files to write, to read, and to go on from.

Files do not cross to the host. So what a submission wrote is read here, with Keras and with
TensorBoard's own loader, and recorded as models and as facts. What a submission is to
read is written here, from weights that were drawn on the host.

No training starts from what a submission made earlier. All points fit into one batch, so that each
epoch is one step over all of them, which can be computed anywhere. The state of model and optimizer
is noted before and after each `fit`: so it can be told what a training started from, apart from how
it went on.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.guest.probing import Datasets, Inputs, Student

#: Facts of so many files or series are enough to judge; a submission may write more.
_MOST = 60


def draw(rng: np.random.Generator, data: Datasets) -> dict[str, Any]:
    """Draw networks to save and to load, and lines with their points, to train and to resume."""
    del data
    done = int(rng.integers(2, 4))
    drawn: dict[str, Any] = {
        "save": _network(rng),
        "load": _network(rng),
        "checkpoints": _uneven(rng),
        "rebuild": _both_signs(rng),
        "resume": {
            **_training(rng, epochs=2 * done + int(rng.integers(2, 5))),
            "done": done,
            "steps": done,
        },
        "board": _uneven(rng),
        "load_other": _network(rng),
        "many": _many(rng),
    }
    # A network from another file is one mistake: how it was compiled is asked in another check.
    drawn["load_other"]["learning_rate"] = drawn["load"]["learning_rate"]
    return drawn


def _many(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw more points than one batch holds, and than the text's own example has."""
    x, noise = rng.uniform(-2, 2, (2, int(rng.integers(210, 290))))
    return {"x": x, "y": 2 * x - noise}


def _both_signs(rng: np.random.Generator) -> np.ndarray:
    """Return two lines, weight and bias; each of the two numbers is above 0 in one line alone."""
    sizes, signs = rng.uniform(0.5, 3, (2, 2)), rng.choice([-1.0, 1.0], (2, 2))
    lines: np.ndarray = sizes * np.stack([signs[0], -signs[0]])
    return lines


def _word(rng: np.random.Generator) -> str:
    return "".join(chr(97 + letter) for letter in rng.integers(0, 26, 6))


def _network(rng: np.random.Generator) -> dict[str, Any]:
    """Draw a network of two layers, as if it had been trained with momentum for some steps."""
    sizes = [int(size) for size in (*rng.integers(2, 8, 2), rng.integers(1, 4))]
    shapes = [shape for pair in itertools.pairwise(sizes) for shape in (pair, pair[1:])]
    return {
        "folder": _word(rng),
        "name": _word(rng).title(),  # small letters and a large one
        "weights": [rng.normal(0, 1, shape).astype("float32") for shape in shapes],
        "velocity": [rng.normal(0, 0.1, shape).astype("float32") for shape in shapes],
        "steps": int(rng.integers(20, 900)),
        "learning_rate": round(float(rng.uniform(0.002, 0.05)), 4),
        "momentum": 0.9,
        "x": rng.uniform(-2, 2, (9, sizes[0])).astype("float32"),
    }


def _training(rng: np.random.Generator, epochs: int) -> dict[str, Any]:
    """Draw points around a line, and a start away from it, at which some steps were made."""
    count = int(rng.integers(22, 31))
    x = rng.uniform(-2, 2, count)
    line = rng.uniform(0.5, 2.5, 2) * rng.choice([-1.0, 1.0], 2)
    return {
        "folder": _word(rng),
        "x": x,
        "y": line[0] * x + line[1] + rng.normal(0, 0.3, count),
        "start": line + rng.uniform(1, 2, 2) * rng.choice([-1.0, 1.0], 2),
        "velocity": rng.uniform(0.2, 0.6, 2) * rng.choice([-1.0, 1.0], 2),
        "steps": int(rng.integers(20, 900)),
        "learning_rate": round(float(rng.uniform(0.05, 0.08)), 4),
        "momentum": 0.8,
        "epochs": epochs,
    }


def _uneven(rng: np.random.Generator) -> dict[str, Any]:
    """Draw a training whose loss falls, and then rises for some epochs: not each is the best.

    Some of its epochs have a number of two digits.
    """
    while True:
        asked = _training(rng, epochs=int(rng.integers(11, 14)))
        asked |= {"learning_rate": round(float(rng.uniform(0.15, 0.25)), 4), "momentum": 0.9}
        line, velocity = asked["start"], asked["velocity"]
        inputs = np.column_stack([asked["x"], np.ones_like(asked["x"])])
        losses = []
        for _ in range(asked["epochs"]):
            errors = inputs @ line - asked["y"]
            losses.append(float(np.mean(errors**2)))
            slope = 2 * errors @ inputs / len(errors)
            velocity = asked["momentum"] * velocity - asked["learning_rate"] * slope
            line = line + velocity
        best = np.minimum.accumulate(losses)
        if losses[1] < losses[0] and np.sum(1.05 * best[:-1] < losses[1:]) >= 2:
            return asked


def _compiled(model: Any, asked: Mapping[str, Any]) -> Any:
    """Compile a model with momentum, and put the optimizer into the state that was drawn."""
    import keras

    optimizer = keras.optimizers.SGD(asked["learning_rate"], momentum=asked["momentum"])
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    optimizer.build(model.trainable_variables)
    for variable, value in zip(_memory(optimizer), asked["velocity"], strict=True):
        variable.assign(np.reshape(value, variable.shape))
    optimizer.iterations.assign(asked["steps"])
    return model


def _memory(optimizer: Any) -> list[Any]:
    return [variable for variable in optimizer.variables if "momentum" in variable.path]


def _trained_network(asked: Mapping[str, Any]) -> Any:
    import keras

    kernels = asked["weights"][::2]
    model = keras.Sequential(
        [
            keras.Input(shape=(kernels[0].shape[0],)),
            keras.layers.Dense(kernels[0].shape[1], activation="tanh"),
            keras.layers.Dense(kernels[1].shape[1]),
        ]
    )
    model.set_weights(asked["weights"])
    return _compiled(model, asked)


def _line(weights: Sequence[float] | np.ndarray) -> Any:
    import keras

    model = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1)])
    model.set_weights([np.reshape(weights[0], (1, 1)), np.reshape(weights[1], (1,))])
    return model


def _given_line(asked: Mapping[str, Any]) -> Any:
    return _compiled(_line(asked["start"]), asked)


def _state(model: Any) -> dict[str, Any]:
    """Return what a model's optimizer remembers: its steps, and the speed of each weight."""
    optimizer: Any = getattr(model, "optimizer", None)
    try:
        return {
            "optimizer": type(optimizer).__name__,
            "steps": int(optimizer.iterations),
            "learning_rate": float(optimizer.learning_rate),
            "momentum": float(getattr(optimizer, "momentum", 0.0)),
            "velocity": [np.asarray(variable) for variable in _memory(optimizer)],
        }
    except (AttributeError, TypeError, ValueError):
        return {"optimizer": "none"}


def _weights(model: Any) -> np.ndarray:
    """Return the first weights of a model in one row: w and b, if it is a line."""
    rows = [np.ravel(array) for array in model.get_weights()]
    return np.concatenate([np.empty(0), *rows])[:_MOST]


@contextlib.contextmanager
def _noted_fits() -> Iterator[list[tuple[Any, dict[str, Any]]]]:
    """Give the list of each `fit` that is called meanwhile: the model, and the facts of it.

    `before` and `after` are the state of the optimizer with the `weights`; `loss` and `epoch` are
    what was told of each epoch.
    """
    import keras

    fit, fits = keras.Model.fit, []

    @functools.wraps(fit)
    def noting(model: Any, *args: Any, **kwargs: Any) -> Any:
        before = {"weights": _weights(model), **_state(model)}
        history = fit(model, *args, **kwargs)
        after = {"weights": _weights(model), **_state(model)}
        curves = {
            "loss": [float(value) for value in history.history.get("loss", [])],
            "epoch": [int(epoch) for epoch in history.epoch],
        }
        fits.append((model, {"before": before, "after": after, **curves}))
        return history

    keras.Model.fit = noting
    try:
        yield fits
    finally:
        keras.Model.fit = fit


def _keep_training(
    student: Student, key: str, fits: Sequence[tuple[Any, dict[str, Any]]], given: Any = None
) -> None:
    """Record the model that was trained, the given one or else the last, and its trainings."""
    models = [model for model, _ in fits]
    trained = given if any(model is given for model in models) else next(reversed(models), None)
    student.keep(f"{key}.fits", [facts for model, facts in fits if model is trained][:_MOST])
    student.keep(f"{key}.trained", trained)


def _files() -> set[tuple[str, int]]:
    """Return the path and the time of all files below the box's own folder."""
    files = (path for path in Path().rglob("*") if path.is_file())
    return {(path.as_posix(), path.stat().st_mtime_ns) for path in files}


def _written(before: set[tuple[str, int]]) -> list[str]:
    """Return the files that are new or changed."""
    changed = {path for path, _ in _files() - before if "__pycache__" not in path}
    return sorted(changed)[:_MOST]


def _format(path: str) -> str:
    """Return the format of a file, told by its first bytes."""
    if Path(path).is_dir():
        return "folder"
    with Path(path).open("rb") as file:
        start = file.read(4)
    formats = {b"PK\x03\x04": "zip", b"\x89HDF": "HDF5", b"\x80": "pickle"}
    return next((name for first, name in formats.items() if start.startswith(first)), "other")


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip()}"[:300]


def ask_save_model(student: Student, inputs: Inputs) -> None:
    """Ask to save a network in both formats, and load what was written, there or elsewhere."""
    asked = inputs["save"]
    Path(asked["folder"]).mkdir()
    for ending in ("keras", "h5"):
        key, path = f"save_model.{ending}", f"{asked['folder']}/{asked['name']}.{ending}"
        before = _files()
        student.attempt("save_model", _trained_network(asked), path, key=key)
        exists, written = Path(path).exists(), _written(before)
        facts = {"path": path, "exists": exists, "written": written}
        # A file in the wrong place is one mistake: what it holds is looked at all the same.
        read = path if exists else next(iter(written), None)
        if read is not None:
            facts["read"] = _keep_file(student, f"{key}.model", read)
        student.keep(f"{key}.file", facts)


def _keep_file(student: Student, key: str, path: str) -> dict[str, Any]:
    """Record the model in a file; return its format and the optimizer's state, or an error."""
    import keras

    facts: dict[str, Any] = {"name": path, "format": _format(path)}
    try:
        loaded = keras.models.load_model(path)
        student.keep(key, loaded)
        facts["state"] = _state(loaded)
    except Exception as error:  # noqa: BLE001 - the file may hold anything
        facts["error"] = _sentence(error)
    return facts


def ask_load_model(student: Student, inputs: Inputs) -> None:
    """Ask for the models in two files that Keras wrote, each with a network of its own."""
    for ending, name in (("keras", "load"), ("h5", "load_other")):
        asked = inputs[name]
        Path(asked["folder"]).mkdir()
        path = f"{asked['folder']}/{asked['name']}_{ending}.{ending}"  # no two names are alike
        _trained_network(asked).save(path)
        answer = student.attempt("load_model", path, key=f"load_model.{ending}")
        student.keep(f"load_model.{ending}.state", _state(answer))


def _weights_in(path: str) -> dict[str, Any]:
    """Return what a new line gets from a file: its two weights, or why it gets none."""
    model = _line([0.0, 0.0])
    try:
        model.load_weights(path)
    except Exception as error:  # noqa: BLE001 - the file may hold anything
        return {"name": path, "error": _sentence(error)}
    return {"name": path, "weights": _weights(model).tolist()}


def ask_train_with_checkpoints(student: Student, inputs: Inputs) -> None:
    """Ask for a training with checkpoints, and read every file that it wrote."""
    asked = inputs["checkpoints"]
    key, folder = "train_with_checkpoints", f"{asked['folder']}/weights"
    Path(asked["folder"]).mkdir()
    model, before = _given_line(asked), _files()
    with _noted_fits() as fits:
        student.call(key, model, asked["x"], asked["y"], folder, asked["epochs"])
    student.keep(f"{key}.given", model)
    _keep_training(student, key, fits, model)
    written = _written(before)
    files = [_weights_in(path) for path in written if path.endswith((".h5", ".keras"))]
    student.keep(f"{key}.files", {"folder": folder, "written": written, "weights": files})


def ask_rebuild_model(student: Student, inputs: Inputs) -> None:
    """Ask for the models of two checkpoints that Keras wrote, and look at the first once more."""
    model, paths = None, []
    for number, weights in enumerate(inputs["rebuild"]):  # each file has another one beside it
        paths.append(f"from_the_course-{7 + number:02d}.weights.h5")
        _line(weights).save_weights(paths[-1])
    for number, path in enumerate(paths):
        if number == 0:
            model = student.call("rebuild_model", path)
        else:
            student.attempt("rebuild_model", path, key="rebuild_model.second")
    student.keep("rebuild_model.first", model)


def ask_resume_training(student: Student, inputs: Inputs) -> None:
    """Ask to go on from a saved model; once more with the course's `load_model` if need be."""
    import keras

    asked = inputs["resume"]
    path = f"{asked['folder']}.keras"
    _given_line(asked).save(path)
    if not _resumed(student, path, inputs, "resume_training"):
        with student.lent(load_model=keras.models.load_model):
            _resumed(student, path, inputs, "resume_training.lent")


def _resumed(student: Student, path: str, inputs: Inputs, key: str) -> bool:
    """Ask, record what was trained, and say whether it began with the optimizer of the file.

    Then ask for three epochs over many points, of which it is only told which ones `fit` was given.
    """
    asked, many = inputs["resume"], inputs["many"]
    given = path, asked["x"], asked["y"], asked["done"], asked["epochs"]
    with _noted_fits() as fits:
        student.attempt("resume_training", *given, key=key)
    _keep_training(student, key, fits)
    _given_line(asked).save(path)
    given = path, many["x"], many["y"], asked["done"], asked["done"] + 3
    with _noted_fits() as more:
        student.attempt("resume_training", *given, key=f"{key}.many")
    _keep_training(student, f"{key}.many", more)
    return bool(fits) and fits[-1][1]["before"].get("steps", 0) >= asked["done"]


def ask_train_with_tensorboard(student: Student, inputs: Inputs) -> None:
    """Ask for a training with event files, and read tags, kinds and steps from them."""
    asked = inputs["board"]
    key, folder = "train_with_tensorboard", f"{asked['folder']}/logs"
    Path(asked["folder"]).mkdir()
    model, before = _given_line(asked), _files()
    with _noted_fits() as fits:
        student.call(key, model, asked["x"], asked["y"], folder, asked["epochs"])
    student.keep(f"{key}.given", model)
    _keep_training(student, key, fits, model)
    files = [path for path in _written(before) if "tfevents" in path]
    series = [
        {**facts, "inside": path.startswith(f"{folder}/")}
        for path in files
        for facts in _series(path)
    ]
    student.keep(f"{key}.events", {"folder": folder, "files": files, "series": series[:_MOST]})


def _series(path: str) -> list[dict[str, Any]]:
    """Return the kind, the tag, the steps, and of scalars the values, of each series in a file."""
    from tensorboard.backend.event_processing import (  # type: ignore[import-untyped]
        event_file_loader,
    )
    from tensorboard.util import tensor_util  # type: ignore[import-untyped]

    steps: dict[tuple[str, str], list[int]] = {}
    values: dict[tuple[str, str], list[float]] = {}
    kinds: dict[str, str] = {}
    for event in event_file_loader.EventFileLoader(path).Load():
        for value in event.summary.value:
            # Only the first value of a tag need say what it is.
            kind = value.metadata.plugin_data.plugin_name or kinds.get(value.tag, "")
            kinds[value.tag] = kind
            steps.setdefault((kind, value.tag), []).append(int(event.step))
            if kind == "scalars":
                scalar = float(tensor_util.make_ndarray(value.tensor).ravel()[0])
                values.setdefault((kind, value.tag), []).append(scalar)
    return [
        {"kind": kind, "tag": tag, "steps": at[:1000], "values": values.get((kind, tag), [])[:1000]}
        for (kind, tag), at in steps.items()
    ]
