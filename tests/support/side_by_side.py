"""Rows of code that call `fit`, run in a student's box and by plain Keras, and what each one saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asking import PROBE

from autograder.evidence import transcript
from autograder.records import Exercise, Limits, StagedCell, Workdir
from autograder.training.service import Trainer

#: That of the trainings, too: so `shuffle` is the same on both sides.
SEED = 7
#: What both sides run. Of a message, the lines that tell of files, nodes and addresses are left out:
#: those differ between two runs of Keras itself.
OBSERVER = '''
import contextlib, hashlib, io, json, os, re, tempfile, warnings

import numpy as np

SETUP = """
import keras
import numpy as np
from keras import layers
from keras.callbacks import *

keras.utils.clear_session()
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(0)
x = rng.normal(size=(64, 3)).astype("float32")
y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
held_out = (x[:16], y[:16])
callbacks = []

def network(*more, **options):
    return keras.Sequential([keras.Input((3,)), *more,
        layers.Dense(4, activation="relu", **options), layers.Dense(1, activation="sigmoid")])

def compiled(model=None, **options):
    model = model or network()
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["accuracy", "mae"], **options})
    return model

def train(model, *given, **options):
    global history
    keras.utils.set_random_seed(SEED)
    history = model.fit(*given or (x, y), **{"verbose": 0, "epochs": 3, "batch_size": 16, **options})
    return history
"""
LEFT_OUT = re.compile(r"^(  File .*|    .*|Stack trace .*|Detected at node.*|\\s*)$", re.MULTILINE)
WORDS = [(re.compile(pattern), "*") for pattern in (
    r"0x[0-9a-f]+", r"\\b\\d+[mu]?s(/step|/epoch)?\\b", r"/\\S*/tmp\\w+", r"__inference_\\w+",
    r"\\{\\{node [^}]*\\}\\}", r"\\[Op:\\w+\\]", r"\\b[\\w/]+/\\w+_1[\\w/]*", r"\\x1b\\[[0-9;]*[A-Za-z]|\\x08+")]
FACTS = """best wait stopped_epoch best_epoch cooldown_counter last_epoch epochs_since_last_save
    monitor mode params patience factor min_lr filepath keys append_header""".split()


def words(text):
    text = LEFT_OUT.sub("", str(text))
    for pattern, by in WORDS:
        text = pattern.sub(by, text)
    return re.sub(r"\\n+", "\\n", text)[:3000]


def digest(arrays):
    plain = [np.asarray(one) for one in arrays]
    summed = hashlib.sha256()
    for one in plain:
        summed.update(f"{one.dtype}{one.shape}".encode() + np.ascontiguousarray(one).tobytes())
    return [len(plain), summed.hexdigest()[:16]]


def told(value):
    if isinstance(value, dict):
        return {str(key): told(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(told, value)]
    if hasattr(value, "shape"):
        value = np.asarray(value)
        return [type(value).__name__, str(value.dtype), value.tolist() if value.size < 50 else digest([value])]
    return words(repr(value))


def files():
    found = {}
    for folder, _, names in sorted(os.walk(".")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.startswith("events.out"):
                path, name = os.path.join(folder, "events"), "events"
                found[path] = found.get(path, 0) + 1
            elif name.endswith((".csv", ".txt")):
                found[path] = open(path).read()
            elif name.endswith(".weights.h5") or name.endswith(".keras") or name.endswith(".h5"):
                found[path] = "a model"
            else:
                found[path] = "a file"
    return found


def observe(code):
    scope = {"__name__": "__main__", "SEED": SEED, "seen": []}
    seen, printed, home = {}, io.StringIO(), os.getcwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        os.chdir(folder)
        try:
            exec(SETUP, scope)
            with contextlib.redirect_stdout(printed):
                exec(code, scope)
        except Exception as error:
            seen["raised"] = [type(error).__name__, words(error)]
        finally:
            seen["files"] = files()
            os.chdir(home)
    seen["warned"] = sorted({f"{one.category.__name__}: {words(one.message)}" for one in caught})
    seen["printed"] = words(printed.getvalue())
    history, model = scope.get("history"), scope.get("model")
    if history is not None:
        seen["history"] = {name: told(values) for name, values in history.history.items()}
        seen["order"] = list(history.history)
        seen["epoch"] = told(history.epoch)
        seen["params"] = told(history.params)
        seen["own"] = [type(history).__name__, history is getattr(model, "history", None)]
    if model is not None:
        try:
            seen["weights"] = digest(model.get_weights())
            seen["trainable"] = [layer.trainable for layer in model.layers]
            seen["stopped"] = told(getattr(model, "stop_training", None))
            optimizer = model.optimizer
            if optimizer is not None:
                seen["optimizer"] = [one.path.split("/")[-1] for one in optimizer.variables]
                seen["optimizer state"] = digest(optimizer.variables)
                seen["rate"] = told(optimizer.learning_rate)
            seen["metrics"] = [one.name for one in model.metrics]
            seen["measured"] = told(model.get_metrics_result()) if model.metrics else None
        except Exception as error:
            seen["model"] = [type(error).__name__, words(error)]
    chosen = scope.get("callbacks") or []
    chosen = chosen if isinstance(chosen, list) else [chosen]
    seen["callbacks"] = [
        {name: told(getattr(one, name)) for name in FACTS if hasattr(one, name)}
        | {"model": getattr(one, "model", None) is model} for one in chosen
        if not isinstance(one, list)]
    seen["seen"] = told(scope["seen"])
    return json.dumps(seen, sort_keys=True)
'''


def source_of(rows: Mapping[str, str]) -> str:
    """Return a module whose `build_perceptron` gives what each row saw, as JSON by its name."""
    return (
        f"SEED = {SEED}\n{OBSERVER}\nROWS = {dict(rows)!r}\n\n"
        "def build_perceptron():\n"
        "    return {name: observe(code) for name, code in ROWS.items()}\n"
    )


def in_a_box(sandbox: Any, trainer: Trainer, rows: Mapping[str, str]) -> dict[str, Any]:
    """Return what each row saw in one student's box, whose recipes `trainer` trains."""
    limits = Limits(timeout_s=900.0, call_timeout_s=600.0, cpu_s=1200, memory_mib=6144)
    exercise = Exercise("ex04_perceptron", "", ("build_perceptron",), limits=limits)
    workdir = Workdir(exercise.slug, (StagedCell("the cell", source_of(rows)),))
    said = transcript.run(sandbox, exercise, workdir, {}, SEED, trainer, probe=PROBE)
    answer = said.answers["build_perceptron"]
    assert answer.outcome == "returned", answer.error
    return {name: json.loads(text) for name, text in answer.value.items()}


def in_plain_keras(rows: Mapping[str, str]) -> dict[str, Any]:
    """Return what each row saw in an interpreter of its own, where `fit` is Keras's."""
    text = source_of(rows) + "\nopen('seen.json', 'w').write(json.dumps(build_perceptron()))\n"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", text],
            cwd=folder,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found = json.loads(Path(folder, "seen.json").read_text(encoding="utf-8"))
    return {name: json.loads(seen) for name, seen in found.items()}


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what one row saw differently: in the box, and in plain Keras."""
    return {
        fact: (ours.get(fact), theirs.get(fact))
        for fact in sorted(ours.keys() | theirs.keys())
        if ours.get(fact) != theirs.get(fact)
    }
