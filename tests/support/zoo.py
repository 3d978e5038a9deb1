"""Values that no exercise asks for, and every visible check of an exercise fed with each of them.

It runs as a program in a process of its own, one for an exercise: `python zoo.py EXERCISES SLUG`
prints what became of each check with each value, as JSON.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import json
import os
import re
import sys
import tempfile
import types
import warnings
from pathlib import Path
from typing import Any

BODY = "    import zoo\n    return zoo.take()\n"
_NOW: list[Any] = []


def take() -> Any:
    """Return the value that a student's function gives now; made anew, as checks may change it."""
    return _NOW[0]()


class Raises:
    """Raises whatever is asked of it."""

    def _raise(self, *_: Any) -> Any:
        raise RuntimeError("not this")

    __eq__ = __len__ = __array__ = __iter__ = __bool__ = __float__ = __getitem__ = _raise
    __hash__ = None  # type: ignore[assignment]


class NoWords:
    """Cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


class LikeHistory:
    """A History but for its kind."""

    def __init__(self, history: Any) -> None:
        self.history = history
        self.epoch = [0]


def plain() -> dict[str, Any]:
    """Return the values that need NumPy alone, each as a function that makes it."""
    import numpy as np

    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    values = {
        **{repr(one): one for one in (None, True, -1, 7, 10**400, 0.5, -1e308, 1 + 2j)},
        **{repr(one): one for one in ("", "0.5", "a\nb", b"x", ..., NotImplemented)},
        **{repr(one): one for one in (float("nan"), float("inf"), [], (), {}, set())},
        **{repr(one): one for one in ([1, [2, 3]], (None,), [None] * 4, ("a",) * 4, ((),) * 4)},
        **{repr(one): one for one in ({"loss": []}, {"loss": None}, {1: 2}, [[[[[]]]]], (1, 2))},
        "deep": deep,
        **{f"array of shape {s}": np.zeros(s) for s in ((), 0, (0, 3), 3, (2, 2), (28, 28))},
        **{f"array of shape {s}": np.zeros(s) for s in ((3, 28, 28, 1), (1,) * 8, (10, 10))},
        **{f"array of {t}": np.ones((3, 3), t) for t in ("bool", "u1", "c16", "U3", "O", "M8[s]")},
        "array of objects": np.array([None, "x", []], dtype=object),
        "array of huge values": np.full((3, 3), 1e308),
        "array of NaN": np.full((3, 3), np.nan),
        "four arrays": (np.zeros(3),) * 4,
        "four odd arrays": (np.zeros((0, 3)), np.array("x"), np.zeros((2, 2)), np.array(None)),
        "structured array": np.zeros(3, [("a", int)]),
        "masked array": np.ma.masked_array(np.ones((3, 3)), np.ones((3, 3), bool)),
        "NumPy number": np.float32(3),
        "NumPy text": np.str_("x"),
        "NumPy void": np.void(b"x"),
        "a class": int,
        "a function": len,
        "a module": os,
        "an object": object(),
        "raises": Raises(),
        "two that raise": (Raises(), Raises()),
        "four that raise": (Raises(),) * 4,
        "cannot be shown": NoWords(),
        "two that cannot be shown": [NoWords(), NoWords()],
        "an exception": ValueError("x"),
        "a namespace": types.SimpleNamespace(shape="x", weights=3, layers=None, figure=1, lines=2),
        "odd shape": types.SimpleNamespace(shape=(None, "x"), dtype="x", weights=[None]),
        "like a History, empty": LikeHistory({}),
        "like a History, odd": LikeHistory({"loss": "x", "val_loss": [None]}),
        "like a History, none": LikeHistory(None),
    }
    made = {name: (lambda value=value: value) for name, value in values.items()}
    return made | {
        "a generator": lambda: (one for one in range(3)),
        "an endless generator": lambda: iter(int, 1),
        "a pair of generators": lambda: (iter([1]), iter([2])),
    }


def of_keras() -> dict[str, Any]:
    """Return models, layers, tensors and what is near to them."""
    import keras
    import numpy as np
    from keras import layers

    class Own(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    def two(*, inputs: bool) -> Any:
        a, b = keras.Input((3,)), keras.Input((3,))
        if inputs:
            return keras.Model([a, b], layers.Dense(1)(layers.Add()([a, b])))
        return keras.Model(a, [layers.Dense(1)(a), layers.Dense(2)(a)])

    def chain(*parts: Any) -> Any:
        return keras.Sequential(list(parts))

    def compiled(model: Any) -> Any:
        model.compile("sgd", "mse")
        return model

    def history(values: Any) -> Any:
        made = keras.callbacks.History()
        made.set_model(compiled(chain(keras.Input((3,)), layers.Dense(1))))
        made.history, made.epoch = values, [0]
        return made

    return {
        "a model without layers": chain,
        "a model that is not built": lambda: chain(layers.Dense(1)),
        "a model of an input alone": lambda: chain(keras.Input((2,))),
        "an uncompiled model": lambda: chain(keras.Input((5,)), layers.Dense(1)),
        "a compiled model": lambda: compiled(chain(keras.Input((6,)), layers.Dense(1))),
        "a model of texts": lambda: chain(keras.Input((1,), dtype="string"), layers.Identity()),
        "a model of two outputs": lambda: two(inputs=False),
        "a model of two inputs": lambda: two(inputs=True),
        "a subclassed model": Own,
        "a subclassed model, compiled": lambda: compiled(Own()),
        "a model that forgot Flatten": lambda: chain(
            *(keras.Input((28, 28, 1)), layers.Conv2D(4, 3)),
            layers.Dense(10, activation="softmax"),
        ),
        "a model of images": lambda: compiled(
            chain(keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10))
        ),
        "a model of any size": lambda: chain(
            keras.Input((None, None, 1)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()
        ),
        "a model in a model": lambda: chain(
            keras.Input((5,)), chain(keras.Input((5,)), layers.Dense(1))
        ),
        "a model's class": lambda: keras.Sequential,
        "a layer": lambda: layers.Dense(1),
        "a list of layers": lambda: [keras.Input((2,)), layers.Dense(1)],
        "a symbolic tensor": lambda: keras.Input((2,)),
        "a tensor": lambda: keras.ops.ones((3, 3)),
        "a variable": lambda: keras.Variable(np.ones((3, 3))),
        "an empty History": lambda: history({}),
        "an odd History": lambda: history({"loss": "x", "val_loss": [None], "accuracy": 3}),
        "a History of NaN": lambda: history({"loss": [float("nan")], "val_loss": []}),
        "a model and a History": lambda: (chain(layers.Dense(1)), history({})),
        "a model and nothing": lambda: (chain(), None),
    }


def of_matplotlib() -> dict[str, Any]:
    """Return figures and axes."""
    import matplotlib.pyplot as plt

    def closed() -> Any:
        figure, axes = plt.subplots()
        plt.close(figure)
        return axes

    def removed() -> Any:
        _, axes = plt.subplots()
        axes.remove()
        return axes

    def drawn(*values: Any) -> Any:
        _, axes = plt.subplots()
        axes.plot(*values)
        axes.scatter([0], [0])
        return axes

    return {
        "an empty figure": plt.figure,
        "empty axes": lambda: plt.subplots()[1],
        "a figure and axes": plt.subplots,
        "axes in an array": lambda: plt.subplots(2, 2)[1],
        "closed axes": closed,
        "removed axes": removed,
        "3D axes": lambda: plt.figure().add_subplot(projection="3d"),
        "polar axes": lambda: plt.figure().add_subplot(projection="polar"),
        "axes of an empty line": lambda: drawn([], []),
        "axes of a NaN": lambda: drawn([float("nan")], [float("nan")]),
        "axes of texts": lambda: drawn(["a", "b"], [1, 2]),
        "axes of an image": lambda: plt.imshow([[1.0, 2.0]]).axes,
        "an image": lambda: plt.imshow([[1.0]]),
        "a line": lambda: drawn([1], [1]).lines,
    }


def _file(exercises: Path, slug: str, folder: Path) -> Path:
    """Write the student's file with one value in place of what each function returns."""
    text = (exercises / slug / f"{slug}.py").read_text(encoding="utf-8")
    text = re.sub(r"( *)raise NotImplementedError\(.*?\)\n", BODY, text)
    path = folder / f"{slug}.py"
    path.write_text(text, encoding="utf-8")
    return path


def feed(exercises: Path, slug: str, trains: Path) -> list[dict[str, str]]:
    """Return what became of each check of an exercise with each value.

    What a check trains before it asks, it trains for each value: the process that listens at
    `trains` does so once.
    """
    os.environ["MPLBACKEND"] = "Agg"
    sys.path[:0] = [str(exercises), str(Path(__file__).parent)]
    sys.modules["zoo"] = sys.modules[__name__]
    import tensorflow as tf

    # The checks' own small trainings are over before a graph of them would be drawn up.
    tf.config.run_functions_eagerly(True)
    from course_checks import judge
    from course_checks.progress import Check
    from course_checks.student_file import StudentFile

    from autograder.authoring.audit.visible_trainings import train_by
    from autograder.store.store import Store

    with tempfile.TemporaryDirectory() as folder:
        path = _file(exercises, slug, Path(folder))
        tests = exercises / slug / f"test_{slug}.py"
        spec = importlib.util.spec_from_file_location(tests.stem, tests)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        checks = [one for name, one in vars(module).items() if name.startswith("test_")]
        file, home, seen = StudentFile(path), Path.cwd(), []
        train_by(trains, Store(Path(folder, "store")))
        os.chdir(folder)
        for name, make in (plain() | of_keras() | of_matplotlib()).items():
            _NOW[:] = [make]
            for test in checks:
                names = tuple(dict.fromkeys(re.findall(r"student\.(\w+)", inspect.getsource(test))))
                check = Check(exercise=slug, task="", functions=names, path=path)
                seen.append(
                    {"check": test.__name__, "value": name, **_one(test, file, check, judge)}
                )
        os.chdir(home)
    return seen


def _one(test: Any, file: Any, check: Any, judge: Any) -> dict[str, str]:
    import matplotlib.pyplot as plt

    report, error = types.SimpleNamespace(when="call", longrepr=""), None
    file.returned.clear()
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            test(file)
    except BaseException as raised:
        error = raised
    finally:
        plt.close("all")
    told = {"raised": type(error).__name__ if error else "", "message": ""}
    try:
        told["message"] = str(error)[:300]
        judge.judge(report, error, file, check)
    except Exception as fault:
        return {**told, "state": "crashed", "words": repr(fault)[:500]}
    return {**told, "state": report.state, "words": report.words}


def main() -> None:
    """Feed the checks that the command line names."""
    from autograder.authoring.audit.visible_trainings import TrainingProcess

    with tempfile.TemporaryDirectory() as folder:
        process = TrainingProcess(Path(folder, "trains"))  # a fork, from before there are threads
        try:
            found = feed(Path(sys.argv[1]).resolve(), sys.argv[2], process.path)
        finally:
            process.end()
    Path(sys.argv[3]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
